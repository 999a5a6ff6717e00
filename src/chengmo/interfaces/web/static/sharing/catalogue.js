// @ts-check
/** What there is: every dataset one may know of, and whether one may use it for the purpose stated. */

import { address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { sayPurpose } from "../modules/chooser.js";
import { purpose } from "../modules/purpose.js";
import { askFor } from "./asking.js";
import { dutyOf, entryOf, isOverdue, wordsOf } from "./inventory.js";
import { qualityOf } from "./quality.js";
import { badge, empty, treatedList } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./tell.js").Known} Known */
/** @typedef {import("./main.js").Session} Session */

const USES = ["all", "usable", "treated", "denied", "mine", "overdue"];
const TYPES = ["all", "unconditional", "conditional", "none"];

/** What is looked for, kept while the reader looks at something else. */
const wanted = { text: "", use: "all", type: "all" };

/** Read what one may know of. @returns {Promise<Known[]>} */
export async function knownDatasets() {
  return (await ask(address("sharing/datasets"))).datasets;
}

/**
 * @param {Session} session
 * @param {string} rest Id of a dataset to begin with
 */
export async function catalogueView(session, rest) {
  const all = await knownDatasets();
  if (rest) Object.assign(wanted, { text: rest, use: "all", type: "all" });
  const list = make("ul", { class: "entries" });
  const count = make("p", { class: "hint", role: "status" });
  const show = () => {
    const found = all.filter(matches);
    if (wanted.use === "overdue") found.sort((one, other) => (other.inventory?.days_overdue ?? 0) - (one.inventory?.days_overdue ?? 0));
    count.textContent = w("catalogue.count", { found: String(found.length), all: String(all.length), purpose: sayPurpose(purpose()) });
    fill(list, found.map((one) => entry(session, one)), found.length ? null : make("li", {}, empty(w(all.length ? "catalogue.not-found" : "catalogue.none"))));
  };
  show();
  return [make("section", { class: "panel" }, make("h1", {}, w("tab.catalogue")), late(all), filters(show), count, list)];
}

/** Say at once what is late of what is in one's care. @param {Known[]} all */
function late(all) {
  const mine = all.filter((one) => one.is_mine && isOverdue(one));
  if (!mine.length) return null;
  const see = () => {
    const choice = /** @type {HTMLSelectElement} */ (document.querySelector(".filters [data-filter=use]"));
    choice.value = "overdue";
    choice.dispatchEvent(new Event("change"));
  };
  return make("p", { class: "box is-care suggestion" }, w("duty.mine", { count: String(mine.length) }), " ", make("button", { type: "button", class: "button is-small", on: { click: see } }, w("duty.see")));
}

/** @param {() => void} show */
function filters(show) {
  const search = make("input", { type: "search", value: wanted.text, placeholder: w("catalogue.search"), "aria-label": w("catalogue.search") });
  search.addEventListener("input", () => ((wanted.text = search.value), show()));
  const choose = (/** @type {"use" | "type"} */ what, /** @type {string[]} */ values, /** @type {string} */ label, /** @type {(value: string) => string} */ text) => {
    const one = make("select", { "aria-label": label, "data-filter": what, value: wanted[what] }, values.map((value) => make("option", { value }, text(value))));
    one.addEventListener("change", () => ((wanted[what] = one.value), show()));
    return one;
  };
  return make("div", { class: "filters" }, search, choose("use", USES, w("catalogue.use"), (one) => w(`use.${one}`)), choose("type", TYPES, w("catalogue.type"), (one) => w(`type.${one}`)));
}

/** @param {Known} one */
function matches(one) {
  const { allowed, treated } = one.verdict;
  const fits = { all: true, usable: allowed, treated: allowed && treated.length > 0, denied: !allowed, mine: one.is_mine, overdue: isOverdue(one) }[wanted.use];
  if (!fits || (wanted.type !== "all" && one.sharing !== wanted.type)) return false;
  const hay = [one.id, one.title.zh, one.title.en, one.description?.zh, one.description?.en, one.steward, wordsOf(one)].join(" ").toLowerCase();
  return wanted.text.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}

/** @param {Session} session @param {Known} one */
function entry(session, one) {
  const { allowed, treated } = one.verdict;
  return make(
    "li",
    { class: "entry", "data-dataset": one.id },
    make(
      "div",
      { class: "entry-main" },
      make("p", {}, make("strong", {}, say(one.title)), " ", make("span", { class: "code" }, one.id)),
      one.description ? make("p", { class: "hint" }, say(one.description)) : null,
      make("p", { class: "badges" }, one.steward ? badge(w("steward", { name: one.steward })) : null, badge(w(`sharing.${one.sharing}`)), badge(w(`opening.${one.opening}`)), badge(w("grade", { grade: String(one.grade) }), one.grade > 2 ? "is-care" : ""), one.synthetic ? badge(w("synthetic"), "is-care") : null),
      dutyOf(one),
      verdictOf(one),
      allowed ? treatedList(treated) : null,
      entryOf(one),
      allowed && !treated.length ? qualityOf(one) : null,
    ),
    make("div", { class: "entry-acts" }, buttons(session, one)),
  );
}

/** @param {Known} one */
function verdictOf({ verdict }) {
  const { allowed, treated, reason, rows_per_day: rows } = verdict;
  const kind = !allowed ? "is-seal" : treated.length ? "is-act" : "is-good";
  const word = !allowed ? "verdict.denied" : treated.length ? "verdict.treated" : "verdict.allowed";
  return make("p", { class: "verdict" }, badge(w(word), kind), " ", say(reason), rows === null ? "" : ` · ${w("rows-a-day", { rows: String(rows) })}`);
}

/** @param {Session} session @param {Known} one */
function buttons(session, one) {
  const { allowed, treated } = one.verdict;
  const open = make("a", { class: "button is-small", href: `./#${new URLSearchParams({ tab: "data", data: one.id })}` }, w("open"));
  const request = make("button", { type: "button", class: `button is-small ${allowed ? "" : "is-main"}`, on: { click: () => askFor(one) } }, w(allowed ? "request.more" : "request"));
  const signIn = make("a", { class: "button is-small", href: "account.html" }, w("request.sign-in"));
  const wants = !allowed || treated.length > 0;
  return [allowed ? open : null, wants ? (session.roles.length ? request : signIn) : null];
}
