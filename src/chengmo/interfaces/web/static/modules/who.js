// @ts-check
/** Who is signed in, in the head of the page. */

import { address, ask } from "./api.js";
import { fill, make } from "./dom.js";
import { onLanguage, t } from "./language.js";
import { complain } from "./notices.js";

const ACCOUNT = "account.html";

/** @type {{user: string | null, name: string | null, local: boolean} | null} */
let session = null;
const place = make("div", { class: "who" });

/** Make the place where the name stands, and ask who it is. */
export function whoPlace() {
  render();
  return place;
}

export function startWho() {
  onLanguage(render);
  ask(address("session")).then((found) => ((session = found), render()), complain);
}

function render() {
  if (!session) return;
  const out = make("button", { type: "button", class: "button is-quiet is-small", on: { click: () => signOut().catch(complain) } }, t("who.sign-out"));
  const link = (/** @type {string} */ text) => make("a", { class: "who-name", href: ACCOUNT, title: text }, text);
  if (session.user) fill(place, link(session.name ?? session.user), out);
  else fill(place, link(t(session.local ? "who.account" : "who.sign-in")));
}

async function signOut() {
  await ask(address("session"), { method: "DELETE" });
  location.assign(ACCOUNT);
}
