// @ts-check
/** Alerts as they are decided, the newest first. */

import { address } from "../../app/modules/api.js";
import { byId, fill, make } from "../../app/modules/dom.js";
import { language, onLanguage } from "../../app/modules/language.js";
import { w } from "./words.js";

/**
 * @typedef {{id: string, kind: string, urgency: number, at_us: number, track: number, operator: string, aircraft: string,
 *   longitude: number, latitude: number, code: string, reason: string, reason_zh: string, is_synthetic: boolean}} Alert
 */

const MOST = 200;
/** @type {Alert[]} */
let alerts = [];
/** @type {Set<string>} */
const known = new Set();
/** @type {(alert: Alert) => void} */
let go = () => {};
let due = false;

/** @param {(alert: Alert) => void} onGo */
export function startAlerts(onGo) {
  go = onGo;
  const source = new EventSource(address("airspace/live/data/alerts"));
  source.addEventListener("alert", (event) => take(JSON.parse(event.data)));
  onLanguage(drawAlerts);
  drawAlerts();
}

/** @param {Alert} alert */
function take(alert) {
  // After a break the last ones come again.
  if (known.has(alert.id)) return;
  known.add(alert.id);
  alerts = [alert, ...alerts].slice(0, MOST);
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    drawAlerts();
  });
}

function drawAlerts() {
  fill(
    byId("alerts"),
    make("h2", {}, w("alerts")),
    alerts.length ? make("ul", { class: "alerts" }, alerts.map((alert) => make("li", {}, alertButton(alert)))) : make("p", { class: "state" }, w("alerts.none")),
  );
}

/** @param {Alert} alert */
function alertButton(alert) {
  const zh = language() === "zh";
  const when = new Date(alert.at_us / 1000).toLocaleTimeString(zh ? "zh-CN" : "en-GB", { hour12: false });
  const who = `${alert.operator} ${alert.aircraft}${alert.is_synthetic ? ` (${w("synthetic")})` : ""}`;
  return make(
    "button",
    { type: "button", title: w("alerts.go"), on: { click: () => go(alert) } },
    make("span", { class: "urgency", "data-is": alert.urgency }, w(`urgency.${alert.urgency}`)),
    zh ? alert.reason_zh : alert.reason,
    make("small", {}, `${when} · ${who} · ${alert.code}`),
  );
}
