// @ts-check
/** What a feature says when it is pressed. */

import { make } from "./dom.js";
import { named, withUnit } from "./format.js";
import { say } from "./language.js";

/**
 * @param {import("./types.js").View} view
 * @param {Record<string, unknown>} properties
 */
export function popupOf(view, properties) {
  const columns = view.columns.length
    ? view.columns
    : Object.keys(properties).map((key) => ({ key, title: key, unit: "" }));
  const heading = columns.find((one) => /^(name|名称|title)$/i.test(one.key));
  const name = heading && properties[heading.key] ? String(properties[heading.key]) : say(view.title);
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
        make("dd", {}, withUnit(named(properties[one.key], one), one.unit, one.key)),
      ]),
    ),
  );
}
