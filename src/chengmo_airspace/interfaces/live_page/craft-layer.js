// @ts-check
/**
 * Aircraft on the map, thousands of them in one draw call: a MapLibre layer of points that stand at their height.
 *
 * Places are sent relative to the middle of the picture, since 32 bits hold a place on Earth to metres only.
 * State is shape as well as colour: an arrow, a ring around it when it leaves its plan, a second one when it is
 * contingent; hollow when its link is lost.
 */

import { mercatorY } from "./fleet.js";
import { UNKNOWN } from "./frame.js";

/** @typedef {import("./fleet.js").Fleet} Fleet */

const FLOATS = 6;
/** A mark of the page alone: the aircraft that the reader chose. */
const CHOSEN = 16;
/** Colours that the colour-blind tell apart (Okabe and Ito), light and dark: no plan, nominal, nonconforming, contingent. */
export const INKS = {
  light: ["#5b6970", "#005f94", "#b35900", "#a3123f"],
  dark: ["#aab6ba", "#63bdf0", "#f0a13c", "#ff7a9c"],
};

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_size;
in vec3 a_place;
in float a_course;
in float a_state;
in float a_marks;
out float v_course;
flat out int v_state;
flat out int v_marks;
void main() {
  gl_Position = u_matrix * vec4(a_place, 1.0);
  v_course = a_course;
  v_state = int(a_state + 0.5);
  v_marks = int(a_marks + 0.5);
  gl_PointSize = u_size * (v_state >= 2 || (v_marks & ${CHOSEN}) != 0 ? 2.0 : 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_inks[4];
uniform vec3 u_paper;
uniform vec3 u_chosen;
uniform float u_turn;
in float v_course;
flat in int v_state;
flat in int v_marks;
out vec4 colour;
// Distances from outlines, below 0 inside: a dart that points up, with a notch at its tail.
float dart(vec2 at) {
  float side = (abs(at.x) * 2.0 + at.y - 0.86) / 2.24;
  float tail = (-at.y - 0.42 - abs(at.x) * 0.8) / 1.28;
  return max(side, tail);
}
float ring(float far, float radius, float width) {
  return abs(far - radius) - width;
}
void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  at.y = -at.y;
  float far = length(at);
  float scale = v_state >= 2 || (v_marks & ${CHOSEN}) != 0 ? 2.0 : 1.0;
  vec2 inner = at * scale;
  float shape = length(inner) - 0.5;
  if (v_course < 100.0) {
    float c = cos(v_course - u_turn), s = sin(v_course - u_turn);
    shape = dart(vec2(c * inner.x - s * inner.y, s * inner.x + c * inner.y));
  }
  shape /= scale;
  float soft = fwidth(far) * 0.9;
  float rim = 0.1 / scale;
  bool hollow = (v_marks & 8) != 0;
  vec3 ink = u_inks[v_state];
  float halo = 1.0 - smoothstep(rim - soft, rim + soft, shape);
  float body = 1.0 - smoothstep(-soft, soft, shape);
  float hole = hollow ? 1.0 - smoothstep(-rim * 1.6 - soft, -rim * 1.6 + soft, shape) : 0.0;
  vec3 filled = mix(u_paper, ink, body - hole);
  float see = max(halo * 0.9, body) * ((v_marks & 2) != 0 ? 0.5 : 1.0);
  colour = vec4(filled, see);
  float round = 9.0;
  if (v_state >= 2) round = ring(far, 0.74, 0.05);
  if (v_state == 3) round = min(round, ring(far, 0.58, 0.04));
  colour = mix(colour, vec4(ink, 1.0), 1.0 - smoothstep(-soft, soft, round));
  if ((v_marks & ${CHOSEN}) != 0) colour = mix(colour, vec4(u_chosen, 1.0), 1.0 - smoothstep(-soft, soft, ring(far, 0.92, 0.05)));
  if (colour.a < 0.02) discard;
}`;

export class CraftLayer {
  /** @param {Fleet} fleet */
  constructor(fleet) {
    this.id = "crafts";
    this.type = "custom";
    this.renderingMode = "3d";
    this.fleet = fleet;
    this.drawn = 0;
    /** @type {number | null} Number of the aircraft that the reader chose */
    this.chosen = null;
    this.table = new Float32Array(0);
    /** @type {ArrayLike<number> | null} What the last picture was drawn with */
    this.matrix = null;
    /** @type {(row: number) => boolean} */
    this.shows = () => true;
  }

  /** @param {any} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this.map = map;
    this.program = linked(gl);
    this.buffer = gl.createBuffer();
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    let at = 0;
    for (const [name, width] of /** @type {[string, number][]} */ ([["a_place", 3], ["a_course", 1], ["a_state", 1], ["a_marks", 1]])) {
      const place = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, width, gl.FLOAT, false, 4 * FLOATS, 4 * at);
      at += width;
    }
    gl.bindVertexArray(null);
  }

  /** @param {any} _map @param {WebGL2RenderingContext} gl */
  onRemove(_map, gl) {
    gl.deleteBuffer(this.buffer ?? null);
    gl.deleteVertexArray(this.array ?? null);
    gl.deleteProgram(this.program ?? null);
  }

  /** @param {WebGL2RenderingContext} gl @param {any} how */
  render(gl, how) {
    const { lng, lat } = this.map.getCenter();
    const middle = /** @type {[number, number]} */ ([(lng + 180) / 360, mercatorY(lat)]);
    const count = this.fill(middle);
    this.drawn = count;
    this.matrix = how.defaultProjectionData.mainMatrix;
    const program = /** @type {WebGLProgram} */ (this.program);
    gl.useProgram(program);
    const at = (/** @type {string} */ name) => gl.getUniformLocation(program, name);
    gl.uniformMatrix4fv(at("u_matrix"), false, moved(how.defaultProjectionData.mainMatrix, middle));
    gl.uniform1f(at("u_size"), devicePixelRatio * Math.min(26, Math.max(9, 2.2 * this.map.getZoom() - 11)));
    gl.uniform1f(at("u_turn"), (this.map.getBearing() * Math.PI) / 180);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    gl.uniform3fv(at("u_inks"), INKS[dark ? "dark" : "light"].flatMap(parts));
    gl.uniform3fv(at("u_paper"), dark ? [0.08, 0.11, 0.12] : [1, 1, 1]);
    gl.uniform3fv(at("u_chosen"), dark ? [1, 1, 1] : [0.09, 0.15, 0.17]);
    gl.bindVertexArray(this.array ?? null);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer ?? null);
    gl.bufferData(gl.ARRAY_BUFFER, this.table.subarray(0, FLOATS * count), gl.STREAM_DRAW);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.drawArrays(gl.POINTS, 0, count);
    gl.bindVertexArray(null);
  }

  /** Lay out what is drawn, those in trouble last, so that they lie on top. @param {[number, number]} middle */
  fill(middle) {
    const { fleet } = this;
    if (this.table.length < FLOATS * fleet.used) this.table = new Float32Array(2 * FLOATS * fleet.used);
    let count = 0;
    for (const urgent of [false, true]) {
      for (let row = 0; row < fleet.used; row++) {
        if (!fleet.here[row] || (fleet.state[row] >= 2 || fleet.number[row] === this.chosen) !== urgent || !this.shows(row)) continue;
        this.lay(count++, row, middle);
      }
    }
    return count;
  }

  /** @param {number} slot @param {number} row @param {[number, number]} middle */
  lay(slot, row, middle) {
    const { fleet, table } = this;
    const course = fleet.course[row] === UNKNOWN.short ? 1000 : (fleet.course[row] / 100) * (Math.PI / 180);
    const at = slot * FLOATS;
    table[at] = fleet.x[row] - middle[0];
    table[at + 1] = fleet.y[row] - middle[1];
    table[at + 2] = this.unitsUp(row);
    table[at + 3] = course;
    table[at + 4] = fleet.state[row];
    table[at + 5] = fleet.marks[row] | (fleet.number[row] === this.chosen ? CHOSEN : 0);
  }

  /** How high an aircraft stands, in Mercator units; one whose height is not known lies on the ground. @param {number} row */
  unitsUp(row) {
    const { height, lat } = this.fleet;
    return height[row] === UNKNOWN.height ? 0 : Math.max(0, height[row] / 100) * unitsAMetre(lat[row]);
  }
}

/** Mercator units in a metre. @param {number} lat */
function unitsAMetre(lat) {
  return 1 / (40075016.68557849 * Math.cos((lat * Math.PI) / 180));
}

/** A matrix for places relative to another, multiplied out in 64 bits. @param {ArrayLike<number>} matrix @param {[number, number]} by */
function moved(matrix, [x, y]) {
  const out = Float64Array.from(matrix);
  for (let i = 0; i < 4; i++) out[12 + i] = matrix[i] * x + matrix[4 + i] * y + matrix[12 + i];
  return new Float32Array(out);
}

/** @param {string} ink */
function parts(ink) {
  return [1, 3, 5].map((at) => parseInt(ink.slice(at, at + 2), 16) / 255);
}

/** @param {WebGL2RenderingContext} gl */
function linked(gl) {
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [kind, text] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "shader");
  return program;
}
