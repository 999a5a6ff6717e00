// @ts-check
/**
 * BeiDou 2-D codes (GB/T 39409-2020, clause 5) of single places, and the lines of the grid.
 *
 * The same integers as `chengmo.grid.code`: a coordinate is counted in 1/2048″, of which a degree has 7 372 800; below
 * level 1 every hemisphere counts away from 0°, 0°. A test compares the two.
 */

const UNITS = 7372800;
const SNAP = 2 ** -20;
const BANDS = "ABCDEFGHIJKLMNOPQRSTUV";
/** Beyond it the standard has caps, which have no regular cells. */
export const POLE = 88;

/** Width and height of a cell in units, by level. @type {[number, number][]} */
const SIZES = [
  [360 * UNITS, 180 * UNITS],
  [6 * UNITS, 4 * UNITS],
  [UNITS / 2, UNITS / 2],
  [UNITS / 4, UNITS / 6],
  [122880, 122880],
  [8192, 8192],
  [4096, 4096],
  [512, 512],
  [64, 64],
  [8, 8],
  [1, 1],
];
export const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** @param {number} level @returns {[number, number]} Width and height of a cell in degrees. */
export function cellSize(level) {
  return [SIZES[level][0] / UNITS, SIZES[level][1] / UNITS];
}

/**
 * The codes of a place, the coarsest first; none in the polar caps.
 * @param {number} lon
 * @param {number} lat
 * @returns {string[]}
 */
export function codesOf(lon, lat) {
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) < POLE)) return [];
  const x = Math.min(Math.floor(Math.abs(lon) * UNITS + SNAP), 180 * UNITS - 1);
  const y = Math.floor(Math.abs(lat) * UNITS + SNAP);
  const column = Math.floor(x / SIZES[1][0]);
  const sheet = lon < 0 ? 30 - column : 31 + column;
  let code = `${lat < 0 ? "S" : "N"}${String(sheet).padStart(2, "0")}${BANDS[Math.floor(y / SIZES[1][1])]}`;
  return LEVELS.map((level) => {
    if (level > 1) code += digits(level, x, y);
    return code;
  });
}

/** How many characters each level adds to a 3-D code: those of the place, those of the height.
 * @type {[number, number][]} */
export const PARTS = [[1, 1], [3, 2], [2, 1], [1, 1], [2, 1], [2, 1], [1, 1], [2, 1], [2, 1], [2, 1], [2, 1]];

/**
 * The 2-D code in a 3-D code; any other text as it is. A 3-D code has its sheet's letter one character later.
 * @param {string} code
 */
export function flatOf(code) {
  if (!/^[NS][01]\d\d[A-V]/.test(code)) return code;
  let at = 0;
  let flat = "";
  for (const [place, height] of PARTS) {
    flat += code.slice(at, at + place);
    at += place + height;
  }
  return flat;
}

/** @param {number} level @param {number} x @param {number} y */
function digits(level, x, y) {
  const [wide, high] = SIZES[level];
  const [around, above] = SIZES[level - 1];
  const column = Math.floor((x % around) / wide);
  const row = Math.floor((y % above) / high);
  // Levels 3 and 6 number their cells in a Z; the others write column and row.
  if (level === 3 || level === 6) return String(row * 2 + column);
  return column.toString(16).toUpperCase() + row.toString(16).toUpperCase();
}

/**
 * The edges of the cell that holds a place.
 * @param {number} lon
 * @param {number} lat
 * @param {number} level
 * @returns {[number, number, number, number]} West, south, east, north in degrees
 */
export function cellAround(lon, lat, level) {
  const [wide, high] = SIZES[level];
  const [west, east] = edges(lon, wide);
  const [south, north] = edges(lat, high);
  return [west, south, east, north];
}

/** @param {number} degrees @param {number} size @returns {[number, number]} */
function edges(degrees, size) {
  const near = Math.floor(Math.floor(Math.abs(degrees) * UNITS + SNAP) / size) * size;
  return degrees < 0 ? [-(near + size) / UNITS, -near / UNITS] : [near / UNITS, (near + size) / UNITS];
}

/**
 * The finest level whose cells are at least so wide on the screen.
 * @param {number} pixelsPerDegree
 * @param {number} least
 */
export function levelFor(pixelsPerDegree, least) {
  const wide = LEVELS.filter((level) => cellSize(level)[0] * pixelsPerDegree >= least);
  return wide.at(-1) ?? 1;
}

/**
 * The lines between cells in bounds, as GeoJSON features.
 * @param {number[]} bounds West, south, east, north in degrees
 * @param {number} level
 */
export function gridLines([west, south, east, north], level) {
  const [wide, high] = cellSize(level);
  const [low, top] = [Math.max(south, -POLE), Math.min(north, POLE)];
  /** @type {number[][][]} */
  const lines = [];
  for (let i = Math.ceil(west / wide); i * wide <= east; i++) lines.push([[i * wide, low], [i * wide, top]]);
  for (let i = Math.ceil(low / high); i * high <= top; i++) lines.push([[west, i * high], [east, i * high]]);
  return lines.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } }));
}

/**
 * A box as a GeoJSON feature.
 * @param {number[]} bounds
 */
export function boxFeature([west, south, east, north]) {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}
