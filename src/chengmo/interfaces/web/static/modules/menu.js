// @ts-check
/** A button that unfolds a list: closed again by Escape, by a press elsewhere, or by what was chosen. */

import { icon, make } from "./dom.js";

/**
 * @param {{name: Parameters<typeof icon>[0], label: string, list: HTMLElement, kind?: string, onOpen?: () => void}} how
 */
export function menuOf({ name, label, list, kind = "", onOpen }) {
  const summary = make("summary", { class: "button" }, icon(name), label);
  const menu = make("details", { class: `menu ${kind}` }, summary, list);
  const elsewhere = (/** @type {Event} */ event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  };
  menu.addEventListener("toggle", () => {
    document[menu.open ? "addEventListener" : "removeEventListener"]("pointerdown", elsewhere);
    if (menu.open) onOpen?.();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
  list.addEventListener("click", (event) => {
    if (/** @type {HTMLElement} */ (event.target).closest("a, button")) menu.open = false;
  });
  return menu;
}
