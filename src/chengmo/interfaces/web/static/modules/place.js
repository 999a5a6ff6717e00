// @ts-check
/** Where the reader is, kept in the address: it can be reloaded, bookmarked and sent on. */

/** @typedef {{tab: "questions" | "data" | "runs", model?: string, dataset?: string, run?: string, compare?: [string, string]}} Place */

/** @type {Place} */
let place = read();
/** @type {Set<(place: Place) => void>} */
const listeners = new Set();

addEventListener("hashchange", () => {
  place = read();
  tell();
});

/** @returns {Place} */
function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const tab = given.get("tab");
  const model = given.get("ask") ?? undefined;
  const dataset = given.get("data") ?? undefined;
  const run = given.get("run") ?? undefined;
  const compare = pairOf(given.get("compare"));
  if (tab === "data" || dataset) return { tab: "data", dataset, run, compare };
  if (tab === "runs") return { tab: "runs", run, compare };
  return { tab: "questions", model, run, compare };
}

/**
 * @param {string | null} text
 * @returns {[string, string] | undefined}
 */
function pairOf(text) {
  const [first, second, ...more] = (text ?? "").split(",");
  return first && second && !more.length ? [first, second] : undefined;
}

/** @returns {Place} */
export function here() {
  return place;
}

/**
 * Go somewhere else.
 * @param {Partial<Place>} change
 */
export function go(change) {
  place = { ...place, ...change };
  const kept = new URLSearchParams();
  if (place.tab !== "questions") kept.set("tab", place.tab);
  if (place.tab === "questions" && place.model) kept.set("ask", place.model);
  if (place.tab === "data" && place.dataset) kept.set("data", place.dataset);
  if (place.run) kept.set("run", place.run);
  if (place.compare) kept.set("compare", place.compare.join());
  const hash = kept.size ? `#${String(kept).replaceAll("%2C", ",")}` : "";
  if (hash !== location.hash) history.pushState(null, "", location.pathname + location.search + hash);
  tell();
}

addEventListener("popstate", () => {
  place = read();
  tell();
});

/** @param {(place: Place) => void} listener */
export function onPlace(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener(place);
}
