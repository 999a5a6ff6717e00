// @ts-check
/** The live map, put together: the stream, the map, what is said of it. */

import { readBasemap } from "../../app/modules/basemap.js";
import * as api from "../../app/modules/api.js";
import { byId, fill, make } from "../../app/modules/dom.js";
import { language, onLanguage, setLanguage } from "../../app/modules/language.js";
import { layPart, nameParts } from "../../app/modules/laying.js";
import { startAlerts } from "./alerts.js";
import { startClock, tick } from "./clock.js";
import { choose, drawPanel, startPanel } from "./panel.js";
import { craftAt, fleet, showAll, startMap, takeFrame } from "./sky-map.js";
import { startStream } from "./stream.js";
import { w } from "./words.js";

const SLOW_MS = 500;

function drawHead() {
  document.title = w("title");
  fill(byId("skip"), w("skip"));
  fill(
    byId("head"),
    make("img", { src: "../../app/seal.svg", alt: "", width: 28, height: 28 }),
    make("h1", {}, w("title")),
    make("a", { class: "button is-quiet", href: "../../app/" }, w("back")),
    make("button", { class: "button is-quiet", type: "button", lang: language() === "zh" ? "en" : "zh-CN", on: { click: () => setLanguage(language() === "zh" ? "en" : "zh") } }, language() === "zh" ? "EN" : "中文"),
  );
}

const map = startMap((at) => choose(craftAt(at)));
drawHead();
startPanel();
startClock();
startAlerts((alert) => choose(alert.track, [alert.longitude, alert.latitude]));
onLanguage(() => {
  drawHead();
  drawPanel();
  nameParts(map);
});

let placed = false;
startStream((frame) => {
  takeFrame(frame);
  tick(frame.moment);
  if (!placed && fleet.count) {
    placed = true;
    showAll();
  }
});
// What is said changes calmly, however often the picture does.
setInterval(drawPanel, SLOW_MS);

map.once("load", () => {
  api
    .datasets()
    .then((datasets) => readBasemap(datasets, (part, features) => layPart(map, part, features)))
    // Without a basemap the aircraft are on paper; the stream says what is wrong with the rest.
    .catch(() => {});
});
