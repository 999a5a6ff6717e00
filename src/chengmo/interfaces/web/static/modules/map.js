// @ts-check
/** The one map: the basemap, the views laid over it, and what happens when something is pressed. */

import { isDark, mapFont } from "./basemap.js";
import { byId } from "./dom.js";
import { onLanguage } from "./language.js";
import { gridLayers, solidLayer } from "./layers.js";
import { hitsOf, layDown, layerIds, layPart, library, lift, nameParts, pictureOf, setSource, showPopup, withAnchors } from "./laying.js";
import { HEADER, purpose } from "./purpose.js";
import { scaleOf } from "./ramps.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./laying.js").Entry} Entry */

/** Colours of views that no column colours, in turn. */
const PLAIN = ["#0b6e7a", "#b3561e", "#5a4fa2", "#2f7d4f", "#a2427a"];
const PLAIN_DARK = ["#5fc6cc", "#f0a06a", "#a79fe6", "#7fcf9c", "#e58fbd"];
const CONTEXT = ["#7d8c91", "#8b9ba0"];

/** @type {Map<string, any[]>} */
const baseParts = new Map();
/** @type {Map<string, Entry>} */
const shown = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {any} */
let map;
/** @type {[number, number, number, number] | null} */
let home = null;
let turn = 0;
let placed = false;
/** @type {Promise<unknown>} */
let ready = Promise.resolve();
/** The lines and the cell of the grid of codes. @type {any[]} */
let gridded = [];
/** The 3-D cells over it. @type {any[]} */
let solids = [];
/** Asked first when the map is pressed; one that answers true has dealt with it.
 * @type {Set<(lon: number, lat: number, solid: string | undefined) => boolean>} */
const claims = new Set();

/** Make the map. It shows paper until data arrive. */
export function startMap() {
  const maplibregl = library();
  maplibregl.setWorkerUrl(new URL("vendor/maplibre-gl/maplibre-gl-csp-worker.js", document.baseURI).href);
  map = new maplibregl.Map({
    container: byId("map"),
    style: withAnchors(),
    center: [114.3, 30.58],
    zoom: 9.5,
    attributionControl: false,
    transformRequest: (/** @type {string} */ url) => ({ url, headers: { [HEADER]: purpose() } }),
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 0,
    // Every glyph is drawn by the browser from fonts of the system: the style names no glyph server.
    localIdeographFontFamily: mapFont()[0],
  });
  map.touchZoomRotate.disableRotation();
  map.on("idle", () => mark("idle"));
  map.on("dataloading", () => mark("busy"));
  map.on("movestart", () => mark("busy"));
  map.on("click", press);
  map.on("mousemove", point);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  onLanguage(rename);
  ready = new Promise((resolve) => map.once("load", () => resolve(undefined)));
  return ready;
}

/** Wait until the map takes what is laid on it. */
export function mapReady() {
  return ready;
}

/** Say on the page whether the map has drawn all it has. @param {"idle" | "busy"} state */
function mark(state) {
  document.documentElement.dataset.map = state;
}

/**
 * Lay one part of the basemap down.
 * @param {string} part
 * @param {any[]} features
 */
export function addPart(part, features) {
  baseParts.set(part, features);
  layPart(map, part, features);
  tell();
}

/**
 * Show a view, or show it anew under the same id.
 * @param {View} view
 */
export function showView(view) {
  const before = shown.get(view.id);
  const colour = before?.colour ?? plainColour(view);
  const values = view.common?.values ?? (view.colourBy === null ? [] : view.features.map((one) => one.properties[view.colourBy ?? ""]));
  shown.set(view.id, { view, colour, scale: view.colourBy === null ? null : scaleOf(values, isDark(), view.columns.find((one) => one.key === view.colourBy)) });
  if (view.side !== "b") layDown(map, /** @type {Entry} */ (shown.get(view.id)));
  tell();
}

/** @param {View} view */
function plainColour(view) {
  const dark = isDark();
  if (view.role === "context") return CONTEXT[Number(dark)];
  const colours = dark ? PLAIN_DARK : PLAIN;
  return colours[(view.common?.turn ?? turn++) % colours.length];
}

/** @param {string} id */
export function removeView(id) {
  lift(map, id);
  shown.delete(id);
  if (shown.size === 0) turn = 0;
  tell();
}

/** Take every view whose id begins so off the map. @param {string} prefix */
export function removeViews(prefix) {
  for (const id of [...shown.keys()]) if (id.startsWith(prefix)) removeView(id);
}

/**
 * @param {string} id
 * @param {boolean} hidden
 */
export function hideView(id, hidden) {
  const entry = shown.get(id);
  if (!entry) return;
  entry.view.hidden = hidden;
  for (const layer of layerIds(map, id)) map.setLayoutProperty(layer, "visibility", hidden ? "none" : "visible");
  tell();
}

/** The views on the map, the topmost first. */
export function views() {
  return [...shown.values()].reverse();
}

/** @param {string} id */
export function hasView(id) {
  return shown.has(id);
}

/** @param {() => void} listener */
export function onViews(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener();
}

/** @param {any} event */
function press(event) {
  const { lng, lat } = event.lngLat.wrap();
  const solid = solids.length ? map.queryRenderedFeatures(event.point, { layers: ["code-solids"] })[0]?.properties.code : undefined;
  // Who asked last is asked first: pressing a place for a form goes before all else.
  if ([...claims].reverse().some((claim) => claim(lng, lat, solid))) return;
  showPopup(map, [...shown.values()], event);
}

/** @param {(lon: number, lat: number, solid: string | undefined) => boolean} claim Told the 3-D cell that was hit */
export function claimPress(claim) {
  claims.add(claim);
}

/**
 * Lay the grid of codes over the views: lines, and boxes for marked cells.
 * @param {any[]} features
 */
export function drawGrid(features) {
  gridded = features;
  if (!features.length && !map.getSource("code-grid")) return;
  setSource(map, "code-grid", features);
  for (const layer of gridLayers()) if (!map.getLayer(layer.id)) map.addLayer(layer, "anchor-labels");
}

/**
 * Stand 3-D cells on the map; `bottom` and `top` are metres above its ground.
 * @param {any[]} features
 */
export function drawSolids(features) {
  solids = features;
  if (!features.length && !map.getSource("code-solids")) return;
  setSource(map, "code-solids", features);
  if (!map.getLayer("code-solids")) map.addLayer(solidLayer());
}

/** The 3-D cells that are in the picture, as they are drawn. */
export function drawnSolids() {
  if (!map.getLayer("code-solids")) return [];
  return map.queryRenderedFeatures({ layers: ["code-solids"] }).map((/** @type {any} */ one) => one.properties);
}

/**
 * Look at bounds from the side, and let the reader turn the map; or lay it flat again.
 * @param {number[] | null} bounds West, south, east, north in degrees
 */
export function tilt(bounds) {
  const turned = bounds !== null;
  for (const way of [map.dragRotate, map.touchPitch]) way[turned ? "enable" : "disable"]();
  map.touchZoomRotate[turned ? "enableRotation" : "disableRotation"]();
  const how = { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches, duration: 500 };
  if (bounds) map.fitBounds(bounds, { ...how, padding: freePadding(), maxZoom: 19, pitch: 60, bearing: -25 });
  else map.easeTo({ ...how, pitch: 0, bearing: 0 });
}

/** @param {any} event */
function point(event) {
  map.getCanvas().style.cursor = hitsOf(map, [...shown.keys()], event.point).length ? "pointer" : "";
}

/** Light or dark has changed: the same map with other inks. */
function repaint() {
  map.setStyle(withAnchors(), { diff: false });
  map.once("style.load", () => {
    for (const [part, features] of baseParts) addPart(part, features);
    turn = 0;
    for (const { view } of [...shown.values()]) {
      shown.delete(view.id);
      showView(view);
    }
    drawGrid(gridded);
    drawSolids(solids);
  });
}

/** The language has changed: the same names in the other one. */
function rename() {
  nameParts(map);
  tell();
}

/**
 * Remember the whole city, and go to its middle at once, unless the map shows something already.
 * @param {[number, number, number, number]} whole
 * @param {import("./types.js").City | null} city
 */
export function setHome(whole, city) {
  home = whole;
  // An answer that came before the datasets is not left again.
  if (placed) return;
  if (city) fit([...city.centre, ...city.centre], false, city.zoom);
  else fit(whole, false);
}

export function goHome() {
  if (home) fit(home);
}

/** @param {number} steps */
export function zoomBy(steps) {
  map.easeTo({ zoom: map.getZoom() + steps, duration: 150 });
}

/**
 * Bring bounds into the part of the map that no sheet covers.
 * @param {number[]} bounds West, south, east, north in degrees
 * @param {boolean} [slowly]
 * @param {number} [closest] The zoom that is not gone beyond
 */
export function fit(bounds, slowly = true, closest = 14) {
  placed = true;
  // The frame may have changed just now, which the map hears of only later.
  map.resize();
  const [west, south, east, north] = bounds;
  const still = !slowly || matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.fitBounds([[west, south], [east, north]], { padding: freePadding(), maxZoom: closest, animate: !still, duration: 500 });
}

/** So much of the map, in pixels, must be left beside the codes to keep clear of them. */
const LEAST_FREE = 160;

function freePadding() {
  const frame = byId("map-frame").getBoundingClientRect();
  const margin = frame.width < 720 ? 24 : 48;
  const padding = { top: margin, bottom: margin, left: margin, right: margin };
  for (const [id, side] of /** @type {["sheet" | "decision" | "code-panel", "left" | "right"][]} */ ([["sheet", "left"], ["decision", "right"], ["code-panel", "right"]])) {
    const element = document.getElementById(id);
    const sheet = element?.getBoundingClientRect();
    if (!element || !sheet?.width || getComputedStyle(element).visibility !== "visible") continue;
    const left = frame.width - padding.left - padding.right - sheet.width - 12;
    if (sheet.width < frame.width / 2 && (id !== "code-panel" || left > LEAST_FREE)) {
      padding[sheet.left < frame.width / 3 ? "left" : side] += sheet.width + 12;
    }
  }
  return padding;
}

/** The middle of the part of the map that no sheet covers, in pixels. @returns {[number, number]} */
export function freeMiddle() {
  const { width, height } = byId("map-frame").getBoundingClientRect();
  const { left, right, top, bottom } = freePadding();
  return [(left + width - right) / 2, (top + height - bottom) / 2];
}

/** West, south, east, north of what the window holds. */
export function visibleBounds() {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

/** @param {() => void} listener */
export function onMoved(listener) {
  map.on("moveend", listener);
}

/** Draw the part of the map that no sheet covers on a canvas that can be printed. */
export function picture() {
  const { left, right } = freePadding();
  return pictureOf(map, { left: left - 24, right: right - 24 });
}

/** The map itself, for another one that is kept in step with it. */
export function ownMap() {
  return map;
}

/** The parts of the basemap, from the first that came. */
export function groundParts() {
  return [...baseParts];
}
