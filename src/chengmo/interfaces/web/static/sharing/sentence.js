// @ts-check
/** A rule in one sentence. */

import { sayPurpose } from "../modules/chooser.js";
import { language, say } from "../modules/language.js";
import { dayOf, nameOf } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("../modules/language.js").Text} Text */
/** @typedef {{actors: string[], roles: string[], organisations: string[], kinds: string[]}} Who */
/** @typedef {{start: string | null, end: string | null, hours: [number, number] | null}} When */
/** @typedef {{id: string, title: Text, dataset: string, effect: "permit" | "deny", who: Who, purposes: string[], when: When, treatment: import("./builder.js").Treatment, rows_per_day: number | null, order: number, basis: string, treated: Text[]}} Policy */

/**
 * Say what a rule does.
 * @param {Policy} rule
 * @param {string} dataset Title
 * @param {import("./tell.js").Organisation[]} organisations
 */
export function sentenceOf(rule, dataset, organisations) {
  const { purposes, when, rows_per_day: rows } = rule;
  const parts = [
    w(`sentence.${rule.effect}`, { who: whoOf(rule.who, organisations), dataset, purpose: purposes.length ? w("sentence.purposes", { purposes: list(purposes.map(sayPurpose)) }) : w("sentence.any-purpose") }),
    when.start ? w("sentence.start", { day: dayOf(when.start) }) : "",
    when.end ? w("sentence.end", { day: dayOf(when.end, 1) }) : "",
    when.hours ? w("sentence.hours", { from: String(when.hours[0]), to: String(when.hours[1]) }) : "",
    rows ? w("sentence.rows", { rows: String(rows) }) : "",
    rule.treated.length ? w("sentence.treated", { treated: rule.treated.map(say).join(w("semicolon")) }) : "",
  ];
  return parts.filter(Boolean).join(w("comma")) + w("stop");
}

/** @param {Who} who @param {import("./tell.js").Organisation[]} organisations */
function whoOf({ actors, roles, organisations: bodies, kinds }, organisations) {
  const people = [actors.length ? list(actors) : "", roles.length ? list(roles.map((role) => w(`roles.${role}`))) : ""].filter(Boolean);
  const names = bodies.length ? list(bodies.map((id) => nameOf(id, organisations))) : "";
  const sorts = kinds.length ? list(kinds.map((kind) => w(`kinds.${kind}`))) : "";
  const who = people.join(w("sentence.being")) || w("sentence.everybody");
  if (names && sorts) return w("sentence.who-at-in", { who, names, sorts });
  return names || sorts ? w("sentence.who-at", { who, names: names || sorts }) : who;
}

/** @param {string[]} words */
function list(words) {
  return new Intl.ListFormat(language() === "zh" ? "zh-CN" : "en-GB", { type: "disjunction" }).format(words);
}
