// The dialog from which a name or term is inserted.

import { get } from "./api.js";
import { byId, closest, create } from "./dom.js";

const MAX_SHOWN = 60;

export class GlossaryDialog {
  dialog = byId("glossary", HTMLDialogElement);
  input = byId("term", HTMLInputElement);
  list = byId("terms");
  /** @type {string[]} */
  terms = [];
  /** @type {string[]} */
  found = [];
  chosen = 0;

  /**
   * @param {string} address
   * @param {(term: string) => void} insert
   */
  constructor(address, insert) {
    this.address = address;
    this.insert = insert;
    this.input.addEventListener("input", () => { this.chosen = 0; this.draw(); });
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => this.take(closest(event, "li")?.textContent));
  }

  async load() {
    /** @type {{terms: string[]}} */
    const { terms } = await get(`${this.address}/terms`).catch(() => ({ terms: [] }));
    this.terms = terms;
    if (this.dialog.open) this.draw();
  }

  open() {
    if (!this.terms.length) this.load();
    this.input.value = "";
    this.chosen = 0;
    this.dialog.showModal();
    this.draw();
  }

  draw() {
    const letters = [...this.input.value.trim()];
    this.found = this.terms.filter((term) => letters.every((letter) => term.includes(letter))).slice(0, MAX_SHOWN);
    this.list.replaceChildren(...this.found.map((textContent, n) => {
      const item = create("li", { id: `term-${n}`, textContent });
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(n === this.chosen));
      return item;
    }));
    this.input.setAttribute("aria-activedescendant", this.found.length ? `term-${this.chosen}` : "");
    document.getElementById(`term-${this.chosen}`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.chosen = Math.min(Math.max(this.chosen + step, 0), this.found.length - 1);
      this.draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.take(this.found[this.chosen]);
    }
  }

  /** @param {string | null | undefined} term */
  take(term) {
    if (!term) return;
    this.dialog.close();
    this.insert(term);
  }
}
