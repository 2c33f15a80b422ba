// Which key does what. Taken from Subtitle Edit (Alt+Up and Down, Ctrl+Enter), oTranscribe (Esc) and
// editing (J, K, L; I, O), without those that browsers keep for themselves. Keys are named by their
// place on the keyboard, so that no input method and no layout changes them.

import { key } from "./proofread-queue.js";
import { t } from "./words.js";

export function table(act) {
  return [
    ["Escape", "Esc", t("Play or pause; on resuming a little back"), act.toggle],
    ["A-KeyK", "Alt+K", t("Play or pause; on resuming a little back"), act.toggle],
    ["A-KeyR", "Alt+R", t("Play this subtitle from its start"), act.replay],
    ["A-KeyJ", "Alt+J", t("Two seconds back"), () => act.jump(-2000)],
    ["A-KeyL", "Alt+L", t("Two seconds on"), () => act.jump(2000)],
    ["A-Comma", "Alt+,", t("Half speed and back"), act.slower],
    ["Enter", "Enter", t("Next subtitle"), () => act.beside(1)],
    ["S-Enter", "Shift+Enter", t("New line"), null],
    ["A-ArrowDown", "Alt+↓", t("Next subtitle"), () => act.beside(1)],
    ["A-ArrowUp", "Alt+↑", t("Subtitle before"), () => act.beside(-1)],
    ["C-Enter", "Ctrl+Enter", t("Split at the caret"), act.split],
    ["A-KeyM", "Alt+M", t("Merge with the next"), act.merge],
    ["A-KeyN", "Alt+N", t("New subtitle at the playhead"), act.create],
    ["A-KeyX", "Alt+X", t("Remove the subtitle"), act.remove],
    ["A-BracketLeft", "Alt+[", t("Start 40 ms earlier (with Shift 200 ms)"), () => act.border("start_ms", -40)],
    ["A-BracketRight", "Alt+]", t("Start 40 ms later (with Shift 200 ms)"), () => act.border("start_ms", 40)],
    ["A-Semicolon", "Alt+;", t("End 40 ms earlier (with Shift 200 ms)"), () => act.border("end_ms", -40)],
    ["A-Quote", "Alt+'", t("End 40 ms later (with Shift 200 ms)"), () => act.border("end_ms", 40)],
    ["AS-BracketLeft", "", "", () => act.border("start_ms", -200)],
    ["AS-BracketRight", "", "", () => act.border("start_ms", 200)],
    ["AS-Semicolon", "", "", () => act.border("end_ms", -200)],
    ["AS-Quote", "", "", () => act.border("end_ms", 200)],
    ["A-KeyI", "Alt+I", t("Start at the playhead"), () => act.toPlayhead("start_ms")],
    ["A-KeyO", "Alt+O", t("End at the playhead"), () => act.toPlayhead("end_ms")],
    ["C-KeyZ", "Ctrl+Z", t("Undo"), act.undo],
    ["CS-KeyZ", "Ctrl+Shift+Z", t("Redo"), act.redo],
    ["C-KeyY", "", "", act.redo],
    ["A-KeyP", "Alt+P", t("Find and replace"), act.search],
    ["A-KeyG", "Alt+G", t("Insert a name from the glossary"), act.glossary],
    ["A-KeyW", "Alt+W", t("Who speaks: interviewer, interviewee, nobody named"), act.speaker],
    ["AS-KeyW", "Alt+Shift+W", t("A dash before the line: the other speaker in the same subtitle"), act.dash],
    ["F8", "F8", t("Next place to look at (with Shift the one before)"), () => act.doubt(1)],
    ["S-F8", "", "", () => act.doubt(-1)],
    ["A-KeyA", "Alt+A", t("It is right as it stands; on to the next place"), act.accept],
    ["A-KeyC", "Alt+C", t("Write what is offered, or correct it; on to the next place"), act.correct],
    ["A-KeyU", "Alt+U", t("To what two people have changed: choose with Tab and Enter"), act.clash],
    ["F9", "F9", t("Next subtitle against the rules (with Shift the one before)"), () => act.rule(1)],
    ["S-F9", "", "", () => act.rule(-1)],
    ["C-KeyS", "Ctrl+S", t("Save now (it saves by itself)"), act.save],
    ["CS-Enter", "Ctrl+Shift+Enter", t("Sign or hand over"), act.sign],
    ["A-Slash", "? / Alt+/", t("These keys"), act.keys],
  ];
}

function name(event) {
  const held = (event.ctrlKey || event.metaKey ? "C" : "") + (event.altKey ? "A" : "") + (event.shiftKey ? "S" : "");
  const code = event.code === "NumpadEnter" ? "Enter" : event.code || event.key;
  return held ? `${held}-${code}` : code;
}

export function listen(rows, area) {
  const acts = new Map(rows.filter((row) => row[3]).map((row) => [row[0], row[3]]));
  document.addEventListener("keydown", (event) => {
    // A key that the input method uses is not ours: Enter and Esc end a composition.
    if (event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return;
    const pressed = name(event), typing = event.target === area;
    if (pressed === "Enter" && !typing) return;
    if (event.key === "?" && !event.target.matches("input, textarea")) {
      event.preventDefault();
      acts.get("A-Slash")();
      return;
    }
    const act = acts.get(pressed);
    if (!act || (event.target.matches("input") && !event.altKey && pressed !== "Escape")) return;
    event.preventDefault();
    act();
  });
}

export function show(rows, body) {
  body.replaceChildren(...rows.filter((row) => row[1]).map(([, label, text]) => {
    const line = document.createElement("li"), says = document.createElement("span");
    says.textContent = text;
    line.append(key(label), says);
    return line;
  }));
}
