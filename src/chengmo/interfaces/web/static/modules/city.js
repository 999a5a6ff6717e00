// @ts-check
/** What the page knows of the city now: its datasets and models, and who wants to hear of a change. */

import * as api from "./api.js";

/** @typedef {import("./types.js").Dataset} Dataset */
/** @typedef {import("./types.js").Model} Model */

const LOOK_AGAIN_MS = 2000;
const MOST_LOOKS = 90;
const QUIET_LOOKS = 5;

/** @type {Dataset[]} */
let datasets = [];
/** @type {Model[]} */
let models = [];
/** @type {import("./types.js").City | null} */
let whole = null;
let loaded = false;
let watching = false;
/** @type {Set<() => void>} */
const listeners = new Set();

export function allDatasets() {
  return datasets;
}

export function allModels() {
  return models;
}

/** What the city's pack says of the whole, where the datasets are of one. */
export function city() {
  return whole;
}

/** Tell whether a dataset is on its way: the city's pack has it, and the page still looks for it. @param {string} id */
export function isArriving(id) {
  return watching && (whole?.missing.includes(id) ?? false);
}

/** @param {string} id */
export function datasetOf(id) {
  return datasets.find((one) => one.id === id);
}

/** @param {string} id */
export function modelOf(id) {
  return models.find((one) => one.id === id);
}

/** @param {() => void} listener */
export function onCity(listener) {
  listeners.add(listener);
}

export async function loadModels() {
  models = await api.models();
  tell();
}

export async function loadDatasets() {
  const before = loaded ? versions() : null;
  ({ datasets, city: whole } = await api.cityData());
  loaded = true;
  // Who fills in a form is not disturbed for nothing.
  if (versions() !== before) tell();
}

function versions() {
  return datasets.map((one) => `${one.id}@${one.version}${one.edition}`).join(" ");
}

/**
 * Look for datasets again while they arrive, as those of a city do that is still being loaded, and
 * whenever the reader comes back to the page.
 */
export function watchCity() {
  let quiet = 0;
  let looks = 0;
  onCity(() => (quiet = 0));
  watching = true;
  const timer = setInterval(() => {
    const waited = whole?.missing.length || models.some((model) => model.reads.some((id) => !datasetOf(id)));
    if (++looks <= MOST_LOOKS && (waited || ++quiet <= QUIET_LOOKS)) return look();
    clearInterval(timer);
    watching = false;
    // What did not come is missing now.
    tell();
  }, LOOK_AGAIN_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
}

function look() {
  // What fails now is asked for again later, and whatever the reader does next says what is wrong.
  loadDatasets().catch(() => {});
}

function tell() {
  for (const listener of listeners) listener();
}
