// @ts-check
/** What a feature says when it is pressed. */

import { make } from "./dom.js";
import { named, withUnit } from "./format.js";
import { sayInstant } from "./instant.js";
import { say } from "./language.js";

/**
 * @param {import("./types.js").View} view
 * @param {Record<string, unknown>} properties
 */
export function popupOf(view, properties) {
  /** @type {import("./types.js").Column[]} */
  const columns = view.columns.length
    ? view.columns
    : Object.keys(properties).map((key) => ({ key, title: key, unit: "" }));
  const heading = columns.find((one) => /^(name|名称|title)$/i.test(one.key));
  const name = heading && properties[heading.key] ? String(named(properties[heading.key], heading)) : say(view.title);
  const rows = columns.filter(
    (one) => one !== heading && properties[one.key] !== undefined && properties[one.key] !== null,
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
        make("dd", {}, withUnit(inWords(properties[one.key], one), one.unit, one.key)),
      ]),
    ),
  );
}

/**
 * Name a value, and write an instant as the city's clocks show it.
 * @param {unknown} one
 * @param {import("./types.js").Column} column
 */
function inWords(one, column) {
  const isInstant = typeof one === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(one);
  return isInstant ? sayInstant(Date.parse(one)) : named(one, column);
}
