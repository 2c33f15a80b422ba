// The proofreading page: brings its parts together. Every action has a key (proofread-shortcuts.js).

/** @import { SaveState } from "./proofread-autosave.js" */
/** @import { Flag } from "./proofread-list.js" */
/** @import { DraftCue, Presence, ProofreadData, ReviewPoint } from "./types.js" */

import { byId, queryAll, showMessage } from "./dom.js";
import { t } from "./messages.js";
import { CueActions } from "./proofread-actions.js";
import { Autosave } from "./proofread-autosave.js";
import { ConflictBox } from "./proofread-conflict.js";
import { CueEditor } from "./proofread-editor.js";
import { GlossaryDialog } from "./proofread-glossary.js";
import { CueList } from "./proofread-list.js";
import { Model } from "./proofread-model.js";
import { Player } from "./proofread-player.js";
import { ReviewQueue } from "./proofread-queue.js";
import { RuleChecker } from "./proofread-rules.js";
import { SearchDialog } from "./proofread-search.js";
import { listenToKeys, shortcutTable, showShortcuts } from "./proofread-shortcuts.js";
import { SignDialog } from "./proofread-sign.js";

const LEAD_MS = 300; // a place to look at is played with a little of what is said before it
const QUEUE_MS = 200;
const GLOSSARY_MS = 20_000; // it takes the desk a second or more, once

/** @type {ProofreadData} */
const data = JSON.parse(byId("page-data", HTMLScriptElement).text);
const address = location.pathname.replace(/\/$/, "");
const video = byId("video", HTMLVideoElement);
const follow = byId("follow", HTMLInputElement);
const model = new Model(data.cues, data.original);
/** @type {Presence[]} */
let others = [];
let isBaseReplaced = false;

const autosave = new Autosave(model, data, address, {
  state: showState,
  conflicts: () => { conflictBox.show(); list.draw(); autosave.showState(); },
  changed: () => queue.draw(),
  others: (found, isMoved) => { showOthers(found); if (isMoved && !isBaseReplaced && !signDialog.isFinished) showReplaced(); },
  recovered: (n) => showBanner(t("{n} changes from an earlier visit were found in this browser and are kept.", { n })),
  warn: (problem) => showBanner(problem === "storage"
    ? t("This browser keeps nothing: what is not saved is lost when the page is closed.")
    : t("Changes upon an earlier version could not be sent; they stay in this browser.")),
});
const { draft } = autosave;
const rules = new RuleChecker(model, data.breaches, address, (ids) => {
  for (const id of ids) list.update(id);
  editor.showBreaches();
});
const player = new Player(model, {
  video, overlay: byId("overlay"), clock: byId("clock"), heard: byId("heard"), rewind: byId("rewind", HTMLInputElement),
  follow, slow: byId("slow"), play: byId("play"),
}, {
  time: followFilm,
  playing: (isPlaying) => { if (isPlaying) editor.isTyping = false; },
  dragged: (id, start_ms, end_ms) => actions.drag(id, start_ms, end_ms),
  ready: () => editor.showRegions(),
});
const editor = new CueEditor(model, data, rules, player);
const list = new CueList(byId("list"), byId("rows"), model, {
  flags, speaker: (cue) => editor.speakerName(cue), onSelect: (id) => select(id),
});
const actions = new CueActions(model, data, editor, player, { select, warn: showBanner });
const queue = new ReviewQueue(model, [...mergeConflicts(), ...data.doubts], draft,
  { queue: byId("queue"), count: byId("queue-count"), card: byId("doubt") }, goToPlace);
const search = new SearchDialog(model, {
  dialog: byId("search", HTMLDialogElement), find: byId("find", HTMLInputElement), replace: byId("replace", HTMLInputElement),
  found: byId("found"), hits: byId("hits"), all: byId("replace-all", HTMLButtonElement), close: byId("search-close"),
}, (id, from, to) => { select(id); editor.area.setSelectionRange(from, to); });
const glossary = new GlossaryDialog(address, (term) => editor.insert(term));
const conflictBox = new ConflictBox(model, draft, (id) => select(model.get(id) ? id : model.at(0)));
const signDialog = new SignDialog(data, address, autosave, signSummary);

// What is shown

/** @param {SaveState} name */
function showState(name, refusal = "") {
  const box = byId("state");
  const text = {
    saved: `✓ ${t("Saved")}`, saving: `… ${t("Saving")}`, offline: `▲ ${t("Offline; kept here")}`,
    conflict: `⇄ ${t("Changed by two: please choose")}`, refused: `× ${refusal || t("Not saved")}`,
    invalid: `× ${t("A subtitle is longer than 2000 characters, or ends before it starts: not saved, kept here")}`,
  }[name];
  if (box.textContent !== text) box.textContent = text;
  box.dataset.state = name === "invalid" ? "refused" : name;
}

/** @param {string} text */
function showBanner(text) { showMessage(byId("banner"), text); }

function showReplaced() {
  isBaseReplaced = true;
  showBanner(t("A new version of these subtitles was made, or the stage was signed. What you typed is kept: load the page again to go on with it."));
}

/** @param {string} id */
function flags(id) {
  /** @type {Flag[]} */
  const found = [];
  const breaches = rules.breachesOf(id), errors = breaches.filter((breach) => breach.level === "error").length;
  if (errors) found.push(["error", `× ${t("{n} errors", { n: errors })}`]);
  else if (breaches.length) found.push(["warning", `▲ ${t("{n} rules", { n: breaches.length })}`]);
  const people = others.filter((other) => other.cue === id).map((other) => other.person);
  if (people.length) found.push(["person", `◆ ${people.join(" ")}`]);
  if (draft.editConflicts.has(id)) found.push(["error", `⇄ ${t("Conflict")}`]);
  const mark = markLabel(model.get(id));
  if (mark) found.push(["person", `✓ ${mark}`]);
  return found;
}

/** @param {DraftCue | null} cue */
function markLabel(cue) {
  /** @type {Record<string, string>} */
  const labels = { right: t("right"), wrong: t("corrected"), withhold: t("withhold") };
  return labels[cue?.mark.split(": ")[0] ?? ""];
}

/** @param {Presence[]} found */
function showOthers(found) {
  const before = others, box = byId("others");
  others = found;
  const text = found.map(({ person, cue }) => {
    const n = model.position(cue) + 1;
    return n ? t("{person} at {n}", { person, n }) : person;
  }).join(" · ");
  const shown = text ? `◆ ${text}` : "";
  if (box.textContent !== shown) box.textContent = shown;
  for (const { cue } of [...before, ...found]) list.update(cue);
}

// Selecting

/** @param {string | undefined} id */
function select(id, { focus = true, seek = true } = {}) {
  const cue = model.get(id);
  if (!id || !cue) { editor.selected = ""; editor.show(); return; }
  if (id !== editor.selected) {
    model.endTyping();
    editor.isComposing = false;
    editor.selected = id;
    list.select(id);
    autosave.setCue(id);
    editor.show();
    editor.area.setSelectionRange(editor.area.value.length, editor.area.value.length);
    if (seek && !player.playing && video.readyState) player.seek(cue.start_ms);
  }
  if (focus) editor.area.focus({ preventScroll: true });
}

/**
 * Select the subtitle that the film shows, until one types; again after the next key that moves on.
 * @param {number} _ms
 * @param {string | null} id
 */
function followFilm(_ms, id) {
  if (list.playing !== (id ?? "")) {
    list.mark("playing", id ?? "");
    editor.showRegions();
  }
  if (id && id !== editor.selected && player.playing && follow.checked && !editor.isTyping && !editor.isComposing) {
    select(id, { seek: false, focus: document.activeElement === editor.area });
  }
}

/**
 * @param {ReviewPoint} place
 * @param {string | undefined} id
 * @param {boolean} edit
 */
function goToPlace(place, id, edit) {
  select(id, { seek: false });
  editor.isTyping = true;
  if (video.readyState) player.seek(Math.max(place.start_ms - LEAD_MS, 0));
  const words = player.wordsBetween(place.start_ms, place.end_ms);
  const heard = place.heard || words.map((word) => word.text).join("").trim();
  const at = heard ? (model.get(id)?.text ?? "").indexOf(heard) : -1;
  if (at >= 0) editor.area.setSelectionRange(at, at + heard.length);
  else if (edit) editor.area.select();
}

/** @param {ReturnType<Model["undo"]>} result of undo or redo */
function showMoved(result) {
  if (!result) return;
  if (model.get(result.selected)) select(result.selected, { seek: false });
  else if (!editor.cue) select(model.nearest(player.ms));
  editor.show();
  if (result.skipped) showBanner(t("{n} subtitles were changed by somebody else since and stay as they are.", { n: result.skipped }));
}

/** @param {number} by */
function stepRule(by) {
  const id = rules.next(editor.selected, by);
  if (id) select(id);
}

/** @param {number} by */
function step(by) {
  editor.isTyping = false;
  const id = model.neighbour(editor.selected, by);
  if (id) select(id);
}

async function signSummary() {
  await rules.check();
  const { ids, errors: [first, ...more] } = rules.broken(), errors = first ? 1 + more.length : 0;
  const lines = [
    t("{n} subtitles; since the draft {changed} changed, {added} added, {removed} removed", { n: model.order.length, ...model.countChanges() }),
    t("{n} doubtful places are still open", { n: queue.open().length }),
    t("{n} subtitles are not as the style asks", { n: ids.length - errors }),
  ];
  if (!data.open) return { lines, forbidden: t("This stage does not wait for a signature now.") };
  return { lines, forbidden: first ? t("{n} subtitles cannot be shown so, the first is {first}: correct them first (F9).", {
    n: errors, first: model.position(first) + 1,
  }) : "" };
}

/**
 * Return where earlier work met a new version: listed until somebody has decided, whatever is typed there.
 * @returns {ReviewPoint[]}
 */
function mergeConflicts() {
  const texts = new Set(model.order.map((id) => model.get(id)?.text));
  return data.conflicts.map(({ start_ms, end_ms, kept, ours, theirs }) => ({
    id: [...`merge ${start_ms} ${end_ms} ${theirs}`].slice(0, 64).join(""), kind: "conflict", level: "conflict", start_ms, end_ms,
    ...(kept && theirs && texts.has(ours) ? { heard: ours, offer: theirs } : {}),
    reason: kept ? t("Kept from earlier work; the new version says: {theirs}", { theirs: theirs || "–" })
      : t("The new version has no such passage; it said: {ours}", { ours }),
  }));
}

// Keys, buttons, beginning

const table = shortcutTable({
  toggle: () => player.toggle(), replay: () => player.playFrom(editor.cue?.start_ms ?? 0),
  jump: (ms) => player.seek(player.ms + ms), slower: () => player.toggleHalfSpeed(), step,
  split: () => actions.split(), merge: () => actions.merge(), create: () => actions.create(), remove: () => actions.remove(),
  moveBorder: (border, ms) => actions.moveBorder(border, ms), toPlayhead: (border) => actions.toPlayhead(border),
  undo: () => showMoved(model.undo()), redo: () => showMoved(model.redo()),
  search: () => search.open(editor.area.value.slice(editor.area.selectionStart, editor.area.selectionEnd)),
  glossary: () => glossary.open(), speaker: () => actions.nextSpeaker(), dash: () => editor.toggleDash(),
  stepQueue: (by) => queue.step(by), accept: () => queue.accept(), correct: () => queue.correct(),
  conflict: () => conflictBox.focus(), stepRule, save: () => { autosave.flush(); }, sign: () => { signDialog.open(); },
  help: showHelp,
});
listenToKeys(table, editor.area);

function showHelp() {
  showShortcuts(table, byId("key-rows"));
  byId("keys", HTMLDialogElement).showModal();
}

byId("list").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
  if (!by || event.altKey) return;
  event.preventDefault();
  const n = Math.min(Math.max(Math.max(model.position(editor.selected), 0) + by, 0), model.order.length - 1);
  select(model.at(n), { focus: false });
});
for (const dialog of queryAll(document, "dialog")) dialog.addEventListener("close", () => editor.area.focus());
byId("open-keys").addEventListener("click", showHelp);
byId("open-search").addEventListener("click", () => search.open(""));
byId("open-sign").addEventListener("click", () => signDialog.open());
byId("queue-next").addEventListener("click", () => queue.step(1));
byId("rule-next").addEventListener("click", () => stepRule(1));

let queueTimer = 0;
model.onChange((ids, isReordered, source) => {
  if (isReordered) list.draw(); else for (const id of ids) list.update(id);
  if (editor.selected && !editor.cue) select(model.nearest(player.ms));
  if (source === "typing") player.show(); else editor.show();
  rules.schedule(ids);
  if (draft.editConflicts.size) conflictBox.show();
  clearTimeout(queueTimer);
  queueTimer = setTimeout(() => { queue.draw(); }, QUEUE_MS);
});

const startAt = Number(new URLSearchParams(location.search).get("at")); // ?at=MS: that place first
select(startAt > 0 ? model.nearest(startAt) : model.at(0), { seek: false });
if (startAt > 0) video.addEventListener("loadedmetadata", () => player.seek(startAt), { once: true });
queue.draw();
autosave.showState();
document.documentElement.dataset.ready = "yes";
performance.mark("usable");
if (!data.open) showBanner(t("This stage is signed, or its subtitles are being made again: they can only be read here."));
autosave.recover().then(() => autosave.watch(data.room));
player.loadWords(`${data.address}/file/${data.files.words}`).then(() => { player.shownWords = ""; player.showWords(editor.cue); });
player.drawWaveform(data.address, byId("wave"), byId("main-script").dataset.nonce ?? "");
setTimeout(() => glossary.load(), GLOSSARY_MS);
// For tests and for whoever looks for a fault.
Object.assign(window, { proofreading: { model, draft, autosave, queue, player, select } });
