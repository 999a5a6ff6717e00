// @ts-check
/** The first tab: the questions the city can answer, the form of one, and its run. */

import * as api from "./api.js";
import { allDatasets, allModels, datasetOf, isArriving, loadDatasets, modelOf, onCity } from "./city.js";
import { byId, fill, icon, make } from "./dom.js";
import { formOf } from "./form.js";
import { onLanguage, say, t } from "./language.js";
import { emptyBox, problemBox, waiting } from "./notices.js";
import { go, here, onPlace } from "./place.js";
import { followRun } from "./progress.js";

/** @typedef {import("./types.js").Model} Model */

const ARRIVAL_MS = 1000;

/** What has been filled in, by model, so that nothing is lost by looking elsewhere.
 * @type {Map<string, Record<string, unknown>>} */
const drafts = new Map();
/** @type {import("./form.js").Control | null} */
let form = null;
/** @type {string | null} */
let open = null;
/** @type {unknown} */
let failure = null;
let loaded = false;
let running = false;
/** Whether an answer is asked for as soon as its datasets are there. */
let expecting = false;
/** What the panel shows of the city, as it was drawn. */
let drawn = "";
/** All of the open form but its foot: the part that new datasets change.
 * @type {HTMLElement | null} */
let body = null;
/** @type {HTMLButtonElement | null} */
let send = null;

export function startQuestions() {
  // A run on its way is not to be lost for new datasets, and nothing moves under a hand without need.
  onCity(() => {
    if (!running && drawn !== shownOfCity()) cityChanged();
  });
  onPlace(render);
  onLanguage(again);
  render();
}

/**
 * Say that the models have arrived, or why not.
 * @param {unknown} [error]
 */
export function modelsArrived(error = null) {
  loaded = true;
  failure = error;
  render();
}

/** Start the form of a model from the request of an earlier run. @param {string} model @param {Record<string, unknown>} request */
export function askAgain(model, request) {
  drafts.set(model, request);
  open = null;
  form = null;
  go({ tab: "questions", model });
}

function again() {
  keepDraft();
  open = null;
  render();
}

/** What the panel tells of the city's datasets: pickers offer them all, the rest only names some. */
function shownOfCity() {
  const models = open ? [modelOf(open)] : allModels();
  return JSON.stringify(models.map((model) => model && [model.id, model.reads.map((id) => datasetOf(id)?.title ?? isArriving(id)), picks(model) ? allDatasets() : []]));
}

/** @param {Model} model */
function picks(model) {
  return JSON.stringify(model.request_schema).includes('"x-chengmo-dataset"');
}

function keepDraft() {
  if (form && open) drafts.set(open, /** @type {Record<string, unknown>} */ (form.read()));
}

/** Offer the new datasets, but not in place of a field that is being written in. */
function cityChanged() {
  const model = open ? modelOf(open) : undefined;
  if (!model) return again();
  const writing = document.activeElement?.matches("textarea, input:not([type=checkbox])");
  if (!(writing && body?.contains(document.activeElement))) offerAgain(model);
}

/** Fill all but the foot again: the button stays where it is, and the hand in its field. @param {Model} model */
function offerAgain(model) {
  const hand = document.activeElement;
  const field = hand && body?.contains(hand) ? /** @type {HTMLElement | null} */ (hand.closest("[data-field]")) : null;
  keepDraft();
  fillBody(model);
  drawn = shownOfCity();
  if (field) form?.at([field.dataset.field ?? ""])?.focus();
}

function render() {
  draw();
  drawn = shownOfCity();
}

function draw() {
  const panel = byId("panel-questions");
  const wanted = here().tab === "questions" ? (here().model ?? null) : open;
  const model = wanted && loaded ? modelOf(wanted) : undefined;
  if (model) {
    if (open !== model.id) {
      keepDraft();
      open = model.id;
      fill(panel, ask(model));
      panel.scrollTop = 0;
    }
    return;
  }
  keepDraft();
  open = null;
  form = null;
  if (failure) fill(panel, problemBox(failure));
  else if (!loaded) fill(panel, waiting());
  else if (!allModels().length) fill(panel, emptyBox(t("questions.none")));
  else fill(panel, make("h2", { class: "lead" }, t("questions.lead")), make("ul", { class: "cards" }, allModels().map(card)));
}

/** @param {Model} model */
function card(model) {
  const missing = missingOf(model);
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", class: "card", on: { click: () => go({ model: model.id }) } },
      make("span", { class: "card-kind" }, say(model.title)),
      make("strong", {}, say(model.question)),
      missing.length ? make("span", { class: missing.every(isArriving) ? "badge" : "badge is-care" }, sayMissing(missing)) : null,
    ),
  );
}

/** @param {Model} model */
function missingOf(model) {
  return model.reads.filter((id) => !datasetOf(id));
}

/** @param {string[]} ids */
function sayMissing(ids) {
  return t(ids.every(isArriving) ? "questions.arriving" : "questions.missing", { ids: ids.join(", ") });
}

/** @param {Model} model */
function ask(model) {
  const place = make("div", { class: "run-place" });
  const button = make("button", { type: "submit", class: "button is-main" }, t("run.start"));
  const left = (/** @type {FocusEvent} */ event) => {
    const to = event.relatedTarget;
    if (!(to instanceof Node && body?.contains(to)) && drawn !== shownOfCity()) queueMicrotask(cityChanged);
  };
  body = make("div", { class: "ask-body", on: { focusout: left } });
  send = button;
  fillBody(model);
  return make(
    "form",
    { class: "ask", novalidate: true, on: { submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      void start(model, button, place);
    } } },
    body,
    make("footer", { class: "ask-foot" }, place, make("div", { class: "ask-buttons" }, button, make("button", { type: "button", class: "button is-quiet", on: { click: () => reset(model) } }, t("form.reset")))),
  );
}

/** @param {Model} model */
function fillBody(model) {
  form = formOf(model.request_schema, drafts.get(model.id) ?? {}, allDatasets());
  const missing = missingOf(model);
  if (send) send.disabled = missing.length > 0;
  if (body) fill(
    body,
    make("button", { type: "button", class: "back", on: { click: () => go({ model: undefined }) } }, icon("back"), t("questions.all")),
    make("h2", {}, say(model.question)),
    reads(model),
    model.page ? make("a", { class: "button", href: api.address(model.page.path) }, say(model.page.title)) : null,
    missing.length ? make("p", { class: missing.every(isArriving) ? "box" : "box is-problem", role: "status" }, sayMissing(missing)) : null,
    form.element,
  );
}

/** @param {Model} model */
function reads(model) {
  if (!model.reads.length) return null;
  const names = model.reads.map((id) => {
    const dataset = datasetOf(id);
    return make("button", { type: "button", class: "chip", on: { click: () => go({ tab: "data", dataset: id }) } }, dataset ? say(dataset.title) : id);
  });
  return make("div", { class: "reads" }, make("span", { class: "hint" }, t("questions.reads")), names);
}

/** @param {Model} model */
function reset(model) {
  drafts.delete(model.id);
  form = null;
  open = null;
  render();
}

/**
 * @param {Model} model
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 */
async function start(model, button, place) {
  if (running || expecting) return;
  await arrival(model, place);
  const asked = form;
  if (open !== model.id || !asked || !asked.check()) return;
  button.disabled = true;
  running = true;
  fill(place);
  try {
    const inputs = /** @type {Record<string, unknown>} */ (asked.read());
    const job = await api.execute(model.id, inputs, crypto.randomUUID());
    await followRun(job, place);
  } catch (error) {
    if (!placeErrors(error, asked)) fill(place, problemBox(error));
  } finally {
    button.disabled = false;
    running = false;
    if (drawn !== shownOfCity()) cityChanged();
  }
}

/**
 * Wait while datasets that the form names are on their way: who asks early is answered, not told to ask again.
 * @param {Model} model
 * @param {HTMLElement} place
 */
async function arrival(model, place) {
  expecting = true;
  do {
    // What a field names may have arrived since the page last looked; where looking fails, asking says why.
    await loadDatasets().catch(() => {});
    if (drawn !== shownOfCity()) offerAgain(model);
    const named = [...(body?.querySelectorAll("option[data-missing]:checked") ?? [])].map((one) => /** @type {HTMLOptionElement} */ (one).value);
    if (!named.length || !named.every(isArriving)) break;
    fill(place, make("p", { class: "hint", role: "status" }, sayMissing(named)));
    await new Promise((done) => setTimeout(done, ARRIVAL_MS));
  } while (open === model.id);
  expecting = false;
  fill(place);
}

/**
 * Put the platform's complaints beside their fields, as far as it names them.
 * @param {unknown} error
 * @param {import("./form.js").Control} asked
 */
function placeErrors(error, asked) {
  if (!(error instanceof api.Problem)) return false;
  let placed = 0;
  for (const one of error.errors) {
    const path = one.loc ?? (one.pointer ?? "").replace(/^#?\/(inputs\/)?/, "").split("/");
    const control = asked.at(path);
    if (!control) continue;
    control.complain(one.msg ?? one.detail ?? error.message);
    if (placed++ === 0) control.focus();
  }
  return placed > 0 && placed === error.errors.length;
}
