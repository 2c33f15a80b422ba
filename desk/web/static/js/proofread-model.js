// The cues as they stand on this page, in order of time, and every step that can be undone.
// A cue is never changed: it is replaced by another.

/** @import { CuesById, DraftCue } from "./types.js" */

/** @typedef {{id: string, before: DraftCue | null, after: DraftCue | null}} CueChange */
/** @typedef {{changes: CueChange[], selected: string, typing: boolean, at: number}} Step */
/** @typedef {"typing" | "step" | "remote" | "recovered"} ChangeSource */
/** @typedef {(ids: string[], isReordered: boolean, source: ChangeSource) => void} ChangeListener */

const TYPING_STEP_MS = 1500; // typing without a longer rest is undone at once

/**
 * @param {DraftCue | null} a
 * @param {DraftCue | null} b
 */
export function isSameCue(a, b) {
  return a === b || Boolean(a && b && a.start_ms === b.start_ms && a.end_ms === b.end_ms
    && a.text === b.text && a.speaker === b.speaker && a.mark === b.mark);
}

export class Model {
  /** @type {Step[]} */
  undoSteps = [];
  /** @type {Step[]} */
  redoSteps = [];
  /** @type {ChangeListener[]} */
  listeners = [];
  /** The names of the cues, in order of time. @type {string[]} */
  order = [];
  /** Where each stands in `order`. @type {Map<string, number>} */
  index = new Map();

  /**
   * @param {Record<string, DraftCue>} cues
   * @param {CuesById} original
   */
  constructor(cues, original) {
    this.cues = new Map(Object.entries(cues));
    this.confirmed = new Map(this.cues); // as the desk has them
    this.loaded = new Map(this.cues); // as the page was opened with
    this.originalCues = new Map(Object.entries(original)); // where the draft is not the version
    this.sort();
  }

  /**
   * Return this cue in the version that the draft is made upon; null if it has none of that name.
   * @param {string} id
   */
  original(id) {
    return this.originalCues.get(id) ?? (this.originalCues.has(id) ? null : this.loaded.get(id) ?? null);
  }

  sort() {
    this.order = [...this.cues].sort(([a, x], [b, y]) =>
      x.start_ms - y.start_ms || x.end_ms - y.end_ms || (a < b ? -1 : 1)).map(([id]) => id);
    this.index = new Map(this.order.map((id, n) => [id, n]));
  }

  /** @param {string | null | undefined} id */
  get(id) { return this.cues.get(id ?? "") ?? null; }

  /** @param {number} n */
  at(n) { return this.order[n]; }

  /** @param {string} id */
  position(id) { return this.index.get(id) ?? -1; }

  /**
   * @param {string} id
   * @param {number} step
   */
  neighbour(id, step) { return this.order[this.position(id) + step]; }

  /**
   * Return the cue shown at a time, or the last one before it.
   * @param {number} ms
   */
  nearest(ms) {
    let low = 0, high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const cue = this.get(this.order[middle]);
      if (cue && cue.start_ms <= ms) low = middle + 1; else high = middle;
    }
    return this.order[Math.max(low - 1, 0)];
  }

  /** @param {number} ms */
  shownAt(ms) {
    const id = this.nearest(ms), cue = this.get(id);
    return id && cue && cue.start_ms <= ms && ms < cue.end_ms ? id : null;
  }

  /** @param {ChangeListener} listener */
  onChange(listener) { this.listeners.push(listener); }

  /**
   * Replace cues without making a step of it; null removes one.
   * @param {[string, DraftCue | null][]} pairs
   * @param {ChangeSource} source
   */
  replace(pairs, source) {
    let isReordered = false;
    for (const [id, cue] of pairs) {
      const old = this.get(id);
      isReordered ||= !old || !cue || old.start_ms !== cue.start_ms || old.end_ms !== cue.end_ms;
      if (cue) this.cues.set(id, cue); else this.cues.delete(id);
    }
    if (isReordered) this.sort();
    const ids = pairs.map(([id]) => id);
    for (const listener of this.listeners) listener(ids, isReordered, source);
  }

  /**
   * Note what the desk has.
   * @param {string} id
   * @param {DraftCue | null} cue
   */
  confirm(id, cue) {
    if (cue) this.confirmed.set(id, cue); else this.confirmed.delete(id);
  }

  /**
   * Make a step. `typing` joins it to the last one if that was typing in the same cue.
   * @param {CueChange[]} changes
   * @param {{selected?: string, typing?: boolean}} [options]
   */
  step(changes, { selected = "", typing = false } = {}) {
    const real = changes.filter((c) => !isSameCue(c.before, c.after));
    const [change] = real;
    if (!change) return;
    const last = this.undoSteps.at(-1), now = performance.now();
    const [joined] = typing && last?.typing && !this.redoSteps.length && now - last.at < TYPING_STEP_MS ? last.changes : [];
    if (last && joined?.id === change.id) {
      joined.after = change.after;
      last.at = now;
    } else {
      this.undoSteps.push({ changes: real, selected, typing, at: now });
    }
    this.redoSteps.length = 0;
    this.replace(real.map((c) => [c.id, c.after]), typing ? "typing" : "step");
  }

  endTyping() { // what is typed next is a step of its own
    const last = this.undoSteps.at(-1);
    if (last) last.typing = false;
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  type(id, text) {
    const before = this.get(id);
    if (before && before.text !== text) {
      this.step([{ id, before, after: { ...before, text } }], { selected: id, typing: true });
    }
  }

  undo() { return this.move(this.undoSteps, this.redoSteps, "after", "before"); }
  redo() { return this.move(this.redoSteps, this.undoSteps, "before", "after"); }

  /**
   * Undo or redo a step; `skipped` counts cues that somebody else has changed since.
   * @param {Step[]} from
   * @param {Step[]} to
   * @param {"before" | "after"} present
   * @param {"before" | "after"} wanted
   */
  move(from, to, present, wanted) {
    const step = from.pop();
    if (!step) return null;
    const possible = step.changes.filter((c) => isSameCue(this.get(c.id), c[present]));
    to.push({ ...step, changes: possible, typing: false });
    this.replace(possible.map((c) => [c.id, c[wanted]]), "step");
    return { selected: possible[0]?.id ?? step.selected, skipped: step.changes.length - possible.length };
  }

  // Counts the cues that are not as in the version.
  countChanges() {
    const count = { changed: 0, added: 0, removed: 0 };
    const ids = new Set([...this.cues.keys(), ...this.loaded.keys(), ...this.originalCues.keys()]);
    for (const id of ids) {
      const old = this.original(id), now = this.get(id);
      if (isSameCue(old, now)) continue;
      if (!old) count.added += now ? 1 : 0;
      else if (!now) count.removed += 1;
      else count.changed += 1;
    }
    return count;
  }
}
