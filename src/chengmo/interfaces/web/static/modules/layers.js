// @ts-check
/** A view as MapLibre layers: areas, lines and points, coloured and sized by their columns. */

import { isDark, mapColours } from "./basemap.js";
import { colourExpression } from "./ramps.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./ramps.js").Scale} Scale */

/**
 * @param {{view: View, scale: Scale | null, colour: string}} entry
 * @returns {any[]}
 */
export function layersOf({ view, scale, colour }) {
  const source = `view-${view.id}`;
  const id = (/** @type {string} */ kind) => `view-${view.id}-${kind}`;
  const ink = scale && view.colourBy ? colourExpression(scale, view.colourBy) : colour;
  const context = view.role === "context";
  const only = (/** @type {string[]} */ ...types) => ["in", ["geometry-type"], ["literal", types]];
  const paper = mapColours().land;
  const polygons = [
    { id: id("area"), type: "fill", source, filter: only("Polygon", "MultiPolygon"), paint: { "fill-color": ink, "fill-opacity": context ? 0.25 : scale ? 0.78 : 0.3 } },
    { id: id("edge"), type: "line", source, filter: only("Polygon", "MultiPolygon"), paint: { "line-color": scale ? paper : colour, "line-width": scale ? 0.5 : 1.2, "line-opacity": scale ? 0.6 : 0.9 } },
  ];
  const lines = [
    { id: id("line"), type: "line", source, filter: only("LineString", "MultiLineString"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": ink, "line-width": sized(view, context ? 1.2 : 2.2, 7), "line-opacity": context ? 0.7 : 0.9 } },
  ];
  const points = [
    { id: id("point"), type: "circle", source, filter: only("Point", "MultiPoint"), layout: sortBySize(view), paint: { "circle-color": ink, "circle-radius": radius(view, context), "circle-opacity": context ? 0.45 : 0.88, "circle-stroke-color": paper, "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 9, context ? 0 : 0.6, 13, context ? 0.4 : 1.4] } },
  ];
  const kinds = { polygon: polygons, line: lines, point: points, mixed: [...polygons, ...lines, ...points] };
  const chosen = kinds[view.geometry] ?? kinds.mixed;
  return view.tiles ? chosen.map((layer) => ({ ...layer, "source-layer": view.tiles?.layer })) : chosen;
}

/** Large circles lie under small ones. @param {View} view */
function sortBySize(view) {
  return view.sizeBy ? { "circle-sort-key": ["-", 0, ["to-number", ["get", view.sizeBy], 0]] } : {};
}

/**
 * @param {View} view
 * @param {boolean} context
 */
function radius(view, context) {
  if (view.sizeBy) {
    const full = context ? sized(view, 1.2, 7) : sized(view, 3, 15);
    return ["interpolate", ["linear"], ["zoom"], 8, ["*", 0.6, full], 13, ["*", 1.3, full]];
  }
  const many = view.features.length > 3000 || context;
  return ["interpolate", ["linear"], ["zoom"], 8, context ? 0.9 : many ? 1.5 : 3, 11, context ? 1.7 : many ? 2.9 : 5, 15, many ? 6 : 8];
}

/**
 * A size whose area is in proportion to the value.
 * @param {View} view
 * @param {number} small
 * @param {number} large
 * @returns {any}
 */
function sized(view, small, large) {
  if (!view.sizeBy) return small;
  const key = view.sizeBy;
  const most = view.common?.most ?? Math.max(1e-9, ...view.features.map((one) => Number(one.properties[key]) || 0));
  const share = ["sqrt", ["max", 0, ["/", ["to-number", ["get", key], 0], most]]];
  return ["+", small, ["*", large - small, share]];
}

/** The lines of the grid of codes, the outline that is drawn, and marked cells. */
export function gridLayers() {
  const [ink, marked] = [isDark() ? "#6cc7cc" : "#0b5d68", "#b3361e"];
  const either = (/** @type {any} */ outline, /** @type {any} */ line) => ["case", ["has", "outline"], outline, line];
  const only = (/** @type {string} */ kind) => ["==", ["geometry-type"], kind];
  return [
    { id: "code-grid-line", type: "line", source: "code-grid", filter: only("LineString"), paint: { "line-color": either(marked, ink), "line-opacity": either(1, 0.45), "line-width": either(2.5, 1) } },
    { id: "code-grid-cell", type: "line", source: "code-grid", filter: only("Polygon"), paint: { "line-color": marked, "line-width": 2.5 } },
  ];
}

/** 3-D cells; `bottom` and `top` are metres above the map's ground. */
export function solidLayer() {
  const [one, other] = isDark() ? ["#5fc6cc", "#2f8f98"] : ["#8fd0d3", "#0b6e7a"];
  const ink = ["case", ["get", "chosen"], "#d9482b", ["get", "odd"], one, other];
  return { id: "code-solids", type: "fill-extrusion", source: "code-solids", paint: { "fill-extrusion-color": ink, "fill-extrusion-base": ["get", "bottom"], "fill-extrusion-height": ["get", "top"], "fill-extrusion-opacity": 0.85 } };
}

/**
 * Give the bounds of features, or null of none.
 * @param {any[]} features
 * @returns {[number, number, number, number] | null}
 */
export function boundsOf(features) {
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (/** @type {any} */ part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else for (const inner of part) walk(inner);
  };
  for (const one of features) if (one.geometry?.coordinates?.length) walk(one.geometry.coordinates);
  return box[0] <= box[2] ? box : null;
}

