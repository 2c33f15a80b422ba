// What the interviewee signs: the changed words, and the passages that will not be published.

/** @import { IntervieweeCue, Passage, Summary } from "./types.js" */

import { errorText, get } from "./api.js";
import { byId, create } from "./dom.js";
import { t } from "./messages.js";

/**
 * Show the lists and return the number of the draft they are made from; 0 where they cannot be had.
 * @param {string} address
 * @param {IntervieweeCue[]} cues
 */
export async function listChanges(address, cues) {
  /** @type {Summary} */
  let summary;
  try {
    summary = await get(`${address}/summary`);
  } catch (error) {
    byId("unseen").textContent = errorText(error, t("There is no network now. Please try again later."));
    return 0;
  }
  fillList("changed", summary.changed.map(changeLine));
  fillList("passages", summary.passages.map((passage) => passageLine(passage, cues)));
  byId("unseen").textContent = summary.unseen
    ? t("You have not looked at {n} lines yet.", { n: summary.unseen })
    : t("You have looked at all of it. This is what you sign:");
  byId("to-unseen").hidden = byId("rest-right").hidden = !summary.unseen;
  byId("to-sign").hidden = summary.unseen > 0;
  return summary.number;
}

/** @param {number} ms */
const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

/** @param {Summary["changed"][number]} change */
function changeLine([, before, after]) {
  return create("li", {}, create("del", { textContent: before }), " → ",
    create("ins", { textContent: after || t("(taken out)") }));
}

/**
 * @param {Passage} passage
 * @param {IntervieweeCue[]} cues
 */
function passageLine(passage, cues) {
  const texts = cues
    .filter((cue) => cue.start < passage.end_ms && passage.start_ms < cue.end)
    .map((cue) => cue.text.replace(/\n/g, " "));
  const when = t("from {a} to {b}", { a: minutes(passage.start_ms), b: minutes(passage.end_ms) });
  return create("li", { textContent: `${when}\n${texts.join(" ")}` });
}

/**
 * @param {string} id
 * @param {HTMLElement[]} lines
 */
function fillList(id, lines) {
  byId(id).replaceChildren(...(lines.length ? lines : [create("li", { textContent: t("None.") })]));
}
