// @ts-check
/** The aircraft that are in the sky, in columns: one row each, rows of those that have left used again. */

/** @typedef {import("./frame.js").Frame} Frame */

import { LANDED, LOST, SYNTHETIC } from "./frame.js";

const FIRST_ROWS = 1024;

export class Fleet {
  constructor() {
    this.moment = 0;
    this.change = 0;
    this.clear();
  }

  clear() {
    /** @type {Map<number, number>} Row of each aircraft's number */
    this.rows = new Map();
    /** @type {number[]} */
    this.free = [];
    /** @type {Map<number, import("./frame.js").Name>} */
    this.names = new Map();
    this.used = 0;
    this.size(FIRST_ROWS);
  }

  /** @param {number} rows */
  size(rows) {
    const wider = (/** @type {any} */ old, /** @type {any} */ Kind) => {
      const column = new Kind(rows);
      if (old) column.set(old.subarray(0, this.used));
      return column;
    };
    const kept = this.used > 0;
    this.number = wider(kept && this.number, Uint32Array);
    this.lon = wider(kept && this.lon, Float64Array);
    this.lat = wider(kept && this.lat, Float64Array);
    // Web Mercator in units of the world's width, y down: worked out once a message, not once a picture.
    this.x = wider(kept && this.x, Float64Array);
    this.y = wider(kept && this.y, Float64Array);
    this.height = wider(kept && this.height, Int32Array);
    this.heard = wider(kept && this.heard, Float64Array);
    this.speed = wider(kept && this.speed, Uint16Array);
    this.course = wider(kept && this.course, Uint16Array);
    this.climb = wider(kept && this.climb, Int16Array);
    this.state = wider(kept && this.state, Uint8Array);
    this.marks = wider(kept && this.marks, Uint8Array);
    this.here = wider(kept && this.here, Uint8Array);
  }

  /** Take a frame in. @param {Frame} frame */
  take(frame) {
    if (frame.whole) this.clear();
    this.moment = frame.moment;
    this.change = frame.change;
    for (const number of frame.gone) this.leave(number);
    for (let i = 0; i < frame.number.length; i++) this.set(this.rowOf(frame.number[i]), frame, i);
    for (const name of frame.names) this.names.set(name[0], name);
  }

  /** @param {number} number */
  leave(number) {
    const row = this.rows.get(number);
    if (row === undefined) return;
    this.rows.delete(number);
    this.names.delete(number);
    this.here[row] = 0;
    this.free.push(row);
  }

  /** The row of an aircraft, a new one if it has none. @param {number} number */
  rowOf(number) {
    const known = this.rows.get(number);
    if (known !== undefined) return known;
    const row = this.free.pop() ?? this.used++;
    if (row >= this.number.length) this.size(2 * this.number.length);
    this.rows.set(number, row);
    return row;
  }

  /** @param {number} row @param {Frame} frame @param {number} i */
  set(row, frame, i) {
    this.number[row] = frame.number[i];
    this.lon[row] = frame.lon[i] * 1e-7;
    this.lat[row] = frame.lat[i] * 1e-7;
    this.x[row] = (this.lon[row] + 180) / 360;
    this.y[row] = mercatorY(this.lat[row]);
    this.height[row] = frame.height[i];
    this.heard[row] = frame.moment - frame.age[i];
    this.speed[row] = frame.speed[i];
    this.course[row] = frame.course[i];
    this.climb[row] = frame.climb[i];
    this.state[row] = frame.state[i];
    this.marks[row] = frame.marks[i];
    this.here[row] = 1;
  }

  get count() {
    return this.rows.size;
  }

  /**
   * How many there are of each: states 0–3, lost, landed, synthetic.
   * @returns {{states: number[], lost: number, landed: number, synthetic: number}}
   */
  tally() {
    const tally = { states: [0, 0, 0, 0], lost: 0, landed: 0, synthetic: 0 };
    for (let row = 0; row < this.used; row++) {
      if (!this.here[row]) continue;
      tally.states[this.state[row]] += 1;
      if (this.marks[row] & LOST) tally.lost += 1;
      if (this.marks[row] & LANDED) tally.landed += 1;
      if (this.marks[row] & SYNTHETIC) tally.synthetic += 1;
    }
    return tally;
  }
}

/** @param {number} lat */
export function mercatorY(lat) {
  return (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;
}
