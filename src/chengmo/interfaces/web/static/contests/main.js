// @ts-check
/** The contest page: what is asked, the board, a file to submit and what became of it. */

import { explain, field, form, list } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { byId, fill, make } from "../modules/dom.js";
import { language, onLanguage, say, setLanguage } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { w } from "./words.js";

/** @typedef {{zh: string, en: string}} Text */
/** @typedef {{id: string, title: Text, task: Text, rules: Text, training: string[], keys: string[], target: string, metric_title: Text, rows: number, deadline: string, per_day: number, in_all: number, phase: "announced" | "open" | "closed"}} Contest */
/** @typedef {{kind: "public" | "private", waiting: number, standings: {rank: number | null, entrant: string, score: number, submitted_utc: string, submissions: number}[]}} Board */
/** @typedef {{name: string, submitted_utc: string, state: "queued" | "scoring" | "scored" | "failed", reason: Text | null, told_score: number | null, private_score: number | null}} Submission */

const LOOK_AGAIN_MS = 1500;

/** @type {Contest[]} */
let contests = [];
/** @type {Map<string, {board: Board, mine: Submission[] | null}>} */
const known = new Map();

onLanguage(render);
load();

async function load() {
  try {
    contests = (await ask(address("contests"))).contests;
    await Promise.all(contests.map((one) => look(one.id)));
    render();
  } catch (error) {
    notice(explain(error));
  }
}

/** @param {string} id */
async function look(id) {
  const board = await ask(address(`contests/${id}/board`));
  // Whoever is not signed in, or only reads, has none.
  const mine = await ask(address(`contests/${id}/submissions`)).then((found) => found.submissions, () => null);
  known.set(id, { board, mine });
  const waits = (mine ?? []).some((/** @type {Submission} */ one) => one.state === "queued" || one.state === "scoring");
  if (waits) setTimeout(() => look(id).then(render, (error) => notice(explain(error))), LOOK_AGAIN_MS);
}

function render() {
  document.title = w("title");
  fill(byId("head"), head());
  fill(byId("main"), contests.length ? contests.map(panel) : make("section", { class: "panel" }, make("p", {}, w("none"))));
}

function head() {
  const one = (/** @type {"zh" | "en"} */ code, /** @type {string} */ text) =>
    make("button", { type: "button", lang: code === "zh" ? "zh-CN" : "en", "aria-pressed": String(language() === code), on: { click: () => setLanguage(code) } }, text);
  return [
    make("img", { class: "seal", src: "seal.svg", alt: "", width: 34, height: 34 }),
    make("div", { class: "name" }, make("strong", {}, w("contests"))),
    make("a", { class: "button is-small", href: "./" }, w("map")),
    make("div", { class: "language", role: "group", "aria-label": "中文 / English" }, one("zh", "中"), one("en", "EN")),
  ];
}

/** @param {Contest} contest */
function panel(contest) {
  const { board, mine } = known.get(contest.id) ?? { board: null, mine: null };
  return make(
    "section",
    { class: "panel" },
    make("div", { class: "panel-head" }, make("h1", {}, say(contest.title)), make("span", {}, w(`phase.${contest.phase}`))),
    make("p", {}, make("strong", {}, w("task")), " ", say(contest.task)),
    make("p", {}, make("strong", {}, w("rules")), " ", say(contest.rules)),
    facts(contest),
    contest.phase === "announced" ? null : make("p", {}, make("a", { href: address(`contests/${contest.id}/sample`), download: `${contest.id}.csv` }, w("sample"))),
    board ? standings(board) : null,
    ...own(contest, mine),
  );
}

/** @param {Contest} contest */
function facts(contest) {
  return list(
    [w("metric"), w("columns"), w("rows"), w("data"), w("deadline")],
    [{ cells: [say(contest.metric_title), [...contest.keys, contest.target].join(", "), String(contest.rows), contest.training.join(", "), when(contest.deadline)] }],
  );
}

/** @param {Board} board */
function standings(board) {
  const rows = board.standings.map((one) => ({
    cells: [one.rank === null ? w("rank.none") : String(one.rank), one.entrant, String(one.score), String(one.submissions), when(one.submitted_utc)],
  }));
  return make(
    "div",
    {},
    make("h2", {}, w(`board.${board.kind}`)),
    rows.length ? list([w("rank"), w("entrant"), w("score"), w("submissions"), w("time")], rows) : make("p", { class: "hint" }, w("board.empty")),
    board.waiting ? make("p", { class: "hint" }, w("board.waiting", { count: String(board.waiting) })) : null,
  );
}

/**
 * @param {Contest} contest
 * @param {Submission[] | null} mine
 */
function own(contest, mine) {
  if (mine === null) return [make("p", {}, make("a", { href: "account.html" }, w("sign-in")))];
  const rows = mine.map((one) => ({ over: one.state === "failed", cells: [one.name, result(one), when(one.submitted_utc)] }));
  return [
    make("h2", {}, w("mine")),
    contest.phase === "open" ? submitting(contest) : null,
    rows.length ? list([w("file"), w("result"), w("time")], rows) : make("p", { class: "hint" }, w("mine.none")),
  ];
}

/** @param {Contest} contest */
function submitting(contest) {
  const send = async (/** @type {FormData} */ values) => {
    await ask(address(`contests/${contest.id}/submissions`), { method: "POST", body: values });
    await look(contest.id);
    render();
  };
  const quota = w("quota", { day: String(contest.per_day), all: String(contest.in_all) });
  return form({ button: w("submit"), send }, field(w("file"), { type: "file", name: "file", accept: ".csv,.parquet", required: true }, quota));
}

/** @param {Submission} one */
function result(one) {
  if (one.reason) return say(one.reason);
  if (one.state !== "scored") return w(`state.${one.state}`);
  return one.private_score === null ? String(one.told_score) : `${one.told_score} / ${one.private_score}`;
}

/** @param {string} utc */
function when(utc) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Asia/Shanghai" }).format(new Date(utc));
}
