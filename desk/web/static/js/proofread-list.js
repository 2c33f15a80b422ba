// The list of cues. Only the rows in sight are in the document, however many cues there are.

/** @import { Model } from "./proofread-model.js" */
/** @import { DraftCue } from "./types.js" */

import { closest, create } from "./dom.js";
import { t } from "./messages.js";
import { formatTime } from "./time-format.js";

/** @typedef {{row: HTMLElement, number: HTMLElement, time: HTMLElement, text: HTMLElement, flags: HTMLElement}} Row */
/** @typedef {[kind: string, text: string]} Flag */

const ROW_PX = 54, SPARE_ROWS = 6;

export class CueList {
  /** The rows in the document, by the cue. @type {Map<string, Row>} */
  shown = new Map();
  /** @type {Row[]} */
  spare = [];
  selected = "";
  playing = "";
  frame = 0;

  /**
   * @param {HTMLElement} box
   * @param {HTMLElement} rows
   * @param {Model} model
   * @param {{flags: (id: string) => Flag[], speaker: (cue: DraftCue) => string, onSelect: (id: string) => void}} page
   */
  constructor(box, rows, model, page) {
    this.box = box;
    this.rows = rows;
    this.model = model;
    this.page = page;
    box.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    new ResizeObserver(() => this.drawSoon()).observe(box);
    rows.addEventListener("click", (event) => {
      const id = closest(event, ".cue")?.dataset.id;
      if (id) page.onSelect(id);
    });
    this.draw();
  }

  drawSoon() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    const { order } = this.model;
    this.rows.style.height = `${order.length * ROW_PX}px`;
    const first = Math.max(Math.floor(this.box.scrollTop / ROW_PX) - SPARE_ROWS, 0);
    const last = Math.min(Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW_PX) + SPARE_ROWS, order.length);
    const ids = order.slice(first, last);
    this.removeOthers(new Set(ids));
    for (const [n, id] of ids.entries()) this.fill(this.shown.get(id) ?? this.add(id), id, first + n);
  }

  /** @param {Set<string>} ids */
  removeOthers(ids) {
    for (const [id, row] of this.shown) {
      if (ids.has(id)) continue;
      this.shown.delete(id);
      row.row.remove();
      this.spare.push(row);
    }
  }

  /** @param {string} id */
  add(id) {
    const row = this.spare.pop() ?? createRow();
    this.shown.set(id, row);
    this.rows.append(row.row);
    return row;
  }

  /**
   * @param {Row} parts
   * @param {string} id
   * @param {number} n
   */
  fill({ row, number, time, text, flags }, id, n) {
    const cue = this.model.get(id);
    if (!cue) return;
    row.dataset.id = id;
    row.id = `cue-${id}`;
    row.style.transform = `translateY(${n * ROW_PX}px)`;
    row.setAttribute("aria-posinset", String(n + 1));
    row.setAttribute("aria-setsize", String(this.model.order.length));
    row.setAttribute("aria-selected", String(id === this.selected));
    row.classList.toggle("playing", id === this.playing);
    number.textContent = String(n + 1);
    time.textContent = formatTime(cue.start_ms);
    text.textContent = cue.text || t("(no text)");
    if (cue.speaker) text.prepend(create("b", { className: "says", textContent: this.page.speaker(cue) }), " ");
    flags.replaceChildren(...this.page.flags(id).map(([kind, textContent]) =>
      create("span", { className: `flag ${kind}`, textContent })));
  }

  /** @param {string} id */
  update(id) {
    const row = this.shown.get(id), n = this.model.position(id);
    if (row && n >= 0) this.fill(row, id, n);
  }

  /**
   * @param {"selected" | "playing"} name
   * @param {string} id
   */
  mark(name, id) {
    const old = this[name];
    this[name] = id;
    if (old) this.update(old);
    if (id) this.update(id);
  }

  /** @param {string} id */
  select(id) {
    this.mark("selected", id);
    const top = Math.max(this.model.position(id), 0) * ROW_PX;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop + ROW_PX) this.box.scrollTop = top - ROW_PX;
    else if (top + 2 * ROW_PX > scrollTop + clientHeight) this.box.scrollTop = top - clientHeight + 3 * ROW_PX;
    this.draw();
    this.box.setAttribute("aria-activedescendant", `cue-${id}`);
  }
}

/** @returns {Row} */
function createRow() {
  const [number, time, text, flags] = [
    create("span", { className: "n" }), create("span", { className: "t" }),
    create("span", { className: "what" }), create("span", { className: "flags" }),
  ];
  const row = create("div", { className: "cue" }, number, time, text, flags);
  row.setAttribute("role", "option");
  return { row, number, time, text, flags };
}
