// @ts-check
/** Read a JSON schema as a form does: what kind of field, what it is called, what it may hold. */

import { isShare } from "./format.js";
import { language, say } from "./language.js";

/** @typedef {import("./types.js").Schema} Schema */

/**
 * One field of a form.
 * @typedef {object} Field
 * @property {string} key
 * @property {Schema} schema Without the `null` of an optional field
 * @property {"number" | "text" | "choice" | "boolean" | "dataset" | "object" | "list" | "choices" | "map" | "union" | "instant" | "duration" | "shape" | "raw"} kind
 * @property {boolean} required
 * @property {boolean} nullable
 * @property {unknown} initial
 * @property {boolean} share Shown as per cent, kept as a share of one
 */

/**
 * Read the fields of an object schema, in its order.
 * @param {Schema} schema
 * @returns {Field[]}
 */
export function fieldsOf(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([, one]) => !("const" in one))
    .map(([key, one]) => fieldOf(key, one, required.has(key)));
}

/**
 * @param {string} key
 * @param {Schema} given
 * @param {boolean} required
 * @returns {Field}
 */
export function fieldOf(key, given, required) {
  const { schema, nullable } = withoutNull(given);
  const kind = kindOf(schema);
  const share = kind === "number" && isShare(schema["x-unit"] ?? schema.unit, key);
  return { key, schema, kind, required, nullable, initial: given.default ?? schema.default, share };
}

/** @param {Schema} given */
function withoutNull(given) {
  const options = given.anyOf ?? given.oneOf;
  if (!options) return { schema: given, nullable: false };
  const real = options.filter((/** @type {Schema} */ one) => one.type !== "null");
  const nullable = real.length < options.length;
  if (real.length !== 1) return { schema: { ...given, anyOf: real }, nullable };
  const { anyOf, oneOf, ...rest } = given;
  return { schema: { ...real[0], ...rest }, nullable };
}

/**
 * @param {Schema} schema
 * @returns {Field["kind"]}
 */
function kindOf(schema) {
  if (schema["x-chengmo-dataset"]) return "dataset";
  if (["line", "area"].includes(schema["x-chengmo-place"])) return "shape";
  if (schema.enum) return "choice";
  if (schema.anyOf ?? schema.oneOf) return isUnion(schema) ? "union" : "raw";
  if (schema.type === "array") return listKind(schema.items ?? {});
  if (schema.type === "object") {
    if (schema.properties) return "object";
    return ["number", "integer", "string"].includes(schema.additionalProperties?.type) ? "map" : "raw";
  }
  if (schema.type === "string" && ["date-time", "date", "time"].includes(schema.format)) return "instant";
  if (schema.type === "string" && schema.format === "duration") return "duration";
  const scalars = /** @type {Record<string, Field["kind"]>} */ ({ integer: "number", number: "number", string: "text", boolean: "boolean" });
  return scalars[schema.type] ?? "raw";
}

/** @param {Schema} items */
function listKind(items) {
  if (items.enum || items["x-chengmo-dataset"]) return "choices";
  return ["number", "integer", "string"].includes(items.type) ? "list" : "raw";
}

/** @param {Schema} schema */
function isUnion(schema) {
  const options = schema.anyOf ?? schema.oneOf;
  return options.every((/** @type {Schema} */ one) => one.type === "object" && discriminator(one) !== null);
}

/**
 * Find the property that tells the members of a union apart, and its value in this one.
 * @param {Schema} option
 * @returns {{key: string, value: string} | null}
 */
export function discriminator(option) {
  for (const [key, one] of Object.entries(option.properties ?? {})) {
    const value = /** @type {Schema} */ (one).const ?? (/** @type {Schema} */ (one).enum?.length === 1 ? one.enum[0] : undefined);
    if (typeof value === "string") return { key, value };
  }
  return null;
}

/** Units that names end in, by the house's rule, where the schema states none. */
const ENDINGS = { m: "m", m2: "m2", km: "km", km2: "km2", min: "min", s: "s", h: "h", yuan: "yuan", cny: "CNY", people: "people", kwh: "kWh", days: "days" };
const ENDING = new RegExp(`_(0to1|utc|${Object.keys(ENDINGS).join("|")})$`);

/**
 * Give the unit of a field: as stated, else by the end of its name.
 * @param {{key: string, schema: Schema}} field
 * @returns {string}
 */
export function unitOf({ key, schema }) {
  return schema["x-unit"] ?? schema.unit ?? /** @type {Record<string, string>} */ (ENDINGS)[ENDING.exec(key)?.[1] ?? ""] ?? "";
}

/**
 * Say what a field is called.
 * @param {Field} field
 */
export function titleOf({ key, schema }) {
  const stated = schema["x-title"];
  if (stated) return say(stated);
  const words = key.replace(ENDING, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Say what a field means.
 * @param {Schema} schema
 */
export function helpOf(schema) {
  const stated = schema["x-help"] ?? schema["x-description"];
  if (stated) return say(stated);
  // A description is in English: where the title is in the reader's language, it would only disturb.
  return schema["x-title"] && language() !== "en" ? "" : say(schema.description);
}

/**
 * Say what one of the values of a choice is called.
 * @param {Schema} schema
 * @param {unknown} value
 */
export function labelOf(schema, value) {
  const stated = schema["x-labels"]?.[String(value)];
  if (stated) return say(stated);
  const words = String(value).replaceAll(/[-_]/g, " ");
  return language() === "en" ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

/**
 * Of a list of choices give the schema that names them: its own, else that of its items.
 * @param {Schema} schema
 */
export function withLabels(schema) {
  return schema["x-labels"] ? schema : (schema.items ?? {});
}

/**
 * Gather folded fields under the headings that their author gave them (`x-group`), the others first.
 * @param {Field[]} fields
 * @returns {[string, Field[]][]}
 */
export function groupsOf(fields) {
  /** @type {Map<string, Field[]>} */
  const groups = new Map([["", []]]);
  for (const field of fields) {
    const title = say(field.schema["x-group"]);
    groups.set(title, [...(groups.get(title) ?? []), field]);
  }
  return [...groups].filter(([, list]) => list.length);
}

/**
 * Split fields into those shown at once and those folded away. What the author marks with `x-advanced` is
 * folded; without any mark, whatever may be left out beyond the first few.
 * @param {Field[]} fields
 */
export function foldedFields(fields) {
  const marked = fields.some((one) => "x-advanced" in one.schema || "x-group" in one.schema);
  const isFolded = (/** @type {Field} */ one, /** @type {number} */ place) =>
    marked ? one.schema["x-advanced"] === true || "x-group" in one.schema : !one.required && (one.nullable || one.kind === "object" || place >= 6);
  return { shown: fields.filter((one, i) => !isFolded(one, i)), folded: fields.filter((one, i) => isFolded(one, i)) };
}

/**
 * Give the limits of a number as the form shows them (per cent where the field is a share).
 * @param {Field} field
 */
export function limitsOf({ schema, share }) {
  const times = share ? 100 : 1;
  const scaled = (/** @type {number | undefined} */ one) => (one === undefined ? undefined : tidy(one * times));
  return {
    min: scaled(schema.minimum ?? schema.exclusiveMinimum),
    max: scaled(schema.maximum ?? schema.exclusiveMaximum),
    above: schema.minimum === undefined && schema.exclusiveMinimum !== undefined,
    below: schema.maximum === undefined && schema.exclusiveMaximum !== undefined,
  };
}

/** Take off what binary fractions leave behind a product. @param {number} one */
export function tidy(one) {
  return Number(one.toPrecision(12));
}
