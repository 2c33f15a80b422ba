// Find and replace in all cues, every place shown before anything is changed.

import { t } from "./words.js";

const SHOWN = 300, AROUND = 12;

export class Search {
  constructor(model, parts, goto) {
    Object.assign(this, { model, parts, goto });
    parts.find.addEventListener("input", () => this.draw());
    parts.replace.addEventListener("input", () => this.draw());
    parts.all.addEventListener("click", () => this.replaceAll());
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.dialog.addEventListener("keydown", (event) => this.pressed(event));
    parts.hits.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.act(button.dataset.act, Number(button.closest("li").dataset.n));
    });
  }

  open(selected) {
    if (selected) this.parts.find.value = selected;
    this.parts.dialog.showModal();
    this.parts.find.focus();
    this.parts.find.select();
    this.draw();
  }

  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      this.replaceAll();
    } else if (event.key === "Enter" && event.target === this.parts.find) {
      event.preventDefault();
      this.act("go", 0);
    }
  }

  hits() {
    const wanted = this.parts.find.value, found = [];
    if (!wanted) return found;
    for (const id of this.model.order) {
      const { text } = this.model.get(id);
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) found.push({ id, at });
    }
    return found;
  }

  draw() {
    this.found = this.hits();
    this.parts.found.textContent = this.parts.find.value ? t("{n} places", { n: this.found.length }) : "";
    this.parts.all.disabled = !this.found.length;
    this.parts.hits.replaceChildren(...this.found.slice(0, SHOWN).map((hit, n) => this.line(hit, n)));
  }

  line({ id, at }, n) {
    const { text } = this.model.get(id), wanted = this.parts.find.value;
    const item = document.createElement("li"), context = document.createElement("span");
    item.dataset.n = n;
    context.className = "context";
    const gone = document.createElement("del"), come = document.createElement("ins");
    gone.textContent = wanted;
    come.textContent = this.parts.replace.value;
    context.append(text.slice(Math.max(at - AROUND, 0), at), gone, come, text.slice(at + wanted.length, at + wanted.length + AROUND));
    const number = document.createElement("button"), one = document.createElement("button");
    number.type = one.type = "button";
    number.className = one.className = "small";
    number.dataset.act = "go";
    one.dataset.act = "one";
    number.textContent = this.model.index.get(id) + 1;
    number.setAttribute("aria-label", t("Go to subtitle {n}", { n: this.model.index.get(id) + 1 }));
    one.textContent = t("Replace this one");
    item.append(number, context, one);
    return item;
  }

  act(what, n) {
    const hit = this.found[n];
    if (!hit) return;
    if (what === "go") {
      this.parts.dialog.close();
      this.goto(hit.id, hit.at, hit.at + this.parts.find.value.length);
      return;
    }
    const before = this.model.get(hit.id);
    const text = before.text.slice(0, hit.at) + this.parts.replace.value + before.text.slice(hit.at + this.parts.find.value.length);
    this.model.step([{ id: hit.id, before, after: { ...before, text } }], { selected: hit.id });
    this.draw();
    this.parts.hits.querySelector('[data-act="one"]')?.focus();
  }

  replaceAll() {
    const wanted = this.parts.find.value, by = this.parts.replace.value;
    const ids = [...new Set(this.hits().map((hit) => hit.id))];
    const n = this.found.length;
    this.model.step(ids.map((id) => {
      const before = this.model.get(id);
      return { id, before, after: { ...before, text: before.text.split(wanted).join(by) } };
    }), { selected: ids[0] });
    this.draw();
    this.parts.found.textContent = t("{n} places replaced; Ctrl+Z undoes it.", { n });
  }
}
