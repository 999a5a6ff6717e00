// @ts-check
/** Ask in SQL: what may be asked of, one question, its answer, and the answer as a file. */

import { act, explain } from "../account/controls.js";
import { Problem, address, ask } from "../modules/api.js";
import { fill, make } from "../modules/dom.js";
import { number } from "../modules/format.js";
import { language, say, t } from "../modules/language.js";
import { HEADER, VIEW, purpose } from "../modules/purpose.js";
import { badge, empty, treatedList } from "./tell.js";
import { w } from "./words.js";

/** @typedef {import("./tell.js").Text} Text */
/** @typedef {{name: string, type: string, title: Text | null, unit: string}} Column */
/** @typedef {{id: string, version: number, title: Text, geometry_type: string, row_count: number, treated: Text[], columns: Column[]}} Table */
/** @typedef {{wall_s: number, memory_mb: number, rows: number}} Limits */
/** @typedef {{columns: {name: string, type: string}[], rows: unknown[][], row_count: number, treated: Text[]}} Answer */

/** More rows would only slow the page down; the files have them all. */
const SHOWN = 500;
const FILES = [
  ["csv", "text/csv", "CSV"],
  ["arrows", "application/vnd.apache.arrow.stream", "Arrow"],
];

/** What was written, kept while the reader looks at something else. */
let written = "";

export async function sqlView() {
  /** @type {{tables: Table[], limits: Limits}} */
  const { tables, limits } = await ask(address("sql"));
  const answer = make("div", { class: "sql-answer", role: "region", "aria-live": "polite", "aria-label": w("sql.answer") });
  const box = writing(() => run.click());
  const run = act(w("sql.run"), () => answerInto(answer, box));
  run.classList.add("is-main");
  const side = make("div", { class: "sql-tables" }, make("h2", {}, w("sql.tables")), tables.length ? tables.map((one) => tableOf(one, box)) : empty(w("sql.no-tables")));
  const hint = w("sql.limits", { rows: number(limits.rows), seconds: String(limits.wall_s) });
  const desk = make(
    "div",
    { class: "sql-desk" },
    make("label", { for: box.id }, w("sql.question")),
    box,
    purpose() === VIEW ? make("p", { class: "box is-problem" }, w("sql.purpose")) : null,
    make("div", { class: "sql-acts" }, run, FILES.map(([ending, type, name]) => act(w("sql.as", { name }), () => take(box, ending, type)))),
    make("p", { class: "hint" }, hint),
  );
  return [make("section", { class: "panel" }, make("h1", {}, w("tab.sql")), make("p", { class: "hint" }, w("sql.how")), make("div", { class: "sql" }, side, desk), answer)];
}

/** @param {() => void} run */
function writing(run) {
  const box = make("textarea", { id: "sql-question", rows: 7, value: written, spellcheck: "false", autocapitalize: "none", autocomplete: "off", placeholder: 'SELECT count(*) FROM "…"' });
  box.addEventListener("input", () => (written = box.value));
  box.addEventListener("keydown", (event) => {
    // Tab moves on, as everywhere: whoever uses the keyboard must get out again.
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  return box;
}

/** @param {Table} one @param {HTMLTextAreaElement} box */
function tableOf(one, box) {
  const put = (/** @type {string} */ text) => () => insert(box, text);
  const name = quoted(one.id);
  const use = make("button", { type: "button", class: "button is-small", on: { click: put(`SELECT * FROM ${name} LIMIT 20`) } }, w("sql.begin"));
  const column = (/** @type {Column} */ each) =>
    make("li", {}, make("button", { type: "button", class: "plain code", title: w("sql.insert"), on: { click: put(quoted(each.name)) } }, each.name), make("small", { class: "hint" }, [each.type, each.unit, each.title ? say(each.title) : ""].filter(Boolean).join(" · ")));
  return make(
    "details",
    { "data-table": one.id },
    make("summary", {}, make("span", { class: "code" }, one.id), " ", say(one.title), " ", one.treated.length ? badge(w("verdict.treated"), "is-act") : null),
    make("p", { class: "hint" }, w("sql.rows", { rows: number(one.row_count) })),
    treatedList(one.treated),
    make("ul", { class: "sql-columns" }, one.columns.map(column)),
    one.geometry_type === "none" ? null : make("p", { class: "hint" }, w("sql.places")),
    use,
  );
}

/** @param {string} name */
function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Put text where the caret is. @param {HTMLTextAreaElement} box @param {string} text */
function insert(box, text) {
  // A whole question takes the place of nothing only.
  const { selectionStart: from, selectionEnd: to } = box;
  box.setRangeText(text, from, to, "end");
  written = box.value;
  box.focus();
}

/** @param {HTMLElement} place @param {HTMLTextAreaElement} box */
async function answerInto(place, box) {
  place.setAttribute("aria-busy", "true");
  try {
    /** @type {Answer} */
    const found = await ask(address("sql"), { method: "POST", json: { query: box.value } });
    fill(place, ...shown(found));
  } catch (error) {
    fill(place, make("p", { class: "box is-problem", role: "alert" }, explain(error)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** @param {Answer} found @returns {(Node | null)[]} */
function shown({ columns, rows, row_count: count, treated }) {
  const some = rows.slice(0, SHOWN);
  const said = count > SHOWN ? w("sql.some", { shown: number(SHOWN), rows: number(count) }) : w("sql.all", { rows: number(count) });
  const head = make("tr", {}, columns.map((one) => make("th", { scope: "col" }, one.name, make("small", { class: "hint" }, one.type))));
  const body = some.map((row) => make("tr", {}, row.map((value) => make("td", { class: typeof value === "number" ? "is-number" : "" }, cell(value)))));
  const table = make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": w("sql.answer") }, make("table", { class: "sql-rows" }, make("thead", {}, head), make("tbody", {}, body)));
  return [make("p", { role: "status" }, said), treatedList(treated), columns.length ? table : null];
}

/** @param {unknown} value */
function cell(value) {
  if (value === null) return make("span", { class: "hint" }, "NULL");
  if (typeof value === "number") return value.toLocaleString(language() === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 12, useGrouping: false });
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Ask again, for a file. @param {HTMLTextAreaElement} box @param {string} ending @param {string} type */
async function take(box, ending, type) {
  const headers = { Accept: type, "Accept-Language": language(), "Content-Type": "application/json", "X-Chengmo-Request": "1", [HEADER]: purpose() };
  let answer;
  try {
    answer = await fetch(address("sql"), { method: "POST", headers, body: JSON.stringify({ query: box.value }) });
  } catch {
    throw new Problem(0, { detail: t("problem.unreachable"), hint: t("problem.unreachable.hint") });
  }
  if (!answer.ok) throw new Problem(answer.status, await answer.json());
  const held = URL.createObjectURL(await answer.blob());
  make("a", { href: held, download: `answer.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(held), 60000);
}
