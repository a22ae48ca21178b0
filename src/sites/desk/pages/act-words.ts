import type { Language, Localised } from "#kernel";
import { both } from "#ui";

/** Acts of the administrators in words, by the name under which they are recorded. */
const names: Readonly<Record<string, Localised>> = {
  "operator.linked": both("建立登入連結", "sign-in link made"),
  "operator.signed-in": both("登入", "signed in"),
  "operator.removed": both("移除管理人員", "operator removed"),
  "right.drafted": both("權限：寫下草稿", "right drafted"),
  "right.proposed": both("權限：提案", "right proposed"),
  "right.approved": both("權限：核可", "right approved"),
  "right.rejected": both("權限：退回", "right sent back"),
  "right.activated": both("權限：生效", "right activated"),
  "right.granted": both("權限：由設定檔給予", "right given by the site’s file"),
  "right.changed": both("權限：變更內容", "right changed"),
  "right.reviewed": both("權限：檢視，仍需要", "right reviewed, still needed"),
  "right.suspended": both("權限：暫停", "right suspended"),
  "right.resumed": both("權限：恢復", "right resumed"),
  "right.expired": both("權限：到期", "right ended"),
  "right.revoked": both("權限：撤銷", "right revoked"),
  "group.defined": both("建立群組", "group made"),
  "right.group-joined": both("群組加入成員", "group: member added"),
  "right.group-left": both("群組移出成員", "group: member removed"),
  "group.set": both("設定全國群組", "country-wide group set"),
  "group.removed": both("移除全國群組", "country-wide group removed"),
  "evidence.exported": both("匯出證據", "evidence exported"),
  "events.replayed": both("重送事件", "events sent again"),
  "dead-letters.replayed": both("重送未送達的事件", "dead letters sent again"),
  "dead-letters.discarded": both("放棄未送達的事件", "dead letters given up"),
  "event-type.made": both("建立事件類型", "event type made"),
  "event-type.removed": both("移除事件類型", "event type removed"),
  "key.rolled": both("更換簽章金鑰", "signing key rolled"),
  "key.revoked": both("撤銷金鑰", "key revoked"),
  "request.sent": both("送出申請", "request sent"),
  "request.taken": both("收到申請", "request received"),
  "request.approved": both("核准申請", "request approved"),
  "request.rejected": both("駁回申請", "request rejected"),
  "member.declared": both("由設定檔登錄會員", "member registered by the site’s file"),
  "member.registered": both("登錄會員", "member registered"),
  "invitation.made": both("建立邀請", "invitation made"),
  "invitation.withdrawn": both("撤回邀請", "invitation withdrawn"),
  "gateway.retired": both("停用閘道", "gateway retired"),
  "root.installed": both("安裝新的信任根", "root installed"),
  "certificate-authority.rolled": both("更換憑證機構", "certificate authority rolled"),
};

/** An act in words; one that has none yet keeps its name. */
export function actName(act: string, lang: Language): string {
  return names[act]?.[lang] ?? act;
}

const doers: Readonly<Record<string, Localised>> = {
  "site-file": both("設定檔", "the site’s file"),
  demonstration: both("示範", "the demonstration"),
};

/** Who acted: a person by name, or what acts without one. */
export function actorName(by: string, lang: Language): string {
  return doers[by]?.[lang] ?? by;
}

const parts: Readonly<Record<string, Localised>> = {
  service: both("服務", "service"),
  subject: both("對象", "subject"),
  note: both("說明", "why"),
  id: both("代碼", "id"),
  kind: both("種類", "kind"),
  reason: both("理由", "reason"),
  keyid: both("金鑰", "key"),
  members: both("成員", "members"),
  title: both("名稱", "title"),
  client: both("系統", "system"),
  count: both("筆數", "count"),
};

/** What is kept with an act, each part with its name. Empty where nothing is. */
export function detailParts(
  detail: unknown,
  lang: Language,
): readonly { readonly name: string; readonly value: string }[] {
  if (detail === undefined || detail === null) return [];
  if (typeof detail !== "object" || Array.isArray(detail)) return [{ name: "", value: JSON.stringify(detail) }];
  return Object.entries(detail as Readonly<Record<string, unknown>>)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => ({ name: parts[name]?.[lang] ?? name, value: valueText(value) }));
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
