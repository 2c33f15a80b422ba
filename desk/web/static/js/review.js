// Review: from each finding to its place in the film, notes at the playhead, the decision.

import { create, query, queryAll } from "./dom.js";
import { t } from "./messages.js";
import { mountNotes } from "./notes.js";
import { Places, mountPlayer } from "./player.js";
import { shortcuts } from "./shortcuts.js";

// A time by itself, as the first word of a list item or the first cell of a row.
const TIME = /^\s*(?:(\d+):)?(\d{2}):(\d{2})(?:\.(\d{3}))?(?![\d:])/;

queryAll(document, "[data-timed]").forEach(makePlaces);
const player = mountPlayer();
const places = new Places(player);
const notes = mountNotes(player);
player.video?.addEventListener("timeupdate", () => notes.tick());

const decision = query(document, "[data-decide]");
shortcuts([
  { key: "j", run: () => places.step(1), label: t("Next place") },
  { key: "k", run: () => places.step(-1), label: t("Previous place") },
  { key: " ", run: player.toggle, label: t("Play or pause") },
  { key: "ArrowLeft", run: () => player.seekBy(-3000), label: t("3 s back") },
  { key: "ArrowRight", run: () => player.seekBy(3000), label: t("3 s on") },
  { key: "h", run: player.toggleHalfSpeed, label: t("Half speed") },
  { key: "n", run: () => notes.begin(), label: t("A note here") },
  { key: "o", run: goToOpenNote, label: t("To the first open note") },
  { key: "a", run: () => goToDecision("[data-approve] button"), label: t("To the signature") },
  { key: "b", run: goToSendBack, label: t("To sending back") },
]);

function goToOpenNote() {
  const [answer] = queryAll(document, "[data-notes] details");
  answer?.setAttribute("open", "");
  if (answer) query(answer, "textarea").focus();
}

function goToSendBack() {
  decision.querySelector("[data-back]")?.setAttribute("open", "");
  goToDecision("[data-send-back] select");
}

/** @param {string} selector */
function goToDecision(selector) {
  const [found] = queryAll(decision, selector);
  found?.scrollIntoView({ block: "center" });
  found?.focus();
}

/**
 * Make each time that stands before what is said of it a button that leads there.
 * @param {HTMLElement} page
 */
function makePlaces(page) {
  for (const row of queryAll(page, "li, td:first-child")) {
    const text = row.firstChild;
    const found = text instanceof Text && text.data.match(TIME);
    if (!found) continue;
    const [whole, hours = "0", minutes, seconds, ms = "0"] = found;
    const button = create("button", { type: "button", className: "at", textContent: whole.trim() });
    button.dataset.place = String(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms));
    text.replaceWith(button, text.data.slice(whole.length));
  }
}
