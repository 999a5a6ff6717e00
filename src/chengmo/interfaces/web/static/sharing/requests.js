// @ts-check
/** Requests: one's own and those one is to answer. Both sides see the same. */

import { act, form, openDialog } from "../account/controls.js";
import { address, ask } from "../modules/api.js";
import { sayPurpose } from "../modules/chooser.js";
import { make } from "../modules/dom.js";
import { say } from "../modules/language.js";
import { notice } from "../modules/notices.js";
import { textField } from "./asking.js";
import { builder } from "./builder.js";
import { knownDatasets } from "./catalogue.js";
import { badge, dayOf, empty, moment } from "./tell.js";
import { w } from "./words.js";

/** @typedef {{id: string, wish: {dataset: string, purpose: string, reason: string, until: string}, actor: string, organisation: string, submitted_utc: string, state: string, decided_by: string, decided_utc: string, comment: string, policy: string, is_mine: boolean}} SharingRequest */

const KINDS = /** @type {const} */ ({ requested: "is-care", approved: "is-good", refused: "is-seal", withdrawn: "", ended: "" });
const ANEW = () => dispatchEvent(new HashChangeEvent("hashchange"));

/** @param {import("./main.js").Session} session */
export async function requestsView(session) {
  const [{ requests }, datasets] = await Promise.all([ask(address("sharing/requests")), knownDatasets()]);
  const titles = new Map(datasets.map((one) => [one.id, say(one.title)]));
  const cards = (/** @type {(one: SharingRequest) => boolean} */ fits) => requests.filter(fits).map((/** @type {SharingRequest} */ one) => card(one, titles.get(one.wish.dataset) ?? one.wish.dataset));
  const part = (/** @type {string} */ title, /** @type {Node[]} */ found, /** @type {string} */ none) =>
    make("section", { class: "panel" }, make("h2", {}, title), found.length ? make("ul", { class: "entries" }, found) : empty(none));
  const decides = session.roles.some((one) => ["administrator", "steward"].includes(one));
  const mine = cards((one) => one.is_mine);
  const answered = cards((one) => !one.is_mine && one.state !== "requested");
  return [
    decides ? part(w("requests.open"), cards((one) => !one.is_mine && one.state === "requested"), w("requests.open.none")) : null,
    mine.length || !decides ? part(w("requests.mine"), mine, w("requests.mine.none")) : null,
    decides && answered.length ? part(w("requests.answered"), answered, "") : null,
  ];
}

/** @param {SharingRequest} one @param {string} title */
function card(one, title) {
  const { wish } = one;
  const over = one.state === "approved" && new Date(wish.until) <= new Date();
  const state = /** @type {keyof typeof KINDS} */ (over ? "ended" : one.state);
  const who = one.organisation ? w("request.by-of", { name: one.actor, organisation: one.organisation }) : one.actor;
  return make(
    "li",
    { class: "entry", "data-request": one.id },
    make(
      "div",
      { class: "entry-main" },
      make("p", {}, make("strong", {}, title), " ", badge(w(`state.${state}`), KINDS[state])),
      make("p", { class: "hint" }, [one.is_mine ? null : who, w("request.purpose", { purpose: sayPurpose(wish.purpose) }), w("request.until", { day: dayOf(wish.until, 1) }), w("request.submitted", { day: dayOf(one.submitted_utc) })].filter(Boolean).join(" · ")),
      make("p", { class: "reason" }, wish.reason),
      one.decided_by && one.state !== "withdrawn" ? make("p", { class: "answer-line" }, w(`answer.${one.state}`, { name: one.decided_by, time: moment(one.decided_utc) }), one.comment ? make("q", {}, one.comment) : null) : null,
    ),
    make("div", { class: "entry-acts" }, buttons(one, title)),
  );
}

/** @param {SharingRequest} one @param {string} title */
function buttons(one, title) {
  if (one.state === "approved" && one.is_mine) return [make("a", { class: "button is-small", href: `#catalogue/${one.wish.dataset}` }, w("see"))];
  if (one.state !== "requested") return [];
  if (one.is_mine) return [act(w("withdraw"), () => ask(address(`sharing/requests/${one.id}`), { method: "DELETE" }).then(ANEW))];
  const approval = act(w("approve"), () => approve(one, title));
  approval.classList.add("is-main");
  return [approval, act(w("refuse"), () => refuse(one, title))];
}

/** @param {SharingRequest} one @param {string} title */
function summary(one, title) {
  return make("p", {}, w("request.summary", { name: one.actor, title, purpose: sayPurpose(one.wish.purpose), day: dayOf(one.wish.until, 1) }));
}

/** @param {SharingRequest} one @param {string} title */
async function approve(one, title) {
  const dataset = await ask(address(`datasets/${one.wish.dataset}`));
  const treatment = builder(dataset);
  const send = async (/** @type {FormData} */ values) => {
    const json = { comment: values.get("comment"), treatment: treatment.value() };
    await ask(address(`sharing/requests/${one.id}/approval`), { method: "POST", json });
    dialog.close();
    notice(w("approved"));
    ANEW();
  };
  const dialog = openDialog(
    w("approve.of", { title }),
    summary(one, title),
    make("p", { class: "hint" }, w("approve.how")),
    form({ button: w("approve"), send }, make("div", { class: "full" }, make("h3", {}, w("treat")), treatment.element), textField(w("comment"), { name: "comment" })),
  );
}

/** @param {SharingRequest} one @param {string} title */
function refuse(one, title) {
  const send = async (/** @type {FormData} */ values) => {
    await ask(address(`sharing/requests/${one.id}/refusal`), { method: "POST", json: { comment: values.get("comment") } });
    dialog.close();
    notice(w("refused"));
    ANEW();
  };
  const dialog = openDialog(w("refuse.of", { title }), summary(one, title), form({ button: w("refuse"), send }, textField(w("comment.why"), { name: "comment", required: true })));
}
