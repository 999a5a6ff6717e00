// @ts-check
/** Datasets on the map: a small one as it is, a large one as tiles, coloured by what the window holds. */

import * as api from "./api.js";
import { datasetOf } from "./city.js";
import { t } from "./language.js";
import { fit, hasView, onMoved, removeView, showView, visibleBounds } from "./map.js";
import { complain } from "./notices.js";

/** @typedef {import("./types.js").Dataset} Dataset */
/** @typedef {import("./types.js").Column} Column */

const WHOLE = 15000;
/** So many features at most are read of what the window holds. */
export const WINDOW = 5000;
const PAUSE_MS = 250;

/** What lies on the map, by dataset: the column that colours it, and the request under way.
 * @type {Map<string, {colourBy: string | null, reading: AbortController | null}>} */
const laid = new Map();
/** @type {number | undefined} */
let timer;

export function startOverlays() {
  onMoved(() => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const id of laid.keys()) {
        const dataset = datasetOf(id);
        if (dataset && dataset.row_count > WHOLE && hasView(viewId(id))) lay(dataset).catch(complain);
      }
    }, PAUSE_MS);
  });
}

/** @param {string} id */
export function viewId(id) {
  return `data-${id}`;
}

/** @param {string} id */
export function isShown(id) {
  return hasView(viewId(id));
}

/** @param {string} id */
export function colourOf(id) {
  return laid.get(id)?.colourBy ?? null;
}

/** @param {string} id */
export function hideDataset(id) {
  laid.get(id)?.reading?.abort();
  laid.delete(id);
  removeView(viewId(id));
}

/**
 * Show a dataset, coloured by a column, and go there.
 * @param {Dataset} dataset
 * @param {string | null} [colourBy] Left out: the first number that has a unit
 */
export async function showDataset(dataset, colourBy) {
  const first = !isShown(dataset.id);
  laid.set(dataset.id, { colourBy: colourBy === undefined ? likelyColumn(dataset) : colourBy, reading: null });
  if (first && dataset.extent) fit(dataset.extent);
  await lay(dataset);
}

/** @param {Dataset} dataset */
function likelyColumn(dataset) {
  const measured = dataset.columns.find((one) => ["integer", "number"].includes(one.type) && one.unit);
  return measured?.name ?? null;
}

/** @param {Dataset} dataset */
async function lay(dataset) {
  const entry = laid.get(dataset.id);
  if (!entry) return;
  entry.reading?.abort();
  entry.reading = new AbortController();
  const whole = dataset.row_count <= WHOLE;
  const how = { most: whole ? WHOLE : WINDOW, bbox: whole ? undefined : visibleBounds(), signal: entry.reading.signal };
  let found;
  try {
    found = await api.features(dataset.id, how);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    laid.delete(dataset.id);
    throw error;
  }
  if (laid.get(dataset.id) !== entry || dataset.geometry_type === "none") return;
  const { features } = found;
  const treated = dataset.treated.length > 0;
  const note = () => [treated ? t("data.treated") : "", whole ? "" : t(entry.colourBy ? "map.tiled-coloured" : "map.tiled")].filter(Boolean).join(" · ");
  showView({
    id: viewId(dataset.id),
    title: dataset.title,
    geometry: dataset.geometry_type,
    columns: columnsOf(dataset),
    features: features.filter((one) => one.geometry),
    count: dataset.row_count,
    tiles: whole ? undefined : { url: api.tiles(dataset.id, dataset.version), layer: dataset.id },
    colourBy: entry.colourBy,
    role: "answer",
    credit: dataset.attribution,
    synthetic: dataset.synthetic,
    note,
  });
}

/**
 * @param {Dataset} dataset
 * @returns {Column[]}
 */
export function columnsOf(dataset) {
  return dataset.columns.map((one) => ({ key: one.name, title: one.title ?? one.source_name, unit: one.unit, labels: one.labels }));
}
