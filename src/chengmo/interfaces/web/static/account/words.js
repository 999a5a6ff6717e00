// @ts-check
/** Every sentence of the account page, in Chinese and English. One entry a line. */

import { say } from "../modules/language.js";

/** @type {Record<string, [string, string]>} */
const WORDS = {
  "account": ["账户", "Account"],
  "accounts": ["账户", "Accounts"],
  "account.add": ["新建账户", "Add an account"],
  "account.id": ["用户名", "User name"],
  "account.name": ["显示名称", "Name"],
  "account.kind": ["类别", "Kind"],
  "account.state": ["状态", "State"],
  "actions": ["操作", "Actions"],
  "change": ["修改", "Change"],
  "close": ["关闭", "Close"],
  "contests": ["大赛", "Contests"],
  "copied": ["已复制", "Copied"],
  "copy": ["复制", "Copy"],
  "done": ["已保存", "Saved"],
  "factor": ["第二因素", "Second factor"],
  "factor.add": ["启用第二因素", "Set up a second factor"],
  "factor.code": ["验证码", "Code"],
  "factor.code.hint": ["验证器显示的六位数字，或一个恢复码。", "The six digits that your authenticator shows, or a recovery code."],
  "factor.confirm": ["确认", "Confirm"],
  "factor.how": ["把下面的密钥输入验证器（TOTP 应用），再填入它显示的六位数字。", "Give this secret to your authenticator (a TOTP app), then type the six digits that it shows."],
  "factor.off": ["登录时除密码外，再要求验证器（TOTP 应用）的验证码。", "Ask for a code of an authenticator (a TOTP app) besides the password."],
  "factor.on": ["登录时除密码外还需要验证码。", "Signing in needs a code besides the password."],
  "factor.open": ["在此设备的验证器中打开", "Open in an authenticator on this device"],
  "factor.recovery": ["恢复码", "Recovery codes"],
  "factor.recovery.why": ["请现在保存：不会再显示。没有验证器时，每个可登录一次。", "Keep them now: they are not shown again. Each signs you in once without the authenticator."],
  "factor.remove": ["取消第二因素", "Remove the second factor"],
  "factor.reset": ["取消第二因素", "Reset second factor"],
  "first": ["设置第一位管理员", "Set up the first administrator"],
  "first.why": ["现在使用这台电脑的人就是管理员。设好密码后，每个人都须登录；其他电脑才可以访问。", "Whoever uses this computer administers it now. Once a password is set everybody signs in, and other computers may be let in."],
  "key.add": ["新建密钥", "Make a key"],
  "key.days": ["有效天数", "Days valid"],
  "key.ended": ["已失效", "ended"],
  "key.ends": ["到期", "Ends"],
  "key.made": ["新密钥", "The new key"],
  "key.name": ["用途", "What for"],
  "key.none": ["还没有密钥。程序用密钥访问平台。", "No keys yet. Programs reach the platform with a key."],
  "key.once": ["请现在保存：它不会再显示。", "Keep it now: it is not shown again."],
  "key.prefix": ["前缀", "Prefix"],
  "key.revoke": ["吊销", "Revoke"],
  "key.revoked": ["已吊销", "revoked"],
  "key.used": ["最近使用", "Last used"],
  "keys": ["密钥", "Keys"],
  "keys.of": ["{name} 的密钥", "Keys of {name}"],
  "kind.company": ["企业", "Company"],
  "kind.department": ["部门", "Department"],
  "kind.district": ["城区", "District"],
  "kind.person": ["个人", "Person"],
  "kind.public": ["公众", "Public"],
  "kind.service": ["程序", "Program"],
  "map": ["回到地图", "To the map"],
  "organisation": ["机构", "Organisation"],
  "organisation.add": ["新建机构", "Add an organisation"],
  "organisation.district": ["所服务的城区", "District it serves"],
  "organisation.en": ["英文名称", "Name in English"],
  "organisation.id": ["代码", "Id"],
  "organisation.kind": ["类别", "Kind"],
  "organisation.none": ["（无）", "(none)"],
  "organisation.zh": ["中文名称", "Name in Chinese"],
  "organisations": ["机构", "Organisations"],
  "organisations.none": ["还没有机构。", "No organisations yet."],
  "password": ["密码", "Password"],
  "password.change": ["修改密码", "Change the password"],
  "password.new": ["新密码", "New password"],
  "password.none": ["在单位的登录服务处修改密码。", "The password is changed where you sign in."],
  "password.old": ["现在的密码", "Present password"],
  "password.rule": ["至少 12 个字符，任何字符都可以；常见密码不接受。", "At least 12 characters of any kind; common ones are refused."],
  "password.set": ["设置密码", "Set a password"],
  "password.set-for": ["为 {name} 设置密码", "Set a password for {name}"],
  "problem.sign-in-refused": ["用户名、密码或验证码不符。", "The user name, the password or the code do not fit."],
  "problem.too-many-attempts": ["尝试次数过多，请稍后再试。", "Too many attempts: wait a little and try again."],
  "problem.not-signed-in": ["请先登录。", "Sign in first."],
  "problem.conflict": ["名称已被使用，或平台会失去最后一位管理员。", "The name is taken, or no administrator would be left."],
  "resume": ["恢复", "Let in again"],
  "role.administrator": ["管理员", "administrator"],
  "role.analyst": ["分析员", "analyst"],
  "role.auditor": ["审计员", "auditor"],
  "role.developer": ["开发员", "developer"],
  "role.operator": ["运维员", "operator"],
  "role.steward": ["数据管理员", "steward"],
  "roles": ["角色", "Roles"],
  "roles.of": ["{name} 的角色与机构", "Roles and organisation of {name}"],
  "roles.none": ["无角色", "no role"],
  "scope.administer": ["管理账户", "administer"],
  "scope.audit": ["审计", "audit"],
  "scope.import": ["导入", "import"],
  "scope.read": ["读取", "read"],
  "scope.run": ["运行模型", "run models"],
  "scope.sql": ["SQL 查询", "SQL"],
  "scopes": ["可以做什么", "Used for"],
  "sharing": ["数据共享", "Sharing"],
  "sign-in": ["登录", "Sign in"],
  "sign-in.external": ["用单位账号登录", "Sign in with your organisation"],
  "sign-in.failed": ["单位账号登录未成功，请再试或联系管理员。", "Signing in with your organisation did not succeed: try again, or ask an administrator."],
  "sign-out": ["退出", "Sign out"],
  "state.active": ["正常", "active"],
  "state.suspended": ["已停用", "suspended"],
  "suspend": ["停用", "Suspend"],
  "title": ["账户 · 城模", "Account · Chengmo"],
  "you": ["我的账户", "Your account"],
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

/** Tell whether there is a sentence. @param {string} key */
export function hasWord(key) {
  return key in WORDS;
}
