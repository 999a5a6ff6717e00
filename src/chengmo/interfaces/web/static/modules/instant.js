// @ts-check
/** Instants in the city's local time: picked and shown there, kept in UTC. */

import { make } from "./dom.js";
import { language, t } from "./language.js";

/** @typedef {import("./schema.js").Field} Field */
/** @typedef {import("./form.js").Control} Control */
/** @typedef {(input: HTMLInputElement, fault: () => string, read: () => unknown, beside?: HTMLElement) => Control} Labelled */

/** All of China keeps the time of Beijing. */
export const ZONE = "Asia/Shanghai";
const MINUTE_MS = 60000;
const UNITS = /** @type {const} */ ([["min", 60], ["h", 3600], ["d", 86400]]);

/** How far the city's clocks are ahead of UTC at a moment, ms. @param {number} moment */
function aheadAt(moment) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(moment);
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((type) => Number(parts.find((one) => one.type === type)?.value));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/**
 * Write a moment as the city's clocks show it: `2026-05-01T08:00`.
 * @param {number | string} moment Milliseconds, or RFC 3339
 */
export function localOf(moment) {
  const at = typeof moment === "number" ? moment : Date.parse(moment);
  if (Number.isNaN(at)) return "";
  return new Date(at + aheadAt(at)).toISOString().replace(/(:00)?\.\d+Z$/, "");
}

/**
 * Read what the city's clocks show as a moment in UTC, RFC 3339.
 * @param {string} local
 */
export function utcOf(local) {
  const shown = Date.parse(`${local}Z`);
  // Where clocks were put forward the second look finds the offset that holds there.
  const guess = shown - aheadAt(shown);
  return new Date(shown - aheadAt(guess)).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The city's zone with its offset, as `北京时间 UTC+8`. */
export function zoneName() {
  const hours = aheadAt(Date.now()) / 3600000;
  return t("time.zone", { offset: `UTC${hours < 0 ? "−" : "+"}${Math.abs(hours)}` });
}

/** Write a moment in full for people. @param {number} moment */
export function sayInstant(moment) {
  return new Intl.DateTimeFormat(language() === "zh" ? "zh-CN" : "en-GB", { timeZone: ZONE, dateStyle: "medium", timeStyle: "short" }).format(moment);
}

/**
 * An instant, a day or a time of day.
 * @param {Field} field
 * @param {string | null | undefined} start
 * @param {Labelled} label
 * @returns {Control}
 */
export function instantInput(field, start, label) {
  const type = { "date-time": "datetime-local", date: "date", time: "time" }[/** @type {string} */ (field.schema.format)] ?? "text";
  const zoned = type === "datetime-local";
  const input = make("input", { type, step: zoned ? "any" : null, value: start ? (zoned ? localOf(start) : start) : "" });
  const fault = () => {
    if (input.validity.badInput) return t("time.half");
    return input.value === "" && field.required ? t("form.required") : "";
  };
  const read = () => (input.value === "" ? (field.nullable ? null : undefined) : zoned ? utcOf(input.value) : input.value);
  if (!zoned) return label(input, fault, read);
  const now = () => {
    input.value = localOf(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const made = label(input, fault, read, make("button", { type: "button", class: "button is-small", on: { click: now } }, t("time.now")));
  made.element.querySelector(".field-input")?.after(make("p", { class: "help" }, zoneName()));
  return made;
}

/**
 * A length of time, kept as ISO 8601 has it: a number and its unit.
 * @param {Field} field
 * @param {string | number | null | undefined} start
 * @param {Labelled} label
 * @returns {Control}
 */
export function durationInput(field, start, label) {
  const seconds = secondsOf(start);
  const fits = [...UNITS].reverse().find(([, size]) => seconds && seconds % size === 0) ?? UNITS[0];
  const input = make("input", { type: "number", step: "any", min: 0, value: seconds === null ? "" : String(seconds / fits[1]) });
  const unit = make("select", { class: "duration-unit", "aria-label": t("time.unit") }, UNITS.map(([name]) => make("option", { value: name, selected: name === fits[0] }, t(`time.unit.${name}`))));
  const fault = () => {
    if (input.validity.badInput) return t("form.not-a-number");
    return input.value === "" && field.required ? t("form.required") : "";
  };
  const read = () => {
    if (input.value === "") return field.nullable ? null : undefined;
    const size = UNITS.find(([name]) => name === unit.value)?.[1] ?? 1;
    return `PT${Math.round(Number(input.value) * size)}S`;
  };
  return label(input, fault, read, unit);
}

/** @param {string | number | null | undefined} given */
function secondsOf(given) {
  if (typeof given === "number") return given;
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(given ?? "");
  if (!parts) return null;
  const [, days = 0, hours = 0, minutes = 0, rest = 0] = parts.map((one) => Number(one ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + rest;
}
