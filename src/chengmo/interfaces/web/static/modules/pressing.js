// @ts-check
/**
 * Places and shapes that are pressed on the map for a field of a form. Loaded when a form first has one.
 *
 * By keyboard: the arrows move the map under a cross, Enter takes the place under it, Escape leaves all as it was.
 */

import { byId, draw, fill, make } from "./dom.js";
import { t } from "./language.js";
import { setSource } from "./laying.js";
import { claimPress, freeMiddle, ownMap } from "./map.js";
import { here, onPlace } from "./place.js";

/** @typedef {[number, number]} Corner */
/** @typedef {"point" | "line" | "area"} Kind */
/** @typedef {{owner: HTMLElement, kind: Kind, corners: Corner[], closed: boolean}} Mark */

const SOURCE = "pressed";
const INK = "#b3361e";

/** What is marked on the map, by the field that it belongs to. @type {Map<HTMLElement, Mark>} */
const marks = new Map();
/** Ends what is being pressed now. @type {((corners: Corner[] | null) => void) | null} */
let end = null;
/** @type {(at: Corner) => void} */
let take = () => {};

claimPress((lon, lat) => {
  if (!end) return false;
  take([lon, lat]);
  return true;
});
// A form that is left takes its marks along, and so does an answer that comes to lie over them.
onPlace(() => setTimeout(drawMarks));

/**
 * Mark where a field's place or shape is; no corner takes the mark away.
 * @param {HTMLElement} owner
 * @param {Kind} kind
 * @param {Corner[]} corners
 */
export function showMark(owner, kind, corners) {
  if (corners.length) marks.set(owner, { owner, kind, corners, closed: true });
  else marks.delete(owner);
  drawMarks();
}

function drawMarks() {
  const map = ownMap();
  for (const owner of marks.keys()) if (!owner.isConnected) marks.delete(owner);
  const shown = [...marks.values()].filter(({ owner }) => owner.offsetParent !== null && !here().run);
  const features = shown.flatMap(featuresOf);
  if (!features.length && !map.getSource(SOURCE)) return;
  setSource(map, SOURCE, features);
  if (map.getLayer("pressed-area")) return;
  const only = (/** @type {string} */ kind) => ["==", ["geometry-type"], kind];
  map.addLayer({ id: "pressed-area", type: "fill", source: SOURCE, filter: only("Polygon"), paint: { "fill-color": INK, "fill-opacity": 0.15 } });
  map.addLayer({ id: "pressed-line", type: "line", source: SOURCE, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": INK, "line-width": 2.5 } });
  map.addLayer({ id: "pressed-point", type: "circle", source: SOURCE, filter: only("Point"), paint: { "circle-color": INK, "circle-radius": 6, "circle-stroke-color": "#fff", "circle-stroke-width": 2.5 } });
}

/** @param {Mark} mark */
function featuresOf({ kind, corners, closed }) {
  const feature = (/** @type {string} */ type, /** @type {any} */ coordinates) => ({ type: "Feature", properties: {}, geometry: { type, coordinates } });
  const points = corners.map((at) => feature("Point", at));
  if (kind === "point" || corners.length < 2) return points;
  if (kind === "area" && corners.length > 2) return [feature("Polygon", [[...corners, corners[0]]]), ...(closed ? [] : points)];
  return [feature("LineString", corners), ...(closed ? [] : points)];
}

/**
 * Have a place pressed or a shape drawn.
 * @param {HTMLElement} owner The field it is for
 * @param {Kind} kind
 * @param {Corner[]} before What the field holds; given back to the map when it is left
 * @returns {Promise<Corner[] | null>} None where it was left
 */
export function press(owner, kind, before) {
  end?.(null);
  const least = { point: 1, line: 2, area: 3 }[kind];
  /** @type {Corner[]} */
  let corners = [];
  return new Promise((resolve) => {
    const done = make("button", { type: "button", class: "button is-small is-main", disabled: true, on: { click: () => finish(corners) } }, t("press.done"));
    const back = make("button", { type: "button", class: "button is-small", disabled: true, on: { click: () => step(corners.slice(0, -1)) } }, t("press.back"));
    const bar = barOf(kind, kind === "point" ? [] : [back, done], () => finish(null));
    const step = (/** @type {Corner[]} */ now) => {
      corners = now;
      done.disabled = corners.length < least;
      back.disabled = !corners.length;
      marks.set(owner, { owner, kind, corners, closed: false });
      drawMarks();
    };
    const finish = (/** @type {Corner[] | null} */ given) => {
      end = null;
      document.removeEventListener("keydown", key, true);
      bar.remove();
      byId("map-frame").classList.remove("is-pressed");
      showMark(owner, kind, given ?? before);
      resolve(given);
    };
    const key = (/** @type {KeyboardEvent} */ event) => {
      const onMap = byId("map").contains(document.activeElement);
      if (event.key === "Escape") finish(null);
      else if (event.key === "Enter" && onMap) takeMiddle();
      else if (event.key === "Backspace" && onMap && corners.length) step(corners.slice(0, -1));
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    take = (at) => (kind === "point" ? finish([at]) : step([...corners, at]));
    end = finish;
    document.addEventListener("keydown", key, true);
    byId("map-frame").append(bar);
    byId("map-frame").classList.add("is-pressed");
    step([]);
    ownMap().getCanvas().focus();
  });
}

/** Take the place under the cross. */
function takeMiddle() {
  const { lng, lat } = ownMap().unproject(freeMiddle()).wrap();
  take([lng, lat]);
}

/**
 * What is to be done, over the map, and the cross for the keyboard.
 * @param {Kind} kind
 * @param {HTMLElement[]} buttons
 * @param {() => void} leave
 */
function barOf(kind, buttons, leave) {
  const bar = make("div", { class: "press-frame" });
  const [x, y] = freeMiddle();
  const cross = draw("svg", { class: "press-cross", viewBox: "-16 -16 32 32", width: 32, height: 32, "aria-hidden": "true" }, draw("path", { d: "M-14 0H-4M4 0H14M0-14V-4M0 4V14", fill: "none", stroke: INK, "stroke-width": 2 }));
  cross.style.left = `${x - 16}px`;
  cross.style.top = `${y - 16}px`;
  const said = make("div", { class: "press-bar", role: "group", "aria-label": t(`press.${kind}`) }, make("p", { role: "status" }, t(`press.how.${kind}`)), buttons, make("button", { type: "button", class: "button is-small is-quiet", on: { click: leave } }, t("cancel")));
  said.style.left = `${x}px`;
  fill(bar, cross, said);
  return bar;
}
