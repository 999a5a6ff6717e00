// @ts-check
/** What the page knows of the city now: its datasets and models, and who wants to hear of a change. */

import * as api from "./api.js";

/** @typedef {import("./types.js").Dataset} Dataset */
/** @typedef {import("./types.js").Model} Model */

/** @type {Dataset[]} */
let datasets = [];
/** @type {Model[]} */
let models = [];
/** @type {Set<() => void>} */
const listeners = new Set();

export function allDatasets() {
  return datasets;
}

export function allModels() {
  return models;
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
  datasets = await api.datasets();
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}
