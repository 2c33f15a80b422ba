// What may be done to cues beside typing: split, merge, create, remove, move their borders, name the speaker.

/** @import { CueEditor } from "./proofread-editor.js" */
/** @import { Model } from "./proofread-model.js" */
/** @import { Player } from "./proofread-player.js" */
/** @import { Border } from "./proofread-shortcuts.js" */
/** @import { DraftCue, ProofreadData } from "./types.js" */

import { t } from "./messages.js";
import { mergedSpeaker, mergedText, splitTimes } from "./proofread-split.js";
import { randomKey } from "./random-key.js";

const NEW_CUE_MS = 2000, MIN_NEW_CUE_MS = 300, MIN_CUE_MS = 100;

export class CueActions {
  /**
   * @param {Model} model
   * @param {ProofreadData} data
   * @param {CueEditor} editor
   * @param {Player} player
   * @param {{select: (id: string | undefined, options?: {seek?: boolean}) => void, warn: (text: string) => void}} page
   */
  constructor(model, data, editor, player, page) {
    this.model = model;
    this.data = data;
    this.editor = editor;
    this.player = player;
    this.page = page;
  }

  /**
   * @param {string} id
   * @param {Partial<DraftCue>} values
   */
  change(id, values) {
    const before = this.model.get(id);
    if (this.data.open && before) this.model.step([{ id, before, after: { ...before, ...values } }], { selected: id });
  }

  split() {
    const { cue, selected, area } = this.editor;
    if (!cue || !this.data.open) return;
    const left = cue.text.slice(0, area.selectionStart).trimEnd(), right = cue.text.slice(area.selectionStart).trimStart();
    const [end_ms, start_ms] = splitTimes(cue, area.selectionStart, this.player.words, this.data.limits.min_gap_ms);
    const id = newId();
    this.model.step([
      { id: selected, before: cue, after: { ...cue, end_ms, text: left } },
      { id, before: null, after: { ...cue, start_ms, text: right, mark: "" } },
    ], { selected });
    this.page.select(id);
    area.setSelectionRange(0, 0);
  }

  merge() {
    const { cue, selected, area } = this.editor;
    const id = this.model.neighbour(selected, 1), next = this.model.get(id);
    if (!cue || !id || !next || !this.data.open) return;
    const { text, caret } = mergedText(cue, next);
    const end_ms = Math.max(cue.end_ms, next.end_ms), speaker = mergedSpeaker(cue, next);
    this.model.step([
      { id: selected, before: cue, after: { ...cue, end_ms, text, speaker } },
      { id, before: next, after: null },
    ], { selected });
    area.setSelectionRange(caret, caret);
  }

  create() {
    if (!this.data.open) return;
    const { model } = this, { min_gap_ms } = this.data.limits;
    const shown = model.get(model.shownAt(this.player.ms));
    const start_ms = shown ? shown.end_ms + min_gap_ms : this.player.ms;
    const following = model.order.map((id) => model.get(id)).find((cue) => cue && cue.start_ms >= start_ms);
    const end_ms = Math.min(start_ms + NEW_CUE_MS, following ? following.start_ms - min_gap_ms : Infinity);
    if (end_ms - start_ms < MIN_NEW_CUE_MS) { this.page.warn(t("There is no room for a subtitle here.")); return; }
    const id = newId();
    const after = { start_ms, end_ms, text: "", speaker: "", mark: "" };
    model.step([{ id, before: null, after }], { selected: this.editor.selected });
    this.page.select(id, { seek: false });
  }

  remove() {
    const { cue: before, selected: id } = this.editor;
    if (!before || !this.data.open) return;
    const next = this.model.neighbour(id, 1) ?? this.model.neighbour(id, -1);
    this.model.step([{ id, before, after: null }], { selected: id });
    this.page.select(next);
  }

  /**
   * Set borders; one stops at the neighbour and leaves the cue some time.
   * @param {string} id
   * @param {Partial<Record<Border, number>>} values
   */
  setBorders(id, values) {
    const old = this.model.get(id);
    if (!old) return;
    let { start_ms, end_ms } = { ...old, ...values };
    const before = this.model.get(this.model.neighbour(id, -1)), after = this.model.get(this.model.neighbour(id, 1));
    if ("start_ms" in values) {
      const latest = end_ms - MIN_CUE_MS;
      start_ms = Math.max(Math.min(start_ms, latest), before ? Math.min(before.end_ms, latest) : 0, 0);
    }
    if ("end_ms" in values) {
      const earliest = start_ms + MIN_CUE_MS;
      end_ms = Math.min(Math.max(end_ms, earliest), after ? Math.max(after.start_ms, earliest) : Infinity);
    }
    this.change(id, { start_ms, end_ms });
  }

  /**
   * @param {Border} border
   * @param {number} ms
   */
  moveBorder(border, ms) {
    const { cue, selected } = this.editor;
    if (cue) this.setBorders(selected, { [border]: cue[border] + ms });
  }

  /** @param {Border} border */
  toPlayhead(border) { this.setBorders(this.editor.selected, { [border]: this.player.ms }); }

  /**
   * A border was dragged in the waveform: the one that moved further.
   * @param {string} id
   * @param {number} start_ms
   * @param {number} end_ms
   */
  drag(id, start_ms, end_ms) {
    const cue = this.model.get(id);
    if (!cue) return;
    const isStart = Math.abs(start_ms - cue.start_ms) > Math.abs(end_ms - cue.end_ms);
    this.setBorders(id, isStart ? { start_ms } : { end_ms });
    this.player.drawnRegions = "";
    this.page.select(id, { seek: false });
    this.editor.showRegions();
  }

  // Names the next speaker: interviewer, interviewee, nobody.
  nextSpeaker() {
    const { cue, selected, speakers } = this.editor, names = ["", ...speakers.keys()];
    if (cue) this.change(selected, { speaker: names[(names.indexOf(cue.speaker) + 1) % names.length] ?? "" });
  }
}

const newId = () => `n-${randomKey()}`;
