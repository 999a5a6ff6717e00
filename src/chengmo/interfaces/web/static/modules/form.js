// @ts-check
/** A model's form, made from the JSON schema of its request. */

import { icon, make } from "./dom.js";
import { number, unit } from "./format.js";
import { durationInput, instantInput } from "./instant.js";
import { say, t } from "./language.js";
import { pairsOf, placePair, shapeInput } from "./placing.js";
import { discriminator, fieldOf, fieldsOf, foldedFields, groupsOf, helpOf, labelOf, limitsOf, tidy, titleOf, unitOf, withLabels } from "./schema.js";

/** @typedef {import("./schema.js").Field} Field */
/** @typedef {import("./types.js").Schema} Schema */
/** @typedef {import("./types.js").Dataset} Dataset */

/**
 * Something that holds one value.
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {() => unknown} read The value, or undefined when it is left out
 * @property {(path: (string | number)[]) => Control | null} at The control of a part, by its path
 * @property {(message: string) => void} complain Show what is wrong, or nothing
 * @property {() => boolean} check Look at the value and complain; true where it is fine
 * @property {() => void} focus
 */

let serial = 0;

/**
 * Make the form of an object schema.
 * @param {Schema} schema
 * @param {Record<string, unknown>} values
 * @param {Dataset[]} datasets
 * @returns {Control}
 */
export function formOf(schema, values, datasets) {
  const fields = fieldsOf(schema);
  const controls = new Map(fields.map((one) => [one.key, control(one, values[one.key], datasets)]));
  const { shown, folded } = foldedFields(fields);
  const pairs = pairsOf(fields);
  const second = new Set(pairs.values());
  const elementOf = (/** @type {string} */ key) => {
    const [one, other] = [controls.get(key), controls.get(pairs.get(key) ?? "")];
    return one && other ? placePair(one, other) : one?.element;
  };
  const place = (/** @type {Field[]} */ list) => list.filter((one) => !second.has(one.key)).map((one) => elementOf(one.key));
  const more = groupsOf(folded).map(([title, list]) =>
    make("details", { class: "more" }, make("summary", {}, title || t("form.more", { count: list.length })), place(list)),
  );
  return {
    element: make("div", { class: "fields" }, place(shown), more),
    read: () => Object.fromEntries([...controls].map(([key, one]) => [key, one.read()]).filter(([, one]) => one !== undefined)),
    at: ([key, ...rest]) => {
      const found = controls.get(String(key));
      return found ? (rest.length ? (found.at(rest) ?? found) : found) : null;
    },
    complain: () => {},
    check: () => {
      const wrong = [...controls.values()].filter((one) => !one.check());
      const first = wrong[0];
      for (const one of more) if (first && one.contains(first.element)) one.open = true;
      first?.focus();
      return wrong.length === 0;
    },
    focus: () => controls.values().next().value?.focus(),
  };
}

/**
 * @param {Field} field
 * @param {unknown} given
 * @param {Dataset[]} datasets
 * @returns {Control}
 */
function control(field, given, datasets) {
  const start = given === undefined ? field.initial : given;
  const makers = { number: numberInput, text: textInput, choice, boolean, dataset: picker, object: group, list, choices, map: pairs, union, instant, duration, shape, raw };
  return makers[field.kind](field, /** @type {any} */ (start), datasets);
}

/**
 * Put a label, help and a place for complaints around an input.
 * @param {Field} field
 * @param {HTMLElement & {value?: string}} input
 * @param {() => unknown} read
 * @param {() => string} fault What is wrong with the value, or nothing
 * @param {{beside?: HTMLElement | null, legend?: boolean}} [how]
 * @returns {Control}
 */
function labelled(field, input, read, fault, { beside = null, legend = false } = {}) {
  const id = `field-${++serial}`;
  const said = helpOf(field.schema);
  // What only repeats the label helps nobody.
  const help = said === titleOf(field) ? "" : said;
  const complaint = make("p", { class: "complaint", id: `${id}-complaint` });
  input.id = id;
  input.setAttribute("aria-describedby", [help ? `${id}-help` : "", `${id}-complaint`].join(" ").trim());
  const complain = (/** @type {string} */ message) => {
    complaint.textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const check = () => {
    const message = fault();
    complain(message);
    return message === "";
  };
  input.addEventListener("change", check);
  const title = [titleOf(field), field.required ? null : make("span", { class: "optional" }, field.nullable ? t("form.optional") : "")];
  const element = make(
    "div",
    { class: "field", "data-field": field.key, role: legend ? "group" : null, "aria-labelledby": legend ? `${id}-label` : null },
    make(legend ? "span" : "label", { class: "field-label", id: `${id}-label`, ...(legend ? {} : { for: id }) }, title),
    make("div", { class: "field-input" }, input, beside),
    complaint,
    help ? make("p", { class: "help", id: `${id}-help` }, help) : null,
  );
  return { element, read, complain, check, at: () => null, focus: () => input.focus() };
}

/** @param {Field} field @param {number | null | undefined} start @returns {Control} */
function numberInput(field, start) {
  const { min, max, above, below } = limitsOf(field);
  const whole = field.schema.type === "integer";
  const input = make("input", {
    type: "number",
    inputmode: whole ? "numeric" : "decimal",
    step: whole ? (field.schema.multipleOf ?? 1) : "any",
    min,
    max,
    value: start === null || start === undefined ? "" : String(field.share ? tidy(start * 100) : start),
  });
  const fault = () => {
    if (input.validity.badInput) return t("form.not-a-number");
    if (input.value === "") return field.required ? t("form.required") : "";
    const given = Number(input.value);
    if (whole && !Number.isInteger(given)) return t("form.not-whole");
    if (min !== undefined && (above ? given <= min : given < min)) return t(above ? "form.above" : "form.at-least", { limit: number(min) });
    if (max !== undefined && (below ? given >= max : given > max)) return t(below ? "form.below" : "form.at-most", { limit: number(max) });
    return "";
  };
  const read = () => {
    if (input.value === "") return field.nullable ? null : undefined;
    return field.share ? tidy(Number(input.value) / 100) : Number(input.value);
  };
  const range = min !== undefined && max !== undefined ? `${number(min)} – ${number(max)}` : "";
  const beside = make("span", { class: "unit" }, [field.share ? "%" : unit(unitOf(field)), range ? make("small", {}, range) : null]);
  return labelled(field, input, read, fault, { beside });
}

/** @param {Field} field @param {string | null | undefined} start @returns {Control} */
function textInput(field, start) {
  const { minLength = 0, maxLength, pattern } = field.schema;
  const input = make("input", { type: "text", maxlength: maxLength, value: start ?? "", autocomplete: "off" });
  const fault = () => {
    if (input.value === "") return field.required ? t("form.required") : "";
    if (input.value.length < minLength) return t("form.too-short", { limit: minLength });
    return pattern && !new RegExp(pattern, "u").test(input.value) ? t("form.wrong-shape", { shape: pattern }) : "";
  };
  const read = () => (input.value === "" ? (field.nullable ? null : field.required ? "" : undefined) : input.value);
  return labelled(field, input, read, fault);
}

/** @param {Field} field @returns {import("./instant.js").Labelled} */
function labelOfTime(field) {
  return (input, fault, read, beside) => labelled(field, input, read, fault, { beside });
}

/** @param {Field} field @param {string | null | undefined} start */
function instant(field, start) {
  return instantInput(field, start, labelOfTime(field));
}

/** @param {Field} field @param {string | null | undefined} start */
function duration(field, start) {
  return durationInput(field, start, labelOfTime(field));
}

/** @param {Field} field @param {[number, number][] | null | undefined} start */
function shape(field, start) {
  return shapeInput(field, start, (input, fault, read) => labelled(field, input, read, fault));
}

/** @param {Field} field @param {unknown} start @returns {Control} */
function choice(field, start) {
  const values = field.schema.enum;
  const input = make(
    "select",
    {},
    field.nullable || start === undefined ? make("option", { value: "" }, t("form.none")) : null,
    values.map((/** @type {unknown} */ one, /** @type {number} */ i) =>
      make("option", { value: String(i), selected: one === start }, labelOf(field.schema, one)),
    ),
  );
  const read = () => (input.value === "" ? (field.nullable ? null : undefined) : values[Number(input.value)]);
  return labelled(field, input, read, () => (input.value === "" && field.required ? t("form.required") : ""));
}

/** @param {Field} field @param {boolean | undefined} start @returns {Control} */
function boolean(field, start) {
  const input = make("input", { type: "checkbox", checked: start === true });
  const made = labelled(field, input, () => input.checked, () => "");
  made.element.classList.add("is-check");
  return made;
}

/** @param {Field} field @param {string | null | undefined} start @param {Dataset[]} datasets @returns {Control} */
function picker(field, start, datasets) {
  const known = datasets.some((one) => one.id === start);
  const input = make(
    "select",
    {},
    field.nullable || !start ? make("option", { value: "" }, t("form.none")) : null,
    start && !known ? make("option", { value: start, selected: true, "data-missing": "" }, t("form.missing-dataset", { id: start })) : null,
    datasets.map((one) => make("option", { value: one.id, selected: one.id === start }, `${say(one.title)} · ${number(one.row_count)}`)),
  );
  const fault = () => {
    if (input.value === "") return field.required ? t("form.required") : "";
    return datasets.some((one) => one.id === input.value) ? "" : t("form.missing-dataset", { id: input.value });
  };
  return labelled(field, input, () => (input.value === "" ? (field.nullable ? null : undefined) : input.value), fault);
}

/** @param {Field} field @param {Record<string, unknown> | null | undefined} start @param {Dataset[]} datasets @returns {Control} */
function group(field, start, datasets) {
  const inner = formOf(field.schema, start ?? {}, datasets);
  const on = make("input", { type: "checkbox", checked: start !== null && start !== undefined });
  const optional = field.nullable;
  const show = () => {
    inner.element.hidden = optional && !on.checked;
  };
  on.addEventListener("change", show);
  show();
  const title = optional ? make("label", { class: "switch" }, on, titleOf(field)) : titleOf(field);
  const help = helpOf(field.schema);
  return {
    ...inner,
    element: make("fieldset", { class: "group", "data-field": field.key }, make("legend", {}, title), help ? make("p", { class: "help" }, help) : null, inner.element),
    read: () => (optional && !on.checked ? null : inner.read()),
    check: () => (optional && !on.checked) || inner.check(),
  };
}

/** @param {Field} field @param {unknown[] | null | undefined} start @returns {Control} */
function list(field, start) {
  const numeric = field.schema.items.type !== "string";
  const input = make("input", { type: "text", value: (start ?? []).join(", "), autocomplete: "off" });
  const parts = () => input.value.split(/[,，;；\n]/).map((one) => one.trim()).filter(Boolean);
  const read = () => {
    if (!parts().length && field.nullable) return null;
    return numeric ? parts().map(Number) : parts();
  };
  const fault = () => {
    if (numeric && parts().some((one) => Number.isNaN(Number(one)))) return t("form.not-a-number");
    return field.required && !parts().length ? t("form.required") : "";
  };
  return labelled(field, input, read, fault, { beside: make("span", { class: "unit" }, unit(field.schema.items.unit ?? unitOf(field)), make("small", {}, t("form.by-comma"))) });
}

/** @param {Field} field @param {unknown[] | null | undefined} start @param {Dataset[]} datasets @returns {Control} */
function choices(field, start, datasets) {
  const { items } = field.schema;
  const values = items.enum ?? datasets.map((one) => one.id);
  const name = (/** @type {any} */ one) => (items.enum ? labelOf(withLabels(field.schema), one) : say(datasets.find((other) => other.id === one)?.title));
  const boxes = values.map((/** @type {unknown} */ one) => make("input", { type: "checkbox", checked: (start ?? []).includes(one) }));
  const input = make("div", { class: "choices", tabindex: -1 }, boxes.map((/** @type {HTMLElement} */ box, /** @type {number} */ i) => make("label", { class: "switch" }, box, name(values[i]))));
  const read = () => values.filter((/** @type {unknown} */ _, /** @type {number} */ i) => boxes[i].checked);
  const least = field.schema.minItems ?? 0;
  return labelled(field, input, read, () => (read().length < least ? t("form.at-least", { limit: least }) : ""), { legend: true });
}

/** @param {Field} field @param {Record<string, unknown> | null | undefined} start @returns {Control} */
function pairs(field, start) {
  const item = fieldOf(field.key, field.schema.additionalProperties, true);
  const numeric = item.kind === "number";
  const rows = make("div", { class: "pairs" });
  const add = (/** @type {string} */ key, /** @type {any} */ value) => {
    const shown = value === undefined ? "" : String(item.share ? tidy(Number(value) * 100) : value);
    const row = make(
      "div",
      { class: "pair" },
      make("input", { type: "text", value: key, "aria-label": t("form.name") }),
      make("input", { type: numeric ? "number" : "text", step: "any", value: shown, "aria-label": t("form.value") }),
      make("span", { class: "unit" }, item.share ? "%" : unit(item.schema.unit ?? unitOf(field))),
      make("button", { type: "button", class: "icon-button", "aria-label": t("form.remove"), on: { click: () => row.remove() } }, icon("close")),
    );
    rows.append(row);
  };
  for (const [key, value] of Object.entries(start ?? {})) add(key, value);
  const button = make("button", { type: "button", class: "button is-quiet", on: { click: () => add("", undefined) } }, icon("plus"), t("form.add"));
  const read = () => {
    const entries = [...rows.children].map((row) => [...row.querySelectorAll("input")].map((one) => one.value)).filter(([key, value]) => key && value !== "");
    if (!entries.length) return field.nullable ? null : undefined;
    return Object.fromEntries(entries.map(([key, value]) => [key, numeric ? tidy(Number(value) / (item.share ? 100 : 1)) : value]));
  };
  return labelled(field, make("div", { class: "pairs-frame", tabindex: -1 }, rows, button), read, () => "", { legend: true });
}

/** @param {Field} field @param {Record<string, unknown> | null | undefined} start @param {Dataset[]} datasets @returns {Control} */
function union(field, start, datasets) {
  /** @type {Schema[]} */
  const options = field.schema.anyOf ?? field.schema.oneOf;
  const marks = options.map((one) => /** @type {{key: string, value: string}} */ (discriminator(one)));
  let chosen = Math.max(0, marks.findIndex((mark) => start?.[mark.key] === mark.value));
  let inner = formOf(options[chosen], start ?? {}, datasets);
  const frame = make("div", { class: "union-fields" }, inner.element);
  const input = make("select", {}, options.map((one, i) => make("option", { value: String(i), selected: i === chosen }, one["x-title"] ? say(one["x-title"]) : labelOf(field.schema, marks[i].value))));
  input.addEventListener("change", () => {
    chosen = Number(input.value);
    inner = formOf(options[chosen], {}, datasets);
    frame.replaceChildren(inner.element);
  });
  const made = labelled(field, input, () => "", () => "");
  made.element.append(frame);
  return {
    ...made,
    read: () => ({ [marks[chosen].key]: marks[chosen].value, .../** @type {object} */ (inner.read()) }),
    at: (path) => inner.at(path),
    check: () => inner.check(),
  };
}

/** @param {Field} field @param {unknown} start @returns {Control} */
function raw(field, start) {
  const input = make("textarea", { rows: 4, spellcheck: "false", value: start === undefined || start === null ? "" : JSON.stringify(start, null, 2) });
  const fault = () => {
    if (input.value.trim() === "") return field.required ? t("form.required") : "";
    try {
      JSON.parse(input.value);
      return "";
    } catch {
      return t("form.not-json");
    }
  };
  const read = () => (input.value.trim() === "" || fault() ? (field.nullable ? null : undefined) : JSON.parse(input.value));
  return labelled(field, input, read, fault, { beside: make("span", { class: "unit" }, "JSON") });
}
