// @ts-check
/** Choose what the data are for: a few purposes with words, and any other word. */

import { fill, make } from "./dom.js";
import { hasWords, t } from "./language.js";
import { PURPOSES, isPurpose, purpose, setPurpose } from "./purpose.js";

const OTHER = "\u2026";

/**
 * Say a purpose.
 * @param {string} word
 */
export function sayPurpose(word) {
  return hasWords(`purpose.${word}`) ? t(`purpose.${word}`) : word;
}

/** Make the place where the purpose stands and is changed. */
export function purposeChooser() {
  const place = make("label", { class: "purpose", title: t("purpose.why") });
  showChoice(place);
  return place;
}

/** @param {HTMLElement} place */
function showChoice(place) {
  const words = PURPOSES.includes(purpose()) ? PURPOSES : [...PURPOSES, purpose()];
  const options = words.map((word) => make("option", { value: word, selected: word === purpose() }, sayPurpose(word)));
  const choice = make("select", { name: "purpose" }, options, make("option", { value: OTHER }, t("purpose.other")));
  choice.addEventListener("change", () => (choice.value === OTHER ? showWriting(place) : setPurpose(choice.value)));
  fill(place, make("span", {}, t("purpose")), choice);
}

/** @param {HTMLElement} place */
function showWriting(place) {
  const word = make("input", { type: "text", name: "purpose", maxlength: 80, placeholder: "flood-planning", autocapitalize: "none", spellcheck: "false", title: t("purpose.rule") });
  word.addEventListener("keydown", (event) => {
    if (event.key === "Escape") showChoice(place);
    if (event.key !== "Enter") return;
    event.preventDefault();
    const said = word.value.trim().toLowerCase();
    if (isPurpose(said)) setPurpose(said);
    else word.setAttribute("aria-invalid", "true");
  });
  word.addEventListener("blur", () => {
    if (word.isConnected && !word.value.trim()) showChoice(place);
  });
  fill(place, make("span", {}, t("purpose")), word);
  word.focus();
}
