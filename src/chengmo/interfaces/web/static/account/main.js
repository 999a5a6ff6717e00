// @ts-check
/** The account page: sign in; else one's own account, and for administrators everybody's. */

import { Problem, address, ask } from "../modules/api.js";
import { byId, fill, make } from "../modules/dom.js";
import { language, onLanguage, setLanguage } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { act, explain, field, form } from "./controls.js";
import { factor } from "./factor.js";
import { keysAt } from "./keys.js";
import { administration, newPasswordField } from "./people.js";
import { w } from "./words.js";

/** @typedef {{user: string | null, name: string | null, roles: string[], organisation: string | null, local: boolean, may: string[], external: boolean, has_password: boolean, has_second_factor: boolean}} Session */

/** @type {Session | null} */
let session = null;

onLanguage(render);
load();

async function load() {
  try {
    session = await ask(address("session"));
    render();
  } catch (error) {
    notice(explain(error));
  }
}

function render() {
  if (!session) return;
  document.title = w("title");
  fill(byId("head"), ...head(session));
  fill(byId("main"), ...parts(session));
}

/** @param {Session} now */
function head(now) {
  const seal = make("img", { class: "seal", src: "seal.svg", alt: "", width: 34, height: 34 });
  const name = make("div", { class: "name" }, make("strong", {}, w("account")), make("span", {}, now.user ? (now.name ?? now.user) : ""));
  const map = make("a", { class: "button is-small", href: "./" }, w("map"));
  const sharing = make("a", { class: "button is-small", href: "sharing.html" }, w("sharing"));
  const contests = make("a", { class: "button is-small", href: "contest.html" }, w("contests"));
  return [seal, name, now.user ? act(w("sign-out"), signOut) : null, sharing, contests, map, languageSwitch()];
}

function languageSwitch() {
  const one = (/** @type {"zh" | "en"} */ code, /** @type {string} */ text) =>
    make("button", { type: "button", lang: code === "zh" ? "zh-CN" : "en", "aria-pressed": String(language() === code), on: { click: () => setLanguage(code) } }, text);
  return make("div", { class: "language", role: "group", "aria-label": "中文 / English" }, one("zh", "中"), one("en", "EN"));
}

/** @param {Session} now */
function parts(now) {
  if (now.local) return [firstAdministrator()];
  if (!now.user) return [signIn(now)];
  const own = make("section", { class: "panel" }, make("h1", {}, w("you")), facts(now), make("h2", {}, w("keys")), keysAt("session/keys"));
  return [own, password(now), now.has_password ? factor(now.user, now.has_second_factor, load) : null, now.may.includes("administer") ? administration() : null];
}

/** @param {Session} now */
function facts(now) {
  const roles = now.roles.map((role) => w(`role.${role}`)).join(" · ") || w("roles.none");
  return make("p", {}, make("strong", {}, now.user), ` · ${roles}`, now.organisation ? ` · ${now.organisation}` : "");
}

/** @param {Session} now */
function signIn(now) {
  const failed = new URLSearchParams(location.search).has("failed");
  const code = make("div", { hidden: true }, field(w("factor.code"), { name: "code", autocomplete: "one-time-code", spellcheck: "false" }, w("factor.code.hint")));
  const renewed = make("div", { hidden: true }, field(w("password.own"), { name: "new_password", type: "password", autocomplete: "new-password", minlength: 12, maxlength: 256 }, w("password.rule")));
  const send = async (/** @type {FormData} */ values) => {
    try {
      await ask(address("session"), { method: "POST", json: Object.fromEntries(values) });
    } catch (error) {
      if (error instanceof Problem && error.slug === "new-password-needed" && renewed.hidden) {
        renewed.hidden = false;
        renewed.querySelector("input")?.focus();
        return;
      }
      if (error instanceof Problem && error.slug === "code-needed" && code.hidden) {
        code.hidden = false;
        code.querySelector("input")?.focus();
        return;
      }
      throw error;
    }
    location.assign("./");
  };
  return make(
    "section",
    { class: "panel is-narrow" },
    make("h1", {}, w("sign-in")),
    failed ? make("p", { class: "box is-problem", role: "alert" }, w("sign-in.failed")) : null,
    now.external ? make("a", { class: "button is-main", href: address("session/provider") }, w("sign-in.external")) : null,
    form(
      { button: w("sign-in"), send },
      field(w("account.id"), { name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, autofocus: !now.external }),
      field(w("password"), { name: "password", type: "password", autocomplete: "current-password", required: true }),
      code,
      renewed,
    ),
  );
}

function firstAdministrator() {
  const send = async (/** @type {FormData} */ values) => {
    const json = { id: values.get("id"), name: values.get("name"), roles: ["administrator"], password: values.get("password") };
    await ask(address("accounts"), { method: "POST", json });
    await ask(address("session"), { method: "POST", json: { user: json.id, password: json.password } });
    await load();
  };
  return make(
    "section",
    { class: "panel is-narrow" },
    make("h1", {}, w("first")),
    make("p", { class: "hint" }, w("first.why")),
    form(
      { button: w("first"), send },
      field(w("account.id"), { name: "id", required: true, autocomplete: "username", autocapitalize: "none", pattern: "[a-z0-9][a-z0-9._@\\-]+" }),
      field(w("account.name"), { name: "name", maxlength: 100 }),
      newPasswordField("password"),
    ),
  );
}

/** @param {Session} now */
function password(now) {
  if (!now.has_password) return make("section", { class: "panel" }, make("h2", {}, w("password")), make("p", { class: "hint" }, w("password.none")));
  const send = async (/** @type {FormData} */ values) => {
    await ask(address("session/password"), { method: "POST", json: { old: values.get("old"), new: values.get("new") } });
    notice(w("done"));
    render();
  };
  return make(
    "section",
    { class: "panel" },
    make("h2", {}, w("password.change")),
    form(
      { button: w("password.change"), send, wide: true },
      // A password manager finds the account by this name.
      make("input", { type: "text", name: "user", value: now.user, autocomplete: "username", hidden: true }),
      field(w("password.old"), { name: "old", type: "password", autocomplete: "current-password", required: true }),
      newPasswordField("new"),
    ),
  );
}

async function signOut() {
  await ask(address("session"), { method: "DELETE" });
  await load();
}
