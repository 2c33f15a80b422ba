// Which key does what. Taken from Subtitle Edit (Alt+Up and Down, Ctrl+Enter), oTranscribe (Esc) and
// editing (J, K, L; I, O), without those that browsers keep for themselves. Keys are named by their
// place on the keyboard, so that no input method and no layout changes them.

import { create } from "./dom.js";
import { t } from "./messages.js";
import { keyLabel } from "./proofread-queue.js";

/**
 * @typedef {[key: string, label: string, text: string, action: (() => void) | null]} Shortcut
 * @typedef {"start_ms" | "end_ms"} Border
 * @typedef {{toggle: () => void, replay: () => void, jump: (ms: number) => void, slower: () => void,
 *   step: (by: number) => void, split: () => void, merge: () => void, create: () => void, remove: () => void,
 *   moveBorder: (border: Border, ms: number) => void, toPlayhead: (border: Border) => void,
 *   undo: () => void, redo: () => void, search: () => void, glossary: () => void, speaker: () => void,
 *   dash: () => void, stepQueue: (by: number) => void, accept: () => void, correct: () => void,
 *   conflict: () => void, stepRule: (by: number) => void, save: () => void, sign: () => void, help: () => void}} Actions
 */

/**
 * @param {Actions} actions
 * @returns {Shortcut[]}
 */
export function shortcutTable(actions) {
  return [
    ["Escape", "Esc", t("Play or pause; on resuming a little back"), actions.toggle],
    ["A-KeyK", "Alt+K", t("Play or pause; on resuming a little back"), actions.toggle],
    ["A-KeyR", "Alt+R", t("Play this subtitle from its start"), actions.replay],
    ["A-KeyJ", "Alt+J", t("Two seconds back"), () => actions.jump(-2000)],
    ["A-KeyL", "Alt+L", t("Two seconds on"), () => actions.jump(2000)],
    ["A-Comma", "Alt+,", t("Half speed and back"), actions.slower],
    ["Enter", "Enter", t("Next subtitle"), () => actions.step(1)],
    ["S-Enter", "Shift+Enter", t("New line"), null],
    ["A-ArrowDown", "Alt+↓", t("Next subtitle"), () => actions.step(1)],
    ["A-ArrowUp", "Alt+↑", t("Subtitle before"), () => actions.step(-1)],
    ["C-Enter", "Ctrl+Enter", t("Split at the caret"), actions.split],
    ["A-KeyM", "Alt+M", t("Merge with the next"), actions.merge],
    ["A-KeyN", "Alt+N", t("New subtitle at the playhead"), actions.create],
    ["A-KeyX", "Alt+X", t("Remove the subtitle"), actions.remove],
    ["A-BracketLeft", "Alt+[", t("Start 40 ms earlier (with Shift 200 ms)"), () => actions.moveBorder("start_ms", -40)],
    ["A-BracketRight", "Alt+]", t("Start 40 ms later (with Shift 200 ms)"), () => actions.moveBorder("start_ms", 40)],
    ["A-Semicolon", "Alt+;", t("End 40 ms earlier (with Shift 200 ms)"), () => actions.moveBorder("end_ms", -40)],
    ["A-Quote", "Alt+'", t("End 40 ms later (with Shift 200 ms)"), () => actions.moveBorder("end_ms", 40)],
    ["AS-BracketLeft", "", "", () => actions.moveBorder("start_ms", -200)],
    ["AS-BracketRight", "", "", () => actions.moveBorder("start_ms", 200)],
    ["AS-Semicolon", "", "", () => actions.moveBorder("end_ms", -200)],
    ["AS-Quote", "", "", () => actions.moveBorder("end_ms", 200)],
    ["A-KeyI", "Alt+I", t("Start at the playhead"), () => actions.toPlayhead("start_ms")],
    ["A-KeyO", "Alt+O", t("End at the playhead"), () => actions.toPlayhead("end_ms")],
    ["C-KeyZ", "Ctrl+Z", t("Undo"), actions.undo],
    ["CS-KeyZ", "Ctrl+Shift+Z", t("Redo"), actions.redo],
    ["C-KeyY", "", "", actions.redo],
    ["A-KeyP", "Alt+P", t("Find and replace"), actions.search],
    ["A-KeyG", "Alt+G", t("Insert a name from the glossary"), actions.glossary],
    ["A-KeyW", "Alt+W", t("Who speaks: interviewer, interviewee, nobody named"), actions.speaker],
    ["AS-KeyW", "Alt+Shift+W", t("A dash before the line: the other speaker in the same subtitle"), actions.dash],
    ["F8", "F8", t("Next place to look at (with Shift the one before)"), () => actions.stepQueue(1)],
    ["S-F8", "", "", () => actions.stepQueue(-1)],
    ["A-KeyA", "Alt+A", t("It is right as it stands; on to the next place"), actions.accept],
    ["A-KeyC", "Alt+C", t("Write what is offered, or correct it; on to the next place"), actions.correct],
    ["A-KeyU", "Alt+U", t("To what two people have changed: choose with Tab and Enter"), actions.conflict],
    ["F9", "F9", t("Next subtitle against the rules (with Shift the one before)"), () => actions.stepRule(1)],
    ["S-F9", "", "", () => actions.stepRule(-1)],
    ["C-KeyS", "Ctrl+S", t("Save now (it saves by itself)"), actions.save],
    ["CS-Enter", "Ctrl+Shift+Enter", t("Sign or hand over"), actions.sign],
    ["F1", "F1", t("These keys"), actions.help],
    ["A-Slash", "", "", actions.help],
  ];
}

/** @param {KeyboardEvent} event */
function keyName(event) {
  const modifiers = (event.ctrlKey || event.metaKey ? "C" : "") + (event.altKey ? "A" : "") + (event.shiftKey ? "S" : "");
  const code = event.code === "NumpadEnter" ? "Enter" : event.code || event.key;
  return modifiers ? `${modifiers}-${code}` : code;
}

/**
 * @param {Shortcut[]} table
 * @param {HTMLElement} editor
 */
export function listenToKeys(table, editor) {
  const actions = new Map(table.map(([key, , , action]) => [key, action]));
  document.addEventListener("keydown", (event) => {
    // A key that the input method uses is not ours: Enter and Esc end a composition.
    if (event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return;
    const target = /** @type {Element} */ (event.target), name = keyName(event);
    if (name === "Enter" && target !== editor) return;
    const isHelp = name === "F1" || event.key === "?" && !target.matches("input, textarea");
    const action = actions.get(isHelp ? "A-Slash" : name);
    if (!action || (!isHelp && target.matches("input") && !event.altKey && name !== "Escape")) return;
    event.preventDefault();
    action();
  });
}

/**
 * @param {Shortcut[]} table
 * @param {HTMLElement} body
 */
export function showShortcuts(table, body) {
  body.replaceChildren(...table.filter(([, label]) => label).map(([, label, textContent]) =>
    create("li", {}, keyLabel(label), create("span", { textContent }))));
}
