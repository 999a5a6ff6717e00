// @ts-check
/** Put a treatment together: what is done to a dataset before somebody sees it, said in words at once. */

import { choice, explain, field } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { noiseFields } from "./noise.js";
import { treatedList } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("../modules/types.js").Dataset} Dataset */
/** @typedef {import("../modules/types.js").DatasetColumn} DatasetColumn */
/** @typedef {{column: string, op?: string, value?: unknown, attribute?: string | null}} RowRule */
/** @typedef {{do: string, first?: number | null, last?: number, step?: number | null, unit?: string | null, space?: string}} ColumnTreatment */
/** @typedef {{do: string, level: number, minimum: number} | import("./noise.js").NoisyCount} SpaceTreatment */
/** @typedef {{rows: RowRule[], only: string[] | null, columns: Record<string, ColumnTreatment>, time: string | null, space: SpaceTreatment | null}} Treatment */

const PAUSE_MS = 200;
/** Cells of GeoSOT that make sense for a city: from 4″ of arc to a degree. */
const LEVELS = [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];
const METRES_A_DEGREE = 111_320;
const UNITS = ["year", "month", "day", "hour"];
const DISTRICT = "district";
/** Names of columns that tell a place, as files of coordinates have them. */
const COORDINATE = /^(lon|lng|long|longitude|lat|latitude|x|y|geom|wkt)$|经度|纬度|坐标|coord/i;

/** @type {Treatment} */
export const NOTHING = { rows: [], only: null, columns: {}, time: null, space: null };

/**
 * Make the builder for one dataset.
 * @param {Dataset} dataset
 * @param {Treatment} [before] What it begins with
 */
export function builder(dataset, before = NOTHING) {
  const columns = dataset.columns.map((one) => columnRow(dataset, one, before.columns[one.name]));
  const rows = districtField(dataset, before.rows);
  const time = dataset.columns.some(isTimed) ? choice(w("treat.time"), "time", [["", w("treat.time.kept")], ...UNITS.map((unit) => pair(unit, w(`unit.${unit}`)))], before.time ?? "") : null;
  const space = spaceFields(dataset, before.space);
  const words = make("div", { class: "words", role: "status" });
  const told = make("div", { role: "status" });
  /** @returns {Treatment} */
  const value = () => ({
    rows: [...before.rows.filter((rule) => rule.attribute !== DISTRICT), ...rows.value()],
    only: before.only,
    columns: Object.fromEntries(columns.flatMap((one) => one.value())),
    time: time?.querySelector("select")?.value || null,
    space: space.value(),
  });
  const whole = make(
    "div",
    { class: "builder" },
    suggestions(dataset, columns, space, () => tell()),
    make("h3", {}, w("treat.columns")),
    make("ul", { class: "column-rows" }, columns.map((one) => one.element)),
    make("div", { class: "plain-form is-wide" }, rows.element, time),
    space.element,
    told,
    words,
  );
  let timer = 0;
  let turn = 0;
  const tell = () => {
    fill(told, space.value()?.do === "coarsen" ? placesTold(columns, () => tell()) : null);
    clearTimeout(timer);
    const mine = (turn += 1);
    timer = setTimeout(() => {
      sayWords(value()).then((said) => {
        if (mine === turn) fill(words, said);
      });
    }, PAUSE_MS);
  };
  whole.addEventListener("input", tell);
  tell();
  return { element: whole, value };
}

/**
 * Warn of columns that say again what the cells take away.
 * @param {ReturnType<typeof columnRow>[]} columns
 * @param {() => void} tell
 */
function placesTold(columns, tell) {
  const kept = columns.filter((one) => COORDINATE.test(one.name) && !one.value().length);
  if (!kept.length) return null;
  const drop = () => {
    for (const one of kept) one.set("drop");
    tell();
  };
  const names = kept.map((one) => one.name).join(", ");
  return make("p", { class: "box is-care suggestion" }, w("treat.places-told", { columns: names }), " ", make("button", { type: "button", class: "button is-small", on: { click: drop } }, w("treat.places-told.drop")));
}

/** @param {Treatment} treatment */
async function sayWords(treatment) {
  try {
    const { treated } = await ask(address("sharing/treatment/words"), { method: "POST", json: treatment });
    const list = treatedList(treated);
    return list ? [make("strong", {}, w("treat.seen")), list] : [make("p", { class: "hint" }, w("treat.nothing"))];
  } catch (error) {
    return [make("p", { class: "complaint" }, explain(error))];
  }
}

/** @param {string} value @param {string} text @returns {[string, string]} */
function pair(value, text) {
  return [value, text];
}

/** @param {DatasetColumn} column */
function isTimed({ type }) {
  return type === "date" || type === "datetime";
}

/**
 * @param {Dataset} dataset
 * @param {DatasetColumn} column
 * @param {ColumnTreatment} [before]
 */
function columnRow(dataset, column, before) {
  const isText = column.type === "text";
  const coarse = isText || isTimed(column) || ["integer", "number"].includes(column.type);
  const ways = ["keep", "drop", ...(isText ? ["mask"] : []), "hash", ...(coarse ? ["generalise"] : [])];
  const kind = dataset.sensitive[column.name]?.kind ?? dataset.found_sensitive.find((one) => one.column === column.name)?.kind;
  const name = say(column.title) || column.source_name || column.name;
  const way = make("select", { "aria-label": `${name}: ${w("treat.way")}`, "data-column": column.name, value: before?.do ?? "keep" }, ways.map((one) => make("option", { value: one }, w(`do.${one}`))));
  const details = make("span", { class: "column-details" });
  const show = (/** @type {ColumnTreatment | undefined} */ from) => fill(details, detailsOf(column, way.value, from));
  way.addEventListener("input", () => show(undefined));
  show(before);
  const label = make("span", { class: "column-name" }, name, name === column.name ? null : make("span", { class: "code" }, ` ${column.name}`), kind ? make("span", { class: "badge is-care" }, w("treat.sensitive")) : null);
  const number = (/** @type {string} */ of) => Number(/** @type {HTMLInputElement | null} */ (details.querySelector(`[data-of=${of}]`))?.value || 0);
  /** @returns {[string, ColumnTreatment][]} */
  const value = () => {
    if (way.value === "keep") return [];
    if (way.value === "mask") return [[column.name, { do: "mask", first: number("first"), last: number("last") }]];
    if (way.value === "hash") return [[column.name, { do: "hash", space: before?.space ?? "" }]];
    if (way.value === "drop") return [[column.name, { do: "drop" }]];
    if (isText) return [[column.name, { do: "generalise", first: number("first") }]];
    if (isTimed(column)) return [[column.name, { do: "generalise", unit: details.querySelector("select")?.value ?? "year" }]];
    return [[column.name, { do: "generalise", step: number("step") }]];
  };
  const set = (/** @type {string} */ wanted) => {
    way.value = ways.includes(wanted) ? wanted : "hash";
    show(undefined);
  };
  return { name: column.name, element: make("li", {}, label, way, details), value, set };
}

/**
 * @param {DatasetColumn} column
 * @param {string} way
 * @param {ColumnTreatment} [from]
 */
function detailsOf(column, way, from) {
  const number = (/** @type {string} */ of, /** @type {number} */ usual, /** @type {Record<string, any>} */ limits) =>
    make("label", {}, w(`treat.${of}`), make("input", { type: "number", "data-of": of, value: String(usual), required: true, ...limits }));
  if (way === "mask") return [number("first", from?.first ?? 1, { min: 0, max: 20 }), number("last", from?.last ?? 0, { min: 0, max: 20 })];
  if (way !== "generalise") return [];
  if (column.type === "text") return [number("first", from?.first ?? 3, { min: 1, max: 20 })];
  if (!isTimed(column)) return [number("step", from?.step ?? 10, { min: 0, step: "any" })];
  const units = UNITS.filter((unit) => unit !== "hour" || column.type === "datetime");
  return [make("label", {}, w("treat.unit"), make("select", { value: from?.unit ?? "month" }, units.map((unit) => make("option", { value: unit }, w(`unit.${unit}`)))))];
}

/** @param {Dataset} dataset @param {RowRule[]} before */
function districtField(dataset, before) {
  const texts = dataset.columns.filter((one) => one.type === "text");
  if (!texts.length) return { element: null, value: () => [] };
  const chosen = before.find((rule) => rule.attribute === DISTRICT)?.column ?? "";
  const element = choice(w("treat.district"), "district", [pair("", w("treat.district.all")), ...texts.map((one) => pair(one.name, w("treat.district.by", { column: say(one.title) || one.name })))], chosen);
  const select = /** @type {HTMLSelectElement} */ (element.querySelector("select"));
  return { element, value: () => (select.value ? [{ column: select.value, attribute: DISTRICT }] : []) };
}

/** @param {Dataset} dataset @param {SpaceTreatment | null} stated */
function spaceFields(dataset, stated) {
  const noisy = stated?.do === "noisy-count" ? /** @type {import("./noise.js").NoisyCount} */ (stated) : null;
  const before = noisy ? null : /** @type {{do: string, level: number, minimum: number} | null} */ (stated);
  const ways = dataset.geometry_type === "none" ? ["exact", "noisy-count"] : ["exact", "coarsen", "count", "noisy-count"];
  const size = (/** @type {number} */ level) => w("treat.level.size", { level: String(level), size: sizeOf(level) });
  const levels = before && !LEVELS.includes(before.level) ? [...LEVELS, before.level] : LEVELS;
  const way = choice(w("treat.space"), "space", ways.map((one) => pair(one, w(`space.${one}`))), stated?.do ?? "exact");
  const level = choice(w("treat.level"), "level", levels.map((one) => pair(String(one), size(one))), String(before?.level ?? 16));
  const minimum = field(w("treat.minimum"), { name: "minimum", type: "number", min: 1, max: 10000, value: String(before?.minimum ?? 5) }, w("treat.minimum.why"));
  const chosen = /** @type {HTMLSelectElement} */ (way.querySelector("select"));
  const levelOf = /** @type {HTMLSelectElement} */ (level.querySelector("select"));
  const minimumOf = /** @type {HTMLInputElement} */ (minimum.querySelector("input"));
  const noise = noiseFields(dataset, noisy, levels.map((one) => pair(String(one), size(one))));
  const show = () => {
    level.hidden = minimum.hidden = ["exact", "noisy-count"].includes(chosen.value);
    noise.element.hidden = chosen.value !== "noisy-count";
    minimumOf.min = chosen.value === "count" ? "2" : "1";
  };
  chosen.addEventListener("input", show);
  show();
  /** @returns {SpaceTreatment | null} */
  const value = () => (chosen.value === "exact" ? null : chosen.value === "noisy-count" ? noise.value() : { do: chosen.value, level: Number(levelOf.value), minimum: Number(minimumOf.value) });
  const set = (/** @type {string} */ wanted) => {
    chosen.value = wanted;
    show();
  };
  return { element: make("div", { class: "plain-form is-wide" }, way, level, minimum, noise.element), value, set };
}

/** Say how long the side of a cell is: degrees to level 9, minutes to 15, then seconds. @param {number} level */
function sizeOf(level) {
  const degrees = level <= 9 ? 2 ** (9 - level) : level <= 15 ? 2 ** (15 - level) / 60 : 2 ** (21 - level) / 3600;
  const metres = degrees * METRES_A_DEGREE;
  return metres < 1000 ? w("metres", { size: String(Math.round(metres)) }) : w("kilometres", { size: String(Number((metres / 1000).toPrecision(2))) });
}

/**
 * Offer what the inventory says of sensitive columns.
 * @param {Dataset} dataset
 * @param {{name: string, set: (way: string) => void}[]} columns
 * @param {{set: (way: string) => void} | null} space
 * @param {() => void} tell
 */
function suggestions(dataset, columns, space, tell) {
  const stated = Object.entries(dataset.sensitive).map(([column, { treatment }]) => ({ column, treatment }));
  const found = dataset.found_sensitive.filter((one) => !(one.column in dataset.sensitive));
  const all = [...stated, ...found];
  if (!all.length) return null;
  const use = () => {
    for (const { column, treatment } of all) {
      if (column === "_geometry") space?.set("coarsen");
      else columns.find((one) => one.name === column)?.set(treatment);
    }
    tell();
  };
  return make("p", { class: "box is-care suggestion" }, w("treat.suggested", { count: String(all.length) }), " ", make("button", { type: "button", class: "button is-small", on: { click: use } }, w("treat.suggested.use")));
}
