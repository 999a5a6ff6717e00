// @ts-check
/** The stream of frames: asked for, read, and asked for again when it breaks. */

import { address } from "../../app/modules/api.js";
import { readFrames } from "./frame.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {"connecting" | "live" | "broken" | "sign-in" | "not-allowed" | "replay"} State */

const AGAIN_MS = 2000;
/** @type {State} */
let state = "connecting";
/** @type {AbortController | null} */
let open = null;
/** @type {(frame: Frame) => void} */
let listener = () => {};
/** @type {number[]} When the last frames came */
let came = [];

export function streamState() {
  return state;
}

/** How many frames came in the last second. */
export function updatesASecond() {
  const now = performance.now();
  came = came.filter((at) => now - at < 1000);
  return came.length;
}

/** @param {(frame: Frame) => void} onFrame */
export function startStream(onFrame) {
  listener = onFrame;
  follow();
}

/** Follow what happens now, until `stopStream`. */
export async function follow() {
  const own = (open = new AbortController());
  while (!own.signal.aborted) {
    state = await once(own.signal);
    if (own.signal.aborted || state === "sign-in" || state === "not-allowed") return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Show no more of what happens now. */
export function stopStream() {
  open?.abort();
  state = "replay";
}

/** Read the stream to its end, and say how it ended. @param {AbortSignal} signal @returns {Promise<State>} */
async function once(signal) {
  try {
    const answer = await fetch(address("airspace/live/data/picture"), { signal });
    if (answer.status === 401) return "sign-in";
    if (answer.status === 403) return "not-allowed";
    if (!answer.ok || !answer.body) return "broken";
    await readFrames(answer.body, (frame) => {
      state = "live";
      came.push(performance.now());
      listener(frame);
    });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
  }
  return signal.aborted ? "replay" : "broken";
}
