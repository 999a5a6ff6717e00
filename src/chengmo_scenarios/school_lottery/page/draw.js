// @ts-check
/** Step four: the seats are drawn, before everybody's eyes. */

import { Problem } from "../../app/modules/api.js";
import { fill, make } from "../../app/modules/dom.js";
import { say } from "../../app/modules/language.js";
import { count, digestBlock, problem, table } from "./parts.js";
import { ceremony, change, decisionOf, follow, run } from "./state.js";
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
  const button = make("button", { type: "button", class: "button is-main is-large", on: { click: () => void hold(button, place, way) } }, w("draw.act"));
  if (now.drawing) void hold(button, place, way);
  return { element: make("div", { class: "stack" }, make("div", { class: "row" }, button), place) };
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 * @param {import("./seal.js").Way} way
 */
async function hold(button, place, way) {
  button.disabled = true;
  const now = /** @type {import("./state.js").Ceremony} */ (ceremony());
  const bar = make("progress", { max: 100, "aria-label": w("draw.running") });
  const told = make("p", {}, w("draw.running"));
  fill(place, make("div", { class: "box" }, told, bar));
  const onNews = (/** @type {import("./state.js").News} */ { share, lost }) => {
    told.textContent = w(lost ? "draw.lost" : "draw.running");
    if (share !== null) bar.value = share;
  };
  try {
    // The platform holds the roster against the seal before it draws anything.
    const inputs = { ...now.request, ...now.revealed, step: "draw", published_commitment: now.commitment };
    const { id, decision } = await (now.drawing ? follow(now.drawing, onNews) : run(inputs, onNews, (one) => change({ drawing: one })));
    change({ drawing: null });
    if (decision.commitment !== now.commitment) return fill(place, make("p", { class: "box is-problem", role: "alert" }, w("draw.other-commitment", { value: decision.commitment })));
    change({ run: id });
    way.again();
  } catch (error) {
    // Out of reach, a draw goes on where it is held; what was refused is begun anew.
    if (!(error instanceof Problem && error.status === 0)) change({ drawing: null });
    fill(place, problem(error), make("div", { class: "row" }, make("button", { type: "button", class: "button", on: { click: way.back } }, w("draw.back"))));
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
