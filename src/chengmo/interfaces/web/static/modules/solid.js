// @ts-check
/**
 * Cells with a floor and a ceiling, and their 3-D codes (GB/T 39409-2020, clause 6), in the profile `standard`.
 *
 * The same integers as `chengmo.grid.height`: layers of level 10 are counted from the ellipsoid, upward from 0 and
 * downward from −1. Heights are ellipsoidal metres. A test compares the two.
 */

import { cellAround, cellSize, codesOf, PARTS, POLE } from "./cells.js";

const RADIUS_M = 6378137;
const LN_STEP = 0.017302733123681042;
const LN_LAYER = LN_STEP / 7372800;
const SNAP = 5e-6;
/** Layers of level 10 in one of each level. */
const SIZES = [0, 29491200, 3686400, 1843200, 122880, 8192, 4096, 512, 64, 8, 1];
const LAYERS = 64 * SIZES[1];
/** Between the lowest and the highest height that has a layer. */
export const HEIGHTS_M = [-6302106, 528680171];

/** @typedef {{code: string, bounds: [number, number, number, number], floor: number, ceiling: number, odd: boolean}} Solid */

/** @param {number} height */
function layerOf(height) {
  return Math.floor(Math.log1p(height / RADIUS_M) / LN_LAYER + SNAP);
}

/** The floor of a layer in metres. @param {number} layer */
function floorOf(layer) {
  return RADIUS_M * Math.expm1(layer * LN_LAYER);
}

/**
 * The layers of a level that share something with a band, each as its lowest of level 10, upward.
 * @param {number} from Ellipsoidal metres
 * @param {number} to Ellipsoidal metres
 * @param {number} level
 * @returns {number[]}
 */
export function layersBetween(from, to, level) {
  const size = SIZES[level];
  const first = Math.floor(layerOf(from) / size) * size;
  const top = layerOf(to);
  let last = Math.floor(top / size) * size;
  // A ceiling on the floor of a layer leaves that layer out.
  if (top === last && from < to && to - floorOf(top) <= 2 * SNAP * (floorOf(top + 1) - floorOf(top))) last -= size;
  const count = Math.max(0, last - first) / size + 1;
  return Array.from({ length: count }, (_, i) => first + i * size);
}

/** How many layers that would be, without making them. @param {number} from @param {number} to @param {number} level */
export function countLayers(from, to, level) {
  return Math.floor((layerOf(to) - layerOf(from)) / SIZES[level]) + 1;
}

/**
 * The 3-D code of a 2-D code's cell in a layer.
 * @param {string} flat
 * @param {number} layer Any of level 10 in it
 * @param {number} level
 */
export function solidCode(flat, layer, level) {
  // Below the ellipsoid the digits are those of two's complement, so that layers lie evenly through 0.
  const rest = layer < 0 ? layer + LAYERS : layer;
  let at = 0;
  let code = "";
  PARTS.slice(0, level + 1).forEach(([wide, high], i) => {
    code += flat.slice(at, at + wide);
    at += wide;
    if (i === 0) code += layer < 0 ? "1" : "0";
    else if (i === 1) code += String(Math.floor(rest / SIZES[1])).padStart(high, "0");
    else code += Math.floor((rest % SIZES[i - 1]) / SIZES[i]).toString(16).toUpperCase();
  });
  return code;
}

/**
 * The layer that a 3-D code names, or the position of the character that names none.
 * @param {string} code Of which `flatOf` gives another text
 * @returns {{level: number, layer: number} | {wrong: number}}
 */
export function readSolid(code) {
  let [at, layer, level] = [0, 0, 0];
  for (const [i, [wide, high]] of PARTS.entries()) {
    at += wide;
    const text = code.slice(at, at + high);
    if (at >= code.length || text.length < high) break;
    const base = i > 3 ? 16 : 10;
    const value = /^[0-9A-E]+$/.test(text) ? parseInt(text, base) : NaN;
    // The first digit is the side of the ellipsoid; of the others, so many make one of the level before.
    const most = i === 0 ? 2 : i === 1 ? 64 : SIZES[i - 1] / SIZES[i];
    if (!(value < most)) return { wrong: at + 1 };
    layer += i === 0 ? -value * LAYERS : value * SIZES[i];
    at += high;
    level = i;
  }
  return { level, layer };
}

/**
 * The cells of a level above and below the middles of others' ground plans, coarse to fine in height.
 * @param {[number, number][]} middles
 * @param {number[]} layers
 * @param {number} level
 * @returns {Solid[]}
 */
export function solidsOver(middles, layers, level) {
  const [wide, high] = cellSize(level);
  return middles.flatMap(([lon, lat]) => {
    const flat = codesOf(lon, lat)[level - 1];
    const bounds = cellAround(lon, lat, level);
    const even = Math.floor(lon / wide) + Math.floor(lat / high);
    return layers.map((layer, i) => ({
      code: solidCode(flat, layer, level),
      bounds,
      floor: floorOf(layer),
      ceiling: floorOf(layer + SIZES[level]),
      odd: Math.abs(even + i) % 2 === 1,
    }));
  });
}

/**
 * The middles of the cells of a level whose middle lies in a ring; null if there are too many to look at.
 * @param {[number, number][]} ring Corners, the last not repeated
 * @param {number} level
 * @param {number} most
 * @returns {[number, number][] | null}
 */
export function middlesIn(ring, level, most) {
  const [wide, high] = cellSize(level);
  const [lons, lats] = [ring.map((at) => at[0]), ring.map((at) => at[1])];
  const [west, east] = [Math.floor(Math.min(...lons) / wide), Math.floor(Math.max(...lons) / wide)];
  const [south, north] = [Math.floor(Math.max(Math.min(...lats), -POLE) / high), Math.floor(Math.min(Math.max(...lats), POLE - high / 2) / high)];
  // A ring may be much smaller than the box around it, but not by any amount.
  if ((east - west + 1) * (north - south + 1) > 64 * most) return null;
  /** @type {[number, number][]} */
  const found = [];
  for (let row = south; row <= north; row++) {
    for (let column = west; column <= east; column++) {
      const [lon, lat] = [(column + 0.5) * wide, (row + 0.5) * high];
      if (isInside(ring, lon, lat)) found.push([lon, lat]);
    }
  }
  return found;
}

/** @param {[number, number][]} ring @param {number} lon @param {number} lat */
function isInside(ring, lon, lat) {
  let inside = false;
  ring.forEach(([x, y], i) => {
    const [u, v] = ring[(i + ring.length - 1) % ring.length];
    if (y > lat !== v > lat && lon < x + ((lat - y) * (u - x)) / (v - y)) inside = !inside;
  });
  return inside;
}
