// @ts-check
/** Days, sizes and names, as the sharing pages say them. */

import { make } from "../modules/dom.js";
import { language, say } from "../modules/language.js";
import { hasWord, w } from "./words.js";

/** @typedef {import("../modules/language.js").Text} Text */
/** @typedef {{allowed: boolean, reason: Text, policy: string, treated: Text[], rows_per_day: number | null}} Verdict */
/** @typedef {{id: string, title: Text, description: Text | null, steward: string, sharing: string, opening: string, grade: number, synthetic: boolean, is_mine: boolean, may_review: boolean, verdict: Verdict, inventory: Inventory | null}} Known */
/** @typedef {{column: string, is_stated: boolean, kind: Text, treatment: Text, matches: number | null, rows: number | null}} Sensitive */
/** @typedef {{legal_basis: string, category: string, level: string | null, contact: string, sharing_conditions: string, opening_conditions: string, update_frequency: string | null, version: number, updated_utc: string, due_utc: string | null, days_overdue: number, is_duty_readable: boolean, sensitive: Sensitive[]}} Inventory */
/** @typedef {{id: string, name_zh: string, name_en: string, kind: string, district: string}} Organisation */

/** Rules go by days and hours in China. */
const ZONE = "Asia/Shanghai";
const OFFSET = "+08:00";
const DAY_MS = 86_400_000;

/**
 * Give the instant at which a day begins, `days` later.
 * @param {string} day As `2026-03-01`
 * @param {number} [days]
 */
export function begin(day, days = 0) {
  return new Date(new Date(`${day}T00:00:00${OFFSET}`).getTime() + days * DAY_MS).toISOString();
}

/**
 * Give the day of an instant, as a date field wants it.
 * @param {string | null | undefined} moment
 * @param {number} [less] Milliseconds before it: the last day of what ends then
 */
export function dayOf(moment, less = 0) {
  if (!moment) return "";
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" }).format(new Date(new Date(moment).getTime() - less));
}

/**
 * Say a moment.
 * @param {string} moment
 */
export function moment(moment) {
  if (!moment) return "–";
  const locale = language() === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, dateStyle: "medium", timeStyle: "medium", hour12: false }).format(new Date(moment));
}

/**
 * Say a word that may have words in both languages.
 * @param {string} family
 * @param {string} word
 */
export function sayOf(family, word) {
  return hasWord(`${family}.${word}`) ? w(`${family}.${word}`) : word;
}

/**
 * Say an organisation.
 * @param {string} id
 * @param {Organisation[]} organisations
 */
export function nameOf(id, organisations) {
  const found = organisations.find((one) => one.id === id);
  return found ? say({ zh: found.name_zh, en: found.name_en }) : id;
}

/**
 * List what is done to data.
 * @param {Text[]} treated
 */
export function treatedList(treated) {
  return treated.length ? make("ul", { class: "treated" }, treated.map((one) => make("li", {}, say(one)))) : null;
}

/**
 * @param {string} text
 * @param {"" | "is-good" | "is-care" | "is-seal" | "is-act"} [kind]
 */
export function badge(text, kind = "") {
  return make("span", { class: `badge ${kind}` }, text);
}

/**
 * Say what stands where there is nothing.
 * @param {string} text
 */
export function empty(text) {
  return make("p", { class: "box is-empty" }, text);
}
