// Save the answers: first in the browser, then at the desk; again and again until they have arrived.

/** @import { AnswersBody, CueAnswer, IntervieweeData } from "./types.js" */

import { RequestError, errorText, post } from "./api.js";
import { t } from "./messages.js";
import { randomKey } from "./random-key.js";

const RETRY_MS = 5000;
const MAX_REFUSED = 200;
const REST_MS = 600_000; // after so much that the desk takes no more today

export class Autosave {
  /** @type {Promise<void> | null} */
  sending = null;
  /** Where the browser stores nothing. @type {AnswersBody[]} */
  memory = [];
  notBefore = 0;

  /**
   * `showStatus` shows how it stands; `reload` is called when the subtitles have a new version.
   * @param {string} address
   * @param {(text: string, isUnsent?: boolean) => void} showStatus
   * @param {() => Promise<void>} reload
   */
  constructor(address, showStatus, reload) {
    this.address = address;
    this.showStatus = showStatus;
    this.reload = reload;
    addEventListener("online", () => this.flush());
    setInterval(() => { if (this.unsent() && Date.now() >= this.notBefore) this.flush(); }, RETRY_MS);
  }

  /** @returns {AnswersBody[]} */
  read() {
    try {
      return stored(`said ${this.address}`);
    } catch {
      return this.memory;
    }
  }

  /** @param {AnswersBody[]} saves */
  write(saves) {
    this.memory = saves;
    try {
      localStorage.setItem(`said ${this.address}`, JSON.stringify(saves));
    } catch {
      // A private window: answers are held as long as the page is open.
    }
  }

  unsent() {
    return this.read().length;
  }

  /**
   * @param {string} base
   * @param {CueAnswer[]} answers
   */
  save(base, answers) {
    this.write([...this.read(), { base, said: answers, key: randomKey() }]);
    this.flush();
  }

  /**
   * Put what has not been sent yet onto what the desk has.
   * @param {IntervieweeData} data
   */
  apply(data) {
    const cues = new Map(data.cues.map((cue) => [cue.id, cue]));
    for (const save of this.read().filter((each) => each.base === data.base)) {
      for (const { cue: id, ...answer } of save.said) {
        const cue = cues.get(id);
        if (cue) Object.assign(cue, answer);
      }
    }
  }

  flush() {
    this.sending ??= this.send().finally(() => (this.sending = null));
    return this.sending;
  }

  async send() {
    for (let [save] = this.read(); save; [save] = this.read()) {
      try {
        /** @type {{base: string}} */
        const { base } = await post(`${this.address}/say`, save);
        this.write(this.read().slice(1));
        if (base !== save.base && !this.unsent()) await this.reload();
        this.showStatus(t("Kept"));
      } catch (error) {
        if (!this.failed(error, save)) return;
      }
    }
  }

  /**
   * Show what went wrong; return whether the rest can be sent all the same.
   * @param {unknown} error
   * @param {AnswersBody} save
   */
  failed(error, save) {
    const status = error instanceof RequestError ? error.status : 0;
    if ([401, 403].includes(status)) {
      this.showStatus(t("Please open the link once more. What you said is kept on this device."), true);
      return false;
    }
    if (status === 429) {
      this.notBefore = Date.now() + REST_MS;
      this.showStatus(errorText(error, ""), true);
      return false;
    }
    if ([404, 409, 422].includes(status)) {
      this.setAside(save);
      this.showStatus(errorText(error, ""), true);
      return true;
    }
    this.showStatus(t("No network: kept on this device, and sent when there is one."), true);
    return false;
  }

  /**
   * What the desk refuses is still stored.
   * @param {AnswersBody} save
   */
  setAside(save) {
    this.write(this.read().slice(1));
    try {
      const place = `refused ${this.address}`;
      localStorage.setItem(place, JSON.stringify([...stored(place), save].slice(-MAX_REFUSED)));
    } catch {
      // as above
    }
  }
}

/**
 * @param {string} place
 * @returns {AnswersBody[]}
 */
const stored = (place) => JSON.parse(localStorage.getItem(place) ?? "null") ?? [];
