// @ts-check
/** Fields, forms and lists, as the account page needs them. */

import { Problem } from "../modules/api.js";
import { make } from "../modules/dom.js";
import { notice } from "../modules/notices.js";
import { hasWord, w } from "./words.js";

let made = 0;

/**
 * Make a labelled input; `input` has the name that the form's values carry.
 * @param {string} label
 * @param {Record<string, any>} attributes
 * @param {string} [hint]
 */
export function field(label, attributes, hint) {
  const id = `field-${(made += 1)}`;
  const hintId = hint ? `${id}-hint` : undefined;
  const input = make("input", { id, type: "text", "aria-describedby": hintId, ...attributes });
  return make("div", { class: "plain-field" }, make("label", { for: id }, label), input, hint ? make("small", { class: "hint", id: hintId }, hint) : null);
}

/**
 * Make a labelled choice of one.
 * @param {string} label
 * @param {string} name
 * @param {[string, string][]} options Value and text
 * @param {string} [chosen]
 */
export function choice(label, name, options, chosen = "") {
  const id = `field-${(made += 1)}`;
  const one = ([value, text]) => make("option", { value, selected: value === chosen }, text);
  return make("div", { class: "plain-field" }, make("label", { for: id }, label), make("select", { id, name }, options.map(one)));
}

/**
 * Make a choice of any number.
 * @param {string} label
 * @param {string} name
 * @param {[string, string][]} options Value and text
 * @param {string[]} [chosen]
 */
export function checks(label, name, options, chosen = []) {
  const one = ([value, text]) => make("label", {}, make("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), text);
  return make("fieldset", { class: "plain-field full" }, make("legend", {}, label), make("div", { class: "checks" }, options.map(one)));
}

/**
 * Make a form that is sent by script: what went wrong stands above its button.
 * @param {{button: string, wide?: boolean, send: (values: FormData) => Promise<unknown>}} how
 * @param {(Node | null)[]} fields
 */
export function form({ button, wide = false, send }, ...fields) {
  const complaint = make("p", { class: "complaint full", role: "alert" });
  const submit = make("button", { type: "submit", class: "button is-main" }, button);
  const whole = make("form", { class: `plain-form ${wide ? "is-wide" : ""}` }, ...fields, complaint, make("div", { class: "full" }, submit));
  whole.addEventListener("submit", async (event) => {
    event.preventDefault();
    complaint.textContent = "";
    submit.disabled = true;
    try {
      await send(new FormData(whole));
    } catch (error) {
      complaint.textContent = explain(error);
    } finally {
      submit.disabled = false;
    }
  });
  return whole;
}

/**
 * Say what went wrong in the reader's language where the page knows it.
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.errors.length) return error.errors.map((one) => one.detail ?? one.msg ?? "").join("; ");
  return hasWord(`problem.${error.slug}`) ? w(`problem.${error.slug}`) : [error.message, error.hint].filter(Boolean).join(" · ");
}

/**
 * Make a list that becomes one block a row where it is narrow.
 * @param {string[]} headings
 * @param {{over?: boolean, cells: (Node | string)[]}[]} rows
 */
export function list(headings, rows) {
  const cell = (/** @type {Node | string} */ content, /** @type {number} */ index) => make("td", { "data-label": headings[index] }, content);
  return make(
    "div",
    { class: "scroll" },
    make(
      "table",
      { class: "list" },
      make("thead", {}, make("tr", {}, headings.map((one) => make("th", { scope: "col" }, one)))),
      make("tbody", {}, rows.map((row) => make("tr", { class: row.over ? "is-over" : "" }, row.cells.map(cell)))),
    ),
  );
}

/**
 * Make a button that does something and says when it could not.
 * @param {string} text
 * @param {() => unknown} act
 */
export function act(text, act) {
  const button = make("button", { type: "button", class: "button is-small" }, text);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      notice(explain(error));
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

/**
 * Show something in the page's dialog.
 * @param {string} title
 * @param {(Node | string | null)[]} content
 */
export function openDialog(title, ...content) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("secret"));
  dialog.replaceChildren();
  const close = make("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, w("close"));
  dialog.setAttribute("aria-label", title);
  dialog.append(make("div", { class: "panel" }, make("div", { class: "panel-head" }, make("h2", {}, title), close), ...content));
  // What was shown is gone when the dialog is: a key must not lie in the page. The event of an earlier closing may come late:
  // it must not empty what has been opened since, which may be recovery codes that are shown once.
  dialog.onclose = () => {
    if (!dialog.open) dialog.replaceChildren();
  };
  dialog.showModal();
  return dialog;
}
