// @ts-check
/** What the reader says the data are for: sent with every request, remembered by this browser. */

export const VIEW = "view";
export const HEADER = "Chengmo-Purpose";
/** Purposes that the page has words for; any other word will do as well. */
export const PURPOSES = [VIEW, "planning", "research", "statistics", "public-service", "emergency", "supervision"];

const MEMORY = "chengmo.purpose";
const WORD = /^[a-z0-9][a-z0-9-]{0,79}$/;

/** @type {Set<() => void>} */
const listeners = new Set();
let current = remembered();

function remembered() {
  try {
    const kept = localStorage.getItem(MEMORY) ?? VIEW;
    return isPurpose(kept) ? kept : VIEW;
  } catch {
    return VIEW; // Storage can be forbidden; the page works without it.
  }
}

/** The purpose now. */
export function purpose() {
  return current;
}

/**
 * Tell whether the platform takes a word for a purpose.
 * @param {string} word
 */
export function isPurpose(word) {
  return WORD.test(word);
}

/** @param {string} wanted */
export function setPurpose(wanted) {
  current = wanted;
  try {
    localStorage.setItem(MEMORY, wanted);
  } catch {
    // The choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/**
 * Call `listener` after each change of purpose.
 * @param {() => void} listener
 */
export function onPurpose(listener) {
  listeners.add(listener);
}
