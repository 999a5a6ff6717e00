// @ts-check
/** The ceremony, put together: five steps, one after the other. */

import { byId, fill, make } from "../../app/modules/dom.js";
import { language, onLanguage, setLanguage } from "../../app/modules/language.js";
import { drawStep } from "./draw.js";
import { familyView } from "./family.js";
import { receiptStep } from "./receipts.js";
import { revealStep } from "./reveal.js";
import { sealStep } from "./seal.js";
import { ceremony, onOtherWindow } from "./state.js";
import { waitStep } from "./wait.js";
import { w } from "./words.js";

const STEPS = [
  { key: "seal", make: sealStep },
  { key: "wait", make: waitStep },
  { key: "reveal", make: revealStep },
  { key: "draw", make: drawStep },
  { key: "receipts", make: receiptStep },
];

/** The address for families: no step of the ceremony is theirs. */
const FAMILY = "#family";

let open = reached();
/** The commitment of the ceremony that is shown. */
let shown = "";
/** What the open step does when it is left. @type {() => void} */
let leave = () => {};

/** How far the ceremony has come. */
function reached() {
  const now = ceremony();
  if (!now) return 0;
  if (now.run) return 4;
  if (now.revealed) return 3;
  return now.published ? 1 : 0;
}

/** Steps that may be opened. @param {number} index */
function isOpenable(index) {
  const now = ceremony();
  if (index === 0) return true;
  if (!now?.published) return false;
  return index <= 2 || (index === 3 ? Boolean(now.revealed) : Boolean(now.run));
}

/** @param {number} index */
function go(index) {
  open = index;
  render();
  byId("panel").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function render() {
  leave();
  shown = ceremony()?.commitment ?? "";
  document.title = w("title");
  byId("skip").textContent = w("skip");
  const name = make("div", { class: "name" }, make("h1", {}, w("title")), make("p", {}, ceremony()?.request.title ?? w("motto")));
  fill(byId("head"), make("img", { src: "../../app/seal.svg", alt: "", width: 40, height: 40 }), name, make("a", { class: "button is-quiet", href: "../../app/#ask=school-lottery" }, w("back")), languages());
  const forFamilies = location.hash === FAMILY;
  document.body.classList.toggle("is-family", forFamilies);
  if (forFamilies) return families();
  renderSteps();
  const { key, make: build } = STEPS[open];
  const step = build({ next: () => go(Math.min(open + 1, STEPS.length - 1)), back: () => go(Math.max(open - 1, 0)), again: () => go(open), restart: () => go(0) });
  leave = step.leave ?? (() => {});
  fill(byId("panel"), synthetic(), make("p", { class: "kicker" }, w("step", { number: open + 1 })), make("h2", {}, w(`${key}.title`)), make("p", { class: "lead" }, w(`${key}.lead`)), step.element);
  byId("panel").dataset.step = key;
}

function renderSteps() {
  byId("steps").setAttribute("aria-label", w("steps"));
  fill(byId("steps"), make("ol", {}, STEPS.map(stepButton)));
}

/** Another window has gone on: what is open here stays open, unless the ceremony is another now. */
function followOther() {
  const { commitment = "" } = ceremony() ?? {};
  if (commitment !== shown || !isOpenable(open)) go(reached());
  else if (location.hash !== FAMILY) renderSteps();
}

/** What a family sees who opens the address that is published with the transcript. */
function families() {
  leave = () => {};
  fill(byId("steps"));
  fill(byId("panel"), make("p", { class: "kicker" }, make("a", { href: "#" }, w("family.leave"))), make("h2", {}, w("family.title")), make("p", { class: "lead" }, w("family.lead")), familyView(render));
  byId("panel").dataset.step = "family";
}

function languages() {
  const one = (/** @type {"zh" | "en"} */ code, /** @type {string} */ label) =>
    make("button", { type: "button", lang: code === "zh" ? "zh-CN" : "en", "aria-pressed": String(language() === code), on: { click: () => setLanguage(code) } }, label);
  return make("div", { class: "language", role: "group", "aria-label": "中文 / English" }, one("zh", "中"), one("en", "EN"));
}

function synthetic() {
  return ceremony()?.plan.synthetic ? make("p", { class: "synthetic", role: "note" }, w("synthetic")) : null;
}

/** @param {{key: string}} step @param {number} index */
function stepButton({ key }, index) {
  // Whoever reveals has waited: the wait ends by time, and leaves nothing behind to tell it by.
  const done = index < Math.max(reached(), open) || (index === 0 && Boolean(ceremony()?.published));
  return make(
    "li",
    { class: done ? "is-done" : null },
    make(
      "button",
      { type: "button", disabled: !isOpenable(index), "aria-current": open === index ? "step" : null, on: { click: () => go(index) } },
      make("span", { class: "step-number", "aria-hidden": "true" }, done ? "✓" : index + 1),
      make("span", { class: "step-name" }, w(`${key}.short`)),
      done ? make("span", { class: "visually-hidden" }, w("done")) : null,
    ),
  );
}

onLanguage(render);
addEventListener("hashchange", render);
onOtherWindow(followOther);
render();
document.documentElement.dataset.ready = "yes";
