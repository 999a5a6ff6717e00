// @ts-check
/** A dataset's entry as whoever answers for it sees it: its duty, its sensitive columns, its report. */

import { address } from "../modules/api.js";
import { make } from "../modules/dom.js";
import { number } from "../modules/format.js";
import { language, say } from "../modules/language.js";
import { badge, dayOf } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./tell.js").Known} Known */
/** @typedef {import("./tell.js").Inventory} Inventory */
/** @typedef {import("./tell.js").Sensitive} Sensitive */

/** Give what an entry can be found by, besides what everybody sees. @param {Known} one */
export function wordsOf({ inventory }) {
  if (!inventory) return "";
  const columns = inventory.sensitive.flatMap((each) => [each.column, each.kind.zh, each.kind.en]);
  return [inventory.legal_basis, inventory.category, inventory.contact, ...columns].join(" ");
}

/** @param {Known} one */
export function isOverdue(one) {
  return (one.inventory?.days_overdue ?? 0) > 0;
}

/** Say when it was updated and when it should be. @param {Known} one */
export function dutyOf({ inventory }) {
  if (!inventory) return null;
  const { update_frequency: every, due_utc: due, days_overdue: late, updated_utc: updated } = inventory;
  const state = late > 0 ? badge(w("duty.late", { days: number(late) }), "is-seal") : due ? badge(w("duty.due", { day: dayOf(due) }), "is-good") : badge(w(every && !inventory.is_duty_readable ? "duty.unreadable" : "duty.none", { every: every ?? "" }), "is-care");
  return make("p", { class: "duty" }, state, " ", make("small", { class: "hint" }, w("duty.updated", { day: dayOf(updated) })));
}

/** Show what is registered: class, basis, conditions, sensitive columns. @param {Known} one */
export function entryOf({ id, inventory, may_review: mayReview }) {
  if (!inventory) return null;
  const facts = [
    ["inventory.basis", inventory.legal_basis],
    ["inventory.category", inventory.category],
    ["inventory.level", inventory.level ? w(`level.${inventory.level}`) : ""],
    ["inventory.contact", inventory.contact],
    ["inventory.sharing-conditions", inventory.sharing_conditions],
    ["inventory.opening-conditions", inventory.opening_conditions],
  ];
  const told = facts.flatMap(([key, value]) => [make("dt", {}, w(key)), make("dd", { class: value ? "" : "hint" }, value || w("inventory.not-stated"))]);
  const open = inventory.sensitive.filter((each) => !each.is_stated).length;
  return make(
    "details",
    { class: "inventory" },
    make("summary", {}, w("inventory.entry"), " ", inventory.sensitive.length ? badge(w("inventory.sensitive", { count: String(inventory.sensitive.length) }), "is-care") : null, open ? badge(w("inventory.to-decide", { count: String(open) }), "is-seal") : null),
    make("dl", { class: "inventory-facts" }, told),
    inventory.sensitive.length ? make("ul", { class: "inventory-columns" }, inventory.sensitive.map(columnOf)) : null,
    mayReview ? make("p", { class: "inventory-acts" }, report(id, "html", "inventory.report"), report(id, "pdf", "inventory.pdf")) : null,
  );
}

/** @param {Sensitive} one */
function columnOf(one) {
  const looks = one.matches === null ? "" : w("inventory.looks", { matches: number(one.matches), rows: number(one.rows ?? 0) });
  return make("li", {}, make("span", { class: "code" }, one.column === "_geometry" ? w("inventory.place") : one.column), " ", say(one.kind), " · ", w(one.is_stated ? "inventory.treated" : "inventory.suggested", { how: say(one.treatment) }), looks ? make("small", { class: "hint" }, ` ${looks}`) : null);
}

/** @param {string} id @param {string} form @param {string} key */
function report(id, form, key) {
  const href = address(`datasets/${id}/compliance`, { f: form, lang: language() });
  return make("a", { class: "button is-small", href, target: form === "html" ? "_blank" : null, rel: "noopener" }, w(key));
}
