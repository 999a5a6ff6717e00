// @ts-check
/** The moment that the map shows of views whose features hold `from` … `to` (UTC; empty: always), and its slider. */

import { icon, make } from "./dom.js";
import { localOf, sayInstant, zoneName } from "./instant.js";
import { onLanguage, t } from "./language.js";
import { onViews, views } from "./map.js";

/** @typedef {import("./laying.js").Entry} Entry */

const MINUTE_MS = 60000;
/** A whole run through the times takes so long, in steps as fast as the map draws and not faster than this. */
const RUN_MS = 18000;
const PACE_MS = 150;

/** @type {number | null} The moment shown, or null for all times */
let moment = null;
let everything = false;
/** @type {[number, number]} */
let span = [0, 0];
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {number | undefined} */
let playing;
/** @type {{slider: HTMLInputElement, said: HTMLElement, play: HTMLButtonElement, all: HTMLButtonElement} | null} */
let parts = null;

export function startClock() {
  onViews(look);
  onLanguage(show);
  look();
}

/** Hear of each change of the moment. @param {() => void} listener */
export function onMoment(listener) {
  listeners.add(listener);
}

/** @param {Entry} entry */
export function areTimed({ view }) {
  return !view.tiles && view.features.some(({ properties }) => isTime(properties.from) || isTime(properties.to));
}

/** @param {unknown} one */
function isTime(one) {
  return typeof one === "string" && !Number.isNaN(Date.parse(one));
}

/** Whether a feature holds at the moment, as a MapLibre expression; true for all times. */
export function validAt() {
  if (everything || moment === null) return true;
  const now = new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");
  const open = (/** @type {string} */ key) => ["!=", ["typeof", ["get", key]], "string"];
  return ["all", ["any", open("from"), ["<=", ["get", "from"], now]], ["any", open("to"), [">", ["get", "to"], now]]];
}

/** What the legend says of the moment. */
export function timeNote() {
  if (everything || moment === null) return t("clock.all");
  return t("clock.at", { time: sayInstant(moment), zone: zoneName() });
}

/** Find the times of what is shown, and keep the moment within them. */
function look() {
  const all = views().filter((entry) => !entry.view.hidden && areTimed(entry));
  // Context may hold for years: the answer's times are gone through, where it has some.
  const about = all.filter(({ view }) => view.role === "answer");
  const timed = about.length ? about : all;
  const starts = timesOf(timed.flatMap(({ view }) => view.features.map(({ properties }) => properties.from)));
  const asked = timesOf(views().map(({ view }) => view.moment));
  const times = [...starts, ...timesOf(timed.flatMap(({ view }) => view.features.map(({ properties }) => properties.to))), ...asked];
  if (!timed.length || !times.length) {
    stop();
    moment = null;
    return;
  }
  span = [times.reduce((one, other) => Math.min(one, other)), times.reduce((one, other) => Math.max(one, other))];
  if (moment === null || moment < span[0] || moment > span[1]) moment = asked[0] ?? busiest(starts);
  show();
}

/** @param {unknown[]} values */
function timesOf(values) {
  return values.filter(isTime).map((one) => Date.parse(String(one)));
}

/** Now, where it is within the times; else the middle of the starts, when most is likely to hold. @param {number[]} starts */
function busiest(starts) {
  const now = Date.now();
  if ((now >= span[0] && now < span[1]) || !starts.length) return Math.min(Math.max(now, span[0]), span[1]);
  return [...starts].sort((a, b) => a - b)[Math.floor(starts.length / 2)];
}

/** The slider with its buttons. */
export function clockBar() {
  const slider = make("input", { type: "range", name: "moment", "aria-label": t("clock") });
  const said = make("output", { class: "clock-time" });
  const play = make("button", { type: "button", class: "icon-button clock-play", on: { click: () => (playing ? stop() : start()) } });
  const all = make("button", { type: "button", class: "button is-small is-quiet clock-all", on: { click: toggleAll } }, t("clock.every"));
  slider.addEventListener("input", () => {
    const wanted = span[0] + Number(slider.value) * MINUTE_MS;
    stop();
    go(wanted);
  });
  parts = { slider, said, play, all };
  show();
  return make("div", { class: "clock-bar" }, play, slider, said, all);
}

function show() {
  if (!parts || moment === null) return;
  const { slider, said, play, all } = parts;
  const minutes = Math.max(1, Math.ceil((span[1] - span[0]) / MINUTE_MS));
  slider.min = "0";
  slider.max = String(minutes);
  slider.step = String(Math.max(1, Math.round(minutes / 480)));
  slider.value = String(Math.round((moment - span[0]) / MINUTE_MS));
  slider.disabled = everything;
  slider.setAttribute("aria-valuetext", `${sayInstant(moment)} ${zoneName()}`);
  said.textContent = everything ? t("clock.all") : localOf(moment).replace("T", " ").slice(0, 16);
  said.title = `${sayInstant(moment)} (${zoneName()})`;
  play.replaceChildren(icon(playing ? "pause" : "play"));
  play.setAttribute("aria-label", t(playing ? "clock.pause" : "clock.play"));
  play.disabled = everything;
  all.setAttribute("aria-pressed", String(everything));
}

/** @param {number} to */
function go(to) {
  moment = Math.min(Math.max(to, span[0]), span[1]);
  show();
  for (const listener of listeners) listener();
}

function toggleAll() {
  stop();
  everything = !everything;
  go(moment ?? span[0]);
}

function start() {
  if (moment !== null && moment >= span[1]) moment = span[0];
  let last = performance.now();
  playing = setInterval(() => {
    if (moment === null || moment >= span[1]) return stop();
    if (document.documentElement.dataset.map !== "idle") return;
    const since = performance.now() - last;
    last += since;
    go(moment + Math.max(MINUTE_MS, ((span[1] - span[0]) * since) / RUN_MS));
  }, PACE_MS);
  show();
}

function stop() {
  clearInterval(playing);
  playing = undefined;
  show();
}
