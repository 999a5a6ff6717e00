// @ts-check
/** Keys of one account: make, show once, revoke. */

import { address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { notice } from "../modules/notices.js";
import { act, checks, field, form, list, openDialog } from "./controls.js";
import { w } from "./words.js";

const SCOPES = ["read", "run", "import", "sql", "audit", "administer"];

/** @typedef {{prefix: string, name: string, scopes: string[], expires_utc: string, used_utc: string | null, revoked_utc: string | null}} Key */

/**
 * Make the list of keys that lie at `path`, and the form for a new one.
 * @param {string} path
 */
export function keysAt(path) {
  const place = make("div", { class: "plain-form" });
  const show = async () => fill(place, keyList((await ask(address(path))).keys, path, show), newKey(path, show));
  show().catch(() => place.replaceChildren());
  return place;
}

/**
 * @param {Key[]} keys
 * @param {string} path
 * @param {() => Promise<void>} show
 */
function keyList(keys, path, show) {
  if (!keys.length) return make("p", { class: "hint" }, w("key.none"));
  const now = new Date().toISOString();
  return list(
    [w("key.name"), w("key.prefix"), w("scopes"), w("key.ends"), w("key.used"), w("actions")],
    keys.map((key) => {
      const over = key.revoked_utc !== null || key.expires_utc < now;
      const revoke = () => ask(address(`${path}/${key.prefix}`), { method: "DELETE" }).then(show);
      return {
        over,
        cells: [
          key.name,
          make("span", { class: "code" }, key.prefix),
          [...key.scopes].sort().map((scope) => w(`scope.${scope}`)).join(" · "),
          key.expires_utc.slice(0, 10),
          key.used_utc ? key.used_utc.slice(0, 16).replace("T", " ") : "–",
          over ? w(key.revoked_utc ? "key.revoked" : "key.ended") : act(w("key.revoke"), revoke),
        ],
      };
    }),
  );
}

/**
 * @param {string} path
 * @param {() => Promise<void>} show
 */
function newKey(path, show) {
  const whole = form(
    {
      button: w("key.add"),
      wide: true,
      send: async (values) => {
        const json = { name: values.get("name"), days: Number(values.get("days")), scopes: values.getAll("scopes") };
        const made = await ask(address(path), { method: "POST", json });
        await show();
        showOnce(made.key);
      },
    },
    field(w("key.name"), { name: "name", required: true, maxlength: 100 }),
    field(w("key.days"), { name: "days", type: "number", min: 1, max: 366, value: "90", required: true }),
    checks(w("scopes"), "scopes", SCOPES.map((scope) => [scope, w(`scope.${scope}`)]), ["read"]),
  );
  return whole;
}

/** @param {string} key */
function showOnce(key) {
  const secret = make("p", { class: "secret", tabindex: 0 }, key);
  const copy = act(w("copy"), async () => {
    await navigator.clipboard.writeText(key);
    notice(w("copied"));
  });
  openDialog(w("key.made"), make("p", {}, w("key.once")), secret, make("div", {}, copy));
}
