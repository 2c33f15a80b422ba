// Bringing material: files chosen or dropped are uploaded, or picked on the server; then deposited.

/** @import { DepositResult, Entry, Job } from "./types.js" */
/** @import { FileFacts, UploadState } from "./upload.js" */

import { RequestError, csrfToken, errorText, get, post } from "./api.js";
import { create, query, queryAll, showMessage } from "./dom.js";
import { t } from "./messages.js";
import { Upload, fingerprint } from "./upload.js";

const MAX_PARALLEL = 2;
const JOB_POLL_MS = 300;

const place = query(document, "[data-deposit]");
const status = query(document, "[data-status]");
const list = query(document, "[data-uploads]");
const dialog = query(document, "[data-material]", HTMLDialogElement);
/** The uploads of this page, by their rows. @type {Map<HTMLElement, Upload>} */
const uploads = new Map();
/** @type {(() => Promise<void>)[]} */
const waiting = [];
let running = 0;
let refreshes = 0;

window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });

for (const section of queryAll(document, "[data-kind].asked")) prepareSection(section);
for (const row of queryAll(list, "[data-upload]")) {
  query(row, "[data-discard]").addEventListener("click", () => discard(row));
  const section = query(document, `.asked[data-kind="${row.dataset.kind}"]`);
  row.querySelector("[data-finish]")?.addEventListener("click", () => depositUpload(row, section));
}

/** @param {HTMLElement} section */
function prepareSection(section) {
  const input = fileInput(section);
  input.addEventListener("change", () => { upload(section, input.files); input.value = ""; });
  const drop = query(section, "[data-drop]");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    upload(section, event.dataTransfer?.files ?? null);
  });
  section.querySelector("[data-pick]")?.addEventListener("click", () => browse(section, ""));
  prepareTakeBack(section);
}

/** @param {HTMLElement} section */
function prepareTakeBack(section) {
  for (const button of queryAll(section, "[data-take-back]", HTMLButtonElement)) {
    button.addEventListener("click", () => takeBack(section, button));
  }
}

/** @param {HTMLElement} section */
function fileInput(section) { return query(section, "input[type=file]", HTMLInputElement); }

/**
 * Return the card or roll that tells camera originals of one name apart.
 * @param {HTMLElement} section
 */
function card(section) {
  const input = section.querySelector("[data-card]");
  return input instanceof HTMLInputElement ? input.value.trim() : "";
}

/**
 * @param {HTMLElement} section
 * @param {FileList | null} files
 */
function upload(section, files) {
  showError(section, "");
  const kind = section.dataset.kind ?? "";
  for (const file of [...files ?? []].slice(0, fileInput(section).multiple ? undefined : 1)) {
    const row = unfinishedRow(file, kind) ?? newRow(file, kind);
    const target = { slug: place.dataset.slug ?? "", kind };
    uploads.set(row, new Upload(file, target, row.dataset.upload ?? "", (offset, state) => showProgress(row, offset, state)));
    addButtons(row, section);
    waiting.push(() => run(row, section));
  }
  startNext();
}

/**
 * Return the row of an upload of this file that was broken off.
 * @param {FileFacts} file
 * @param {string} kind
 */
function unfinishedRow(file, kind) {
  return queryAll(list, "[data-upload]").find((row) =>
    row.dataset.mark === fingerprint(file) && row.dataset.kind === kind && !uploads.has(row));
}

function startNext() {
  while (running < MAX_PARALLEL) {
    const work = waiting.shift();
    if (!work) return;
    running += 1;
    work().finally(() => { running -= 1; startNext(); });
  }
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} section
 */
async function run(row, section) {
  const found = uploads.get(row);
  if (!found) return;
  try {
    found.paused = false;
    const isComplete = await found.run();
    row.dataset.upload = found.id;
    if (isComplete) await depositUpload(row, section);
  } catch (error) {
    showState(row, message(error), true);
    if (!found.id) showError(section, message(error));
  }
}

/**
 * @param {FileFacts} file
 * @param {string} kind
 */
function newRow(file, kind) {
  const bar = create("progress", { max: Math.max(1, file.size), value: 0 });
  bar.setAttribute("aria-label", file.name);
  const state = create("span");
  state.dataset.fate = "";
  const row = create("li", { className: "upload" }, create("b", { className: "name", textContent: file.name }),
    bar, state, create("span", { className: "buttons" }));
  Object.assign(row.dataset, { mark: fingerprint(file), kind, size: file.size });
  list.append(row);
  query(document, "[data-running]").hidden = false;
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} section
 */
function addButtons(row, section) {
  const pause = createButton(t("Pause"), () => {
    const found = uploads.get(row);
    if (found?.paused) {
      pause.textContent = t("Pause");
      waiting.push(() => run(row, section));
      startNext();
    } else {
      pause.textContent = t("Continue");
      found?.pause();
    }
  });
  query(row, ".buttons").replaceChildren(pause, createButton(t("Discard"), () => discard(row)));
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function createButton(label, onClick) {
  const button = create("button", { type: "button", textContent: label });
  button.addEventListener("click", onClick);
  return button;
}

/**
 * @param {HTMLElement} row
 * @param {number} offset
 * @param {UploadState} state
 */
function showProgress(row, offset, state) {
  const size = Number(row.dataset.size);
  progressBar(row).value = offset;
  const n = size ? Math.floor((offset * 100) / size) : 0;
  const texts = {
    going: t("{n} %", { n }),
    waiting: t("The line is broken at {n} %; it goes on by itself.", { n }),
    paused: t("Paused at {n} %.", { n }),
  };
  if (row.dataset.state !== state) status.textContent = state === "going" ? t("Uploading.") : texts[state];
  row.dataset.state = state;
  showState(row, texts[state]);
}

/** @param {HTMLElement} row */
function progressBar(row) { return query(row, "progress", HTMLProgressElement); }

/**
 * @param {HTMLElement} row
 * @param {string} text
 */
function showState(row, text, isError = false) {
  const state = query(row, "[data-fate]");
  state.textContent = text;
  state.classList.toggle("bad", isError);
}

/**
 * Deposit what was uploaded.
 * @param {HTMLElement} row
 * @param {HTMLElement} section
 */
async function depositUpload(row, section) {
  query(row, ".buttons").replaceChildren();
  await runJob(row, section, `/uploads/${row.dataset.upload}/deposit`, { supersedes: section.dataset.latest, card: card(section) });
}

/**
 * Start a deposit at this address, show how it gets on, and what came of it.
 * @param {HTMLElement} row
 * @param {HTMLElement} section
 * @param {string} address
 * @param {object} body
 */
async function runJob(row, section, address, body) {
  try {
    /** @type {{job: string}} */
    const { job } = await post(address, body);
    const result = await jobResult(job, (done) => {
      progressBar(row).value = done * Number(row.dataset.size);
      showState(row, t("Checked and taken in: {n} %", { n: Math.floor(done * 100) }));
    });
    showState(row, resultText(result));
    status.textContent = resultText(result);
    const [deposit] = result.deposits;
    if (deposit && !fileInput(section).multiple) section.dataset.latest = deposit.sha256;
    await refresh();
  } catch (error) {
    showState(row, message(error), true);
    showError(section, message(error));
  }
}

/**
 * Ask for the state of a job until it is over.
 * @param {string} name
 * @param {(done: number) => void} onProgress
 * @returns {Promise<DepositResult>}
 */
async function jobResult(name, onProgress) {
  for (;;) {
    /** @type {Job} */
    const job = await get(`/jobs/${name}`);
    if (job.state === "done") return job;
    if (job.state === "failed") throw new RequestError(422, job);
    onProgress(job.done);
    await new Promise((resolve) => { setTimeout(resolve, JOB_POLL_MS); });
  }
}

/** @param {DepositResult} result */
function resultText(result) {
  return result.deposits
    .map((each) => `${each.new ? t("Taken in") : t("Was there already")}: ${each.name} SHA-256 ${each.sha256}`)
    .join("; ");
}

// Shows the lists anew, as the desk has them now; running uploads stay as they are. Of several
// answers only the one asked for last is shown: an older one may come later, and knows less.
async function refresh() {
  const turn = (refreshes += 1);
  const page = await (await fetch(location.href)).text();
  if (turn !== refreshes) return;
  const fresh = new DOMParser().parseFromString(page, "text/html");
  for (const old of queryAll(document, ".asked")) {
    const [current] = queryAll(fresh, `.asked[data-kind="${old.dataset.kind}"]`);
    if (current) refreshSection(old, current);
  }
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} current
 */
function refreshSection(old, current) {
  for (const selector of ["h2", ".wide"]) {
    const [oldPart] = queryAll(old, selector), [part] = queryAll(current, selector);
    if (oldPart) oldPart.replaceWith(part ?? "");
    else if (part) old.append(part);
  }
  old.dataset.latest = current.dataset.latest;
  prepareTakeBack(old);
}

/**
 * @param {HTMLElement} section
 * @param {HTMLButtonElement} button
 */
async function takeBack(section, button) {
  button.disabled = true;
  try {
    await post(`${place.dataset.deposit}/take-back`, { kind: section.dataset.kind, sha256: button.dataset.takeBack });
    status.textContent = t("It no longer counts.");
    await refresh();
  } catch (error) {
    showError(section, message(error));
    button.disabled = false;
  }
}

/** @param {HTMLElement} row */
async function discard(row) {
  const found = uploads.get(row);
  found?.pause();
  const id = found?.id || row.dataset.upload;
  try {
    if (id) await fetch(`/uploads/${id}`, { method: "DELETE", headers: { "x-csrf-token": csrfToken } });
    row.remove();
    status.textContent = t("Discarded.");
  } catch (error) {
    showState(row, message(error), true);
  }
}

/**
 * Show a folder of the server, from which a file is picked for the section.
 * @param {HTMLElement} section
 * @param {string} folder
 */
async function browse(section, folder) {
  showError(dialog, "");
  query(dialog, "[data-at]").textContent = `/${folder}`;
  if (!dialog.open) dialog.showModal();
  try {
    /** @type {{entries: Entry[]}} */
    const { entries } = await get(`/deposit/material?at=${encodeURIComponent(folder)}`);
    const parent = folder.split("/").slice(0, -1).join("/");
    const up = folder ? [createEntry("..", () => browse(section, parent))] : [];
    query(dialog, "[data-entries]").replaceChildren(...up, ...entries.map((entry) =>
      entry.is_folder
        ? createEntry(`${entry.name}/`, () => browse(section, entry.at))
        : createEntry(`${entry.name}  (${(entry.size_bytes / 1e6).toFixed(1)} MB)`, () => pick(section, entry))));
  } catch (error) {
    showError(dialog, message(error));
  }
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function createEntry(label, onClick) { return create("li", {}, createButton(label, onClick)); }

/**
 * @param {HTMLElement} section
 * @param {Entry} entry
 */
async function pick(section, entry) {
  dialog.close();
  const kind = section.dataset.kind ?? "";
  const row = newRow({ name: entry.name, size: entry.size_bytes, lastModified: 0 }, kind);
  const body = { kind, at: entry.at, supersedes: section.dataset.latest, card: card(section) };
  await runJob(row, section, `${place.dataset.deposit}/pick`, body);
}

/** @param {unknown} error */
function message(error) {
  if (error instanceof DOMException) return t("The file cannot be read any more. Choose it again.");
  return errorText(error, t("The desk cannot be reached. What was uploaded is kept."));
}

/**
 * @param {HTMLElement} section
 * @param {string} text
 */
function showError(section, text) { showMessage(query(section, "[data-wrong]"), text); }
