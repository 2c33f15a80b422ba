// One file on its way to the desk, by the tus protocol: in chunks, each with its checksum; what is
// broken off is tried again by itself, and goes on where it was.

/** @import { ErrorBody } from "./types.js" */

import { RequestError, csrfToken } from "./api.js";

/** @typedef {"going" | "waiting" | "paused"} UploadState */
/** @typedef {{name: string, size: number, lastModified: number}} FileFacts */

const MIN_CHUNK_BYTES = 1 << 20, MAX_CHUNK_BYTES = 32 << 20;
const CHUNK_MS = 2000; // a chunk shall take about so long
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const RETRIED_STATUSES = [409, 423, 460, 502, 503, 504];

/**
 * Return the sign by which a file is known again after the page was closed.
 * @param {FileFacts} file
 */
export const fingerprint = (file) => `${file.name}|${file.size}|${file.lastModified}`;

export class Upload {
  /** @type {XMLHttpRequest | null} */
  request = null;
  offset = 0;
  paused = false;
  chunkBytes = MIN_CHUNK_BYTES * 4;

  /**
   * @param {File} file
   * @param {{slug: string, kind: string}} target
   * @param {string} id empty for a new upload
   * @param {(offset: number, state: UploadState) => void} onProgress
   */
  constructor(file, target, id, onProgress) {
    this.file = file;
    this.target = target;
    this.id = id;
    this.onProgress = onProgress;
  }

  // Returns whether the file is there as a whole; false where it was paused.
  async run() {
    if (!this.id) await this.create();
    let tries = 0;
    let isOffsetKnown = false;
    while (!this.paused) {
      try {
        if (!isOffsetKnown) this.offset = await this.serverOffset();
        isOffsetKnown = true;
        if (this.offset >= this.file.size) return true;
        await this.sendChunk();
        tries = 0;
      } catch (error) {
        if (this.paused) break;
        // A torn chunk or an unknown offset is looked up again; what the desk refuses is shown.
        if (error instanceof RequestError && !RETRIED_STATUSES.includes(error.status)) throw error;
        if (error instanceof DOMException && error.name === "NotReadableError") throw error;
        isOffsetKnown = false;
        this.onProgress(this.offset, "waiting");
        const wait = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
        await new Promise((resolve) => { setTimeout(resolve, wait); });
      }
    }
    this.onProgress(this.offset, "paused");
    return false;
  }

  pause() {
    this.paused = true;
    this.request?.abort();
  }

  async create() {
    const fields = { ...this.target, filename: this.file.name, mark: fingerprint(this.file) };
    const metadata = Object.entries(fields).map(([key, value]) => `${key} ${base64Text(value)}`).join(",");
    const headers = { "upload-length": String(this.file.size), "upload-metadata": metadata };
    const response = await this.send("POST", "/uploads", headers);
    this.id = response.getResponseHeader("location")?.split("/").pop() ?? "";
  }

  async serverOffset() {
    const response = await this.send("HEAD", `/uploads/${this.id}`);
    return Number(response.getResponseHeader("upload-offset"));
  }

  async sendChunk() {
    // The slice itself is sent, not the bytes read for the checksum: the browser is quicker so.
    const slice = this.file.slice(this.offset, this.offset + this.chunkBytes);
    const bytes = await slice.arrayBuffer();
    /** @type {Record<string, string>} */
    const headers = { "content-type": "application/offset+octet-stream", "upload-offset": String(this.offset) };
    // Without TLS a browser has no digest to offer, but on the server's own machine.
    if (crypto.subtle) headers["upload-checksum"] = `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
    const began = performance.now();
    const response = await this.send("PATCH", `/uploads/${this.id}`, headers, slice);
    const factor = Math.min(2, Math.max(0.5, CHUNK_MS / Math.max(1, performance.now() - began)));
    this.chunkBytes = Math.round(Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, this.chunkBytes * factor)));
    this.offset = Number(response.getResponseHeader("upload-offset"));
    this.onProgress(this.offset, "going");
  }

  /**
   * Send without listening to progress, which halves the speed: chunks are short enough.
   * @param {string} method
   * @param {string} address
   * @param {Record<string, string>} headers
   * @param {Blob | null} body
   * @returns {Promise<XMLHttpRequest>}
   */
  send(method, address, headers = {}, body = null) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, address);
      const all = { accept: "application/json", "tus-resumable": "1.0.0", "x-csrf-token": csrfToken, ...headers };
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
      request.onload = () => {
        if (request.status < 300) resolve(request); else reject(new RequestError(request.status, errorBody(request)));
      };
      request.onerror = request.onabort = request.ontimeout = () => reject(new TypeError("network"));
      request.send(body);
    });
  }
}

/**
 * @param {XMLHttpRequest} request
 * @returns {ErrorBody}
 */
function errorBody(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { error: request.statusText };
  }
}

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** @param {string} text */
const base64Text = (text) => base64(new TextEncoder().encode(text));
