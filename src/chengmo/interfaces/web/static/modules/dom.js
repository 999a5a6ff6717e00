// @ts-check
/** Make elements. Text is always a text node: nothing here reads markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Child | Child[]} Children */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Put children into an element, strings as text nodes.
 * @param {Element} parent
 * @param {Children[]} children
 */
export function put(parent, ...children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Replace what an element holds.
 * @param {Element} parent
 * @param {Children[]} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  put(parent, ...children);
}

/**
 * Set attributes: `on` holds listeners, `true` and `false` set and leave out flags, `value` and
 * `checked` are properties.
 * @param {Element} element
 * @param {Record<string, any>} attributes
 */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value" || name === "checked" || name === "selected") {
      /** @type {any} */ (element)[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/**
 * Make an HTML element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes]
 * @param {Children[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  put(element, ...children);
  dress(element, attributes);
  return element;
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {Children[]} children
 * @returns {SVGElement}
 */
export function draw(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  put(element, ...children);
  dress(element, attributes);
  return element;
}

/** Line drawings on a 16-unit square, by name. */
const ICONS = {
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M10 3L5 8l5 5",
  home: "M2.5 7.5L8 3l5.5 4.5M4 6.5V13h8V6.5",
  grid: "M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11",
  down: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 100-4 2 2 0 000 4z",
  again: "M13 8a5 5 0 11-1.5-3.6M13 2.5v2.7h-2.7",
  print: "M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7z",
  file: "M4 1.5h5L12.5 5v9.5H4zM9 1.5V5h3.5",
  compare: "M8 1.5v13M6 4H2.5v8H6M10 4h3.5v8H10",
  cube: "M8 1.8l5.5 3.1v6.2L8 14.2l-5.5-3.1V4.9zM2.5 4.9L8 8l5.5-3.1M8 8v6.2",
  play: "M5 3v10l7.5-5z",
  pause: "M5 3v10M11 3v10",
  pin: "M8 14.5S3.5 10 3.5 6.3a4.5 4.5 0 019 0C12.5 10 8 14.5 8 14.5zM8 8a1.6 1.6 0 100-3.2A1.6 1.6 0 008 8z",
  check: "M3 8.5l3.5 3.5L13 4.5",
};

/**
 * Make an icon that is only decoration.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  return draw(
    "svg",
    { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "icon" },
    draw("path", {
      d: ICONS[name],
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.6,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}

/**
 * Find an element that index.html is known to have.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}
