// The list of cues. Only the rows in sight are in the document, however many cues there are.

import { t } from "./words.js";

const HEIGHT = 54, SPARE = 6;

export function clock(ms) {
  const s = Math.max(ms, 0) / 1000;
  const text = `${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${(s % 60).toFixed(3).padStart(6, "0")}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${text}` : text;
}

export class List {
  constructor(box, rows, model, flags, who, onselect) {
    Object.assign(this, { box, rows, model, flags, who, onselect });
    this.shown = new Map(); // id -> row
    this.spare = [];
    this.selected = "";
    this.playing = null;
    this.asked = 0;
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(box);
    rows.addEventListener("click", (event) => {
      const row = event.target.closest(".cue");
      if (row) onselect(row.dataset.id);
    });
    this.draw();
  }

  soon() {
    this.asked ||= requestAnimationFrame(() => { this.asked = 0; this.draw(); });
  }

  draw() {
    const { order } = this.model;
    this.rows.style.height = `${order.length * HEIGHT}px`;
    const first = Math.max(Math.floor(this.box.scrollTop / HEIGHT) - SPARE, 0);
    const last = Math.min(Math.ceil((this.box.scrollTop + this.box.clientHeight) / HEIGHT) + SPARE, order.length);
    const wanted = new Set(order.slice(first, last));
    for (const [id, row] of this.shown) {
      if (!wanted.has(id)) {
        this.shown.delete(id);
        row.remove();
        this.spare.push(row);
      }
    }
    for (let n = first; n < last; n++) {
      const id = order[n];
      let row = this.shown.get(id);
      if (!row) {
        row = this.spare.pop() ?? this.made();
        this.shown.set(id, row);
        this.rows.append(row);
      }
      this.fill(row, id, n);
    }
  }

  made() {
    const row = document.createElement("div");
    row.className = "cue";
    row.setAttribute("role", "option");
    for (const name of ["n", "t", "what", "flags"]) {
      const part = document.createElement("span");
      part.className = name;
      row.append(part);
    }
    return row;
  }

  fill(row, id, n) {
    const cue = this.model.get(id);
    const [number, time, what, flags] = row.children;
    row.dataset.id = id;
    row.id = `cue-${id}`;
    row.style.transform = `translateY(${n * HEIGHT}px)`;
    row.setAttribute("aria-posinset", n + 1);
    row.setAttribute("aria-setsize", this.model.order.length);
    row.setAttribute("aria-selected", id === this.selected);
    row.classList.toggle("playing", id === this.playing);
    number.textContent = n + 1;
    time.textContent = clock(cue.start_ms);
    what.textContent = cue.text || t("(no text)");
    if (cue.speaker) what.prepend(Object.assign(document.createElement("b"), { className: "says", textContent: this.who(cue) }), " ");
    flags.replaceChildren(...this.flags(id).map(([kind, text]) => {
      const flag = document.createElement("span");
      flag.className = `flag ${kind}`;
      flag.textContent = text;
      return flag;
    }));
  }

  update(id) {
    const row = this.shown.get(id);
    const n = this.model.index.get(id);
    if (row && n !== undefined) this.fill(row, id, n);
  }

  mark(name, id) { // "selected" or "playing"
    const old = this[name];
    this[name] = id;
    if (old) this.update(old);
    if (id) this.update(id);
  }

  select(id) {
    this.mark("selected", id);
    const top = (this.model.index.get(id) ?? 0) * HEIGHT;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop + HEIGHT) this.box.scrollTop = top - HEIGHT;
    else if (top + 2 * HEIGHT > scrollTop + clientHeight) this.box.scrollTop = top - clientHeight + 3 * HEIGHT;
    this.draw();
    this.box.setAttribute("aria-activedescendant", `cue-${id}`);
  }
}
