// @ts-check
/** What happened, said once, and every error with its way out. */

import { Problem } from "./api.js";
import { byId, icon, make } from "./dom.js";
import { t } from "./language.js";

/**
 * Say something for a while.
 * @param {string} text
 * @param {{label: string, act: () => unknown}} [undo] What takes it back; the notice then stays longer
 */
export function notice(text, undo) {
  show(text, "", undo ? 11000 : 5000, undo);
}

/**
 * Say what went wrong. A fault of the page itself is thrown on, so that it is seen.
 * @param {unknown} error
 */
export function complain(error) {
  if (!(error instanceof Problem)) throw error;
  show(error.message, error.hint, 12000);
}

/**
 * @param {string} text
 * @param {string} hint
 * @param {number} forMs
 * @param {{label: string, act: () => unknown}} [undo]
 */
function show(text, hint, forMs, undo) {
  const takeBack = () => {
    one.remove();
    undo?.act();
  };
  const one = make(
    "div",
    { class: `notice ${forMs > 11000 ? "is-problem" : ""}` },
    make("p", {}, text, hint ? make("small", { class: "hint" }, hint) : null),
    undo ? make("button", { type: "button", class: "button is-small", on: { click: takeBack } }, undo.label) : null,
    make("button", { type: "button", class: "icon-button", "aria-label": t("close"), on: { click: () => one.remove() } }, icon("close")),
  );
  byId("notices").append(one);
  setTimeout(() => one.remove(), forMs);
}

/**
 * Make the box that stands where something could not be shown.
 * @param {unknown} error
 * @param {() => void} [again]
 */
export function problemBox(error, again) {
  if (!(error instanceof Problem)) throw error;
  return make(
    "div",
    { class: "box is-problem", role: "alert" },
    make("p", {}, error.message),
    error.hint ? make("p", { class: "hint" }, error.hint) : null,
    again ? make("button", { type: "button", class: "button", on: { click: again } }, icon("again"), t("again")) : null,
  );
}

/**
 * Make the lines that stand where something is on its way.
 * @param {number} [lines]
 */
export function waiting(lines = 3) {
  return make("div", { class: "waiting", "aria-busy": "true", "aria-label": t("loading") }, Array.from({ length: lines }, () => make("span", {})));
}

/**
 * Make the box that stands where there is nothing yet.
 * @param {string} text
 * @param {HTMLElement | null} [action]
 */
export function emptyBox(text, action = null) {
  return make("div", { class: "box is-empty" }, make("p", {}, text), action);
}
