// @ts-check
/** Small charts in SVG: lines, bars, points; axes with units; every value also in a table for reading aloud. */

import { draw, make } from "./dom.js";
import { compact, isShare, number, percent, unit } from "./format.js";
import { say, t } from "./language.js";

/** @typedef {import("./types.js").Chart} Chart */
/** @typedef {import("./types.js").Column} Column */

const WIDE = 384;
const HIGH = 220;
const EDGE = { top: 12, right: 12, bottom: 40, left: 52 };
/** Colour and dash tell series apart, so that colour alone is never needed. */
const INKS = ["var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)"];
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

/**
 * Draw a chart.
 * @param {Chart} chart
 */
export function chartOf(chart) {
  const numeric = chart.kind !== "bar" && chart.series.every((one) => one.x.every((x) => typeof x === "number"));
  const xs = chart.series.flatMap((one) => one.x);
  const ys = chart.series.flatMap((one) => one.y);
  if (!xs.length) return make("figure", { class: "chart" }, make("figcaption", {}, say(chart.title)), make("p", { class: "hint" }, t("chart.empty")));
  const x = numeric ? numericAxis(/** @type {number[]} */ (xs), false) : namedAxis([...new Set(xs.map(String))]);
  const y = numericAxis(ys, chart.kind === "bar" || Math.min(...ys) >= 0);
  const right = WIDE - EDGE.right;
  const bottom = HIGH - EDGE.bottom;
  const px = (/** @type {number | string} */ value) => EDGE.left + x.place(value) * (right - EDGE.left);
  const py = (/** @type {number} */ value) => bottom - y.place(value) * (bottom - EDGE.top);
  const marks = { line: lines, bar: bars, scatter: dots }[chart.kind](chart, px, py, x.band * (right - EDGE.left));
  const svg = draw(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${say(chart.title)}. ${t("chart.table-below")}` },
    y.ticks.map((one) => [
      draw("line", { x1: EDGE.left, x2: right, y1: py(one), y2: py(one), class: "grid" }),
      draw("text", { x: EDGE.left - 6, y: py(one) + 4, "text-anchor": "end" }, tick(one, chart.y, y.ticks)),
    ]).flat(),
    x.ticks.map((one) => draw("text", { x: px(one), y: bottom + 15, "text-anchor": "middle" }, tick(one, chart.x, x.ticks))),
    draw("line", { x1: EDGE.left, x2: right, y1: bottom, y2: bottom, class: "axis" }),
    marks,
    draw("text", { x: (EDGE.left + right) / 2, y: HIGH - 5, "text-anchor": "middle", class: "axis-title" }, axisTitle(chart.x)),
  );
  return make(
    "figure",
    { class: "chart" },
    make("figcaption", {}, say(chart.title)),
    make("p", { class: "chart-y" }, axisTitle(chart.y)),
    svg,
    chart.series.length > 1 ? key(chart) : null,
    spoken(chart),
  );
}

/** @param {Column} column */
function axisTitle(column) {
  const written = unit(column.unit);
  return written ? `${say(column.title)} (${written})` : say(column.title);
}

/**
 * @param {number | string} value
 * @param {Column} column
 * @param {(number | string)[]} all
 */
function tick(value, column, all) {
  if (typeof value === "string") return value.length > 8 ? `${value.slice(0, 7)}…` : value;
  if (isShare(column.unit, column.key)) return percent(value, 0);
  const largest = Math.max(...all.map((one) => Math.abs(Number(one))));
  return largest >= 1e5 ? compact(value) : number(value);
}

/**
 * @param {number[]} values
 * @param {boolean} fromZero
 */
function numericAxis(values, fromZero) {
  let least = Math.min(...values, fromZero ? 0 : Infinity);
  let most = Math.max(...values, fromZero ? 0 : -Infinity);
  if (least === most) [least, most] = [least - 1, most + 1];
  const step = niceStep((most - least) / 4);
  const first = fromZero && least === 0 ? 0 : Math.floor(least / step) * step;
  const last = Math.ceil(most / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; first + i * step <= last + step / 2; i++) ticks.push(Number((first + i * step).toPrecision(12)));
  return { ticks, band: 0, place: (/** @type {any} */ value) => (value - first) / (last - first) };
}

/** @param {number} rough */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? power;
}

/** @param {string[]} names */
function namedAxis(names) {
  const band = 1 / names.length;
  const each = Math.ceil(names.length / 7);
  return {
    ticks: names.filter((_, i) => i % each === 0),
    band,
    place: (/** @type {number | string} */ value) => (names.indexOf(String(value)) + 0.5) * band,
  };
}

/** @typedef {(value: any) => number} Place */

/** @param {Chart} chart @param {Place} px @param {Place} py */
function lines(chart, px, py) {
  return chart.series.flatMap((one, i) => {
    const path = one.x.map((x, j) => `${j ? "L" : "M"}${px(x).toFixed(1)} ${py(one.y[j]).toFixed(1)}`).join("");
    const many = one.x.length > 40;
    return [
      draw("path", { d: path, fill: "none", stroke: INKS[i % 4], "stroke-width": 2, "stroke-dasharray": DASHES[i % 4], "stroke-linejoin": "round" }),
      many ? null : one.x.map((x, j) => dot(px(x), py(one.y[j]), 2.6, i, said(chart, i, j))),
    ].flat();
  });
}

/** @param {Chart} chart @param {Place} px @param {Place} py */
function dots(chart, px, py) {
  return chart.series.flatMap((one, i) => one.x.map((x, j) => dot(px(x), py(one.y[j]), 3, i, said(chart, i, j))));
}

/** @param {number} cx @param {number} cy @param {number} r @param {number} i @param {string} title */
function dot(cx, cy, r, i, title) {
  return draw("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r, fill: INKS[i % 4] }, draw("title", {}, title));
}

/** @param {Chart} chart @param {Place} px @param {Place} py @param {number} band Width of one name's place */
function bars(chart, px, py, band) {
  const count = chart.series.length;
  const width = Math.max(1, Math.min(28, (band * 0.72) / count));
  return chart.series.flatMap((one, i) =>
    one.x.map((x, j) => {
      const [top, foot] = [py(Math.max(0, one.y[j])), py(Math.min(0, one.y[j]))];
      const left = px(x) + (i - count / 2) * width;
      return draw("rect", { x: left.toFixed(1), y: top.toFixed(1), width: width.toFixed(1), height: Math.max(0.5, foot - top).toFixed(1), fill: INKS[i % 4] }, draw("title", {}, said(chart, i, j)));
    }),
  );
}

/** @param {Chart} chart @param {number} i @param {number} j */
function said(chart, i, j) {
  const one = chart.series[i];
  const [x, y] = [one.x[j], one.y[j]].map((value, k) => tick(value, k ? chart.y : chart.x, [0]));
  return `${chart.series.length > 1 ? `${say(one.title)}: ` : ""}${x} → ${y} ${unit(chart.y.unit)}`;
}

/** @param {Chart} chart */
function key(chart) {
  const sample = (/** @type {number} */ i) =>
    chart.kind === "line"
      ? draw("line", { x1: 0, x2: 22, y1: 6, y2: 6, stroke: INKS[i % 4], "stroke-width": 2.5, "stroke-dasharray": DASHES[i % 4] })
      : draw("rect", { x: 4, y: 1, width: 12, height: 10, fill: INKS[i % 4] });
  return make("ul", { class: "chart-key" }, chart.series.map((one, i) => make("li", {}, draw("svg", { viewBox: "0 0 22 12", width: 22, height: 12, "aria-hidden": "true" }, sample(i)), say(one.title))));
}

/** @param {Chart} chart */
function spoken(chart) {
  const rows = chart.series.flatMap((one) => one.x.map((x, j) => make("tr", {}, make("th", { scope: "row" }, `${chart.series.length > 1 ? `${say(one.title)} · ` : ""}${tick(x, chart.x, [0])}`), make("td", {}, tick(one.y[j], chart.y, [0])))));
  return make("table", { class: "spoken" }, make("caption", {}, say(chart.title)), make("thead", {}, make("tr", {}, make("th", { scope: "col" }, axisTitle(chart.x)), make("th", { scope: "col" }, axisTitle(chart.y)))), make("tbody", {}, rows));
}
