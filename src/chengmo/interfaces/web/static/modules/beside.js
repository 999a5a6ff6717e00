// @ts-check
/** A second map over the first, kept in step with it and cut off at a divider that is dragged. */

import { mapFont } from "./basemap.js";
import { byId, make } from "./dom.js";
import { onLanguage, t } from "./language.js";
import { hitsOf, layDown, layPart, library, lift, nameParts, pictureOf, showPopup, withAnchors } from "./laying.js";
import { groundParts, onViews, ownMap, views } from "./map.js";
import { HEADER, purpose } from "./purpose.js";

/** @typedef {import("./laying.js").Entry} Entry */

const STEP = 2;
const LONG_STEP = 10;

/** @type {any} */
let second = null;
/** What lies on it, and as what. @type {Map<string, {entry: Entry, hidden: boolean}>} */
const laid = new Map();
/** @type {Map<string, any[]>} */
const laidParts = new Map();
let percent = 50;

export function startBeside() {
  onViews(mirror);
  onLanguage(() => {
    if (second) nameParts(second);
    describe();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (!second) return;
    close();
    open();
  });
}

/** Show the second map, the divider in the middle. */
export function openBeside() {
  if (second) return;
  percent = 50;
  open();
}

export function closeBeside() {
  if (!second) return;
  close();
  byId("beside").hidden = true;
  byId("beside").replaceChildren();
}

/** The second map, where there is one. */
export function secondMap() {
  return second;
}

/** Both maps as pictures that can be printed, the first one's before. */
export async function pictures() {
  const whole = { left: 0, right: 0 };
  return Promise.all([ownMap(), second].map((one) => pictureOf(one, whole)));
}

function open() {
  const frame = byId("beside");
  const place = make("div", { class: "beside-map" });
  frame.hidden = false;
  frame.replaceChildren(place, divider());
  const first = ownMap();
  second = new (library().Map)({
    container: place,
    style: withAnchors(),
    center: first.getCenter(),
    zoom: first.getZoom(),
    attributionControl: false,
    transformRequest: (/** @type {string} */ url) => ({ url, headers: { [HEADER]: purpose() } }),
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 0,
    localIdeographFontFamily: mapFont()[0],
  });
  second.touchZoomRotate.disableRotation();
  for (const [event, state] of [["idle", "idle"], ["dataloading", "busy"], ["movestart", "busy"]]) {
    second.on(event, () => (document.documentElement.dataset.beside = state));
  }
  second.on("click", (/** @type {any} */ event) => showPopup(second, entries(), event));
  second.on("mousemove", (/** @type {any} */ { point }) => {
    second.getCanvas().style.cursor = hitsOf(second, [...laid.keys()], point).length ? "pointer" : "";
  });
  keepInStep(first, second);
  second.once("load", mirror);
  moveTo(percent);
}

function close() {
  second.remove();
  second = null;
  laid.clear();
  laidParts.clear();
  delete document.documentElement.dataset.beside;
}

/** What belongs on the second map, from the bottom up. */
function entries() {
  return views().reverse().filter(({ view }) => view.side !== "a");
}

/** Lay on the second map what is on the page and not of the first run alone. */
function mirror() {
  if (!second?.isStyleLoaded() && !second?.loaded()) {
    second?.once("idle", mirror);
    return;
  }
  for (const [part, features] of groundParts()) {
    if (laidParts.get(part) !== features) layPart(second, part, features);
    laidParts.set(part, features);
  }
  const wanted = new Map(entries().map((entry) => [entry.view.id, entry]));
  for (const id of laid.keys()) {
    if (wanted.has(id)) continue;
    lift(second, id);
    laid.delete(id);
  }
  for (const [id, entry] of wanted) {
    const before = laid.get(id);
    const hidden = entry.view.hidden === true;
    if (before?.entry === entry && before.hidden === hidden) continue;
    layDown(second, entry);
    laid.set(id, { entry, hidden });
  }
}

/**
 * Whichever is moved, the other follows.
 * @param {any} first
 * @param {any} other
 */
function keepInStep(first, other) {
  let following = false;
  const follow = (/** @type {any} */ leader, /** @type {any} */ follower) => {
    if (following || second !== other) return;
    following = true;
    follower.jumpTo({ center: leader.getCenter(), zoom: leader.getZoom(), bearing: leader.getBearing(), pitch: leader.getPitch() });
    following = false;
  };
  const lead = () => follow(first, other);
  first.on("move", lead);
  other.on("move", () => follow(other, first));
  other.on("remove", () => first.off("move", lead));
}

function divider() {
  const grip = make("span", { class: "swipe-grip", "aria-hidden": "true" }, "‹ ›");
  const sides = ["a", "b"].map((side) => make("span", { class: `side-mark is-${side}`, "aria-hidden": "true" }, side.toUpperCase()));
  const handle = make(
    "div",
    { class: "swipe", id: "swipe", role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100, "aria-controls": "beside", on: { keydown: steer, pointerdown: grasp, dblclick: () => moveTo(50) } },
    sides,
    grip,
  );
  return handle;
}

/** @param {number} wanted Per cent of the map's width that the first run is given */
function moveTo(wanted) {
  percent = Math.min(100, Math.max(0, wanted));
  byId("beside").style.setProperty("--swipe", `${percent}%`);
  describe();
}

function describe() {
  const handle = document.getElementById("swipe");
  if (!handle) return;
  const [a, b] = [Math.round(percent), 100 - Math.round(percent)];
  handle.setAttribute("aria-label", t("compare.divider"));
  handle.setAttribute("aria-valuenow", String(a));
  handle.setAttribute("aria-valuetext", t("compare.divided", { a, b }));
  handle.title = t("compare.divider.how");
}

/** @param {KeyboardEvent} event */
function steer(event) {
  const long = event.shiftKey ? LONG_STEP : STEP;
  const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -long, ArrowDown: -long, ArrowRight: long, ArrowUp: long, PageDown: -LONG_STEP, PageUp: LONG_STEP, Home: -100, End: 100 });
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  moveTo(percent + step);
}

/** @param {PointerEvent} event */
function grasp(event) {
  if (event.button !== 0) return;
  const handle = /** @type {HTMLElement} */ (event.currentTarget);
  handle.setPointerCapture(event.pointerId);
  handle.focus();
  event.preventDefault();
  const drag = (/** @type {PointerEvent} */ moved) => {
    const { left, width } = byId("beside").getBoundingClientRect();
    moveTo((100 * (moved.clientX - left)) / width);
  };
  const drop = () => {
    handle.removeEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) handle.removeEventListener(end, drop);
  };
  handle.addEventListener("pointermove", drag);
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, drop);
}
