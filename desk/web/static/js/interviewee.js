// The interviewee's page: one thing at a time. Every answer is saved at once (interviewee-autosave.js).

/** @import { CueAnswer, IntervieweeCue, IntervieweeData } from "./types.js" */

import { errorText, get, post } from "./api.js";
import { byId, closest, query, queryAll, showMessage } from "./dom.js";
import { Autosave } from "./interviewee-autosave.js";
import { Recorder } from "./interviewee-recorder.js";
import { SignatureForm } from "./interviewee-signature.js";
import { listChanges } from "./interviewee-summary.js";
import { t } from "./messages.js";

const LEAD_MS = 1500; // a cue is played with a little of what is said before it
const TAIL_MS = 400;
const TYPING_MS = 700;

const page = byId("interviewee");
const address = page.dataset.address ?? "";
const film = byId("film", HTMLVideoElement);
const saveStatus = byId("save-status");
const correction = byId("text", HTMLTextAreaElement);
const withholdReason = byId("reason", HTMLTextAreaElement);
const [correctionForm, withholdForm, recording] = [byId("wrong"), byId("withholding"), byId("recording")];

/** @type {IntervieweeData} */
let data = JSON.parse(byId("page-data", HTMLScriptElement).text);
let at = 0;
let stopAt = Infinity;
/** @type {Pick<IntervieweeCue, "mark" | "text">} */
let before = { mark: "", text: "" }; // the cue before the form was opened
let typingTimer = 0;
const autosave = new Autosave(address, showStatus, reload);
const recorder = new Recorder(address, showStatus, byId("recording-status"));
const signature = new SignatureForm(address);

function current() {
  const cue = data.cues[at];
  if (!cue) throw new RangeError(`There is no cue ${at}.`);
  return cue;
}

/** @param {string} text */
function showStatus(text, isUnsent = false) {
  saveStatus.textContent = text;
  saveStatus.classList.toggle("unsent", isUnsent);
}

// The subtitles have a new version: load it, with all answers.
async function reload() {
  const id = data.cues[at]?.id;
  data = await get(`${address}/state`);
  autosave.apply(data);
  at = Math.max(0, data.cues.findIndex((cue) => cue.id === id));
  if (view() === "cue") showCue();
}

const view = () => query(page, "section:not([hidden])").dataset.view ?? "";

/** @param {string} name */
async function go(name) {
  if (name === "cue") at = nextUnseen(at) ?? at;
  await open(name);
}

/** @param {string} name */
async function open(name) {
  film.pause();
  stopAt = Infinity;
  for (const section of queryAll(page, "section")) section.hidden = section.dataset.view !== name;
  const [place] = queryAll(page, `[data-place="${name}"]`);
  film.hidden = !place;
  place?.append(film);
  if (name === "cue") showCue();
  if (name === "summary") await showSummary();
  if (name === "hello") showBegin();
  const heading = query(page, `section[data-view="${name}"] :is(h1, .count)`);
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
}

/** @param {IntervieweeCue} cue */
const isSeen = (cue) => cue.mark !== "" || cue.held;

/** @param {number} from */
function nextUnseen(from) {
  const ahead = data.cues.findIndex((cue, n) => n >= from && !isSeen(cue));
  if (ahead >= 0) return ahead;
  const behind = data.cues.findIndex((cue) => !isSeen(cue));
  return behind >= 0 ? behind : null;
}

function showBegin() {
  if (data.cues.some(isSeen)) byId("begin").textContent = t("Go on with line {n}", { n: (nextUnseen(0) ?? 0) + 1 });
}

function showCue() {
  const progress = byId("progress", HTMLProgressElement);
  byId("count").textContent = t("Line {n} of {all}", { n: at + 1, all: data.cues.length });
  progress.max = data.cues.length;
  progress.value = data.cues.filter(isSeen).length;
  byId("before").textContent = data.cues[at - 1]?.text ?? "";
  byId("now").textContent = current().text;
  byId("after").textContent = data.cues[at + 1]?.text ?? "";
  showAnswer();
  showForm(null);
  byId("record").hidden = !Recorder.isSupported();
}

/**
 * Show one form in place of the choices; the choices where there is none.
 * @param {HTMLElement | null} form
 */
function showForm(form) {
  for (const each of [correctionForm, withholdForm, recording]) each.hidden = each !== form;
  for (const id of ["choices", "steps", "leave"]) byId(id).hidden = form !== null;
}

function showAnswer() {
  const cue = current();
  const isWithheld = cue.mark === "withhold" || (cue.held && cue.mark !== "publish");
  const answers = {
    "": "",
    right: t("You said: right"),
    wrong: t("You said: wrong"),
    withhold: "",
    publish: t("You said: may be published after all"),
  };
  const lines = [isWithheld ? t("You asked not to publish this") : answers[cue.mark]];
  if (cue.voices) lines.push(t("You left a recording"));
  showMessage(byId("answer"), lines.filter(Boolean).join("\n"));
  byId("publish").hidden = !isWithheld;
  byId("withhold").hidden = isWithheld;
  for (const mark of ["right", "wrong"]) {
    query(page, `[data-do="${mark}"]`).setAttribute("aria-pressed", String(cue.mark === mark));
  }
}

function play() {
  film.currentTime = Math.max(0, current().start - LEAD_MS) / 1000;
  stopAt = (current().end + TAIL_MS) / 1000;
  film.play().catch(() => {}); // some browsers want a finger on the film first
}

film.addEventListener("timeupdate", () => {
  if (film.currentTime >= stopAt) {
    film.pause();
    stopAt = Infinity;
  }
});

/** @param {Partial<CueAnswer>} change */
function answer(change) {
  const cue = Object.assign(current(), change);
  autosave.save(data.base, [{ cue: cue.id, mark: cue.mark, text: cue.text, reason: cue.reason }]);
  showAnswer();
}

/** @param {number} by */
function step(by) {
  at = Math.min(data.cues.length - 1, Math.max(0, at + by));
  showCue();
  byId("count").focus();
  play();
}

function next() {
  if (at < data.cues.length - 1) step(1);
  else open(nextUnseen(0) === null ? "summary" : "cue");
}

/**
 * @param {HTMLElement} form
 * @param {HTMLTextAreaElement} field
 * @param {string} value
 */
function openForm(form, field, value) {
  before = { ...current() };
  showForm(form);
  field.value = value;
  field.focus();
}

// What is being typed is saved as it is typed; not in the middle of a character of Chinese input.
function saveCorrection() {
  clearTimeout(typingTimer);
  if (correction.value.trim()) answer({ mark: "wrong", text: correction.value });
}

function saveCorrectionSoon() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(saveCorrection, TYPING_MS);
}

correction.addEventListener("input", (event) => {
  if (event instanceof InputEvent && event.isComposing) clearTimeout(typingTimer); else saveCorrectionSoon();
});
correction.addEventListener("compositionend", saveCorrectionSoon);
addEventListener("pagehide", () => { if (!correctionForm.hidden) saveCorrection(); });

function undoCorrection() {
  clearTimeout(typingTimer);
  const { mark, text } = before;
  if (current().text !== text || current().mark !== mark) answer({ mark, text });
  showCue();
}

function markRestRight() {
  const rest = data.cues.filter((cue, n) => !isSeen(cue) && (view() !== "cue" || n >= at));
  for (const cue of rest) cue.mark = "right";
  /** @type {CueAnswer[]} */
  const answers = rest.map((cue) => ({ cue: cue.id, mark: "right", reason: "" }));
  if (answers.length) autosave.save(data.base, answers);
  open("summary");
}

async function record() {
  film.pause();
  before = { ...current() };
  showForm(recording);
  await recorder.start(current().id, byId("stop"));
}

async function stopRecording() {
  const cue = current();
  await recorder.stop(byId("recording-playback", HTMLAudioElement));
  cue.voices += 1;
  if (!cue.mark) answer({ mark: "wrong" });
  byId("recorded").hidden = false;
  byId("stop").hidden = true;
}

/** What the buttons do, by their data-do. @type {Record<string, () => void>} */
const actions = {
  play,
  right() { answer({ mark: "right" }); next(); },
  wrong() { openForm(correctionForm, correction, current().text); },
  withhold() { openForm(withholdForm, withholdReason, current().reason); },
  publish() { answer({ mark: "publish", reason: "" }); showCue(); },
  undo: undoCorrection,
  close: showCue,
  previous: () => step(-1),
  next,
  rest: markRestRight,
  unseen: () => go("cue"),
  record,
  stop: stopRecording,
  wipe: () => signature.clear(),
};

correctionForm.addEventListener("submit", (event) => {
  event.preventDefault();
  saveCorrection();
  next();
});
withholdForm.addEventListener("submit", (event) => {
  event.preventDefault();
  answer({ mark: "withhold", reason: withholdReason.value.trim() });
  next();
});

async function showSummary() {
  byId("to-sign").hidden = true;
  await autosave.flush();
  if (autosave.unsent()) byId("unseen").textContent = t("Not everything has been sent yet. Please try again when there is a network.");
  else signature.number = await listChanges(address, data.cues);
}

const callForm = byId("calling");
callForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post(`${address}/call`, { text: byId("about", HTMLTextAreaElement).value });
    callForm.hidden = true;
    byId("called").hidden = false;
  } catch (error) {
    showStatus(errorText(error, t("There is no network now. Please try again later.")), true);
  }
});

page.addEventListener("click", (event) => {
  const { go: target, do: action } = closest(event, "[data-go], [data-do]")?.dataset ?? {};
  if (target) go(target);
  else if (action) actions[action]?.();
});

autosave.apply(data);
film.hidden = true;
showBegin();
autosave.flush();
recorder.flush();
page.dataset.ready = "yes";
