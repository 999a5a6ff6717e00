// @ts-check
/** Tables that scroll in their place, and their CSV. */

import { make } from "./dom.js";
import { isShare, named, percent, unit, value } from "./format.js";
import { say, t } from "./language.js";

/** @typedef {import("./types.js").Column} Column */
/** @typedef {import("./types.js").Scalar} Scalar */

const SHOWN = 200;

/**
 * Make a table. Long ones show their first rows and say so.
 * @param {Column[]} columns
 * @param {unknown[][]} rows
 * @param {string} caption
 * @param {(cell: unknown, column: Column) => string} [write] How a cell is written
 */
export function gridOf(columns, rows, caption, write = written) {
  const numeric = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"));
  const head = columns.map((one, i) => make("th", { scope: "col", class: numeric[i] ? "is-number" : null }, say(one.title), unit(one.unit) ? make("small", {}, unit(one.unit)) : null));
  const body = rows.slice(0, SHOWN).map((row) =>
    make("tr", {}, row.map((cell, i) => make("td", { class: numeric[i] ? "is-number" : null }, write(cell, columns[i])))),
  );
  return make(
    "div",
    { class: "grid-frame", tabindex: 0, role: "region", "aria-label": caption },
    make("table", { class: "grid" }, make("caption", {}, caption), make("thead", {}, make("tr", {}, head)), make("tbody", {}, body)),
    rows.length > SHOWN ? make("p", { class: "hint" }, t("grid.first", { shown: SHOWN, all: rows.length })) : null,
  );
}

/**
 * @param {unknown} cell
 * @param {Column} column
 */
function written(cell, column) {
  return typeof cell === "number" && isShare(column.unit, column.key) ? percent(cell) : value(named(cell, column));
}

/**
 * Write rows as CSV (RFC 4180) that a spreadsheet opens as it is: with a byte order mark for Chinese, and
 * texts that would be formulas made harmless.
 * @param {Column[]} columns
 * @param {unknown[][]} rows
 */
export function csvOf(columns, rows) {
  const titles = columns.map((one) => `${say(one.title)}${one.unit ? ` (${one.unit})` : ""}`);
  return `\uFEFF${[titles, ...rows.map((row) => row.map((cell, i) => named(cell, columns[i])))].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** @param {unknown} cell */
function csvCell(cell) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * Hand a text to the reader as a file.
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function saveText(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
