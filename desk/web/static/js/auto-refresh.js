// Keep what a page shows current: parts marked data-live are replaced when something was recorded.

import { byId, create, query, queryAll } from "./dom.js";
import { listen } from "./event-stream.js";
import { t } from "./messages.js";

/**
 * `prepare` is called with each part that was replaced.
 * @param {(part: HTMLElement) => void} prepare
 */
export function autoRefresh(prepare = () => {}) {
  const status = byId("live");
  let shown = query(document, "[data-mark]").dataset.mark;
  let latest = shown;
  let timer = 0;
  let busy = false;

  /** @param {MessageEvent<string>} event */
  function message(event) {
    if (status.dataset.lost) { delete status.dataset.lost; status.textContent = ""; }
    latest = event.data;
    schedule();
  }

  /** @param {boolean} hidden */
  function lost(hidden) {
    if (hidden) return;
    status.dataset.lost = "yes";
    status.textContent = t("The connection is lost; it is tried again.");
  }

  // Not everybody in the same moment, and not what nobody looks at.
  function schedule() {
    if (latest === shown || timer || document.hidden) return;
    timer = setTimeout(() => { timer = 0; refresh(); }, 100 + Math.random() * 900);
  }

  async function refresh() {
    if (busy) return;
    busy = true;
    try {
      const { page, mark } = await fetchPage();
      replaceParts(page, prepare);
      shown = mark;
      status.textContent = t("Brought up to date at {time}.", { time: new Date().toLocaleTimeString() });
    } catch (error) {
      status.textContent = error instanceof TypeError
        ? t("The connection is lost; it is tried again.")
        : t("You are no longer signed in. Load the page again.");
      shown = latest;
    }
    busy = false;
    schedule();
  }

  document.addEventListener("visibilitychange", schedule);
  listen("/events", { lost, events: { message } });
}

/** Return this page as the desk has it now, and its mark. */
async function fetchPage() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const [marked] = queryAll(page, "[data-mark]");
  if (!response.ok || !marked) throw new Error("signed out");
  return { page, mark: marked.dataset.mark };
}

/**
 * A part in which somebody has begun to write, to choose or to decide is not replaced under their
 * eyes: they are warned. What is signed is what they have seen.
 * @param {Document} page
 * @param {(part: HTMLElement) => void} prepare
 */
function replaceParts(page, prepare) {
  const focused = document.activeElement?.id;
  for (const old of queryAll(document, "[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || (fresh.textContent === old.textContent && signedState(fresh) === signedState(old))) continue;
    if (isEdited(old) || old.querySelector("[data-decide]")) {
      warn(old);
    } else {
      old.replaceWith(document.adoptNode(fresh));
      prepare(fresh);
    }
  }
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/**
 * Return what a signature given in this part would bind to.
 * @param {HTMLElement} part
 */
const signedState = (part) => queryAll(part, "input[name=seen]", HTMLInputElement)[0]?.value;

/** @param {HTMLElement} part */
function warn(part) {
  if (part.querySelector(".changed")) return;
  const reload = create("a", { href: location.href, textContent: t("Load the page again") });
  reload.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  const warning = create("p", { className: "changed wrong" }, t("This has changed since you opened the page."), " ", reload);
  warning.setAttribute("role", "alert");
  part.prepend(warning);
}

/** @param {HTMLElement} part */
function isEdited(part) {
  return queryAll(part, "select", HTMLSelectElement).some((field) => field.selectedIndex > 0)
    || queryAll(part, "textarea", HTMLTextAreaElement).some((field) => field.value !== field.defaultValue)
    || queryAll(part, "input:not([type=hidden])", HTMLInputElement).some((field) => field.value !== field.defaultValue);
}
