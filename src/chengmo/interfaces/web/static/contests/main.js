// @ts-check
/** The contest page: what is asked, the board, a file to submit and what became of it. */

import { act, explain, field, form, list } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { byId, fill, make } from "../modules/dom.js";
import { language, onLanguage, say, setLanguage } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { w } from "./words.js";

/** @typedef {{zh: string, en: string}} Text */
/** @typedef {{id: string, title: Text, task: Text, rules: Text, training: string[], keys: string[], target: string, metric_title: Text, rows: number, deadline: string, per_day: number, in_all: number, packages: boolean, phase: "announced" | "open" | "closed"}} Contest */
/** @typedef {{kind: "public" | "private", waiting: number, standings: {rank: number | null, entrant: string, score: number, submitted_utc: string, submissions: number}[]}} Board */
/** @typedef {{id: string, name: string, submitted_utc: string, state: "queued" | "scoring" | "scored" | "failed", reason: Text | null, told_score: number | null, private_score: number | null}} Submission */
/** @typedef {{name: string, members: string[]}} Team */
/** @typedef {{id: string, entrant: string, rank: number, licence: string}} Published */
/** @typedef {{board: Board, mine: Submission[] | null, team: Team | null, published: Published[], publishable: string[], mayRetract: boolean}} Known */

const PACKAGE = /\.(zip|whl)$/i;
const LOOK_AGAIN_MS = 1500;

/** @type {Contest[]} */
let contests = [];
/** @type {Map<string, Known>} */
const known = new Map();
/** What a package printed, by submission, once it was asked for. @type {Map<string, string>} */
const logs = new Map();
/** The code of a new team, which is told once. @type {Map<string, string>} */
const codes = new Map();

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
  const team = mine && (await ask(address(`contests/${id}/team`))).team;
  const { models: published, publishable, may_retract: mayRetract } = await ask(address(`contests/${id}/models`));
  known.set(id, { board, mine, team, published, publishable, mayRetract });
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
  const { board, mine, team, published, publishable, mayRetract } = known.get(contest.id) ?? { board: null, mine: null, team: null, published: [], publishable: [], mayRetract: false };
  return make(
    "section",
    { class: "panel" },
    make("div", { class: "panel-head" }, make("h1", {}, say(contest.title)), make("span", {}, w(`phase.${contest.phase}`))),
    make("p", {}, make("strong", {}, w("task")), " ", say(contest.task)),
    make("p", {}, make("strong", {}, w("rules")), " ", say(contest.rules)),
    facts(contest),
    contest.phase === "announced" ? null : make("p", {}, make("a", { href: address(`contests/${contest.id}/sample`), download: `${contest.id}.csv` }, w("sample"))),
    board ? standings(contest, board, publishable) : null,
    ...models(contest, published, mayRetract),
    ...own(contest, mine),
    ...(mine ? teams(contest, team, mine) : []),
  );
}

/**
 * What was published; whoever holds the contest may take it back.
 * @param {Contest} contest
 * @param {Published[]} published
 * @param {boolean} mayRetract
 */
function models(contest, published, mayRetract) {
  if (!published.length) return [];
  const retract = (/** @type {Published} */ one) => act(w("retract"), change(contest, `models/${one.id}`, "DELETE", undefined));
  const rows = published.map((one) => ({ cells: [one.id, one.entrant, String(one.rank), one.licence, ...(mayRetract ? [retract(one)] : [])] }));
  return [make("h2", {}, w("models")), list([w("model"), w("entrant"), w("rank"), w("licence"), ...(mayRetract ? [""] : [])], rows), make("p", { class: "hint" }, w("models.hint"))];
}

/**
 * Change something of a contest, then show how it is now.
 * @param {Contest} contest
 * @param {string} path
 * @param {"POST" | "DELETE"} method
 * @param {unknown} json
 */
function change(contest, path, method, json) {
  return async () => {
    await ask(address(`contests/${contest.id}/${path}`), { method, json });
    await renew(contest);
  };
}

/** @param {Contest} contest */
function facts(contest) {
  return list(
    [w("metric"), w("columns"), w("rows"), w("data"), w("deadline")],
    [{ cells: [say(contest.metric_title), [...contest.keys, contest.target].join(", "), String(contest.rows), contest.training.join(", "), when(contest.deadline)] }],
  );
}

/**
 * @param {Contest} contest
 * @param {Board} board
 * @param {string[]} publishable
 */
function standings(contest, board, publishable) {
  const publish = (/** @type {string} */ entrant) => (publishable.includes(entrant) ? act(w("publish"), change(contest, "models", "POST", { entrant })) : "");
  const rows = board.standings.map((one) => ({
    cells: [one.rank === null ? w("rank.none") : String(one.rank), one.entrant, String(one.score), String(one.submissions), when(one.submitted_utc), ...(publishable.length ? [publish(one.entrant)] : [])],
  }));
  return make(
    "div",
    {},
    make("h2", {}, w(`board.${board.kind}`)),
    rows.length ? list([w("rank"), w("entrant"), w("score"), w("submissions"), w("time"), ...(publishable.length ? [""] : [])], rows) : make("p", { class: "hint" }, w("board.empty")),
    board.waiting ? make("p", { class: "hint" }, w("board.waiting", { count: String(board.waiting) })) : null,
  );
}

/**
 * @param {Contest} contest
 * @param {Submission[] | null} mine
 */
function own(contest, mine) {
  if (mine === null) return [make("p", {}, make("a", { href: "account.html" }, w("sign-in")))];
  const rows = mine.map((one) => ({ over: one.state === "failed", cells: [one.name, result(one), when(one.submitted_utc), printed(contest, one)] }));
  return [
    make("h2", {}, w("mine")),
    contest.phase === "open" ? submitting(contest) : null,
    rows.length ? list([w("brought"), w("result"), w("time"), w("log")], rows) : make("p", { class: "hint" }, w("mine.none")),
  ];
}

/** @param {Contest} contest */
function submitting(contest) {
  const send = async (/** @type {FormData} */ values) => {
    const licence = String(values.get("licence") ?? "");
    values.delete("licence");
    const file = /** @type {File} */ (values.get("file"));
    const query = PACKAGE.test(file.name) ? { licence } : {};
    await ask(address(`contests/${contest.id}/submissions`, query), { method: "POST", body: values });
    await renew(contest);
  };
  const quota = w("quota", { day: String(contest.per_day), all: String(contest.in_all) });
  const accept = contest.packages ? ".csv,.parquet,.zip,.whl" : ".csv,.parquet";
  return form(
    { button: w("submit"), send },
    field(contest.packages ? w("file.package") : w("file"), { type: "file", name: "file", accept, required: true }, quota),
    contest.packages ? field(w("licence.package"), { name: "licence", value: "MIT", maxlength: 100 }, w("licence.hint")) : null,
  );
}

/** @param {Contest} contest */
async function renew(contest) {
  await look(contest.id);
  render();
}

/**
 * What a package printed: shown to whoever brought it, when it is asked for.
 * @param {Contest} contest
 * @param {Submission} one
 */
function printed(contest, one) {
  if (!PACKAGE.test(one.name) || one.state === "queued" || one.state === "scoring") return "";
  const log = logs.get(one.id);
  if (log !== undefined) return make("pre", { class: "printed", tabindex: 0 }, log || w("log.none"));
  return act(w("log.show"), async () => {
    logs.set(one.id, (await ask(address(`contests/${contest.id}/packages/${one.id}`))).log);
    render();
  });
}

/**
 * One's team: who is in it, how others come in, the way out; or how to found or join one.
 * @param {Contest} contest
 * @param {Team | null} team
 * @param {Submission[]} mine
 */
function teams(contest, team, mine) {
  const path = `contests/${contest.id}/team`;
  const code = codes.get(contest.id);
  const told = code ? make("p", { role: "status" }, w("team.code"), " ", make("code", {}, code)) : null;
  const change = (/** @type {string} */ url, /** @type {"POST" | "DELETE"} */ method, /** @type {unknown} */ json) => async () => {
    const answer = await ask(address(url), { method, json });
    if (answer.code) codes.set(contest.id, answer.code);
    else codes.delete(contest.id);
    await renew(contest);
  };
  if (team) {
    return [
      make("h2", {}, w("team", { name: team.name })),
      make("p", {}, w("team.members", { names: team.members.join(", ") })),
      told,
      contest.phase === "closed" ? null : make("p", {}, act(w("team.invite"), change(`${path}/code`, "POST", {})), " ", mine.length ? "" : act(w("team.leave"), change(path, "DELETE", undefined))),
    ];
  }
  if (mine.length || contest.phase === "closed") return [];
  const send = async (/** @type {FormData} */ values) => {
    const given = String(values.get("code") ?? "").trim();
    await change(`${path}s`, "POST", { team: String(values.get("team")).trim(), ...(given ? { code: given } : {}) })();
  };
  return [
    make("h2", {}, w("team.none")),
    form({ button: w("team.enter"), send }, field(w("team.name"), { name: "team", required: true, maxlength: 60 }), field(w("team.code.field"), { name: "code", autocomplete: "off" }, w("team.hint"))),
  ];
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
