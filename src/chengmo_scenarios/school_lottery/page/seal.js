// @ts-check
/** Step one: the rules, the roster and where the randomness will come from; then the commitment. */

import { datasets, models } from "../../app/modules/api.js";
import { fill, make } from "../../app/modules/dom.js";
import { formOf } from "../../app/modules/form.js";
import { language, say } from "../../app/modules/language.js";
import { digest, secret } from "./digest.js";
import { count, digestBlock, facts, field, loader, moment, problem, save } from "./parts.js";
import { ceremony, change, CHAINS, decisionOf, keep, MODEL, roundAt, run, timeOf } from "./state.js";
import { w } from "./words.js";

/** @typedef {{next: () => void, back: () => void, again: () => void, restart: () => void}} Way */
/** @typedef {{element: HTMLElement, leave?: () => void}} Step */

const SHOWN = ["title", "roster", "schools", "mechanism", "siblings"];
const RULES = ["catchment", "priorities", "reserve_group", "reserve_share_0to1", "reserve_order", "band", "most_choices", "overflow", "zone_column", "zones_column"];
const LEAST_PARTIES = 3;
const LEAD_TIME_MS = 60 * 60 * 1000;

/** @type {{values: Record<string, any>, source: Source}} */
const draft = { values: {}, source: { kind: "drand", chain: "quicknet", when: "", notary: "", parties: [] } };

/** @typedef {{kind: "drand" | "parties" | "notary", chain: keyof typeof CHAINS, when: string, notary: string, parties: {name: string, commitment: string}[]}} Source */

/** @param {Way} way @returns {Step} */
export function sealStep(way) {
  const now = ceremony();
  return now ? sealed(now, way) : asking(way);
}

/** @param {Way} way @returns {Step} */
function asking(way) {
  const place = make("div", { class: "stack", "aria-busy": "true" }, make("p", { class: "hint" }, w("loading")));
  let read = () => {};
  Promise.all([models(), datasets()]).then(
    ([every, known]) => {
      const model = every.find((one) => one.id === MODEL);
      const usable = known.filter((one) => isRoster(one) || isSchools(one));
      const built = form(model?.request_schema ?? {}, usable, way);
      read = built.read;
      place.removeAttribute("aria-busy");
      fill(place, built.element);
    },
    (error) => fill(place, problem(error)),
  );
  return { element: place, leave: () => read() };
}

/** @param {import("../../app/modules/types.js").Dataset} one */
function isRoster(one) {
  const names = new Set(one.columns.map((column) => column.name));
  return names.has("child") && names.has("choices");
}

/** @param {import("../../app/modules/types.js").Dataset} one */
function isSchools(one) {
  const names = new Set(one.columns.map((column) => column.name));
  return names.has("school") && names.has("seats");
}

/**
 * @param {Record<string, any>} schema
 * @param {import("../../app/modules/types.js").Dataset[]} known
 * @param {Way} way
 */
function form(schema, known, way) {
  const rosters = known.filter(isRoster);
  draft.values.title ??= w("seal.name");
  const part = (/** @type {string[]} */ keys) => ({ ...schema, required: [], properties: Object.fromEntries(keys.map((key) => [key, plain(key, schema.properties[key], rosters, known.filter(isSchools))])) });
  const main = formOf(part(SHOWN), draft.values, known);
  const rules = formOf(part(RULES), draft.values, known);
  const source = sourceForm();
  const place = make("div", {});
  const button = make("button", { type: "submit", class: "button is-main is-large" }, w("seal.act"));
  const read = () => {
    draft.values = { .../** @type {any} */ (main.read()), .../** @type {any} */ (rules.read()) };
    draft.source = source.read();
  };
  const element = make(
    "form",
    { class: "stack", novalidate: true, on: { submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!main.check() || !rules.check() || !source.check()) return;
      read();
      void seal(button, place, way);
    } } },
    make("p", { class: "box" }, w("family.here"), " ", make("a", { href: "#family" }, w("family.title"))),
    rosters.length ? null : make("p", { class: "box is-care" }, w("seal.no-roster")),
    main.element,
    make("details", { class: "more" }, make("summary", {}, w("seal.rules")), rules.element),
    source.element,
    place,
    make("div", { class: "row" }, button, loader(w("seal.continue"), (content) => goOn(content, place, way))),
  );
  return { element, read };
}

/**
 * A dataset is chosen among those that fit; nothing is folded away here.
 * @param {string} key
 * @param {Record<string, any>} given
 * @param {{id: string}[]} rosters
 * @param {{id: string}[]} schools
 */
function plain(key, given, rosters, schools) {
  const { "x-group": _, ...kept } = given;
  if (key !== "roster" && key !== "schools") return kept;
  const fitting = (key === "roster" ? rosters : schools).map((one) => one.id);
  const { anyOf: _anyOf, ...words } = kept;
  return { ...words, type: "string", enum: fitting.length ? fitting : [""], default: fitting[0] ?? "" };
}

/** The choice of where the randomness comes from. */
function sourceForm() {
  const given = draft.source;
  if (!given.when) given.when = local(new Date(Date.now() + LEAD_TIME_MS));
  while (given.parties.length < LEAST_PARTIES) given.parties.push({ name: "", commitment: "" });
  const detail = make("div", { class: "stack" });
  const complaint = make("p", { class: "complaint", role: "alert" });
  const kinds = /** @type {const} */ (["drand", "parties", "notary"]);
  const show = () => {
    complaint.textContent = "";
    fill(detail, { drand: beacon, parties: parties, notary: notary }[given.kind](given));
  };
  const radio = (/** @type {Source["kind"]} */ kind) =>
    make(
      "label",
      { class: "option" },
      make("input", { type: "radio", name: "source", value: kind, checked: given.kind === kind, on: { change: () => { given.kind = kind; show(); } } }),
      make("span", {}, make("strong", {}, w(`source.${kind}`)), make("small", { class: "hint" }, w(`source.${kind}.why`))),
    );
  const element = make("fieldset", { class: "source stack" }, make("legend", {}, w("source")), make("div", { class: "options" }, kinds.map(radio)), detail, complaint);
  show();
  const check = () => {
    complaint.textContent = fault(given);
    return !complaint.textContent;
  };
  return { element, read: () => given, check };
}

/** @param {Source} given */
function fault(given) {
  if (given.kind === "notary") return given.notary.trim() ? "" : w("source.notary.missing");
  if (given.kind === "drand") return new Date(given.when).getTime() > Date.now() ? "" : w("source.drand.past");
  const named = given.parties.filter((one) => one.name.trim() || one.commitment);
  if (named.length < 2) return w("source.parties.few");
  return named.every((one) => one.name.trim() && /^[0-9a-f]{64}$/.test(one.commitment)) ? "" : w("source.parties.wrong");
}

/** @param {Source} given */
function beacon(given) {
  const told = make("p", { class: "help" });
  const tell = () => {
    const when = new Date(given.when);
    const round = Number.isNaN(when.getTime()) ? 0 : roundAt(given.chain, when);
    told.textContent = round ? w("source.drand.round", { round: String(round), time: moment(timeOf({ chain: given.chain, round })) }) : "";
  };
  const time = make("input", { type: "datetime-local", step: 1, value: given.when, on: { input: (/** @type {any} */ event) => { given.when = event.target.value; tell(); } } });
  const chain = make("select", { on: { change: (/** @type {any} */ event) => { given.chain = event.target.value; tell(); } } }, Object.keys(CHAINS).map((one) => make("option", { value: one, selected: given.chain === one }, w(`chain.${one}`))));
  tell();
  return [make("div", { class: "pair-of-fields" }, field(w("source.drand.when"), time), field(w("source.drand.chain"), chain)), told];
}

/** @param {Source} given */
function notary(given) {
  const name = make("input", { type: "text", maxlength: 200, value: given.notary, on: { input: (/** @type {any} */ event) => { given.notary = event.target.value; } } });
  return field(w("source.notary.name"), name, w("source.notary.help"));
}

/** @param {Source} given */
function parties(given) {
  const rows = make("div", { class: "stack" });
  const render = () => fill(rows, given.parties.map((one, at) => partyRow(one, at)));
  render();
  const more = make("button", { type: "button", class: "button is-small", on: { click: () => { given.parties.push({ name: "", commitment: "" }); render(); } } }, w("source.parties.more"));
  return [rows, make("div", {}, more), partyDesk()];
}

/** @param {{name: string, commitment: string}} one @param {number} at */
function partyRow(one, at) {
  const name = make("input", { type: "text", maxlength: 80, value: one.name, on: { input: (/** @type {any} */ event) => { one.name = event.target.value; } } });
  const value = make("input", { type: "text", maxlength: 64, spellcheck: "false", class: "is-code", value: one.commitment, on: { input: (/** @type {any} */ event) => { one.commitment = event.target.value.trim().toLowerCase(); } } });
  return make("div", { class: "pair-of-fields" }, field(w("party.name", { number: at + 1 }), name), field(w("party.commitment"), value));
}

/** Where a party makes its secret, on its own machine. */
function partyDesk() {
  const name = make("input", { type: "text", maxlength: 80 });
  const result = make("div", { class: "stack" });
  const act = () => {
    if (!name.value.trim()) return name.focus();
    const value = secret();
    fill(result, digestBlock(w("desk.secret"), value, "desk-secret"), digestBlock(w("desk.commitment"), digest("party", name.value.trim(), value), "desk-commitment"));
  };
  return make("details", { class: "more" }, make("summary", {}, w("desk")), make("p", { class: "help" }, w("desk.help")), make("div", { class: "row is-end" }, field(w("desk.name"), name), make("button", { type: "button", class: "button", on: { click: act } }, w("desk.act"))), result);
}

/** @param {Source} source */
function announced(source) {
  if (source.kind === "notary") return { randomness: "notary", notary: source.notary.trim() };
  if (source.kind === "drand") return { randomness: "drand", drand_chain: source.chain, drand_round: roundAt(source.chain, new Date(source.when)) };
  const named = source.parties.filter((one) => one.name.trim());
  return { randomness: "parties", parties: named.map((one) => one.name.trim()), party_commitments: named.map((one) => one.commitment) };
}

/** @param {HTMLButtonElement} button @param {HTMLElement} place @param {Way} way */
async function seal(button, place, way) {
  button.disabled = true;
  fill(place, make("div", { class: "box" }, make("p", {}, w("seal.running")), make("progress", { "aria-label": w("seal.running") })));
  try {
    const request = { ...draft.values, ...announced(draft.source) };
    const { id, decision } = await run({ ...request, step: "commit" });
    if (decision.outcome !== "decided") return fill(place, make("p", { class: "box is-problem", role: "alert" }, say(decision.answer)));
    if (ceremony()) return way.again(); // Another window was faster; its seal stands.
    const children = decision.measures.find((/** @type {any} */ one) => one.key === "children")?.value ?? 0;
    keep({ request, commitment: decision.commitment, plan: decision.plan, children, sealed: new Date().toISOString(), published: false, sealRun: id, revealed: null, run: null });
    way.again();
  } catch (error) {
    fill(place, problem(error));
    button.disabled = false;
  }
}

/** @param {any} content @param {HTMLElement} place @param {Way} way */
function goOn(content, place, way) {
  if (typeof content?.commitment !== "string" || digest("plan", content.plan) !== content.commitment || !content.request) {
    return fill(place, make("p", { class: "box is-problem", role: "alert" }, w("seal.not-a-file")));
  }
  keep({ ...content, revealed: null, drawing: null, run: null });
  way.again();
}

/** @param {import("./state.js").Ceremony} now @param {Way} way @returns {Step} */
function sealed(now, way) {
  const { plan } = now;
  const seats = plan.schools.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.seats, 0);
  const publish = make("button", { type: "button", class: "button is-main is-large", on: { click: () => { change({ published: true }); way.next(); } } }, now.published ? w("next") : w("seal.published"));
  const anew = make("button", { type: "button", class: "button is-quiet", on: { click: () => {
    if (anew.dataset.sure) { keep(null); way.restart(); } else { anew.dataset.sure = "yes"; anew.textContent = w("seal.anew.sure"); }
  } } }, w("seal.anew"));
  const element = make(
    "div",
    { class: "stack" },
    digestBlock(w("seal.commitment"), now.commitment, "commitment"),
    make("p", { class: "box is-care" }, w("seal.publish")),
    facts([
      [w("fact.children"), count(now.children)],
      [w("fact.schools"), count(plan.schools.length)],
      [w("fact.seats"), count(seats)],
      [w("fact.mechanism"), w(`mechanism.${plan.rules.mechanism}`)],
      [w("fact.source"), sayPlannedSource(plan.randomness)],
      [w("fact.sealed"), moment(new Date(now.sealed))],
    ]),
    make("div", { class: "row" }, publish, save(w("seal.save"), `sealed-${now.commitment.slice(0, 8)}.json`, { request: now.request, commitment: now.commitment, plan, children: now.children, sealed: now.sealed, published: now.published }), now.sealRun ? leaves(now.sealRun) : null, anew),
  );
  return { element };
}

/** The digests of all units: published too, they let a family see before the draw that it is in the roster. @param {string} id */
function leaves(id) {
  const button = make("button", { type: "button", class: "button", on: { click: async () => {
    try {
      const link = save(w("seal.leaves"), "leaves.json", (await decisionOf(id)).leaves);
      button.replaceWith(link);
      link.click();
    } catch (error) {
      button.replaceWith(problem(error));
    }
  } } }, w("seal.leaves"));
  return button;
}

/** @param {any} source */
export function sayPlannedSource(source) {
  if (source.kind === "drand") return w("source.drand.planned", { chain: source.chain, round: String(source.round), time: moment(timeOf(source)) });
  if (source.kind === "notary") return w("source.notary.planned", { name: source.notary });
  return w("source.parties.planned", { names: source.parties.map((/** @type {any} */ one) => one.name).join(language() === "zh" ? "、" : ", ") });
}

/** A time as the input wants it, in the zone of this machine. @param {Date} when */
function local(when) {
  return new Date(when.getTime() - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
