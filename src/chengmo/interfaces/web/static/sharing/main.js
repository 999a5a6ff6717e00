// @ts-check
/** The sharing page: what there is, asking for it, rules and the audit, as far as one may. */

import { explain } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { purposeChooser } from "../modules/chooser.js";
import { byId, fill, make } from "../modules/dom.js";
import { startDownloads } from "../modules/download.js";
import { language, onLanguage, setLanguage } from "../modules/language.js";
import { notice, waiting } from "../modules/notices.js";
import { onPurpose } from "../modules/purpose.js";
import { auditView } from "./audit.js";
import { catalogueView } from "./catalogue.js";
import { requestsView } from "./requests.js";
import { rulesView } from "./rules.js";
import { sqlView } from "./sql.js";
import { w } from "./words.js";

/** @typedef {{user: string | null, name: string | null, roles: string[], organisation: string | null, local: boolean, may: string[]}} Session */
/** @typedef {{name: string, may: (session: Session) => boolean, show: (session: Session, rest: string) => Promise<(Node | null)[]>}} View */

/** @type {View[]} */
const VIEWS = [
  { name: "catalogue", may: () => true, show: catalogueView },
  { name: "requests", may: (session) => session.roles.length > 0, show: requestsView },
  { name: "rules", may: (session) => session.roles.some((one) => ["administrator", "steward"].includes(one)), show: rulesView },
  { name: "sql", may: (session) => session.may.includes("sql"), show: sqlView },
  { name: "audit", may: (session) => session.may.includes("audit"), show: auditView },
];

/** @type {Session | null} */
let session = null;
let turn = 0;

startDownloads();
onLanguage(render);
onPurpose(render);
addEventListener("hashchange", render);
load();

async function load() {
  try {
    session = await ask(address("session"));
    render();
  } catch (error) {
    notice(explain(error));
  }
}

function place() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const open = VIEWS.filter((view) => session && view.may(session));
  return { open, view: open.find((view) => view.name === name) ?? open[0], rest: decodeURIComponent(rest.join("/")) };
}

function render() {
  if (!session) return;
  const { open, view, rest } = place();
  document.title = w("title");
  fill(byId("head"), ...head(session));
  const focused = document.activeElement?.id;
  fill(byId("tabs"), open.map((one) => tab(one, one === view, open)));
  if (focused?.startsWith("tab-")) document.getElementById(`tab-${view.name}`)?.focus();
  byId("main").setAttribute("aria-labelledby", `tab-${view.name}`);
  void show(session, view, rest);
}

/** @param {Session} now @param {View} view @param {string} rest */
async function show(now, view, rest) {
  const mine = (turn += 1);
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  if (main.dataset.view !== view.name) fill(main, make("div", { class: "panel" }, waiting(4)));
  try {
    const parts = await view.show(now, rest);
    if (mine !== turn) return;
    fill(main, parts);
  } catch (error) {
    if (mine !== turn) return;
    fill(main, make("p", { class: "box is-problem", role: "alert" }, explain(error)));
  }
  main.dataset.view = view.name;
  main.removeAttribute("aria-busy");
}

/** @param {Session} now */
function head(now) {
  const seal = make("img", { class: "seal", src: "seal.svg", alt: "", width: 34, height: 34 });
  const name = make("div", { class: "name" }, make("strong", {}, w("sharing")), make("span", {}, now.user ? (now.name ?? now.user) : now.local ? w("local") : w("nobody")));
  const link = (/** @type {string} */ href, /** @type {string} */ text) => make("a", { class: "button is-small", href }, text);
  return [seal, name, purposeChooser(), make("div", { class: "head-links" }, link("account.html", now.user || now.local ? w("account") : w("sign-in")), link("./", w("map")), languageSwitch())];
}

function languageSwitch() {
  const one = (/** @type {"zh" | "en"} */ code, /** @type {string} */ text) =>
    make("button", { type: "button", lang: code === "zh" ? "zh-CN" : "en", "aria-pressed": String(language() === code), on: { click: () => setLanguage(code) } }, text);
  return make("div", { class: "language", role: "group", "aria-label": "中文 / English" }, one("zh", "中"), one("en", "EN"));
}

/** @param {View} view @param {boolean} chosen @param {View[]} open */
function tab(view, chosen, open) {
  const go = () => (location.hash = view.name);
  const steer = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = open[(open.indexOf(view) + step + open.length) % open.length];
    byId(`tab-${next.name}`).focus();
    location.hash = next.name;
  };
  return make("button", { type: "button", class: "tab", role: "tab", id: `tab-${view.name}`, "aria-controls": "main", "aria-selected": String(chosen), tabindex: chosen ? 0 : -1, on: { click: go, keydown: steer } }, w(`tab.${view.name}`));
}
