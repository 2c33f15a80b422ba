// The interviewee's page: one thing at a time. What is said is kept at once (mine-saving.js).

import { get, post } from "./api.js";
import { Recorder } from "./mine-recording.js";
import { Saving } from "./mine-saving.js";
import { SignaturePad } from "./mine-signature.js";
import { t } from "./words.js";

const place = document.getElementById("mine");
const address = place.dataset.address;
const find = (id) => document.getElementById(id);
const film = find("film");
const kept = find("kept");
const LEAD_MS = 1500; // a passage is heard with a little of what is said before it
const TAIL_MS = 400;

let told = JSON.parse(find("told").textContent);
let at = 0;
let stopAt = Infinity;
let before = null; // what was said of the cue before the form was opened
const pad = new SignaturePad(find("pad"), find("photo"));
const saving = new Saving(address, show, renewed);
const recorder = new Recorder(address, show);

function show(text, away = false) {
  kept.textContent = text;
  kept.classList.toggle("away", away);
}

// A new version of the words has come: begin with it, with all that was said.
async function renewed() {
  const id = told.cues[at]?.id;
  told = await get(`${address}/state`);
  saving.put(told);
  at = Math.max(0, told.cues.findIndex((cue) => cue.id === id));
  if (view() === "cue") showCue();
}

const view = () => place.querySelector("section:not([hidden])").dataset.view;

async function go(name) {
  if (name === "cue") at = nextUnseen(at) ?? at;
  await open(name);
}

async function open(name) {
  film.pause();
  stopAt = Infinity;
  for (const section of place.querySelectorAll("section")) {
    section.hidden = section.dataset.view !== name;
  }
  const home = place.querySelector(`[data-place="${name}"]`);
  film.hidden = !home;
  if (home) home.append(film);
  if (name === "cue") showCue();
  if (name === "summary") await showSummary();
  if (name === "hello") showBegin();
  const heading = place.querySelector(`section[data-view="${name}"] :is(h1, .count)`);
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
}

const isSeen = (cue) => cue.mark !== "" || cue.held;

function nextUnseen(from) {
  const ahead = told.cues.findIndex((cue, n) => n >= from && !isSeen(cue));
  if (ahead >= 0) return ahead;
  const behind = told.cues.findIndex((cue) => !isSeen(cue));
  return behind >= 0 ? behind : null;
}

function showBegin() {
  const seen = told.cues.filter(isSeen).length;
  if (seen) find("begin").textContent = t("Go on with line {n}", { n: (nextUnseen(0) ?? 0) + 1 });
}

function showCue() {
  const cue = told.cues[at];
  const values = { n: at + 1, all: told.cues.length };
  find("count").textContent = t("Line {n} of {all}", values);
  find("progress").max = told.cues.length;
  find("progress").value = told.cues.filter(isSeen).length;
  find("before").textContent = told.cues[at - 1]?.text ?? "";
  find("now").textContent = cue.text;
  find("after").textContent = told.cues[at + 1]?.text ?? "";
  showSaid(cue);
  for (const id of ["wrong", "withholding", "recording"]) find(id).hidden = true;
  find("choices").hidden = false;
  find("steps").hidden = find("leave").hidden = false;
  find("record").hidden = !Recorder.possible();
}

function showSaid(cue) {
  const held = cue.mark === "withhold" || (cue.held && cue.mark !== "publish");
  const said = {
    right: t("You said: right"),
    wrong: t("You said: wrong"),
    publish: t("You said: may be published after all"),
  }[cue.mark];
  const lines = [held ? t("You asked not to publish this") : said];
  if (cue.voices) lines.push(t("You left a recording"));
  find("said").textContent = lines.filter(Boolean).join("\n");
  find("said").hidden = !lines.some(Boolean);
  find("publish").hidden = !held;
  find("withhold").hidden = held;
  for (const mark of ["right", "wrong"]) {
    place.querySelector(`[data-do="${mark}"]`).setAttribute("aria-pressed", cue.mark === mark);
  }
}

function play() {
  const cue = told.cues[at];
  film.currentTime = Math.max(0, cue.start - LEAD_MS) / 1000;
  stopAt = (cue.end + TAIL_MS) / 1000;
  film.play().catch(() => {}); // some browsers want a finger on the film first
}

film.addEventListener("timeupdate", () => {
  if (film.currentTime >= stopAt) {
    film.pause();
    stopAt = Infinity;
  }
});

function say(change) {
  const cue = told.cues[at];
  Object.assign(cue, change);
  saving.say(told.base, [{ cue: cue.id, mark: cue.mark, text: cue.text, reason: cue.reason }]);
  showSaid(cue);
}

function step(by) {
  at = Math.min(told.cues.length - 1, Math.max(0, at + by));
  showCue();
  find("count").focus();
  play();
}

function onward() {
  if (at === told.cues.length - 1) return open(nextUnseen(0) === null ? "summary" : "cue");
  return step(1);
}

function form(id, field, value) {
  before = { ...told.cues[at] };
  find("choices").hidden = true;
  find("steps").hidden = find("leave").hidden = true;
  find(id).hidden = false;
  if (field) {
    find(field).value = value;
    find(field).focus();
  }
}

// What is being typed is kept as it is typed; not in the middle of a character of Chinese input.
let typing = 0;
function keepTyping() {
  clearTimeout(typing);
  const text = find("text").value;
  if (text.trim()) say({ mark: "wrong", text });
}
find("text").addEventListener("input", (event) => {
  clearTimeout(typing);
  if (!event.isComposing) typing = setTimeout(keepTyping, 700);
});
find("text").addEventListener("compositionend", () => {
  clearTimeout(typing);
  typing = setTimeout(keepTyping, 700);
});

addEventListener("pagehide", () => find("wrong").hidden || keepTyping());

const doing = {
  play,
  right() { say({ mark: "right" }); return onward(); },
  wrong() { form("wrong", "text", told.cues[at].text); },
  withhold() { form("withholding", "reason", told.cues[at].reason); },
  publish() { say({ mark: "publish", reason: "" }); showCue(); },
  undo() {
    clearTimeout(typing);
    const { mark, text } = before;
    if (told.cues[at].text !== text || told.cues[at].mark !== mark) say({ mark, text });
    showCue();
  },
  close() { showCue(); },
  previous: () => step(-1),
  next: () => onward(),
  rest() {
    const rest = told.cues.filter((cue, n) => !isSeen(cue) && (view() !== "cue" || n >= at));
    for (const cue of rest) cue.mark = "right";
    const said = rest.map((cue) => ({ cue: cue.id, mark: "right", reason: "" }));
    if (said.length) saving.say(told.base, said);
    return open("summary");
  },
  unseen: () => go("cue"),
  async record() {
    film.pause();
    form("recording");
    await recorder.start(told.cues[at].id, find("heard"), find("stop"));
  },
  async stop() {
    const cue = told.cues[at];
    await recorder.stop(find("own"));
    cue.voices += 1;
    if (!cue.mark) say({ mark: "wrong" });
    find("recorded").hidden = false;
    find("stop").hidden = true;
  },
  wipe: () => pad.wipe(),
};

find("wrong").addEventListener("submit", (event) => {
  event.preventDefault();
  keepTyping();
  onward();
});
find("withholding").addEventListener("submit", (event) => {
  event.preventDefault();
  say({ mark: "withhold", reason: find("reason").value.trim() });
  onward();
});

async function showSummary() {
  find("to-sign").hidden = true;
  await saving.flush();
  if (saving.waiting()) {
    find("unseen").textContent = t("Not everything has been sent yet. Please try again when there is a network.");
    return;
  }
  let sum;
  try {
    sum = await get(`${address}/summary`);
  } catch (error) {
    find("unseen").textContent = error.told?.error ?? t("There is no network now. Please try again later.");
    return;
  }
  pad.seen = sum.number;
  const none = [[t("None.")]];
  list("changed", sum.changed.length ? sum.changed.map(changedParts) : none);
  list("passages", sum.passages.length ? sum.passages.map(passageParts) : none);
  find("unseen").textContent = sum.unseen
    ? t("You have not looked at {n} lines yet.", { n: sum.unseen })
    : t("You have looked at all of it. This is what you sign:");
  find("to-unseen").hidden = find("rest-right").hidden = !sum.unseen;
  find("to-sign").hidden = sum.unseen > 0;
}

const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function changedParts([_ms, old, now]) {
  const gone = document.createElement("del");
  gone.textContent = old;
  const came = document.createElement("ins");
  came.textContent = now || t("(taken out)");
  return [gone, " → ", came];
}

function passageParts(passage) {
  const words = told.cues
    .filter((cue) => cue.start < passage.end_ms && passage.start_ms < cue.end)
    .map((cue) => cue.text.replace(/\n/g, " "));
  const when = t("from {a} to {b}", { a: minutes(passage.start_ms), b: minutes(passage.end_ms) });
  return [`${when}\n${words.join(" ")}`];
}

function list(id, rows) {
  find(id).replaceChildren(
    ...rows.map((parts) => {
      const item = document.createElement("li");
      item.append(...parts);
      return item;
    }),
  );
}

function refuse(text) {
  find("refused").textContent = text;
  find("refused").hidden = !text;
}

find("signing").addEventListener("submit", async (event) => {
  event.preventDefault();
  refuse("");
  try {
    const signature = await pad.send(address);
    if (!signature) return refuse(t("Please sign in the white field first."));
    await post(`${address}/sign`, { seen: pad.seen, name: find("name").value, signature });
    location.reload();
  } catch (error) {
    const remedy = error.told?.remedy ?? "";
    refuse(error.told ? `${error.told.error} ${remedy}` : t("There is no network now. Please try again later."));
  }
});

find("calling").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post(`${address}/call`, { text: find("about").value });
    find("calling").hidden = true;
    find("called").hidden = false;
  } catch {
    show(t("There is no network now. Please try again later."), true);
  }
});

place.addEventListener("click", (event) => {
  const button = event.target.closest("[data-go], [data-do]");
  if (!button) return;
  if (button.dataset.go) go(button.dataset.go);
  else doing[button.dataset.do]();
});

saving.put(told);
film.hidden = true;
showBegin();
saving.flush();
recorder.flush();
place.dataset.ready = "yes";
