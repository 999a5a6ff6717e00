// @ts-check
/** What came of doing a run again. */

import { icon, make } from "./dom.js";
import { t } from "./language.js";

const SHOWN = 20;

/** @param {import("./types.js").Comparison} comparison */
export function verdictOf({ same, first_digest: first, second_digest: second, differences }) {
  if (same) {
    const text = make("p", {}, make("strong", {}, t("verdict.same")), make("span", { class: "code" }, first));
    return make("div", { class: "quality is-good", role: "status" }, icon("check"), text);
  }
  const rows = differences.slice(0, SHOWN).map((one) => make("li", {}, make("span", { class: "code" }, one.where), `${one.first ?? "–"} → ${one.second ?? "–"}`));
  return make(
    "div",
    { class: "quality is-seal", role: "status" },
    make("div", {}, make("strong", {}, t("verdict.differs")), make("p", { class: "code" }, first ?? "–"), make("p", { class: "code" }, second ?? "–"), make("ul", {}, rows)),
  );
}
