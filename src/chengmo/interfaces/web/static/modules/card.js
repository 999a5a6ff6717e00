// @ts-check
/** The parts of a decision card that the page and the printed report share. */

import { datasetOf } from "./city.js";
import { icon, make } from "./dom.js";
import { isShare, number, percent, time, unit, withUnit } from "./format.js";
import { say, t } from "./language.js";

/** @typedef {import("./types.js").RunRecord} RunRecord */
/** @typedef {import("./types.js").Decision} Decision */
/** @typedef {import("./types.js").Measure} Measure */

/** @param {Decision} decision */
export function qualityOf({ quality }) {
  const proven = ["exact", "optimal"].includes(quality.kind);
  const kind = proven ? "is-good" : quality.kind === "gap" ? "is-act" : "is-care";
  const gap = quality.gap_0to1 === null || quality.gap_0to1 === undefined ? "" : percent(quality.gap_0to1, 2);
  const bounds =
    quality.bound !== null && quality.objective !== null && quality.kind === "gap"
      ? t("quality.bounds", { objective: number(quality.objective), bound: number(quality.bound) })
      : "";
  return make(
    "div",
    { class: `quality ${kind}` },
    proven ? icon("check") : null,
    make("p", {}, make("strong", {}, t(`quality.${quality.kind}`, { gap })), bounds ? make("span", {}, bounds) : null, quality.note ? make("span", {}, say(quality.note)) : null),
  );
}

/** @param {Measure[]} measures */
export function measuresOf(measures) {
  if (!measures.length) return null;
  return make(
    "dl",
    { class: "measures" },
    measures.map((one) =>
      make("div", {}, make("dt", {}, say(one.title)), make("dd", {}, figure(one), one.interval ? make("small", {}, t("measure.interval", { low: limit(one, 0), high: limit(one, 1) })) : null)),
    ),
  );
}

/** @param {Measure} one */
function figure({ value, unit: name, key }) {
  if (typeof value === "number" && !isShare(name, key)) return [number(value), unit(name) ? make("span", { class: "unit" }, unit(name)) : null];
  return withUnit(value, name, key);
}

/** @param {Measure} one @param {0 | 1} end */
function limit({ interval, unit: name, key }, end) {
  const value = interval ? interval[end] : 0;
  return isShare(name, key) ? percent(value) : number(value);
}

/** @param {Decision} decision */
export function caveatsOf({ caveats }) {
  if (!caveats.length) return null;
  return make("section", { class: "caveats" }, make("h3", {}, t("decision.caveats")), make("ul", {}, caveats.map((one) => make("li", {}, say(one)))));
}

/** @param {RunRecord} one */
export function sourcesOf(one) {
  // The same edition is told in full; of one that is not shown any more only that it was one.
  const treatedOf = (/** @type {string} */ id) => (datasetOf(id)?.edition === one.datasets[id].edition ? (datasetOf(id)?.treated ?? []) : []);
  return make(
    "ul",
    { class: "sources" },
    Object.entries(one.datasets).map(([id, { version, edition }]) => {
      const dataset = datasetOf(id);
      return make(
        "li",
        {},
        make("a", { href: `#data=${id}` }, dataset ? say(dataset.title) : id),
        make("span", { class: "hint" }, ` · ${t("data.version", { version })}`, dataset?.licence ? ` · ${dataset.licence}` : ""),
        dataset?.synthetic ? make("span", { class: "badge is-care" }, t("data.synthetic")) : null,
        edition ? make("span", { class: "badge is-act" }, t("data.treated")) : null,
        edition ? make("p", { class: "hint" }, treatedOf(id).map(say).join(" · ") || t("decision.treated")) : null,
        dataset?.attribution ? make("p", { class: "hint" }, dataset.attribution) : null,
      );
    }),
  );
}

/**
 * @param {RunRecord} one
 * @returns {[string, string, boolean][]}
 */
export function proofRows(one) {
  return [
    [t("proof.run"), one.run, true],
    [t("proof.digest"), one.decision_digest ?? "–", true],
    [t("proof.model"), `${one.model} ${t("data.version", { version: one.model_version })}`, false],
    [t("proof.time"), time(one.ended_utc), false],
    ...(one.seed === null || one.seed === undefined ? [] : [/** @type {[string, string, boolean]} */ ([t("proof.seed"), String(one.seed), false])]),
  ];
}
