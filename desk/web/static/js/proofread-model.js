// The cues as they stand on this page, in order of time, and every step that can be undone.
// A cue is {start_ms, end_ms, text, speaker, mark} and never changed: it is replaced by another.

const ONE_STEP_MS = 1500; // typing without a longer rest is undone at once

export function same(a, b) {
  return a === b || Boolean(a && b && a.start_ms === b.start_ms && a.end_ms === b.end_ms
    && a.text === b.text && a.speaker === b.speaker && a.mark === b.mark);
}

export function fresh(prefix = "") {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export class Model {
  constructor(cues, original) {
    this.cues = new Map(Object.entries(cues));
    this.confirmed = new Map(this.cues); // as the desk has them
    this.differs = new Map(Object.entries(original)); // where the draft is not the version
    this.first = new Map(this.cues);
    this.done = [];
    this.undone = [];
    this.listeners = [];
    this.sort();
  }

  // How the version that the draft is made upon has this cue; null if it has none of that name.
  original(id) {
    return this.differs.has(id) ? this.differs.get(id) : this.first.get(id) ?? null;
  }

  sort() {
    const at = this.cues;
    this.order = [...at.keys()].sort((a, b) => {
      const x = at.get(a), y = at.get(b);
      return x.start_ms - y.start_ms || x.end_ms - y.end_ms || (a < b ? -1 : 1);
    });
    this.index = new Map(this.order.map((id, n) => [id, n]));
  }

  get(id) { return this.cues.get(id) ?? null; }
  at(n) { return this.order[n]; }
  beside(id, step) { return this.order[(this.index.get(id) ?? -1) + step]; }

  // The cue shown at a time, or the last one before it.
  near(ms) {
    let low = 0, high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cues.get(this.order[middle]).start_ms <= ms) low = middle + 1; else high = middle;
    }
    return this.order[Math.max(low - 1, 0)];
  }

  shownAt(ms) {
    const id = this.near(ms);
    const cue = id && this.cues.get(id);
    return cue && cue.start_ms <= ms && ms < cue.end_ms ? id : null;
  }

  onchange(listener) { this.listeners.push(listener); }

  // Put cues in without making a step of it: [[id, cue or null], …].
  put(pairs, why = "outside") {
    let moved = false;
    for (const [id, cue] of pairs) {
      const old = this.cues.get(id);
      moved ||= !old || !cue || old.start_ms !== cue.start_ms || old.end_ms !== cue.end_ms;
      if (cue) this.cues.set(id, cue); else this.cues.delete(id);
    }
    if (moved) this.sort();
    const ids = pairs.map(([id]) => id);
    for (const listener of this.listeners) listener(ids, moved, why);
  }

  // Make a step: [{id, before, after}]. `typing` joins it to the last one if that was typing too.
  step(changes, { selected = "", typing = false } = {}) {
    changes = changes.filter((c) => !same(c.before, c.after));
    if (!changes.length) return;
    const last = this.done.at(-1), now = performance.now();
    const joins = typing && last?.typing && !this.undone.length && now - last.at < ONE_STEP_MS
      && last.changes[0].id === changes[0].id;
    if (joins) {
      last.changes[0].after = changes[0].after;
      last.at = now;
    } else {
      this.done.push({ changes, selected, typing, at: now });
    }
    this.undone.length = 0;
    this.put(changes.map((c) => [c.id, c.after]), typing ? "typing" : "step");
  }

  rest() { // what is typed next is a step of its own
    const last = this.done.at(-1);
    if (last) last.typing = false;
  }

  type(id, text) {
    const before = this.get(id);
    if (before && before.text !== text) {
      this.step([{ id, before, after: { ...before, text } }], { selected: id, typing: true });
    }
  }

  undo() { return this.travel(this.done, this.undone, "after", "before"); }
  redo() { return this.travel(this.undone, this.done, "before", "after"); }

  // Returns {selected, skipped}: skipped counts cues that somebody else has changed since.
  travel(from, to, is, becomes) {
    const step = from.pop();
    if (!step) return null;
    const able = step.changes.filter((c) => same(this.get(c.id), c[is]));
    to.push({ ...step, changes: able, typing: false });
    this.put(able.map((c) => [c.id, c[becomes]]), "step");
    return { selected: able[0]?.id ?? step.selected, skipped: step.changes.length - able.length };
  }

  // How many cues are not as in the version: {changed, added, removed}.
  tally() {
    const count = { changed: 0, added: 0, removed: 0 };
    const ids = new Set([...this.cues.keys(), ...this.first.keys(), ...this.differs.keys()]);
    for (const id of ids) {
      const old = this.original(id), now = this.get(id);
      if (same(old, now)) continue;
      if (!old) count.added += now ? 1 : 0;
      else if (!now) count.removed += 1;
      else count.changed += 1;
    }
    return count;
  }
}
