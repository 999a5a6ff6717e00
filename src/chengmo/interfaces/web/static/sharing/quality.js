// @ts-check
/** What the quality checks found: from import to import, and which rows fail. */

import { explain, list } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { percent } from "../modules/format.js";
import { say } from "../modules/language.js";
import { badge, empty, moment } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./tell.js").Known} Known */
/** @typedef {import("./tell.js").Text} Text */
/** @typedef {{check: {columns: string[], dataset: string | null, threshold_0to1: number, action: string, note: string}, rule: Text, dimension: Text, share_0to1: number, is_met: boolean, failed: number, rows: number[], fault: string}} Result */
/** @typedef {{results: Result[], dimensions: Record<string, {title: Text, share_0to1: number}>, unmet: number, drift_words: Text[], forced_by: string}} Report */
/** @typedef {{version: number, created_utc: string, row_count: number, change: string, report: Report | null}} Version */

const UPDATES = ["replace", "append"];
const ROWS_AT_ONCE = 20;

/**
 * Make a block that is read when it is opened.
 * @param {Known} one
 */
export function qualityOf(one) {
  const place = make("div", {});
  const block = make("details", { class: "block quality" }, make("summary", {}, w("quality")), place);
  block.addEventListener("toggle", async () => {
    if (!block.open || place.childElementCount) return;
    try {
      const { versions } = await ask(address(`datasets/${one.id}/versions`));
      fill(place, found(one, versions.filter((/** @type {Version} */ each) => UPDATES.includes(each.change))));
    } catch (error) {
      fill(place, make("p", { class: "complaint" }, explain(error)));
    }
  });
  return block;
}

/** @param {Known} one @param {Version[]} imports Oldest first */
function found(one, imports) {
  const checked = imports.filter(({ report }) => report);
  const newest = checked.at(-1);
  if (!newest?.report) return [empty(w("quality.none"))];
  return [make("h3", {}, w("quality.newest", { version: String(newest.version) })), results(one, newest), make("h3", {}, w("quality.trend")), trend(checked)];
}

/** @param {Known} one @param {Version} version */
function results(one, { version, report }) {
  if (!report?.results.length) return empty(w("quality.no-checks"));
  const rows = report.results.map((result) => ({
    over: false,
    cells: [
      badge(w(result.is_met ? "quality.met" : "quality.unmet"), result.is_met ? "is-good" : "is-seal"),
      result.check.columns.join(", ") || result.check.dataset || "",
      say(result.rule),
      say(result.dimension),
      result.fault || percent(result.share_0to1),
      percent(result.check.threshold_0to1),
      failing(one, version, result),
    ],
  }));
  const headings = ["", "quality.column", "quality.rule", "quality.dimension", "quality.passed", "quality.needed", "quality.failing"].map((key) => (key ? w(key) : ""));
  return list(headings, rows);
}

/**
 * How many rows fail, and, on a press, these rows.
 * @param {Known} one
 * @param {number} version
 * @param {Result} result
 */
function failing(one, version, result) {
  if (!result.failed) return "0";
  const place = make("div", {});
  const see = async (/** @type {Event} */ event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    button.disabled = true;
    try {
      const numbers = result.rows.slice(0, ROWS_AT_ONCE);
      const features = await Promise.all(numbers.map((row) => ask(address(`collections/${one.id}/items/${row}`, { "dataset-version": String(version) }))));
      const names = result.check.columns.length ? result.check.columns : Object.keys(features[0].properties);
      const cells = features.map((feature) => ({ cells: [String(feature.id), ...names.map((name) => String(feature.properties[name] ?? "–"))] }));
      fill(place, list([w("quality.row"), ...names], cells), result.failed > numbers.length ? make("p", { class: "hint" }, w("quality.more", { shown: String(numbers.length), all: String(result.failed) })) : null);
    } catch (error) {
      fill(place, make("p", { class: "complaint" }, explain(error)));
      button.disabled = false;
    }
  };
  return make("div", {}, make("button", { type: "button", class: "button is-small", on: { click: (/** @type {Event} */ event) => void see(event) } }, w("quality.see", { count: String(result.failed) })), place);
}

/** @param {Version[]} checked */
function trend(checked) {
  const titles = new Map(checked.flatMap(({ report }) => Object.entries(report?.dimensions ?? {}).map(([key, { title }]) => [key, say(title)])));
  const headings = [w("quality.version"), w("quality.time"), w("quality.rows"), ...titles.values(), w("quality.not-met"), w("quality.drift")];
  const rows = [...checked].reverse().map(({ version, created_utc: at, row_count: count, report }) => ({
    over: false,
    cells: [String(version), moment(at), String(count), ...[...titles.keys()].map((key) => measure(report?.dimensions[key]?.share_0to1)), String(report?.unmet ?? ""), (report?.drift_words ?? []).map(say).join("; ")],
  }));
  return list(headings, rows);
}

/** A share as a bar and a number. @param {number | undefined} share */
function measure(share) {
  if (share === undefined) return "–";
  return make("span", {}, make("meter", { min: 0, max: 1, value: share, "aria-hidden": "true" }), ` ${percent(share)}`);
}
