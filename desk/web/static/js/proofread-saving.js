// Keep what is typed: in this browser at once, at the desk within two seconds, and nothing of
// anybody's is ever overwritten. What could not be sent stays here until it can.

import { get, post, Refused } from "./api.js";
import { listen } from "./events.js";
import { fresh, same } from "./proofread-model.js";

const REST_MS = 700, AT_MOST_MS = 1800, AGAIN_MS = 2500, LOOK_MS = 2000, BEAT_MS = 10_000, MOVE_MS = 150, LONGEST = 2000;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

export function visible(text) { // as the desk keeps it: line ends as one, no unseen characters
  return text.replace(/\r\n|\r|\u0085|\u2028|\u2029/g, "\n").replace(CONTROL, "");
}

function possible(cue) {
  return !cue || (0 <= cue.start_ms && cue.start_ms < cue.end_ms && cue.end_ms <= 172_800_000 && [...cue.text].length <= LONGEST);
}

export class Saving {
  constructor(model, told, place, ui) {
    Object.assign(this, { model, place, ui, base: told.base, number: told.number });
    this.dirty = new Set();
    this.clashes = new Map(); // id -> {theirs, person}
    this.settled = new Set(told.settled);
    this.unsettled = new Set(); // decided here, not sent yet
    this.sending = null;
    this.pending = null;
    this.stopped = "";
    this.cue = "";
    this.tab = sessionStorage.getItem("chifeng-tab") || fresh();
    sessionStorage.setItem("chifeng-tab", this.tab);
    this.prefix = `chifeng-draft ${place} ${told.person} `;
    model.onchange((ids) => this.touched(ids));
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.say());
    addEventListener("beforeunload", (event) => { if (this.unsent()) event.preventDefault(); });
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); });
  }

  unsent() { return this.dirty.size + this.unsettled.size > 0; }

  touched(ids) {
    for (const id of ids) {
      if (same(this.model.get(id), this.model.confirmed.get(id) ?? null)) this.dirty.delete(id);
      else this.dirty.add(id);
    }
    this.keep();
    this.soon();
    this.say();
  }

  settle(ids) {
    for (const id of ids) if (!this.settled.has(id)) { this.settled.add(id); this.unsettled.add(id); }
    this.keep();
    this.soon();
    this.say();
  }

  soon() {
    if (!this.unsent()) return;
    const now = performance.now();
    this.since ||= now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), Math.min(REST_MS, Math.max(this.since + AT_MOST_MS - now, 0)));
  }

  // Write what is not sent into the browser's storage: it outlives the tab and the browser.
  keep() {
    const { model } = this;
    const name = this.prefix + this.tab;
    if (!this.unsent()) { localStorage.removeItem(name); return; }
    const kept = {
      base: this.base, settled: [...this.unsettled], sent: this.pending?.changes ?? [],
      changes: [...this.dirty].map((id) => ({ cue: id, before: model.confirmed.get(id) ?? null, after: model.get(id) })),
    };
    try {
      localStorage.setItem(name, JSON.stringify(kept));
    } catch {
      this.ui.warn("storage");
    }
  }

  // Take up what an earlier page could not send.
  async recover() {
    const names = Object.keys(localStorage).filter((n) => n.startsWith(this.prefix));
    for (const name of names) {
      let kept;
      try { kept = JSON.parse(localStorage.getItem(name)); } catch { kept = null; }
      if (kept && kept.base !== this.base) {
        if (!(await this.late(kept, name))) continue;
      } else if (kept) {
        this.adopt(kept);
      }
      if (name !== this.prefix + this.tab) localStorage.removeItem(name);
    }
    this.keep();
  }

  adopt(kept) {
    const sent = new Map(kept.sent.map((c) => [c.cue, c.after]));
    const pairs = [];
    for (const { cue, before, after } of kept.changes) {
      const there = this.model.confirmed.get(cue) ?? null;
      if (same(there, after)) continue;
      if (!same(there, before) && !(sent.has(cue) && same(there, sent.get(cue)))) {
        this.clashes.set(cue, { theirs: there, person: "" });
      }
      pairs.push([cue, after]);
    }
    for (const id of kept.settled ?? []) if (!this.settled.has(id)) { this.settled.add(id); this.unsettled.add(id); }
    if (pairs.length) this.model.put(pairs, "recovered");
    if (pairs.length || this.clashes.size) this.ui.recovered(pairs.length);
  }

  // What was typed upon an earlier version is sent upon that one; the desk carries it forward.
  async late(kept, name) {
    try {
      await post(`${this.place}/save`, { base: kept.base, since: 2 ** 52, key: fresh(), changes: kept.changes, settled: kept.settled });
      localStorage.removeItem(name);
      location.reload();
      return true;
    } catch {
      this.ui.warn("late");
      return false;
    }
  }

  flush() {
    clearTimeout(this.timer);
    this.sending ||= this.send().finally(() => { this.sending = null; if (this.more()) this.soon(); });
    return this.sending;
  }

  more() { return !this.stopped && this.ready().length + this.unsettled.size > 0; }

  ready() {
    return [...this.dirty].filter((id) => !this.clashes.has(id) && possible(this.model.get(id)));
  }

  next() {
    const { model } = this;
    const changes = this.ready().map((id) => ({ cue: id, before: model.confirmed.get(id) ?? null, after: model.get(id) }));
    if (!changes.length && !this.unsettled.size) return null;
    return { base: this.base, since: this.number, key: fresh(), changes, settled: [...this.unsettled] };
  }

  async send() {
    this.since = 0;
    this.pending ??= this.next(); // what may have arrived is sent again as it was, under its key
    if (!this.pending) return;
    this.keep();
    this.ui.state("saving");
    try {
      const news = await post(`${this.place}/save`, this.pending);
      const sent = this.pending;
      this.pending = null;
      this.offline = false;
      this.stopped = "";
      for (const id of sent.settled) this.unsettled.delete(id);
      this.absorb(news, sent);
    } catch (error) {
      this.failed(error);
    }
    this.keep();
    this.say();
  }

  failed(error) {
    const told = error instanceof Refused ? error.told : null;
    if (told?.now) {
      this.pending = null;
      for (const [id, theirs] of Object.entries(told.now)) this.meet(id, theirs, told.people[id] ?? "");
      this.look();
    } else if (told && error.status < 500) {
      this.pending = null;
      this.stopped = `${told.error ?? ""} ${told.remedy ?? ""}`.trim();
      setTimeout(() => { this.stopped = ""; this.flush(); }, 10_000);
    } else {
      this.offline = true;
      clearTimeout(this.again);
      this.again = setTimeout(() => this.flush(), AGAIN_MS);
    }
  }

  // Take in what the desk tells: own saves are confirmed, others' are shown or meet with mine.
  absorb(news, sent) {
    const { model } = this;
    const last = new Map(news.rows.map((row) => [row.cue, row]));
    const arrived = [];
    for (const change of sent?.changes ?? []) {
      if (!last.has(change.cue)) last.set(change.cue, { cue: change.cue, after: change.after, key: sent.key });
    }
    const own = sent ?? this.pending;
    const mine = new Map((own?.changes ?? []).map((c) => [c.cue, c.after]));
    // Whoever changed a cue after an own save, whose answer was lost, had that save before their eyes.
    const seen = new Set(news.rows.filter((row) => row.key === own?.key).map((row) => row.cue));
    for (const [id, row] of last) {
      const here = model.get(id), known = (seen.has(id) ? mine : model.confirmed).get(id) ?? null;
      const isMine = own && row.key === own.key;
      if (isMine || same(here, known) || same(here, row.after)) {
        if (row.after) model.confirmed.set(id, row.after); else model.confirmed.delete(id);
        this.clashes.delete(id);
        const follows = isMine ? same(here, mine.get(id) ?? null) : true;
        if (follows && !same(here, row.after)) arrived.push([id, row.after]);
        else if (same(here, row.after)) this.dirty.delete(id); else this.dirty.add(id);
      } else if (!same(known, row.after)) {
        this.meet(id, row.after, row.person);
      } else if (this.clashes.delete(id)) { // they took it back
        this.ui.clash();
      } // else what is here was made upon it: an answer from before one chose between the two
    }
    this.number = Math.max(this.number, news.number);
    for (const id of news.settled) this.settled.add(id);
    if (arrived.length) this.model.put(arrived, "outside");
    this.ui.news(news, arrived.map(([id]) => id));
  }

  meet(id, theirs, person) {
    if (same(this.model.get(id), theirs)) {
      if (theirs) this.model.confirmed.set(id, theirs); else this.model.confirmed.delete(id);
      this.touched([id]);
      return;
    }
    this.clashes.set(id, { theirs, person });
    this.ui.clash();
  }

  // One has chosen what shall stand: `cue` or, for null, nothing.
  resolve(id, cue) {
    const { theirs } = this.clashes.get(id);
    this.clashes.delete(id);
    if (theirs) this.model.confirmed.set(id, theirs); else this.model.confirmed.delete(id);
    if (same(cue, this.model.get(id))) this.touched([id]);
    else this.model.step([{ id, before: this.model.get(id), after: cue }], { selected: id });
    this.ui.clash();
  }

  // One after the other: whoever asks while one is on its way gets the answer of the next.
  look() {
    if (this.asking) return this.following ??= this.asking.then(() => { this.following = null; return this.look(); });
    this.asking = this.ask().finally(() => { this.asking = null; });
    return this.asking;
  }

  async ask() {
    const since = this.number;
    const query = new URLSearchParams({ base: this.base, since, tab: this.tab, cue: this.cue });
    try {
      const news = await get(`${this.place}/changes?${query}`);
      // What an own save has overtaken on the way may tell what stood there before it.
      if (!this.sending && since === this.number) this.absorb(news, null);
      else Promise.resolve(this.sending).then(() => this.look());
      if (this.offline) { this.offline = false; this.flush(); }
      this.ui.others(news.others, news.moved);
    } catch (error) {
      if (!(error instanceof Refused)) this.offline = true;
    }
    this.say();
  }

  at(cue) { // others see where one is
    if (cue === this.cue) return;
    this.cue = cue;
    clearTimeout(this.moving);
    if (this.watching) this.moving = setTimeout(() => this.look(), MOVE_MS);
  }

  // The desk tells what others do. While it cannot it is asked, more often; and whoever is here says
  // so now and then.
  watch(room) {
    let live = false, last = 0, people = 0;
    const look = () => { last = performance.now(); this.look(); };
    this.watching = true;
    listen(`/events?room=${encodeURIComponent(room)}`, {
      open: () => { live = true; look(); },
      lost: () => { live = false; },
      events: {
        message: () => setTimeout(look, LOOK_MS * Math.random()), // not all pages in the same moment
        room: (event) => {
          const told = JSON.parse(event.data);
          if (told.draft > this.number || told.people !== people) look();
          people = told.people;
        },
      },
    });
    setInterval(() => { if (performance.now() - last >= (live || document.hidden ? BEAT_MS : LOOK_MS)) look(); }, LOOK_MS / 4);
  }

  say() {
    const stuck = [...this.dirty].some((id) => !possible(this.model.get(id)));
    if (this.clashes.size) this.ui.state("clash");
    else if (this.stopped) this.ui.state("refused", this.stopped);
    else if (this.unsent() && (this.offline || !navigator.onLine)) this.ui.state("offline");
    else if (stuck) this.ui.state("impossible");
    else if (this.unsent()) this.ui.state("saving");
    else this.ui.state("saved");
  }
}
