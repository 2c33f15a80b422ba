// The film, the words heard under the playhead, and the waveform with borders to drag.

/** @import WaveSurfer from "wavesurfer.js" */
/** @import RegionsPlugin from "wavesurfer.js/dist/plugins/regions.esm.js" */
/** @import { Model } from "./proofread-model.js" */
/** @import { DraftCue, Waveform, Word } from "./types.js" */

import { create } from "./dom.js";
import { t } from "./messages.js";
import { formatTime } from "./time-format.js";

/**
 * @typedef {{video: HTMLVideoElement, overlay: HTMLElement, clock: HTMLElement, heard: HTMLElement,
 *   rewind: HTMLInputElement, follow: HTMLInputElement, slow: HTMLElement, play: HTMLElement}} PlayerParts
 * @typedef {{time: (ms: number, id: string | null) => void, playing: (isPlaying: boolean) => void,
 *   dragged: (id: string, startMs: number, endMs: number) => void, ready: () => void}} PlayerListeners
 */

const UNSURE = 0.5, SLOW = 0.5, PIXELS_A_SECOND = 90, REGIONS_AROUND = 4;
const SAMPLES_FOR_LOUDNESS = 200_000;

export class Player {
  /** @type {Word[]} */
  words = [];
  /** The words shown, each in its element. @type {[Word, HTMLElement][]} */
  spans = [];
  shownWords = "";
  /** @type {HTMLElement | null} */
  highlighted = null;
  /** @type {ReturnType<typeof RegionsPlugin.create> | null} */
  regions = null;
  drawnRegions = "";
  /** @type {number | null} */
  pausedAt = null;

  /**
   * @param {Model} model
   * @param {PlayerParts} parts
   * @param {PlayerListeners} listeners
   */
  constructor(model, parts, listeners) {
    this.model = model;
    this.parts = parts;
    this.listeners = listeners;
    const { video, rewind, follow, slow, play } = parts;
    rewind.value = localStorage.getItem("chifeng-rewind") ?? "1.5";
    follow.checked = localStorage.getItem("chifeng-follow") !== "no";
    rewind.addEventListener("change", () => localStorage.setItem("chifeng-rewind", rewind.value));
    follow.addEventListener("change", () => localStorage.setItem("chifeng-follow", follow.checked ? "yes" : "no"));
    video.addEventListener("play", () => { play.textContent = t("Pause"); this.showFrame(); listeners.playing(true); });
    video.addEventListener("pause", () => { play.textContent = t("Play"); this.show(); listeners.playing(false); });
    video.addEventListener("seeked", () => this.show());
    video.addEventListener("loadedmetadata", () => this.show());
    play.addEventListener("click", () => this.toggle());
    slow.addEventListener("click", () => this.toggleHalfSpeed());
  }

  get ms() { return Math.round(this.parts.video.currentTime * 1000); }
  get playing() { return !this.parts.video.paused; }

  /** @param {number} ms */
  seek(ms) {
    this.parts.video.currentTime = Math.max(ms, 0) / 1000;
    this.show(ms);
  }

  // Pausing, one has heard too much already: on resuming it goes back a little.
  toggle() {
    const { video, rewind } = this.parts;
    if (this.playing) {
      video.pause();
      this.pausedAt = video.currentTime;
      return;
    }
    if (this.pausedAt !== null && Math.abs(this.pausedAt - video.currentTime) < 0.05) {
      video.currentTime = Math.max(video.currentTime - (Number(rewind.value) || 0), 0);
    }
    this.pausedAt = null;
    video.play().catch(() => {});
  }

  /** @param {number} ms */
  playFrom(ms) {
    this.pausedAt = null;
    this.seek(ms);
    this.parts.video.play().catch(() => {});
  }

  toggleHalfSpeed() {
    const { video, slow } = this.parts;
    video.playbackRate = video.playbackRate === 1 ? SLOW : 1;
    slow.setAttribute("aria-pressed", String(video.playbackRate !== 1));
  }

  showFrame() {
    if (!this.playing) return;
    this.show();
    requestAnimationFrame(() => this.showFrame());
  }

  show(ms = this.ms) {
    const { overlay, clock } = this.parts;
    const id = this.model.shownAt(ms);
    const text = this.model.get(id)?.text ?? "";
    if (overlay.textContent !== text) overlay.textContent = text;
    clock.textContent = formatTime(ms);
    this.highlight(ms);
    this.listeners.time(ms, id);
  }

  /**
   * Show the words recognised while a cue is shown; those recognised unsurely are marked.
   * @param {DraftCue | null} cue
   */
  showWords(cue) {
    const key = cue ? `${cue.start_ms} ${cue.end_ms}` : "";
    if (key === this.shownWords) return;
    this.shownWords = key;
    const words = cue ? this.wordsBetween(cue.start_ms, cue.end_ms) : [];
    this.spans = words.map((word) => [word, create("span", {
      className: word.probability < UNSURE ? "word unsure" : "word",
      textContent: word.text,
      title: t("{percent} % sure", { percent: Math.round(word.probability * 100) }),
    })]);
    this.parts.heard.replaceChildren(...this.spans.map(([, span]) => span));
    this.highlighted = null;
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  wordsBetween(from, to) {
    const first = firstIndex(this.words, (word) => word.end_ms > from);
    const last = firstIndex(this.words, (word) => word.start_ms >= to);
    return this.words.slice(first, Math.max(first, last));
  }

  /** @param {number} ms */
  highlight(ms) {
    const [, now = null] = this.spans.find(([word]) => word.start_ms <= ms && ms < word.end_ms) ?? [];
    if (now === this.highlighted) return;
    this.highlighted?.classList.remove("now");
    now?.classList.add("now");
    this.highlighted = now;
  }

  /** @param {string} address */
  async loadWords(address) {
    const response = await fetch(address).catch(() => null);
    if (response?.ok) this.words = (await response.json()).words ?? [];
  }

  /**
   * Draw the waveform. Without the two scripts, which a set-up without npm has not, there is none.
   * @param {string} address
   * @param {HTMLElement} container
   * @param {string} nonce
   */
  async drawWaveform(address, container, nonce) {
    try {
      /** @type {[typeof WaveSurfer, typeof RegionsPlugin, Waveform]} */
      const [surfer, plugin, waveform] = await Promise.all([
        vendorModule("wavesurfer.js"), vendorModule("wavesurfer-regions.js"),
        fetch(`${address}/peaks`).then((response) => response.json()),
      ]);
      if (!waveform.length) throw new Error("no sound");
      const regions = this.regions = plugin.create();
      surfer.create({
        container, media: this.parts.video, ...peaks(waveform), height: 84,
        minPxPerSec: PIXELS_A_SECOND, waveColor: "#8fa6b8", progressColor: "#24425c", cursorColor: "#8c2f1b",
        cursorWidth: 2, cspNonce: nonce, plugins: [regions], autoCenter: false, dragToSeek: false,
      });
      regions.on("region-updated", ({ id, start, end }) =>
        this.listeners.dragged(id, Math.round(start * 1000), Math.round(end * 1000)));
      this.drawnRegions = "";
      this.listeners.ready();
    } catch {
      this.regions = null;
      container.hidden = true;
    }
  }

  /**
   * Draw regions about the selected cue and about the playhead: thousands would be too many for any browser.
   * @param {string} selected
   * @param {boolean} isReadOnly
   */
  drawRegions(selected, isReadOnly) {
    if (!this.regions) return;
    const { model } = this;
    const centres = [selected, model.nearest(this.ms) ?? ""].map((id) => Math.max(model.position(id), 0));
    const ids = new Set(centres.flatMap((n) => model.order.slice(Math.max(n - REGIONS_AROUND, 0), n + REGIONS_AROUND + 1)));
    const regions = [...ids].flatMap((id) => {
      const cue = model.get(id);
      return cue ? [{
        id, start: cue.start_ms / 1000, end: cue.end_ms / 1000, drag: false, resize: !isReadOnly,
        color: id === selected ? "rgba(185, 137, 0, .30)" : "rgba(36, 66, 92, .12)",
      }] : [];
    });
    const key = JSON.stringify(regions);
    if (key === this.drawnRegions) return;
    this.drawnRegions = key;
    this.regions.clearRegions();
    for (const region of regions) this.regions.addRegion(region);
  }
}

/**
 * Return where in a sorted list the first is that passes; its length where none does.
 * @template T
 * @param {T[]} list
 * @param {(each: T) => boolean} passes
 */
function firstIndex(list, passes) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1, each = list[middle];
    if (each !== undefined && passes(each)) high = middle; else low = middle + 1;
  }
  return low;
}

/**
 * Import what npm brought, where the desk serves it: tsc cannot see the type behind that address.
 * @param {string} name
 */
const vendorModule = async (name) => (await import(new URL(`../vendor/${name}`, import.meta.url).href)).default;

/** @param {Waveform} waveform */
function peaks({ data, length, samples_per_pixel, sample_rate }) {
  const loudest = Math.max(...data.slice(0, SAMPLES_FOR_LOUDNESS).map(Math.abs), 1);
  const scaled = Float32Array.from(data, (value) => value / loudest);
  return { peaks: [scaled], duration: length * samples_per_pixel / sample_rate };
}
