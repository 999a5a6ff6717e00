// @ts-check
/** The frame of the page: its head, tabs and the buttons on the map. */

import { purposeChooser } from "./chooser.js";
import { isCodeOpen, onCodes, startCodes, toggleCodes } from "./code.js";
import { byId, draw, fill, icon, make } from "./dom.js";
import { language, onLanguage, setLanguage, t } from "./language.js";
import { goHome, zoomBy } from "./map.js";
import { go, here, onPlace } from "./place.js";
import { startWho, whoPlace } from "./who.js";

/** @type {("questions" | "data" | "runs")[]} */
const TABS = ["questions", "data", "runs"];

export function startShell() {
  startCodes();
  startWho();
  render();
  onLanguage(render);
  onPlace(showTab);
}

function render() {
  document.title = t("title");
  byId("skip").textContent = t("skip");
  byId("map-frame").setAttribute("aria-label", t("map"));
  byId("sheet").setAttribute("aria-label", t("sheet"));
  fill(byId("sheet-head"), seal(), make("div", { class: "name" }, make("strong", {}, t("name")), make("span", {}, t("motto"))), make("div", { class: "head-end" }, languageSwitch(), whoPlace()), headFoot());
  fill(byId("tabs"), TABS.map(tabButton));
  byId("tabs").setAttribute("aria-label", t("sheet"));
  fill(byId("map-tools"), tool("plus", t("map.closer"), () => zoomBy(1)), tool("minus", t("map.farther"), () => zoomBy(-1)), tool("home", t("map.whole"), goHome), codeTool());
  showTab();
}

/** What the data are for, and the way to who may use them. */
function headFoot() {
  return make("div", { class: "head-foot" }, purposeChooser(), make("a", { class: "to-sharing", href: "sharing.html" }, t("sharing")));
}

function seal() {
  return make("img", { class: "seal", src: "seal.svg", alt: "", width: 34, height: 34 });
}

function languageSwitch() {
  const one = (/** @type {"zh" | "en"} */ code, /** @type {string} */ name, /** @type {string} */ full) =>
    make(
      "button",
      { type: "button", lang: code === "zh" ? "zh-CN" : "en", title: full, "aria-pressed": String(language() === code), on: { click: () => setLanguage(code) } },
      name,
    );
  return make("div", { class: "language", role: "group", "aria-label": "中文 / English" }, one("zh", "中", "中文"), one("en", "EN", "English"));
}

/** @param {"questions" | "data" | "runs"} tab */
function tabButton(tab) {
  return make("button", { type: "button", class: "tab", role: "tab", id: `tab-${tab}`, "aria-controls": `panel-${tab}`, on: { click: () => go({ tab, model: undefined, dataset: undefined }), keydown: steer } }, t(`tab.${tab}`));
}

/** Left and right walk along the tabs. @param {KeyboardEvent} event */
function steer(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tab = TABS[(TABS.indexOf(here().tab) + step + TABS.length) % TABS.length];
  go({ tab, model: undefined, dataset: undefined });
  byId(`tab-${tab}`).focus();
}

function showTab() {
  for (const tab of TABS) {
    const chosen = here().tab === tab;
    const button = byId(`tab-${tab}`);
    button.setAttribute("aria-selected", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
    byId(`panel-${tab}`).hidden = !chosen;
  }
}

/** @param {"plus" | "minus" | "home" | "grid"} name @param {string} label @param {() => void} act */
function tool(name, label, act) {
  return make("button", { type: "button", "aria-label": label, title: label, on: { click: act } }, icon(name));
}

/** The button of the grid of codes, which stays pressed. */
function codeTool() {
  const button = tool("grid", t("code.tool"), toggleCodes);
  const tell = () => button.setAttribute("aria-pressed", String(isCodeOpen()));
  onCodes(tell);
  tell();
  return button;
}

/** The seal as a drawing, for the printed report. */
export function sealDrawing() {
  return draw("svg", { viewBox: "0 0 64 64", width: 40, height: 40, "aria-hidden": "true" }, draw("rect", { x: 3, y: 3, width: 58, height: 58, rx: 9, fill: "#b3361e" }), draw("path", { d: "M14 14h36v36H14zM14 32h18M32 14v36M32 41h18M41 32v18", fill: "none", stroke: "#fff", "stroke-width": 4.5 }));
}
