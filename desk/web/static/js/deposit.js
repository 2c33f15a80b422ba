// Bringing material: files chosen or dropped are uploaded, or picked on the server; then taken in.

import { Refused, call, get, post } from "./api.js";
import { Upload, markOf } from "./upload.js";
import { t } from "./words.js";

const place = document.querySelector("[data-deposit]");
const status = document.querySelector("[data-status]");
const list = document.querySelector("[data-uploads]");
let going = 0;
let renewals = 0;
const waiting = [];
const AT_ONCE = 2;

window.addEventListener("beforeunload", (event) => { if (going) event.preventDefault(); });

for (const section of document.querySelectorAll("[data-kind].asked")) {
  const input = section.querySelector("input[type=file]");
  input.addEventListener("change", () => { take(section, input.files); input.value = ""; });
  const drop = section.querySelector("[data-drop]");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(section, event.dataTransfer.files);
  });
  section.querySelector("[data-pick]")?.addEventListener("click", () => browse(section, ""));
  for (const button of section.querySelectorAll("[data-take-back]"))
    button.addEventListener("click", () => takeBack(section, button));
}
for (const row of list.querySelectorAll("[data-upload]")) {
  row.querySelector("[data-discard]").addEventListener("click", () => discard(row));
  row.querySelector("[data-finish]")?.addEventListener("click", () => finish(row, section(row.dataset.kind)));
}

const section = (kind) => document.querySelector(`.asked[data-kind="${kind}"]`);

function take(where, files) {
  complain(where, "");
  const several = where.querySelector("input[type=file]").multiple;
  for (const file of several ? files : [...files].slice(0, 1)) {
    const known = [...list.querySelectorAll("[data-upload]")].find(
      (row) => row.dataset.mark === markOf(file) && row.dataset.kind === where.dataset.kind && !row.upload);
    const row = known ?? newRow(file, where.dataset.kind);
    const about = { slug: place.dataset.slug, kind: where.dataset.kind };
    row.upload = new Upload(file, about, (here, what) => show(row, here, what));
    row.upload.id = row.dataset.upload ?? "";
    buttons(row, where);
    waiting.push(() => run(row, where));
  }
  next();
}

function next() {
  while (going < AT_ONCE && waiting.length) {
    going += 1;
    waiting.shift()().finally(() => { going -= 1; next(); });
  }
}

async function run(row, where) {
  try {
    row.upload.paused = false;
    const whole = await row.upload.run();
    row.dataset.upload = row.upload.id;
    if (whole) await finish(row, where);
  } catch (error) {
    fate(row, reason(error), true);
    if (!row.upload.id) complain(where, reason(error));
  }
}

function newRow(file, kind) {
  const row = document.createElement("li");
  row.className = "upload";
  row.dataset.mark = markOf(file);
  row.dataset.kind = kind;
  row.dataset.size = file.size;
  const name = Object.assign(document.createElement("b"), { className: "name", textContent: file.name });
  const bar = Object.assign(document.createElement("progress"), { max: Math.max(1, file.size), value: 0 });
  bar.setAttribute("aria-label", file.name);
  const told = document.createElement("span");
  told.dataset.fate = "";
  const box = Object.assign(document.createElement("span"), { className: "buttons" });
  row.append(name, bar, told, box);
  list.append(row);
  document.querySelector("[data-running]").hidden = false;
  return row;
}

function buttons(row, where) {
  const pause = button(t("Pause"), () => {
    if (row.upload.paused) {
      pause.textContent = t("Pause");
      waiting.push(() => run(row, where));
      next();
    } else {
      pause.textContent = t("Continue");
      row.upload.pause();
    }
  });
  row.querySelector(".buttons").replaceChildren(pause, button(t("Discard"), () => discard(row)));
}

function button(label, does) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  made.addEventListener("click", does);
  return made;
}

function show(row, here, what) {
  const size = Number(row.dataset.size);
  row.querySelector("progress").value = here;
  const share = size ? Math.floor((here * 100) / size) : 0;
  const says = {
    going: t("{n} %", { n: share }),
    waiting: t("The line is broken at {n} %; it goes on by itself.", { n: share }),
    paused: t("Paused at {n} %.", { n: share }),
  };
  if (row.dataset.what !== what) status.textContent = what === "going" ? t("Uploading.") : says[what];
  row.dataset.what = what;
  fate(row, says[what]);
}

function fate(row, text, bad = false) {
  const told = row.querySelector("[data-fate]");
  told.textContent = text;
  told.classList.toggle("bad", bad);
}

async function finish(row, where) {
  row.querySelector(".buttons").replaceChildren();
  try {
    const latest = where.dataset.latest;
    const { job } = await post(`/uploads/${row.dataset.upload}/deposit`, { supersedes: latest });
    const told = await done(job, (share) => {
      row.querySelector("progress").value = share * Number(row.dataset.size);
      fate(row, t("Checked and taken in: {n} %", { n: Math.floor(share * 100) }));
    });
    fate(row, tellOf(told));
    status.textContent = tellOf(told);
    if (!where.querySelector("input[type=file]").multiple) where.dataset.latest = told.deposits[0].sha256;
    await renew();
  } catch (error) {
    fate(row, reason(error), true);
    complain(where, reason(error));
  }
}

// Asks how a job is getting on until it is over.
async function done(job, hear) {
  for (;;) {
    const told = await get(`/jobs/${job}`);
    if (told.state === "done") return told;
    if (told.state === "failed") throw new Refused(422, told);
    hear(told.done);
    await new Promise((next) => setTimeout(next, 300));
  }
}

function tellOf(told) {
  return told.deposits
    .map((each) => `${each.new ? t("Taken in") : t("Was there already")}: ${each.name} SHA-256 ${each.sha256}`)
    .join("; ");
}

// Shows the lists anew, as the desk has them now; uploads on their way stay as they are. Of several
// answers only the one asked for last is shown: an older one may come later, and knows less.
async function renew() {
  const turn = (renewals += 1);
  const page = await (await fetch(location.href)).text();
  if (turn !== renewals) return;
  const fresh = new DOMParser().parseFromString(page, "text/html");
  for (const here of document.querySelectorAll(".asked")) {
    const there = fresh.querySelector(`.asked[data-kind="${here.dataset.kind}"]`);
    if (!there) continue;
    for (const part of ["h2", ".wide"]) {
      const now = there.querySelector(part);
      if (here.querySelector(part)) here.querySelector(part).replaceWith(now ?? "");
      else if (now) here.append(now);
    }
    here.dataset.latest = there.dataset.latest;
    for (const each of here.querySelectorAll("[data-take-back]"))
      each.addEventListener("click", () => takeBack(here, each));
  }
}

async function takeBack(where, pressed) {
  pressed.disabled = true;
  try {
    await post(`${place.dataset.deposit}/take-back`, { kind: where.dataset.kind, sha256: pressed.dataset.takeBack });
    status.textContent = t("It no longer counts.");
    await renew();
  } catch (error) {
    complain(where, reason(error));
    pressed.disabled = false;
  }
}

async function discard(row) {
  row.upload?.pause();
  const id = row.upload?.id || row.dataset.upload;
  try {
    if (id) await fetch(`/uploads/${id}`, { method: "DELETE", headers: { "x-csrf-token": document.querySelector('meta[name="csrf"]').content } });
    row.remove();
    status.textContent = t("Discarded.");
  } catch (error) {
    fate(row, reason(error), true);
  }
}

const dialog = document.querySelector("[data-material]");

async function browse(where, at) {
  complain(dialog, "");
  dialog.querySelector("[data-at]").textContent = `/${at}`;
  if (!dialog.open) dialog.showModal();
  try {
    const { entries } = await call("GET", `/deposit/material?at=${encodeURIComponent(at)}`);
    const up = at ? [entry("..", () => browse(where, at.split("/").slice(0, -1).join("/")))] : [];
    dialog.querySelector("[data-entries]").replaceChildren(...up, ...entries.map((each) =>
      each.is_folder
        ? entry(`${each.name}/`, () => browse(where, each.at))
        : entry(`${each.name}  (${(each.size_bytes / 1e6).toFixed(1)} MB)`, () => pick(where, each))));
  } catch (error) {
    complain(dialog, reason(error));
  }
}

function entry(label, does) {
  const item = document.createElement("li");
  item.append(button(label, does));
  return item;
}

async function pick(where, chosen) {
  dialog.close();
  const row = newRow({ name: chosen.name, size: chosen.size_bytes, lastModified: 0 }, where.dataset.kind);
  const said = { kind: where.dataset.kind, at: chosen.at, supersedes: where.dataset.latest };
  try {
    const { job } = await post(`${place.dataset.deposit}/pick`, said);
    const told = await done(job, (share) => {
      row.querySelector("progress").value = share * chosen.size_bytes;
      fate(row, t("Checked and taken in: {n} %", { n: Math.floor(share * 100) }));
    });
    fate(row, tellOf(told));
    status.textContent = tellOf(told);
    await renew();
  } catch (error) {
    fate(row, reason(error), true);
    complain(where, reason(error));
  }
}

function reason(error) {
  if (error instanceof Refused) return `${error.told.error} ${error.told.remedy ?? ""}`.trim();
  if (error instanceof DOMException) return t("The file cannot be read any more. Choose it again.");
  return t("The desk cannot be reached. What was uploaded is kept.");
}

function complain(where, text) {
  const wrong = where.querySelector("[data-wrong]");
  wrong.textContent = text;
  wrong.hidden = !text;
}
