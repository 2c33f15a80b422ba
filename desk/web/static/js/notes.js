// Time-coded notes beside a player. A page with `_notes.html` calls `mountNotes(player)`, and may call
// begin() for a new note at the playhead, tick() as time goes on. After each change the document gets
// the event "notes-changed", with the number of open notes.

/** @import { FilmPlayer } from "./player.js" */
/** @import { Note, NoteAction } from "./types.js" */

import { errorText, get, post } from "./api.js";
import { create, query, showMessage } from "./dom.js";
import { t } from "./messages.js";
import { formatTime } from "./time-format.js";

class NotesPanel {
  /**
   * @param {HTMLElement} section
   * @param {FilmPlayer} player
   */
  constructor(section, player) {
    this.section = section;
    this.player = player;
    this.address = section.dataset.notes ?? "";
    this.form = query(section, "[data-leave]", HTMLFormElement);
    this.text = query(this.form, "[name=text]", HTMLTextAreaElement);
    this.showClosed = query(section, "[data-every]", HTMLInputElement);
    /** @type {Note[]} */
    this.notes = [];
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.leave(); });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
      if (event.key === "Escape") this.text.blur();
    });
    this.text.addEventListener("focus", () => { player.pause(); this.tick(); });
    this.showClosed.addEventListener("change", () => this.draw());
    this.load();
  }

  // Shows where a note would be left now.
  tick() { query(this.section, "[data-at]").textContent = formatTime(this.player.now()); }

  begin() {
    this.player.pause();
    this.tick();
    this.text.focus();
  }

  async load() {
    await this.attempt(async () => {
      /** @type {{notes: Note[]}} */
      const { notes } = await get(this.address);
      this.notes = notes;
      this.draw();
    });
  }

  async leave() {
    const note = { text: this.text.value, start_ms: Math.round(this.player.now()), sha256: this.section.dataset.film };
    await this.send(this.address, note, t("The note is left."), () => { this.text.value = ""; });
  }

  /**
   * @param {string} address
   * @param {object} body
   * @param {string} done
   */
  async send(address, body, done, after = () => {}) {
    await this.attempt(async () => {
      await post(address, body);
      after();
      await this.load();
      query(this.section, "[data-status]").textContent = done;
      const open = this.notes.filter((note) => note.open).length;
      document.dispatchEvent(new CustomEvent("notes-changed", { detail: { open } }));
    });
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    const place = query(this.section, "[data-wrong]");
    place.hidden = true;
    try {
      await work();
    } catch (error) {
      showMessage(place, errorText(error, t("The desk cannot be reached. What you wrote is still here.")));
    }
  }

  draw() {
    const open = this.notes.filter((note) => note.open);
    query(this.section, "[data-count]").textContent = t("{n} open", { n: open.length });
    const shown = this.showClosed.checked ? this.notes : open;
    query(this.section, "[data-list]").replaceChildren(...shown.map((note) => this.item(note)));
  }

  /** @param {Note} note */
  item(note) {
    const at = create("button", { type: "button", className: "at", textContent: formatTime(note.start_ms) });
    at.dataset.place = String(note.start_ms);
    at.addEventListener("click", () => this.player.seek(note.start_ms));
    const item = create("li", { className: note.open ? "note" : "note closed" },
      create("div", {}, at, " ", create("b", { textContent: note.person }), note.open ? "" : ` · ${t("done")}`),
      create("p", { className: "note-text", textContent: note.text }));
    if (note.quote) item.append(create("div", { className: "quote", textContent: `「${note.quote}」` }));
    const actions = { reply: t("replies"), resolve: t("has done it"), waive: t("lets it stand") };
    for (const { person, action, text } of note.answers) {
      item.append(create("div", { className: "answer", textContent: `${person} ${actions[action]} ${text}` }));
    }
    if (note.open) item.append(this.answerForm(note));
    return item;
  }

  /** @param {Note} note */
  answerForm(note) {
    const text = create("textarea", { rows: 2, maxLength: 2000 });
    text.setAttribute("aria-label", t("Answer to the note of {person}", { person: note.person }));
    const buttons = create("div", { className: "buttons" });
    /** @type {[NoteAction, string][]} */
    const actions = [["reply", t("Reply")], ["resolve", t("Done")], ["waive", t("Let it stand, because")]];
    for (const [action, label] of actions) {
      const button = create("button", { type: "button", textContent: label });
      button.dataset.action = action;
      button.addEventListener("click", () =>
        this.send(`${this.address}/${note.number}/${action}`, { text: text.value }, t("Noted.")));
      buttons.append(button);
    }
    return create("details", {}, create("summary", { textContent: t("Answer") }), text, buttons);
  }
}

/** @param {FilmPlayer} player */
export const mountNotes = (player) => new NotesPanel(query(document, "[data-notes]"), player);
