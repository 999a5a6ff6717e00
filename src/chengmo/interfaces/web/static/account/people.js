// @ts-check
/** Everybody's accounts and organisations: for administrators. */

import { address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { act, checks, choice, field, form, list, openDialog } from "./controls.js";
import { keysAt } from "./keys.js";
import { w } from "./words.js";

/** @typedef {{id: string, name: string, roles: string[], organisation: string | null, kind: string, state: string, has_password: boolean, is_external: boolean}} Account */
/** @typedef {{id: string, name_zh: string, name_en: string, kind: string, district: string}} Organisation */

const ROLES = ["administrator", "steward", "analyst", "developer", "operator", "auditor"];
const KINDS = ["department", "district", "company", "public"];

/** @type {() => [string, string][]} */
const roleOptions = () => ROLES.map((role) => [role, w(`role.${role}`)]);

/** Make the two panels of the administration. */
export function administration() {
  const place = make("div", { class: "account-page-part" });
  const show = async () => {
    const [{ accounts, second_factors: factors }, { organisations }] = await Promise.all([ask(address("accounts")), ask(address("organisations"))]);
    fill(place, accountPanel(accounts, new Set(factors), organisations, show), organisationPanel(organisations, show));
  };
  show().catch(() => place.replaceChildren());
  return place;
}

/**
 * @param {Account[]} accounts
 * @param {Set<string>} factors Who needs a code to sign in
 * @param {Organisation[]} organisations
 * @param {() => Promise<void>} show
 */
function accountPanel(accounts, factors, organisations, show) {
  const names = new Map(organisations.map((one) => [one.id, say({ zh: one.name_zh, en: one.name_en })]));
  const rows = accounts.map((one) => ({
    over: one.state !== "active",
    cells: [
      make("strong", {}, one.id),
      one.name,
      [...one.roles].sort().map((role) => w(`role.${role}`)).join(" · ") || w("roles.none"),
      one.organisation ? (names.get(one.organisation) ?? one.organisation) : "–",
      `${w(`kind.${one.kind}`)} · ${w(`state.${one.state}`)}`,
      make("div", { class: "row-buttons" }, buttonsOf(one, factors.has(one.id), organisations, show)),
    ],
  }));
  const headings = [w("account.id"), w("account.name"), w("roles"), w("organisation"), w("account.state"), w("actions")];
  return make("section", { class: "panel" }, make("h2", {}, w("accounts")), list(headings, rows), more(w("account.add"), newAccount(organisations, show)));
}

/**
 * @param {Account} one
 * @param {boolean} hasFactor
 * @param {Organisation[]} organisations
 * @param {() => Promise<void>} show
 */
function buttonsOf(one, hasFactor, organisations, show) {
  const path = `accounts/${encodeURIComponent(one.id)}`;
  const patch = (/** @type {object} */ json) => ask(address(path), { method: "PATCH", json }).then(show);
  const over = one.state === "suspended";
  return [
    act(w("change"), () => changeRoles(one, organisations, patch)),
    one.kind === "person" && !one.is_external ? act(w("password"), () => setPassword(one, path, show)) : null,
    hasFactor ? act(w("factor.reset"), () => ask(address(`${path}/second-factor`), { method: "DELETE" }).then(show)) : null,
    act(w("keys"), () => openDialog(w("keys.of", { name: one.id }), keysAt(`${path}/keys`))),
    act(w(over ? "resume" : "suspend"), () => patch({ state: over ? "active" : "suspended" })),
  ];
}

/**
 * @param {Account} one
 * @param {Organisation[]} organisations
 * @param {(json: object) => Promise<void>} patch
 */
function changeRoles(one, organisations, patch) {
  const send = async (/** @type {FormData} */ values) => {
    await patch({ roles: values.getAll("roles"), organisation: values.get("organisation") });
    dialog.close();
    notice(w("done"));
  };
  const fields = [
    checks(w("roles"), "roles", roleOptions(), one.roles),
    choice(w("organisation"), "organisation", organisationOptions(organisations), one.organisation ?? ""),
  ];
  const dialog = openDialog(w("roles.of", { name: one.id }), form({ button: w("change"), send }, ...fields));
}

/**
 * @param {Account} one
 * @param {string} path
 * @param {() => Promise<void>} show
 */
function setPassword(one, path, show) {
  const send = async (/** @type {FormData} */ values) => {
    await ask(address(`${path}/password`), { method: "POST", json: { password: values.get("password"), temporary: true } });
    dialog.close();
    notice(w("done"));
    await show();
  };
  const dialog = openDialog(w("password.set-for", { name: one.id }), form({ button: w("password.set"), send }, newPasswordField("password"), make("p", { class: "hint full" }, w("password.temporary"))));
}

/**
 * Make the field for a password to be set.
 * @param {string} name
 */
export function newPasswordField(name) {
  return field(w("password.new"), { name, type: "password", autocomplete: "new-password", required: true, minlength: 12, maxlength: 256 }, w("password.rule"));
}

/**
 * @param {Organisation[]} organisations
 * @param {() => Promise<void>} show
 */
function newAccount(organisations, show) {
  const send = async (/** @type {FormData} */ values) => {
    const json = {
      id: values.get("id"),
      name: values.get("name"),
      kind: values.get("kind"),
      roles: values.getAll("roles"),
      organisation: values.get("organisation") || null,
      password: values.get("password") || null,
      temporary: Boolean(values.get("password")),
    };
    await ask(address("accounts"), { method: "POST", json });
    notice(w("done"));
    await show();
  };
  return form(
    { button: w("account.add"), wide: true, send },
    field(w("account.id"), { name: "id", required: true, autocomplete: "off", autocapitalize: "none", pattern: "[a-z0-9][a-z0-9._@\\-]+" }),
    field(w("account.name"), { name: "name", maxlength: 100 }),
    choice(w("account.kind"), "kind", [["person", w("kind.person")], ["service", w("kind.service")]]),
    choice(w("organisation"), "organisation", organisationOptions(organisations)),
    field(w("password"), { name: "password", type: "password", autocomplete: "new-password", minlength: 12, maxlength: 256 }, `${w("password.rule")} ${w("password.temporary")}`),
    checks(w("roles"), "roles", roleOptions()),
  );
}

/**
 * @param {Organisation[]} organisations
 * @param {() => Promise<void>} show
 */
function organisationPanel(organisations, show) {
  const rows = organisations.map((one) => ({ cells: [make("span", { class: "code" }, one.id), one.name_zh, one.name_en, w(`kind.${one.kind}`), one.district || "–"] }));
  const headings = [w("organisation.id"), w("organisation.zh"), w("organisation.en"), w("organisation.kind"), w("organisation.district")];
  const shown = rows.length ? list(headings, rows) : make("p", { class: "hint" }, w("organisations.none"));
  return make("section", { class: "panel" }, make("h2", {}, w("organisations")), shown, more(w("organisation.add"), newOrganisation(show)));
}

/** @param {() => Promise<void>} show */
function newOrganisation(show) {
  const send = async (/** @type {FormData} */ values) => {
    await ask(address("organisations"), { method: "POST", json: Object.fromEntries(values) });
    notice(w("done"));
    await show();
  };
  return form(
    { button: w("organisation.add"), wide: true, send },
    field(w("organisation.id"), { name: "id", required: true, pattern: "[a-z0-9][a-z0-9\\-]+" }),
    field(w("organisation.zh"), { name: "name_zh", required: true, maxlength: 100 }),
    field(w("organisation.en"), { name: "name_en", required: true, maxlength: 100 }),
    choice(w("organisation.kind"), "kind", KINDS.map((kind) => [kind, w(`kind.${kind}`)])),
    field(w("organisation.district"), { name: "district", maxlength: 100 }),
  );
}

/** @param {Organisation[]} organisations @returns {[string, string][]} */
function organisationOptions(organisations) {
  return [["", w("organisation.none")], ...organisations.map((one) => /** @type {[string, string]} */ ([one.id, say({ zh: one.name_zh, en: one.name_en })]))];
}

/**
 * Make something that opens when it is asked for.
 * @param {string} title
 * @param {Node} content
 */
function more(title, content) {
  return make("details", { class: "more" }, make("summary", {}, title), content);
}
