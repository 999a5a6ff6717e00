// @ts-check
/** The third tab: every run, as it stands. */

import * as api from "./api.js";
import { modelOf, onCity } from "./city.js";
import { byId, fill, icon, make } from "./dom.js";
import { time } from "./format.js";
import { onLanguage, say, sayStage, t } from "./language.js";
import { emptyBox, problemBox, waiting } from "./notices.js";
import { go, here, onPlace } from "./place.js";
import { onJob } from "./progress.js";
import { pickBar, pickButton } from "./rival.js";
import { verdictOf } from "./verdict.js";

/** @typedef {import("./types.js").Job} Job */

const REFRESH_MS = 2000;

/** @type {Job[]} */
let jobs = [];
/** @type {unknown} */
let failure = null;
let loaded = false;
/** Verdicts already given, so that they stay while the list is read anew.
 * @type {Map<string, HTMLElement>} */
const verdicts = new Map();

export function startRuns() {
  onPlace(() => {
    if (here().tab === "runs") void refresh();
    else mark();
  });
  onJob((job) => {
    if (here().tab === "runs") void refresh();
    else if (job.status === "accepted") loaded = false;
  });
  onLanguage(render);
  onCity(render);
  setInterval(() => {
    const moving = jobs.some((one) => one.status === "accepted" || one.status === "running");
    if (here().tab === "runs" && moving && !document.hidden) void refresh();
  }, REFRESH_MS);
  render();
  if (here().tab === "runs") void refresh();
}

async function refresh() {
  try {
    jobs = await api.jobs();
    failure = null;
  } catch (error) {
    failure = error;
  }
  loaded = true;
  render();
}

function render() {
  const panel = byId("panel-runs");
  if (failure) fill(panel, problemBox(failure, () => void refresh()));
  else if (!loaded) fill(panel, waiting());
  else if (!jobs.length) fill(panel, emptyBox(t("runs.none"), make("button", { type: "button", class: "button", on: { click: () => go({ tab: "questions" }) } }, t("runs.ask"))));
  else fill(panel, make("ul", { class: "cards" }, jobs.map(card)), pickBar(pick));
  mark();
}

/** Say what is picked, and keep the keyboard where it was. */
function pick() {
  const id = document.activeElement?.getAttribute("data-pick");
  render();
  const next = id ? byId("panel-runs").querySelector(`[data-pick="${CSS.escape(id)}"]`) : null;
  /** @type {HTMLElement | null} */ (next)?.focus();
}

/** Show which run is open. */
function mark() {
  for (const one of byId("panel-runs").querySelectorAll("[data-run]")) {
    one.setAttribute("aria-current", String(one.getAttribute("data-run") === here().run));
  }
}

/** @param {Job} job */
function card(job) {
  const model = modelOf(job.processID);
  const outcome = job.outcome && job.outcome !== "decided" ? ` · ${t(`outcome.${job.outcome}`)}` : "";
  const moving = job.status === "running" || job.status === "accepted";
  return make(
    "li",
    { class: "run" },
    make(
      "button",
      { type: "button", class: "card", "data-run": job.jobID, disabled: moving, on: { click: () => go({ run: job.jobID }) } },
      make("span", { class: "card-row" }, make("strong", {}, model ? say(model.title) : job.processID), make("span", { class: `state is-${job.status}` }, t(`status.${job.status}`) + outcome)),
      make("span", { class: "hint" }, `${time(job.created)}${job.stage && moving ? ` · ${sayStage(job.stage)}` : ""}`),
      moving ? make("progress", { max: 100, value: job.progress ?? 0, "aria-label": t("run.progress") }) : null,
      job.digest ? make("span", { class: "code is-short" }, job.digest) : null,
    ),
    moving ? stopButton(job) : null,
    job.status === "successful" ? make("div", { class: "actions" }, checkButton(job), pickButton(job, pick)) : null,
    verdicts.get(job.jobID),
  );
}

/** @param {Job} job */
function stopButton(job) {
  return make("button", { type: "button", class: "button is-small", on: { click: () => void api.cancel(job.jobID).then(refresh, refresh) } }, t("run.cancel"));
}

/** @param {Job} job */
function checkButton(job) {
  return make("button", { type: "button", class: "button is-small", on: { click: (/** @type {Event} */ event) => void check(job, /** @type {HTMLButtonElement} */ (event.currentTarget)) } }, icon("again"), t("runs.rerun"));
}

/**
 * @param {Job} job
 * @param {HTMLButtonElement} button
 */
async function check(job, button) {
  button.disabled = true;
  const place = make("div", { class: "verdict-place" }, waiting(1));
  verdicts.set(job.jobID, place);
  button.parentElement?.after(place);
  try {
    fill(place, verdictOf(await api.rerun(job.jobID)));
  } catch (error) {
    fill(place, problemBox(error));
  }
  await refresh();
}
