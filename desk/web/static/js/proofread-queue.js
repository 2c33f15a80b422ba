// The places to look at, the most pressing first: each is accepted as it stands, or corrected.

/** @import { Draft } from "./proofread-draft.js" */
/** @import { Model } from "./proofread-model.js" */
/** @import { ReviewPoint } from "./types.js" */

import { closest, create } from "./dom.js";
import { t } from "./messages.js";

const MAX_SHOWN = 40;

export class ReviewQueue {
  current = "";

  /**
   * `goTo` goes to a cue of a place; `edit` selects its text.
   * @param {Model} model
   * @param {ReviewPoint[]} places
   * @param {Draft} draft
   * @param {{queue: HTMLElement, count: HTMLElement, card: HTMLElement}} parts
   * @param {(place: ReviewPoint, id: string | undefined, edit: boolean) => void} goTo
   */
  constructor(model, places, draft, parts, goTo) {
    this.model = model;
    this.places = places;
    this.draft = draft;
    this.parts = parts;
    this.goTo = goTo;
    parts.queue.addEventListener("click", (event) => {
      const place = this.find(closest(event, "button")?.dataset.id);
      if (place) this.choose(place);
    });
  }

  /**
   * Return the cues shown during a place.
   * @param {ReviewPoint} place
   */
  cuesOf(place) {
    const { model } = this, end = Math.max(place.end_ms, place.start_ms + 1), found = [];
    const from = Math.max(model.position(model.nearest(place.start_ms) ?? ""), 0);
    for (const id of model.order.slice(from)) {
      const cue = model.get(id);
      if (!cue || cue.start_ms >= end) break;
      if (cue.end_ms > place.start_ms) found.push(id);
    }
    return found;
  }

  /** @param {ReviewPoint} place */
  isOpen(place) {
    if (this.draft.settled.has(place.id)) return false;
    const ids = this.cuesOf(place), { heard, kind } = place;
    if (kind === "conflict") return true;
    if (heard) return ids.some((id) => this.text(id).includes(heard));
    if (kind === "unheard") return !ids.length;
    return !ids.some((id) => this.model.original(id)?.text !== this.text(id));
  }

  /** @param {string} id */
  text(id) { return this.model.get(id)?.text ?? ""; }

  open() { return this.places.filter((place) => this.isOpen(place)); }

  /** @param {string | undefined} id */
  find(id) { return this.places.find((place) => place.id === id); }

  draw() {
    const open = this.open();
    this.parts.count.textContent = `(${open.length})`;
    const place = this.find(this.current);
    this.parts.card.replaceChildren(...(place && open.includes(place) ? this.cardContents(place) : [hint(open.length)]));
    const from = Math.max(open.findIndex((each) => each.id === this.current), 0);
    this.parts.queue.replaceChildren(...open.slice(from, from + MAX_SHOWN).map((each) => this.line(each)));
  }

  /** @param {ReviewPoint} place */
  line(place) {
    const button = create("button", { tabIndex: -1 }, levelLabel(place), place.reason);
    button.dataset.id = place.id;
    button.setAttribute("aria-current", String(place.id === this.current));
    return create("li", {}, button);
  }

  /** @param {ReviewPoint} place */
  cardContents(place) {
    const accept = create("button", { className: "small" }, t("Right as it stands"), " ", keyLabel("Alt+A"));
    accept.addEventListener("click", () => this.accept());
    const label = place.offer ? t("Write “{offer}”", { offer: place.offer }) : t("Correct it");
    const correct = create("button", { className: "small" }, label, " ", keyLabel("Alt+C"));
    correct.addEventListener("click", () => this.correct());
    return [create("p", {}, levelLabel(place), place.reason), create("p", { className: "row-of-buttons" }, accept, correct)];
  }

  /** @param {ReviewPoint} place */
  choose(place) {
    this.current = place.id;
    this.goTo(place, this.firstCue(place), false);
    this.draw();
  }

  /** @param {ReviewPoint} place */
  firstCue(place) { return this.cuesOf(place)[0] ?? this.model.nearest(place.start_ms); }

  /** @param {number} by */
  step(by) {
    const open = this.open();
    const at = open.findIndex((place) => place.id === this.current);
    const next = open[at < 0 ? 0 : (at + by + open.length) % open.length];
    if (next) { this.choose(next); return; }
    this.current = "";
    this.draw();
  }

  /**
   * Do this about the current place, then go to the one that came after it.
   * @param {ReviewPoint} place
   * @param {() => void} work
   */
  finish(place, work) {
    const open = this.open();
    const next = open[open.indexOf(place) + 1] ?? open[0];
    work();
    if (next && next !== place && this.isOpen(next)) this.choose(next);
    else this.step(1);
  }

  accept() {
    const place = this.find(this.current);
    if (place) this.finish(place, () => this.draft.settle([place.id]));
    else this.step(1);
  }

  correct() {
    const place = this.find(this.current);
    if (!place) { this.step(1); return; }
    const { heard, offer } = place;
    const id = heard && offer && this.cuesOf(place).find((each) => this.text(each).includes(heard));
    const before = id ? this.model.get(id) : null;
    if (!heard || !offer || !id || !before) {
      this.goTo(place, this.firstCue(place), true);
      return;
    }
    const after = { ...before, text: before.text.replace(heard, () => offer) };
    this.finish(place, () => {
      this.model.step([{ id, before, after }], { selected: id });
      if (this.isOpen(place)) this.draft.settle([place.id]);
    });
  }
}

/** @param {number} n */
function hint(n) {
  return create("p", {
    className: "hint", textContent: n ? t("F8 goes to the most pressing place.") : t("Nothing is left to look at."),
  });
}

/** @param {ReviewPoint} place */
function levelLabel({ level }) {
  /** @type {Record<string, string>} */
  const labels = { conflict: `⇄ ${t("Conflict")}`, error: `× ${t("Error")}`, warning: `▲ ${t("Doubtful")}` };
  return create("span", { className: `level ${level}`, textContent: labels[level] ?? `● ${t("Note")}` });
}

/** @param {string} name */
export const keyLabel = (name) => create("kbd", { textContent: name });
