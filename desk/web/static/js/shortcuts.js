// Keys of a page: none works while one writes, and the help (?) has a switch for all of them.
//   shortcuts([{ key: "j", does: () => …, says: t("Next place") }, …]);

const SWITCH = "chifeng-keys-off";

export function shortcuts(keys) {
  const help = document.querySelector("[data-help]");
  const on = help.querySelector("[data-keys-on]");
  const rows = [...keys, { key: "?", says: help.querySelector("h2").textContent }];
  help.querySelector("[data-help-list]").replaceChildren(...rows.map(row));
  on.checked = !localStorage.getItem(SWITCH);
  on.addEventListener("change", () =>
    on.checked ? localStorage.removeItem(SWITCH) : localStorage.setItem(SWITCH, "1"));
  for (const button of document.querySelectorAll("[data-keys]"))
    button.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (!on.checked || help.open || busy(event)) return;
    if (event.key === "?") help.showModal();
    const found = keys.find((each) => each.key === (event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!found && event.key !== "?") return;
    event.preventDefault();
    found?.does();
  });
}

function busy(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  if (target.closest("textarea, select, input:not([type=checkbox])")) return true;
  const acts = event.key === " " || event.key === "Enter";
  return acts && target.closest("button, a, summary, input, video") !== null;
}

function row(each) {
  const made = document.createElement("tr");
  const key = document.createElement("kbd");
  key.textContent = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" }[each.key] ?? each.key.toUpperCase();
  const cells = [document.createElement("td"), document.createElement("td")];
  cells[0].append(key);
  cells[1].textContent = each.says;
  made.append(...cells);
  return made;
}
