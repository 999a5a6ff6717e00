// @ts-check
/** Fields that hold places: typed in degrees, or pressed and drawn on the map. */

import { icon, make } from "./dom.js";
import { t } from "./language.js";

/** @typedef {import("./schema.js").Field} Field */
/** @typedef {import("./form.js").Control} Control */
/** @typedef {[number, number]} Corner Longitude, latitude */

/** Degrees that are kept: 0.1 m. */
const DIGITS = 6;
/** How a line or an area is drawn needs no room in the page before there is one to draw. */
const pressing = () => import("./pressing.js");

/** @param {number} one */
function degrees(one) {
  return String(Number(one.toFixed(DIGITS)));
}

/**
 * Find the numbers that make places with each other: `lon` and `lat`, or names that end so.
 * @param {Field[]} fields
 * @returns {Map<string, string>} The key of each longitude with that of its latitude
 */
export function pairsOf(fields) {
  const numbers = new Set(fields.filter((one) => one.kind === "number").map((one) => one.key));
  const lons = [...numbers].filter((key) => /(^|_)lon$/.test(key));
  return new Map(lons.map((key) => /** @type {[string, string]} */ ([key, key.replace(/lon$/, "lat")])).filter(([, lat]) => numbers.has(lat)));
}

/**
 * Put the two fields of a place beside each other, over the button that presses it on the map.
 * @param {Control} lon
 * @param {Control} lat
 */
export function placePair(lon, lat) {
  const [x, y] = [lon, lat].map((one) => /** @type {HTMLInputElement} */ (one.element.querySelector("input")));
  const read = () => (x.value === "" || y.value === "" || !x.validity.valid || !y.validity.valid ? null : /** @type {Corner} */ ([Number(x.value), Number(y.value)]));
  const write = (/** @type {Corner} */ at) => {
    [x.value, y.value] = at.map(degrees);
    for (const one of [y, x]) one.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const button = pressButton("point", x, () => [read()].filter((one) => one !== null), ([at]) => write(at));
  const show = () => void pressing().then((one) => one.showMark(x, "point", [read()].filter((at) => at !== null)));
  for (const one of [x, y]) one.addEventListener("change", show);
  if (read()) show();
  return make("div", { class: "place-pair" }, make("div", { class: "place-degrees" }, lon.element, lat.element), button);
}

/**
 * The button that has a place pressed, or a shape drawn; the focus comes back to it.
 * @param {"point" | "line" | "area"} kind
 * @param {HTMLElement} owner Whose mark on the map it is
 * @param {() => Corner[]} read
 * @param {(corners: Corner[]) => void} write
 */
function pressButton(kind, owner, read, write) {
  const button = make("button", { type: "button", class: "button is-small press-button" }, icon("pin"), t(`press.${kind}`));
  button.addEventListener("click", async () => {
    const { press } = await pressing();
    const corners = await press(owner, kind, read());
    if (corners) write(corners);
    button.focus();
  });
  return button;
}

/**
 * A line or an area: a corner a line, longitude and latitude.
 * @param {Field} field
 * @param {Corner[] | null | undefined} start
 * @param {(input: HTMLTextAreaElement, fault: () => string, read: () => unknown) => Control} label
 * @returns {Control}
 */
export function shapeInput(field, start, label) {
  const kind = field.schema["x-chengmo-place"] === "area" ? "area" : "line";
  const least = field.schema.minItems ?? (kind === "area" ? 3 : 2);
  const written = (/** @type {Corner[]} */ corners) => corners.map((at) => at.map(degrees).join(", ")).join("\n");
  const input = make("textarea", { rows: 4, spellcheck: "false", placeholder: "114.305, 30.593", value: written(start ?? []) });
  const lines = () => input.value.split(/[\n;；]/).map((one) => one.trim()).filter(Boolean).map((one) => one.split(/[\s,，]+/).map(Number));
  const isCorner = (/** @type {number[]} */ at) => at.length === 2 && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90;
  const corners = () => /** @type {Corner[]} */ (lines().filter(isCorner));
  const fault = () => {
    const given = lines();
    if (!given.length) return field.required ? t("form.required") : "";
    if (!given.every(isCorner)) return t("press.no-corner", { line: given.findIndex((one) => !isCorner(one)) + 1 });
    return given.length < least ? t("press.few", { least }) : "";
  };
  const read = () => (lines().length ? lines() : field.nullable ? null : field.required ? [] : undefined);
  const made = label(input, fault, read);
  const write = (/** @type {Corner[]} */ drawn) => {
    input.value = written(drawn);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const show = () => void pressing().then((one) => one.showMark(input, kind, corners()));
  input.addEventListener("change", show);
  if (start?.length) show();
  made.element.querySelector(".field-input")?.after(pressButton(kind, input, corners, write));
  return made;
}
