// @ts-check
/** Numbers, times and units as people write them. */

import { language, say } from "./language.js";

function locale() {
  return language() === "zh" ? "zh-CN" : "en-GB";
}

/**
 * Write a number with at most four significant figures below 1 000 and none behind the point above.
 * @param {number} value
 */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const options = size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return new Intl.NumberFormat(locale(), options).format(value);
}

/**
 * Write a difference with its sign.
 * @param {number} value
 * @param {number} [figures] Significant figures at most; left out: as `number` writes
 */
export function signed(value, figures) {
  const size = Math.abs(value);
  const kept = figures && size < 10 ** figures ? { maximumSignificantDigits: figures } : figures || size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return new Intl.NumberFormat(locale(), { ...kept, signDisplay: "exceptZero" }).format(value).replace("-", "−");
}

/**
 * Write a large number shortly: by ten thousands (万) in Chinese, by thousands and millions in English.
 * @param {number} value
 */
export function compact(value) {
  return new Intl.NumberFormat(locale(), { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/**
 * Write a share as per cent.
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(share);
}

/**
 * Write any value of a table or a feature.
 * @param {unknown} value
 */
export function value(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** A text of a table or a feature that says the same twice: `中文 / English`. */
const BOTH = /^([^/]*\p{Script=Han}(?:(?! \/ ).)*) \/ ((?:(?! \/ )[^\p{Script=Han}])+)$/su;

/**
 * Write a value of a column: by its name, where the column's values have names, and in one language.
 * @param {unknown} one
 * @param {{labels?: Record<string, import("./types.js").Text>}} column
 */
export function named(one, { labels }) {
  const label = labels?.[String(one)];
  if (label) return say(label);
  const twice = typeof one === "string" ? BOTH.exec(one) : null;
  return twice ? say({ zh: twice[1], en: twice[2] }) : one;
}

/** Units with a way of writing of their own in each language; all others are written as they are. */
const UNITS = {
  m: ["米", "m"],
  km: ["公里", "km"],
  m2: ["平方米", "m²"],
  km2: ["平方公里", "km²"],
  min: ["分钟", "min"],
  s: ["秒", "s"],
  h: ["小时", "h"],
  d: ["天", "d"],
  a: ["年", "a"],
  "1/a": ["次/年", "1/a"],
  deg: ["度", "°"],
  kg: ["千克", "kg"],
  m3: ["立方米", "m³"],
  "m/s": ["米/秒", "m/s"],
  "km/h": ["公里/小时", "km/h"],
  "/h": ["次/小时", "/h"],
  "/km2": ["每平方公里", "/km²"],
  mm: ["毫米", "mm"],
  "mm/h": ["毫米/小时", "mm/h"],
  "°C": ["°C", "°C"],
  hPa: ["百帕", "hPa"],
  "dB(A)": ["分贝(A)", "dB(A)"],
  dB: ["分贝", "dB"],
  dBm: ["毫瓦分贝", "dBm"],
  flights: ["架次", "flights"],
  cells: ["格", "cells"],
  CNY: ["元", "CNY"],
  yuan: ["元", "yuan"],
  "yuan/a": ["元/年", "yuan/a"],
  "yuan/km": ["元/公里", "yuan/km"],
  "yuan/year": ["元/年", "yuan/year"],
  kWh: ["千瓦时", "kWh"],
  "CNY/a": ["元/年", "CNY/a"],
  "pair": ["对", "pairs"],
  "CNY/month": ["元/月", "CNY/month"],
  "CNY/meal": ["元/餐", "CNY/meal"],
  persons: ["人", "people"],
  people: ["人", "people"],
  person: ["人", "people"],
  meals: ["餐", "meals"],
  "meals/day": ["餐/日", "meals/day"],
  "meals/d": ["餐/日", "meals/day"],
  days: ["天", "days"],
  sites: ["处", "sites"],
  site: ["处", "sites"],
};

/**
 * Write a unit.
 * @param {string | null | undefined} name
 */
export function unit(name) {
  if (!name || name === "1" || name === "0to1") return "";
  const known = /** @type {Record<string, string[]>} */ (UNITS)[name];
  return known ? known[language() === "zh" ? 0 : 1] : name.replace("^2", "²").replace("^3", "³");
}

/**
 * Tell whether values in this unit are shares of one, shown as per cent.
 * @param {string | null | undefined} name
 * @param {string} [key]
 */
export function isShare(name, key = "") {
  return name === "0to1" || name === "share" || ((!name || name === "1") && /_0to1$/.test(key));
}

/**
 * Write a value with its unit.
 * @param {unknown} quantity
 * @param {string | null | undefined} name
 * @param {string} [key]
 */
export function withUnit(quantity, name, key = "") {
  if (typeof quantity === "number" && isShare(name, key)) return percent(quantity);
  const written = unit(name);
  return written && typeof quantity === "number" ? `${number(quantity)} ${written}` : value(quantity);
}

/**
 * Write a moment in the reader's time zone.
 * @param {string | null | undefined} moment RFC 3339
 */
export function time(moment) {
  if (!moment) return "–";
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return moment;
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(date);
}

/**
 * Write a duration.
 * @param {number} seconds
 */
export function duration(seconds) {
  const zh = language() === "zh";
  if (seconds < 1) return zh ? "不到 1 秒" : "under 1 s";
  if (seconds < 100) return `${Math.round(seconds)} ${zh ? "秒" : "s"}`;
  return `${Math.round(seconds / 60)} ${zh ? "分钟" : "min"}`;
}
