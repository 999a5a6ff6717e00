// @ts-check
/** For families: the published transcript, opened on their own telephone or computer. Nothing is sent. */

import { fill, make } from "../../app/modules/dom.js";
import { digest } from "./digest.js";
import { digestBlock, facts, field, loader, moment } from "./parts.js";
import { finder, proof } from "./receipts.js";
import { sayPlannedSource } from "./seal.js";
import { timeOf } from "./state.js";
import { w } from "./words.js";

/** What a family has opened; kept while the page is open, for the other language. @type {any} */
let transcript = null;
/** The commitment that it read in the newspaper or on the wall. */
let wanted = "";

/** @param {() => void} again */
export function familyView(again) {
  const complaint = make("p", { class: "complaint", role: "alert" });
  const take = (/** @type {any} */ content) => {
    if (!isTranscript(content)) {
      complaint.textContent = w("family.no-file");
      return;
    }
    transcript = content;
    again();
  };
  const open = make("div", { class: "row" }, loader(w(transcript ? "family.other" : "family.load"), take));
  return make("div", { class: "stack" }, open, complaint, transcript ? opened() : null);
}

/** @param {any} content */
function isTranscript(content) {
  const { plan, units, result } = content ?? {};
  return Boolean(plan?.randomness && plan.rules && Array.isArray(plan.schools) && Array.isArray(units) && Array.isArray(result) && units.length === result.length);
}

function opened() {
  const commitment = digest("plan", transcript.plan);
  const leaves = transcript.units.map((/** @type {any} */ one) => digest("unit", one));
  const isSealed = digest("roster", ...leaves) === transcript.plan.roster;
  const published = { transcript, commitment, digest: digest("transcript", transcript), again: null };
  const { randomness, title } = transcript.plan;
  const verdict = make("p", { class: "verdict", role: "status" });
  const input = make("input", { type: "text", maxlength: 64, spellcheck: "false", autocomplete: "off", class: "is-code", value: wanted });
  const compare = () => {
    wanted = input.value.trim().toLowerCase();
    const agrees = wanted === commitment;
    verdict.className = `verdict ${wanted ? (agrees ? "is-good" : "is-bad") : ""}`;
    verdict.textContent = wanted ? w(agrees ? "family.agrees" : "family.differs") : "";
  };
  input.addEventListener("input", compare);
  compare();
  return make(
    "div",
    { class: "stack" },
    transcript.plan.synthetic ? make("p", { class: "synthetic", role: "note" }, w("synthetic")) : null,
    facts([
      [w("family.draw"), title],
      [w("fact.source"), sayPlannedSource(randomness)],
      ...(randomness.kind === "drand" ? [/** @type {[string, string]} */ ([w("family.before"), moment(timeOf(randomness))])] : []),
    ]),
    make("p", { class: isSealed ? "verdict is-good" : "verdict is-bad", id: "roster-verdict" }, w(isSealed ? "family.sealed" : "family.broken")),
    make("div", {}, field(w("family.wanted"), input, w("family.wanted.help")), verdict),
    finder(published),
    digestBlock(w("draw.digest"), published.digest, "digest"),
    make("p", { class: "help" }, w("family.digest")),
    proof(published, null),
  );
}
