// @ts-check
/** A file dropped on the page: what was understood of it, what a person knows better, then into the lake. */

import * as api from "./api.js";
import { datasetOf, loadDatasets } from "./city.js";
import { byId, fill, icon, make } from "./dom.js";
import { gridOf } from "./grid.js";
import { hasWords, onLanguage, say, t } from "./language.js";
import { metadataForm, metadataOf } from "./metadata.js";
import { complain, notice, problemBox, waiting } from "./notices.js";
import { showDataset } from "./overlay.js";
import { go } from "./place.js";
import { number, percent, value } from "./format.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {import("./types.js").Preview} Preview */

/** @type {Upload | null} */
let upload = null;
/** What a person has chosen; everything else stays a guess.
 * @type {Record<string, unknown>} */
let chosen = {};
/** @type {Record<string, unknown>} */
let stated = {};
let nested = 0;

export function startImporting() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("import-dialog"));
  dialog.addEventListener("close", () => {
    // A file dropped right after closing has the dialog open again before the event of the closing comes.
    if (!dialog.open) void discard();
  });
  const veil = byId("drop-veil");
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    nested += 1;
    fill(veil, make("p", {}, t("import.drop"), make("small", {}, t("import.formats"))));
    veil.hidden = false;
  });
  addEventListener("dragleave", () => {
    nested = Math.max(0, nested - 1);
    if (!nested) veil.hidden = true;
  });
  addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    nested = 0;
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void receive(file);
  });
  onLanguage(() => {
    if (!upload || !dialog.open) return;
    keep(dialog);
    render(upload);
  });
}

/** Let the reader choose a file. */
export function pickFile() {
  const input = make("input", { type: "file", accept: ".csv,.tsv,.txt,.xlsx,.geojson,.json,.geojsonl,.gpkg,.zip,.parquet,.geoparquet" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) void receive(file);
  });
  input.click();
}

/** @param {File} file */
async function receive(file) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("import-dialog"));
  chosen = {};
  stated = {};
  dialog.setAttribute("aria-label", t("import.title", { name: file.name }));
  fill(dialog, frame(file.name, make("p", {}, t("import.reading")), waiting(6)));
  if (!dialog.open) dialog.showModal();
  try {
    await discard();
    upload = await api.upload(file);
    render(upload);
  } catch (error) {
    fill(dialog, frame(file.name, problemBox(error)));
  }
}

async function discard() {
  const old = upload;
  upload = null;
  if (!old) return;
  // Already gone is as good as thrown away.
  await api.discardUpload(old.id).catch((error) => {
    if (!(error instanceof api.Problem)) throw error;
  });
}

/**
 * @param {string} name
 * @param {(Node | null)[]} content
 */
function frame(name, ...content) {
  return [
    make("header", { class: "dialog-head" }, icon("file"), make("h2", {}, t("import.title", { name })), make("button", { type: "button", class: "icon-button", "aria-label": t("close"), on: { click: () => /** @type {HTMLDialogElement} */ (byId("import-dialog")).close() } }, icon("close"))),
    make("div", { class: "dialog-body" }, content),
  ];
}

/** @param {Upload} one */
function render(one) {
  const { preview } = one;
  const dialog = byId("import-dialog");
  const complaint = make("div", {});
  const known = datasetOf(String(stated.id ?? one.suggested_id));
  const form = make(
    "form",
    { class: "import", novalidate: true },
    make("section", {}, make("h3", {}, t("import.understood")), understood(preview), options(one)),
    warnings(one),
    previewTable(preview),
    refused(preview),
    make("section", {}, make("h3", {}, t("import.states")), metadataForm(one, stated, known)),
    complaint,
    make("footer", { class: "dialog-foot" }, make("button", { type: "submit", class: "button is-main" }, t("import.commit", { count: number(preview.row_estimate) })), make("button", { type: "button", class: "button is-quiet", on: { click: () => /** @type {HTMLDialogElement} */ (dialog).close() } }, t("cancel"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void commit(form, complaint);
  });
  fill(dialog, frame(one.name, form));
}

/** @param {Preview} preview */
function understood(preview) {
  /** @type {[string, (Node | string)[]][]} */
  const facts = [
    [t("import.format"), [[preview.format, preview.encoding].filter(Boolean).join(" · ")]],
    [t("import.rows"), [`${preview.row_count_is_exact ? "" : "≈ "}${number(preview.row_estimate)}`]],
    [t("import.place"), [t(`place.${preview.geometry.kind}`), preview.geometry.columns.length ? `: ${preview.geometry.columns.join(", ")}` : ""]],
  ];
  if (preview.crs) {
    const { crs, confidence_0to1: sure, evidence } = preview.crs;
    facts.push([t("import.crs"), [make("strong", {}, crs ?? t("import.crs-unknown")), make("meter", { min: 0, max: 1, low: 0.5, high: 0.85, optimum: 1, value: sure, "aria-label": t("import.sure", { share: percent(sure, 0) }) }), make("span", {}, t("import.sure", { share: percent(sure, 0) })), make("p", { class: "hint" }, say(evidence))]]);
  }
  return make("dl", { class: "facts" }, facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/** The guesses, to be put right. @param {Upload} one */
function options({ preview }) {
  const names = preview.columns.map((column) => column.source_name);
  const crs = ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09", "EPSG:4547", "EPSG:4548"];
  const lists = {
    encoding: preview.encoding ? ["utf-8", "gb18030", "big5", "utf-16"] : [],
    delimiter: preview.delimiter ? [",", "\t", ";", "|"] : [],
    layer: preview.format === "xlsx" ? [] : preview.layers,
    sheet: preview.format === "xlsx" ? preview.layers : [],
    lon: ["csv", "xlsx"].includes(preview.format) ? names : [],
    lat: ["csv", "xlsx"].includes(preview.format) ? names : [],
    wkt: ["csv", "xlsx"].includes(preview.format) ? names : [],
    code: ["csv", "xlsx"].includes(preview.format) ? names : [],
    crs,
  };
  const fields = Object.entries(lists).filter(([, values]) => values.length).map(([key, values]) => optionField(key, values, preview));
  return make("details", { class: "more" }, make("summary", {}, t("import.better")), make("div", { class: "option-fields" }, fields));
}

/**
 * @param {string} key
 * @param {string[]} values
 * @param {Preview} preview
 */
function optionField(key, values, preview) {
  const now = chosen[key] ?? "";
  const used = preview.options[key];
  const all = [...new Set([...values, ...(now ? [String(now)] : [])])];
  const guess = used === null || used === undefined || now ? t("import.guess") : t("import.guessed", { value: optionName(String(used)) });
  const select = make("select", {}, make("option", { value: "" }, guess), all.map((one) => make("option", { value: one, selected: one === now }, optionName(one))));
  select.addEventListener("change", () => {
    if (select.value) chosen[key] = select.value;
    else delete chosen[key];
    // Longitude and latitude are only useful together.
    if ((key === "lon" || key === "lat") && Boolean(chosen.lon) !== Boolean(chosen.lat)) return;
    void review();
  });
  return make("label", { class: "option-field" }, make("span", {}, t(`option.${key}`)), select);
}

/** @param {string} value */
function optionName(value) {
  return value === "\t" ? t("option.tab") : value;
}

async function review() {
  if (!upload) return;
  const dialog = byId("import-dialog");
  keep(dialog);
  dialog.setAttribute("aria-busy", "true");
  try {
    upload = { ...upload, ...(await api.reviewUpload(upload.id, chosen)) };
    render(upload);
    const more = dialog.querySelector("details.more");
    if (more instanceof HTMLDetailsElement) more.open = true;
  } catch (error) {
    complain(error);
  } finally {
    dialog.removeAttribute("aria-busy");
  }
}

/** @param {Element} dialog */
function keep(dialog) {
  const form = dialog.querySelector("form");
  if (form) stated = metadataOf(form);
}

/** @param {Upload} upload */
function warnings({ preview, cautions }) {
  const all = [...cautions.map(say), ...preview.warnings.map(say)];
  return all.length ? make("div", { class: "box is-care" }, make("ul", {}, all.map((one) => make("li", {}, one)))) : null;
}

/** @param {Preview} preview */
function previewTable(preview) {
  const columns = preview.columns.map((one) => ({ key: one.name, title: one.source_name, unit: hasWords(`type.${one.type}`) ? t(`type.${one.type}`) : one.type }));
  return make("section", {}, make("h3", {}, t("import.first-rows")), gridOf(columns, preview.rows, t("import.first-rows"), asRead));
}

/** A preview shows every digit: the reader compares it with the file. @param {unknown} cell */
function asRead(cell) {
  return typeof cell === "number" ? String(cell) : value(cell);
}

/** @param {Preview} preview */
function refused(preview) {
  if (!preview.quarantine.length) return null;
  const columns = ["row_number", "reason", "raw"].map((key) => ({ key, title: t(`quarantine.${key}`), unit: "" }));
  return make("section", { class: "box is-care" }, make("h3", {}, t("quarantine.title")), make("p", { class: "hint" }, t("quarantine.why")), gridOf(columns, preview.quarantine.map((one) => [one.row_number, say(one.reason), one.raw]), t("quarantine.title")));
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} complaint
 */
async function commit(form, complaint) {
  if (!upload) return;
  if (!form.checkValidity()) {
    form.reportValidity();
    return;
  }
  const { mode, ...metadata } = metadataOf(form);
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  button.disabled = true;
  fill(complaint, make("p", { class: "hint" }, t("import.working")), make("progress", { "aria-label": t("import.working") }));
  try {
    const dataset = await api.commitUpload(upload.id, metadata, mode === "append" ? "append" : "replace");
    upload = null;
    /** @type {HTMLDialogElement} */ (byId("import-dialog")).close();
    notice(t("import.done", { title: say(dataset.title), rows: number(dataset.row_count) }));
    await loadDatasets();
    go({ tab: "data", dataset: dataset.id });
    if (dataset.geometry_type !== "none") await showDataset(dataset);
  } catch (error) {
    button.disabled = false;
    fill(complaint, problemBox(error));
  }
}
