// @ts-check
/** The bar at the foot: what moment is shown, live or replayed, and how the map is looked at. */

import { byId, fill, make } from "../../app/modules/dom.js";
import { language, onLanguage } from "../../app/modules/language.js";
import { momentFrame } from "./replay.js";
import { showAll, takeFrame, turnSide } from "./sky-map.js";
import { follow, stopStream, streamState, updatesASecond } from "./stream.js";
import { w } from "./words.js";

const PACES = [1, 5, 20, 60];
const STEP_MS = 500;
const BACK_MS = 60_000;

let moment = 0;
let isSide = false;
let isReplay = false;
let plays = false;
let pace = 5;
/** Said where there is nothing to show. */
let wrong = "";
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

export function startClock() {
  onLanguage(draw);
  draw();
  // The time and the pace are said calmly; the buttons stay as they are, so that none is lost under a finger.
  setInterval(say, STEP_MS);
}

/** Note the moment of the last frame. @param {number} now */
export function tick(now) {
  if (!isReplay) moment = now;
}

function draw() {
  fill(
    byId("clock"),
    make("span", { class: "dot", "aria-hidden": "true" }),
    make("strong", { id: "clock-state" }),
    make("time", { id: "clock-time" }),
    ...(isReplay ? replayTools() : [button("replay", startReplay)]),
    button("home", showAll),
    button(isSide ? "flat" : "tilt", () => {
      isSide = turnSide();
      draw();
    }),
    make("span", { class: "pace", id: "clock-pace" }),
  );
  say();
}

function say() {
  const state = isReplay ? "replay" : streamState() === "live" ? "live" : "broken";
  byId("clock").dataset.is = state;
  byId("clock-state").textContent = state === "broken" ? "" : w(state);
  const time = moment ? new Date(moment).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", { hour12: false }) : "";
  byId("clock-time").textContent = time;
  byId("clock-pace").classList.toggle("is-wrong", wrong !== "");
  byId("clock-pace").textContent = wrong || (state === "live" ? w("updates", { count: updatesASecond() }) : "");
}

function replayTools() {
  return [
    make("input", { type: "datetime-local", step: 1, id: "clock-at", "aria-label": w("replay.at"), value: forInput(moment), on: { change: jump } }),
    button(plays ? "replay.pause" : "replay.play", togglePlay),
    make(
      "select",
      { "aria-label": w("replay.pace"), on: { change: (/** @type {any} */ event) => (pace = Number(event.target.value)) } },
      PACES.map((one) => make("option", { value: one, selected: one === pace }, `${one}×`)),
    ),
    button("replay.live", goLive),
  ];
}

/** @param {string} key @param {() => void} onClick */
function button(key, onClick) {
  return make("button", { class: "button is-quiet", type: "button", "data-act": key, on: { click: onClick } }, w(key));
}

function startReplay() {
  stopStream();
  isReplay = true;
  moment = (moment || Date.now()) - BACK_MS;
  draw();
  show();
}

function goLive() {
  pause();
  isReplay = false;
  wrong = "";
  follow();
  draw();
}

/** @param {Event} event */
function jump(event) {
  const wanted = new Date(/** @type {HTMLInputElement} */ (event.target).value).getTime();
  if (Number.isNaN(wanted)) return;
  moment = wanted;
  show();
}

function togglePlay() {
  if (plays) pause();
  else {
    plays = true;
    timer = setInterval(step, STEP_MS);
  }
  draw();
}

function pause() {
  plays = false;
  clearInterval(timer);
}

function step() {
  moment = Math.min(moment + STEP_MS * pace, Date.now());
  show();
}

/** Show the moment; of several asked for at once, the last one counts. */
async function show() {
  const wanted = moment;
  try {
    const frame = await momentFrame(wanted);
    if (!isReplay || wanted !== moment) return;
    wrong = frame.number.length ? "" : w("replay.none");
    takeFrame(frame);
    say();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    wrong = error.message;
    pause();
    draw();
  }
}

/** An instant as an input of the reader's own time takes it. @param {number} at */
function forInput(at) {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
