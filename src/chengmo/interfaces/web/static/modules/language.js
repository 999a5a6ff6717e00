// @ts-check
/** Chinese or English: the choice, what is said in it, and who wants to know when it changes. */

import { WORDS } from "./words.js";

/** @typedef {{zh: string, en: string}} Text */
/** @typedef {"zh" | "en"} Language */

const MEMORY = "chengmo.language";

/** @type {Set<() => void>} */
const listeners = new Set();

/** @type {Language} */
let current = remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
applyToDocument();

/** @returns {Language | null} */
function remembered() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "zh" || asked === "en") return asked;
  try {
    const kept = localStorage.getItem(MEMORY);
    return kept === "zh" || kept === "en" ? kept : null;
  } catch {
    return null; // Storage can be forbidden; the page works without it.
  }
}

function applyToDocument() {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
}

/** The language of the page now. */
export function language() {
  return current;
}

/** @param {Language} wanted */
export function setLanguage(wanted) {
  current = wanted;
  try {
    localStorage.setItem(MEMORY, wanted);
  } catch {
    // The choice then lasts as long as the page.
  }
  applyToDocument();
  for (const listener of listeners) listener();
}

/**
 * Call `listener` after each change of language.
 * @param {() => void} listener
 */
export function onLanguage(listener) {
  listeners.add(listener);
}

/**
 * Say a sentence of the page's dictionary; `{name}` is replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const entry = WORDS[key];
  if (!entry) throw new Error(`no words for ${key}`);
  return entry[current === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole,
  );
}

/**
 * Say what a run is doing: a stage that many models have by its name, any other as the model calls it.
 * @param {string} stage
 */
export function sayStage(stage) {
  return `stage.${stage}` in WORDS ? t(`stage.${stage}`) : stage;
}

/**
 * Tell whether the dictionary has the key.
 * @param {string} key
 */
export function hasWords(key) {
  return key in WORDS;
}

/**
 * Say a text that came in both languages, or a plain one as it is.
 * @param {Text | string | null | undefined} text
 * @returns {string}
 */
export function say(text) {
  if (text === null || text === undefined) return "";
  if (typeof text === "string") return text;
  return (current === "zh" ? text.zh || text.en : text.en || text.zh) ?? "";
}
