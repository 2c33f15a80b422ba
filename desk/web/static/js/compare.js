// Two versions side by side with the film; what came in a file is accepted or declined, one key each.

import { RequestError, errorText, post, postBytes } from "./api.js";
import { fieldValue, query, queryAll, showMessage } from "./dom.js";
import { t } from "./messages.js";
import { Places, mountPlayer } from "./player.js";
import { shortcuts } from "./shortcuts.js";

/** @typedef {"accepted" | "declined"} Choice */

const player = mountPlayer();
const places = new Places(player);
const { file: corrections, stage } = query(document, ".film-page").dataset;

shortcuts([
  { key: "j", run: () => places.step(1), label: t("Next place") },
  { key: "k", run: () => places.step(-1), label: t("Previous place") },
  { key: " ", run: player.toggle, label: t("Play or pause") },
  { key: "ArrowLeft", run: () => player.seekBy(-3000), label: t("3 s back") },
  { key: "ArrowRight", run: () => player.seekBy(3000), label: t("3 s on") },
  { key: "h", run: player.toggleHalfSpeed, label: t("Half speed") },
  ...(corrections
    ? [
        { key: "y", run: () => decideCurrent("accepted"), label: t("Accept, and on to the next") },
        { key: "x", run: () => decideCurrent("declined"), label: t("Decline, and on to the next") },
      ]
    : []),
]);

const offers = queryAll(document, "[data-offer]");
for (const offer of offers) {
  for (const button of queryAll(offer, "[data-choose]")) {
    button.addEventListener("click", () => {
      places.go(query(offer, "[data-place]"));
      decide(offer, button.dataset.choose === "accepted" ? "accepted" : "declined");
    });
  }
}
showCount();

/** @param {Choice} decision */
function decideCurrent(decision) {
  const current = offers.find((offer) => places.current && offer.contains(places.current));
  if (current) decide(current, decision);
}

/**
 * @param {HTMLElement} offer
 * @param {Choice} decision
 */
async function decide(offer, decision) {
  const button = query(offer, `[data-choose="${decision}"]`, HTMLButtonElement);
  if (button.disabled) return;
  const now = query(offer, "[data-now]");
  const choice = { decision, stage, over: decision === "accepted" && !now.hidden };
  showError(offer, "");
  button.disabled = true; // a second press of the key is not a second decision
  try {
    /** @type {{decided: Choice, person: string}} */
    const { decided, person } = await post(`${corrections}/${offer.dataset.offer}`, choice);
    offer.dataset.decided = decided;
    query(offer, "[data-choose=declined]", HTMLButtonElement).disabled = true;
    now.hidden = true;
    query(offer, "[data-fate]").textContent = `${decided === "accepted" ? t("Accepted") : t("Declined")} · ${person}`;
    showCount();
    if (places.current && offer.contains(places.current)) places.step(1);
  } catch (error) {
    button.disabled = false;
    if (error instanceof RequestError && typeof error.body.now === "string") {
      showMessage(now, t("There it says now: {text}", { text: error.body.now || t("nothing") }));
    }
    showError(offer, errorText(error, t("The desk cannot be reached. Nothing was done.")));
  }
}

function showCount() {
  const [place] = queryAll(document, "[data-left]");
  if (!place) return;
  const count = (/** @type {Choice | ""} */ decision) => offers.filter((offer) => offer.dataset.decided === decision).length;
  place.textContent = t("{open} to decide, {yes} accepted, {no} declined", {
    open: count(""), yes: count("accepted"), no: count("declined"),
  });
}

/**
 * Show the message in the section that the element is in.
 * @param {HTMLElement} element
 * @param {string} message
 */
function showError(element, message) {
  const section = element.closest("section");
  if (section) showMessage(query(section, "[data-wrong]"), message);
}

const form = query(document, "[data-bring]", HTMLFormElement);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = query(form, "[name=file]", HTMLInputElement).files ?? [];
  if (!file) return;
  const parameters = new URLSearchParams({ name: file.name, base: fieldValue(form, "base") });
  try {
    /** @type {{file: string}} */
    const corrected = await postBytes(`${form.dataset.bring}/file?${parameters}`, file);
    location.assign(`${form.dataset.bring}?file=${corrected.file}`);
  } catch (error) {
    showError(form, errorText(error, t("The desk cannot be reached. Nothing was done.")));
  }
});
