// Record a voice note where the browser can; what cannot be sent waits in the browser's database.

import { RequestError, errorText, postBytes } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./messages.js";

/** @typedef {{cue: string, address: string, sound: Blob}} VoiceNote */

const MAX_MS = 5 * 60_000;
const MIME_TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export class Recorder {
  cue = "";
  limitTimer = 0;
  /** @type {MediaRecorder | null} */
  recorder = null;
  /** @type {Blob[]} */
  parts = [];
  /** @type {Promise<void> | null} */
  sending = null;

  /**
   * @param {string} address
   * @param {(text: string, isUnsent?: boolean) => void} showStatus
   * @param {HTMLElement} status shows what the recorder does
   */
  constructor(address, showStatus, status) {
    this.address = address;
    this.showStatus = showStatus;
    this.status = status;
    addEventListener("online", () => this.flush());
  }

  // A browser has no mediaDevices on an address without TLS.
  static isSupported() {
    return "MediaRecorder" in window && "mediaDevices" in navigator;
  }

  /**
   * @param {string} cue
   * @param {HTMLElement} stopButton
   */
  async start(cue, stopButton) {
    this.cue = cue;
    stopButton.hidden = false;
    byId("recording-playback").hidden = true;
    byId("recorded").hidden = true;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.status.textContent = t("The microphone may not be used. Please write it, or have us call you.");
      stopButton.hidden = true;
      byId("recorded").hidden = false;
      return;
    }
    const mimeType = MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
    this.recorder = recorder;
    this.parts = [];
    recorder.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    recorder.start(1000);
    this.limitTimer = setTimeout(() => stopButton.click(), MAX_MS);
    this.status.textContent = t("We are listening. Please speak.");
  }

  /** @param {HTMLAudioElement} playback */
  async stop(playback) {
    clearTimeout(this.limitTimer);
    const recorder = this.recorder;
    if (!recorder) return;
    const stopped = new Promise((resolve) => { recorder.addEventListener("stop", resolve); });
    recorder.stop();
    await stopped;
    for (const track of recorder.stream.getTracks()) track.stop();
    const sound = new Blob(this.parts, { type: recorder.mimeType });
    playback.src = URL.createObjectURL(sound);
    playback.hidden = false;
    this.status.textContent = t("Your recording is kept. You can hear it here:");
    await addNote({ cue: this.cue, address: this.address, sound });
    await this.flush();
  }

  // Send what has been recorded; what cannot be sent stays where it is.
  flush() {
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    for (const [key, note] of await storedNotes()) {
      if (note.address !== this.address) continue;
      try {
        await postBytes(`${note.address}/voice?cue=${encodeURIComponent(note.cue)}`, note.sound);
        await deleteNote(key);
        this.showStatus(t("Your recording has been sent."));
      } catch (error) {
        const isFull = error instanceof RequestError && error.status === 429;
        const text = t("Your recording is kept on this device, and sent when there is a network.");
        this.showStatus(isFull ? errorText(error, "") : text, true);
        return;
      }
    }
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("chifeng", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("voices", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => void} work
 * @returns {Promise<void>}
 */
async function transact(mode, work) {
  const database = await openDatabase();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("voices", mode);
    work(transaction.objectStore("voices"));
    transaction.oncomplete = () => { database.close(); resolve(); };
    transaction.onerror = () => { database.close(); reject(transaction.error); };
  });
}

/** @param {VoiceNote} note */
const addNote = (note) => transact("readwrite", (store) => { store.add(note); });

/** @param {IDBValidKey} key */
const deleteNote = (key) => transact("readwrite", (store) => { store.delete(key); });

async function storedNotes() {
  /** @type {[IDBValidKey, VoiceNote][]} */
  const found = [];
  await transact("readonly", (store) => {
    const request = store.openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return;
      found.push([cursor.key, cursor.value]);
      cursor.continue();
    };
  });
  return found;
}
