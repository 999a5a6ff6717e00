// @ts-check
/** The page, put together. */

import { isDark, readBasemap } from "./basemap.js";
import { allDatasets, city, datasetOf, loadDatasets, loadModels, onCity, watchCity } from "./city.js";
import { datasetsArrived, startData } from "./data.js";
import { startDecision } from "./decision.js";
import { startDownloads } from "./download.js";
import { startImporting } from "./importing.js";
import { renderLegend, setBaseCredits, startLegend } from "./legend.js";
import { onLanguage } from "./language.js";
import { addPart, onViews, setHome, startMap, views } from "./map.js";
import { complain } from "./notices.js";
import { startOverlays } from "./overlay.js";
import { here, onPlace } from "./place.js";
import { onPurpose } from "./purpose.js";
import { startQuestions, modelsArrived } from "./questions.js";
import { startRuns } from "./runs.js";
import { startShell } from "./shell.js";

const BASE = ["water", "districts", "roads", "metro-lines", "metro-stations"];

/** What came late already. */
let [standing, comparing] = [false, false];

const mapReady = startMap();
startShell();
startLegend();
startQuestions();
startData();
startRuns();
startDecision();
startImporting();
startOverlays();
startDownloads();
// Other data may be there for another purpose, or the same ones treated otherwise.
onPurpose(() => location.reload());
onLanguage(renderLegend);
onViews(standUp);
onPlace(compare);
compare();
const reading = loadDatasets().then(() => datasetsArrived(), datasetsArrived);
// A form needs both: its schema, and the datasets that it offers.
loadModels().finally(() => reading).then(() => modelsArrived(), modelsArrived).finally(watchCity);
Promise.all([reading, mapReady]).then(showCity).catch(complain);
let basedOn = "";
onCity(() => {
  // A city pack that arrives, or a new version of the city's limits, redraws the ground.
  if (basedOn && basedOn !== versionsOfBase()) showCity().catch(complain);
});

/** Two runs beside each other bring what compares them. */
function compare() {
  if (comparing || !here().compare) return;
  comparing = true;
  import("./comparison.js").then((one) => one.startComparison()).catch(complain);
}

/** Views with heights or times bring what stands them up and goes through their times. */
function standUp() {
  if (standing) return;
  const has = (/** @type {any} */ { lower_m, upper_m, from, to }) => [lower_m, upper_m].some((one) => typeof one === "number") || [from, to].some((one) => typeof one === "string");
  const wanted = views().some(({ view }) => view.features.some(({ properties }) => has(properties)));
  if (!wanted) return;
  standing = true;
  import("./sky.js").then((one) => one.startSky()).catch(complain);
}

async function showCity() {
  const first = basedOn === "";
  basedOn = versionsOfBase();
  const extents = allDatasets().map((one) => one.extent).filter((one) => one !== null);
  // What the city's pack says; else all that has a place.
  const limits = city()?.bounds ?? around(extents);
  if (limits && first) setHome(limits, city());
  setBaseCredits(BASE.map((id) => datasetOf(id)?.attribution ?? ""));
  await readBasemap(allDatasets(), addPart);
  document.documentElement.dataset.ready = isDark() ? "dark" : "light";
}

function versionsOfBase() {
  return `v${BASE.map((id) => datasetOf(id)?.version ?? 0).join(".")}`;
}

/**
 * @param {[number, number, number, number][]} extents
 * @returns {[number, number, number, number] | null}
 */
function around(extents) {
  if (!extents.length) return null;
  return [
    Math.min(...extents.map((one) => one[0])),
    Math.min(...extents.map((one) => one[1])),
    Math.max(...extents.map((one) => one[2])),
    Math.max(...extents.map((one) => one[3])),
  ];
}
