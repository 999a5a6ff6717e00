// @ts-check
/** Step four: the seats are drawn, before everybody's eyes. */

import { fill, make } from "../../app/modules/dom.js";
import { say } from "../../app/modules/language.js";
import { count, digestBlock, problem, table } from "./parts.js";
import { ceremony, change, decisionOf, run } from "./state.js";
import { w } from "./words.js";

const SHOWN = ["first", "listed", "overflow"];

/** @param {import("./seal.js").Way} way @returns {import("./seal.js").Step} */
export function drawStep(way) {
  const now = /** @type {import("./state.js").Ceremony} */ (ceremony());
  const place = make("div", { class: "stack", "aria-live": "polite" });
  if (now.run) {
    decisionOf(now.run).then((decision) => fill(place, outcome(decision, way)), (error) => fill(place, problem(error)));
    return { element: place };
  }
  const button = make("button", { type: "button", class: "button is-main is-large", on: { click: () => void hold(now, button, place, way) } }, w("draw.act"));
  return { element: make("div", { class: "stack" }, make("div", { class: "row" }, button), place) };
}

/**
 * @param {import("./state.js").Ceremony} now
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 * @param {import("./seal.js").Way} way
 */
async function hold(now, button, place, way) {
  button.disabled = true;
  const bar = make("progress", { max: 100, "aria-label": w("draw.running") });
  fill(place, make("div", { class: "box" }, make("p", {}, w("draw.running")), bar));
  try {
    const inputs = { ...now.request, ...now.revealed, step: "draw" };
    const { id, decision } = await run(inputs, ({ share }) => { if (share !== null) bar.value = share; });
    if (decision.commitment !== now.commitment) return fill(place, make("p", { class: "box is-problem", role: "alert" }, w("draw.other-commitment", { value: decision.commitment })));
    change({ run: id });
    way.again();
  } catch (error) {
    fill(place, problem(error));
    button.disabled = false;
  }
}

/** @param {any} decision @param {import("./seal.js").Way} way */
function outcome(decision, way) {
  const measures = decision.measures.filter((/** @type {any} */ one) => SHOWN.includes(one.key));
  const schools = decision.tables.find((/** @type {any} */ one) => one.key === "schools");
  const columns = [0, 1, 3, 4];
  return [
    make("div", { class: "numbers" }, measures.map((/** @type {any} */ one) => make("div", {}, make("b", {}, Number(one.value).toFixed(1), make("small", {}, "%")), make("span", {}, say(one.title))))),
    digestBlock(w("draw.digest"), decision.digest, "digest"),
    make("p", { class: "box is-care" }, w("draw.publish")),
    table(
      columns.map((at) => say(schools.columns[at].title)),
      schools.rows.map((/** @type {any[]} */ row) => columns.map((at) => (at ? count(row[at]) : row[at]))),
      say(schools.title),
    ),
    make("div", { class: "row" }, make("button", { type: "button", class: "button is-main is-large", on: { click: way.next } }, w("draw.next"))),
  ];
}
