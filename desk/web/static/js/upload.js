// One file on its way to the desk, by the tus protocol: in chunks, each with its checksum; what is
// broken off is tried again by itself, and goes on where it was.

import { Refused } from "./api.js";

const token = document.querySelector('meta[name="csrf"]').content;
const LEAST = 1 << 20, MOST = 32 << 20;
const A_WHILE_MS = 2000; // a chunk shall take about so long
const WAITS_MS = [500, 1000, 2000, 4000, 8000];

// The sign by which a file is known again after the page was closed.
export const markOf = (file) => `${file.name}|${file.size}|${file.lastModified}`;

export class Upload {
  // `told` hears (bytes here, what is going on): "going", "waiting", "paused".
  constructor(file, about, told) {
    Object.assign(this, { file, about, told, id: "", offset: 0, paused: false, size: LEAST * 4 });
  }

  async run() {
    if (!this.id) await this.begin();
    let tries = 0;
    let known = false;
    while (!this.paused) {
      try {
        if (!known) this.offset = await this.reached();
        known = true;
        if (this.offset >= this.file.size) return true;
        await this.chunk();
        tries = 0;
      } catch (error) {
        if (this.paused) break;
        // A torn chunk or an unknown place is looked up again; what the desk refuses is told.
        if (error instanceof Refused && ![409, 423, 460, 502, 503, 504].includes(error.status)) throw error;
        if (error instanceof DOMException && error.name === "NotReadableError") throw error;
        known = false;
        this.told(this.offset, "waiting");
        await new Promise((done) => setTimeout(done, WAITS_MS[Math.min(tries++, WAITS_MS.length - 1)]));
      }
    }
    this.told(this.offset, "paused");
    return false;
  }

  pause() {
    this.paused = true;
    this.request?.abort();
  }

  async begin() {
    const about = { ...this.about, filename: this.file.name, mark: markOf(this.file) };
    const metadata = Object.entries(about).map(([key, value]) => `${key} ${encoded(value)}`).join(",");
    const answer = await this.send("POST", "/uploads", { "upload-length": this.file.size, "upload-metadata": metadata });
    this.id = answer.getResponseHeader("location").split("/").pop();
  }

  async reached() {
    const answer = await this.send("HEAD", `/uploads/${this.id}`);
    return Number(answer.getResponseHeader("upload-offset"));
  }

  async chunk() {
    // The slice itself is sent, not the bytes read for the checksum: the browser is quicker so.
    const slice = this.file.slice(this.offset, this.offset + this.size);
    const bytes = await slice.arrayBuffer();
    const headers = { "content-type": "application/offset+octet-stream", "upload-offset": this.offset };
    // Without TLS a browser has no digest to offer, but on the server's own machine.
    if (crypto.subtle) headers["upload-checksum"] = `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
    const began = performance.now();
    const answer = await this.send("PATCH", `/uploads/${this.id}`, headers, slice);
    const pace = A_WHILE_MS / Math.max(1, performance.now() - began);
    this.size = Math.round(Math.min(MOST, Math.max(LEAST, this.size * Math.min(2, Math.max(0.5, pace)))));
    this.offset = Number(answer.getResponseHeader("upload-offset"));
    this.told(this.offset, "going");
  }

  // Without listening to progress, which halves the pace: chunks are short enough to tell it.
  send(method, address, headers = {}, body = null) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, address);
      const all = { accept: "application/json", "tus-resumable": "1.0.0", "x-csrf-token": token, ...headers };
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
      request.onload = () => (request.status < 300 ? done(request) : failed(new Refused(request.status, told(request))));
      request.onerror = request.onabort = request.ontimeout = () => failed(new TypeError("network"));
      request.send(body);
    });
  }
}

function told(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { error: request.statusText };
  }
}

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const encoded = (text) => base64(new TextEncoder().encode(text));
