// Review: from each finding to its place in the film, notes at the playhead, the decision.

import { mountNotes } from "./notes.js";
import { Places, mountPlayer } from "./player.js";
import { shortcuts } from "./shortcuts.js";
import { t } from "./words.js";

// A time by itself, as the first word of a list item or the first cell of a row.
const TIME = /^\s*(?:(\d+):)?(\d{2}):(\d{2})(?:\.(\d{3}))?(?![\d:])/;

for (const page of document.querySelectorAll("[data-timed]")) makePlaces(page);
const player = mountPlayer();
const places = new Places(player);
const notes = mountNotes(player);
player.video?.addEventListener("timeupdate", () => notes.tick());

const decision = document.querySelector("[data-decide]");
shortcuts([
  { key: "j", does: () => places.step(1), says: t("Next place") },
  { key: "k", does: () => places.step(-1), says: t("Previous place") },
  { key: " ", does: player.toggle, says: t("Play or pause") },
  { key: "ArrowLeft", does: () => player.nudge(-3000), says: t("3 s back") },
  { key: "ArrowRight", does: () => player.nudge(3000), says: t("3 s on") },
  { key: "h", does: player.halve, says: t("Half speed") },
  { key: "n", does: () => notes.begin(), says: t("A note here") },
  { key: "o", does: openNote, says: t("To the first open note") },
  { key: "a", does: () => reach("[data-approve] button"), says: t("To the signature") },
  { key: "b", does: () => { decision.querySelector("[data-back]")?.setAttribute("open", ""); reach("[data-send-back] select"); }, says: t("To sending back") },
]);

function openNote() {
  const answer = document.querySelector("[data-notes] details");
  answer?.setAttribute("open", "");
  answer?.querySelector("textarea").focus();
}

function reach(selector) {
  const found = decision.querySelector(selector);
  found?.scrollIntoView({ block: "center" });
  found?.focus();
}

// Makes each time that stands before what is said of it a button that leads there.
function makePlaces(page) {
  for (const row of page.querySelectorAll("li, td:first-child")) {
    const text = row.firstChild;
    const found = text instanceof Text && text.data.match(TIME);
    if (!found) continue;
    const [whole, hours = 0, minutes, seconds, ms = 0] = found;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "at", textContent: whole.trim() });
    button.dataset.place = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms);
    text.replaceWith(button, text.data.slice(whole.length));
  }
}
