// @ts-check
/** The sky at a moment that is over. */

import { address, Problem } from "../../app/modules/api.js";
import { readFrame } from "./frame.js";
import { w } from "./words.js";

/**
 * Ask for the whole picture at a moment.
 * @param {number} moment Milliseconds since 1970
 * @throws {Problem} If there is none
 */
export async function momentFrame(moment) {
  const answer = await fetch(address("airspace/live/data/at", { time: new Date(moment).toISOString() }));
  if (answer.status === 404) throw new Problem(404, { detail: w("replay.none") });
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return readFrame(await answer.arrayBuffer());
}
