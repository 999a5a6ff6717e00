// @ts-check
/** One dataset: on the map, its columns, where it came from, its versions, and how to take it away. */

import * as api from "./api.js";
import { loadDatasets } from "./city.js";
import { fill, icon, make } from "./dom.js";
import { number, percent, time, unit } from "./format.js";
import { gridOf } from "./grid.js";
import { say, t } from "./language.js";
import { complain, notice, problemBox, waiting } from "./notices.js";
import { colourOf, hideDataset, isShown, showDataset } from "./overlay.js";
import { go } from "./place.js";

/** @typedef {import("./types.js").Dataset} Dataset */

const FORMATS = { geoparquet: "GeoParquet", geopackage: "GeoPackage", geojson: "GeoJSON", csv: "CSV", arrow: "Arrow" };

/** @param {Dataset} dataset */
export function datasetPage(dataset) {
  return make(
    "div",
    { class: "dataset-page" },
    make("button", { type: "button", class: "back", on: { click: () => go({ dataset: undefined }) } }, icon("back"), t("data.all")),
    make("h2", {}, say(dataset.title)),
    make("p", { class: "hint" }, `${t(`geometry.${dataset.geometry_type}`)} · ${t("data.rows", { count: number(dataset.row_count) })} · ${t("data.version", { version: dataset.version })} · ${time(dataset.created_utc)}`),
    make("p", { class: "badges" }, dataset.treated.length ? make("span", { class: "badge is-act" }, t("data.treated")) : null, dataset.synthetic ? make("span", { class: "badge is-care" }, t("data.synthetic")) : null, dataset.licence ? make("span", { class: "badge" }, dataset.licence) : null, make("span", { class: "badge" }, t("data.grade", { grade: dataset.grade })), make("span", { class: "badge" }, t(`sharing.${dataset.sharing}`))),
    dataset.treated.length ? treatedOf(dataset) : null,
    dataset.description ? make("p", { class: "description" }, say(dataset.description)) : null,
    dataset.geometry_type === "none" ? make("p", { class: "box" }, t("data.no-place")) : onMap(dataset),
    columnsOf(dataset),
    provenance(dataset),
    versionsOf(dataset),
    exportsOf(dataset),
    make("p", {}, make("a", { href: `sharing.html#catalogue/${dataset.id}` }, t("data.sharing"))),
  );
}

/** What was done before the rows were shown. @param {Dataset} dataset */
function treatedOf({ treated }) {
  return make("div", { class: "box is-act treated" }, make("strong", {}, t("data.treated.how")), make("ul", {}, treated.map((one) => make("li", {}, say(one)))));
}

/** @param {Dataset} dataset */
function onMap(dataset) {
  const shown = make("input", { type: "checkbox", "data-shown": dataset.id, checked: isShown(dataset.id) });
  const colour = make(
    "select",
    { "data-colour": dataset.id },
    make("option", { value: "" }, t("data.one-colour")),
    dataset.columns.filter((one) => !["date", "datetime"].includes(one.type)).map((one) => make("option", { value: one.name, selected: colourOf(dataset.id) === one.name }, say(one.title) || one.source_name)),
  );
  const show = (/** @type {string | null | undefined} */ by) => void showDataset(dataset, by).catch(complain);
  shown.addEventListener("change", () => (shown.checked ? show(undefined) : hideDataset(dataset.id)));
  colour.addEventListener("change", () => show(colour.value || null));
  return make("div", { class: "on-map" }, make("label", { class: "switch" }, shown, t("data.on-map")), make("label", { class: "colour-by" }, make("span", {}, t("data.colour-by")), colour));
}

/**
 * Let the controls of a dataset's page say what the map shows.
 * @param {HTMLElement} panel
 */
export function markOnMap(panel) {
  for (const one of panel.querySelectorAll("input[data-shown]")) {
    /** @type {HTMLInputElement} */ (one).checked = isShown(one.getAttribute("data-shown") ?? "");
  }
  for (const one of panel.querySelectorAll("select[data-colour]")) {
    /** @type {HTMLSelectElement} */ (one).value = colourOf(one.getAttribute("data-colour") ?? "") ?? "";
  }
}

/** @param {Dataset} dataset */
function columnsOf(dataset) {
  const rows = dataset.columns.map((one) => {
    const filled = dataset.quality[one.name];
    return make(
      "li",
      {},
      make("strong", {}, say(one.title) || one.source_name, unit(one.unit) ? make("span", { class: "unit" }, unit(one.unit)) : null),
      make("span", { class: "hint" }, make("span", { class: "code" }, one.name), ` · ${t(`type.${one.type}`)}`, filled !== undefined && filled < 1 ? ` · ${t("data.filled", { share: percent(filled) })}` : ""),
      one.meaning ? make("p", { class: "hint" }, say(one.meaning)) : null,
    );
  });
  return make("details", { class: "block", open: true }, make("summary", {}, t("data.columns", { count: dataset.columns.length })), make("ul", { class: "columns" }, rows));
}

/** @param {Dataset} dataset */
function provenance(dataset) {
  const { lineage } = dataset;
  const sure = lineage.crs_confidence_0to1 === null ? "" : ` (${percent(lineage.crs_confidence_0to1, 0)})`;
  /** @type {[string, string | null | undefined][]} */
  const facts = [
    [t("data.steward"), dataset.steward],
    [t("data.source"), dataset.source],
    [t("data.licence"), dataset.licence],
    [t("data.attribution"), dataset.attribution],
    [t("data.time"), dataset.time_extent?.join(" – ")],
    [t("data.file"), `${lineage.source_name} · ${lineage.format}${lineage.encoding ? ` · ${lineage.encoding}` : ""}`],
    [t("data.crs"), lineage.crs_received ? lineage.crs_received + sure : null],
    [t("data.crs-evidence"), inOneLanguage(lineage.crs_evidence)],
    [t("data.conversion"), lineage.conversion],
    [t("data.kept"), t("data.kept-of", { kept: number(lineage.rows_kept), read: number(lineage.rows_read) })],
    [t("data.warnings"), lineage.warnings.map(say).join("; ")],
    ["SHA-256", lineage.sha256],
  ];
  return make(
    "details",
    { class: "block" },
    make("summary", {}, t("data.provenance")),
    make("dl", { class: "facts" }, facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", { class: name === "SHA-256" ? "code" : null }, value)])),
    lineage.rows_quarantined ? refused(dataset) : null,
  );
}

/** The lineage keeps some sentences in both languages, as `中文 | English`. @param {string} text */
function inOneLanguage(text) {
  const [zh, en, ...more] = text.split(" | ");
  return en && !more.length ? say({ zh, en }) : text;
}

/** @param {Dataset} dataset */
function refused(dataset) {
  const place = make("div", {});
  const load = async () => {
    fill(place, waiting(2));
    try {
      const { rows } = await api.quarantine(dataset.id);
      const columns = ["row_number", "reason", "raw"].map((key) => ({ key, title: t(`quarantine.${key}`), unit: "" }));
      fill(place, gridOf(columns, rows.map((one) => [one.row_number, say(one.reason), one.raw]), t("quarantine.title")));
    } catch (error) {
      fill(place, problemBox(error));
    }
  };
  return make("div", { class: "box is-care" }, make("p", {}, t("data.quarantined", { count: number(dataset.lineage.rows_quarantined) })), make("button", { type: "button", class: "button is-small", on: { click: () => void load() } }, t("data.see")), place);
}

/** @param {Dataset} dataset */
function versionsOf(dataset) {
  const place = make("div", {});
  const load = async () => {
    fill(place, waiting(2));
    try {
      const found = await api.versions(dataset.id);
      fill(place, make("ol", { class: "versions" }, [...found].sort((a, b) => b.version - a.version).map((one) => versionRow(dataset, one))));
    } catch (error) {
      fill(place, problemBox(error));
    }
  };
  const block = make("details", { class: "block" }, make("summary", {}, t("data.versions")), place);
  block.addEventListener("toggle", () => {
    if (block.open && !place.childElementCount) void load();
  });
  return block;
}

/** @param {Dataset} dataset @param {Dataset} one */
function versionRow(dataset, one) {
  const bring = async (/** @type {Event} */ event) => {
    /** @type {HTMLButtonElement} */ (event.currentTarget).disabled = true;
    try {
      const now = await api.restore(dataset.id, one.version);
      notice(t("data.restored", { old: one.version, version: now.version }));
      if (isShown(dataset.id)) await showDataset(now, colourOf(dataset.id));
      await loadDatasets();
    } catch (error) {
      complain(error);
    }
  };
  return make(
    "li",
    {},
    make("span", {}, make("strong", {}, t("data.version", { version: one.version })), make("span", { class: "hint" }, ` · ${t(`change.${one.change}`)} · ${t("data.rows", { count: number(one.row_count) })} · ${time(one.created_utc)}`)),
    one.version === dataset.version ? make("span", { class: "badge is-good" }, t("data.current")) : make("button", { type: "button", class: "button is-small", on: { click: (/** @type {Event} */ event) => void bring(event) } }, t("data.restore")),
  );
}

/** @param {Dataset} dataset */
function exportsOf(dataset) {
  const placed = dataset.geometry_type !== "none";
  const links = Object.entries(FORMATS)
    .filter(([format]) => placed || ["csv", "arrow"].includes(format))
    .map(([format, name]) => make("a", { class: "button is-small", href: api.address(`datasets/${dataset.id}/export`, { format }), download: "" }, icon("down"), name));
  return make("section", { class: "exports" }, make("h3", {}, t("data.export")), make("div", { class: "actions" }, links));
}
