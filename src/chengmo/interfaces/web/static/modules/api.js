// @ts-check
/** Ask the platform. The page uses the same public endpoints as everybody else. */

import { language, t } from "./language.js";
import { HEADER, purpose } from "./purpose.js";

/** @typedef {import("./types.js").Dataset} Dataset */
/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./types.js").Comparison} Comparison */
/** @typedef {import("./types.js").Upload} Upload */

/** This module lies at `…/app/modules/`; everything else beside `app`, for scenarios' own pages too. */
const ROOT = new URL("../..", import.meta.url);

/** What the platform says when it cannot do as asked (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Record<string, any>} body
   */
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.slug = String(body.type ?? "").split("#")[1] ?? "";
    this.hint = /** @type {string} */ (body.hint ?? "");
    this.errors = /** @type {{loc?: (string|number)[], pointer?: string, msg?: string, detail?: string}[]} */ (
      body.errors ?? []
    );
  }
}

/**
 * Give the address of something beside the page.
 * @param {string} path
 * @param {Record<string, string | number | undefined>} [query]
 */
export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/**
 * Ask, and give the JSON answer or throw a Problem.
 * @param {string} url
 * @param {{method?: string, json?: unknown, body?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal}} [how]
 * @returns {Promise<any>}
 */
export async function ask(url, { method = "GET", json, body, headers = {}, signal } = {}) {
  const sent = new Headers({ Accept: "application/json", "Accept-Language": language(), [HEADER]: purpose(), ...headers });
  if (method !== "GET") sent.set("X-Chengmo-Request", "1");
  if (json !== undefined) sent.set("Content-Type", "application/json");
  let answer;
  try {
    answer = await fetch(url, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), signal });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(0, { detail: t("problem.unreachable"), hint: t("problem.unreachable.hint") });
  }
  const text = await answer.text();
  const content = text && answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) throw new Problem(answer.status, content);
  return content;
}

/** @returns {Promise<Model[]>} */
export async function models() {
  return (await ask(address("models"))).models;
}

/** @returns {Promise<{datasets: Dataset[], city: import("./types.js").City | null}>} */
export function cityData() {
  return ask(address("datasets"));
}

/** @returns {Promise<Dataset[]>} */
export async function datasets() {
  return (await cityData()).datasets;
}

/**
 * @param {string} id
 * @returns {Promise<Dataset[]>}
 */
export async function versions(id) {
  return (await ask(address(`datasets/${id}/versions`))).versions;
}

/**
 * @param {string} id
 * @param {number} version
 * @returns {Promise<Dataset>}
 */
export function restore(id, version) {
  return ask(address(`datasets/${id}/restore`), { method: "POST", json: { version } });
}

/**
 * @param {string} id
 * @returns {Promise<{total: number, rows: {row_number: number, reason: import("./types.js").Text, raw: string}[]}>}
 */
export function quarantine(id) {
  return ask(address(`datasets/${id}/quarantine`, { limit: 100 }));
}

/**
 * Read features of a dataset, page after page, up to `most`.
 * @param {string} id
 * @param {{most: number, bbox?: number[], signal?: AbortSignal}} how
 * @returns {Promise<{features: any[], complete: boolean}>}
 */
export async function features(id, { most, bbox, signal }) {
  /** @type {any[]} */
  const found = [];
  /** @type {string | undefined} */
  let next = address(`collections/${id}/items`, { limit: Math.min(most, 5000), bbox: bbox?.join(",") });
  while (next && found.length < most) {
    const page = await ask(next, { signal, headers: { Accept: "application/geo+json" } });
    found.push(...page.features);
    const link = page.links?.find((/** @type {{rel: string}} */ one) => one.rel === "next")?.href;
    // The server may name itself otherwise than we reached it: only path and query count.
    next = link ? samePlace(link) : undefined;
  }
  return { features: found, complete: next === undefined };
}

/**
 * Give the template of a dataset's vector tiles, as the map library wants it.
 * @param {string} id
 * @param {number} version
 */
export function tiles(id, version) {
  return `${address(`collections/${id}/tiles/WebMercatorQuad`)}/{z}/{y}/{x}?dataset-version=${version}`;
}

/** @param {string} link */
function samePlace(link) {
  const there = new URL(link, ROOT);
  return new URL(there.pathname + there.search, ROOT).href;
}

/**
 * Start a run.
 * @param {string} model
 * @param {Record<string, unknown>} inputs
 * @param {string} key Idempotency key: the same key never starts a second run
 * @returns {Promise<Job>}
 */
export function execute(model, inputs, key) {
  return ask(address(`processes/${model}/execution`), {
    method: "POST",
    json: { inputs },
    headers: { Prefer: "respond-async", "Idempotency-Key": key },
  });
}

/** @returns {Promise<Job[]>} */
export async function jobs() {
  return (await ask(address("jobs", { limit: 50 }))).jobs;
}

/**
 * @param {string} id
 * @returns {Promise<Job>}
 */
export function job(id) {
  return ask(address(`jobs/${id}`));
}

/** @param {string} id */
export function cancel(id) {
  return ask(address(`jobs/${id}`), { method: "DELETE" });
}

/**
 * @param {string} id
 * @returns {Promise<RunRecord>}
 */
export function record(id) {
  return ask(address(`jobs/${id}/record`));
}

/**
 * @param {string} id
 * @returns {Promise<Comparison>}
 */
export function rerun(id) {
  return ask(address(`jobs/${id}/rerun`), { method: "POST", json: {} });
}

/**
 * @param {File} file
 * @returns {Promise<Upload>}
 */
export function upload(file) {
  const body = new FormData();
  body.append("file", file, file.name);
  return ask(address("imports"), { method: "POST", body });
}

/**
 * @param {string} id
 * @param {Record<string, unknown>} options
 * @returns {Promise<Upload>}
 */
export function reviewUpload(id, options) {
  return ask(address(`imports/${id}`), { method: "PATCH", json: { options } });
}

/**
 * @param {string} id
 * @param {Record<string, unknown>} metadata
 * @param {"replace" | "append"} mode
 * @returns {Promise<Dataset>}
 */
export function commitUpload(id, metadata, mode) {
  return ask(address(`imports/${id}/commit`), { method: "POST", json: { metadata, mode } });
}

/** @param {string} id */
export function discardUpload(id) {
  return ask(address(`imports/${id}`), { method: "DELETE" });
}

/**
 * A cell of a grid: its level, middle and bounds.
 * @param {"BeiDou" | "GeoSOT"} system
 * @param {string} code
 * @returns {Promise<{id: string, level: number, centroid: [number, number], bbox: [number, number, number, number]}>}
 */
export function zone(system, code) {
  return ask(address(`dggs/${system}/zones/${encodeURIComponent(code)}`));
}
