// @ts-check
/** The second tab: what the city knows, to be found, looked at and taken away. */

import { allDatasets, datasetOf, onCity } from "./city.js";
import { datasetPage, markOnMap } from "./dataset.js";
import { byId, fill, icon, make } from "./dom.js";
import { number } from "./format.js";
import { pickFile } from "./importing.js";
import { onLanguage, say, t } from "./language.js";
import { onViews } from "./map.js";
import { complain, emptyBox, problemBox, waiting } from "./notices.js";
import { hideDataset, isShown, showDataset } from "./overlay.js";
import { go, here, onPlace } from "./place.js";

/** @typedef {import("./types.js").Dataset} Dataset */

let wanted = "";
/** @type {unknown} */
let failure = null;
let loaded = false;
/** @type {string | null} */
let open = null;

export function startData() {
  onCity(() => render(true));
  onLanguage(() => render(true));
  onPlace(() => render(false));
  onViews(markShown);
  render(true);
}

/**
 * Say that the datasets have arrived, or why not.
 * @param {unknown} [error]
 */
export function datasetsArrived(error = null) {
  loaded = true;
  failure = error;
  render(true);
}

/** @param {boolean} anew */
function render(anew) {
  const panel = byId("panel-data");
  const id = here().tab === "data" ? (here().dataset ?? null) : open;
  if (!anew && id === open && panel.childElementCount) return;
  if (open !== id) panel.scrollTop = 0;
  open = id;
  const dataset = id ? datasetOf(id) : undefined;
  if (failure) fill(panel, problemBox(failure));
  else if (!loaded) fill(panel, waiting());
  else if (dataset) fill(panel, datasetPage(dataset));
  else listAll(panel);
}

/** @param {HTMLElement} panel */
function listAll(panel) {
  const list = make("ul", { class: "cards" });
  const search = make("input", {
    type: "search",
    value: wanted,
    placeholder: t("data.search"),
    "aria-label": t("data.search"),
    on: { input: () => {
      wanted = search.value;
      fillList(list);
    } },
  });
  const bring = make("button", { type: "button", class: "button", on: { click: pickFile } }, icon("plus"), t("import.button"));
  fill(panel, make("div", { class: "data-head" }, search, bring), make("p", { class: "hint" }, t("import.drop-hint")), list);
  fillList(list);
}

/** @param {HTMLElement} list */
function fillList(list) {
  const all = allDatasets();
  const found = all.filter(matches);
  if (!all.length) fill(list, emptyBox(t("data.none")));
  else if (!found.length) fill(list, emptyBox(t("data.not-found", { wanted })));
  else fill(list, found.map(card));
}

/** @param {Dataset} dataset */
function matches(dataset) {
  const { id, title, description, steward, source, keywords, columns } = dataset;
  const texts = [id, title.zh, title.en, description?.zh, description?.en, steward, source, ...keywords, ...columns.flatMap((one) => [one.name, one.source_name, one.title?.zh, one.title?.en])];
  const hay = texts.join(" ").toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}

/** @param {Dataset} dataset */
function card(dataset) {
  return make(
    "li",
    { class: "dataset" },
    make(
      "button",
      { type: "button", class: "card", on: { click: () => go({ tab: "data", dataset: dataset.id }) } },
      make("strong", {}, say(dataset.title)),
      make("span", { class: "hint" }, `${t(`geometry.${dataset.geometry_type}`)} · ${t("data.rows", { count: number(dataset.row_count) })}`, dataset.steward ? ` · ${dataset.steward}` : ""),
      badgesOf(dataset),
    ),
    dataset.geometry_type === "none" ? null : eye(dataset),
  );
}

/**
 * Say that rows were treated before they were shown, and on a longer look how.
 * @param {Dataset} dataset
 */
export function treatedBadge(dataset) {
  if (!dataset.treated.length) return null;
  return make("span", { class: "badge is-act", title: dataset.treated.map(say).join("\n") }, t("data.treated"));
}

/** @param {Dataset} dataset */
export function badgesOf(dataset) {
  return make("span", { class: "badges" }, dataset.synthetic ? make("span", { class: "badge is-care" }, t("data.synthetic")) : null, treatedBadge(dataset), dataset.licence ? make("span", { class: "badge" }, dataset.licence) : null);
}

/** @param {Dataset} dataset */
function eye(dataset) {
  const toggle = () => {
    if (isShown(dataset.id)) hideDataset(dataset.id);
    else showDataset(dataset).catch(complain);
  };
  return make("button", { type: "button", class: "icon-button eye", "data-eye": dataset.id, "aria-pressed": String(isShown(dataset.id)), "aria-label": t("data.show", { title: say(dataset.title) }), title: t("data.show", { title: say(dataset.title) }), on: { click: toggle } }, icon("eye"));
}

function markShown() {
  for (const one of byId("panel-data").querySelectorAll("[data-eye]")) {
    one.setAttribute("aria-pressed", String(isShown(one.getAttribute("data-eye") ?? "")));
  }
  markOnMap(byId("panel-data"));
}
