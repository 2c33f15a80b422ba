// Approve, send back or withdraw: what a send-back will cause is shown before it can be done.

import { Refused, get, post } from "./api.js";
import { t } from "./words.js";

for (const section of document.querySelectorAll("[data-decide]")) prepare(section);

export function prepare(section) {
  const address = section.dataset.decide;
  const approval = section.querySelector("[data-approve]");
  approval?.addEventListener("submit", (event) => {
    const said = { seen: JSON.parse(approval.elements.seen.value), reason: approval.elements.reason.value };
    act(section, event, () => post(`${address}/approve`, said));
  });
  const withdrawal = section.querySelector("[data-withdraw]");
  withdrawal?.addEventListener("submit", (event) =>
    act(section, event, () => post(`${address}/withdraw`, { reason: withdrawal.elements.reason.value })));
  const back = section.querySelector("[data-send-back]");
  if (back) prepareBack(section, back, address);
  // A note more or less open may be all that stands in the way.
  if (approval) document.addEventListener("notes-changed", () => review(section, approval, address));
}

async function review(section, approval, address) {
  try {
    const { hindrance } = await get(`${address}/hindrance`);
    const place = section.querySelector("[data-hindrance]");
    place.textContent = hindrance;
    place.hidden = !hindrance;
    approval.querySelector("button.main").disabled = Boolean(hindrance);
  } catch (error) {
    say(section, error);
  }
}

// Does it, and shows the page anew; says what the desk said where it was refused.
async function act(section, event, doing) {
  event.preventDefault();
  const button = event.target.querySelector("button.main");
  button.disabled = true;
  try {
    await doing();
    location.reload();
  } catch (error) {
    say(section, error);
    button.disabled = false;
  }
}

function say(section, error) {
  const place = section.querySelector("[data-wrong]");
  place.textContent = error instanceof Refused
    ? `${error.told.error} ${error.told.remedy ?? ""}`
    : t("The desk cannot be reached. Nothing was done.");
  place.hidden = false;
}

function prepareBack(section, form, address) {
  let foreseen = "";
  form.elements.to.addEventListener("change", async () => {
    foreseen = "";
    blame(form.elements.to, "");
    offer(form);
    const to = form.elements.to.value;
    const place = form.querySelector("[data-foreseen]");
    place.hidden = true;
    if (!to) return;
    try {
      const told = await get(`${address}/consequences?to=${encodeURIComponent(to)}`);
      if (form.elements.to.value !== to) return; // another was chosen meanwhile
      show(place, told);
      foreseen = told.foreseen;
      blame(form.elements.to, "");
    } catch (error) {
      say(section, error);
    }
  });
  form.addEventListener("input", () => { if (reason(form)) blame(form.elements.reason, ""); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    blame(form.elements.reason, reason(form) ? "" : t("Say why, so that others know what to do."));
    blame(form.elements.to, foreseen ? "" : t("Choose the stage, and look at what it will cause."));
    if (form.querySelector("[aria-invalid]")) { form.querySelector("[aria-invalid]").focus(); return; }
    const said = { to: form.elements.to.value, reason: reason(form), foreseen };
    act(section, event, () => post(`${address}/send-back`, said));
  });
}

// Says at a field what is wrong with it, or that nothing is any more.
function blame(field, message) {
  const id = `${field.id}-wrong`;
  document.getElementById(id)?.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  if (!message) return;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
  field.after(Object.assign(document.createElement("p"), { id, className: "wrong-field", textContent: `× ${message}` }));
}

// The ticked reasons and the person's own words, as one text.
function reason(form) {
  const ticked = [...form.querySelectorAll("[data-usual] input:checked")].map((box) => box.value);
  return [...ticked, form.elements.reason.value.trim()].filter(Boolean).join("；");
}

// Offers the usual reasons of the chosen stage.
function offer(form) {
  const place = form.querySelector("[data-usual]");
  for (const label of place.querySelectorAll("label")) label.remove();
  const chosen = form.elements.to.selectedOptions[0];
  for (const text of JSON.parse(chosen?.dataset.reasons ?? "[]")) {
    const label = document.createElement("label");
    label.className = "tick";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value: text });
    label.append(box, text);
    place.append(label);
  }
  place.hidden = !place.querySelector("label");
}

function show(place, told) {
  const list = place.querySelector("[data-lines]");
  list.replaceChildren(...told.lines.map((line) => {
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = line.stage;
    item.append(name, [line.work, line.signature].filter(Boolean).join(t("; ")));
    return item;
  }));
  const kept = place.querySelector("[data-kept]");
  kept.hidden = told.kept.length === 0;
  kept.querySelector("span").textContent = told.kept.join(t(", "));
  place.hidden = false;
}
