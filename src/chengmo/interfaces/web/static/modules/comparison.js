// @ts-check
/** Two runs beside each other: both answers, what differs, and one map that is divided. */

import * as api from "./api.js";
import { closeBeside, openBeside, pictures, startBeside } from "./beside.js";
import { modelOf, onCity } from "./city.js";
import { viewOf } from "./decision.js";
import { byId, fill, icon, make } from "./dom.js";
import { time } from "./format.js";
import { onLanguage, say, t } from "./language.js";
import { boundsOf } from "./layers.js";
import { legendContent } from "./legend.js";
import { fit, mapReady, removeViews, showView, views } from "./map.js";
import { problemBox, waiting } from "./notices.js";
import { go, here, onPlace } from "./place.js";
import { sealDrawing } from "./shell.js";
import { cautionsOf, caveatsOfBoth, chartsOf, differencesOf, markOf, proofOfBoth, sideOf } from "./versus.js";

/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./types.js").DecisionLayer} DecisionLayer */
/** @typedef {import("./types.js").View} View */

/** @type {[RunRecord, RunRecord] | null} */
let pair = null;
/** What each side could not be read for, where it could not. @type {unknown[]} */
let failures = [];
/** @type {string | null} */
let shown = null;

export function startComparison() {
  startBeside();
  onPlace(open);
  onLanguage(render);
  onCity(render);
  open();
}

function open() {
  const wanted = here().compare;
  const name = wanted?.join() ?? null;
  if (name === shown) return;
  shown = name;
  [pair, failures] = [null, []];
  removeViews("compare-");
  const sheet = byId("comparison");
  sheet.hidden = !wanted;
  byId("page").classList.toggle("has-comparison", Boolean(wanted));
  if (wanted) void read(wanted);
  else closeBeside();
}

/** @param {[string, string]} runs */
async function read(runs) {
  const name = runs.join();
  fill(byId("comparison"), head(), make("div", { class: "sheet-body" }, waiting(6)));
  const found = await Promise.allSettled(runs.map((run) => api.record(run)));
  await mapReady();
  if (shown !== name) return;
  failures = found.map((one) => (one.status === "rejected" ? one.reason : null));
  const [a, b] = found.map((one) => (one.status === "fulfilled" ? one.value : null));
  if (a && b) {
    pair = [a, b];
    openBeside();
    lay(a, b);
  } else closeBeside();
  render();
  byId("comparison").focus({ preventScroll: true });
}

function head() {
  const again = () => {
    const pair = here().compare;
    if (pair) go({ compare: [pair[1], pair[0]] });
  };
  return make(
    "header",
    { class: "decision-head" },
    make("h2", {}, t("compare")),
    make("button", { type: "button", class: "button is-small", on: { click: again } }, t("compare.swap")),
    pair ? make("button", { type: "button", class: "button is-small", on: { click: () => void print() } }, icon("print"), t("compare.print")) : null,
    make("button", { type: "button", class: "icon-button", "aria-label": t("close"), on: { click: () => go({ compare: undefined }) } }, icon("close")),
  );
}

function render() {
  const sheet = byId("comparison");
  if (!shown || (!pair && !failures.some(Boolean))) return;
  sheet.setAttribute("aria-label", t("compare"));
  fill(sheet, head(), make("div", { class: "sheet-body" }, pair ? compared(...pair) : refused()));
}

/** Where one of the two cannot be read, say which and why. */
function refused() {
  const retry = () => {
    const runs = here().compare;
    if (runs) void read(runs);
  };
  return failures.map((one, i) => one ? make("section", { class: "side" }, make("header", {}, markOf(i ? "b" : "a")), problemBox(one, retry)) : null);
}

/**
 * @param {RunRecord} a
 * @param {RunRecord} b
 */
function compared(a, b) {
  const link = (/** @type {RunRecord} */ one) => make("button", { type: "button", class: "button is-small", on: { click: () => go({ compare: undefined, run: one.run }) } }, t("compare.open"));
  return [
    make("div", { class: "sides" }, sideOf(a, "a", link(a)), sideOf(b, "b", link(b))),
    cautionsOf(a, b),
    differencesOf(a, b, true),
    chartsOf(a, b),
    caveatsOfBoth(a, b),
    proofOfBoth(a, b),
  ].flat();
}

/**
 * Put the layers of both on the map, each on its side, in the same colours and sizes.
 * @param {RunRecord} a
 * @param {RunRecord} b
 */
function lay(a, b) {
  const order = (/** @type {DecisionLayer} */ x, /** @type {DecisionLayer} */ y) => Number(x.role === "answer") - Number(y.role === "answer");
  const both = /** @type {["a" | "b", RunRecord, RunRecord][]} */ ([["a", a, b], ["b", b, a]]);
  for (const [side, one, other] of both) {
    for (const layer of [...(one.decision?.layers ?? [])].sort(order)) showView(viewBeside(side, one, other, layer));
  }
  const layers = [a, b].flatMap((one) => one.decision?.layers ?? []);
  const answer = layers.filter((layer) => layer.role === "answer").flatMap((layer) => layer.features);
  const bounds = boundsOf(answer.length ? answer : layers.flatMap((layer) => layer.features));
  if (bounds) fit(bounds);
}

/**
 * @param {"a" | "b"} side
 * @param {RunRecord} one
 * @param {RunRecord} other
 * @param {DecisionLayer} layer
 * @returns {View}
 */
function viewBeside(side, one, other, layer) {
  const match = one.model === other.model ? other.decision?.layers.find((candidate) => candidate.key === layer.key) : undefined;
  const all = [...layer.features, ...(match?.features ?? [])].map((feature) => feature.properties);
  const pick = (/** @type {string | null} */ key) => (key === null ? [] : all.map((properties) => properties[key]));
  const turn = (one.decision?.layers ?? []).indexOf(layer) + (match || side === "a" ? 0 : 2);
  return {
    ...viewOf(one, layer),
    id: `compare-${side}-${layer.key}`,
    side,
    twin: match ? `compare-${side === "a" ? "b" : "a"}-${layer.key}` : undefined,
    common: { values: layer.colour_by === null ? null : pick(layer.colour_by), most: Math.max(1e-9, ...pick(layer.size_by).map((value) => Number(value) || 0)), turn },
  };
}

async function print() {
  if (!pair) return;
  const [a, b] = pair;
  const model = modelOf(a.model);
  const drawn = await pictures();
  const legends = views().filter(({ view }) => view.side && !view.hidden && !(view.side === "b" && view.twin));
  fill(
    byId("report"),
    make("header", {}, sealDrawing(), make("div", {}, make("h1", {}, `${t("compare")} · ${model ? say(model.title) : a.model}`), make("p", {}, `${t("name")} · ${time(new Date().toISOString())}`))),
    make("div", { class: "sides" }, sideOf(a, "a", make("figure", { class: "report-map" }, drawn[0])), sideOf(b, "b", make("figure", { class: "report-map" }, drawn[1]))),
    make("div", { class: "report-legends" }, legends.map((one) => make("section", {}, make("h3", {}, say(one.view.title)), legendContent(one)))),
    cautionsOf(a, b),
    differencesOf(a, b, false),
    chartsOf(a, b),
    caveatsOfBoth(a, b),
    proofOfBoth(a, b),
  );
  window.print();
}
