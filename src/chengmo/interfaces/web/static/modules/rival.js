// @ts-check
/** With which other run one is to be compared: a menu on the card, and two picked from the list. */

import * as api from "./api.js";
import { modelOf } from "./city.js";
import { fill, icon, make } from "./dom.js";
import { time } from "./format.js";
import { say, t } from "./language.js";
import { menuOf } from "./menu.js";
import { problemBox, waiting } from "./notices.js";
import { go } from "./place.js";

/** @typedef {import("./types.js").Job} Job */

const OFFERED = 20;

/** Picked in the list, the first before. @type {Job[]} */
let picked = [];

/**
 * The earlier of two runs first: what has changed since then is what is asked.
 * @param {Job[]} jobs
 * @returns {[string, string]}
 */
function inOrder(jobs) {
  const [a, b] = [...jobs].sort((x, y) => String(x.created).localeCompare(String(y.created)));
  return [a.jobID, b.jobID];
}

/** The menu of runs that one can be compared with; read when it is opened. @param {import("./types.js").RunRecord} one */
export function compareMenu(one) {
  const list = make("ul", {});
  const offer = async () => {
    fill(list, make("li", {}, waiting(2)));
    try {
      const jobs = await api.jobs();
      const mine = jobs.find((job) => job.jobID === one.run) ?? /** @type {Job} */ ({ jobID: one.run, processID: one.model, created: one.submitted_utc });
      const others = jobs.filter((job) => job.status === "successful" && job.jobID !== one.run);
      // The same question first.
      others.sort((x, y) => Number(y.processID === one.model) - Number(x.processID === one.model));
      fill(list, others.length ? others.slice(0, OFFERED).map((job) => entry(job, mine)) : make("li", { class: "hint" }, t("compare.no-other")));
    } catch (error) {
      fill(list, make("li", {}, problemBox(error)));
    }
  };
  return menuOf({ name: "compare", label: t("compare.with"), list, kind: "compare-menu", onOpen: () => void offer() });
}

/** @param {Job} job @param {Job} mine */
function entry(job, mine) {
  const compare = inOrder([job, mine]);
  const model = modelOf(job.processID);
  const title = job.processID === mine.processID ? "" : `${model ? say(model.title) : job.processID} · `;
  const act = (/** @type {Event} */ event) => {
    event.preventDefault();
    go({ compare });
  };
  return make("li", {}, make("a", { href: `#run=${mine.jobID}&compare=${compare.join()}`, on: { click: act } }, title + time(job.created)));
}

/**
 * Tell whether a run is picked in the list.
 * @param {string} id
 */
function isPicked(id) {
  return picked.some((one) => one.jobID === id);
}

/**
 * The button of a run in the list that picks it.
 * @param {Job} job
 * @param {() => void} onPick
 */
export function pickButton(job, onPick) {
  const here = isPicked(job.jobID);
  const pick = () => {
    picked = here ? picked.filter((one) => one.jobID !== job.jobID) : [...picked, job];
    onPick();
  };
  return make("button", { type: "button", class: "button is-small pick", "aria-pressed": String(here), disabled: !here && picked.length > 1, "data-pick": job.jobID, on: { click: pick } }, icon(here ? "check" : "compare"), t("compare.pick"));
}

/** The bar under the list while runs are picked. @param {() => void} onPick */
export function pickBar(onPick) {
  if (!picked.length) return null;
  const clear = () => {
    picked = [];
    onPick();
  };
  const start = () => {
    const compare = inOrder(picked);
    clear();
    go({ compare });
  };
  return make(
    "div",
    { class: "pick-bar", role: "status" },
    make("span", {}, t(picked.length > 1 ? "compare.picked-two" : "compare.picked-one")),
    make("button", { type: "button", class: "button is-small is-quiet", on: { click: clear } }, t("cancel")),
    make("button", { type: "button", class: "button is-small is-main", disabled: picked.length < 2, on: { click: start } }, t("compare.start")),
  );
}
