// Two versions side by side with the film; what came in a file is accepted or declined, one key each.

import { Refused, post, sendRaw } from "./api.js";
import { Places, mountPlayer } from "./player.js";
import { shortcuts } from "./shortcuts.js";
import { t } from "./words.js";

const player = mountPlayer();
const places = new Places(player);
const watching = document.querySelector(".watching");

shortcuts([
  { key: "j", does: () => places.step(1), says: t("Next place") },
  { key: "k", does: () => places.step(-1), says: t("Previous place") },
  { key: " ", does: player.toggle, says: t("Play or pause") },
  { key: "ArrowLeft", does: () => player.nudge(-3000), says: t("3 s back") },
  { key: "ArrowRight", does: () => player.nudge(3000), says: t("3 s on") },
  { key: "h", does: player.halve, says: t("Half speed") },
  ...(watching.dataset.file
    ? [
        { key: "y", does: () => choose(present(), "accepted"), says: t("Accept, and on to the next") },
        { key: "x", does: () => choose(present(), "declined"), says: t("Decline, and on to the next") },
      ]
    : []),
]);

const present = () => places.present?.closest("[data-offer]");

for (const button of document.querySelectorAll("[data-choose]"))
  button.addEventListener("click", () => {
    const offer = button.closest("[data-offer]");
    places.go(offer.querySelector("[data-place]"));
    choose(offer, button.dataset.choose);
  });
count();

async function choose(offer, decision) {
  const button = offer?.querySelector(`[data-choose="${decision}"]`);
  if (!button || button.disabled) return;
  const now = offer.querySelector("[data-now]");
  const said = { decision, stage: watching.dataset.stage, over: decision === "accepted" && !now.hidden };
  complain(offer.closest("section"), null);
  button.disabled = true; // a second press of the key is not a second decision
  try {
    const told = await post(`${watching.dataset.file}/${offer.dataset.offer}`, said);
    offer.dataset.decided = told.decided;
    offer.querySelector("[data-choose=declined]").disabled = true;
    now.hidden = true;
    const fate = told.decided === "accepted" ? t("Accepted") : t("Declined");
    offer.querySelector("[data-fate]").textContent = `${fate} · ${told.person}`;
    count();
    if (places.present?.closest("[data-offer]") === offer) places.step(1);
  } catch (error) {
    button.disabled = false;
    if (error instanceof Refused && error.told.now !== undefined) {
      now.textContent = t("There it says now: {text}", { text: error.told.now || t("nothing") });
      now.hidden = false;
    }
    complain(offer.closest("section"), error);
  }
}

function count() {
  const place = document.querySelector("[data-left]");
  if (!place) return;
  const all = [...document.querySelectorAll("[data-offer]")];
  const of = (fate) => all.filter((offer) => offer.dataset.decided === fate).length;
  place.textContent = t("{open} to decide, {yes} accepted, {no} declined", {
    open: of(""), yes: of("accepted"), no: of("declined"),
  });
}

function complain(section, error) {
  const place = section.querySelector("[data-wrong]");
  place.hidden = !error;
  if (!error) return;
  place.textContent = error instanceof Refused
    ? `${error.told.error} ${error.told.remedy ?? ""}`
    : t("The desk cannot be reached. Nothing was done.");
}

const form = document.querySelector("[data-bring]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  const query = new URLSearchParams({ name: file.name, base: form.elements.base.value });
  try {
    const told = await sendRaw("POST", `${form.dataset.bring}/file?${query}`, await file.arrayBuffer());
    location.assign(`${form.dataset.bring}?file=${told.file}`);
  } catch (error) {
    complain(form.closest("section"), error);
  }
});
