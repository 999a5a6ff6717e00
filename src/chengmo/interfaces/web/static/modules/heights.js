// @ts-check
/** The part of the codes' panel for 3-D cells: heights, a level, a place or an outline, and what they come to. */

import { boxFeature, LEVELS } from "./cells.js";
import { make } from "./dom.js";
import { csvOf, saveText } from "./grid.js";
import { t } from "./language.js";
import { drawSolids, tilt } from "./map.js";
import { notice } from "./notices.js";
import { countLayers, HEIGHTS_M, layersBetween, middlesIn, readSolid, solidsOver } from "./solid.js";

/** @typedef {import("./solid.js").Solid} Solid */

const MOST = 2000;
const LISTED = 40;
const METRES_A_DEGREE = 111320;

const asked = { from: 0, to: 60, level: 7, outlined: false, open: false };
/** @type {[number, number][]} */
let ring = [];
/** @type {Solid[]} */
let solids = [];
let chosen = "";
let redraw = () => {};

/** @param {() => void} listener Called when the panel or the map's lines must be made anew */
export function startHeights(listener) {
  redraw = listener;
}

/** Take a press on the map: on a 3-D cell, or a corner of the outline.
 * @param {number} lon
 * @param {number} lat
 * @param {string | undefined} code The 3-D cell that was hit
 */
export function takesPress(lon, lat, code) {
  if (code) choose(code);
  else if (asked.open && asked.outlined && !solids.length) {
    ring.push([lon, lat]);
    redraw();
  } else return false;
  return true;
}

/** A new place: its column of cells, if one is shown. @param {[number, number]} place */
export function movedTo(place) {
  if (solids.length && !asked.outlined) show(place);
}

/** The outline as far as it is drawn. */
export function outline() {
  if (!asked.outlined || !ring.length) return [];
  const closed = ring.length > 2 ? [...ring, ring[0]] : ring;
  const corners = ring.map(([x, y]) => boxFeature([x - 2e-6, y - 2e-6, x + 2e-6, y + 2e-6]));
  return [...corners, { type: "Feature", properties: { outline: true }, geometry: { type: "LineString", coordinates: closed } }];
}

/** Take the cells off the map and lay it flat again. */
export function forgetSolids() {
  if (solids.length) tilt(null);
  [ring, solids, chosen] = [[], [], ""];
  drawSolids([]);
}

/** @param {[number, number] | null} place @param {number} level The level that is marked or drawn */
export function solidSection(place, level) {
  if (!solids.length && !asked.open) asked.level = Math.max(4, level);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    show(place);
    redraw();
  };
  const details = make(
    "details",
    { class: "code-solid", open: asked.open || null },
    make("summary", {}, t("solid.title")),
    make("p", { class: "hint" }, t("solid.heights")),
    make(
      "form",
      { on: { submit } },
      numberInput("from", t("solid.from")),
      numberInput("to", t("solid.to")),
      levelInput(),
      make("label", { class: "solid-wide" }, outlinedInput(), t("solid.outlined")),
      asked.outlined && !solids.length ? make("p", { class: "hint solid-wide" }, t("solid.corners", { count: ring.length })) : null,
      make("button", { type: "submit", class: "button is-small" }, t("solid.show")),
      solids.length || ring.length ? make("button", { type: "button", class: "button is-small is-quiet", on: { click: () => (forgetSolids(), redraw()) } }, t("solid.clear")) : null,
    ),
    solids.length ? found() : null,
  );
  details.addEventListener("toggle", () => {
    asked.open = details.open;
  });
  return details;
}

/** @param {"from" | "to"} name @param {string} title */
function numberInput(name, title) {
  const input = make("input", { type: "number", name, step: "any", required: true, min: HEIGHTS_M[0], max: HEIGHTS_M[1], value: String(asked[name]) });
  input.addEventListener("input", () => {
    asked[name] = Number(input.value);
  });
  return make("label", {}, title, input);
}

function levelInput() {
  const select = make("select", { name: "level" }, LEVELS.map((one) => make("option", { value: String(one), selected: one === asked.level || null }, String(one))));
  select.addEventListener("change", () => {
    asked.level = Number(select.value);
  });
  return make("label", {}, t("solid.level"), select);
}

function outlinedInput() {
  const input = make("input", { type: "checkbox", name: "outlined", checked: asked.outlined || null });
  input.addEventListener("change", () => {
    forgetSolids();
    asked.outlined = input.checked;
    redraw();
  });
  return input;
}

/** @param {[number, number] | null} place */
function show(place) {
  const { from, to, level, outlined } = asked;
  if (from > to) return notice(t("solid.upside-down"));
  if (outlined ? ring.length < 3 : !place) return notice(t(outlined ? "solid.few-corners" : "solid.no-place"));
  const layers = countLayers(from, to, level);
  const middles = outlined ? middlesIn(ring, level, MOST) : [/** @type {[number, number]} */ (place)];
  if (!middles || layers * middles.length > MOST) return notice(t("solid.many", { most: MOST }));
  if (!middles.length) return notice(t("solid.none"));
  solids = solidsOver(middles, layersBetween(from, to, level), level);
  chosen = solids[0].code;
  draw();
  tilt(boundsOf(solids));
}

/** Show the one cell of a 3-D code. @param {string} code @param {[number, number]} place The middle of its ground plan */
export function showCode(code, place) {
  const read = readSolid(code);
  if ("wrong" in read) return notice(t("solid.wrong", { at: read.wrong, character: code[read.wrong - 1] ?? "" }));
  solids = solidsOver([place], [read.layer], read.level);
  [asked.open, asked.outlined, asked.level] = [true, false, read.level];
  [asked.from, asked.to] = [solids[0].floor, solids[0].ceiling].map((height) => Math.round(height * 1000) / 1000);
  chosen = solids[0].code;
  draw();
  tilt(boundsOf(solids));
}

function draw() {
  // The map's ground is the ellipsoid, and nothing can be drawn under it: then all is lifted.
  const lift = Math.max(0, ...solids.map((one) => -one.floor));
  drawSolids(
    solids.map((one) => ({
      ...boxFeature(one.bounds),
      properties: { code: one.code, bottom: one.floor + lift, top: one.ceiling + lift, odd: one.odd, chosen: one.code === chosen },
    })),
  );
}

/** Bounds that leave room for the height of what is seen from the side. @param {Solid[]} all */
function boundsOf(all) {
  const tall = (all[all.length - 1].ceiling - all[0].floor) / METRES_A_DEGREE;
  const [west, south, east, north] = [0, 1, 2, 3].map((i) => (i < 2 ? Math.min : Math.max)(...all.map((one) => one.bounds[i])));
  return [west - tall, south - tall, east + tall, north + tall];
}

/** @param {string} code */
function choose(code) {
  chosen = code;
  draw();
  redraw();
}

function found() {
  // A column is read from above.
  const top = asked.outlined ? solids : [...solids].reverse();
  const at = Math.max(0, top.findIndex((one) => one.code === chosen));
  const begin = Math.max(0, Math.min(at - LISTED / 2, top.length - LISTED));
  const rows = top.slice(begin, begin + LISTED).map((one) =>
    make(
      "li",
      { class: one.code === chosen ? "is-chosen" : null },
      make("button", { type: "button", class: "code-show", on: { click: () => choose(one.code) } }, make("span", { class: "code" }, one.code), make("span", { class: "hint" }, t("solid.band", { floor: metres(one.floor), ceiling: metres(one.ceiling) }))),
    ),
  );
  const lowest = solids.reduce((low, one) => Math.min(low, one.floor), 0);
  return make(
    "div",
    {},
    make("p", { class: "hint", "data-part": "solids" }, t("solid.found", { count: solids.length, level: asked.level }), lowest < 0 ? ` ${t("solid.lifted", { lift: metres(-lowest) })}` : ""),
    make("ol", { class: "codes solid-codes" }, rows),
    solids.length > LISTED ? make("p", { class: "hint" }, t("solid.listed", { shown: LISTED })) : null,
    make("button", { type: "button", class: "button is-small", on: { click: save } }, t("solid.save")),
  );
}

function save() {
  const titles = ["code", "floor_m", "ceiling_m", "west", "south", "east", "north"];
  const columns = titles.map((key) => ({ key, title: key, unit: "" }));
  saveText("cells.csv", csvOf(columns, solids.map((one) => [one.code, one.floor, one.ceiling, ...one.bounds])), "text/csv");
}

/** @param {number} height */
function metres(height) {
  return height.toFixed(asked.level < 8 ? 1 : asked.level < 10 ? 2 : 3);
}
