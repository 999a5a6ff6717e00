// @ts-check
/** Codes on the map: press a place to read its codes, see the grid, paste a code and fly there. */

import * as api from "./api.js";
import { boxFeature, cellAround, cellSize, codesOf, flatOf, gridLines, levelFor, LEVELS } from "./cells.js";
import { byId, fill, icon, make } from "./dom.js";
import { forgetSolids, movedTo, outline, showCode, solidSection, startHeights, takesPress } from "./heights.js";
import { onLanguage, t } from "./language.js";
import { claimPress, drawGrid, fit, onMoved, visibleBounds } from "./map.js";
import { complain, notice } from "./notices.js";

/** A cell is drawn where it is at least so wide on the screen. */
const LEAST_PIXELS = 28;
const METRES_A_DEGREE = 111320;

let open = false;
/** @type {[number, number] | null} */
let place = null;
/** The cell that is marked: of a level of the place, or one that was asked for.
 * @type {{level: number, bounds: number[]} | null} */
let marked = null;
let level = 1;
/** @type {HTMLElement | null} */
let panel = null;
/** @type {() => void} */
let tellTool = () => {};

export function startCodes() {
  claimPress((lon, lat, solid) => {
    if (!open) return false;
    if (!takesPress(lon, lat, solid)) choose(lon, lat);
    return true;
  });
  startHeights(render);
  onMoved(draw);
  onLanguage(render);
}

export function isCodeOpen() {
  return open;
}

/** Call `listener` when the codes are shown or hidden. @param {() => void} listener */
export function onCodes(listener) {
  tellTool = listener;
}

/** Show or hide the codes and the grid. */
export function toggleCodes() {
  open = !open;
  if (!open) {
    [place, marked] = [null, null];
    forgetSolids();
  }
  tellTool();
  render();
  draw();
  if (open) panel?.querySelector("input")?.focus();
}

/** @param {number} lon @param {number} lat */
function choose(lon, lat) {
  place = [lon, lat];
  mark(level);
  movedTo(place);
  render();
}

/** @param {number} wanted */
function mark(wanted) {
  if (place) marked = { level: wanted, bounds: cellAround(place[0], place[1], wanted) };
  draw();
}

/** Draw the lines of the level that suits the map, and the marked cell. */
function draw() {
  if (!open) {
    drawGrid([]);
    return;
  }
  const bounds = visibleBounds();
  const pixels = byId("map").clientWidth / (bounds[2] - bounds[0]);
  level = levelFor(pixels, LEAST_PIXELS);
  if (panel) panel.dataset.level = String(level);
  const note = panel?.querySelector("[data-part=level]");
  if (note) note.textContent = t("code.drawn", { level, size: sizeOf(level) });
  drawGrid([...gridLines(bounds, level), ...(marked ? [boxFeature(marked.bounds)] : []), ...outline()]);
}

/** How large a cell is, in the unit a reader would use. @param {number} one */
function sizeOf(one) {
  const metres = cellSize(one)[1] * METRES_A_DEGREE;
  if (metres >= 1000) return `${Math.round(metres / 100) / 10} km`;
  return metres >= 1 ? `${Math.round(metres * 10) / 10} m` : `${Math.round(metres * 1000) / 10} cm`;
}

function render() {
  const scrolled = panel?.scrollTop ?? 0;
  panel?.remove();
  panel = null;
  if (!open) return;
  panel = make(
    "section",
    { class: "code-panel", id: "code-panel", "aria-label": t("code.title") },
    make("header", {}, make("h2", {}, t("code.title")), make("button", { type: "button", class: "icon-button", "aria-label": t("close"), on: { click: toggleCodes } }, icon("close"))),
    askForm(),
    make("p", { class: "hint", "data-part": "level" }),
    place ? codeList(place) : make("p", { class: "hint" }, t("code.press")),
    solidSection(place, marked?.level || level),
  );
  byId("map-frame").append(panel);
  panel.scrollTop = scrolled;
  draw();
}

function askForm() {
  const input = make("input", { type: "text", class: "code", name: "code", autocomplete: "off", spellcheck: "false", "aria-label": t("code.ask"), placeholder: t("code.ask") });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (input.value.trim()) fly(input.value.trim().toUpperCase()).catch(complain);
  };
  return make("form", { class: "code-ask", on: { submit } }, input, make("button", { type: "submit", class: "button is-small" }, t("code.go")));
}

/** Go to a code's cell, and mark it (of a 3-D code the ground plan, and the cell stands on the map); the platform reads it and says what is wrong. @param {string} code */
async function fly(code) {
  const system = code.startsWith("G") ? "GeoSOT" : "BeiDou";
  const flat = flatOf(code);
  const zone = await api.zone(system, flat);
  const [lon, lat] = zone.centroid;
  place = [lon, lat];
  // A GeoSOT level is none of the ten that are listed.
  marked = { level: system === "BeiDou" ? zone.level : 0, bounds: zone.bbox };
  forgetSolids();
  if (flat === code) fit(zone.bbox, true, 19);
  else showCode(code, place);
  render();
}

/** @param {[number, number]} where */
function codeList([lon, lat]) {
  const codes = codesOf(lon, lat);
  if (!codes.length) return make("p", { class: "hint" }, t("code.cap"));
  const rows = LEVELS.map((one) => {
    const code = codes[one - 1];
    const chosen = marked?.level === one;
    return make(
      "li",
      { class: chosen ? "is-chosen" : null },
      make("button", { type: "button", class: "code-show", title: sizeOf(one), on: { click: () => (mark(one), render()) } }, make("span", { class: "hint" }, String(one)), make("span", { class: "code" }, code)),
      make("button", { type: "button", class: "button is-quiet is-small", "aria-label": t("code.copy-of", { code }), on: { click: () => copy(code) } }, t("code.copy")),
    );
  });
  return make("div", {}, make("p", { class: "hint code" }, `${lon.toFixed(6)}, ${lat.toFixed(6)}`), make("ol", { class: "codes" }, rows));
}

/** @param {string} code */
function copy(code) {
  // Without a secure origin there is no clipboard: then the text is selected, to be copied by hand.
  if (navigator.clipboard) {
    navigator.clipboard.writeText(code).then(() => notice(t("code.copied", { code })), () => select(code));
  } else {
    select(code);
  }
}

/** @param {string} code */
function select(code) {
  const shown = [...(panel?.querySelectorAll(".code-show .code") ?? [])].find((one) => one.textContent === code);
  if (shown) getSelection()?.selectAllChildren(shown);
  notice(t("code.select"));
}
