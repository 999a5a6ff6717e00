// @ts-check
/** The parts of a comparison that the page and paper share: two answers, and lines of differences. */

import { caveatsOf, qualityOf } from "./card.js";
import { chartOf } from "./chart.js";
import { datasetOf, modelOf } from "./city.js";
import { cautions, chartsOfBoth, layerLines, measureLines, requestLines, sourceLines } from "./difference.js";
import { make } from "./dom.js";
import { time } from "./format.js";
import { say, t } from "./language.js";

/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./difference.js").Line} Line */

/** The letter of a side; the two differ by shape of ink, not by colour. @param {"a" | "b"} side */
export function markOf(side) {
  return make("span", { class: `side-mark is-${side}` }, side.toUpperCase());
}

/**
 * One of the two answers.
 * @param {RunRecord} one
 * @param {"a" | "b"} side
 * @param {(import("./dom.js").Child)[]} more
 */
export function sideOf(one, side, ...more) {
  const model = modelOf(one.model);
  const { decision } = one;
  return make(
    "section",
    { class: "side", "aria-label": side.toUpperCase() },
    make("header", {}, markOf(side), make("p", { class: "hint" }, make("strong", {}, model ? say(model.title) : one.model), time(one.ended_utc))),
    decision && decision.outcome !== "decided" ? make("p", { class: "badge is-seal" }, t(`outcome.${decision.outcome}`)) : null,
    make("p", { class: "answer" }, decision ? say(decision.answer) : (one.error?.message ?? t(`status.${one.status}`))),
    decision ? qualityOf(decision) : null,
    more,
  );
}

/** @param {RunRecord} a @param {RunRecord} b */
export function cautionsOf(a, b) {
  const said = cautions(a, b);
  return said.length ? make("div", { class: "box is-care" }, said.map((one) => make("p", {}, one))) : null;
}

/**
 * The differences, one table after the other.
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @param {boolean} folded Whether what is the same is folded away
 */
export function differencesOf(a, b, folded) {
  const nameOf = (/** @type {string} */ id) => say(datasetOf(id)?.title) || id;
  return [
    tableOf(t("compare.measures"), measureLines(a, b), false),
    tableOf(t("decision.request"), requestLines(a, b), folded),
    tableOf(t("compare.on-map"), layerLines(a, b), false),
    tableOf(t("decision.rests-on"), sourceLines(a, b, nameOf), false),
  ];
}

/**
 * @param {string} title
 * @param {Line[]} lines
 * @param {boolean} folded
 */
function tableOf(title, lines, folded) {
  if (!lines.length) return null;
  const apart = lines.filter((one) => one.change);
  const same = lines.filter((one) => !one.change);
  const [first, rest] = folded && same.length > 1 ? [apart, same] : [lines, []];
  return make(
    "section",
    { class: "compare-block" },
    make("h3", {}, title, make("span", { class: "hint" }, apart.length ? t("compare.count", { count: apart.length, all: lines.length }) : t("compare.none"))),
    first.length ? gridOf(title, first) : null,
    rest.length ? make("details", { class: "more" }, make("summary", {}, t("compare.same", { count: rest.length })), gridOf(title, rest)) : null,
  );
}

/** @param {string} title @param {Line[]} lines */
function gridOf(title, lines) {
  const head = [t("compare.what"), "A", "B", t("compare.change")].map((one) => make("th", { scope: "col" }, one));
  return make("table", { class: "compare-table" }, make("caption", { class: "spoken" }, title), make("thead", {}, make("tr", {}, head)), make("tbody", {}, lines.map(row)));
}

/** @param {Line} line */
function row(line) {
  const name = make("th", { scope: "row" }, line.name, line.unit ? make("small", {}, line.unit) : null);
  const change = make("td", { class: "change" }, line.change ? make("strong", {}, line.change) : make("span", { class: "hint" }, "="), line.note ? make("small", {}, line.note) : null);
  return make("tr", { class: line.change ? "is-apart" : null, "data-line": line.key }, name, make("td", {}, line.a), make("td", {}, line.b), change);
}

/** @param {RunRecord} a @param {RunRecord} b */
export function chartsOf(a, b) {
  return chartsOfBoth(a, b).map(chartOf);
}

/** Caveats: once where both have them, else each under its letter. @param {RunRecord} a @param {RunRecord} b */
export function caveatsOfBoth(a, b) {
  const [first, second] = [a, b].map((one) => one.decision?.caveats ?? []);
  const key = (/** @type {import("./types.js").Text} */ one) => JSON.stringify(one);
  const there = new Set(second.map(key));
  const here = new Set(first.map(key));
  const marked = (/** @type {string} */ side) => (/** @type {import("./types.js").Text} */ one) => ({ zh: `${side}：${one.zh}`, en: `${side}: ${one.en}` });
  const caveats = [...first.filter((one) => there.has(key(one))), ...first.filter((one) => !there.has(key(one))).map(marked("A")), ...second.filter((one) => !here.has(key(one))).map(marked("B"))];
  return caveatsOf(/** @type {import("./types.js").Decision} */ ({ caveats }));
}

/** By what each can be checked. @param {RunRecord} a @param {RunRecord} b */
export function proofOfBoth(a, b) {
  const sides = /** @type {["a" | "b", RunRecord][]} */ ([["a", a], ["b", b]]);
  return make(
    "section",
    { class: "proof" },
    make("h3", {}, t("decision.proof")),
    make("dl", { class: "facts" }, sides.flatMap(([side, one]) => [make("dt", {}, markOf(side)), make("dd", {}, make("span", { class: "code" }, one.run), make("br"), make("span", { class: "code" }, one.decision_digest ?? "–"))])),
  );
}
