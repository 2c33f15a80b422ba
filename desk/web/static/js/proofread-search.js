// Find and replace in all cues, every place shown before anything is changed.

/** @import { Model } from "./proofread-model.js" */

import { closest, create } from "./dom.js";
import { t } from "./messages.js";

/**
 * @typedef {{id: string, at: number, text: string}} Hit
 * @typedef {{dialog: HTMLDialogElement, find: HTMLInputElement, replace: HTMLInputElement, found: HTMLElement,
 *   hits: HTMLElement, all: HTMLButtonElement, close: HTMLElement}} SearchParts
 */

const MAX_SHOWN = 300, CONTEXT_LETTERS = 12;

export class SearchDialog {
  /** @type {Hit[]} */
  found = [];

  /**
   * @param {Model} model
   * @param {SearchParts} parts
   * @param {(id: string, from: number, to: number) => void} goTo
   */
  constructor(model, parts, goTo) {
    this.model = model;
    this.parts = parts;
    this.goTo = goTo;
    parts.find.addEventListener("input", () => this.draw());
    parts.replace.addEventListener("input", () => this.draw());
    parts.all.addEventListener("click", () => this.replaceAll());
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.dialog.addEventListener("keydown", (event) => this.onKey(event));
    parts.hits.addEventListener("click", (event) => {
      const hit = this.found[Number(closest(event, "li")?.dataset.n)];
      const action = closest(event, "button")?.dataset.act;
      if (hit && action === "go") this.show(hit);
      if (hit && action === "one") this.replace(hit);
    });
  }

  get wanted() { return this.parts.find.value; }

  /** @param {string} selected */
  open(selected) {
    if (selected) this.parts.find.value = selected;
    this.parts.dialog.showModal();
    this.parts.find.focus();
    this.parts.find.select();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || event.keyCode === 229 || event.key !== "Enter") return;
    const [first] = this.found;
    if (event.ctrlKey) {
      event.preventDefault();
      this.replaceAll();
    } else if (event.target === this.parts.find) {
      event.preventDefault();
      if (first) this.show(first);
    }
  }

  hits() {
    const { wanted } = this;
    /** @type {Hit[]} */
    const found = [];
    for (const id of wanted ? this.model.order : []) {
      const text = this.model.get(id)?.text ?? "";
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) found.push({ id, at, text });
    }
    return found;
  }

  draw() {
    this.found = this.hits();
    this.parts.found.textContent = this.wanted ? t("{n} places", { n: this.found.length }) : "";
    this.parts.all.disabled = !this.found.length;
    this.parts.hits.replaceChildren(...this.found.slice(0, MAX_SHOWN).map((hit, n) => this.line(hit, n)));
  }

  /**
   * @param {Hit} hit
   * @param {number} n
   */
  line({ id, at, text }, n) {
    const end = at + this.wanted.length, number = this.model.position(id) + 1;
    const context = create("span", { className: "context" }, text.slice(Math.max(at - CONTEXT_LETTERS, 0), at),
      create("del", { textContent: this.wanted }), create("ins", { textContent: this.parts.replace.value }),
      text.slice(end, end + CONTEXT_LETTERS));
    const go = create("button", { type: "button", className: "small", textContent: String(number) });
    go.dataset.act = "go";
    go.setAttribute("aria-label", t("Go to subtitle {n}", { n: number }));
    const one = create("button", { type: "button", className: "small", textContent: t("Replace this one") });
    one.dataset.act = "one";
    const item = create("li", {}, go, context, one);
    item.dataset.n = String(n);
    return item;
  }

  /** @param {Hit} hit */
  show({ id, at }) {
    this.parts.dialog.close();
    this.goTo(id, at, at + this.wanted.length);
  }

  /** @param {Hit} hit */
  replace({ id, at }) {
    const before = this.model.get(id);
    if (!before) return;
    const text = before.text.slice(0, at) + this.parts.replace.value + before.text.slice(at + this.wanted.length);
    this.model.step([{ id, before, after: { ...before, text } }], { selected: id });
    this.draw();
    const one = this.parts.hits.querySelector('[data-act="one"]');
    if (one instanceof HTMLElement) one.focus();
  }

  replaceAll() {
    const ids = [...new Set(this.hits().map((hit) => hit.id))], n = this.found.length;
    this.model.step(ids.flatMap((id) => {
      const before = this.model.get(id);
      return before ? [{ id, before, after: { ...before, text: before.text.replaceAll(this.wanted, () => this.parts.replace.value) } }] : [];
    }), { selected: ids[0] ?? "" });
    this.draw();
    this.parts.found.textContent = t("{n} places replaced; Ctrl+Z undoes it.", { n });
  }
}
