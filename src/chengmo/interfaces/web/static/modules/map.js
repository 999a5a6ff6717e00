// @ts-check
/** The one map: the basemap, the views laid over it, and what happens when something is pressed. */

import { emptyStyle, isDark, mapFont, nameExpression, namePoints, partLayers } from "./basemap.js";
import { byId } from "./dom.js";
import { onLanguage } from "./language.js";
import { popupOf } from "./popup.js";
import { gridLayers, layersOf, solidLayer } from "./layers.js";
import { HEADER, purpose } from "./purpose.js";
import { scaleOf } from "./ramps.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./ramps.js").Scale} Scale */

/** Colours of views that no column colours, in turn. */
const PLAIN = ["#0b6e7a", "#b3561e", "#5a4fa2", "#2f7d4f", "#a2427a"];
const PLAIN_DARK = ["#5fc6cc", "#f0a06a", "#a79fe6", "#7fcf9c", "#e58fbd"];
const CONTEXT = ["#7d8c91", "#8b9ba0"];

/** Beyond this level the map enlarges tiles instead of asking for finer ones. */
const FINEST_TILES = 16;

/** @type {Map<string, any[]>} */
const baseParts = new Map();
/** @type {Map<string, {view: View, scale: Scale | null, colour: string}>} */
const shown = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {any} */
let map;
/** @type {[number, number, number, number] | null} */
let home = null;
let turn = 0;
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
  return new Promise((resolve) => map.once("load", () => resolve(undefined)));
}

/** Say on the page whether the map has drawn all it has. @param {"idle" | "busy"} state */
function mark(state) {
  document.documentElement.dataset.map = state;
}

/** @returns {any} */
export function library() {
  return /** @type {any} */ (globalThis).maplibregl;
}

/** Empty layers that mark where parts and views belong, whenever they come. */
function withAnchors() {
  const style = emptyStyle();
  const marks = ["water", "districts", "roads", "areas", "metro-lines", "metro-stations", "views", "labels"];
  const layers = marks.map((mark) => ({ id: `anchor-${mark}`, type: "background", layout: { visibility: "none" } }));
  return { ...style, layers: [...style.layers, ...layers] };
}

/**
 * Lay one part of the basemap down.
 * @param {string} part
 * @param {any[]} features
 */
export function addPart(part, features) {
  baseParts.set(part, features);
  setSource(`base-${part}`, features);
  if (part === "districts") setSource("base-districts-names", namePoints(features));
  for (const layer of partLayers(part)) {
    if (map.getLayer(layer.id)) map.removeLayer(layer.id);
    map.addLayer(layer, layer.type === "symbol" ? "anchor-labels" : `anchor-${part}`);
  }
}

/**
 * @param {string} id
 * @param {any[]} features
 */
function setSource(id, features) {
  const data = { type: "FeatureCollection", features };
  const source = map.getSource(id);
  if (source?.setData) source.setData(data);
  else {
    if (source) map.removeSource(id);
    map.addSource(id, { type: "geojson", data, tolerance: 0.3 });
  }
}

/**
 * @param {string} id
 * @param {string} url Template with {z}, {x} and {y}
 */
function setTiles(id, url) {
  const source = map.getSource(id);
  if (source?.setTiles && source.serialize().tiles?.[0] === url) return;
  if (source) map.removeSource(id);
  map.addSource(id, { type: "vector", tiles: [url], maxzoom: FINEST_TILES });
}

/**
 * Show a view, or show it anew under the same id.
 * @param {View} view
 */
export function showView(view) {
  const before = shown.get(view.id);
  const colour = before?.colour ?? plainColour(view);
  const values = view.colourBy === null ? [] : view.features.map((one) => one.properties[view.colourBy ?? ""]);
  shown.set(view.id, { view, colour, scale: view.colourBy === null ? null : scaleOf(values, isDark()) });
  layDown(view.id);
  tell();
}

/** @param {View} view */
function plainColour(view) {
  const dark = isDark();
  if (view.role === "context") return CONTEXT[Number(dark)];
  const colours = dark ? PLAIN_DARK : PLAIN;
  return colours[turn++ % colours.length];
}

/** @param {string} id */
export function removeView(id) {
  lift(id);
  if (map.getSource(`view-${id}`)) map.removeSource(`view-${id}`);
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
  for (const layer of layerIds(id)) map.setLayoutProperty(layer, "visibility", hidden ? "none" : "visible");
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

/** @param {string} id */
function lift(id) {
  for (const layer of layerIds(id)) map.removeLayer(layer);
}

/** @param {string} id */
function layerIds(id) {
  return ["area", "edge", "line", "point"].map((kind) => `view-${id}-${kind}`).filter((one) => map.getLayer(one));
}

/** @param {string} id */
function layDown(id) {
  const entry = shown.get(id);
  if (!entry) return;
  lift(id);
  const { tiles, features } = entry.view;
  if (tiles) setTiles(`view-${id}`, tiles.url);
  else setSource(`view-${id}`, features);
  for (const layer of layersOf(entry)) {
    const anchor = layer.id.endsWith("-area") || layer.id.endsWith("-edge") ? "anchor-areas" : "anchor-views";
    map.addLayer({ ...layer, layout: { ...layer.layout, visibility: entry.view.hidden ? "none" : "visible" } }, anchor);
  }
}

/** @param {any} event */
function press(event) {
  const { lng, lat } = event.lngLat.wrap();
  const solid = solids.length ? map.queryRenderedFeatures(event.point, { layers: ["code-solids"] })[0]?.properties.code : undefined;
  if ([...claims].some((claim) => claim(lng, lat, solid))) return;
  const [hit] = hits(event.point);
  if (!hit) return;
  const entry = shown.get(hit.layer.source.slice("view-".length));
  if (!entry) return;
  new (library().Popup)({ maxWidth: "300px", closeButton: false })
    .setLngLat(event.lngLat)
    .setDOMContent(popupOf(entry.view, hit.properties))
    .addTo(map);
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
  setSource("code-grid", features);
  for (const layer of gridLayers()) if (!map.getLayer(layer.id)) map.addLayer(layer, "anchor-labels");
}

/**
 * Stand 3-D cells on the map; `bottom` and `top` are metres above its ground.
 * @param {any[]} features
 */
export function drawSolids(features) {
  solids = features;
  if (!features.length && !map.getSource("code-solids")) return;
  setSource("code-solids", features);
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
  map.getCanvas().style.cursor = hits(event.point).length ? "pointer" : "";
}

/** @param {{x: number, y: number}} at */
function hits({ x, y }) {
  const layers = [...shown.keys()].flatMap(layerIds).reverse();
  if (!layers.length) return [];
  return map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers });
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

/** The language has changed: the same names in the other one, where the data have them. */
function rename() {
  for (const layer of ["label-districts", "label-metro-stations"]) {
    if (map.getLayer(layer)) map.setLayoutProperty(layer, "text-field", nameExpression());
  }
  tell();
}

/**
 * Remember the whole city, and go to its middle at once.
 * @param {[number, number, number, number]} whole
 * @param {[number, number, number, number]} middle
 */
export function setHome(whole, middle) {
  home = whole;
  fit(middle, false);
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

/** West, south, east, north of what the window holds. */
export function visibleBounds() {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

/** @param {() => void} listener */
export function onMoved(listener) {
  map.on("moveend", listener);
}

/**
 * Draw the part of the map that no sheet covers on a canvas that can be printed.
 * @returns {Promise<HTMLCanvasElement>}
 */
export function picture() {
  return new Promise((resolve) => {
    map.once("render", () => {
      const from = map.getCanvas();
      const frame = byId("map-frame").getBoundingClientRect();
      const scale = from.width / frame.width;
      const free = freePadding();
      const [x, width] = [(free.left - 24) * scale, (frame.width - free.left - free.right + 48) * scale];
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = from.height;
      canvas.getContext("2d")?.drawImage(from, x, 0, width, from.height, 0, 0, width, from.height);
      resolve(canvas);
    });
    map.triggerRepaint();
  });
}
