// What is not sent yet, in the browser's storage: one entry for each tab.

/** @import { Change } from "./types.js" */

import { randomKey } from "./random-key.js";

/** @typedef {{base: string, settled: string[], sent: Change[], changes: Change[]}} StoredChanges */

export class LocalStore {
  tab = sessionStorage.getItem("chifeng-tab") || randomKey();

  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix;
    this.name = prefix + this.tab;
    sessionStorage.setItem("chifeng-tab", this.tab);
  }

  /**
   * Return whether it could be written; null removes it.
   * @param {StoredChanges | null} stored
   */
  write(stored) {
    if (!stored) { localStorage.removeItem(this.name); return true; }
    try {
      localStorage.setItem(this.name, JSON.stringify(stored));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Return what all tabs stored, by its name; null where it cannot be read.
   * @returns {[string, StoredChanges | null][]}
   */
  readAll() {
    return Object.keys(localStorage).filter((name) => name.startsWith(this.prefix)).map((name) => [name, read(name)]);
  }

  /** @param {string} name */
  removeOther(name) {
    if (name !== this.name) localStorage.removeItem(name);
  }
}

/**
 * @param {string} name
 * @returns {StoredChanges | null}
 */
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}
