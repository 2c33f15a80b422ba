// Where a cue is cut when it is split at the caret, and how two become one.

/** @import { DraftCue, Word } from "./types.js" */

/** @typedef {{letter: string, start: number, end: number}} TimedLetter */

const LETTER = /[\p{L}\p{N}]/u;
const HAN = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const MAX_TABLE = 250_000;
const MAX_GAP_LETTERS = 4; // more letters unheard at the caret: the time is estimated
const MAX_LEAD_OUT_MS = 500;
const MIN_CUE_MS = 200;

/** @param {string} text */
const lettersOf = (text) => [...text].filter((c) => LETTER.test(c)).map((c) => c.toLowerCase());

/**
 * Return letters with times: the letters of a word share its time evenly.
 * @param {Word[]} words
 * @returns {TimedLetter[]}
 */
function timedLetters(words) {
  return words.flatMap((word) => {
    const letters = lettersOf(word.text);
    const step = (word.end_ms - word.start_ms) / (letters.length || 1);
    return letters.map((letter, n) =>
      ({ letter, start: word.start_ms + n * step, end: word.start_ms + (n + 1) * step }));
  });
}

/**
 * Return for each letter the index of the one heard for it, or -1: a longest common subsequence. Nothing is
 * aligned where either is too long to be one cue.
 * @param {string[]} letters
 * @param {TimedLetter[]} heard
 */
function align(letters, heard) {
  /** @type {number[]} */
  const found = new Array(letters.length).fill(-1);
  if (letters.length * heard.length > MAX_TABLE) return found;
  const table = commonLengths(letters, heard);
  const length = (/** @type {number} */ i, /** @type {number} */ j) => table[i * (heard.length + 1) + j] ?? 0;
  for (let i = 0, j = 0; i < letters.length && j < heard.length;) {
    if (letters[i] === heard[j]?.letter) found[i++] = j++;
    else if (length(i + 1, j) >= length(i, j + 1)) i++;
    else j++;
  }
  return found;
}

/**
 * Return the lengths of the longest common subsequences of all tails, row by row.
 * @param {string[]} letters
 * @param {TimedLetter[]} heard
 */
function commonLengths(letters, heard) {
  const width = heard.length + 1, table = new Uint16Array((letters.length + 1) * width);
  for (let i = letters.length - 1; i >= 0; i--) {
    for (let j = heard.length - 1; j >= 0; j--) {
      const below = (i + 1) * width + j, here = i * width + j;
      table[here] = letters[i] === heard[j]?.letter
        ? (table[below + 1] ?? 0) + 1
        : Math.max(table[below] ?? 0, table[here + 1] ?? 0);
    }
  }
  return table;
}

/**
 * Return [end of the first, start of the second], in ms; `gap` is what the style asks between.
 * @param {DraftCue} cue
 * @param {number} caret
 * @param {Word[]} words
 * @param {number} gap
 * @returns {[number, number]}
 */
export function splitTimes(cue, caret, words, gap) {
  const duration = cue.end_ms - cue.start_ms;
  const letters = lettersOf(cue.text), left = lettersOf(cue.text.slice(0, caret)).length;
  const heard = timedLetters(words.filter((w) => w.start_ms < cue.end_ms && w.end_ms > cue.start_ms));
  const found = align(letters, heard);
  const lastLeft = found.slice(0, left).findLast((n) => n >= 0) ?? -1;
  const firstRight = found.slice(left).find((n) => n >= 0) ?? -1;
  const before = heard[lastLeft], after = heard[firstRight];
  const at = cue.start_ms + duration * (letters.length ? left / letters.length : 0.5);
  let end = at - gap / 2, start = at + gap / 2;
  if (before && after && firstRight - lastLeft <= MAX_GAP_LETTERS) {
    start = after.start; // a cue begins with its first word
    end = Math.min(start - gap, Math.max(before.end, start - MAX_LEAD_OUT_MS));
  }
  const least = Math.min(MIN_CUE_MS, duration / 4);
  start = Math.min(Math.max(start, cue.start_ms + least + gap), cue.end_ms - least);
  end = Math.min(Math.max(end, cue.start_ms + least), start);
  return [Math.round(end), Math.round(start)];
}

/**
 * Return the text of two cues as one, and where they meet. What two people say stands on two lines
 * with a dash before each; Chinese is joined without a space.
 * @param {DraftCue} first
 * @param {DraftCue} second
 */
export function mergedText(first, second) {
  if (hasTwoSpeakers(first, second)) {
    const line = (/** @type {string} */ text) => `-${text.trim().split("\n").join(" ")}`;
    const a = line(first.text);
    return { text: `${a}\n${line(second.text)}`, caret: a.length };
  }
  const a = first.text.trimEnd(), b = second.text.trimStart();
  const isJoined = !a || !b || HAN.test(a.slice(-1)) || HAN.test(b.slice(0, 1));
  return { text: a + (isJoined ? "" : " ") + b, caret: a.length };
}

/**
 * @param {DraftCue} first
 * @param {DraftCue} second
 */
export function mergedSpeaker(first, second) {
  return hasTwoSpeakers(first, second) ? "" : first.speaker || second.speaker;
}

/**
 * @param {DraftCue} a
 * @param {DraftCue} b
 */
const hasTwoSpeakers = (a, b) => Boolean(a.speaker && b.speaker && a.speaker !== b.speaker);
