// @ts-check
/** Every sentence of the contest page, in Chinese and English. One entry a line. */

import { say } from "../modules/language.js";

/** @type {Record<string, [string, string]>} */
const WORDS = {
  "board.private": ["最终榜（私有数据）", "Final board (private rows)"],
  "board.public": ["公开榜", "Public board"],
  "board.empty": ["还没有成绩。", "No scores yet."],
  "board.waiting": ["{count} 份提交等待评分", "{count} submissions wait to be scored"],
  "brought": ["文件", "File"],
  "columns": ["文件的列", "Columns of a file"],
  "contests": ["公共数据开放大赛", "Open-data contests"],
  "data": ["训练数据", "Training data"],
  "deadline": ["截止时间（UTC+8）", "Deadline (UTC+8)"],
  "entrant": ["参赛者", "Entrant"],
  "file": ["预测文件（CSV 或 Parquet）", "Predictions (CSV or Parquet)"],
  "file.package": ["预测文件（CSV、Parquet）或程序包（zip、wheel）", "Predictions (CSV, Parquet) or a package (zip, wheel)"],
  "licence": ["许可", "Licence"],
  "licence.hint": ["优胜程序包可按此许可发布为模型。", "A winning package may be published as a model under it."],
  "licence.package": ["程序包的许可（SPDX）", "Licence of a package (SPDX)"],
  "log": ["日志", "Log"],
  "log.none": ["程序包没有输出。", "The package printed nothing."],
  "log.show": ["查看日志", "Show the log"],
  "map": ["地图", "Map"],
  "metric": ["指标", "Measure"],
  "mine": ["我的提交", "My submissions"],
  "mine.none": ["还没有提交。", "Nothing submitted yet."],
  "model": ["模型", "Model"],
  "models": ["已发布的优胜模型", "Published models"],
  "models.hint": ["可在地图页像其他模型一样运行。", "They are run on the map's page like every other model."],
  "none": ["还没有赛事。", "There are no contests yet."],
  "phase.announced": ["未开始", "Not begun"],
  "phase.closed": ["已结束", "Over"],
  "phase.open": ["进行中", "Open"],
  "publish": ["发布为模型", "Publish as a model"],
  "quota": ["配额：每日 {day}，共 {all}", "Quota: {day} a day, {all} in all"],
  "rank": ["名次", "Rank"],
  "rank.none": ["不计名次", "Unranked"],
  "result": ["结果", "Result"],
  "retract": ["撤回", "Retract"],
  "rows": ["待预测行数", "Rows to predict"],
  "rules": ["规则", "Rules"],
  "sample": ["下载样例文件", "Download the sample file"],
  "score": ["得分", "Score"],
  "sign-in": ["登录后参赛", "Sign in to take part"],
  "state.queued": ["等待评分", "Waits to be scored"],
  "state.scoring": ["评分中", "Being scored"],
  "submissions": ["提交数", "Submissions"],
  "submit": ["提交", "Submit"],
  "task": ["赛题", "Task"],
  "team": ["队伍：{name}", "Team {name}"],
  "team.code": ["入队口令（只显示一次，之前的口令已作废）：", "Code to join, shown once; the one before is void:"],
  "team.code.field": ["入队口令", "Code to join"],
  "team.enter": ["组队或加入", "Found or join"],
  "team.hint": ["留空则新建队伍；填写则加入已有队伍。", "Empty to found a team; with its code to join one."],
  "team.invite": ["生成入队口令", "Make a code to join"],
  "team.leave": ["退出队伍", "Leave the team"],
  "team.members": ["成员：{names}", "Members: {names}"],
  "team.name": ["队名", "Name of the team"],
  "team.none": ["组队参赛", "Enter as a team"],
  "time": ["时间（UTC+8）", "Time (UTC+8)"],
  "title": ["大赛 · 城模", "Contests · Chengmo"],
};

/**
 * Say a sentence; `{name}` is replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, string>} [values]
 */
export function w(key, values = {}) {
  const entry = WORDS[key];
  if (!entry) throw new Error(`no words for ${key}`);
  return say({ zh: entry[0], en: entry[1] }).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
