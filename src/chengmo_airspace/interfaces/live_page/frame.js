// @ts-check
/** Frames of the sky, as `chengmo_airspace/tracking/README.md` lays them out, read without a copy. */

const MAGIC = 0x31504d43; // `CMP1`, little-endian
const HEAD = 32;
const BYTES_A_CRAFT = 28;
export const UNKNOWN = { height: -2147483648, short: 65535, climb: -32768 };
export const LANDED = 2;
export const SYNTHETIC = 4;
export const LOST = 8;

/** @typedef {[number, string, string, string]} Name Number, operator, aircraft, intent */
/**
 * @typedef {{whole: boolean, moment: number, change: number, number: Uint32Array, lon: Int32Array, lat: Int32Array,
 *   height: Int32Array, age: Int32Array, speed: Uint16Array, course: Uint16Array, climb: Int16Array, state: Uint8Array,
 *   marks: Uint8Array, gone: Uint32Array, names: Name[]}} Frame
 */

/**
 * How many bytes the frame at the beginning of some bytes has; 0 as long as its head is not whole.
 * @param {Uint8Array} bytes
 */
export function lengthOf(bytes) {
  if (bytes.length < HEAD) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("not a frame of the sky");
  return HEAD + BYTES_A_CRAFT * view.getUint32(8, true) + 4 * view.getUint32(12, true) + view.getUint32(28, true);
}

/**
 * Read one whole frame; the buffer must hold it alone, since typed arrays begin at even places only.
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function readFrame(buffer) {
  const view = new DataView(buffer);
  const [n, m, k] = [view.getUint32(8, true), view.getUint32(12, true), view.getUint32(28, true)];
  const at = (/** @type {number} */ byte, /** @type {any} */ Kind, count = n) => new Kind(buffer, HEAD + byte, count);
  return {
    whole: view.getUint8(4) === 1,
    moment: view.getFloat64(16, true),
    change: view.getUint32(24, true),
    number: at(0, Uint32Array),
    lon: at(4 * n, Int32Array),
    lat: at(8 * n, Int32Array),
    height: at(12 * n, Int32Array),
    age: at(16 * n, Int32Array),
    speed: at(20 * n, Uint16Array),
    course: at(22 * n, Uint16Array),
    climb: at(24 * n, Int16Array),
    state: at(26 * n, Uint8Array),
    marks: at(27 * n, Uint8Array),
    gone: at(28 * n, Uint32Array, m),
    names: JSON.parse(new TextDecoder().decode(at(28 * n + 4 * m, Uint8Array, k)) || "[]"),
  };
}

/**
 * Read a stream's frames as they come, each handed over once it is whole.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(frame: Frame) => void} onFrame
 */
export async function readFrames(stream, onFrame) {
  const reader = stream.getReader();
  /** @type {Uint8Array} */
  let left = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    left = joined(left, value);
    for (let length = lengthOf(left); length > 0 && length <= left.length; length = lengthOf(left)) {
      onFrame(readFrame(/** @type {ArrayBuffer} */ (left.slice(0, length).buffer)));
      left = left.subarray(length);
    }
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function joined(a, b) {
  if (!a.length) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
