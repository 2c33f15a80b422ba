// Keep what is said: first in the browser, then at the desk; again and again until it has arrived.

import { post } from "./api.js";
import { t } from "./words.js";

const EVERY_MS = 5000;

export class Saving {
  // show(text, away) tells how it stands; renewed() is called when the words have a new version.
  constructor(address, show, renewed) {
    this.address = address;
    this.place = `said ${address}`;
    this.show = show;
    this.renewed = renewed;
    this.busy = null;
    this.memory = []; // where the browser keeps nothing
    addEventListener("online", () => this.flush());
    setInterval(() => this.waiting() && this.flush(), EVERY_MS);
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.place)) ?? [];
    } catch {
      return this.memory;
    }
  }

  write(saves) {
    this.memory = saves;
    try {
      localStorage.setItem(this.place, JSON.stringify(saves));
    } catch {
      // A private window: what is said is kept as long as the page is open.
    }
  }

  waiting() {
    return this.read().length;
  }

  say(base, said) {
    this.write([...this.read(), { base, said, key: newKey() }]);
    this.flush();
  }

  // Put what has not been sent yet onto what the desk told.
  put(told) {
    const cues = new Map(told.cues.map((cue) => [cue.id, cue]));
    for (const save of this.read().filter((each) => each.base === told.base)) {
      for (const { cue, ...said } of save.said) {
        if (cues.has(cue)) Object.assign(cues.get(cue), said);
      }
    }
  }

  flush() {
    this.busy ??= this.send().finally(() => (this.busy = null));
    return this.busy;
  }

  async send() {
    for (let [save] = this.read(); save; [save] = this.read()) {
      try {
        const now = await post(`${this.address}/say`, save);
        this.write(this.read().slice(1));
        if (now.base !== save.base && !this.waiting()) await this.renewed();
        this.show(t("Kept"));
      } catch (error) {
        if (!this.refused(error, save)) return;
      }
    }
  }

  // Tell what went wrong; true where the rest can be sent all the same.
  refused(error, save) {
    if (error.status === 401 || error.status === 403) {
      this.show(t("Please open the link once more. What you said is kept on this device."), true);
      return false;
    }
    if (error.status === 404 || error.status === 409 || error.status === 422) {
      this.setAside(save);
      this.show(`${error.told.error} ${error.told.remedy ?? ""}`, true);
      return true;
    }
    this.show(t("No network: kept on this device, and sent when there is one."), true);
    return false;
  }

  // What the desk will not take is still not thrown away.
  setAside(save) {
    this.write(this.read().slice(1));
    try {
      const place = `refused ${this.address}`;
      const aside = JSON.parse(localStorage.getItem(place)) ?? [];
      localStorage.setItem(place, JSON.stringify([...aside, save].slice(-200)));
    } catch {
      // as above
    }
  }
}

// randomUUID is there on safe addresses only.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
}
