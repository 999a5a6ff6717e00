// @ts-check
/** What lies on the map, what its colours mean, and whose data it is. */

import { byId, draw, fill, icon, make } from "./dom.js";
import { isShare, number, percent, unit } from "./format.js";
import { say, t } from "./language.js";
import { hasView, hideView, onViews, removeView, views } from "./map.js";
import { headingUnit, legendRows } from "./ramps.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {{view: View, scale: import("./ramps.js").Scale | null, colour: string}} Entry */

/** @type {string[]} */
let baseCredits = [];

export function startLegend() {
  onViews(renderLegend);
}

/**
 * Name whose data the basemap is made of.
 * @param {string[]} credits
 */
export function setBaseCredits(credits) {
  baseCredits = credits;
  renderCredit();
}

export function renderLegend() {
  const frame = /** @type {HTMLDetailsElement} */ (byId("legend"));
  // What both sides of a comparison show stands here once.
  const shown = views().filter(({ view }) => !(view.side === "b" && isPaired(view)));
  if (frame.hidden) frame.open = !matchMedia("(max-width: 720px)").matches;
  frame.hidden = shown.length === 0;
  fill(frame, make("summary", {}, t("legend")), shown.map(block));
  renderCredit();
}

function renderCredit() {
  const credits = [...baseCredits, ...views().map((one) => one.view.credit ?? "")].filter(Boolean);
  const credit = byId("map-credit");
  credit.textContent = [...new Set(credits)].join(" · ");
  credit.hidden = credits.length === 0;
}

/** @param {View} view */
function isPaired(view) {
  return view.twin !== undefined && hasView(view.twin);
}

/** Which side of a comparison a view is on. @param {View} view */
function sideMarks(view) {
  const sides = !view.side ? [] : isPaired(view) ? ["a", "b"] : [view.side];
  return sides.map((side) => make("span", { class: `side-mark is-${side}` }, side.toUpperCase()));
}

/** @param {Entry} entry */
function block(entry) {
  const { view } = entry;
  const title = say(view.title);
  const ids = view.twin && isPaired(view) ? [view.id, view.twin] : [view.id];
  return make(
    "section",
    { class: "legend-block", "aria-label": title },
    make(
      "header",
      {},
      make(
        "label",
        { class: "legend-title" },
        make("input", {
          type: "checkbox",
          checked: !view.hidden,
          on: { change: (/** @type {Event} */ event) => ids.forEach((id) => hideView(id, !(/** @type {HTMLInputElement} */ (event.target).checked))) },
        }),
        make("span", {}, title, sideMarks(view)),
      ),
      make(
        "button",
        { type: "button", class: "icon-button", "aria-label": t("legend.remove", { title }), on: { click: () => ids.forEach(removeView) } },
        icon("close"),
      ),
    ),
    view.hidden ? null : legendContent(entry),
  );
}

/**
 * The legend of one view, without its heading: also printed in the report.
 * @param {Entry} entry
 */
export function legendContent({ view, scale, colour }) {
  const column = view.columns.find((one) => one.key === view.colourBy);
  const sized = view.columns.find((one) => one.key === view.sizeBy);
  const rows = scale && column ? legendRows(scale, column) : null;
  return [
    view.synthetic ? make("p", { class: "badge is-care" }, t("data.synthetic")) : null,
    column && rows ? make("p", { class: "legend-column" }, say(column.title) + headingUnit(column)) : null,
    make(
      "ul",
      { class: "legend-rows" },
      (rows ?? [{ colour, label: countOf(view) }]).map((row) =>
        make("li", {}, swatch(view.geometry, row.colour), row.label),
      ),
    ),
    sized && sized !== column ? sizes(view, sized, rows ? "currentColor" : colour) : null,
    ...[view.note, view.note3d].map((note) => (note?.() ? make("p", { class: "legend-note" }, note()) : null)),
  ];
}

/** @param {View} view */
function countOf(view) {
  const written = (/** @type {View} */ one) => t(`legend.${one.geometry}`, { count: number(one.count ?? one.features.length) });
  const twin = views().find((one) => one.view.id === view.twin);
  return twin ? `A ${written(view)} · B ${written(twin.view)}` : written(view);
}

/**
 * @param {string} geometry
 * @param {string} colour
 */
function swatch(geometry, colour) {
  const shape = {
    point: draw("circle", { cx: 7, cy: 7, r: 5, fill: colour }),
    line: draw("path", { d: "M1 11L13 3", stroke: colour, "stroke-width": 3, "stroke-linecap": "round" }),
    polygon: draw("rect", { x: 0, y: 1, width: 14, height: 12, fill: colour }),
  };
  const drawn = /** @type {Record<string, SVGElement>} */ (shape)[geometry] ?? shape.polygon;
  return draw("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn);
}

/**
 * Three circles with what they stand for; areas are in proportion to values.
 * @param {View} view
 * @param {import("./types.js").Column} column
 * @param {string} colour
 */
function sizes(view, column, colour) {
  const most = view.common?.most ?? Math.max(0, ...view.features.map((one) => Number(one.properties[column.key]) || 0));
  if (most <= 0 || view.geometry !== "point") return null;
  const steps = [1, 0.4, 0.1].map((share) => Number((most * share).toPrecision(1 + Number(share === 1))));
  const radius = (/** @type {number} */ value) => 2 + 11 * Math.sqrt(value / most);
  let x = 0;
  const circles = steps.map((value) => {
    const r = radius(value);
    x += r + 2;
    const circle = draw("circle", { cx: x, cy: 28 - r, r, fill: "none", stroke: colour, "stroke-width": 1.2 });
    x += r + 4;
    const written = isShare(column.unit, column.key) ? percent(value) : number(value);
    const label = draw("text", { x, y: 26, "font-size": 11, fill: "currentColor" }, written);
    x += written.length * 7 + 6;
    return [circle, label];
  });
  const title = `${say(column.title)}${unit(column.unit) ? ` (${unit(column.unit)})` : ""}`;
  return make(
    "div",
    { class: "legend-sizes" },
    make("p", { class: "legend-column" }, title),
    draw("svg", { viewBox: `0 0 ${Math.ceil(x)} 30`, width: Math.ceil(x), height: 30, role: "img", "aria-label": title }, circles.flat()),
  );
}
