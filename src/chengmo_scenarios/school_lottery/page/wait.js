// @ts-check
/** Step two: nothing may be known before its time, so the page counts down. */

import { fill, make } from "../../app/modules/dom.js";
import { digestBlock, facts, moment } from "./parts.js";
import { sayPlannedSource } from "./seal.js";
import { ceremony, timeOf } from "./state.js";
import { w } from "./words.js";

const TICK_MS = 250;

/** @param {import("./seal.js").Way} way @returns {import("./seal.js").Step} */
export function waitStep(way) {
  const now = /** @type {import("./state.js").Ceremony} */ (ceremony());
  const source = now.plan.randomness;
  const next = make("button", { type: "button", class: "button is-main is-large", on: { click: way.next } }, w(`wait.${source.kind}.act`));
  const clock = source.kind === "drand" ? countdown(timeOf(source), next) : { element: make("p", { class: "box" }, w(`wait.${source.kind}`)), leave: () => {} };
  const element = make(
    "div",
    { class: "stack" },
    clock.element,
    facts([
      [w("fact.source"), sayPlannedSource(source)],
      [w("fact.sealed"), moment(new Date(now.sealed))],
    ]),
    digestBlock(w("seal.commitment"), now.commitment, "commitment"),
    make("div", { class: "row" }, next),
  );
  return { element, leave: clock.leave };
}

/** @param {Date} until @param {HTMLButtonElement} next */
function countdown(until, next) {
  const dial = make("p", { class: "countdown", role: "timer" });
  const told = make("p", { class: "countdown-told", role: "status" });
  const element = make("div", { class: "countdown-frame" }, dial, told);
  let arrived = false;
  const show = () => {
    const left = Math.max(0, Math.ceil((until.getTime() - Date.now()) / 1000));
    const parts = [Math.floor(left / 86_400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
    const names = ["days", "hours", "minutes", "seconds"];
    fill(dial, parts.map((value, at) => make("span", {}, make("b", {}, String(value).padStart(2, "0")), make("small", {}, w(`unit.${names[at]}`)))));
    next.disabled = left > 0;
    if (left > 0 && !told.textContent) told.textContent = w("wait.drand", { time: moment(until) });
    if (left === 0 && !arrived) {
      arrived = true;
      told.textContent = w("wait.drand.over");
      element.classList.add("is-over");
    }
  };
  show();
  const ticking = setInterval(show, TICK_MS);
  return { element, leave: () => clearInterval(ticking) };
}
