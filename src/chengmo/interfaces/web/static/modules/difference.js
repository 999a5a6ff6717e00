// @ts-check
/** What two runs have in common and in what they differ, from the first to the second. */

import { isShare, number, signed, unit, withUnit } from "./format.js";
import { say, t } from "./language.js";
import { requestFields } from "./request.js";

/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./types.js").Measure} Measure */
/** @typedef {import("./types.js").DecisionLayer} DecisionLayer */

/**
 * One line of a comparison.
 * @typedef {object} Line
 * @property {string} key
 * @property {string} name
 * @property {string} unit As written beside the name; the values are then without it
 * @property {string} a
 * @property {string} b
 * @property {string} change From the first to the second, with its sign and unit; empty where they are the same
 * @property {string} [note]
 */

const NOISE = 1e-9;
const NONE = "–";
const MOST_SERIES = 4;

/**
 * Say how far a quantity has gone up or down.
 * @param {unknown} a
 * @param {unknown} b
 * @param {string | null | undefined} name Unit
 * @param {string} key
 */
export function changeOf(a, b, name, key) {
  if (typeof a !== "number" || typeof b !== "number") return a === b ? "" : t("compare.changed");
  const step = b - a;
  if (Math.abs(step) <= NOISE * Math.max(Math.abs(a), Math.abs(b))) return "";
  if (isShare(name, key)) return `${signed(100 * step)} ${t("compare.points")}`;
  if (name === "%") return `${signed(step)} ${t("compare.points")}`;
  const share = a === 0 ? "" : ` (${signed((100 * step) / Math.abs(a), 2)}%)`;
  return `${signed(step)} ${unit(name)}`.trim() + share;
}

/**
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @returns {Line[]}
 */
export function measureLines(a, b) {
  const [first, second] = [a, b].map((one) => new Map((one.decision?.measures ?? []).map((measure) => [measure.key, measure])));
  return [...new Set([...first.keys(), ...second.keys()])].map((key) => measureLine(key, first.get(key), second.get(key)));
}

/**
 * @param {string} key
 * @param {Measure} [a]
 * @param {Measure} [b]
 * @returns {Line}
 */
function measureLine(key, a, b) {
  const either = /** @type {Measure} */ (a ?? b);
  // What is counted in different units cannot be subtracted; each then keeps its own.
  const alike = !a || !b || a.unit === b.unit;
  const apart = alike && typeof either.value === "number" && !isShare(either.unit, key);
  const write = (/** @type {Measure} */ one) => (apart ? number(/** @type {number} */ (one.value)) : withUnit(one.value, one.unit, key));
  return {
    key,
    name: say((b ?? either).title),
    unit: apart ? unit(either.unit) : "",
    a: a ? write(a) : NONE,
    b: b ? write(b) : NONE,
    change: !a || !b ? t(a ? "compare.only-a" : "compare.only-b") : alike ? changeOf(a.value, b.value, a.unit, key) : t("compare.changed"),
    note: a && b && overlap(a, b) ? t("compare.overlap") : "",
  };
}

/** @param {Measure} a @param {Measure} b */
function overlap({ interval: a, value: x }, { interval: b, value: y }) {
  return Boolean(a && b && x !== y && a[0] <= b[1] && b[0] <= a[1]);
}

/**
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @returns {Line[]}
 */
export function requestLines(a, b) {
  const [first, second] = [a, b].map((one) => new Map(requestFields(one).map((field) => [field.name, field])));
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const [x, y] = [first.get(name), second.get(name)];
    const both = x !== undefined && y !== undefined;
    const same = both && (x.text === y.text || JSON.stringify(x.value) === JSON.stringify(y.value));
    const change = same ? "" : both ? changeOf(x.value, y.value, x.unit, x.key) : t(x ? "compare.only-a" : "compare.only-b");
    return { key: name, name, unit: "", a: x?.text ?? NONE, b: y?.text ?? NONE, change };
  });
}

/**
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @param {(id: string) => string} nameOf
 * @returns {Line[]}
 */
export function sourceLines(a, b, nameOf) {
  return [...new Set([...Object.keys(a.datasets), ...Object.keys(b.datasets)])].map((id) => {
    const [x, y] = [a.datasets[id], b.datasets[id]];
    const write = (/** @type {RunRecord["datasets"][string] | undefined} */ one) => (one ? t("data.version", { version: one.version }) + (one.edition ? ` · ${t("data.treated")}` : "") : NONE);
    const steps = x && y ? y.version - x.version : 0;
    const treated = x && y && x.edition !== y.edition ? t("compare.treated-otherwise") : "";
    const only = x && y ? "" : t(x ? "compare.only-a" : "compare.only-b");
    const change = only || [steps ? t("compare.versions", { steps: signed(steps) }) : "", treated].filter(Boolean).join(" · ");
    return { key: id, name: nameOf(id), unit: "", a: write(x), b: write(y), change, note: steps && x.sha256 === y.sha256 ? t("compare.same-rows") : "" };
  });
}

/**
 * What the maps show, and how much of it is at the same place in both.
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @returns {Line[]}
 */
export function layerLines(a, b) {
  if (a.model !== b.model) return [];
  const [first, second] = [a, b].map((one) => new Map((one.decision?.layers ?? []).map((layer) => [layer.key, layer])));
  const keys = [...first.keys()].filter((key) => second.has(key));
  return keys.map((key) => {
    const [x, y] = /** @type {DecisionLayer[]} */ ([first.get(key), second.get(key)]);
    const there = new Set(x.features.map((one) => JSON.stringify(one.geometry)));
    const kept = y.features.filter((one) => there.has(JSON.stringify(one.geometry))).length;
    const [gone, come] = [x.features.length - kept, y.features.length - kept];
    const change = gone || come ? t("compare.places", { gone: number(gone), come: number(come), kept: number(kept) }) : "";
    return { key, name: say(y.title), unit: "", a: number(x.features.length), b: number(y.features.length), change };
  });
}

/**
 * What a reader should know before he takes the differences for an effect of the request.
 * @param {RunRecord} a
 * @param {RunRecord} b
 */
export function cautions(a, b) {
  const ids = Object.keys(a.datasets).filter((id) => id in b.datasets);
  const otherwise = ids.some((id) => a.datasets[id].version !== b.datasets[id].version || a.datasets[id].edition !== b.datasets[id].edition);
  return [
    a.run === b.run ? t("compare.one-run") : "",
    a.model !== b.model ? t("compare.other-model") : "",
    a.model === b.model && a.model_version !== b.model_version ? t("compare.other-version", { a: a.model_version, b: b.model_version }) : "",
    otherwise ? t("compare.other-data") : "",
  ].filter(Boolean);
}

/**
 * The charts that both have, each with the series of both, the same ones once; more than four nobody can tell apart.
 * @param {RunRecord} a
 * @param {RunRecord} b
 * @returns {import("./types.js").Chart[]}
 */
export function chartsOfBoth(a, b) {
  if (a.model !== b.model || a.run === b.run) return [];
  return (a.decision?.charts ?? []).flatMap((chart) => {
    const other = b.decision?.charts.find((one) => one.key === chart.key && one.kind === chart.kind && one.x.unit === chart.x.unit && one.y.unit === chart.y.unit);
    if (!other || !chart.series.length) return [];
    const marked = (/** @type {string} */ side, /** @type {typeof chart.series} */ series) =>
      series.map((one) => ({ ...one, title: { zh: `${side} · ${one.title.zh}`, en: `${side} · ${one.title.en}` } }));
    const [here, there] = [chart, other].map((one) => new Set(one.series.map((each) => JSON.stringify(each))));
    const only = (/** @type {typeof chart.series} */ series, /** @type {Set<string>} */ known) => series.filter((one) => !known.has(JSON.stringify(one)));
    const both = chart.series.filter((one) => there.has(JSON.stringify(one)));
    const series = [...marked("A B", both), ...marked("A", only(chart.series, there)), ...marked("B", only(other.series, here))];
    return series.length > MOST_SERIES ? [] : [{ ...chart, series }];
  });
}
