// The places to look at, the most pressing first: each is accepted as it stands, or put right.

import { t } from "./words.js";

const MOST = 40;

export class Queue {
  constructor(model, places, saving, parts, goto) {
    Object.assign(this, { model, places, saving, parts, goto, current: "" });
    parts.queue.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.choose(button.dataset.id);
    });
  }

  // Cues shown during a place.
  touched(place) {
    const { model } = this, found = [];
    const end = Math.max(place.end_ms, place.start_ms + 1);
    for (let n = model.index.get(model.near(place.start_ms)) ?? 0; n < model.order.length; n++) {
      const id = model.order[n], cue = model.get(id);
      if (cue.start_ms >= end) break;
      if (cue.end_ms > place.start_ms) found.push(id);
    }
    return found;
  }

  isOpen(place) {
    if (this.saving.settled.has(place.id)) return false;
    const ids = this.touched(place);
    if (place.kind === "conflict") return true;
    if (place.heard) return ids.some((id) => this.model.get(id).text.includes(place.heard));
    if (place.kind === "unheard") return !ids.length;
    return !ids.some((id) => this.model.original(id)?.text !== this.model.get(id).text);
  }

  open() { return this.places.filter((place) => this.isOpen(place)); }
  find(id) { return this.places.find((place) => place.id === id); }

  draw() {
    const open = this.open();
    this.parts.count.textContent = `(${open.length})`;
    const place = this.find(this.current);
    this.parts.doubt.replaceChildren(...(place && open.includes(place) ? this.card(place) : [this.hint(open.length)]));
    const from = Math.max(open.findIndex((p) => p.id === this.current), 0);
    this.parts.queue.replaceChildren(...open.slice(from, from + MOST).map((each) => this.line(each)));
  }

  hint(n) {
    const p = document.createElement("p");
    p.className = "hint";
    p.textContent = n ? t("F8 goes to the most pressing place.") : t("Nothing is left to look at.");
    return p;
  }

  line(place) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.dataset.id = place.id;
    button.tabIndex = -1;
    button.setAttribute("aria-current", place.id === this.current);
    button.append(level(place), place.reason);
    item.append(button);
    return item;
  }

  card(place) {
    const p = document.createElement("p");
    p.append(level(place), place.reason);
    const buttons = document.createElement("p");
    buttons.className = "row-of-buttons";
    const keep = document.createElement("button");
    keep.className = "small";
    keep.append(t("Right as it stands"), " ", key("Alt+A"));
    keep.addEventListener("click", () => this.accept());
    const correct = document.createElement("button");
    correct.className = "small";
    correct.append(place.offer ? t("Write “{offer}”", { offer: place.offer }) : t("Correct it"), " ", key("Alt+C"));
    correct.addEventListener("click", () => this.correct());
    buttons.append(keep, correct);
    return [p, buttons];
  }

  choose(id) {
    this.current = id;
    const place = this.find(id), ids = this.touched(place);
    this.goto(place, ids[0] ?? this.model.near(place.start_ms), false);
    this.draw();
  }

  step(by) {
    const open = this.open();
    if (!open.length) { this.current = ""; this.draw(); return; }
    const at = open.findIndex((place) => place.id === this.current);
    this.choose(open[at < 0 ? 0 : (at + by + open.length) % open.length].id);
  }

  // What comes after the present place once that is dealt with.
  after() {
    const open = this.open();
    const at = open.findIndex((place) => place.id === this.current);
    return open[at + 1]?.id ?? open[0]?.id ?? "";
  }

  onward(next) {
    const place = this.find(next);
    if (place && this.isOpen(place)) this.choose(next);
    else this.step(1);
  }

  accept() {
    const place = this.find(this.current);
    if (!place) { this.step(1); return; }
    const next = this.after();
    this.saving.settle([place.id]);
    this.onward(next === place.id ? "" : next);
  }

  correct() {
    const place = this.find(this.current);
    if (!place) { this.step(1); return; }
    const ids = this.touched(place);
    const id = place.offer && ids.find((each) => this.model.get(each).text.includes(place.heard));
    if (!id) {
      this.goto(place, ids[0] ?? this.model.near(place.start_ms), true);
      return;
    }
    const next = this.after(), before = this.model.get(id);
    const after = { ...before, text: before.text.replace(place.heard, () => place.offer) };
    this.model.step([{ id, before, after }], { selected: id });
    if (this.isOpen(place)) this.saving.settle([place.id]);
    this.onward(next === place.id ? "" : next);
  }
}

function level(place) {
  const [sign, text] = {
    conflict: ["⇄", t("Conflict")], error: ["×", t("Error")], warning: ["▲", t("Doubtful")],
  }[place.level] ?? ["●", t("Note")];
  const span = document.createElement("span");
  span.className = `level ${place.level}`;
  span.textContent = `${sign} ${text}`;
  return span;
}

export function key(name) {
  const kbd = document.createElement("kbd");
  kbd.textContent = name;
  return kbd;
}
