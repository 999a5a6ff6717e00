// @ts-check
/** Pieces that several steps show. */

import { make } from "../../app/modules/dom.js";
import { language } from "../../app/modules/language.js";
import { Problem } from "../../app/modules/api.js";
import { w } from "./words.js";

/**
 * A digest in groups of eight digits, with a button that copies it.
 * @param {string} title
 * @param {string} value
 * @param {string} id
 */
export function digestBlock(title, value, id) {
  const groups = (value.match(/.{1,8}/g) ?? []).map((one) => make("span", {}, one));
  return make(
    "figure",
    { class: "digest" },
    make("figcaption", {}, title, copyButton(value)),
    make("p", { class: "digest-value", id, "data-value": value, "aria-label": value }, groups),
  );
}

/** @param {string} value */
function copyButton(value) {
  const button = make("button", { type: "button", class: "button is-small", on: { click: copy } }, w("copy"));
  async function copy() {
    button.textContent = (await copied(value)) ? w("copied") : w("copy.by-hand");
    setTimeout(() => (button.textContent = w("copy")), 2500);
  }
  return button;
}

/** Without TLS browsers have no clipboard: then the person copies by hand. @param {string} value */
async function copied(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * A link that saves text as a file.
 * @param {string} label
 * @param {string} name
 * @param {unknown} content
 */
export function save(label, name, content) {
  const link = make("a", { class: "button", download: name, href: "#" }, label);
  link.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(content)], { type: "application/json" }));
    link.href = url;
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  });
  return link;
}

/** @param {[string, string | number | Node][]} rows */
export function facts(rows) {
  return make("dl", { class: "facts" }, rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

/**
 * @param {string[]} heads
 * @param {(string | number)[][]} rows The first column heads its row
 * @param {string} caption
 */
export function table(heads, rows, caption) {
  return make(
    "div",
    { class: "table-frame", tabindex: 0, role: "region", "aria-label": caption },
    make(
      "table",
      {},
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, heads.map((one) => make("th", { scope: "col" }, one)))),
      make("tbody", {}, rows.map((row) => make("tr", {}, row.map((one, at) => make(at ? "td" : "th", at ? {} : { scope: "row" }, String(one)))))),
    ),
  );
}

/** Say what went wrong; a fault of the page itself is thrown on. @param {unknown} error */
export function problem(error) {
  if (!(error instanceof Problem)) throw error;
  const lines = error.errors.map((one) => make("p", { class: "hint" }, [(one.loc ?? []).join("."), one.msg ?? one.detail].filter(Boolean).join(": ")));
  return make("div", { class: "box is-problem", role: "alert" }, make("p", {}, error.message), error.hint ? make("p", { class: "hint" }, error.hint) : null, lines);
}

/** @param {number} value */
export function count(value) {
  return new Intl.NumberFormat(language() === "zh" ? "zh-CN" : "en-GB").format(value);
}

/** @param {Date} when */
export function moment(when) {
  return new Intl.DateTimeFormat(language() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "long", timeStyle: "medium" }).format(when);
}

/**
 * A labelled input.
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [help]
 */
export function field(label, input, help = "") {
  input.id ||= `input-${Math.random().toString(36).slice(2)}`;
  return make("div", { class: "field" }, make("label", { class: "field-label", for: input.id }, label), make("div", { class: "field-input" }, input), help ? make("p", { class: "help" }, help) : null);
}

/**
 * Read a file of JSON that a person chooses.
 * @param {string} label
 * @param {(content: any) => void} take
 */
export function loader(label, take) {
  const input = make("input", { type: "file", accept: "application/json,.json", class: "visually-hidden", tabindex: -1 });
  const button = make("button", { type: "button", class: "button", on: { click: () => input.click() } }, label);
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    if (!file) return;
    try {
      take(JSON.parse(await file.text()));
    } catch {
      take(null);
    }
    input.value = "";
  });
  return make("span", {}, button, input);
}
