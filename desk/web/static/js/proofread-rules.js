// The cues held against the rules, by the desk: the same code that forbids a signature.

/** @import { Model } from "./proofread-model.js" */
/** @import { Breach } from "./types.js" */

import { post } from "./api.js";

const CHECK_MS = 150, RETRY_MS = 3000;

export class RuleChecker {
  /** @type {Set<string>} */
  unchecked = new Set();
  timer = 0;
  checked = Promise.resolve();

  /**
   * `onChecked` is called with the cues that were checked.
   * @param {Model} model
   * @param {Record<string, Breach[]>} breaches
   * @param {string} address
   * @param {(ids: string[]) => void} onChecked
   */
  constructor(model, breaches, address, onChecked) {
    this.model = model;
    this.breaches = new Map(Object.entries(breaches));
    this.address = address;
    this.onChecked = onChecked;
  }

  /** @param {string} id */
  breachesOf(id) { return this.breaches.get(id) ?? []; }

  /**
   * Check these cues soon, and those after them.
   * @param {string[]} ids
   */
  schedule(ids) {
    const { model } = this;
    for (const id of ids) {
      const isThere = Boolean(model.get(id));
      if (!isThere) this.breaches.delete(id);
      const removed = model.original(id) ?? model.confirmed.get(id);
      const at = isThere ? id : model.nearest(removed?.start_ms ?? 0);
      for (const each of at ? [at, model.neighbour(at, 1)] : []) if (each) this.unchecked.add(each);
    }
    this.checkAfter(CHECK_MS);
  }

  /** @param {number} ms */
  checkAfter(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), ms);
  }

  // One after the other: whoever waits for this one has the answers of all before.
  check() {
    clearTimeout(this.timer);
    this.checked = this.checked.then(() => this.checkNow());
    return this.checked;
  }

  async checkNow() {
    const { model } = this;
    const ids = [...this.unchecked].filter((id) => model.get(id));
    this.unchecked.clear();
    if (!ids.length) return;
    const cues = ids.map((id) => ({ id, cue: model.get(id), before: model.get(model.neighbour(id, -1)) }));
    try {
      /** @type {{breaches: Record<string, Breach[]>}} */
      const { breaches } = await post(`${this.address}/check`, { cues });
      for (const [id, found] of Object.entries(breaches)) {
        if (found.length) this.breaches.set(id, found); else this.breaches.delete(id);
      }
      this.onChecked(Object.keys(breaches));
    } catch {
      for (const id of ids) this.unchecked.add(id);
      this.checkAfter(RETRY_MS);
    }
  }

  // The cues that are there and break a rule, and those of them that cannot be shown so.
  broken() {
    const ids = this.model.order.filter((id) => this.breachesOf(id).length);
    return { ids, errors: ids.filter((id) => this.breachesOf(id).some((breach) => breach.level === "error")) };
  }

  /**
   * Return the next cue that breaks a rule, from this one on (-1: backwards).
   * @param {string} from
   * @param {number} by
   */
  next(from, by) {
    const { order } = this.model, n = order.length, start = Math.max(this.model.position(from), 0);
    const circle = order.map((_, k) => order[(start + by * (k + 1) + n * (k + 1)) % n]);
    return circle.find((id) => id && this.breachesOf(id).length);
  }
}
