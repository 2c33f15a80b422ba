// Save what is typed: in this browser at once, at the desk within two seconds. What could not be sent
// stays here until it can.

/** @import { Model } from "./proofread-model.js" */
/** @import { StoredChanges } from "./proofread-store.js" */
/** @import { DraftChanges, DraftStatus, Presence, ProofreadData, RoomState } from "./types.js" */

import { RequestError, get, post } from "./api.js";
import { listen } from "./event-stream.js";
import { Draft } from "./proofread-draft.js";
import { LocalStore } from "./proofread-store.js";
import { isSavable } from "./proofread-text.js";
import { randomKey } from "./random-key.js";

/** @typedef {"saved" | "saving" | "offline" | "conflict" | "refused" | "invalid"} SaveState */

/**
 * What the page shows.
 * @typedef {{state: (name: SaveState, text?: string) => void, conflicts: () => void, changed: () => void,
 *   others: (others: Presence[], isMoved: boolean) => void, recovered: (n: number) => void,
 *   warn: (problem: "storage" | "late") => void}} AutosaveListeners
 */

const REST_MS = 700, MAX_WAIT_MS = 1800, RETRY_MS = 2500, REFUSED_RETRY_MS = 10_000;
const POLL_MS = 2000, HEARTBEAT_MS = 10_000, MOVE_MS = 150;
const ALL_CHANGES = 2 ** 52; // as `since`: none of others' changes is asked for

export class Autosave {
  /** @type {Promise<void> | null} */
  sending = null;
  refusal = "";
  isOffline = false;
  cue = "";
  dirtySince = 0;
  isWatching = false;
  /** @type {Promise<void> | null} */
  polling = null;
  /** @type {Promise<void> | null} */
  nextPoll = null;
  timer = 0;
  retryTimer = 0;
  moveTimer = 0;

  /**
   * @param {Model} model
   * @param {ProofreadData} data
   * @param {string} address
   * @param {AutosaveListeners} listeners
   */
  constructor(model, data, address, listeners) {
    this.address = address;
    this.listeners = listeners;
    this.draft = new Draft(model, data, {
      unsent: () => { this.storeUnsent(); this.schedule(); this.showState(); },
      conflicts: () => listeners.conflicts(),
    });
    this.store = new LocalStore(`chifeng-draft ${address} ${data.person} `);
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.showState());
    addEventListener("beforeunload", (event) => { if (this.draft.isUnsent()) event.preventDefault(); });
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); });
  }

  schedule() {
    if (!this.draft.isUnsent()) return;
    const now = performance.now();
    this.dirtySince ||= now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), Math.min(REST_MS, Math.max(this.dirtySince + MAX_WAIT_MS - now, 0)));
  }

  // Writes what is not sent into the browser's storage: it outlives the tab and the browser.
  storeUnsent() {
    if (!this.store.write(this.draft.unsent())) this.listeners.warn("storage");
  }

  // Takes up what an earlier page could not send.
  async recover() {
    for (const [name, stored] of this.store.readAll()) {
      if (stored && stored.base !== this.draft.base) {
        if (!(await this.sendEarlier(stored, name))) continue;
      } else if (stored) {
        const n = this.draft.applyStored(stored);
        if (n || this.draft.editConflicts.size) this.listeners.recovered(n);
      }
      this.store.removeOther(name);
    }
    this.storeUnsent();
  }

  /**
   * What was typed upon an earlier version is sent upon that one; the desk carries it forward.
   * @param {StoredChanges} stored
   * @param {string} name
   */
  async sendEarlier({ base, changes, settled }, name) {
    try {
      await post(`${this.address}/save`, { base, since: ALL_CHANGES, key: randomKey(), changes, settled });
      localStorage.removeItem(name);
      location.reload();
      return true;
    } catch {
      this.listeners.warn("late");
      return false;
    }
  }

  flush() {
    clearTimeout(this.timer);
    this.sending ??= this.send().finally(() => {
      this.sending = null;
      if (!this.refusal && this.draft.isSendable()) this.schedule();
    });
    return this.sending;
  }

  async send() {
    this.dirtySince = 0;
    const save = this.draft.nextSave();
    if (!save) return;
    this.storeUnsent();
    this.listeners.state("saving");
    try {
      /** @type {DraftChanges} */
      const changes = await post(`${this.address}/save`, save);
      this.isOffline = false;
      this.refusal = "";
      this.draft.applySaved(changes, save);
      this.listeners.changed();
    } catch (error) {
      this.onError(error);
    }
    this.storeUnsent();
    this.showState();
  }

  /** @param {unknown} error */
  onError(error) {
    const { body, status } = error instanceof RequestError ? error : { body: null, status: 0 };
    if (body?.now && typeof body.now === "object") {
      this.draft.pending = null;
      for (const [id, theirs] of Object.entries(body.now)) this.draft.addConflict(id, theirs, body.people?.[id] ?? "");
      this.poll();
    } else if (body && status < 500) {
      this.draft.pending = null;
      this.refusal = `${body.error ?? ""} ${body.remedy ?? ""}`.trim();
      setTimeout(() => { this.refusal = ""; this.flush(); }, REFUSED_RETRY_MS);
    } else {
      this.isOffline = true;
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.flush(), RETRY_MS);
    }
  }

  /**
   * Ask for the changes of others, one request after the other: whoever asks while one is on its way
   * gets the answer of the next.
   * @returns {Promise<void>}
   */
  poll() {
    if (this.polling) return this.nextPoll ??= this.polling.then(() => { this.nextPoll = null; return this.poll(); });
    this.polling = this.requestChanges().finally(() => { this.polling = null; });
    return this.polling;
  }

  async requestChanges() {
    const since = this.draft.number;
    const query = new URLSearchParams({ base: this.draft.base, since: String(since), tab: this.store.tab, cue: this.cue });
    try {
      /** @type {DraftStatus} */
      const status = await get(`${this.address}/changes?${query}`);
      // What an own save has overtaken on the way may tell what stood there before it.
      if (!this.sending && since === this.draft.number) {
        this.draft.applyRemote(status, null);
        this.listeners.changed();
      } else {
        Promise.resolve(this.sending).then(() => this.poll());
      }
      if (this.isOffline) { this.isOffline = false; this.flush(); }
      this.listeners.others(status.others, status.moved);
    } catch (error) {
      if (!(error instanceof RequestError)) this.isOffline = true;
    }
    this.showState();
  }

  /**
   * Tell others at which cue one is.
   * @param {string} cue
   */
  setCue(cue) {
    if (cue === this.cue) return;
    this.cue = cue;
    clearTimeout(this.moveTimer);
    if (this.isWatching) this.moveTimer = setTimeout(() => this.poll(), MOVE_MS);
  }

  /**
   * Watch what others do. The desk tells it; while it cannot it is asked, more often; and whoever is
   * here says so now and then.
   * @param {string} room
   */
  watch(room) {
    let isLive = false, lastPoll = 0, people = 0;
    const poll = () => { lastPoll = performance.now(); this.poll(); };
    this.isWatching = true;
    listen(`/events?room=${encodeURIComponent(room)}`, {
      open: () => { isLive = true; poll(); },
      lost: () => { isLive = false; },
      events: {
        message: () => setTimeout(poll, POLL_MS * Math.random()), // not all pages in the same moment
        room: (event) => {
          /** @type {RoomState} */
          const state = JSON.parse(event.data);
          if (state.draft > this.draft.number || state.people !== people) poll();
          people = state.people;
        },
      },
    });
    setInterval(() => {
      if (performance.now() - lastPoll >= (isLive || document.hidden ? HEARTBEAT_MS : POLL_MS)) poll();
    }, POLL_MS / 4);
  }

  showState() {
    const isInvalid = [...this.draft.dirty].some((id) => !isSavable(this.draft.model.get(id)));
    if (this.draft.editConflicts.size) this.listeners.state("conflict");
    else if (this.refusal) this.listeners.state("refused", this.refusal);
    else if (this.draft.isUnsent() && (this.isOffline || !navigator.onLine)) this.listeners.state("offline");
    else if (isInvalid) this.listeners.state("invalid");
    else if (this.draft.isUnsent()) this.listeners.state("saving");
    else this.listeners.state("saved");
  }
}
