// @ts-check
/** The rules about the datasets in one's care: each in a sentence, to be changed and taken back. */

import { act } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { knownDatasets } from "./catalogue.js";
import { ruleDialog } from "./rule.js";
import { sentenceOf } from "./sentence.js";
import { badge, empty } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./sentence.js").Policy} Policy */

const ALL = "*";

/** @param {import("./main.js").Session} session */
export async function rulesView(session) {
  const [{ policies }, datasets, { organisations }] = await Promise.all([ask(address("sharing/policies")), knownDatasets(), ask(address("sharing/organisations"))]);
  const mine = datasets.filter((one) => one.is_mine);
  const context = { policies, mine, organisations, all: session.roles.includes("administrator") };
  const titles = new Map(datasets.map((one) => [one.id, say(one.title)]));
  const titleOf = (/** @type {Policy} */ rule) => (rule.dataset === ALL ? w("rules.all-datasets") : (titles.get(rule.dataset) ?? rule.dataset));
  const add = act(w("rule.add"), () => ruleDialog(context));
  add.classList.add("is-main");
  const sorted = [...policies].sort((a, b) => a.dataset.localeCompare(b.dataset) || a.effect.localeCompare(b.effect) || a.order - b.order || a.id.localeCompare(b.id));
  const list = make("ul", { class: "entries" }, sorted.map((rule) => entry(rule, titleOf(rule), context)));
  const head = make("div", { class: "panel-head" }, make("h1", {}, w("tab.rules")), mine.length || context.all ? add : null);
  return [make("section", { class: "panel" }, head, make("p", { class: "hint" }, w("rules.how")), policies.length ? list : empty(w(mine.length ? "rules.none" : "rules.no-datasets")))];
}

/**
 * @param {Policy} rule
 * @param {string} title Of its dataset
 * @param {import("./rule.js").Context} context
 */
function entry(rule, title, context) {
  const over = rule.when.end !== null && new Date(rule.when.end) <= new Date();
  return make(
    "li",
    { class: "entry", "data-rule": rule.id },
    make(
      "div",
      { class: `entry-main ${over ? "is-over" : ""}` },
      make("p", {}, make("strong", {}, say(rule.title)), " ", badge(w(`effect.${rule.effect}`), rule.effect === "deny" ? "is-seal" : "is-good"), " ", over ? badge(w("state.ended")) : null),
      make("p", {}, sentenceOf(rule, title, context.organisations)),
      make("p", { class: "hint" }, make("span", { class: "code" }, rule.id), ` · ${w("rule.order-is", { order: String(rule.order) })}`, rule.basis ? ` · ${w("rule.basis-is", { basis: rule.basis })}` : ""),
    ),
    make("div", { class: "entry-acts" }, act(w("change"), () => ruleDialog(context, rule)), act(w("remove"), () => remove(rule))),
  );
}

/** @param {Policy} rule */
async function remove(rule) {
  const path = address(`sharing/policies/${rule.id}`);
  await ask(path, { method: "DELETE" });
  const { treated, id, ...body } = rule;
  const again = () => ask(path, { method: "PUT", json: body }).then(shown, (error) => notice(error.message));
  notice(w("rule.removed", { title: say(rule.title) }), { label: w("undo"), act: again });
  shown();
}

/** Show the rules anew. */
export function shown() {
  dispatchEvent(new HashChangeEvent("hashchange"));
}
