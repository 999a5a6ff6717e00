// @ts-check
/** The quiet map under everything, made from the city's own datasets and from nothing else. */

import { features, tiles } from "./api.js";
import { language } from "./language.js";

/** @typedef {import("./types.js").Dataset} Dataset */

/**
 * What a part of the basemap is drawn from: features as they are, or the address of its tiles.
 * @typedef {any[] | string} Ground
 */

/**
 * Datasets of the basemap, from the bottom up, and how many features of each are worth drawing. The
 * lines, which weigh the most, come as tiles: a window's worth, as fine as it can show.
 * @type {Record<string, number | "tiles">}
 */
const PARTS = { water: 2000, districts: 200, roads: "tiles", "metro-lines": "tiles", "metro-stations": 1000 };

const FONT = ["Segoe UI, PingFang SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, sans-serif"];

const LIGHT = {
  land: "#f1f3ef",
  water: "#c9dde3",
  waterLabel: "#4d7683",
  border: "#a9b5b1",
  label: "#4f5d62",
  road: "#d9ddd8",
  roadMain: "#cbd0cb",
  metro: "#b4bcc0",
  halo: "#f1f3ef",
};
const DARK = {
  land: "#151d20",
  water: "#1d3640",
  waterLabel: "#6f9aa8",
  border: "#46565b",
  label: "#a5b3b6",
  road: "#263136",
  roadMain: "#303c41",
  metro: "#495960",
  halo: "#151d20",
};

export function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function mapColours() {
  return isDark() ? DARK : LIGHT;
}

export function mapFont() {
  return FONT;
}

/** The style before any data: paper, and no address of anything outside. */
export function emptyStyle() {
  return {
    version: 8,
    sources: {},
    layers: [{ id: "land", type: "background", paint: { "background-color": mapColours().land } }],
  };
}

/**
 * Read the basemap's datasets, as far as the city has them, and hand each over as it arrives.
 * @param {Dataset[]} datasets
 * @param {(part: string, ground: any) => void} onPart Takes a `Ground`
 */
export async function readBasemap(datasets, onPart) {
  const present = datasets.filter((one) => one.id in PARTS);
  await Promise.all(
    present.map(async ({ id, version }) => {
      const most = PARTS[id];
      onPart(id, most === "tiles" ? tiles(id, version) : (await features(id, { most })).features);
    }),
  );
}

/** The property that names a feature, in the language of the page where there is one. */
export function nameExpression() {
  const zh = ["get", "name"];
  const en = ["get", "name_en"];
  return language() === "zh" ? ["coalesce", zh, en, ""] : ["coalesce", en, zh, ""];
}

/**
 * Give the MapLibre layers of one part of the basemap.
 * @param {string} part
 * @returns {any[]}
 */
export function partLayers(part) {
  const ink = mapColours();
  const source = `base-${part}`;
  const tiled = PARTS[part] === "tiles" ? { "source-layer": part } : {};
  const text = { "text-font": FONT, "text-field": nameExpression() };
  const halo = { "text-halo-color": ink.halo, "text-halo-width": 1.4 };
  const layers = {
    water: [
      { id: "base-water", type: "fill", source, paint: { "fill-color": ink.water, "fill-antialias": true } },
    ],
    districts: [
      {
        id: "base-districts",
        type: "line",
        source,
        paint: { "line-color": ink.border, "line-width": grow(0.8, 1.6), "line-dasharray": [3, 2] },
      },
      {
        id: "label-districts",
        type: "symbol",
        source: `${source}-names`,
        layout: { ...text, "text-size": grow(11, 16), "text-letter-spacing": 0.12, "text-max-width": 20 },
        paint: { "text-color": ink.label, ...halo },
      },
    ],
    roads: [
      {
        id: "base-roads",
        type: "line",
        source,
        ...tiled,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": ["match", roadClass(), ["motorway", "trunk", "primary"], ink.roadMain, ink.road],
          "line-width": roadWidth(),
        },
      },
    ],
    "metro-lines": [
      {
        id: "base-metro-lines",
        type: "line",
        source,
        ...tiled,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ink.metro, "line-width": grow(0.8, 2.4) },
      },
    ],
    "metro-stations": [
      {
        id: "base-metro-stations",
        type: "circle",
        source,
        minzoom: 11,
        paint: {
          "circle-radius": grow(1.4, 4.5),
          "circle-color": ink.land,
          "circle-stroke-color": ink.metro,
          "circle-stroke-width": 1.4,
        },
      },
      {
        id: "label-metro-stations",
        type: "symbol",
        source,
        minzoom: 12.5,
        layout: { ...text, "text-size": 11, "text-offset": [0, 0.7], "text-anchor": "top", "text-optional": true },
        paint: { "text-color": ink.label, ...halo },
      },
    ],
  };
  return /** @type {Record<string, any[]>} */ (layers)[part];
}

function roadClass() {
  return ["coalesce", ["get", "class"], ["get", "type"], ["get", "highway"], ""];
}

function roadWidth() {
  const main = ["match", roadClass(), ["motorway", "trunk"], 2, "primary", 1.6, "secondary", 1.2, 0.7];
  return ["interpolate", ["exponential", 1.5], ["zoom"], 9, ["*", 0.5, main], 12, main, 16, ["*", 5, main]];
}

/**
 * A size that grows from the whole city to a street.
 * @param {number} small
 * @param {number} large
 */
function grow(small, large) {
  return ["interpolate", ["linear"], ["zoom"], 8, small, 15, large];
}

/**
 * Put one point where each polygon's name belongs: the middle of its largest ring. A symbol layer on
 * polygons would repeat the name in every tile.
 * @param {any[]} polygons
 */
export function namePoints(polygons) {
  return polygons
    .filter((one) => one.geometry)
    .map((one) => ({
      type: "Feature",
      properties: one.properties,
      geometry: { type: "Point", coordinates: middle(one.geometry) },
    }));
}

/** @param {any} geometry */
function middle(geometry) {
  const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map((/** @type {any} */ part) => part[0]);
  let best = { area: -1, at: rings[0][0] };
  for (const ring of rings) {
    const one = centroid(ring);
    if (one.area > best.area) best = one;
  }
  return best.at;
}

/** @param {number[][]} ring */
function centroid(ring) {
  let area = 0;
  let x = 0;
  let y = 0;
  // Relative to the first point: products of raw degrees would lose the digits that matter.
  const [x0, y0] = ring[0];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax, ay, bx, by] = [ring[i][0] - x0, ring[i][1] - y0, ring[i + 1][0] - x0, ring[i + 1][1] - y0];
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  return area === 0
    ? { area: 0, at: ring[0] }
    : { area: Math.abs(area), at: [x0 + x / (3 * area), y0 + y / (3 * area)] };
}
