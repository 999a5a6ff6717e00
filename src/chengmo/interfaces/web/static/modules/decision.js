// @ts-check
/** The decision card: the answer, how good it is, what it rests on, and how to check it. */

import * as api from "./api.js";
import { caveatsOf, measuresOf, proofRows, qualityOf, sourcesOf } from "./card.js";
import { chartOf } from "./chart.js";
import { datasetOf, modelOf, onCity } from "./city.js";
import { byId, fill, icon, make } from "./dom.js";
import { csvOf, gridOf, saveText } from "./grid.js";
import { onLanguage, say, t } from "./language.js";
import { boundsOf } from "./layers.js";
import { fit, removeViews, showView } from "./map.js";
import { menuOf } from "./menu.js";
import { problemBox, waiting } from "./notices.js";
import { go, here, onPlace } from "./place.js";
import { failureBox } from "./progress.js";
import { askAgain } from "./questions.js";
import { printReport } from "./report.js";
import { compareMenu } from "./rival.js";
import { requestRows } from "./request.js";
import { verdictOf } from "./verdict.js";

/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./types.js").Decision} Decision */
/** @typedef {import("./types.js").DecisionLayer} DecisionLayer */

/** @type {RunRecord | null} */
let record = null;
/** @type {string | null} */
let shownRun = null;
/** @type {HTMLElement | null} */
let verdict = null;

export function startDecision() {
  onPlace(open);
  onLanguage(() => {
    if (record) render(record);
  });
  onCity(() => {
    if (record && !verdict?.isConnected) render(record);
  });
  open();
}

function open() {
  // A comparison takes the place of the card, which comes back after it.
  const wanted = here().compare ? null : (here().run ?? null);
  if (wanted === shownRun) return;
  shownRun = wanted;
  record = null;
  verdict = null;
  removeViews("run-");
  const sheet = byId("decision");
  sheet.hidden = wanted === null;
  byId("page").classList.toggle("has-decision", wanted !== null);
  if (wanted) void read(wanted);
}

/** @param {string} run */
async function read(run) {
  const sheet = byId("decision");
  sheet.setAttribute("aria-label", t("decision"));
  fill(sheet, head(t("decision")), make("div", { class: "sheet-body" }, waiting(6)));
  try {
    const found = await api.record(run);
    if (shownRun !== run) return;
    record = found;
    render(found);
    lay(found);
    sheet.focus({ preventScroll: true });
  } catch (error) {
    fill(sheet, head(t("decision")), make("div", { class: "sheet-body" }, problemBox(error, () => void read(run))));
  }
}

/** @param {string} title */
function head(title) {
  return make(
    "header",
    { class: "decision-head" },
    make("h2", {}, title),
    make("button", { type: "button", class: "icon-button", "aria-label": t("close"), on: { click: () => go({ run: undefined }) } }, icon("close")),
  );
}

/** Put the decision's layers on the map. @param {RunRecord} one */
function lay(one) {
  if (!one.decision) return;
  const layers = [...one.decision.layers].sort((a, b) => Number(a.role === "answer") - Number(b.role === "answer"));
  for (const layer of layers) showView(viewOf(one, layer));
  const answer = layers.filter((layer) => layer.role === "answer").flatMap((layer) => layer.features);
  const bounds = boundsOf(answer.length ? answer : layers.flatMap((layer) => layer.features));
  if (bounds) fit(bounds);
}

/**
 * @param {RunRecord} one
 * @param {DecisionLayer} layer
 * @returns {import("./types.js").View}
 */
export function viewOf(one, layer) {
  return {
    id: `run-${one.run}-${layer.key}`,
    title: layer.title,
    geometry: layer.geometry,
    columns: layer.columns,
    features: layer.features.map(({ geometry, properties }) => ({ type: "Feature", geometry, properties })),
    colourBy: layer.colour_by,
    sizeBy: layer.size_by,
    role: layer.role,
    moment: Object.values(one.request).map(String).find((value) => /^\d{4}-\d\d-\d\dT/.test(value)),
    synthetic: Object.keys(one.datasets).some((id) => datasetOf(id)?.synthetic),
  };
}

/** @param {RunRecord} one */
function render(one) {
  const model = modelOf(one.model);
  const sheet = byId("decision");
  verdict = make("div", { class: "verdict-place" });
  fill(sheet, head(model ? say(model.title) : one.model), make("div", { class: "sheet-body" }, one.decision ? answered(one, one.decision) : failed(one), proof(one)));
}

/** @param {RunRecord} one */
function failed(one) {
  const place = make("div", {}, make("p", {}, t(`status.${one.status}`)));
  if (one.error) void failureBox(one.run).then((box) => fill(place, box));
  return place;
}

/**
 * @param {RunRecord} one
 * @param {Decision} decision
 */
function answered(one, decision) {
  const model = modelOf(one.model);
  return [
    model ? make("p", { class: "question" }, say(model.question)) : null,
    decision.outcome === "decided" ? null : make("p", { class: "badge is-seal" }, t(`outcome.${decision.outcome}`)),
    make("p", { class: "answer" }, say(decision.answer)),
    qualityOf(decision),
    actions(one, decision),
    measuresOf(decision.measures),
    caveatsOf(decision),
    decision.charts.map(chartOf),
    decision.tables.map((table) => tableOf(one, table)),
    requestOf(one),
  ].flat();
}

/**
 * @param {RunRecord} one
 * @param {Decision} decision
 */
function actions(one, decision) {
  const button = (/** @type {"print" | "again"} */ name, /** @type {string} */ label, /** @type {() => void} */ act) => make("button", { type: "button", class: "button", on: { click: act } }, icon(name), label);
  return make(
    "div",
    { class: "actions" },
    exportMenu(one, decision),
    button("print", t("decision.print"), () => void printReport(one)),
    button("again", t("decision.change"), () => askAgain(one.model, one.request)),
    compareMenu(one),
  );
}

/**
 * Every layer for a spreadsheet and for a map, the answer first.
 * @param {RunRecord} one
 * @param {Decision} decision
 */
function exportMenu(one, decision) {
  const layers = decision.layers.filter((layer) => layer.features.length).sort((a, b) => Number(a.role === "context") - Number(b.role === "context"));
  if (!layers.length) return null;
  const rows = layers.flatMap((layer) => [
    make("li", {}, make("button", { type: "button", class: "menu-row", on: { click: () => saveLayer(one, layer) } }, t("export.sheet", { title: say(layer.title) }))),
    make("li", {}, make("a", { href: api.address(`jobs/${one.run}/layers/${layer.key}`), download: `${fileOf(one, layer.key)}.geojson` }, t("export.map", { title: say(layer.title) }))),
  ]);
  return menuOf({ name: "down", label: t("data.export"), list: make("ul", {}, rows), kind: "export-menu" });
}

/** The name of a file, which says where its data were treated. @param {RunRecord} one @param {string} key */
function fileOf(one, key) {
  return `${one.model}-${key}${Object.values(one.datasets).some(({ edition }) => edition) ? "-treated" : ""}`;
}

/** A layer as a table: its columns, and of points where they are. @param {RunRecord} one @param {DecisionLayer} layer */
function saveLayer(one, layer) {
  const placed = layer.geometry === "point" && layer.features.every(({ geometry }) => geometry?.type === "Point");
  const places = placed ? [{ key: "lon", title: t("option.lon.short"), unit: "°" }, { key: "lat", title: t("option.lat.short"), unit: "°" }] : [];
  const rows = layer.features.map(({ geometry, properties }) => [...layer.columns.map(({ key }) => properties[key]), ...(placed ? geometry.coordinates.slice(0, 2) : [])]);
  saveText(`${fileOf(one, layer.key)}.csv`, csvOf([...layer.columns, ...places], rows), "text/csv");
}

/**
 * @param {RunRecord} one
 * @param {import("./types.js").Table} table
 */
function tableOf(one, table) {
  const save = () => saveText(`${fileOf(one, table.key)}.csv`, csvOf(table.columns, table.rows), "text/csv");
  return make(
    "section",
    { class: "table-block" },
    make("header", {}, make("h3", {}, say(table.title)), make("button", { type: "button", class: "button is-small", on: { click: save } }, icon("down"), "CSV")),
    gridOf(table.columns, table.rows, say(table.title)),
  );
}

/** @param {RunRecord} one */
function requestOf(one) {
  const rows = requestRows(one);
  if (!rows.length) return null;
  return make("details", { class: "block" }, make("summary", {}, t("decision.request")), make("dl", { class: "facts" }, rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
}

/** What the decision rests on and how to do it again. @param {RunRecord} one */
function proof(one) {
  return make(
    "section",
    { class: "proof" },
    make("h3", {}, t("decision.rests-on")),
    sourcesOf(one),
    make("h3", {}, t("decision.proof")),
    make("dl", { class: "facts" }, proofRows(one).flatMap(([name, value, code]) => [make("dt", {}, name), make("dd", { class: code ? "code" : null }, value)])),
    one.decision_digest ? make("button", { type: "button", class: "button is-main", on: { click: (/** @type {Event} */ event) => void check(one, /** @type {HTMLButtonElement} */ (event.currentTarget)) } }, icon("again"), t("decision.rerun")) : null,
    make("p", { class: "hint" }, t("decision.rerun.why")),
    verdict,
  );
}

/**
 * @param {RunRecord} one
 * @param {HTMLButtonElement} button
 */
async function check(one, button) {
  button.disabled = true;
  if (verdict) fill(verdict, waiting(1));
  try {
    const comparison = await api.rerun(one.run);
    if (verdict) fill(verdict, verdictOf(comparison));
  } catch (error) {
    if (verdict) fill(verdict, problemBox(error));
  } finally {
    button.disabled = false;
  }
}
