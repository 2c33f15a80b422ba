// The editor of the selected cue: its text, times, length and what the rules say of it.

/** @import { Model } from "./proofread-model.js" */
/** @import { Player } from "./proofread-player.js" */
/** @import { RuleChecker } from "./proofread-rules.js" */
/** @import { DraftCue, ProofreadData } from "./types.js" */

import { byId, create } from "./dom.js";
import { t } from "./messages.js";
import { cleanText } from "./proofread-text.js";
import { formatTime } from "./time-format.js";

export class CueEditor {
  area = byId("text", HTMLTextAreaElement);
  counter = byId("counter");
  selected = "";
  isComposing = false; // the input method has not finished a character
  isTyping = false; // since one moved here: the selection does not follow the film

  /**
   * @param {Model} model
   * @param {ProofreadData} data
   * @param {RuleChecker} rules
   * @param {Player} player
   */
  constructor(model, data, rules, player) {
    this.model = model;
    this.data = data;
    this.rules = rules;
    this.player = player;
    this.speakers = new Map(data.speakers); // as files name them, and as the reader does
    const { area } = this;
    area.addEventListener("compositionstart", () => { this.isComposing = true; });
    area.addEventListener("compositionend", () => { this.isComposing = false; this.saveText(); });
    area.addEventListener("input", (event) => { if (!(event instanceof InputEvent && event.isComposing)) this.saveText(); });
    area.addEventListener("blur", () => model.endTyping());
  }

  get cue() { return this.model.get(this.selected); }

  /** @param {DraftCue} cue */
  speakerName({ speaker }) { return this.speakers.get(speaker) ?? speaker; }

  show() {
    const { area, cue } = this;
    area.disabled = !cue;
    if (!cue) { area.value = ""; return; }
    if (!this.isComposing && area.value !== cue.text) this.setText(cue.text);
    byId("speaker").textContent = this.speakerName(cue);
    byId("which").textContent = `${this.model.position(this.selected) + 1} / ${this.model.order.length}`;
    const seconds = ((cue.end_ms - cue.start_ms) / 1000).toFixed(2);
    byId("times").textContent = `${formatTime(cue.start_ms)} → ${formatTime(cue.end_ms)} · ${seconds} s`;
    this.showLength(cue, cue.text);
    this.showBreaches();
    this.player.showWords(cue);
    this.showRegions();
  }

  /** @param {string} text */
  setText(text) {
    const { area } = this, caret = area.selectionStart;
    area.value = text;
    if (document.activeElement === area) area.setSelectionRange(caret, caret);
  }

  /**
   * Show the length as the rules count it: every visible character, line ends and tags not.
   * @param {DraftCue} cue
   * @param {string} text
   */
  showLength({ start_ms, end_ms }, text) {
    const { limits } = this.data;
    const lines = cleanText(text).split("\n").map((line) => [...line].length), line = Math.max(...lines);
    const n = lines.reduce((a, b) => a + b, 0);
    const speed = end_ms > start_ms ? n * 1000 / (end_ms - start_ms) : Infinity;
    const isOver = speed > limits.max_cps || line > limits.max_chars || lines.length > limits.lines;
    this.counter.textContent = t("{n} characters · line {line}/{most} · {speed}/{limit} a second", {
      n, line, most: limits.max_chars, speed: speed.toFixed(1), limit: limits.max_cps,
    }) + (isOver ? " ▲" : "");
    this.counter.classList.toggle("over", isOver);
  }

  showBreaches() {
    byId("breaches").replaceChildren(...this.rules.breachesOf(this.selected).map(({ level, message }) =>
      create("li", { className: level, textContent: `${level === "error" ? "×" : "▲"} ${message}` })));
  }

  showRegions() { this.player.drawRegions(this.selected, !this.data.open); }

  // Takes over what was typed.
  saveText() {
    const { cue } = this;
    if (!cue || !this.data.open) return;
    this.isTyping = true;
    const text = cleanText(this.area.value);
    this.model.type(this.selected, text);
    this.showLength(this.cue ?? cue, text);
  }

  /** @param {string} text */
  insert(text) {
    const { area } = this;
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    this.model.endTyping();
    this.saveText();
  }

  // Puts a dash where the speaker changes, or removes it: SubRip knows no speakers.
  toggleDash() {
    const { area } = this, start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const hasDash = area.value[start] === "-";
    area.setRangeText(hasDash ? "" : "-", start, start + (hasDash ? 1 : 0), "preserve");
    this.model.endTyping();
    this.saveText();
  }
}
