// @ts-check
/** A run while it runs: where it stands, how long it may take, and a way to stop it. */

import * as api from "./api.js";
import { fill, make } from "./dom.js";
import { duration, percent } from "./format.js";
import { sayStage, t } from "./language.js";
import { complain, problemBox } from "./notices.js";
import { go } from "./place.js";

/** @typedef {import("./types.js").Job} Job */

const ENDED = new Set(["successful", "failed", "dismissed"]);
const POLL_MS = 1000;

/** @type {Set<(job: Job) => void>} */
const listeners = new Set();

/** Hear of every news of a run. @param {(job: Job) => void} listener */
export function onJob(listener) {
  listeners.add(listener);
}

/**
 * Show a run until it has ended, then open its decision.
 * @param {Job} job
 * @param {HTMLElement} place
 */
export async function followRun(job, place) {
  const began = performance.now();
  const view = progressView(job, began);
  fill(place, view.element);
  const ended = await watch(job, (news) => {
    view.show(news);
    for (const listener of listeners) listener(news);
  });
  view.stop();
  if (ended.status === "successful") {
    fill(place);
    go({ run: ended.jobID });
  } else if (ended.status === "dismissed") {
    fill(place, make("p", { class: "box" }, t("run.was-dismissed")));
  } else {
    fill(place, await failureBox(ended.jobID));
  }
}

/**
 * Say why a run failed, in the reader's language.
 * @param {string} run
 */
export async function failureBox(run) {
  try {
    const { problem, message } = await api.job(run);
    return make("div", {}, problem?.title ? make("strong", {}, problem.title) : null, problemBox(new api.Problem(500, problem ?? { detail: message })));
  } catch (error) {
    return problemBox(error);
  }
}

/**
 * Follow a run by server-sent events; where they fail, by asking each second.
 * @param {Job} job
 * @param {(job: Job) => void} onNews
 * @returns {Promise<Job>} As it ended
 */
async function watch(job, onNews) {
  onNews(job);
  if (ENDED.has(job.status)) return job;
  const ended = await listen(job.jobID, onNews);
  if (ended) return ended;
  for (;;) {
    const news = await api.job(job.jobID);
    onNews(news);
    if (ENDED.has(news.status)) return news;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * @param {string} id
 * @param {(job: Job) => void} onNews
 * @returns {Promise<Job | null>} Null where the events broke off
 */
function listen(id, onNews) {
  return new Promise((resolve) => {
    const events = new EventSource(api.address(`jobs/${id}/events`));
    const hear = (/** @type {MessageEvent} */ event) => {
      const news = /** @type {Job} */ (JSON.parse(event.data));
      onNews(news);
      if (!ENDED.has(news.status)) return;
      events.close();
      resolve(news);
    };
    for (const name of ["message", "status", "progress", "end"]) events.addEventListener(name, /** @type {any} */ (hear));
    events.addEventListener("error", () => {
      events.close();
      resolve(null);
    });
  });
}

/**
 * @param {Job} first
 * @param {number} began
 */
function progressView(first, began) {
  const bar = make("progress", { max: 100, "aria-label": t("run.progress") });
  const stage = make("strong", {});
  const times = make("span", { class: "hint" });
  const stop = make("button", { type: "button", class: "button is-quiet" }, t("run.cancel"));
  stop.addEventListener("click", () => {
    stop.disabled = true;
    api.cancel(first.jobID).catch(complain);
  });
  let latest = first;
  const tick = () => {
    const share = typeof latest.progress === "number" && latest.progress > 0 ? ` · ${percent(latest.progress / 100, 0)}` : "";
    const left = latest.estimate_s ? ` · ${t("run.left", { time: duration(latest.estimate_s) })}` : "";
    times.textContent = t("run.since", { time: duration((performance.now() - began) / 1000) }) + share + left;
  };
  const show = (/** @type {Job} */ job) => {
    latest = job;
    stage.textContent = job.stage ? sayStage(job.stage) : t(`status.${job.status}`);
    if (typeof job.progress === "number" && job.progress > 0) bar.value = job.progress;
    tick();
  };
  const timer = setInterval(tick, 1000);
  return {
    element: make("div", { class: "progress", role: "status" }, make("div", { class: "progress-head" }, stage, stop), bar, times),
    show,
    stop: () => clearInterval(timer),
  };
}
