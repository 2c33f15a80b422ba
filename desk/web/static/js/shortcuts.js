// Keys of a page: none but F1 works while one writes, and the help (F1, ?) has a switch for all others.
//   shortcuts([{ key: "j", run: () => …, label: t("Next place") }, …]);

import { create, query, queryAll } from "./dom.js";

/** @typedef {{key: string, run: () => void, label: string}} Shortcut */

const SWITCH = "chifeng-keys-off";

/** @param {Shortcut[]} keys */
export function shortcuts(keys) {
  const help = query(document, "[data-help]", HTMLDialogElement);
  const enabled = query(help, "[data-keys-on]", HTMLInputElement);
  const ownLabel = query(help, "h2").textContent;
  query(help, "[data-help-list]").replaceChildren(...keys.map(helpRow), helpRow({ key: "F1", label: ownLabel }));
  enabled.checked = !localStorage.getItem(SWITCH);
  enabled.addEventListener("change", () => {
    if (enabled.checked) localStorage.removeItem(SWITCH); else localStorage.setItem(SWITCH, "1");
  });
  for (const button of queryAll(document, "[data-keys]")) {
    button.addEventListener("click", () => help.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "F1" && !help.open) {
      event.preventDefault();
      help.showModal();
      return;
    }
    if (!enabled.checked || help.open || isForPage(event)) return;
    if (event.key === "?") help.showModal();
    const found = keys.find((each) => each.key === (event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!found && event.key !== "?") return;
    event.preventDefault();
    found?.run();
  });
}

/**
 * Return whether the key means something to the browser or to what has the focus.
 * @param {KeyboardEvent} event
 */
function isForPage(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = /** @type {Element} */ (event.target);
  if (target.closest("textarea, select, input:not([type=checkbox])")) return true;
  const activates = event.key === " " || event.key === "Enter";
  return activates && target.closest("button, a, summary, input, video") !== null;
}

/** @type {Record<string, string>} */
const KEY_NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" };

/** @param {Pick<Shortcut, "key" | "label">} shortcut */
function helpRow({ key, label }) {
  const kbd = create("kbd", { textContent: KEY_NAMES[key] ?? key.toUpperCase() });
  return create("tr", {}, create("td", {}, kbd), create("td", { textContent: label }));
}
