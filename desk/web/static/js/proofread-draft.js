// The draft as the desk has it, and what is not as the desk has it: changes not sent yet, and cues
// that somebody else has changed too. Nothing of anybody's is overwritten.

/** @import { Model } from "./proofread-model.js" */
/** @import { StoredChanges } from "./proofread-store.js" */
/** @import { Change, ChangeRow, DraftChanges, DraftCue, ProofreadData, SaveBody } from "./types.js" */

import { isSameCue } from "./proofread-model.js";
import { isSavable } from "./proofread-text.js";
import { randomKey } from "./random-key.js";

/** @typedef {{theirs: DraftCue | null, person: string}} EditConflict */

export class Draft {
  /** The cues that are not as the desk has them. @type {Set<string>} */
  dirty = new Set();
  /** The cues somebody else has changed too. @type {Map<string, EditConflict>} */
  editConflicts = new Map();
  /** The places decided here, not sent yet. @type {Set<string>} */
  unsettled = new Set();
  /** What was sent and not answered. @type {SaveBody | null} */
  pending = null;

  /**
   * @param {Model} model
   * @param {ProofreadData} data
   * @param {{unsent: () => void, conflicts: () => void}} listeners
   */
  constructor(model, data, listeners) {
    this.model = model;
    this.listeners = listeners;
    this.base = data.base;
    this.number = data.number; // of the last change that is known
    this.settled = new Set(data.settled);
    model.onChange((ids) => this.compare(ids));
  }

  isUnsent() { return this.dirty.size + this.unsettled.size > 0; }

  /** @param {string} id */
  confirmed(id) { return this.model.confirmed.get(id) ?? null; }

  /**
   * Note which of these cues are not as the desk has them.
   * @param {string[]} ids
   */
  compare(ids) {
    for (const id of ids) this.setDirty(id, !isSameCue(this.model.get(id), this.confirmed(id)));
    this.listeners.unsent();
  }

  /**
   * @param {string} id
   * @param {boolean} isDirty
   */
  setDirty(id, isDirty) {
    if (isDirty) this.dirty.add(id); else this.dirty.delete(id);
  }

  /**
   * The places are decided.
   * @param {string[]} ids
   */
  settle(ids) {
    this.addSettled(ids);
    this.listeners.unsent();
  }

  /** @param {string[]} ids */
  addSettled(ids) {
    for (const id of ids.filter((each) => !this.settled.has(each))) {
      this.settled.add(id);
      this.unsettled.add(id);
    }
  }

  /**
   * @param {string} id
   * @returns {Change}
   */
  change(id) { return { cue: id, before: this.confirmed(id), after: this.model.get(id) }; }

  /**
   * Return what is not sent, for the browser to store.
   * @returns {StoredChanges | null}
   */
  unsent() {
    if (!this.isUnsent()) return null;
    const changes = [...this.dirty].map((id) => this.change(id));
    return { base: this.base, settled: [...this.unsettled], sent: this.pending?.changes ?? [], changes };
  }

  sendable() {
    return [...this.dirty].filter((id) => !this.editConflicts.has(id) && isSavable(this.model.get(id)));
  }

  isSendable() { return this.sendable().length + this.unsettled.size > 0; }

  /**
   * Return what to send. What may have arrived is sent again as it was, under its key.
   * @returns {SaveBody | null}
   */
  nextSave() {
    if (this.pending || !this.isSendable()) return this.pending;
    const changes = this.sendable().map((id) => this.change(id));
    this.pending = { base: this.base, since: this.number, key: randomKey(), changes, settled: [...this.unsettled] };
    return this.pending;
  }

  /**
   * Apply what an earlier page stored; return how many cues that changes.
   * @param {StoredChanges} stored
   */
  applyStored(stored) {
    const sent = new Map(stored.sent.map((change) => [change.cue, change.after]));
    /** @type {[string, DraftCue | null][]} */
    const pairs = [];
    for (const { cue: id, before, after } of stored.changes) {
      const theirs = this.confirmed(id), sentCue = sent.get(id);
      if (isSameCue(theirs, after)) continue;
      if (!isSameCue(theirs, before) && (sentCue === undefined || !isSameCue(theirs, sentCue))) {
        this.editConflicts.set(id, { theirs, person: "" });
      }
      pairs.push([id, after]);
    }
    this.addSettled(stored.settled ?? []);
    if (pairs.length) this.model.replace(pairs, "recovered");
    return pairs.length;
  }

  /**
   * Apply the answer to a save: what was sent is confirmed.
   * @param {DraftChanges} changes
   * @param {SaveBody} save
   */
  applySaved(changes, save) {
    this.pending = null;
    for (const id of save.settled) this.unsettled.delete(id);
    this.applyRemote(changes, save);
  }

  /**
   * Apply what the desk tells: own saves are confirmed, others' are shown or conflict with what is here.
   * @param {DraftChanges} changes
   * @param {SaveBody | null} sent
   */
  applyRemote(changes, sent) {
    const own = sent ?? this.pending;
    const ownCues = new Map(own?.changes.map((change) => [change.cue, change.after]));
    // Whoever changed a cue after an own save, whose answer was lost, had that save before their eyes.
    const seen = new Set(changes.rows.filter((row) => row.key === own?.key).map((row) => row.cue));
    /** @type {[string, DraftCue | null][]} */
    const arrived = [];
    for (const row of lastRows(changes.rows, sent)) {
      const known = (seen.has(row.cue) ? ownCues.get(row.cue) : this.confirmed(row.cue)) ?? null;
      const isOwn = row.key === own?.key;
      if (this.meetsOwnChange(row, known, isOwn)) this.meet(row, known);
      else if (this.confirmRow(row, isOwn ? ownCues.get(row.cue) ?? null : known, isOwn)) arrived.push([row.cue, row.after]);
    }
    this.number = Math.max(this.number, changes.number);
    for (const id of changes.settled) this.settled.add(id);
    if (arrived.length) this.model.replace(arrived, "remote");
  }

  /**
   * Return whether somebody else's change meets one that was made here.
   * @param {ChangeRow} row
   * @param {DraftCue | null} known
   * @param {boolean} isOwn
   */
  meetsOwnChange({ cue, after }, known, isOwn) {
    const here = this.model.get(cue);
    return !isOwn && !isSameCue(here, known) && !isSameCue(here, after);
  }

  /**
   * Confirm a change; return whether it is still to be shown here.
   * @param {ChangeRow} row
   * @param {DraftCue | null} sentCue what was sent, for an own change
   * @param {boolean} isOwn
   */
  confirmRow({ cue, after }, sentCue, isOwn) {
    const here = this.model.get(cue);
    this.model.confirm(cue, after);
    this.editConflicts.delete(cue);
    if (isSameCue(here, after)) this.dirty.delete(cue);
    else if (isOwn && !isSameCue(here, sentCue)) this.dirty.add(cue);
    else return true;
    return false;
  }

  /**
   * @param {ChangeRow} row
   * @param {DraftCue | null} known
   */
  meet({ cue, after, person }, known) {
    // The same as is known: an answer from before one chose between the two, or they took it back.
    if (!isSameCue(known, after)) this.addConflict(cue, after, person);
    else if (this.editConflicts.delete(cue)) this.listeners.conflicts();
  }

  /**
   * Somebody else has changed a cue: that is a conflict where it is not the same here.
   * @param {string} id
   * @param {DraftCue | null} theirs
   * @param {string} person
   */
  addConflict(id, theirs, person) {
    if (isSameCue(this.model.get(id), theirs)) {
      this.model.confirm(id, theirs);
      this.compare([id]);
      return;
    }
    this.editConflicts.set(id, { theirs, person });
    this.listeners.conflicts();
  }

  /**
   * One has chosen what shall stand: `cue` or, for null, nothing.
   * @param {string} id
   * @param {DraftCue | null} cue
   */
  resolve(id, cue) {
    this.model.confirm(id, this.editConflicts.get(id)?.theirs ?? null);
    this.editConflicts.delete(id);
    const before = this.model.get(id);
    if (isSameCue(cue, before)) this.compare([id]);
    else this.model.step([{ id, before, after: cue }], { selected: id });
    this.listeners.conflicts();
  }
}

/**
 * Return the last change of each cue; what was sent counts where the desk tells none.
 * @param {ChangeRow[]} rows
 * @param {SaveBody | null} sent
 */
function lastRows(rows, sent) {
  /** @type {Map<string, ChangeRow>} */
  const last = new Map(sent?.changes.map(({ cue, after }) => [cue, { cue, after, person: "", key: sent.key }]));
  for (const row of rows) last.set(row.cue, row);
  return last.values();
}
