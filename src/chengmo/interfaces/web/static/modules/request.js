// @ts-check
/** What was asked of a run, in the words of the form. */

import { datasetOf, modelOf } from "./city.js";
import { isShare, number, percent, unit } from "./format.js";
import { sayInstant, zoneName } from "./instant.js";
import { say, t } from "./language.js";
import { discriminator, fieldOf, labelOf, titleOf, unitOf, withLabels } from "./schema.js";

/** @typedef {import("./types.js").Schema} Schema */

/** @typedef {{name: string, text: string, value: unknown, unit: string, key: string}} Asked */

/**
 * @param {import("./types.js").RunRecord} record
 * @returns {[string, string][]} Names and values, nested ones by their whole path
 */
export function requestRows(record) {
  return requestFields(record).map(({ name, text }) => [name, text]);
}

/**
 * The same with the bare values.
 * @param {import("./types.js").RunRecord} record
 */
export function requestFields(record) {
  const schema = modelOf(record.model)?.request_schema ?? { type: "object", properties: {} };
  return rowsOf(record.request, schema, "");
}

/**
 * @param {Record<string, any>} values
 * @param {Schema} schema
 * @param {string} before
 * @returns {Asked[]}
 */
function rowsOf(values, schema, before) {
  const properties = memberOf(values, schema).properties ?? {};
  // In the form's order; what the form does not know comes last.
  const keys = [...Object.keys(properties).filter((key) => key in values), ...Object.keys(values).filter((key) => !(key in properties))];
  return keys.flatMap((key) => {
    const value = values[key];
    const field = fieldOf(key, properties[key] ?? {}, false);
    const name = before + titleOf(field);
    if (value === null) return [];
    if (typeof value === "object" && !Array.isArray(value)) return rowsOf(value, field.schema, `${name} · `);
    return [{ name, text: written(value, field), value, unit: unitOf(field), key }];
  });
}

/**
 * Of a union, give the member that the values are of.
 * @param {Record<string, any>} values
 * @param {Schema} schema
 */
function memberOf(values, schema) {
  /** @type {Schema[]} */
  const options = schema.anyOf ?? schema.oneOf ?? [];
  const found = options.find((one) => {
    const mark = discriminator(one);
    return mark && values[mark.key] === mark.value;
  });
  return found ?? schema;
}

/**
 * @param {any} value
 * @param {import("./schema.js").Field} field
 */
function written(value, field) {
  const name = unitOf(field);
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  if (typeof value === "number") return isShare(name, field.key) ? percent(value, 2) : `${number(value)} ${unit(name)}`.trim();
  if (field.kind === "choices" && field.schema.items.enum) return value.map((/** @type {unknown} */ one) => labelOf(withLabels(field.schema), one)).join(t("list.between")) || "–";
  if (Array.isArray(value)) return value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ") || "–";
  if (field.kind === "instant" && field.schema.format === "date-time") return `${sayInstant(Date.parse(value))} (${zoneName()})`;
  if (field.kind === "dataset") return say(datasetOf(value)?.title) || value;
  return field.kind === "choice" ? labelOf(field.schema, value) : String(value);
}
