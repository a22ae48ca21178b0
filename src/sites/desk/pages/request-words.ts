import type { RequestContent, RequestKind, RequestState } from "#exchange";
import type { Language, Localised } from "#kernel";
import { both, tag, type Html, type Tone } from "#ui";

/** Kinds of requests in words, for agencies and registrars alike. */
export const kindWords: Readonly<Record<RequestKind, Localised>> = {
  "member.join": both("加入成為會員機關", "Join as a member"),
  "member.rename": both("變更機關名稱", "Rename the member"),
  "member.leave": both("退出", "Leave"),
  "subsystem.add": both("新增子系統", "Add a subsystem"),
  "subsystem.rename": both("變更子系統名稱", "Rename a subsystem"),
  "subsystem.remove": both("移除子系統", "Remove a subsystem"),
  "gateway.add": both("新增閘道", "Add a gateway"),
  "gateway.retire": both("停用閘道", "Retire a gateway"),
  "service.announce": both("公告資料服務", "Announce a data service"),
  "right.ask": both("請求存取權限", "Ask for a right"),
};

const states: Readonly<Record<RequestState, { readonly text: Localised; readonly tone: Tone }>> = {
  pending: { text: both("待處理", "waiting"), tone: "wait" },
  approved: { text: both("已核准", "approved"), tone: "good" },
  rejected: { text: both("已駁回", "rejected"), tone: "bad" },
  withdrawn: { text: both("已撤回", "withdrawn"), tone: "quiet" },
};

/** Where a request stands, as a tag. */
export function requestState(state: RequestState, lang: Language): Html {
  return tag(states[state], lang);
}

/** What a request is about, in one line. */
export function aboutText(content: RequestContent, lang: Language): string {
  switch (content.kind) {
    case "member.join":
      return [content.name[lang], ...content.subsystems.map(({ code, name }) => `${code} ${name[lang]}`)].join(" · ");
    case "member.rename":
      return content.name[lang];
    case "member.leave":
      return "";
    case "subsystem.add":
    case "subsystem.rename":
      return `${content.code} · ${content.name[lang]}`;
    case "subsystem.remove":
      return content.code;
    case "gateway.add":
    case "gateway.retire":
      return content.serverCode;
    case "service.announce":
      return `${content.subsystem}/${content.service} · ${content.title[lang]}`;
    case "right.ask":
      return `${content.client} → ${content.provider}/${content.service}`;
  }
}
