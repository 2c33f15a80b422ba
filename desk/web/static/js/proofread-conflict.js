// Somebody changed the same cue: both versions are shown, and one, the other or a third is chosen.

/** @import { Draft } from "./proofread-draft.js" */
/** @import { Model } from "./proofread-model.js" */
/** @import { DraftCue } from "./types.js" */

import { byId, create, queryAll } from "./dom.js";
import { t } from "./messages.js";
import { isSameCue } from "./proofread-model.js";
import { keyLabel } from "./proofread-queue.js";
import { formatTime } from "./time-format.js";

export class ConflictBox {
  box = byId("edit-conflict");
  /** What the box is about. @type {{id: string, theirs: DraftCue | null} | null} */
  shown = null;

  /**
   * @param {Model} model
   * @param {Draft} draft
   * @param {(id: string) => void} onResolved
   */
  constructor(model, draft, onResolved) {
    this.model = model;
    this.draft = draft;
    this.onResolved = onResolved;
  }

  focus() { this.controls()[0]?.focus(); }

  controls() { return queryAll(this.box, "button, textarea"); }

  show() {
    const [entry] = this.draft.editConflicts;
    this.box.hidden = !entry;
    if (!entry) { this.box.replaceChildren(); this.shown = null; return; }
    const [id, { theirs, person }] = entry, mine = this.model.get(id);
    const isSameConflict = this.shown?.id === id;
    if (isSameConflict && isSameCue(this.shown?.theirs ?? null, theirs)) { // one types on
      byId("edit-conflict-mine").textContent = versionText(mine, mine, theirs);
      return;
    }
    const begun = isSameConflict ? byId("edit-conflict-third", HTMLTextAreaElement).value : null;
    const focused = this.controls().findIndex((control) => control === document.activeElement);
    this.shown = { id, theirs };
    this.box.replaceChildren(this.title(id, theirs, person), this.versions(id, theirs, person, begun ?? mine?.text ?? theirs?.text ?? ""));
    this.controls()[focused]?.focus();
  }

  /**
   * @param {string} id
   * @param {DraftCue | null} theirs
   * @param {string} person
   */
  title(id, theirs, person) {
    const at = this.model.position(id);
    const n = at >= 0 ? at + 1 : formatTime((theirs ?? this.draft.confirmed(id))?.start_ms ?? 0);
    const text = person ? t("Subtitle {n}: {person} changed it too. Which shall stand?", { n, person })
      : t("Subtitle {n} was changed meanwhile. Which shall stand?", { n });
    return create("h2", { id: "edit-conflict-title" }, `⇄ ${text} `, keyLabel("Alt+U"));
  }

  /**
   * @param {string} id
   * @param {DraftCue | null} theirs
   * @param {string} person
   * @param {string} value
   */
  versions(id, theirs, person, value) {
    const { model } = this, mine = model.get(id);
    const text = (/** @type {DraftCue | null} */ cue, /** @type {string} */ name) =>
      create("p", { id: `edit-conflict-${name}`, textContent: versionText(cue, mine, theirs) });
    const third = create("textarea", { id: "edit-conflict-third", rows: 2, value });
    third.setAttribute("aria-label", t("A third text, made of both"));
    const thirdCue = () => {
      const merged = mergedCue(this.draft.confirmed(id), model.get(id), theirs);
      return merged && { ...merged, text: third.value };
    };
    return create("div", { className: "texts" },
      this.choice(id, text(mine, "mine"), t("Mine"), () => model.get(id)),
      this.choice(id, text(theirs, "theirs"), person ? t("Theirs: {person}", { person }) : t("Theirs"), () => theirs),
      this.choice(id, third, t("This text"), thirdCue));
  }

  /**
   * @param {string} id
   * @param {HTMLElement} version
   * @param {string} label
   * @param {() => DraftCue | null} cue
   */
  choice(id, version, label, cue) {
    const button = create("button", { type: "button", className: "small", textContent: label });
    button.addEventListener("click", () => { this.draft.resolve(id, cue()); this.onResolved(id); });
    if (version instanceof HTMLParagraphElement) button.setAttribute("aria-describedby", version.id);
    return create("div", {}, version, button);
  }
}

/**
 * Return what a version says; its times too where the two differ in them.
 * @param {DraftCue | null} cue
 * @param {DraftCue | null} mine
 * @param {DraftCue | null} theirs
 */
function versionText(cue, mine, theirs) {
  if (!cue) return t("(removed)");
  const isMoved = mine && theirs && (mine.start_ms !== theirs.start_ms || mine.end_ms !== theirs.end_ms);
  return cue.text + (isMoved ? `\n${formatTime(cue.start_ms)} → ${formatTime(cue.end_ms)}` : "");
}

/**
 * Return my cue with what only the other has touched: times, speaker or mark.
 * @param {DraftCue | null} base
 * @param {DraftCue | null} mine
 * @param {DraftCue | null} theirs
 * @returns {DraftCue | null}
 */
function mergedCue(base, mine, theirs) {
  if (!base || !mine || !theirs) return mine ?? theirs;
  return {
    start_ms: mine.start_ms === base.start_ms ? theirs.start_ms : mine.start_ms,
    end_ms: mine.end_ms === base.end_ms ? theirs.end_ms : mine.end_ms,
    text: mine.text,
    speaker: mine.speaker === base.speaker ? theirs.speaker : mine.speaker,
    mark: mine.mark === base.mark ? theirs.mark : mine.mark,
  };
}
