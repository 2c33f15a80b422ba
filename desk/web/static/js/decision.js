// Approve, send back or withdraw: what a send-back will cause is shown before it can be done.

/** @import { Consequences } from "./types.js" */

import { errorText, get, post } from "./api.js";
import { create, fieldValue, query, queryAll, showMessage } from "./dom.js";
import { t } from "./messages.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

queryAll(document, "[data-decide]").forEach(prepare);

/** @param {HTMLElement} section */
export function prepare(section) {
  const address = section.dataset.decide ?? "";
  const [approval] = queryAll(section, "[data-approve]", HTMLFormElement);
  const [withdrawal] = queryAll(section, "[data-withdraw]", HTMLFormElement);
  const [sendBack] = queryAll(section, "[data-send-back]", HTMLFormElement);
  if (approval) prepareApproval(section, approval, address);
  withdrawal?.addEventListener("submit", (event) => submit(section, event, `${address}/withdraw`, () =>
    ({ reason: fieldValue(withdrawal, "reason") })));
  if (sendBack) prepareSendBack(section, sendBack, address);
}

/**
 * @param {HTMLElement} section
 * @param {HTMLFormElement} form
 * @param {string} address
 */
function prepareApproval(section, form, address) {
  form.addEventListener("submit", (event) => submit(section, event, `${address}/approve`, () =>
    ({ seen: JSON.parse(fieldValue(form, "seen")), reason: fieldValue(form, "reason") })));
  // A note more or less open may be all that stands in the way.
  document.addEventListener("notes-changed", () => updateHindrance(section, form, address));
}

/**
 * @param {HTMLElement} section
 * @param {HTMLFormElement} approval
 * @param {string} address
 */
async function updateHindrance(section, approval, address) {
  try {
    /** @type {{hindrance: string}} */
    const { hindrance } = await get(`${address}/hindrance`);
    showMessage(query(section, "[data-hindrance]"), hindrance);
    query(approval, "button.main", HTMLButtonElement).disabled = Boolean(hindrance);
  } catch (error) {
    showError(section, error);
  }
}

/**
 * Post the decision and load the page again; show why where it is refused.
 * @param {HTMLElement} section
 * @param {Event} event
 * @param {string} address
 * @param {() => object} decision
 */
async function submit(section, event, address, decision) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = query(form, "button.main", HTMLButtonElement);
  const body = decision();
  button.disabled = true;
  try {
    await post(address, body);
    location.reload();
  } catch (error) {
    showError(section, error);
    button.disabled = false;
  }
}

/**
 * @param {HTMLElement} section
 * @param {unknown} error
 */
function showError(section, error) {
  showMessage(query(section, "[data-wrong]"), errorText(error, t("The desk cannot be reached. Nothing was done.")));
}

/**
 * @param {HTMLElement} section
 * @param {HTMLFormElement} form
 * @param {string} address
 */
function prepareSendBack(section, form, address) {
  const target = query(form, "[name=to]", HTMLSelectElement);
  const ownReason = query(form, "[name=reason]", HTMLTextAreaElement);
  const consequences = query(form, "[data-foreseen]");
  let foreseen = "";
  target.addEventListener("change", async () => {
    foreseen = "";
    markInvalid(target, "");
    showUsualReasons(form, target);
    const to = target.value;
    consequences.hidden = true;
    if (!to) return;
    try {
      /** @type {Consequences} */
      const found = await get(`${address}/consequences?to=${encodeURIComponent(to)}`);
      if (target.value !== to) return; // another was chosen meanwhile
      showConsequences(consequences, found);
      foreseen = found.foreseen;
      markInvalid(target, "");
    } catch (error) {
      showError(section, error);
    }
  });
  form.addEventListener("input", () => { if (fullReason(form)) markInvalid(ownReason, ""); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    markInvalid(ownReason, fullReason(form) ? "" : t("Say why, so that others know what to do."));
    markInvalid(target, foreseen ? "" : t("Choose the stage, and look at what it will cause."));
    const [invalid] = queryAll(form, "[aria-invalid]");
    if (invalid) { invalid.focus(); return; }
    submit(section, event, `${address}/send-back`, () => ({ to: target.value, reason: fullReason(form), foreseen }));
  });
}

/**
 * Show at a field what is wrong with it, or remove that.
 * @param {Field} field
 * @param {string} message
 */
function markInvalid(field, message) {
  const id = `${field.id}-wrong`;
  document.getElementById(id)?.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  if (!message) return;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
  field.after(create("p", { id, className: "wrong-field", textContent: `× ${message}` }));
}

/**
 * Return the ticked reasons and the person's own words as one text.
 * @param {HTMLFormElement} form
 */
function fullReason(form) {
  const ticked = queryAll(form, "[data-usual] input:checked", HTMLInputElement).map((box) => box.value);
  return [...ticked, fieldValue(form, "reason").trim()].filter(Boolean).join("；");
}

/**
 * Offer the usual reasons of the chosen stage.
 * @param {HTMLFormElement} form
 * @param {HTMLSelectElement} target
 */
function showUsualReasons(form, target) {
  const place = query(form, "[data-usual]");
  /** @type {string[]} */
  const reasons = JSON.parse(target.selectedOptions[0]?.dataset.reasons ?? "[]");
  for (const label of queryAll(place, "label")) label.remove();
  for (const value of reasons) {
    place.append(create("label", { className: "tick" }, create("input", { type: "checkbox", value }), value));
  }
  place.hidden = !reasons.length;
}

/**
 * @param {HTMLElement} place
 * @param {Consequences} found
 */
function showConsequences(place, found) {
  query(place, "[data-lines]").replaceChildren(...found.lines.map((line) =>
    create("li", {}, create("b", { textContent: line.stage }), [line.work, line.signature].filter(Boolean).join(t("; ")))));
  const kept = query(place, "[data-kept]");
  kept.hidden = found.kept.length === 0;
  query(kept, "span").textContent = found.kept.join(t(", "));
  place.hidden = false;
}
