// @ts-check
/** State a rule, anew or otherwise than before. */

import { checks, choice, field, form, openDialog } from "../account/controls.js";
import { Problem, address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { purposeField, textField } from "./asking.js";
import { NOTHING, builder } from "./builder.js";
import { shown } from "./rules.js";
import { begin, dayOf } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./sentence.js").Policy} Policy */
/** @typedef {{policies: Policy[], mine: import("./tell.js").Known[], organisations: import("./tell.js").Organisation[], all: boolean}} Context */

const ALL = "*";
const ROLES = ["administrator", "steward", "analyst", "developer", "operator", "auditor"];
const KINDS = ["department", "district", "company", "public"];
const ID = "[a-z0-9][a-z0-9\\-]*";

/** @param {string} value @param {string} text @returns {[string, string]} */
const pair = (value, text) => [value, text];

/**
 * Open the dialog.
 * @param {Context} context
 * @param {Policy} [before] The rule to change; none for a new one
 */
export function ruleDialog(context, before) {
  const treat = treatmentPart(before);
  const datasets = [...context.mine.map((one) => pair(one.id, `${say(one.title)} · ${one.id}`)), ...(context.all ? [pair(ALL, w("rules.all-datasets"))] : [])];
  const dataset = choice(w("rule.dataset"), "dataset", datasets, before?.dataset ?? datasets[0]?.[0]);
  const effect = choice(w("rule.effect"), "effect", ["permit", "deny"].map((one) => pair(one, w(`effect.${one}`))), before?.effect ?? "permit");
  const chosen = () => ({ dataset: dataset.querySelector("select")?.value ?? "", effect: effect.querySelector("select")?.value ?? "" });
  const send = async (/** @type {FormData} */ values) => {
    const id = String(values.get("id")).trim();
    if (!before && context.policies.some((one) => one.id === id)) throw new Problem(409, { detail: w("rule.taken", { id }) });
    await ask(address(`sharing/policies/${id}`), { method: "PUT", json: policyOf(values, treat.value()) });
    dialog.close();
    notice(w("rule.stated"));
    shown();
  };
  const dialog = openDialog(
    before ? w("rule.change-of", { title: say(before.title) }) : w("rule.add"),
    form(
      { button: w("rule.state"), wide: true, send },
      dataset,
      effect,
      ...nameFields(before, context),
      part(w("rule.who"), w("rule.who.hint"), whoFields(context, before)),
      part(w("rule.when"), w("rule.when.hint"), whenFields(before)),
      treat.element,
      part(w("rule.more"), "", moreFields(before)),
      textField(w("rule.basis"), { name: "basis", value: before?.basis ?? "", placeholder: w("rule.basis.example") }),
    ),
  );
  const follow = () => void treat.show(chosen());
  dataset.addEventListener("input", follow);
  effect.addEventListener("input", follow);
  follow();
}

/** @param {string} title @param {string} hint @param {(Node | null)[]} fields */
function part(title, hint, fields) {
  return make("fieldset", { class: "group full" }, make("legend", {}, title), hint ? make("p", { class: "help" }, hint) : null, make("div", { class: "plain-form is-wide" }, fields));
}

/** @param {Policy | undefined} before @param {Context} context */
function nameFields(before, context) {
  const taken = new Set(context.policies.map((one) => one.id));
  let count = 1;
  while (taken.has(`rule-${count}`)) count += 1;
  return [
    field(w("rule.zh"), { name: "zh", required: true, value: before?.title.zh ?? "" }),
    field(w("rule.en"), { name: "en", required: true, value: before?.title.en ?? "" }),
    field(w("rule.id"), { name: "id", required: true, maxlength: 80, pattern: ID, value: before?.id ?? `rule-${count}`, readonly: before !== undefined }),
  ];
}

/** @param {Context} context @param {Policy} [before] */
function whoFields({ organisations }, before) {
  const who = before?.who ?? { actors: [], roles: [], organisations: [], kinds: [] };
  const bodies = organisations.map((one) => pair(one.id, say({ zh: one.name_zh, en: one.name_en })));
  // Named by a rule and gone since, or known to administrators only.
  const others = who.organisations.filter((id) => !organisations.some((one) => one.id === id)).map((id) => pair(id, id));
  return [
    [...bodies, ...others].length ? checks(w("rule.organisations"), "organisations", [...bodies, ...others], who.organisations) : null,
    checks(w("rule.kinds"), "kinds", KINDS.map((kind) => pair(kind, w(`kinds.${kind}`))), who.kinds),
    checks(w("rule.roles"), "roles", ROLES.map((role) => pair(role, w(`roles.${role}`))), who.roles),
    field(w("rule.accounts"), { name: "actors", value: who.actors.join(", "), autocapitalize: "none", spellcheck: "false" }, w("rule.accounts.hint")),
    purposeField(w("rule.purposes"), { name: "purposes", value: before?.purposes.join(", ") ?? "" }, w("rule.purposes.hint")),
  ];
}

/** @param {Policy} [before] */
function whenFields(before) {
  const when = before?.when;
  const hour = (/** @type {string} */ name, /** @type {number | undefined} */ value) => field(w(`rule.${name}`), { name, type: "number", min: 0, max: 24, value: value === undefined ? "" : String(value) });
  return [
    field(w("rule.start"), { name: "start", type: "date", value: dayOf(when?.start) }),
    field(w("rule.end"), { name: "end", type: "date", value: dayOf(when?.end, 1) }),
    hour("from", when?.hours?.[0]),
    hour("to", when?.hours?.[1]),
  ];
}

/** @param {Policy} [before] */
function moreFields(before) {
  return [
    field(w("rule.rows"), { name: "rows", type: "number", min: 1, value: before?.rows_per_day ? String(before.rows_per_day) : "" }, w("rule.rows.hint")),
    field(w("rule.order"), { name: "order", type: "number", min: 0, max: 10000, required: true, value: String(before?.order ?? 100) }, w("rule.order.hint")),
  ];
}

/** The builder, for whichever dataset is chosen; what is denied is not treated. @param {Policy} [before] */
function treatmentPart(before) {
  const place = make("div", {});
  const element = make("fieldset", { class: "group full" }, make("legend", {}, w("treat")), place);
  /** @type {ReturnType<typeof builder> | null} */
  let built = null;
  let shownFor = "";
  const show = async (/** @type {{dataset: string, effect: string}} */ { dataset, effect }) => {
    element.hidden = effect === "deny" || dataset === ALL || !dataset;
    element.disabled = element.hidden;
    if (element.hidden || shownFor === dataset) return;
    shownFor = dataset;
    built = null;
    try {
      const found = await ask(address(`datasets/${dataset}`));
      if (shownFor !== dataset) return;
      built = builder(found, before?.dataset === dataset ? before.treatment : NOTHING);
      fill(place, built.element);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      fill(place, make("p", { class: "complaint" }, error.message));
    }
  };
  const value = () => {
    if (element.hidden) return NOTHING;
    // What was stated must not get lost because it could not be shown.
    if (!built) throw new Problem(0, { detail: w("treat.not-read") });
    return built.value();
  };
  return { element, show, value };
}

/** @param {FormData} values @param {import("./builder.js").Treatment} treatment */
function policyOf(values, treatment) {
  const text = (/** @type {string} */ name) => String(values.get(name) ?? "").trim();
  const words = (/** @type {string} */ name) => text(name).split(/[\s,，、;；]+/).filter(Boolean);
  const effect = text("effect");
  return {
    dataset: text("dataset"),
    effect,
    title: { zh: text("zh"), en: text("en") },
    who: { actors: words("actors"), roles: values.getAll("roles"), organisations: values.getAll("organisations"), kinds: values.getAll("kinds") },
    purposes: words("purposes"),
    when: {
      start: text("start") ? begin(text("start")) : null,
      end: text("end") ? begin(text("end"), 1) : null,
      hours: text("from") && text("to") ? [Number(text("from")), Number(text("to"))] : null,
    },
    treatment,
    rows_per_day: effect === "permit" && text("rows") ? Number(text("rows")) : null,
    order: Number(text("order")),
    basis: text("basis"),
  };
}
