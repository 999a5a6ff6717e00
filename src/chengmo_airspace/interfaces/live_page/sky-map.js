// @ts-check
/** The map of the live page, and the aircraft on it. */

import { mapFont } from "../../app/modules/basemap.js";
import { library, withAnchors } from "../../app/modules/laying.js";
import { CraftLayer } from "./craft-layer.js";
import { Fleet } from "./fleet.js";

/** @typedef {import("./frame.js").Frame} Frame */

export const fleet = new Fleet();
const layer = new CraftLayer(fleet);
/** How near a press must be to an aircraft, in pixels. */
const NEAR = 14;
const CITY = { center: [114.3, 30.58], zoom: 9.5 };
const PITCH = 60;
/** @type {any} */
let map;

/** Make the map. @param {(at: {x: number, y: number}) => void} onPress @returns {any} */
export function startMap(onPress) {
  const maplibregl = library();
  maplibregl.setWorkerUrl(new URL("../../app/vendor/maplibre-gl/maplibre-gl-csp-worker.js", document.baseURI).href);
  map = new maplibregl.Map({
    container: "map",
    style: withAnchors(),
    ...CITY,
    attributionControl: false,
    maxZoom: 19,
    fadeDuration: 0,
    localIdeographFontFamily: mapFont()[0],
  });
  map.on("load", () => map.addLayer(layer));
  map.on("click", (/** @type {any} */ event) => onPress(event.point));
  return map;
}

/** Take a frame in and draw it. @param {Frame} frame */
export function takeFrame(frame) {
  fleet.take(frame);
  map.triggerRepaint();
}

/** How many aircraft the last picture held. */
export function drawnCount() {
  return layer.drawn;
}

/** Draw only some. @param {((row: number) => boolean) | null} shows */
export function showOnly(shows) {
  layer.shows = shows ?? (() => true);
  map.triggerRepaint();
}

/** Put a ring around an aircraft. @param {number | null} number */
export function ring(number) {
  layer.chosen = number;
  map.triggerRepaint();
}

/** The number of the aircraft nearest to a point of the picture, null if none is near. @param {{x: number, y: number}} at */
export function craftAt(at) {
  let best = null;
  let least = NEAR;
  for (const [number, row] of fleet.rows) {
    if (!layer.shows(row)) continue;
    const { x, y } = placeOf(row);
    const distance = Math.hypot(x - at.x, y - at.y);
    if (distance < least) [best, least] = [number, distance];
  }
  return best;
}

/** Where the picture has an aircraft: as the layer draws it, at its height. @param {number} row */
function placeOf(row) {
  const matrix = layer.matrix;
  if (!matrix) return map.project([fleet.lon[row], fleet.lat[row]]);
  const place = [fleet.x[row], fleet.y[row], layer.unitsUp(row), 1];
  const [x, y, , depth] = [0, 1, 2, 3].map((i) => place.reduce((sum, value, j) => sum + value * matrix[4 * j + i], 0));
  const { clientWidth, clientHeight } = map.getContainer();
  return { x: (x / depth / 2 + 0.5) * clientWidth, y: (0.5 - y / depth / 2) * clientHeight };
}

/** @param {[number, number]} place */
export function goTo(place) {
  map.easeTo({ center: place, zoom: Math.max(map.getZoom(), 14), duration: still() ? 0 : 600 });
}

/** @param {[number, number]} place */
export function keepAt(place) {
  map.setCenter(place);
}

/** Bring all aircraft into the picture. */
export function showAll() {
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const row of fleet.rows.values()) {
    [west, east] = [Math.min(west, fleet.lon[row]), Math.max(east, fleet.lon[row])];
    [south, north] = [Math.min(south, fleet.lat[row]), Math.max(north, fleet.lat[row])];
  }
  if (west > east) return;
  const wide = map.getContainer().clientWidth > 720;
  const padding = { left: wide ? 380 : 24, right: 24, top: wide ? 24 : 80, bottom: wide ? 84 : map.getContainer().clientHeight * 0.45 };
  map.fitBounds([[west, south], [east, north]], { padding, maxZoom: 14, duration: still() ? 0 : 600 });
}

/** Look from the side, or from above. @returns {boolean} Whether from the side now */
export function turnSide() {
  const side = map.getPitch() < PITCH / 2;
  map.easeTo({ pitch: side ? PITCH : 0, bearing: side ? -20 : 0, duration: still() ? 0 : 500 });
  return side;
}

function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

