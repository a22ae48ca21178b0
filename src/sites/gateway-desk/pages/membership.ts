import type { AskedRow, ConfigurationStatus, RegisteredMember, SentRequest } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  details,
  emptyState,
  errorOf,
  errorSummary,
  form,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  page,
  postButton,
  show,
  factList,
  table,
  tag,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type HtmlValue,
  type Tone,
} from "#ui";
import { codesIn, codeTicks, type ListedCode, type ListedCodes } from "./code-inputs.ts";
import { aboutText, kindWords, requestState } from "../../desk/pages/request-words.ts";

const words = {
  title: both("會員資格", "Membership"),
  lede: both(
    "本機關在這個國家登錄了什麼，以及向主管機關申請了什麼。",
    "What is registered of this agency, and what it has asked of the authority.",
  ),
  registered: both("登錄內容", "Registered"),
  agency: both("機關", "Agency"),
  subsystems: both("子系統", "Subsystems"),
  certificate: both("閘道憑證有效至", "Gateway certificate until"),
  key: both("簽章金鑰", "Signing key"),
  renewed: both("到一半時間會自動更新。", "Renewed by itself at half its time."),
  roll: both("更換簽章金鑰", "Roll the signing key"),
  rollWhy: both(
    "新金鑰由舊金鑰證明，舊金鑰再有效一天。進行中的交換不受影響。",
    "The old key vouches for the new one and stays good for a day. Exchanges go on.",
  ),
  configuration: both("共同設定", "Configuration"),
  state: both("狀態", "State"),
  version: both("版本", "Version"),
  root: both("信任根版本", "Root"),
  issued: both("簽發時間", "Issued"),
  soft: both("開始提醒", "Warns from"),
  hard: both("停止交換", "Refuses from"),
  sources: both("來源", "Asked at"),
  conflict: both(
    "看到同一版本的兩份不同設定：主管機關向不同的人說了不同的話，或有人偽造。仍使用先前接受的那一份，兩份的雜湊值已寫入紀錄。請立即聯絡主管機關。",
    "Two different configurations of one version were seen: the authority tells two stories, or somebody forges one. The first stays in use, and both hashes stand in the log. Call the authority now.",
  ),
  stale: both(
    "已經超過提醒時間還沒有收到新的設定。交換照常，但撤銷的金鑰與新的會員可能還不知道。",
    "No newer configuration has come since the warning time. Exchanges go on, but revoked keys and new members may be unknown here.",
  ),
  expired: both(
    "設定已過期：所有交換都被拒絕，直到收到新的設定。",
    "The configuration has expired: every exchange is refused until a new one comes.",
  ),
  requests: both("我們的申請", "What we asked"),
  none: both("還沒有申請", "Nothing asked yet"),
  noneText: both(
    "用下面的表單送出申請，由主管機關處理。",
    "Send a request with the form below; the authority decides.",
  ),
  what: both("申請事項", "What"),
  about: both("內容", "About"),
  asked: both("送出時間", "Asked"),
  reason: both("理由", "Reason"),
  theirs: both("別的機關向我們請求的權限", "Rights that others ask of us"),
  theirsText: both(
    "每一項都成為一個待核准的權限提案，由本機關決定。",
    "Each becomes a proposal among the rights here; this agency decides.",
  ),
  asker: both("機關", "Agency"),
  refresh: both("現在詢問主管機關", "Ask the authority now"),
  add: both("申請新增子系統", "Ask for a subsystem"),
  code: both("代碼", "Code"),
  codeHint: both("字母、數字，以及 ' ( ) + , - . = ?", "Letters, digits, and ' ( ) + , - . = ?"),
  nameZh: both("中文名稱", "Chinese name"),
  nameEn: both("英文名稱", "English name"),
  send: both("簽章並送出", "Sign and send"),
  ask: both("向別的機關請求權限", "Ask another agency for a right"),
  provider: both("提供者的子系統", "Subsystem that provides it"),
  providerHint: both("例如 TW/GOV/MOI/registry", "For example TW/GOV/MOI/registry"),
  service: both("資料服務代碼", "Data service"),
  client: both("我們的哪個子系統呼叫", "Our subsystem that would call"),
  purposes: both("目的", "Purposes"),
  bases: both("法律依據", "Legal bases"),
  spaced: both("代碼，以空格分隔", "Codes, with spaces between"),
  why: both("說明", "Why"),
  notYet: both("待決定", "waiting"),
  notMade: both("無法成為提案", "could not become a proposal"),
};

const states: Readonly<Record<ConfigurationStatus["state"], { text: Localised; tone: Tone }>> = {
  fresh: { text: both("最新", "fresh"), tone: "good" },
  stale: { text: both("過時", "stale"), tone: "wait" },
  expired: { text: both("過期", "expired"), tone: "bad" },
};

export interface MembershipView {
  readonly member: RegisteredMember | undefined;
  readonly keyid: string;
  readonly certificateUntil: Date;
  readonly status: ConfigurationStatus;
  readonly requests: readonly SentRequest[];
  readonly asked: readonly AskedRow[];
  /** Purposes and laws to choose from. */
  readonly listed: ListedCodes;
  /** What was typed into a form that was not taken. */
  readonly typed?: Readonly<Record<string, string>> | undefined;
  readonly errors?: readonly FieldError[] | undefined;
}

export function membershipPage(view: MembershipView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { member, status, requests, asked, errors } = view;
  const body = html`${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${status.conflict ? note(t.conflict, "bad") : ""}
    ${status.state === "stale" ? note(t.stale, "wait") : status.state === "expired" ? note(t.expired, "bad") : ""}
    <h2>${t.registered}</h2>
    ${factList(
      [
        { label: t.agency, value: member ? html`${show(member.name, lang)} <code>${member.id}</code>` : "—" },
        {
          label: t.subsystems,
          value: html`${(member?.subsystems ?? []).map((one) => html`<div><code>${one.code}</code> ${show(one.name, lang)}</div>`)}`,
        },
        {
          label: t.certificate,
          value: html`${formatDateTime(view.certificateUntil, lang)} <span class="remark">${t.renewed}</span>`,
        },
        { label: t.key, value: html`<code class="wrap-any">${view.keyid}</code>` },
      ],
      lang,
    )}
    ${details(
      t.roll,
      html`<p>${t.rollWhy}</p>
        ${postButton({ action: "/membership/roll-key", csrf: chrome.csrf, text: t.roll, kind: "quiet" })}`,
    )}
    <h2>${t.configuration}</h2>
    ${configurationFacts(status, lang)}
    <h2>${t.requests}</h2>
    ${
      requests.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
        : table({
            caption: t.requests,
            captionHidden: true,
            columns: [{ head: t.what }, { head: t.about }, { head: t.asked }, { head: t.state }, { head: t.reason }],
            rows: requests.map((one) => ({
              cells: [
                kindWords[one.kind][lang],
                show(aboutText(one.content, lang), lang),
                formatDateTime(one.asked_at, lang),
                html`<div>${requestState(one.state, lang)}</div>`,
                show(one.reason ?? "", lang),
              ],
            })),
          })
    }
    ${postButton({ action: "/membership/refresh", csrf: chrome.csrf, text: t.refresh, kind: "quiet" })}
    ${asked.length === 0 ? "" : askedRights(asked, lang)} ${forms(view, lang, chrome)}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function configurationFacts(status: ConfigurationStatus, lang: Language): Html {
  const t = inLanguage(words, lang);
  const time = (text: string | undefined): string => (text ? formatDateTime(new Date(text), lang) : "—");
  return factList(
    [
      { label: t.state, value: tag(states[status.state], lang) },
      { label: t.version, value: String(status.version) },
      { label: t.root, value: String(status.rootVersion) },
      { label: t.issued, value: time(status.issued) },
      { label: t.soft, value: time(status.softExpires) },
      { label: t.hard, value: time(status.expires) },
      {
        label: t.sources,
        value: html`${status.sources.map(
          ({ url, last }) =>
            html`<div><code class="wrap-any">${url}</code> <span class="remark wrap-any">${last}</span></div>`,
        )}`,
      },
    ],
    lang,
  );
}

function askedRights(asked: readonly AskedRow[], lang: Language): Html {
  const t = inLanguage(words, lang);
  const state = (row: AskedRow): HtmlValue => {
    if (row.right_id === null && row.decision === "rejected") return tag({ text: words.notMade, tone: "bad" }, lang);
    return row.decision === null ? tag({ text: words.notYet, tone: "wait" }, lang) : requestState(row.decision, lang);
  };
  return html`<h2>${t.theirs}</h2>
    <p>${t.theirsText}</p>
    ${table({
      caption: t.theirs,
      captionHidden: true,
      columns: [{ head: t.asker }, { head: t.about }, { head: t.asked }, { head: t.state }, { head: t.reason }],
      rows: asked.map((row) => ({
        cells: [
          decodeURIComponent(row.asker),
          show(aboutText(row.content, lang), lang),
          formatDateTime(row.asked_at, lang),
          html`<div>${state(row)}</div>`,
          row.reason ?? (row.content.kind === "right.ask" ? (row.content.why ?? "") : ""),
        ],
      })),
    })}`;
}

function forms(view: MembershipView, lang: Language, chrome: Chrome): Html {
  const { typed = {}, errors, member } = view;
  const t = inLanguage(words, lang);
  const input = (id: string, label: string, hint?: string): Html =>
    textInput({ id, label, ...(hint ? { hint } : {}), value: typed[id], error: errorOf(errors, id) }, lang);
  const codes = (id: "purposes" | "bases", listed: readonly ListedCode[]): Html =>
    codeTicks(
      {
        id,
        label: words[id],
        ...(listed.length === 0 ? { hint: words.spaced } : {}),
        value: codesIn(typed, id),
        error: errorOf(errors, id),
      },
      listed,
      lang,
    );
  const [first] = member?.subsystems ?? [];
  const client = typed["client"] ?? (member && first ? `${member.id}/${first.code}` : "");
  return html`${details(
    t.add,
    form(
      { action: "/membership/subsystem", csrf: chrome.csrf },
      html`${input("code", t.code, t.codeHint)}${input("nameZh", t.nameZh)}${input("nameEn", t.nameEn)}
      ${actions(button(t.send))}`,
    ),
    errors?.some(({ field }) => field === "code" || field.startsWith("name")) ?? false,
  )}
  ${details(
    t.ask,
    form(
      { action: "/membership/right", csrf: chrome.csrf },
      html`${input("provider", t.provider, t.providerHint)}${input("service", t.service)}
      ${textInput({ id: "client", label: t.client, value: client, error: errorOf(errors, "client") }, lang)}
      ${codes("purposes", view.listed.purposes)}${codes("bases", view.listed.legalBases)}${input("why", t.why)}
      ${actions(button(t.send))}`,
    ),
    errors?.some(({ field }) => ["provider", "service", "client", "purposes", "bases"].includes(field)) ?? false,
  )}`;
}
