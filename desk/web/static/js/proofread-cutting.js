// Where a cue is cut when it is split at the caret, and how two become one.

const LETTER = /[\p{L}\p{N}]/u;
const HAN = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;

// Letters with times, from words with times: the letters of a word share its time evenly.
function timed(words) {
  const out = [];
  for (const word of words) {
    const letters = [...word.text].filter((c) => LETTER.test(c));
    const step = (word.end_ms - word.start_ms) / (letters.length || 1);
    letters.forEach((letter, n) => out.push({
      letter: letter.toLowerCase(), start: word.start_ms + n * step, end: word.start_ms + (n + 1) * step,
    }));
  }
  return out;
}

// For each letter of `text` the index of the letter heard for it, or -1: a longest common
// subsequence. Nothing where either is too long to be one cue.
function matched(text, heard) {
  const a = text, b = heard, found = new Array(a.length).fill(-1);
  if (a.length * b.length > 250_000) return found;
  const width = b.length + 1, table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j].letter
        ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j].letter) found[i++] = j++;
    else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) i++;
    else j++;
  }
  return found;
}

// Returns [end of the first, start of the second], in ms; `gap` is what the style asks between.
export function cutTimes(cue, caret, words, gap) {
  const letters = (text) => [...text].filter((c) => LETTER.test(c)).map((c) => c.toLowerCase());
  const all = letters(cue.text), left = letters(cue.text.slice(0, caret)).length;
  const heard = timed(words.filter((w) => w.start_ms < cue.end_ms && w.end_ms > cue.start_ms));
  const found = matched(all, heard);
  const before = found.slice(0, left).findLast((n) => n >= 0);
  const after = found.slice(left).find((n) => n >= 0);
  let at = cue.start_ms + (cue.end_ms - cue.start_ms) * (all.length ? left / all.length : 0.5);
  let end = at - gap / 2, start = at + gap / 2;
  if (before !== undefined && after !== undefined && after - before <= 4) {
    start = heard[after].start; // a cue begins with its first word
    end = Math.min(start - gap, Math.max(heard[before].end, start - 500));
  }
  const least = Math.min(200, (cue.end_ms - cue.start_ms) / 4);
  start = Math.min(Math.max(start, cue.start_ms + least + gap), cue.end_ms - least);
  end = Math.min(Math.max(end, cue.start_ms + least), start);
  return [Math.round(end), Math.round(start)];
}

// The text of two cues as one; Chinese is joined without a space.
function joinedText(first, second) {
  const a = first.trimEnd(), b = second.trimStart();
  const plain = !a || !b || HAN.test(a.at(-1)) || HAN.test(b[0]);
  return { text: a + (plain ? "" : " ") + b, caret: a.length };
}

// Two cues as one. What two people say stands on two lines with a dash before each.
export function joinedCues(first, second) {
  if (!differ(first, second)) return joinedText(first.text, second.text);
  const line = (text) => `-${text.trim().split("\n").join(" ")}`;
  const a = line(first.text);
  return { text: `${a}\n${line(second.text)}`, caret: a.length };
}

export function oneSpeaker(first, second) {
  return differ(first, second) ? "" : first.speaker || second.speaker;
}

const differ = (a, b) => Boolean(a.speaker && b.speaker && a.speaker !== b.speaker);
