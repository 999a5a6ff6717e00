// @ts-check
/** State counts with noise: what is counted, how much noise, how much of it one may have. */

import { choice, field } from "../account/controls.js";
import { make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { w } from "./words.js";

/** @typedef {import("../modules/types.js").Dataset} Dataset */
/** @typedef {{do: "noisy-count", level: number | null, area: number[] | null, by: string | null, values: string[], epsilon: number, budget: number, days: number, person: string | null, most_rows: number}} NoisyCount */

const CATEGORIES = ["text", "integer", "boolean"];

/**
 * Make the fields.
 * @param {Dataset} dataset
 * @param {NoisyCount | null} before What they begin with
 * @param {[string, string][]} levels Values and texts
 */
export function noiseFields(dataset, before, levels) {
  const named = (/** @type {import("../modules/types.js").DatasetColumn[]} */ columns) => columns.map((one) => /** @type {[string, string]} */ ([one.name, say(one.title) || one.name]));
  const placed = dataset.geometry_type !== "none";
  const none = /** @type {[string, string]} */ (["", w("noise.none")]);
  const parts = {
    level: placed ? choice(w("noise.level"), "noise-level", [none, ...levels], before?.level ? String(before.level) : "") : null,
    // Not filled in from the data: what there is must not be told by what is counted.
    area: placed ? field(w("noise.area"), { name: "noise-area", placeholder: "114.0, 30.3, 114.6, 30.8", value: before?.area?.join(", ") ?? "" }, w("noise.area.why")) : null,
    by: choice(w("noise.by"), "noise-by", [none, ...named(dataset.columns.filter((one) => CATEGORIES.includes(one.type)))], before?.by ?? ""),
    values: field(w("noise.values"), { name: "noise-values", value: before?.values.join(", ") ?? "" }, w("noise.values.why")),
    epsilon: field(w("noise.epsilon"), { name: "noise-epsilon", type: "number", min: 0.001, max: 10, step: 0.001, value: String(before?.epsilon ?? 0.5) }, w("noise.epsilon.why")),
    budget: field(w("noise.budget"), { name: "noise-budget", type: "number", min: 0.001, max: 100, step: 0.001, value: String(before?.budget ?? 2) }, w("noise.budget.why")),
    days: field(w("noise.days"), { name: "noise-days", type: "number", min: 1, max: 36500, value: String(before?.days ?? 365) }),
    person: choice(w("noise.person"), "noise-person", [/** @type {[string, string]} */ (["", w("noise.person.row")]), ...named(dataset.columns)], before?.person ?? ""),
    most: field(w("noise.most"), { name: "noise-most", type: "number", min: 1, max: 1000, value: String(before?.most_rows ?? 1) }),
  };
  const read = (/** @type {HTMLElement | null} */ part) => /** @type {HTMLInputElement | HTMLSelectElement | null} */ (part?.querySelector("input, select"))?.value.trim() ?? "";
  /** @returns {NoisyCount} */
  const value = () => ({
    do: "noisy-count",
    level: read(parts.level) ? Number(read(parts.level)) : null,
    area: read(parts.area) ? read(parts.area).split(/[,，\s]+/).map(Number) : null,
    by: read(parts.by) || null,
    values: read(parts.values) ? read(parts.values).split(/[,，、]/).map((one) => one.trim()).filter(Boolean) : [],
    epsilon: Number(read(parts.epsilon)),
    budget: Number(read(parts.budget)),
    days: Number(read(parts.days)),
    person: read(parts.person) || null,
    most_rows: read(parts.person) ? Number(read(parts.most)) : 1,
  });
  return { element: make("div", { class: "plain-form is-wide full" }, ...Object.values(parts)), value };
}
