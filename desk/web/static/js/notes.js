// Time-coded notes beside a player. A page with `_notes.html` calls
//   const panel = mountNotes({ now: () => ms, seek: (ms) => …, pause: () => … });
// and may call panel.begin() for a new note at the playhead, panel.tick() as time goes on. After each
// change the document hears "notes-changed", with the number of open notes.

import { Refused, get, post } from "./api.js";
import { clock } from "./clock.js";
import { t } from "./words.js";

export function mountNotes(player) {
  const section = document.querySelector("[data-notes]");
  return section ? new Panel(section, player) : null;
}

class Panel {
  constructor(section, player) {
    this.section = section;
    this.player = player;
    this.address = section.dataset.notes;
    this.form = section.querySelector("[data-leave]");
    this.text = this.form.elements.text;
    this.notes = [];
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.leave(); });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
      if (event.key === "Escape") this.text.blur();
    });
    this.text.addEventListener("focus", () => { player.pause?.(); this.tick(); });
    section.querySelector("[data-every]").addEventListener("change", () => this.draw());
    this.load();
  }

  // Shows where a note would be left now.
  tick() { this.section.querySelector("[data-at]").textContent = clock(this.player.now()); }

  begin() {
    this.player.pause?.();
    this.tick();
    this.text.focus();
  }

  async load() {
    await this.attempt(async () => {
      this.notes = (await get(this.address)).notes;
      this.draw();
    });
  }

  async leave() {
    const said = { text: this.text.value, start_ms: Math.round(this.player.now()), sha256: this.section.dataset.film };
    await this.change(() => post(this.address, said), t("The note is left."), () => { this.text.value = ""; });
  }

  async change(doing, done, after = () => {}) {
    await this.attempt(async () => {
      await doing();
      after();
      await this.load();
      this.section.querySelector("[data-status]").textContent = done;
      const open = this.notes.filter((note) => note.open).length;
      document.dispatchEvent(new CustomEvent("notes-changed", { detail: { open } }));
    });
  }

  async attempt(doing) {
    const place = this.section.querySelector("[data-wrong]");
    place.hidden = true;
    try {
      await doing();
    } catch (error) {
      place.textContent = error instanceof Refused
        ? `${error.told.error} ${error.told.remedy ?? ""}`
        : t("The desk cannot be reached. What you wrote is still here.");
      place.hidden = false;
    }
  }

  draw() {
    const every = this.section.querySelector("[data-every]").checked;
    const open = this.notes.filter((note) => note.open);
    this.section.querySelector("[data-count]").textContent = t("{n} open", { n: open.length });
    const list = this.section.querySelector("[data-list]");
    list.replaceChildren(...(every ? this.notes : open).map((note) => this.item(note)));
  }

  item(note) {
    const item = element("li", note.open ? "note" : "note done-with");
    const at = element("button", "at", clock(note.start_ms));
    at.type = "button";
    at.dataset.place = note.start_ms;
    at.addEventListener("click", () => this.player.seek(note.start_ms));
    const head = element("div");
    head.append(at, " ", element("b", "", note.person), note.open ? "" : ` · ${t("done")}`);
    item.append(head, element("p", "said", note.text));
    if (note.quote) item.append(element("div", "quote", `「${note.quote}」`));
    const named = { reply: t("replies"), resolve: t("has done it"), waive: t("lets it stand") };
    for (const each of note.answers) {
      item.append(element("div", "answer", `${each.person} ${named[each.action]} ${each.text}`));
    }
    if (note.open) item.append(this.answering(note));
    return item;
  }

  answering(note) {
    const box = element("details");
    const words = element("textarea");
    words.rows = 2;
    words.maxLength = 2000;
    words.setAttribute("aria-label", t("Answer to the note of {person}", { person: note.person }));
    const buttons = element("div", "buttons");
    for (const [action, label] of [["reply", t("Reply")], ["resolve", t("Done")], ["waive", t("Let it stand, because")]]) {
      const button = element("button", "", label);
      button.type = "button";
      button.dataset.action = action;
      button.addEventListener("click", () =>
        this.change(() => post(`${this.address}/${note.number}/${action}`, { text: words.value }), t("Noted.")));
      buttons.append(button);
    }
    box.append(element("summary", "", t("Answer")), words, buttons);
    return box;
  }
}

function element(name, kind = "", text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
