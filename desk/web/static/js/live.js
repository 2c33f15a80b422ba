// Keep what a page shows current: parts marked data-live are replaced when something was recorded.

import { listen } from "./events.js";
import { t } from "./words.js";

// `fresh` is called with each part that was exchanged.
export function keepLive(fresh = () => {}) {
  const said = document.getElementById("live");
  let mark = document.querySelector("[data-mark]").dataset.mark;
  let newest = mark;
  let waiting = 0;
  let busy = false;

  function message(event) {
    if (said.dataset.lost) { delete said.dataset.lost; said.textContent = ""; }
    newest = event.data;
    soon();
  }

  function lost(hidden) {
    if (hidden) return;
    said.dataset.lost = "yes";
    said.textContent = t("The connection is lost; it is tried again.");
  }

  // Not everybody in the same moment, and not what nobody looks at.
  function soon() {
    if (newest === mark || waiting || document.hidden) return;
    waiting = setTimeout(() => { waiting = 0; refresh(); }, 100 + Math.random() * 900);
  }

  async function refresh() {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const marked = page.querySelector("[data-mark]");
      if (!answer.ok || !marked) throw new Error("signed out");
      replaceAll(page, fresh);
      mark = marked.dataset.mark;
      said.textContent = t("Brought up to date at {time}.", { time: new Date().toLocaleTimeString() });
    } catch (error) {
      said.textContent = error instanceof TypeError
        ? t("The connection is lost; it is tried again.")
        : t("You are no longer signed in. Load the page again.");
      mark = newest;
    }
    busy = false;
    soon();
  }

  document.addEventListener("visibilitychange", soon);
  listen("/events", { lost, events: { message } });
}

// A part in which somebody has begun to write, to choose or to decide is not exchanged under their
// eyes: they are told. What is signed is what they have seen.
function replaceAll(page, prepare) {
  const focused = document.activeElement?.id;
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || fresh.textContent === old.textContent && seen(fresh) === seen(old)) continue;
    if (touched(old) || old.querySelector("[data-decide]")) warn(old);
    else { old.replaceWith(document.adoptNode(fresh)); prepare(fresh); }
  }
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// What a signature given in this part would bind to.
function seen(part) {
  return part.querySelector("input[name=seen]")?.value;
}

function warn(part) {
  if (part.querySelector(".changed")) return;
  const said = document.createElement("p");
  said.className = "changed wrong";
  said.setAttribute("role", "alert");
  const again = Object.assign(document.createElement("a"), { href: location.href, textContent: t("Load the page again") });
  again.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  said.append(t("This has changed since you opened the page."), " ", again);
  part.prepend(said);
}

function touched(part) {
  return [...part.querySelectorAll("textarea, select, input:not([type=hidden])")]
    .some((field) => (field.matches("select") ? field.selectedIndex > 0 : field.value !== field.defaultValue));
}
