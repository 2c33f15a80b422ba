// What is asked in a window of its own: a name to insert, a signature; and two texts to choose from.

import { get, post } from "./api.js";
import { clock } from "./proofread-list.js";
import { same } from "./proofread-model.js";
import { key } from "./proofread-queue.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);

export class Glossary {
  constructor(place, insert) {
    Object.assign(this, { place, insert, terms: [], chosen: 0 });
    $("term").addEventListener("input", () => { this.chosen = 0; this.draw(); });
    $("glossary").addEventListener("keydown", (event) => this.pressed(event));
    $("terms").addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) this.take(item.textContent);
    });
  }

  async load() {
    const told = await get(`${this.place}/terms`).catch(() => ({ terms: [] }));
    this.terms = told.terms;
    if ($("glossary").open) this.draw();
  }

  open() {
    if (!this.terms.length) this.load();
    $("term").value = "";
    this.chosen = 0;
    $("glossary").showModal();
    this.draw();
  }

  draw() {
    const wanted = $("term").value.trim();
    this.found = this.terms.filter((term) => [...wanted].every((letter) => term.includes(letter))).slice(0, 60);
    $("terms").replaceChildren(...this.found.map((term, n) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", n === this.chosen);
      item.id = `term-${n}`;
      item.textContent = term;
      return item;
    }));
    $("term").setAttribute("aria-activedescendant", this.found.length ? `term-${this.chosen}` : "");
    $(`term-${this.chosen}`)?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.chosen = Math.min(Math.max(this.chosen + step, 0), this.found.length - 1);
      this.draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.found[this.chosen]) this.take(this.found[this.chosen]);
    }
  }

  take(term) {
    $("glossary").close();
    this.insert(term);
  }
}

// Somebody changed the same cue: both versions are shown, and one, the other or a third is chosen.
let shown = null; // what the box is about: {id, theirs}

export function showClash(model, saving, done) {
  const box = $("clash");
  const [id] = saving.clashes.keys();
  box.hidden = !id;
  if (!id) { box.replaceChildren(); shown = null; return; }
  const { theirs, person } = saving.clashes.get(id), mine = model.get(id), seen = model.confirmed.get(id) ?? null;
  const moved = mine && theirs && (mine.start_ms !== theirs.start_ms || mine.end_ms !== theirs.end_ms);
  const says = (cue) => (!cue ? t("(removed)") : cue.text + (moved ? `\n${clock(cue.start_ms)} → ${clock(cue.end_ms)}` : ""));
  if (shown?.id === id && same(shown.theirs, theirs)) { $("clash-mine").textContent = says(mine); return; } // one types on
  const begun = shown?.id === id ? $("clash-third").value : null;
  const focused = [...box.querySelectorAll("button, textarea")].indexOf(document.activeElement);
  shown = { id, theirs };

  const title = document.createElement("h2");
  title.id = "clash-title";
  const n = model.index.has(id) ? model.index.get(id) + 1 : clock((theirs ?? seen).start_ms);
  title.append(`⇄ ${person ? t("Subtitle {n}: {person} changed it too. Which shall stand?", { n, person }) : t("Subtitle {n} was changed meanwhile. Which shall stand?", { n })} `, key("Alt+U"));
  const third = Object.assign(document.createElement("textarea"), { id: "clash-third", rows: 2, value: begun ?? mine?.text ?? theirs?.text ?? "" });
  third.setAttribute("aria-label", t("A third text, made of both"));
  const text = (value, name) => Object.assign(document.createElement("p"), { id: name, textContent: value });
  const choice = (version, label, cue) => {
    const part = document.createElement("div"), button = document.createElement("button");
    Object.assign(button, { type: "button", className: "small", textContent: label });
    button.addEventListener("click", () => { const chosen = cue(); saving.resolve(id, chosen); done(id); });
    if (version !== third) button.setAttribute("aria-describedby", version.id);
    part.append(version, button);
    return part;
  };
  const texts = document.createElement("div");
  texts.className = "texts";
  texts.append(
    choice(text(says(mine), "clash-mine"), t("Mine"), () => model.get(id)),
    choice(text(says(theirs), "clash-theirs"), person ? t("Theirs: {person}", { person }) : t("Theirs"), () => theirs),
    choice(third, t("This text"), () => ({ ...joined(seen, model.get(id), theirs), text: third.value })),
  );
  box.replaceChildren(title, texts);
  if (focused >= 0) box.querySelectorAll("button, textarea")[focused].focus();
}

// What only one of the two has touched, times, speaker or mark, is taken from that one.
function joined(seen, mine, theirs) {
  const both = { ...(mine ?? theirs) };
  if (seen && mine && theirs) for (const name of Object.keys(theirs)) if (mine[name] === seen[name]) both[name] = theirs[name];
  return both;
}

export class Signing {
  constructor(told, place, saving, facts) {
    Object.assign(this, { told, place, saving, facts, finished: false });
    $("sign-form").addEventListener("submit", (event) => { event.preventDefault(); this.go(); });
    $("sign-close").addEventListener("click", () => $("sign").close());
  }

  async open() {
    this.wrong("");
    $("sign-facts").replaceChildren();
    $("sign-go").disabled = true;
    $("sign").showModal();
    await this.saving.flush();
    await this.saving.look();
    const { lines, forbids } = await this.facts();
    $("sign-facts").replaceChildren(...lines.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    if (this.saving.unsent()) this.wrong(t("Not everything is saved yet: nothing can be signed now."));
    else if (forbids) this.wrong(forbids);
    $("sign-go").disabled = Boolean(forbids) || this.saving.unsent() || this.finished;
    if ($("sign-go").disabled) $("sign-close").focus(); else $("sign-go").focus();
  }

  wrong(text) {
    $("sign-wrong").hidden = !text;
    $("sign-wrong").textContent = text;
  }

  async go() {
    $("sign-go").disabled = true;
    const signs = this.told.may_sign;
    this.wrong("");
    try {
      const reason = $("reason")?.value ?? "";
      await post(`${this.place}/${signs ? "sign" : "hand-over"}`, { seen: this.saving.number, reason });
      this.finished = true;
      $("sign-done").hidden = false;
      $("sign-done").textContent = signs ? t("Signed. The next stage goes on by itself.") : t("Handed over. The stage is done again with it.");
      const link = document.createElement("a");
      link.href = this.told.address;
      link.textContent = t("To the episode");
      $("sign-done").append(" ", link);
      link.focus();
    } catch (error) {
      this.wrong(error.told ? `${error.told.error} ${error.told.remedy ?? ""}` : t("The desk cannot be reached. Nothing was signed."));
      $("sign-go").disabled = false;
    }
  }
}
