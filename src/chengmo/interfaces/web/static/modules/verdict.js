// @ts-check
/** What came of doing a run again. */

import { icon, make } from "./dom.js";
import { t } from "./language.js";

/** @param {import("./types.js").Comparison} comparison */
export function verdictOf({ same, firstDigest: first, secondDigest: second, differences }) {
  if (same) return make("div", { class: "quality is-good", role: "status" }, icon("check"), make("p", {}, make("strong", {}, t("verdict.same")), make("span", { class: "code" }, first)));
  return make(
    "div",
    { class: "quality is-seal", role: "status" },
    make(
      "div",
      {},
      make("strong", {}, t("verdict.differs")),
      make("p", { class: "code" }, first ?? "–"),
      make("p", { class: "code" }, second ?? "–"),
      make("ul", {}, differences.slice(0, 20).map((one) => make("li", {}, typeof one === "string" ? one : JSON.stringify(one)))),
    ),
  );
}
