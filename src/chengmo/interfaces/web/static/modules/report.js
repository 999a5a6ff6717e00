// @ts-check
/** The decision on paper: one document in reading order, with the map as it stands. */

import { caveatsOf, measuresOf, proofRows, qualityOf, sourcesOf } from "./card.js";
import { chartOf } from "./chart.js";
import { modelOf } from "./city.js";
import { byId, fill, make } from "./dom.js";
import { time } from "./format.js";
import { gridOf } from "./grid.js";
import { say, t } from "./language.js";
import { legendContent } from "./legend.js";
import { picture, views } from "./map.js";
import { requestRows } from "./request.js";
import { sealDrawing } from "./shell.js";

/**
 * Lay the report out and open the print dialogue.
 * @param {import("./types.js").RunRecord} record
 */
export async function printReport(record) {
  fill(byId("report"), await reportOf(record));
  window.print();
}

/** @param {import("./types.js").RunRecord} record */
async function reportOf(record) {
  const { decision } = record;
  const model = modelOf(record.model);
  if (!decision) return null;
  const facts = (/** @type {string[][]} */ rows) => make("dl", { class: "facts" }, rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  return [
    make("header", {}, sealDrawing(), make("div", {}, make("h1", {}, model ? say(model.title) : record.model), make("p", {}, `${t("name")} · ${time(record.ended_utc)}`))),
    model ? make("p", { class: "question" }, say(model.question)) : null,
    make("p", { class: "answer" }, say(decision.answer)),
    qualityOf(decision),
    measuresOf(decision.measures),
    make("figure", { class: "report-map" }, await picture(), make("figcaption", {}, views().filter((one) => !one.view.hidden).map((one) => make("section", {}, make("h3", {}, say(one.view.title)), legendContent(one))))),
    caveatsOf(decision),
    decision.charts.map(chartOf),
    decision.tables.map((table) => make("section", {}, make("h3", {}, say(table.title)), gridOf(table.columns, table.rows, say(table.title)))),
    make("h3", {}, t("decision.request")),
    facts(requestRows(record)),
    make("h3", {}, t("decision.rests-on")),
    sourcesOf(record),
    make("h3", {}, t("decision.proof")),
    facts(proofRows(record).map(([name, value]) => [name, value])),
  ].flat();
}
