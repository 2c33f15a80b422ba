// What is asked in a window of its own: a name to insert, a signature; and two texts to choose from.

import { get, post } from "./api.js";
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

// Somebody changed the same cue: both texts are shown, and one, the other or a third is chosen.
export function showClash(model, saving, done) {
  const box = $("clash");
  const [id] = saving.clashes.keys();
  box.hidden = !id;
  if (!id) { box.replaceChildren(); box.dataset.id = ""; return; }
  const { theirs, person } = saving.clashes.get(id), mine = model.get(id);
  const state = JSON.stringify([id, theirs]);
  if (box.dataset.id === state) return;
  box.dataset.id = state;
  const title = document.createElement("h2");
  title.id = "clash-title";
  const n = model.index.has(id) ? model.index.get(id) + 1 : "–";
  title.textContent = `⇄ ${t("Subtitle {n} was changed by somebody else too ({person}). Which shall stand?", { n, person: person || "?" })}`;
  const texts = document.createElement("div");
  texts.className = "texts";
  const both = document.createElement("textarea");
  both.rows = 2;
  both.value = mine?.text ?? theirs?.text ?? "";
  both.setAttribute("aria-label", t("A third text, made of both"));
  const decide = (label, cue, of) => {
    const part = document.createElement("div"), text = document.createElement("p"), button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = label;
    button.addEventListener("click", () => { saving.resolve(id, cue()); done(id); });
    if (of === undefined) part.append(both, button);
    else { text.textContent = of ? of.text : t("(removed)"); part.append(text, button); }
    return part;
  };
  texts.append(
    decide(t("Mine"), () => model.get(id), mine), decide(t("Theirs"), () => theirs, theirs),
    decide(t("This text"), () => ({ ...(mine ?? theirs), text: both.value })),
  );
  box.replaceChildren(title, texts);
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
    await this.saving.look("");
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
