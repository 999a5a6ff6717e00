// @ts-check
/** What is done to a MapLibre map, whichever of the page's it is: laying sources, layers and popups. */

import { emptyStyle, nameExpression, namePoints, partLayers } from "./basemap.js";
import { layersOf } from "./layers.js";
import { popupOf } from "./popup.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {{view: View, scale: import("./ramps.js").Scale | null, colour: string}} Entry */

/** Layers of a view that stands up (`sky.js`), the topmost last. */
const STANDING = ["volume-past", "volume-4", "volume-3", "volume-2", "volume-1", "volume-0"];
/** Beyond this level the map enlarges tiles instead of asking for finer ones. */
const FINEST_TILES = 16;

/** Empty layers that mark where parts and views belong, whenever they come. */
export function withAnchors() {
  const style = emptyStyle();
  const marks = ["water", "districts", "roads", "areas", "metro-lines", "metro-stations", "views", "labels"];
  const layers = marks.map((mark) => ({ id: `anchor-${mark}`, type: "background", layout: { visibility: "none" } }));
  return { ...style, layers: [...style.layers, ...layers] };
}

/**
 * Lay one part of the basemap down.
 * @param {any} map
 * @param {string} part
 * @param {import("./basemap.js").Ground} ground
 */
export function layPart(map, part, ground) {
  const layers = partLayers(part);
  // A source of tiles can be replaced only when nothing is drawn from it.
  for (const layer of layers) if (map.getLayer(layer.id)) map.removeLayer(layer.id);
  if (typeof ground === "string") setTiles(map, `base-${part}`, ground);
  else setSource(map, `base-${part}`, ground);
  if (part === "districts" && Array.isArray(ground)) setSource(map, "base-districts-names", namePoints(ground));
  for (const layer of layers) {
    map.addLayer(layer, layer.type === "symbol" ? "anchor-labels" : `anchor-${part}`);
  }
}

/** The same names in the language of now, where the data have them. @param {any} map */
export function nameParts(map) {
  for (const layer of ["label-districts", "label-metro-stations"]) {
    if (map.getLayer(layer)) map.setLayoutProperty(layer, "text-field", nameExpression());
  }
}

/**
 * @param {any} map
 * @param {string} id
 * @param {any[]} features
 */
export function setSource(map, id, features) {
  const data = { type: "FeatureCollection", features };
  const source = map.getSource(id);
  if (source?.setData) source.setData(data);
  else {
    if (source) map.removeSource(id);
    map.addSource(id, { type: "geojson", data, tolerance: 0.3 });
  }
}

/**
 * @param {any} map
 * @param {string} id
 * @param {string} url Template with {z}, {x} and {y}
 */
function setTiles(map, id, url) {
  const source = map.getSource(id);
  if (source?.setTiles && source.serialize().tiles?.[0] === url) return;
  if (source) map.removeSource(id);
  map.addSource(id, { type: "vector", tiles: [url], maxzoom: FINEST_TILES });
}

/**
 * The layers of a view that are on a map.
 * @param {any} map
 * @param {string} id
 */
export function layerIds(map, id) {
  return ["area", "edge", "line", "point", ...STANDING].map((kind) => `view-${id}-${kind}`).filter((one) => map.getLayer(one));
}

/** The source of what stands up of a view that is drawn from tiles: the features that the window holds. @param {string} id */
export function sightOf(id) {
  return `view-${id}-sight`;
}

/**
 * Take a view off a map.
 * @param {any} map
 * @param {string} id
 */
export function lift(map, id) {
  for (const layer of layerIds(map, id)) map.removeLayer(layer);
  for (const source of [`view-${id}`, sightOf(id)]) if (map.getSource(source)) map.removeSource(source);
}

/**
 * Lay a view on a map, in place of what lay there under its id.
 * @param {any} map
 * @param {Entry} entry
 */
export function layDown(map, entry) {
  const { id, tiles, features, hidden } = entry.view;
  for (const layer of layerIds(map, id)) map.removeLayer(layer);
  if (tiles) setTiles(map, `view-${id}`, tiles.url);
  else setSource(map, `view-${id}`, features);
  for (const layer of layersOf(entry)) {
    const anchor = layer.id.endsWith("-area") || layer.id.endsWith("-edge") ? "anchor-areas" : "anchor-views";
    map.addLayer({ ...layer, layout: { ...layer.layout, visibility: hidden ? "none" : "visible" } }, anchor);
  }
}

/**
 * What of the views is drawn at a point, the topmost first.
 * @param {any} map
 * @param {string[]} ids Of views, from the bottom up
 * @param {{x: number, y: number}} at
 */
export function hitsOf(map, ids, { x, y }) {
  const layers = ids.flatMap((id) => layerIds(map, id)).reverse();
  if (!layers.length) return [];
  return map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers });
}

/**
 * Say what was pressed, where something was.
 * @param {any} map
 * @param {Entry[]} entries From the bottom up
 * @param {any} event
 */
export function showPopup(map, entries, event) {
  const [hit] = hitsOf(map, entries.map(({ view }) => view.id), event.point);
  const entry = hit && entries.find(({ view }) => [`view-${view.id}`, sightOf(view.id)].includes(hit.layer.source));
  if (!entry) return;
  new (library().Popup)({ maxWidth: "300px", closeButton: false })
    .setLngLat(event.lngLat)
    .setDOMContent(popupOf(entry.view, hit.properties))
    .addTo(map);
}

/**
 * Draw a map as it stands on a canvas that can be printed.
 * @param {any} map
 * @param {{left: number, right: number}} covered Pixels at the sides that are left out
 * @returns {Promise<HTMLCanvasElement>}
 */
export async function pictureOf(map, covered) {
  // A map that is still being laid has nothing on it yet.
  if (!map.loaded()) await new Promise((resolve) => map.once("idle", resolve));
  return new Promise((resolve) => {
    map.once("render", () => resolve(copyOf(map, covered)));
    map.triggerRepaint();
  });
}

/** Copy a map in the moment it has been drawn. @param {any} map @param {{left: number, right: number}} covered */
function copyOf(map, covered) {
  const from = map.getCanvas();
  const scale = from.width / map.getContainer().clientWidth;
  const width = from.width - (covered.left + covered.right) * scale;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = from.height;
  canvas.getContext("2d")?.drawImage(from, covered.left * scale, 0, width, from.height, 0, 0, width, from.height);
  return canvas;
}

/** @returns {any} */
export function library() {
  return /** @type {any} */ (globalThis).maplibregl;
}
