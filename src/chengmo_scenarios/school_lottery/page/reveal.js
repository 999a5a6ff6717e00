// @ts-check
/** Step three: the randomness is brought in and held against what was announced. */

import { make } from "../../app/modules/dom.js";
import { digest } from "./digest.js";
import { facts, field, loader } from "./parts.js";
import { sayPlannedSource } from "./seal.js";
import { ceremony, change } from "./state.js";
import { w } from "./words.js";

/** @typedef {{element: Children, read: () => Record<string, any> | string}} Asked What was revealed, or what is wrong with it */
/** @typedef {(HTMLElement | null)[]} Children */

/** @param {import("./seal.js").Way} way @returns {import("./seal.js").Step} */
export function revealStep(way) {
  const now = /** @type {import("./state.js").Ceremony} */ (ceremony());
  const source = now.plan.randomness;
  if (now.run) return { element: told(now, way) };
  const asked = { drand: askRound, parties: askParties, notary: askNotary }[/** @type {"drand" | "parties" | "notary"} */ (source.kind)](source, now);
  const complaint = make("p", { class: "complaint", role: "alert" });
  const element = make(
    "form",
    { class: "stack", novalidate: true, on: { input: () => (complaint.textContent = ""), submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const revealed = asked.read();
      complaint.textContent = typeof revealed === "string" ? revealed : "";
      if (typeof revealed === "string") return;
      change({ revealed });
      way.next();
    } } },
    asked.element,
    complaint,
    make("div", { class: "row" }, make("button", { type: "submit", class: "button is-main is-large" }, w("reveal.act"))),
  );
  return { element };
}

/** @param {import("./state.js").Ceremony} now @param {import("./seal.js").Way} way */
function told(now, way) {
  const rows = Object.entries(now.revealed ?? {}).map(([key, value]) => /** @type {[string, Node]} */ ([w(`revealed.${key}`), make("span", { class: "code" }, [value].flat().join(" · "))]));
  return make("div", { class: "stack" }, facts([[w("fact.source"), sayPlannedSource(now.plan.randomness)], ...rows]), make("div", { class: "row" }, make("button", { type: "button", class: "button is-main is-large", on: { click: way.next } }, w("next"))));
}

/** @param {any} source @param {import("./state.js").Ceremony} now @returns {Asked} */
function askRound(source, now) {
  const note = make("p", { class: "help", role: "status" });
  const box = (/** @type {string} */ value) => make("textarea", { rows: 3, spellcheck: "false", class: "is-code", value });
  const signature = box(now.revealed?.drand_signature ?? "");
  const previous = source.chain === "default" ? box(now.revealed?.drand_previous ?? "") : null;
  const take = (/** @type {any} */ round) => {
    if (typeof round?.signature !== "string") note.textContent = w("reveal.drand.no-file");
    else if (round.round !== source.round) note.textContent = w("reveal.drand.other", { round: String(round.round), wanted: String(source.round) });
    else {
      signature.value = round.signature;
      if (previous) previous.value = round.previous_signature ?? "";
      note.textContent = w("reveal.drand.taken");
    }
  };
  const clean = (/** @type {HTMLTextAreaElement | null} */ input) => (input?.value ?? "").replace(/\s/g, "").toLowerCase();
  return {
    element: [
      make("p", { class: "box" }, w("reveal.drand.how", { round: String(source.round), chain: source.chain })),
      make("div", { class: "row" }, loader(w("reveal.drand.load"), take)),
      note,
      field(w("reveal.drand.signature"), signature, w("reveal.drand.help")),
      previous ? field(w("reveal.drand.previous"), previous) : null,
    ],
    read: () => {
      const hex = /^[0-9a-f]{96,192}$/;
      if (!hex.test(clean(signature)) || (previous && !hex.test(clean(previous)))) return w("reveal.drand.wrong");
      return { drand_signature: clean(signature), ...(previous ? { drand_previous: clean(previous) } : {}) };
    },
  };
}

/** @param {any} source @param {import("./state.js").Ceremony} now @returns {Asked} */
function askParties(source, now) {
  const inputs = source.parties.map((/** @type {{name: string, commitment: string}} */ party, /** @type {number} */ at) => {
    const verdict = make("p", { class: "verdict", role: "status" });
    const input = make("input", { type: "text", spellcheck: "false", autocomplete: "off", class: "is-code", value: now.revealed?.party_values?.[at] ?? "" });
    const value = () => input.value.trim().toLowerCase();
    const holds = () => digest("party", party.name, value()) === party.commitment;
    const look = () => {
      verdict.className = `verdict ${value() ? (holds() ? "is-good" : "is-bad") : ""}`;
      verdict.textContent = value() ? w(holds() ? "reveal.parties.holds" : "reveal.parties.fails") : "";
    };
    input.addEventListener("input", look);
    look();
    const commitment = make("p", { class: "help code" }, w("party.sealed", { value: party.commitment }));
    return { name: party.name, value, holds, element: make("div", { class: "party" }, field(party.name, input), verdict, commitment) };
  });
  return {
    element: inputs.map((/** @type {any} */ one) => one.element),
    read: () => {
      const wrong = inputs.find((/** @type {any} */ one) => !one.holds());
      return wrong ? w("reveal.parties.missing", { name: wrong.name }) : { party_values: inputs.map((/** @type {any} */ one) => one.value()) };
    },
  };
}

/** @param {any} _ @param {import("./state.js").Ceremony} now @returns {Asked} */
function askNotary(_, now) {
  const record = make("textarea", { rows: 4, maxlength: 2000, value: now.revealed?.notary_record ?? "" });
  const isRing = now.request.mechanism === "ring";
  const [start, gap] = [0, 1].map((at) => make("input", { type: "number", min: 1, step: 1, inputmode: "numeric", value: now.revealed?.notary_ring?.[at] ?? "" }));
  const ring = isRing ? make("div", { class: "pair-of-fields" }, field(w("reveal.notary.start"), start), field(w("reveal.notary.gap"), gap)) : null;
  return {
    element: [field(w("reveal.notary.record"), record, w("reveal.notary.help")), ring],
    read: () => {
      if (!record.value.trim()) return w("reveal.notary.missing");
      if (!isRing) return { notary_record: record.value.trim() };
      const numbers = [Number(start.value), Number(gap.value)];
      if (!numbers.every((one) => Number.isInteger(one) && one > 0)) return w("reveal.notary.ring");
      return { notary_record: record.value.trim(), notary_ring: numbers };
    },
  };
}
