// @ts-check
/**
 * Views whose areas have a floor and a ceiling, `lower_m` and `upper_m` in metres above the ground, stood up on the map.
 * Loaded when such a view, or one with times, first comes.
 */

import { areTimed, clockBar, onMoment, startClock, timeNote, validAt } from "./clock.js";
import { byId, fill, icon, make } from "./dom.js";
import { number } from "./format.js";
import { onLanguage, t } from "./language.js";
import { boundsOf, layersOf } from "./layers.js";
import { renderLegend } from "./legend.js";
import { setSource, sightOf } from "./laying.js";
import { onViews, ownMap, tilt, views } from "./map.js";
import { WINDOW } from "./overlay.js";

/** @typedef {import("./laying.js").Entry} Entry */

/** Small ground plans are laid first: so that large ones before them are seen through. */
const BINS = 5;
const SOLID = 0.62;
const FAINT = 0.07;
/** Of more features only those that hold at the moment stand; the others are faint on the ground. */
const MOST_FAINT = 3000;
/** Where nothing has a ceiling, an open volume is drawn so high. */
const LEAST_TOP_M = 300;
const FACTORS = [1, 2, 5, 10, 20, 50, 100];
/** So high in parts of their width shall volumes look. */
const LOOKS = 0.12;
const METRES_A_DEGREE = 111320;
/** What heights above the ground may be called where a column says what they count from. */
const GROUND = ["AGL", "ground", ""];

let on = false;
let factor = 0;
/** Views that have been made ready, by their features. @type {WeakSet<any[]>} */
const ready = new WeakSet();
/** @type {HTMLElement | null} */
let bar = null;

export function startSky() {
  startClock();
  onViews(update);
  onMoment(tellTime);
  onLanguage(() => {
    bar?.remove();
    bar = null;
    update();
  });
  ownMap().on("moveend", tellTilt);
  update();
}

/** @param {Entry} entry */
function isVolume({ view }) {
  if (!["polygon", "mixed"].includes(view.geometry)) return false;
  return view.features.some(({ properties }) => isNumber(properties.lower_m) || isNumber(properties.upper_m));
}

/** @param {unknown} one */
function isNumber(one) {
  return typeof one === "number" && Number.isFinite(one);
}

/** Something was laid, taken off or hidden. */
function update() {
  const all = views().filter(({ view }) => !view.hidden);
  // Two runs beside each other are compared flat: what stands up would hide the other side.
  const volumes = all.some(({ view }) => view.side) ? [] : all.filter(isVolume);
  const timed = all.filter(areTimed);
  if (!volumes.length && on) turnOff();
  for (const entry of [...volumes, ...timed]) makeReady(entry);
  if (on) for (const entry of volumes) stand(entry);
  tellTime();
  showBar(volumes.length > 0, timed);
}

/** Give each feature its times in UTC and the bin of its ground plan, once. @param {Entry} entry */
function makeReady({ view }) {
  if (ready.has(view.features) || view.side) return;
  const sizes = view.features.map((one) => {
    const box = boundsOf([one]);
    return box ? (box[2] - box[0]) * (box[3] - box[1]) : 0;
  });
  const sorted = [...sizes].sort((a, b) => a - b);
  /** @type {Map<number, number>} */
  const bins = new Map();
  let begin = 0;
  sorted.forEach((size, i) => {
    // Sizes that hardly differ, as those of a grid's cells, stay together.
    if (i && size > sorted[i - 1] * 1.05) begin = i;
    bins.set(size, Math.floor((begin / sorted.length) * BINS));
  });
  view.features = view.features.map((one, i) => ({ ...one, properties: { ...one.properties, from: inUtc(one.properties.from), to: inUtc(one.properties.to), _bin: bins.get(sizes[i]) } }));
  ready.add(view.features);
  if (!view.tiles) setSource(ownMap(), `view-${view.id}`, view.features);
}

/** @param {unknown} moment */
function inUtc(moment) {
  if (typeof moment !== "string" || Number.isNaN(Date.parse(moment))) return null;
  return new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What can stand and is in sight: what the answer is about, where there is such a view; else all. */
function standingViews() {
  const all = views().filter((entry) => !entry.view.hidden && isVolume(entry));
  const about = all.filter(({ view }) => view.role === "answer");
  return about.length ? about : all;
}

/** How high volumes are drawn: up to the highest ceiling that is looked at. What has none, or a higher one, ends there. */
function topOf() {
  const tops = standingViews().flatMap(({ view }) => view.features.map(({ properties: { lower_m, upper_m } }) => (isNumber(upper_m) ? upper_m : isNumber(lower_m) ? lower_m + 1 : 0)));
  return tops.reduce((most, one) => Math.max(most, one), LEAST_TOP_M);
}

/** Stand a view up, in place of what stood there. @param {Entry} entry */
function stand(entry) {
  const map = ownMap();
  const { view } = entry;
  const top = topOf();
  // Tiles hold neither bins nor all heights: of a large dataset what the window holds stands up, and follows it.
  const source = view.tiles ? sightOf(view.id) : `view-${view.id}`;
  const flat = layersOf(entry).find((layer) => layer.type === "fill");
  if (!flat || map.getLayer(`view-${view.id}-volume-0`)) return;
  if (view.tiles) setSource(map, source, view.features);
  const metres = (/** @type {string} */ key) => ["==", ["typeof", ["get", key]], "number"];
  const counted = (/** @type {string} */ key) => ["in", ["coalesce", ["get", key], ""], ["literal", GROUND]];
  const stands = ["all", ["any", metres("lower_m"), metres("upper_m")], counted("lower_reference"), counted("upper_reference")];
  const layer = (/** @type {string} */ name, /** @type {any} */ filter, /** @type {number} */ opacity, /** @type {number} */ above = 0) => ({
    id: `view-${view.id}-volume-${name}`,
    type: "fill-extrusion",
    source,
    filter,
    metadata: { stands: filter },
    paint: {
      "fill-extrusion-color": flat.paint["fill-color"],
      "fill-extrusion-base": ["*", factor, ["case", metres("lower_m"), ["min", ["get", "lower_m"], top], 0]],
      "fill-extrusion-height": ["*", factor, ["case", ["all", metres("upper_m"), ["<=", ["to-number", ["get", "upper_m"], 0], top]], ["get", "upper_m"], top + above]],
      "fill-extrusion-opacity": opacity,
      "fill-extrusion-vertical-gradient": true,
    },
  });
  const opacity = view.role === "context" ? SOLID / 2 : SOLID;
  // Open tops that lie in one plane would shine through each other in stripes: each bin's is a little higher.
  const bins = new Set(view.features.map((one) => one.properties._bin));
  for (let bin = 0; bin < BINS; bin++) if (bins.has(bin)) map.addLayer(layer(String(bin), ["all", stands, ["==", ["get", "_bin"], bin]], opacity, bin * 0.004 * top));
  if (view.features.length <= MOST_FAINT) map.addLayer(layer("past", stands, FAINT));
}

/** Let what does not hold at the moment fade, flat and standing. */
function tellTime() {
  const map = ownMap();
  for (const entry of views()) {
    const { view } = entry;
    const valid = areTimed(entry) ? validAt() : true;
    for (const spec of layersOf(entry)) {
      const key = { fill: "fill-opacity", line: "line-opacity", circle: "circle-opacity" }[/** @type {string} */ (spec.type)];
      if (!key || !map.getLayer(spec.id)) continue;
      // Standing volumes leave their outline on the ground and little else.
      const full = spec.paint[key] * (on && spec.type === "fill" && isVolume(entry) ? 0.25 : 1);
      map.setPaintProperty(spec.id, key, valid === true ? full : ["case", valid, full, full * FAINT]);
    }
    for (let bin = 0; bin < BINS; bin++) filterBy(`view-${view.id}-volume-${bin}`, valid);
    filterBy(`view-${view.id}-volume-past`, valid === true ? false : ["!", valid]);
    view.note3d = isVolume(entry) || areTimed(entry) ? () => noteOf(entry) : undefined;
  }
  renderLegend();
}

/** @param {string} id @param {any} also */
function filterBy(id, also) {
  const layer = ownMap().getLayer(id);
  if (layer) ownMap().setFilter(id, ["all", layer.metadata.stands, also]);
}

/** What the legend says of heights and times. @param {Entry} entry */
function noteOf(entry) {
  const { view } = entry;
  const heights = [];
  if (isVolume(entry)) {
    const lows = view.features.map(({ properties }) => (isNumber(properties.lower_m) ? properties.lower_m : 0));
    const open = view.features.some(({ properties: { lower_m, upper_m } }) => isNumber(upper_m) ? upper_m > topOf() : isNumber(lower_m));
    const highs = view.features.map(({ properties }) => properties.upper_m).filter(isNumber);
    const low = number(lows.reduce((least, one) => Math.min(least, one), Infinity));
    heights.push(highs.length ? t("sky.heights", { low, high: number(highs.reduce((most, one) => Math.max(most, one), -Infinity)) }) : t("sky.from", { low }));
    if (open && on) heights.push(t("sky.open", { top: number(topOf()) }));
    if (on && factor !== 1) heights.push(t("sky.raised", { factor }));
    const others = view.features.filter(({ properties }) => [properties.lower_reference, properties.upper_reference].some((one) => !GROUND.includes(one ?? ""))).length;
    if (others) heights.push(t("sky.flat", { count: others }));
    if (view.tiles && view.features.length >= WINDOW) heights.push(t("sky.some", { count: number(WINDOW) }));
  }
  // The moment is the same for all, and said once.
  const first = views().find((other) => !other.view.hidden && areTimed(other));
  return [...heights, first?.view === view ? timeNote() : ""].filter(Boolean).join(t("sky.between"));
}

/** @param {boolean} volumes Whether something can stand up @param {Entry[]} timed */
function showBar(volumes, timed) {
  if (!volumes && !timed.length) {
    bar?.remove();
    bar = null;
    return;
  }
  if (!bar) {
    bar = make("div", { class: "sky-bar", id: "sky-bar", role: "group", "aria-label": t("sky") });
    byId("map-frame").append(bar);
  }
  const state = `${volumes} ${on} ${timed.length > 0}`;
  if (bar.dataset.state !== state) {
    bar.dataset.state = state;
    const clock = timed.length ? clockBar() : null;
    fill(bar, volumes ? make("div", { class: "sky-solid" }, toggle(), on ? controls() : null) : null, clock);
  }
}

function toggle() {
  const press = () => {
    if (on) turnOff();
    else turnOn();
    update();
    /** @type {HTMLElement | null} */ (bar?.querySelector(".sky-toggle"))?.focus();
  };
  return make("button", { type: "button", class: "button is-small sky-toggle", "aria-pressed": String(on), on: { click: press } }, icon("cube"), t("sky.stand"));
}

/** Tilt, turn and how much heights are raised. */
function controls() {
  const map = ownMap();
  const range = (/** @type {string} */ name, /** @type {number} */ min, /** @type {number} */ max, /** @type {number} */ value, /** @type {(one: number) => void} */ act) =>
    make("label", {}, t(`sky.${name}`), make("input", { type: "range", name, min, max, step: 5, value: String(Math.round(value)), on: { input: (/** @type {Event} */ event) => act(Number(/** @type {HTMLInputElement} */ (event.target).value)) } }));
  const select = make("select", { name: "factor" }, FACTORS.map((one) => make("option", { value: String(one), selected: one === factor }, `×${one}`)));
  select.addEventListener("change", () => {
    factor = Number(select.value);
    layDown();
    update();
  });
  return [
    range("tilt", 0, 75, map.getPitch(), (one) => map.setPitch(one)),
    range("turn", -180, 180, map.getBearing(), (one) => map.setBearing(one)),
    make("label", {}, t("sky.factor"), select),
  ];
}

/** The map was turned otherwise than by the controls. */
function tellTilt() {
  for (const [name, value] of [["tilt", ownMap().getPitch()], ["turn", ownMap().getBearing()]]) {
    const input = bar?.querySelector(`input[name=${name}]`);
    if (input && input !== document.activeElement) /** @type {HTMLInputElement} */ (input).value = String(Math.round(Number(value)));
  }
}

function turnOn() {
  on = true;
  const bounds = boundsOf(standingViews().flatMap(({ view }) => view.features));
  if (!bounds) return;
  const wide = (bounds[2] - bounds[0]) * Math.cos((bounds[1] * Math.PI) / 180) * METRES_A_DEGREE;
  const wanted = (wide * LOOKS) / topOf();
  factor = FACTORS.reduce((best, one) => (Math.abs(Math.log(one / wanted)) < Math.abs(Math.log(best / wanted)) ? one : best));
  tilt(bounds);
}

function turnOff() {
  on = false;
  layDown();
  tilt(null);
}

/** Take all that stands off the map. */
function layDown() {
  const map = ownMap();
  for (const { view } of views()) {
    for (const name of [...Array(BINS).keys(), "past"]) {
      const id = `view-${view.id}-volume-${name}`;
      if (map.getLayer(id)) map.removeLayer(id);
    }
  }
}
