// @ts-check
/** What is said of the sky: how many of which state, and all of one aircraft. */

import { byId, draw, fill, make } from "../../app/modules/dom.js";
import { language } from "../../app/modules/language.js";
import { INKS } from "./craft-layer.js";
import { LANDED, LOST, SYNTHETIC, UNKNOWN } from "./frame.js";
import { fleet, goTo, keepAt, ring, showOnly } from "./sky-map.js";
import { streamState } from "./stream.js";
import { w } from "./words.js";

/** @type {number | null} */
let chosen = null;
let follows = false;
/** @type {string | null} */
let only = null;

/** @type {Record<string, (row: number) => boolean>} */
const KINDS = {
  "state.1": (row) => fleet.state[row] === 1,
  "state.0": (row) => fleet.state[row] === 0,
  "state.2": (row) => fleet.state[row] === 2,
  "state.3": (row) => fleet.state[row] === 3,
  "lost": (row) => (fleet.marks[row] & LOST) !== 0,
  "landed": (row) => (fleet.marks[row] & LANDED) !== 0,
};

export function startPanel() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen !== null) choose(null);
  });
  drawPanel();
}

/**
 * Choose an aircraft, and go where it is or was.
 * @param {number | null} number
 * @param {[number, number]} [place]
 */
export function choose(number, place) {
  chosen = number;
  follows = false;
  ring(number);
  if (place) goTo(place);
  drawPanel();
}

/** Say everything anew. */
export function drawPanel() {
  const tally = fleet.tally();
  drawState();
  drawMadeUp(tally);
  drawCounts(tally);
  drawChosen();
}

function drawState() {
  const state = streamState();
  const quiet = state === "live" && !fleet.count;
  const place = byId("state");
  const said = state === "live" || state === "replay" ? (quiet ? w("empty") : "") : w(state);
  place.dataset.is = state === "sign-in" || state === "not-allowed" ? "refused" : state;
  const more = state === "sign-in" ? make("a", { href: "../../app/account.html" }, w("sign-in.act")) : quiet ? w("empty.how") : null;
  // Said aloud by screen readers, so only what is new.
  const text = [said, more?.toString() ?? ""].join(" ");
  if (place.dataset.said === text) return;
  place.dataset.said = text;
  fill(place, said, " ", more);
}

/** @param {{synthetic: number}} tally */
function drawMadeUp({ synthetic }) {
  const place = byId("made-up");
  place.hidden = synthetic === 0;
  const text = synthetic === fleet.count ? w("made-up.all") : w("made-up", { count: number(synthetic) });
  if (place.textContent !== text) fill(place, text);
}

/** @param {{states: number[], lost: number, landed: number}} tally */
function drawCounts({ states, lost, landed }) {
  const place = byId("counts");
  const numbers = /** @type {Record<string, number>} */ ({ "state.0": states[0], "state.1": states[1], "state.2": states[2], "state.3": states[3], lost, landed });
  const text = JSON.stringify([numbers, only, language()]);
  if (place.dataset.said === text) return;
  place.dataset.said = text;
  // The button in use keeps the focus while its number changes.
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.kind : undefined;
  fill(
    place,
    make("h2", {}, `${w("now")} · ${w("aircraft")} ${number(fleet.count)}`),
    make("ul", { class: "tally" }, Object.keys(KINDS).map((kind) => make("li", {}, kindButton(kind, numbers[kind])))),
  );
  if (focused) /** @type {HTMLElement | null} */ (place.querySelector(`[data-kind="${focused}"]`))?.focus();
}

/** @param {string} kind @param {number} count */
function kindButton(kind, count) {
  return make(
    "button",
    { type: "button", "data-kind": kind, "aria-pressed": String(only === kind), title: w(only === kind ? "filter.off" : "filter"), on: { click: () => filter(kind) } },
    sign(kind),
    w(kind),
    make("b", {}, number(count)),
  );
}

/** @param {string} kind */
function filter(kind) {
  only = only === kind ? null : kind;
  showOnly(only ? KINDS[only] : null);
  drawPanel();
}

/** The sign of a kind, as the map draws it. @param {string} kind */
function sign(kind) {
  const state = kind.startsWith("state.") ? Number(kind.slice(6)) : 0;
  const ink = INKS[matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"][state];
  const hollow = kind === "lost";
  return draw(
    "svg",
    { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
    draw("path", { d: "M12 5l4.5 13-4.5-3-4.5 3z", fill: hollow ? "none" : ink, stroke: ink, "stroke-width": 1.4, opacity: kind === "landed" ? 0.45 : 1 }),
    state >= 2 ? draw("circle", { cx: 12, cy: 12, r: 11, fill: "none", stroke: ink, "stroke-width": 1.6 }) : null,
    state === 3 ? draw("circle", { cx: 12, cy: 12, r: 8.6, fill: "none", stroke: ink, "stroke-width": 1.2 }) : null,
  );
}

function drawChosen() {
  const place = byId("chosen");
  if (chosen === null) {
    if (place.childElementCount) fill(place);
    return;
  }
  const row = fleet.rows.get(chosen);
  if (row !== undefined && follows) keepAt([fleet.lon[row], fleet.lat[row]]);
  const name = fleet.names.get(chosen);
  const inUse = place.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.act : undefined;
  fill(
    place,
    make("h2", {}, w("chosen")),
    row === undefined ? make("p", {}, w("chosen.gone")) : factsOf(row, name),
    make(
      "div",
      { class: "row" },
      row === undefined ? null : make("button", { class: "button is-quiet", type: "button", "data-act": "follow", "aria-pressed": String(follows), on: { click: toggleFollow } }, w("chosen.follow")),
      make("button", { class: "button is-quiet", type: "button", "data-act": "close", on: { click: () => choose(null) } }, w("chosen.close")),
    ),
  );
  if (inUse) /** @type {HTMLElement | null} */ (place.querySelector(`[data-act="${inUse}"]`))?.focus();
}

function toggleFollow() {
  follows = !follows;
  drawPanel();
}

/** @param {number} row @param {import("./frame.js").Name | undefined} name */
function factsOf(row, name) {
  const [, operator, aircraft, intent] = name ?? [0, "", "", ""];
  const states = [w(`state.${fleet.state[row]}`)];
  if (fleet.marks[row] & LOST) states.push(w("lost"));
  if (fleet.marks[row] & LANDED) states.push(w("landed"));
  if (fleet.marks[row] & SYNTHETIC) states.push(w("synthetic"));
  const facts = /** @type {[string, string][]} */ ([
    [w("aircraft"), `${aircraft} · ${states.join(language() === "zh" ? "，" : ", ")}`],
    [w("operator"), operator],
    [w("intent"), intent || w("none")],
    [w("height"), fleet.height[row] === UNKNOWN.height ? w("unknown") : `${number(fleet.height[row] / 100, 1)} m`],
    [w("speed"), fleet.speed[row] === UNKNOWN.short ? w("unknown") : `${number(fleet.speed[row] / 10, 1)} m/s`],
    [w("course"), fleet.course[row] === UNKNOWN.short ? w("unknown") : `${number(fleet.course[row] / 100)}°`],
    [w("climb"), fleet.climb[row] === UNKNOWN.climb ? w("unknown") : `${number(fleet.climb[row] / 100, 1)} m/s`],
    [w("place"), `${fleet.lon[row].toFixed(6)}, ${fleet.lat[row].toFixed(6)}`],
    [w("age"), w("seconds", { count: number(Math.max(0, (fleet.moment - fleet.heard[row]) / 1000), 1) })],
  ]);
  return make("dl", { class: "facts" }, facts.flatMap(([what, is]) => [make("dt", {}, what), make("dd", {}, is)]));
}

/** @param {number} value @param {number} [digits] */
function number(value, digits = 0) {
  return value.toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
