// @ts-check
/** Every sentence of the live map, in Chinese and English; `{name}` is a gap. */

import { language } from "../../app/modules/language.js";

/** @type {Record<string, [string, string]>} */
const WORDS = {
  "title": ["低空实时图", "Live low-altitude map"],
  "skip": ["跳到内容", "Skip to the content"],
  "back": ["回到城模", "Back to Chengmo"],
  "language": ["语言", "Language"],
  "connecting": ["正在连接…", "Connecting…"],
  "live": ["实时", "Live"],
  "broken": ["连接中断，正在重连…", "The connection broke; connecting again…"],
  "sign-in": ["请先登录：实时图向管理员、操作员和审计员开放。", "Please sign in: the live map is open to administrators, operators and auditors."],
  "sign-in.act": ["登录", "Sign in"],
  "not-allowed": ["您的角色不能看实时图：它向管理员、操作员和审计员开放。", "Your role does not reach the live map: it is open to administrators, operators and auditors."],
  "empty": ["现在没有航空器报告位置。", "No aircraft reports its position now."],
  "empty.how": ["运营人通过 HTTP、WebSocket 或 MQTT 报告；怎样报告，见文档 watch-the-sky。", "Operators report by HTTP, WebSocket or MQTT; the guide watch-the-sky says how."],
  "made-up": ["合成数据：{count} 架航空器是演示用的，没有真实飞行。", "Synthetic: {count} aircraft are made up for demonstration; nobody flies them."],
  "made-up.all": ["合成数据：图上全部航空器都是演示用的，没有真实飞行。", "Synthetic: every aircraft on this map is made up for demonstration; nobody flies them."],
  "now": ["天上现在", "In the sky now"],
  "aircraft": ["航空器", "Aircraft"],
  "state.0": ["无飞行意图", "No plan"],
  "state.1": ["符合", "Conforming"],
  "state.2": ["不符合", "Nonconforming"],
  "state.3": ["应急", "Contingent"],
  "lost": ["失联", "Link lost"],
  "landed": ["在地面", "On the ground"],
  "filter": ["点按可只看这一类", "Press to see these alone"],
  "filter.off": ["看全部", "Show all"],
  "alerts": ["告警", "Alerts"],
  "alerts.none": ["还没有告警。", "No alert so far."],
  "alerts.go": ["到图上看", "Show on the map"],
  "urgency.3": ["立即处置", "act now"],
  "urgency.2": ["注意", "look"],
  "urgency.1": ["知悉", "know"],
  "chosen": ["选中的航空器", "Chosen aircraft"],
  "chosen.gone": ["这架航空器已离开。", "This aircraft has left."],
  "chosen.follow": ["跟随", "Follow"],
  "chosen.close": ["取消选中", "Let go"],
  "operator": ["运营人", "Operator"],
  "intent": ["飞行意图", "Operational intent"],
  "none": ["无", "none"],
  "height": ["椭球高", "Height above the ellipsoid"],
  "speed": ["地速", "Ground speed"],
  "course": ["航迹角", "Course"],
  "climb": ["升降率", "Climb"],
  "age": ["最近报文", "Last message"],
  "seconds": ["{count} 秒前", "{count} s ago"],
  "unknown": ["未知", "unknown"],
  "place": ["位置", "Place"],
  "synthetic": ["合成", "synthetic"],
  "tilt": ["立体", "Tilt"],
  "flat": ["平面", "Flat"],
  "home": ["看全部航空器", "See all aircraft"],
  "replay": ["回放", "Replay"],
  "replay.at": ["时刻", "Moment"],
  "replay.show": ["看这一刻", "Show it"],
  "replay.live": ["回到实时", "Back to live"],
  "replay.play": ["播放", "Play"],
  "replay.pause": ["暂停", "Pause"],
  "replay.pace": ["快慢", "Pace"],
  "replay.showing": ["回放：{time}", "Replay: {time}"],
  "replay.none": ["这一刻没有记录。", "There is no record of that moment."],
  "updates": ["每秒更新 {count} 次", "{count} updates a second"],
};

/**
 * Say a sentence in the language of the page.
 * @param {string} key
 * @param {Record<string, string | number>} [gaps]
 */
export function w(key, gaps = {}) {
  const pair = WORDS[key];
  if (!pair) throw new Error(`no words for ${key}`);
  return pair[language() === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (_, gap) => String(gaps[gap] ?? ""));
}
