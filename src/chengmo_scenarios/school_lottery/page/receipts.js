// @ts-check
/** Step five: each family finds its number, its place and the reason; anybody takes the proof home. */

import { fill, make } from "../../app/modules/dom.js";
import { say } from "../../app/modules/language.js";
import { digest } from "./digest.js";
import { count, field, problem, save, table } from "./parts.js";
import { ceremony, decisionOf, fileOf, run } from "./state.js";
import { w } from "./words.js";

const VERIFIERS = ["verify_lottery.py", "verify_special.py", "verify_drand.py"];
/** @typedef {{transcript: any, commitment: string, digest: string, again: ((explain: string[]) => Promise<any>) | null}} Published `again` holds the draw anew, where the roster is at hand */

/** Mechanisms where one number does not tell who went first everywhere. */
const NUMBERS_DIFFER = ["deferred-acceptance-multiple", "ring"];

/** @returns {import("./seal.js").Step} */
export function receiptStep() {
  const now = /** @type {import("./state.js").Ceremony} */ (ceremony());
  const place = make("div", { class: "stack", "aria-busy": "true" }, make("p", { class: "hint" }, w("loading")));
  decisionOf(now.run ?? "").then(
    ({ transcript, digest }) => {
      const again = async (/** @type {string[]} */ explain) => (await run({ ...now.request, ...now.revealed, step: "draw", explain })).decision;
      const published = { transcript, commitment: now.commitment, digest, again };
      place.removeAttribute("aria-busy");
      fill(place, finder(published), proof(published, checkAgain(digest, now)), make("p", { class: "box" }, w("family.tell"), " ", make("a", { href: "#family" }, w("family.title"))));
    },
    (error) => fill(place, problem(error)),
  );
  return { element: place };
}

/** Where a family looks itself up. @param {Published} published */
export function finder(published) {
  const input = (/** @type {string} */ label, /** @type {string} */ kind) => make("input", { type: "text", autocomplete: "off", spellcheck: "false", class: kind, "aria-label": label });
  const [child, salt, ticket] = [input(w("find.child"), ""), input(w("find.salt"), "is-code"), input(w("find.ticket"), "is-code")];
  const place = make("div", { "aria-live": "polite" });
  const find = (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = ticket.value.trim().toLowerCase() || digest("ticket", salt.value.trim(), child.value.trim());
    const u = published.transcript.units.findIndex((/** @type {any} */ one) => one.ticket === wanted);
    fill(place, u < 0 ? make("p", { class: "box is-problem", role: "alert" }, w("find.none")) : receipt(published, u));
  };
  return make(
    "section",
    { class: "stack" },
    make("h3", {}, w("find.title")),
    make(
      "form",
      { class: "stack finder", novalidate: true, on: { submit: find } },
      make("div", { class: "pair-of-fields" }, field(w("find.child"), child), field(w("find.salt"), salt)),
      make("details", { class: "more" }, make("summary", {}, w("find.by-ticket")), field(w("find.ticket"), ticket, w("find.ticket.help"))),
      make("div", { class: "row" }, make("button", { type: "submit", class: "button is-main" }, w("find.act")), make("p", { class: "help" }, w("find.private"))),
    ),
    place,
  );
}

/** @param {Published} published @param {number} u */
function receipt(published, u) {
  const { plan, units, result } = published.transcript;
  const [number, rank, place] = result[u];
  const names = plan.schools.map((/** @type {any} */ one) => one.name);
  const missed = units[u].choices.slice(0, rank < 0 ? undefined : rank);
  const exact = make("div", {});
  const kind = rank >= 0 ? w("receipt.choice", { number: rank + 1 }) : w(place >= 0 ? "receipt.beyond" : "receipt.none.why");
  return make(
    "article",
    { class: "receipt", tabindex: -1 },
    make("div", { class: "receipt-head" }, make("div", {}, make("span", {}, w("receipt.number")), make("b", { id: "receipt-number" }, count(number))), make("div", {}, make("span", {}, kind), make("b", { id: "receipt-school" }, place >= 0 ? names[place] : w("receipt.none")))),
    make("p", { class: "help" }, w("receipt.of", { count: count(units.length), size: units[u].size })),
    missed.length ? make("ol", { class: "reasons" }, missed.map((/** @type {[number, number]} */ one, /** @type {number} */ k) => reason(published.transcript, u, k, names[one[0]]))) : make("p", {}, w("receipt.first")),
    missed.length && published.again ? make("button", { type: "button", class: "button", on: { click: (/** @type {any} */ event) => void askExactly(event.target, published, u, exact) } }, w("receipt.exact")) : null,
    exact,
    make("p", { class: "help code" }, w("receipt.ticket", { ticket: units[u].ticket })),
  );
}

/**
 * Why a choice was missed: the last of the same groups whom the school let in.
 * @param {any} transcript @param {number} u @param {number} k @param {string} school
 */
function reason({ plan, units, result }, u, k, school) {
  const { rules } = plan;
  const groups = String(units[u].groups);
  const [s, tier] = units[u].choices[k];
  const own = result[u][0];
  const inside = result
    .map((/** @type {number[]} */ row, /** @type {number} */ v) => ({ number: row[0], choice: row[1], tier: row[1] >= 0 && row[2] === s ? units[v].choices[row[1]][1] : -1, v }))
    .filter((/** @type {any} */ one) => one.tier >= 0 && String(units[one.v].groups) === groups)
    .sort((/** @type {any} */ one, /** @type {any} */ two) => one.tier - two.tier || one.number - two.number);
  const last = inside.at(-1);
  const head = make("strong", {}, w("reason.head", { number: k + 1, school }));
  if (!last) return make("li", {}, head, make("p", {}, w("reason.nobody")));
  const rows = [[w("reason.you"), sayTier(tier, rules), count(own)], [w("reason.last"), sayTier(last.tier, rules), count(last.number)]];
  const why = tier > last.tier ? "reason.priority" : NUMBERS_DIFFER.includes(rules.mechanism) ? "reason.drawn" : last.tier === tier && last.number < own ? "reason.number" : "reason.order";
  return make("li", {}, head, make("p", {}, w(why)), table(["", w("reason.tier"), w("reason.number.head")], rows, w("reason.compared")));
}

/** Say a priority: a decimal digit for each criterion, the weightiest first. @param {number} tier @param {{mechanism: string, priorities: string[]}} rules */
function sayTier(tier, { mechanism, priorities: criteria }) {
  if (!criteria.length || mechanism === "serial-dictatorship") return "–";
  const digits = String(tier).padStart(criteria.length, "0");
  return criteria.map((/** @type {string} */ one, /** @type {number} */ at) => (one === "tier" ? w("tier.tier", { number: digits[at] }) : w(digits[at] === "0" ? `tier.${one}` : `tier.${one}.not`))).join(" · ");
}

/** @param {HTMLButtonElement} button @param {Published} published @param {number} u @param {HTMLElement} place */
async function askExactly(button, published, u, place) {
  button.disabled = true;
  fill(place, make("progress", { "aria-label": w("draw.running") }));
  try {
    const { plan, units } = published.transcript;
    const told = await published.again?.([units[u].ticket]);
    const wishes = told.tables.find((/** @type {any} */ one) => one.key === "wishes")?.rows ?? [];
    fill(place, make("ul", { class: "exact" }, wishes.map((/** @type {any[]} */ row) => make("li", {}, needed(row, plan.rules)))));
  } catch (error) {
    fill(place, problem(error));
    button.disabled = false;
  }
}

/** What would have got a choice: a smaller number, a better priority. @param {any[]} row @param {{mechanism: string, priorities: string[]}} rules */
function needed([, own, school, , number, , tier], rules) {
  const byNumber = own === null ? "" : number === null ? w("exact.never", { school }) : w("exact.number", { school, number: count(number), own: count(own) });
  const byTier = tier === null ? w("exact.no-tier", { school }) : w("exact.tier", { school, tier: sayTier(tier, rules) });
  return [make("p", {}, byNumber), make("p", {}, byTier)];
}

/**
 * What anybody takes home to check the draw.
 * @param {Published} published
 * @param {HTMLElement | null} again
 */
export function proof({ transcript, commitment }, again) {
  const command = `python -I verify_lottery.py transcript.json ${commitment}`;
  return make(
    "section",
    { class: "stack proof" },
    make("h3", {}, w("proof.title")),
    make("p", {}, w("proof.lead")),
    make("div", { class: "row" }, save(w("proof.transcript"), "transcript.json", transcript), VERIFIERS.map((name) => make("a", { class: "button", href: fileOf(name), download: name }, name))),
    make("pre", { class: "command", tabindex: 0 }, command),
    make("p", { class: "help" }, w("proof.expect")),
    again,
  );
}

/** The draw once more from the roster, where it lies. @param {string} published @param {import("./state.js").Ceremony} now */
function checkAgain(published, now) {
  const place = make("div", { "aria-live": "polite" });
  const button = make("button", { type: "button", class: "button", on: { click: () => void check() } }, w("proof.again"));
  async function check() {
    button.disabled = true;
    fill(place, make("progress", { "aria-label": w("draw.running") }));
    try {
      const inputs = { ...now.request, ...now.revealed, step: "verify", published_commitment: now.commitment, published_digest: published };
      const { decision: told } = await run(inputs);
      const agrees = told.measures.find((/** @type {any} */ one) => one.key === "agrees")?.value === true;
      fill(place, make("p", { class: agrees ? "verdict is-good" : "verdict is-bad", id: "verdict" }, say(told.answer)));
    } catch (error) {
      fill(place, problem(error));
    }
    button.disabled = false;
  }
  return make("div", { class: "stack again" }, make("div", { class: "row" }, button), place);
}
