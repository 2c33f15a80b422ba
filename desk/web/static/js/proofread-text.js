// The text of a cue as the desk keeps it.

/** @import { DraftCue } from "./types.js" */

const MAX_LETTERS = 2000, MAX_MS = 172_800_000;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

/**
 * Return the text with one kind of line end, and without unseen characters.
 * @param {string} text
 */
export function cleanText(text) {
  return text.replace(/\r\n|\r|\u0085|\u2028|\u2029/g, "\n").replace(CONTROL, "");
}

/** @param {DraftCue | null} cue */
export function isSavable(cue) {
  return !cue || (0 <= cue.start_ms && cue.start_ms < cue.end_ms && cue.end_ms <= MAX_MS && [...cue.text].length <= MAX_LETTERS);
}
