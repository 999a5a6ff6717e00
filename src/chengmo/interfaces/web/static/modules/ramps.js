// @ts-check
/** Colours for values: classes with limits a person would write, ramps safe for colour blindness. */

import { isShare, named, number, percent, unit } from "./format.js";
import { t } from "./language.js";

/**
 * How a column is coloured.
 * @typedef {object} Scale
 * @property {"classes" | "names"} kind
 * @property {number[]} limits Inner limits between the classes
 * @property {string[]} names The names, in the order of their colours
 * @property {string[]} colours
 * @property {boolean} rest Whether there are more names than colours
 * @property {number} least
 * @property {number} most
 */

/** Lightness falls evenly along each ramp, so that order survives grey printing. */
const SEQUENTIAL = ["#d3e29b", "#8ccaa0", "#46a5ab", "#26749c", "#203d77"];
const SEQUENTIAL_DARK = ["#2f5b80", "#2f86a0", "#4fb3a6", "#a0d49a", "#eef0b0"];
const DIVERGING = ["#b35806", "#e9a34e", "#e3e1e6", "#998ec3", "#542788"];
/** Okabe and Ito, without yellow and black, which vanish on paper and on ink. */
const NAMES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f6d5f"];
const NAMES_DARK = ["#56b4e9", "#f0a04b", "#3cc79b", "#e2a3c7", "#9aa8ff", "#e8d15a", "#b9a797"];
export const REST = "#8a9599";

/**
 * Make the scale of a column.
 * @param {unknown[]} values
 * @param {boolean} dark
 * @param {Partial<import("./types.js").Column>} [column] Names its values, perhaps from the least to the most
 * @returns {Scale | null} None where no value is there
 */
export function scaleOf(values, dark, column = {}) {
  const present = values.filter((one) => one !== null && one !== undefined && one !== "");
  if (!present.length) return null;
  if (present.every((one) => typeof one === "number")) {
    return numericScale(/** @type {number[]} */ (present), dark);
  }
  const counts = new Map();
  for (const one of present) counts.set(String(one), (counts.get(String(one)) ?? 0) + 1);
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const known = column.order ?? [];
  const said = new Set([...known, ...Object.keys(column.labels ?? {})]);
  if (known.length && found.every((name) => said.has(name))) return orderedScale(known, found, dark);
  return {
    kind: "names",
    limits: [],
    names: found.slice(0, NAMES.length),
    colours: dark ? NAMES_DARK : NAMES,
    rest: found.length > NAMES.length,
    least: 0,
    most: 0,
  };
}

/**
 * Values from the least to the most lie along a ramp, and each keeps its colour whatever else is there. What has a name
 * but no place in the order, such as "unknown", is grey: no colour of the ramp may claim it.
 * @param {string[]} known
 * @param {string[]} found
 * @param {boolean} dark
 * @returns {Scale}
 */
function orderedScale(known, found, dark) {
  const ramp = dark ? SEQUENTIAL_DARK : SEQUENTIAL;
  const palette = known.length <= ramp.length ? spread(ramp, known.length) : dark ? NAMES_DARK : NAMES;
  const places = known.map((_, i) => i).filter((i) => found.includes(known[i]) && i < palette.length);
  const names = places.map((i) => known[i]);
  const apart = found.filter((name) => !known.includes(name));
  const colours = [...places.map((i) => palette[i]), ...apart.map(() => REST)];
  return { kind: "names", limits: [], names: [...names, ...apart], colours, rest: names.length + apart.length < found.length, least: 0, most: 0 };
}

/**
 * @param {number[]} values
 * @param {boolean} dark
 * @returns {Scale}
 */
function numericScale(values, dark) {
  const sorted = [...values].sort((a, b) => a - b);
  const least = sorted[0];
  const most = sorted[sorted.length - 1];
  const diverges = least < 0 && most > 0;
  const ramp = diverges ? DIVERGING : dark ? SEQUENTIAL_DARK : SEQUENTIAL;
  const limits = diverges ? aroundZero(least, most) : tidy(naturalBreaks(thinned(sorted), ramp.length), least, most);
  return {
    kind: "classes",
    limits,
    names: [],
    colours: limits.length === ramp.length - 1 ? ramp : spread(ramp, limits.length + 1),
    rest: false,
    least,
    most,
  };
}

/**
 * @param {number} least
 * @param {number} most
 */
function aroundZero(least, most) {
  const reach = rounded(Math.max(-least, most) / 2, 1);
  return [-reach, -reach / 10, reach / 10, reach];
}

/**
 * Take `count` colours of a ramp, its ends among them.
 * @param {string[]} ramp
 * @param {number} count
 */
function spread(ramp, count) {
  if (count === 1) return [ramp[Math.floor(ramp.length / 2)]];
  return Array.from({ length: count }, (_, i) => ramp[Math.round((i * (ramp.length - 1)) / (count - 1))]);
}

/**
 * Take at most 400 of the sorted values, evenly: enough to see where they gather.
 * @param {number[]} sorted
 */
function thinned(sorted) {
  const step = Math.max(1, Math.floor(sorted.length / 400));
  return sorted.filter((_, i) => i % step === 0);
}

/**
 * Split sorted values where the squares within the classes are least (Fisher 1958, the dynamic
 * programme behind Jenks' natural breaks).
 * @param {number[]} sorted
 * @param {number} classes
 * @returns {number[]} Inner limits
 */
function naturalBreaks(sorted, classes) {
  const n = sorted.length;
  const distinct = new Set(sorted).size;
  const k = Math.min(classes, distinct);
  if (k < 2) return [];
  const sum = [0];
  const squares = [0];
  sorted.forEach((one, i) => {
    sum.push(sum[i] + one);
    squares.push(squares[i] + one * one);
  });
  /** @param {number} from @param {number} to */
  const cost = (from, to) => squares[to] - squares[from] - (sum[to] - sum[from]) ** 2 / (to - from);
  let best = Array.from({ length: n + 1 }, (_, to) => (to ? cost(0, to) : 0));
  const cuts = [];
  for (let part = 1; part < k; part++) {
    const next = new Array(n + 1).fill(Infinity);
    const cut = new Array(n + 1).fill(0);
    for (let to = part + 1; to <= n; to++) {
      for (let from = part; from < to; from++) {
        const total = best[from] + cost(from, to);
        if (total < next[to]) {
          next[to] = total;
          cut[to] = from;
        }
      }
    }
    cuts.push(cut);
    best = next;
  }
  const limits = [];
  for (let part = cuts.length - 1, to = n; part >= 0; part--) {
    to = cuts[part][to];
    limits.unshift((sorted[to - 1] + sorted[to]) / 2);
  }
  return limits;
}

/**
 * Round limits as far as they stay apart.
 * @param {number[]} limits
 * @param {number} least
 * @param {number} most
 */
function tidy(limits, least, most) {
  for (const figures of [1, 2, 3]) {
    const tried = [...new Set(limits.map((one) => rounded(one, figures)))];
    if (tried.length === limits.length && tried[0] > least && tried[tried.length - 1] <= most) return tried;
  }
  return [...new Set(limits)];
}

/**
 * @param {number} size
 * @param {number} figures
 */
function rounded(size, figures) {
  return Number(size.toPrecision(figures));
}

/**
 * Write a scale as a MapLibre expression.
 * @param {Scale} scale
 * @param {string} key
 */
export function colourExpression(scale, key) {
  if (scale.kind === "names") {
    if (!scale.names.length) return REST;
    const pairs = scale.names.flatMap((name, i) => [name, scale.colours[i]]);
    return ["match", ["to-string", ["get", key]], ...pairs, REST];
  }
  const steps = scale.limits.flatMap((limit, i) => [limit, scale.colours[i + 1]]);
  const stepped = steps.length ? ["step", ["get", key], scale.colours[0], ...steps] : scale.colours[0];
  return ["case", ["==", ["typeof", ["get", key]], "number"], stepped, REST];
}

/**
 * Say which colour stands for what.
 * @param {Scale} scale
 * @param {{key: string, unit: string, labels?: Record<string, import("./types.js").Text>}} column
 * @returns {{colour: string, label: string}[]}
 */
export function legendRows(scale, column) {
  if (scale.kind === "names") {
    const rows = scale.names.map((name, i) => ({ colour: scale.colours[i], label: String(named(yesNo(name), column)) }));
    return scale.rest ? [...rows, { colour: REST, label: t("legend.rest") }] : rows;
  }
  const write = isShare(column.unit, column.key) ? percent : number;
  const { limits, least, most } = scale;
  if (!limits.length) return [{ colour: scale.colours[0], label: least === most ? write(least) : `${write(least)} – ${write(most)}` }];
  return scale.colours.map((colour, i) => {
    if (i === 0) return { colour, label: `< ${write(limits[0])}` };
    if (i === limits.length) return { colour, label: `≥ ${write(limits[i - 1])}` };
    return { colour, label: `${write(limits[i - 1])} – ${write(limits[i])}` };
  });
}

/** @param {string} name */
function yesNo(name) {
  if (name === "true") return t("value.yes");
  if (name === "false") return t("value.no");
  return name;
}

/**
 * Write a column's unit for a heading.
 * @param {{key: string, unit: string}} column
 */
export function headingUnit(column) {
  const written = unit(column.unit);
  return written ? ` (${written})` : "";
}
