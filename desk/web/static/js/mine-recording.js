// Record a voice note where the browser can; what cannot be sent waits in the browser's database.

import { send } from "./sending.js";
import { t } from "./words.js";

const LONGEST_MS = 5 * 60_000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export class Recorder {
  constructor(address, show) {
    this.address = address;
    this.show = show;
    addEventListener("online", () => this.flush());
  }

  static possible() {
    return Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia);
  }

  async start(cue, heard, stop) {
    this.cue = cue;
    this.heard = heard;
    stop.hidden = false;
    document.getElementById("own").hidden = true;
    document.getElementById("recorded").hidden = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      heard.textContent = t("The microphone may not be used. Please write it, or have us call you.");
      stop.hidden = true;
      document.getElementById("recorded").hidden = false;
      return;
    }
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.recorder = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: 32_000 });
    this.parts = [];
    this.recorder.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    this.recorder.start(1000);
    this.limit = setTimeout(() => stop.click(), LONGEST_MS);
    heard.textContent = t("We are listening. Please speak.");
  }

  async stop(player) {
    clearTimeout(this.limit);
    const ended = new Promise((done) => this.recorder.addEventListener("stop", done));
    this.recorder.stop();
    await ended;
    for (const track of this.stream.getTracks()) track.stop();
    const sound = new Blob(this.parts, { type: this.recorder.mimeType });
    player.src = URL.createObjectURL(sound);
    player.hidden = false;
    this.heard.textContent = t("Your recording is kept. You can hear it here:");
    await keep({ cue: this.cue, address: this.address, sound });
    await this.flush();
  }

  // Send what has been recorded; what cannot be sent stays where it is.
  flush() {
    this.busy ??= this.sendAll().finally(() => (this.busy = null));
    return this.busy;
  }

  async sendAll() {
    for (const [id, note] of await kept()) {
      if (note.address !== this.address) continue;
      try {
        await send(`${note.address}/voice?cue=${encodeURIComponent(note.cue)}`, note.sound);
        await forget(id);
        this.show(t("Your recording has been sent."));
      } catch {
        this.show(t("Your recording is kept on this device, and sent when there is a network."), true);
        return;
      }
    }
  }
}

function database() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("chifeng", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("voices", { autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function within(mode, work) {
  const opened = await database();
  return new Promise((done, fail) => {
    const transaction = opened.transaction("voices", mode);
    const result = work(transaction.objectStore("voices"));
    transaction.oncomplete = () => { opened.close(); done(result); };
    transaction.onerror = () => { opened.close(); fail(transaction.error); };
  });
}

const keep = (note) => within("readwrite", (store) => store.add(note));
const forget = (id) => within("readwrite", (store) => store.delete(id));

async function kept() {
  const found = [];
  await within("readonly", (store) => {
    store.openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      found.push([cursor.key, cursor.value]);
      cursor.continue();
    };
  });
  return found;
}
