// @ts-check
/** What a feature says when it is pressed. */

import { make } from "./dom.js";
import { withUnit } from "./format.js";
import { say } from "./language.js";

/**
 * @param {import("./types.js").View} view
 * @param {Record<string, unknown>} properties
 */
export function popupOf(view, properties) {
  const columns = view.columns.length
    ? view.columns
    : Object.keys(properties).map((key) => ({ key, title: key, unit: "" }));
  const named = columns.find((one) => /^(name|名称|title)$/i.test(one.key));
  const name = named && properties[named.key] ? String(properties[named.key]) : say(view.title);
  const rows = columns.filter(
    (one) => one !== named && properties[one.key] !== undefined && properties[one.key] !== null,
  );
  return make(
    "div",
    { class: "popup" },
    make("h3", {}, name),
    make(
      "dl",
      {},
      rows.flatMap((one) => [
        make("dt", {}, say(one.title)),
        make("dd", {}, withUnit(properties[one.key], one.unit, one.key)),
      ]),
    ),
  );
}
