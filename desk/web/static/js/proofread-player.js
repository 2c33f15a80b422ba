// The film, the words heard under the playhead, and the waveform with borders to drag.

import { clock } from "./proofread-list.js";
import { t } from "./words.js";

const UNSURE = 0.5, SLOW = 0.5, PIXELS = 90, AROUND = 4;

export class Player {
  constructor(model, parts, on) {
    Object.assign(this, { model, parts, on, words: [], regions: null, shownWords: "" });
    const { video, rewind, follow, slow, play } = parts;
    rewind.value = localStorage.getItem("chifeng-rewind") ?? "1.5";
    follow.checked = localStorage.getItem("chifeng-follow") !== "no";
    rewind.addEventListener("change", () => localStorage.setItem("chifeng-rewind", rewind.value));
    follow.addEventListener("change", () => localStorage.setItem("chifeng-follow", follow.checked ? "yes" : "no"));
    video.addEventListener("play", () => { play.textContent = t("Pause"); this.frame(); on.playing(true); });
    video.addEventListener("pause", () => { play.textContent = t("Play"); this.show(); on.playing(false); });
    video.addEventListener("seeked", () => this.show());
    video.addEventListener("loadedmetadata", () => this.show());
    play.addEventListener("click", () => this.toggle());
    slow.addEventListener("click", () => this.slower());
  }

  get ms() { return Math.round(this.parts.video.currentTime * 1000); }
  get playing() { return !this.parts.video.paused; }

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
    if (this.pausedAt !== undefined && Math.abs(this.pausedAt - video.currentTime) < 0.05) {
      video.currentTime = Math.max(video.currentTime - (Number(rewind.value) || 0), 0);
    }
    this.pausedAt = undefined;
    video.play().catch(() => {});
  }

  playFrom(ms) {
    this.pausedAt = undefined;
    this.seek(ms);
    this.parts.video.play().catch(() => {});
  }

  slower() {
    const { video, slow } = this.parts;
    video.playbackRate = video.playbackRate === 1 ? SLOW : 1;
    slow.setAttribute("aria-pressed", video.playbackRate !== 1);
  }

  frame() {
    if (!this.playing) return;
    this.show();
    requestAnimationFrame(() => this.frame());
  }

  show(ms = this.ms) {
    const { overlay, clock: output } = this.parts;
    const id = this.model.shownAt(ms);
    const text = id ? this.model.get(id).text : "";
    if (overlay.textContent !== text) overlay.textContent = text;
    output.textContent = clock(ms);
    this.light(ms);
    this.on.time(ms, id);
  }

  // The words recognised while a cue is shown; those that were heard unsurely are marked.
  hear(cue) {
    const key = cue ? `${cue.start_ms} ${cue.end_ms}` : "";
    if (key === this.shownWords) return;
    this.shownWords = key;
    const found = cue ? this.within(cue.start_ms, cue.end_ms) : [];
    this.spans = found.map((word) => {
      const span = document.createElement("span");
      span.className = word.probability < UNSURE ? "word unsure" : "word";
      span.textContent = word.text;
      span.title = t("{percent} % sure", { percent: Math.round(word.probability * 100) });
      return [word, span];
    });
    this.parts.heard.replaceChildren(...this.spans.map(([, span]) => span));
    this.lit = null;
  }

  within(from, to) {
    let low = 0, high = this.words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.words[middle].end_ms <= from) low = middle + 1; else high = middle;
    }
    const found = [];
    for (let n = low; n < this.words.length && this.words[n].start_ms < to; n++) found.push(this.words[n]);
    return found;
  }

  light(ms) {
    const now = this.spans?.find(([word]) => word.start_ms <= ms && ms < word.end_ms)?.[1] ?? null;
    if (now === this.lit) return;
    this.lit?.classList.remove("now");
    now?.classList.add("now");
    this.lit = now;
  }

  async loadWords(address) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) this.words = (await answer.json()).words ?? [];
  }

  // Without the two scripts, which a set-up without npm has not, there is no waveform and all else.
  async drawWave(base, box, nonce) {
    const script = new URL("../vendor/", import.meta.url).href;
    try {
      const [{ default: WaveSurfer }, { default: Regions }, peaks] = await Promise.all([
        import(`${script}wavesurfer.js`), import(`${script}wavesurfer-regions.js`),
        fetch(`${base}/peaks`).then((answer) => answer.json()),
      ]);
      if (!peaks.length) throw new Error("no sound");
      const loud = Math.max(...peaks.data.slice(0, 200_000).map(Math.abs), 1);
      const scaled = Float32Array.from(peaks.data, (value) => value / loud);
      const seconds = peaks.length * peaks.samples_per_pixel / peaks.sample_rate;
      this.regions = Regions.create();
      this.wave = WaveSurfer.create({
        container: box, media: this.parts.video, peaks: [scaled], duration: seconds, height: 84,
        minPxPerSec: PIXELS, waveColor: "#8fa6b8", progressColor: "#24425c", cursorColor: "#8c2f1b",
        cursorWidth: 2, cspNonce: nonce, plugins: [this.regions], autoCenter: false, dragToSeek: false,
      });
      this.regions.on("region-updated", (region) => {
        this.on.dragged(region.id, Math.round(region.start * 1000), Math.round(region.end * 1000));
      });
      this.around = "";
      this.on.ready();
    } catch (error) {
      this.regions = null;
      box.hidden = true;
    }
  }

  // Regions about the selected cue and about the playhead: thousands would be too many for any browser.
  draw(selected, readonly) {
    if (!this.regions) return;
    const places = [selected, this.model.near(this.ms)].map((id) => this.model.index.get(id) ?? 0);
    const ids = [...new Set(places.flatMap((n) => this.model.order.slice(Math.max(n - AROUND, 0), n + AROUND + 1)))];
    const around = JSON.stringify([selected, ids.map((id) => { const c = this.model.get(id); return [id, c.start_ms, c.end_ms]; })]);
    if (around === this.around) return;
    this.around = around;
    this.regions.clearRegions();
    for (const id of ids) {
      const cue = this.model.get(id), chosen = id === selected;
      this.regions.addRegion({
        id, start: cue.start_ms / 1000, end: cue.end_ms / 1000, drag: false, resize: !readonly,
        color: chosen ? "rgba(185, 137, 0, .30)" : "rgba(36, 66, 92, .12)",
      });
    }
  }
}
