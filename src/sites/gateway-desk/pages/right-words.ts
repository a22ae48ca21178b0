import { quotaText, subjectText, type AccessRight, type JudgedStep, type RightAct, type RightState } from "#exchange";
import type { Language, Localised } from "#kernel";
import { both, formatShortDate, html, tag, type Html, type Tone } from "#ui";

/** Words that several pages about rights share. */
export const stateWords: Readonly<Record<RightState, Localised>> = {
  draft: both("草稿", "draft"),
  proposed: both("待核可", "proposed"),
  approved: both("已核可，未生效", "approved, not active"),
  active: both("有效", "active"),
  suspended: both("已暫停", "suspended"),
  expired: both("已到期", "expired"),
  revoked: both("已撤銷", "revoked"),
};

const tones: Readonly<Record<RightState, Tone>> = {
  draft: "quiet",
  proposed: "wait",
  approved: "info",
  active: "good",
  suspended: "wait",
  expired: "quiet",
  revoked: "bad",
};

export const actWords: Readonly<Record<RightAct, Localised>> = {
  amend: both("修改", "Amend"),
  propose: both("送出核可", "Propose"),
  approve: both("核可", "Approve"),
  reject: both("退回", "Send back"),
  activate: both("生效", "Activate"),
  suspend: both("暫停", "Suspend"),
  resume: both("恢復", "Resume"),
  change: both("變更", "Change"),
  review: both("確認仍需要", "Still needed"),
  expire: both("到期", "End"),
  revoke: both("撤銷", "Revoke"),
};

/** The changes as the log calls them. */
export const changeWords: Readonly<Record<string, Localised>> = {
  drafted: both("寫下草稿", "drafted"),
  proposed: both("提案", "proposed"),
  approved: both("核可", "approved"),
  rejected: both("退回", "sent back"),
  activated: both("生效", "activated"),
  granted: both("由設定檔給予", "given by the site's file"),
  changed: both("變更內容", "changed"),
  reviewed: both("檢視，仍需要", "reviewed, still needed"),
  suspended: both("暫停", "suspended"),
  resumed: both("恢復", "resumed"),
  expired: both("到期", "ended"),
  revoked: both("撤銷", "revoked"),
};

export const stepWords: Readonly<Record<JudgedStep, Localised>> = {
  subject: both("對象", "Subject"),
  endpoint: both("方法與路徑", "Method and path"),
  state: both("狀態", "State"),
  dates: both("期間", "Dates"),
  purpose: both("目的", "Purpose"),
  "legal-basis": both("法律依據", "Legal basis"),
  "time-window": both("時段", "Hours"),
  "source-gateway": both("來源閘道", "Source gateway"),
  consent: both("同意", "Consent"),
  quota: both("額度", "Quota"),
};

export function stateTag(state: RightState, lang: Language): Html {
  return tag({ text: stateWords[state], tone: tones[state] }, lang);
}

const unlessWords = both("需要；但法律依據為 %s 時不需要", "needed, unless the legal basis is %s");

/** Whether the person must have agreed; a service's own demand is not in it. */
export function consentName({ consent, consentUnless }: AccessRight, lang: Language): string {
  if (consent === "none") return both("不需要", "not needed")[lang];
  if (!consentUnless) return both("需要", "needed")[lang];
  return unlessWords[lang].replace("%s", consentUnless.join(lang === "en" ? " or " : "、"));
}

/** `household/person`: a service of the agency whose desk this is. */
export function serviceName(right: AccessRight): string {
  return `${decodeURIComponent(right.provider.split("/")[3] ?? "")}/${right.serviceCode}`;
}

export function subjectName(right: AccessRight): Html {
  return html`<code class="wrap-any">${decodeURIComponent(subjectText(right.subject))}</code>`;
}

const everyCall = both("每一種呼叫", "every call");

export function callName(right: AccessRight, lang: Language): Html {
  if (right.method === "*" && right.pathGlob === "**") return html`${everyCall[lang]}`;
  return html`<code class="wrap-any">${right.method} ${right.pathGlob}</code>`;
}

export function rightLink(right: AccessRight): Html {
  return html`<a href="/rights/right/${right.id}">${serviceName(right)}</a>`;
}

const quotaWords = { people: both("，每天最多 %n 人", ", at most %n people a day"), none: both("不限", "no limit") };

export function quotaName(right: AccessRight, lang: Language): string {
  const { quota } = right;
  if (!quota) return quotaWords.none[lang];
  const people = quota.subjectsPerDay;
  return `${quotaText(quota)}${people === undefined ? "" : quotaWords.people[lang].replace("%n", String(people))}`;
}

export function dateName(date: Date | undefined, lang: Language): string {
  return date ? formatShortDate(date, lang) : "–";
}
