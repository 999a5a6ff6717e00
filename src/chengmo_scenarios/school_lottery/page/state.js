// @ts-check
/** What the ceremony knows, kept in this browser from the sealing to the day of the draw. */

import { execute, job, record, address, Problem } from "../../app/modules/api.js";

export const MODEL = "school-lottery";
const MEMORY = "chengmo.school-lottery";
const FORMAT = "chengmo-school-lottery/3";
const POLL_MS = 500;
// A network that is gone for less than this does not end a draw: it is held on the platform.
const RETRY_MS = 2000;
const MOST_RETRIES = 150;
const ENDED = new Set(["successful", "failed", "dismissed"]);

/** When the first round of a drand chain was, and how long one lasts, in seconds. */
export const CHAINS = {
  quicknet: { genesis: 1692803367, period: 3 },
  default: { genesis: 1595431050, period: 30 },
};

/**
 * No personal data: a request, digests, and the plan that is published anyway.
 * @typedef {object} Ceremony
 * @property {Record<string, any>} request
 * @property {string} commitment
 * @property {Record<string, any>} plan
 * @property {number} children
 * @property {string} sealed When it was sealed, ISO 8601
 * @property {boolean} published
 * @property {string} [sealRun] The run that sealed; it is on this server only
 * @property {Record<string, any> | null} revealed What was revealed, as request fields
 * @property {string | null} [drawing] The run that is drawing, so that a page opened anew follows it
 * @property {string | null} run The run that drew
 */

/** @typedef {{share: number | null, lost?: boolean}} News `lost`: the platform cannot be reached just now */

/** @type {Ceremony | null} */
let kept = remembered();

function remembered() {
  try {
    const one = JSON.parse(localStorage.getItem(MEMORY) ?? "null");
    return one?.plan?.format === FORMAT && one.request ? one : null;
  } catch {
    return null; // Storage can be forbidden; the ceremony then lasts as long as the page.
  }
}

/** Call back when another window of this browser has gone on with the ceremony. @param {() => void} act */
export function onOtherWindow(act) {
  addEventListener("storage", ({ key }) => {
    if (key !== MEMORY && key !== null) return;
    kept = remembered();
    act();
  });
}

/** The ceremony as it stands, if one has been sealed. */
export function ceremony() {
  return kept;
}

/** @param {Ceremony | null} news */
export function keep(news) {
  kept = news;
  try {
    if (news) localStorage.setItem(MEMORY, JSON.stringify(news));
    else localStorage.removeItem(MEMORY);
  } catch {
    // As above.
  }
}

/** @param {Partial<Ceremony>} news */
export function change(news) {
  if (kept) keep({ ...kept, ...news });
}

/**
 * Run the model by the public OGC API, and give its decision.
 * @param {Record<string, any>} inputs
 * @param {(news: News) => void} [onNews]
 * @param {(id: string) => void} [onStart]
 * @returns {Promise<{id: string, decision: any}>}
 */
export async function run(inputs, onNews = () => {}, onStart = () => {}) {
  const once = key();
  const { jobID } = await insist(() => execute(MODEL, inputs, once), onNews);
  onStart(jobID);
  return follow(jobID, onNews);
}

/**
 * Wait for a run that has begun, and give its decision.
 * @param {string} id
 * @param {(news: News) => void} [onNews]
 * @returns {Promise<{id: string, decision: any}>}
 */
export async function follow(id, onNews = () => {}) {
  let news = await insist(() => job(id), onNews);
  while (!ENDED.has(news.status)) {
    await pause(POLL_MS);
    news = await insist(() => job(id), onNews);
    onNews({ share: news.progress ?? null });
  }
  if (news.status !== "successful") {
    const { error } = await insist(() => record(id), onNews);
    throw new Problem(500, { detail: error?.message ?? news.message, hint: error?.hint });
  }
  return { id, decision: await insist(() => decisionOf(id), onNews) };
}

/**
 * Ask again while the platform cannot be reached: asked twice with one key, a run is run once.
 * @template T
 * @param {() => Promise<T>} act
 * @param {(news: News) => void} onNews
 * @returns {Promise<T>}
 */
async function insist(act, onNews) {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 0 || tries >= MOST_RETRIES) throw error;
      onNews({ share: null, lost: true });
      await pause(RETRY_MS);
    }
  }
}

/** @param {number} length_ms */
function pause(length_ms) {
  return new Promise((done) => setTimeout(done, length_ms));
}

/**
 * Read the decision of a run that has ended.
 * @param {string} id
 * @returns {Promise<any>} With what only this model answers
 */
export async function decisionOf(id) {
  const { decision, error } = await record(id);
  if (!decision) throw new Problem(404, { detail: error?.message ?? id });
  return decision;
}

/** An idempotency key, also where the browser has no `randomUUID` because there is no TLS. */
function key() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16)).join("-");
}

/** @param {string} name */
export function fileOf(name) {
  return address(`scenarios/${MODEL}/${name}`);
}

/** When a round of drand will be. @param {{chain: string, round: number}} source */
export function timeOf({ chain, round }) {
  const { genesis, period } = CHAINS[/** @type {keyof typeof CHAINS} */ (chain)];
  return new Date((genesis + (round - 1) * period) * 1000);
}

/** The first round at or after a time. @param {keyof typeof CHAINS} chain @param {Date} when */
export function roundAt(chain, when) {
  const { genesis, period } = CHAINS[chain];
  return Math.max(1, Math.ceil((when.getTime() / 1000 - genesis) / period) + 1);
}
