// @ts-check
/** Ask for the use of a dataset. */

import { field, form, openDialog } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { sayPurpose } from "../modules/chooser.js";
import { make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { PURPOSES, VIEW, purpose } from "../modules/purpose.js";
import { begin, dayOf } from "./tell.js";
import { w } from "./words.js";

const HALF_A_YEAR_MS = 183 * 86_400_000;
let made = 0;

/**
 * Make a field for a purpose: a word of its own, or one of those that are usual.
 * @param {string} label
 * @param {Record<string, any>} attributes
 * @param {string} hint
 */
export function purposeField(label, attributes, hint) {
  const id = `purposes-${(made += 1)}`;
  const whole = field(label, { name: "purpose", list: id, autocomplete: "off", autocapitalize: "none", spellcheck: "false", ...attributes }, hint);
  whole.append(make("datalist", { id }, PURPOSES.filter((word) => word !== VIEW).map((word) => make("option", { value: word }, sayPurpose(word)))));
  return whole;
}

/**
 * Make a field for a longer text.
 * @param {string} label
 * @param {Record<string, any>} attributes
 */
export function textField(label, attributes) {
  const id = `text-${(made += 1)}`;
  return make("div", { class: "plain-field full" }, make("label", { for: id }, label), make("textarea", { id, rows: 3, maxlength: 2000, ...attributes }));
}

/**
 * Open the dialog of a request.
 * @param {import("./tell.js").Known} dataset
 */
export function askFor(dataset) {
  const send = async (/** @type {FormData} */ values) => {
    const json = {
      dataset: dataset.id,
      purpose: String(values.get("purpose")).trim(),
      reason: values.get("reason"),
      until: begin(String(values.get("until")), 1),
    };
    await ask(address("sharing/requests"), { method: "POST", json });
    dialog.close();
    notice(w("request.sent"), { label: w("request.follow"), act: () => (location.hash = "requests") });
  };
  const now = Date.now();
  const dialog = openDialog(
    w("request.for", { title: say(dataset.title) }),
    make("p", { class: "hint" }, w("request.how", { steward: dataset.steward || w("administrator") })),
    form(
      { button: w("request.send"), wide: true, send },
      purposeField(w("purpose"), { value: purpose() === VIEW ? "" : purpose(), required: true, maxlength: 80, pattern: "[a-z0-9][a-z0-9\\-]*" }, w("purpose.rule")),
      field(w("until"), { name: "until", type: "date", required: true, min: dayOf(new Date(now).toISOString()), value: dayOf(new Date(now + HALF_A_YEAR_MS).toISOString()) }, w("until.last")),
      textField(w("reason"), { name: "reason", required: true, placeholder: w("reason.example") }),
    ),
  );
}
