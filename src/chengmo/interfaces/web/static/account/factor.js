// @ts-check
/** The second factor of one's own account: set up, show recovery codes once, remove. */

import { address, ask } from "../modules/api.js";
import { make } from "../modules/dom.js";
import { notice } from "../modules/notices.js";
import { field, form, openDialog } from "./controls.js";
import { w } from "./words.js";

const PATH = "session/second-factor";

/**
 * Make the panel.
 * @param {string} user
 * @param {boolean} isOn
 * @param {() => Promise<void>} load Shows the page anew
 */
export function factor(user, isOn, load) {
  const panel = make("section", { class: "panel" }, make("h2", {}, w("factor")), make("p", { class: "hint" }, w(isOn ? "factor.on" : "factor.off")));
  panel.append(isOn ? removal(user, load) : setUp(user, load));
  return panel;
}

// A password manager finds the account by this name.
const userField = (/** @type {string} */ user) => make("input", { type: "text", name: "user", value: user, autocomplete: "username", hidden: true });
const passwordField = () => field(w("password.old"), { name: "password", type: "password", autocomplete: "current-password", required: true });

/**
 * @param {string} user
 * @param {() => Promise<void>} load
 */
function setUp(user, load) {
  const send = async (/** @type {FormData} */ values) => {
    const begun = await ask(address(PATH), { method: "POST", json: { password: values.get("password") } });
    confirm(begun, load);
  };
  return form({ button: w("factor.add"), send, wide: true }, userField(user), passwordField());
}

/**
 * @param {{secret: string, address: string}} begun
 * @param {() => Promise<void>} load
 */
function confirm(begun, load) {
  const send = async (/** @type {FormData} */ values) => {
    const { codes } = await ask(address(`${PATH}/confirmation`), { method: "POST", json: { code: values.get("code") } });
    dialog.close();
    await load();
    openDialog(w("factor.recovery"), make("p", {}, w("factor.recovery.why")), make("p", { class: "secret", tabindex: 0 }, codes.join("  ")));
  };
  // Groups of four are read off more surely.
  const secret = make("p", { class: "secret", tabindex: 0 }, begun.secret.replace(/(.{4})(?=.)/g, "$1 "));
  const link = make("a", { class: "button is-small", href: begun.address }, w("factor.open"));
  const code = field(w("factor.code"), { name: "code", autocomplete: "one-time-code", inputmode: "numeric", required: true });
  const dialog = openDialog(w("factor.add"), make("p", {}, w("factor.how")), secret, make("div", {}, link), form({ button: w("factor.confirm"), send }, code));
}

/**
 * @param {string} user
 * @param {() => Promise<void>} load
 */
function removal(user, load) {
  const send = async (/** @type {FormData} */ values) => {
    await ask(address(`${PATH}/removal`), { method: "POST", json: { password: values.get("password") } });
    notice(w("done"));
    await load();
  };
  return form({ button: w("factor.remove"), send, wide: true }, userField(user), passwordField());
}
