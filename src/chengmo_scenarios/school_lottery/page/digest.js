// @ts-check
/** The digests of the draw, as `verify_lottery.py` states them. Nothing typed here leaves the page. */

// A page on a closed network often has no TLS, and there browsers withhold their own SHA-256.
const PRIMES = firstPrimes(64);
const ROUND = PRIMES.map((one) => fraction(Math.cbrt(one)));
const START = PRIMES.slice(0, 8).map((one) => fraction(Math.sqrt(one)));

/** @param {number} count */
function firstPrimes(count) {
  /** @type {number[]} */
  const found = [];
  for (let one = 2; found.length < count; one++) if (found.every((prime) => one % prime)) found.push(one);
  return found;
}

/** The first 32 bits behind the point. @param {number} value */
function fraction(value) {
  return ((value - Math.floor(value)) * 2 ** 32) >>> 0;
}

/** @param {number} word @param {number} by */
function turn(word, by) {
  return (word >>> by) | (word << (32 - by));
}

/**
 * Give the SHA-256 (FIPS 180-4) of a text in UTF-8, as hexadecimal digits.
 * @param {string} text
 */
export function sha256(text) {
  const given = new TextEncoder().encode(text);
  const blocks = new DataView(new ArrayBuffer(Math.ceil((given.length + 9) / 64) * 64));
  given.forEach((byte, index) => blocks.setUint8(index, byte));
  blocks.setUint8(given.length, 0x80);
  blocks.setUint32(blocks.byteLength - 8, Math.floor(given.length / 2 ** 29));
  blocks.setUint32(blocks.byteLength - 4, (given.length * 8) >>> 0);
  let state = START;
  for (let at = 0; at < blocks.byteLength; at += 64) state = mix(state, blocks, at);
  return state.map((word) => word.toString(16).padStart(8, "0")).join("");
}

/** @param {number[]} before @param {DataView} blocks @param {number} at */
function mix(before, blocks, at) {
  const words = Array.from({ length: 16 }, (_, index) => blocks.getUint32(at + index * 4));
  let [a, b, c, d, e, f, g, h] = before;
  for (let index = 0; index < 64; index++) {
    if (index > 15) {
      const [late, early] = [words[index - 2], words[index - 15]];
      const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      words[index] = (words[index - 16] + low + words[index - 7] + high) >>> 0;
    }
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[index] + words[index]) >>> 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
    [a, b, c, d, e, f, g, h] = [(one + two) >>> 0, a, b, c, (d + one) >>> 0, e, f, g];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + before[index]) >>> 0);
}

/**
 * Write a value as what is hashed: RFC 8785 for texts, whole numbers, truth values, lists and objects.
 * @param {any} value
 * @returns {string}
 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/**
 * Give the digest of something for a purpose.
 * @param {string} purpose
 * @param {any[]} parts
 */
export function digest(purpose, ...parts) {
  return sha256(canonical([`chengmo/school-lottery/3/${purpose}`, ...parts]));
}

/** Give 64 hexadecimal digits that nobody can guess. */
export function secret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
