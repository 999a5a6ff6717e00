// @ts-check
/** What a person states about a dataset. */

import { make } from "./dom.js";
import { t } from "./language.js";

/** @typedef {import("./types.js").Dataset} Dataset */

const LICENCES = ["CC0-1.0", "CC-BY-4.0", "ODbL-1.0", "MIT", "OGL", "GPL-2.0-or-later"];

/**
 * Make the form; a dataset that is already known keeps what was stated of it before.
 * @param {import("./types.js").Upload} upload
 * @param {Record<string, any>} stated
 * @param {Dataset | undefined} known
 */
export function metadataForm(upload, stated, known) {
  const stem = upload.name.replace(/\.[^.]+(\.gz)?$/, "");
  /** @type {Record<string, any>} */
  const start = { title: { zh: stem, en: stem }, id: upload.suggested_id, grade: 2, sharing: "none", opening: "none", ...known, ...stated };
  const text = (/** @type {string} */ name, /** @type {string} */ value, /** @type {Record<string, any>} */ more = {}) =>
    make("label", { class: "option-field" }, make("span", {}, t(`metadata.${name}`)), make("input", { name, value: value ?? "", autocomplete: "off", ...more }));
  const select = (/** @type {string} */ name, /** @type {string[]} */ values, /** @type {string} */ value, /** @type {(one: string) => string} */ words) =>
    make("label", { class: "option-field" }, make("span", {}, t(`metadata.${name}`)), make("select", { name }, values.map((one) => make("option", { value: one, selected: one === String(value) }, words(one)))));
  const share = ["unconditional", "conditional", "none"];
  return make(
    "div",
    { class: "option-fields" },
    text("title_zh", start.title.zh, { required: true, lang: "zh-CN" }),
    text("title_en", start.title.en, { required: true, lang: "en" }),
    text("id", start.id, { required: true, pattern: "[a-z0-9][a-z0-9\\-]{0,79}", title: t("metadata.id.rule") }),
    text("steward", start.steward, { maxlength: 200 }),
    text("licence", start.licence, { maxlength: 200, list: "licences" }),
    make("datalist", { id: "licences" }, LICENCES.map((one) => make("option", { value: one }))),
    text("attribution", start.attribution, { maxlength: 1000 }),
    text("source", start.source, { maxlength: 2000 }),
    select("grade", ["1", "2", "3", "4"], start.grade, (one) => t(`grade.${one}`)),
    select("sharing", share, start.sharing, (one) => t(`sharing.${one}`)),
    select("opening", share, start.opening, (one) => t(`opening.${one}`)),
    select("mode", ["replace", "append"], stated.mode ?? "replace", (one) => t(`mode.${one}`)),
    make("label", { class: "switch" }, make("input", { type: "checkbox", name: "synthetic", checked: start.synthetic === true }), t("metadata.synthetic")),
  );
}

/**
 * Read the form.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
export function metadataOf(form) {
  const given = new FormData(form);
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  const plain = Object.fromEntries(["id", "steward", "licence", "attribution", "source", "sharing", "opening", "mode"].map((name) => [name, text(name)]));
  return { ...plain, title: { zh: text("title_zh"), en: text("title_en") }, grade: Number(text("grade")), synthetic: given.has("synthetic") };
}
