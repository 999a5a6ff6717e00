// @ts-check
/** The audit: who took what, why it was allowed or denied, and whether the log is whole. */

import { act, choice, field, form, list } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { sayPurpose } from "../modules/chooser.js";
import { fill, icon, make } from "../modules/dom.js";
import { number } from "../modules/format.js";
import { say } from "../modules/language.js";
import { badge, begin, empty, moment, sayOf } from "./tell.js";
import { w } from "./words.js";

/** @typedef {{sequence: number, actor: string, organisation: string, via: string, action: string, verdict: string, dataset: string, version: number | null, purpose: string, reason: string, policy: string, edition: string, rows: number | null, run: string, detail: Record<string, unknown>, time_utc: string}} Entry */

const ACTIONS = ["read", "tile", "count", "export", "sql", "run", "result", "describe", "import", "restore", "policy", "request", "approval", "sign-in", "sign-in-failed", "sign-out", "account", "key", "audit"];
const PAGE = 50;

export async function auditView() {
  const place = make("div", { class: "audit-rows" });
  /** @type {Record<string, string>} */
  let wanted = {};
  /** @type {Entry[]} */
  let found = [];
  const read = async (/** @type {number | undefined} */ before) => {
    const { entries } = await ask(address("sharing/audit", { ...wanted, before, limit: PAGE }));
    found = before === undefined ? entries : [...found, ...entries];
    const earlier = act(w("audit.earlier"), () => read(found[found.length - 1].sequence));
    fill(place, found.length ? table(found) : empty(w("audit.none")), entries.length === PAGE ? earlier : null);
  };
  const search = form(
    {
      button: w("audit.search"),
      wide: true,
      send: (values) => {
        wanted = queryOf(values);
        return read(undefined);
      },
    },
    field(w("audit.actor"), { name: "actor", autocapitalize: "none", spellcheck: "false" }),
    field(w("audit.dataset"), { name: "dataset", autocapitalize: "none", spellcheck: "false" }),
    choice(w("audit.action"), "action", [["", w("any")], ...ACTIONS.map((one) => /** @type {[string, string]} */ ([one, w(`action.${one}`)]))]),
    choice(w("audit.verdict"), "verdict", [["", w("any")], ["allowed", w("audit.allowed")], ["denied", w("audit.denied")]]),
    field(w("audit.since"), { name: "since", type: "date" }),
    field(w("audit.until"), { name: "until", type: "date" }),
    field(w("audit.text"), { name: "text", type: "search" }),
  );
  await read(undefined);
  return [
    make("section", { class: "panel" }, make("div", { class: "panel-head" }, make("h1", {}, w("tab.audit")), wholeness()), search),
    make("section", { class: "panel" }, place),
  ];
}

/** @param {FormData} values @returns {Record<string, string>} */
function queryOf(values) {
  /** @type {Record<string, string>} */
  const query = {};
  for (const name of ["actor", "dataset", "action", "verdict", "text"]) {
    const value = String(values.get(name) ?? "").trim();
    if (value) query[name] = value;
  }
  // Times are compared as texts: seconds are enough, and the beginning of what is stored.
  if (values.get("since")) query.since_utc = begin(String(values.get("since"))).slice(0, 19);
  if (values.get("until")) query.until_utc = begin(String(values.get("until")), 1).slice(0, 19);
  return query;
}

/** Look whether the log is what was written, and take it away. */
function wholeness() {
  const place = make("div", { class: "wholeness", role: "status" });
  const verify = act(w("audit.verify"), async () => {
    const found = await ask(address("sharing/audit/verification"), { method: "POST" });
    const [first] = found.findings;
    if (found.whole) fill(place, badge(w(found.signed_through ? "audit.whole" : "audit.whole-unsigned", { entries: number(found.entries), signed: number(found.signed_through) }), "is-good"));
    else fill(place, badge(w("audit.broken", { sequence: String(first.sequence), what: say(first.text) }), "is-seal"));
  });
  const take = make("a", { class: "button is-small", href: address("sharing/audit/export"), download: "audit.zip" }, icon("down"), w("audit.export"));
  return make("div", { class: "audit-acts" }, place, verify, take);
}

/** @param {Entry[]} entries */
function table(entries) {
  const headings = ["time", "actor", "via", "action", "dataset", "purpose", "verdict", "rows"].map((one) => w(`audit.${one}`));
  return list(headings, entries.map((one) => ({ cells: cellsOf(one) })));
}

/** @param {Entry} one @returns {(Node | string)[]} */
function cellsOf(one) {
  const what = String(one.detail.what ?? "");
  // A minus says that something was taken back, or not granted.
  const undone = what.startsWith("-") && ["policy", "request", "approval"].includes(one.action);
  const dataset = one.version === null ? one.dataset : `${one.dataset}@${one.version}`;
  return [
    make("time", { datetime: one.time_utc, title: `#${one.sequence}` }, moment(one.time_utc)),
    make("span", {}, one.actor, one.organisation ? make("small", { class: "hint" }, one.organisation) : null),
    sayOf("via", one.via),
    make("span", {}, undone ? w(`undone.${one.action}`) : sayOf("action", one.action), what ? make("small", { class: "hint code" }, undone ? what.slice(1) : what) : null),
    make("span", {}, make("span", { class: "code" }, dataset || "–"), one.edition ? badge(w("verdict.treated"), "is-act") : null),
    one.purpose ? sayPurpose(one.purpose) : "–",
    make("span", {}, badge(w(one.verdict === "allowed" ? "audit.allowed" : "audit.denied"), one.verdict === "allowed" ? "is-good" : "is-seal"), one.reason ? make("small", { class: "hint" }, reasonOf(one.reason)) : null),
    make("span", {}, one.rows === null ? "–" : number(one.rows), one.run ? make("a", { class: "run-link", href: `./#run=${one.run}` }, w("audit.run")) : null),
  ];
}

/** The reason's word, and the rule that decided behind a colon. @param {string} reason */
function reasonOf(reason) {
  const [slug, policy] = reason.split(":");
  return policy ? `${sayOf("reason", slug)} ${policy}` : sayOf("reason", slug);
}
