// @ts-check
/** The aircraft that are in the sky, in columns: one row each, rows of those that have left used again. */

/** @typedef {import("./frame.js").Frame} Frame */

import { LANDED, LOST, SYNTHETIC } from "./frame.js";

const FIRST_ROWS = 1024;

/** The columns, by name, and what each is made of. */
const KINDS = {
  number: Uint32Array,
  lon: Float64Array,
  lat: Float64Array,
  // Web Mercator in units of the world's width, y down: worked out once a message, not once a picture.
  x: Float64Array,
  y: Float64Array,
  height: Int32Array,
  heard: Float64Array,
  speed: Uint16Array,
  course: Uint16Array,
  climb: Int16Array,
  state: Uint8Array,
  marks: Uint8Array,
  here: Uint8Array,
};

export class Fleet {
  moment = 0;
  change = 0;
  /** @type {Map<number, number>} Row of each aircraft's number */
  rows = new Map();
  /** @type {number[]} Rows of those that have left */
  free = [];
  /** @type {Map<number, import("./frame.js").Name>} */
  names = new Map();
  /** How many rows have ever been in use. */
  used = 0;
  number = new Uint32Array(FIRST_ROWS);
  lon = new Float64Array(FIRST_ROWS);
  lat = new Float64Array(FIRST_ROWS);
  x = new Float64Array(FIRST_ROWS);
  y = new Float64Array(FIRST_ROWS);
  height = new Int32Array(FIRST_ROWS);
  heard = new Float64Array(FIRST_ROWS);
  speed = new Uint16Array(FIRST_ROWS);
  course = new Uint16Array(FIRST_ROWS);
  climb = new Int16Array(FIRST_ROWS);
  state = new Uint8Array(FIRST_ROWS);
  marks = new Uint8Array(FIRST_ROWS);
  here = new Uint8Array(FIRST_ROWS);

  clear() {
    this.rows.clear();
    this.names.clear();
    this.free = [];
    this.used = 0;
  }

  /** Make room for so many rows. @param {number} rows */
  widen(rows) {
    const columns = /** @type {Record<string, any>} */ (/** @type {unknown} */ (this));
    for (const [name, Kind] of Object.entries(KINDS)) {
      const wider = new Kind(rows);
      wider.set(columns[name]);
      columns[name] = wider;
    }
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
    if (row >= this.number.length) this.widen(2 * this.number.length);
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
