import type { RequestRow } from "#exchange";
import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
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
  show,
  factList,
  table,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import { aboutText, kindWords, requestState } from "../../desk/pages/request-words.ts";

const words = {
  title: both("申請", "Requests"),
  lede: both(
    "機關從自己的閘道簽章送出的申請。核准後立即生效，並寫入公開紀錄。",
    "What agencies ask, signed by their gateways. An approval takes effect at once and stands in the public log.",
  ),
  waiting: both("待處理", "Waiting"),
  decided: both("已處理", "Decided"),
  none: both("目前沒有待處理的申請", "Nothing is waiting"),
  noneText: both("新的申請會出現在這裡。", "New requests appear here."),
  who: both("機關", "Agency"),
  what: both("申請事項", "What"),
  about: both("內容", "About"),
  asked: both("送出時間", "Asked"),
  state: both("狀態", "State"),
  by: both("處理者", "Decided by"),
  at: both("處理時間", "Decided"),
  reason: both("理由", "Reason"),
  gateway: both("送出的閘道", "Sent by gateway"),
  key: both("簽章金鑰", "Signing key"),
  contact: both("聯絡單位", "Contact"),
  why: both("說明", "Why"),
  fields: both("需要的欄位", "Fields needed"),
  purposes: both("目的與法律依據", "Purposes and legal bases"),
  approve: both("核准", "Approve"),
  reject: both("駁回", "Reject"),
  rejectWhy: both("駁回的理由", "Reason for rejecting"),
  rejectHint: both("機關會看到這段文字。請不要寫個人資料。", "The agency reads this. Write no personal data."),
  provider: both(
    "這項權限由提供資料的機關決定，不由主管機關核准；這裡只負責轉交。",
    "The agency that holds the data decides about this right. The authority only carries the request there.",
  ),
  stranger: both(
    "這個機關還不是會員：簽章只證明申請者持有這把金鑰。核准前，請用別的管道向該機關確認金鑰的指紋。",
    "This agency is no member yet: the signature proves only that whoever asks holds this key. Before you approve, confirm the key’s thumbprint with the agency by another way.",
  ),
  delivered: both("已轉交提供機關", "Delivered to the provider"),
};

/** Requests that wait, and those that were decided lately. */
export function requestsPage(rows: readonly RequestRow[], lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const waiting = rows.filter(({ state }) => state === "pending");
  const decided = rows.filter(({ state }) => state !== "pending");
  const list = (of: readonly RequestRow[], caption: string) =>
    table({
      caption,
      captionHidden: true,
      columns: [{ head: t.what }, { head: t.who }, { head: t.about }, { head: t.asked }, { head: t.state }],
      rows: of.map((row) => ({
        cells: [
          html`<a href="/requests/${row.id}">${kindWords[row.kind][lang]}</a>`,
          decodeURIComponent(row.member),
          show(aboutText(row.content, lang), lang),
          formatDateTime(row.asked_at, lang),
          html`<div>${requestState(row.state, lang)}</div>`,
        ],
      })),
    });
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <h2>${t.waiting}</h2>
    ${
      waiting.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
        : list(waiting, t.waiting)
    }
    ${
      decided.length === 0
        ? ""
        : html`<h2>${t.decided}</h2>
            ${list(decided, t.decided)}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

/** One request: what is asked, by whom, and the two buttons. */
export function requestPage(
  view: { readonly row: RequestRow; readonly errors?: readonly FieldError[]; readonly reason?: string | undefined },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { row, errors } = view;
  const { content } = row;
  const facts: { label: string; value: string }[] = [
    { label: t.who, value: decodeURIComponent(row.member) },
    { label: t.about, value: aboutText(content, lang) },
    { label: t.gateway, value: decodeURIComponent(row.gateway) },
    { label: t.key, value: row.keyid },
    { label: t.asked, value: formatDateTime(row.asked_at, lang) },
  ];
  if (content.kind === "member.join" && content.contact) facts.push({ label: t.contact, value: content.contact });
  if (content.kind === "right.ask") {
    if (content.fields) facts.push({ label: t.fields, value: content.fields.join(", ") });
    const bases = [...(content.purposes ?? []), ...(content.legalBases ?? [])];
    if (bases.length > 0) facts.push({ label: t.purposes, value: bases.join(", ") });
    if (content.why) facts.push({ label: t.why, value: content.why });
    if (row.delivered_at) facts.push({ label: t.delivered, value: formatDateTime(row.delivered_at, lang) });
  }
  if (row.decided_by) facts.push({ label: t.by, value: decodeURIComponent(row.decided_by) });
  if (row.decided_at) facts.push({ label: t.at, value: formatDateTime(row.decided_at, lang) });
  if (row.reason) facts.push({ label: t.reason, value: row.reason });
  const decide =
    row.state !== "pending"
      ? ""
      : content.kind === "right.ask"
        ? note(t.provider)
        : html`${content.kind === "member.join" ? note(t.stranger, "wait") : ""}
          ${form(
            { action: `/requests/${row.id}`, csrf: chrome.csrf },
            html`${textInput(
              {
                id: "reason",
                label: t.rejectWhy,
                hint: t.rejectHint,
                rows: 3,
                value: view.reason,
                error: errorOf(errors, "reason"),
              },
              lang,
            )}
            ${actions(
              button(t.approve, { name: "decision", value: "approved" }),
              button(t.reject, { name: "decision", value: "rejected", kind: "stop" }),
            )}`,
          )}`;
  const title = kindWords[row.kind][lang];
  const body = html`${errorSummary(errors, lang)}
    <h1>${title}</h1>
    <p>${requestState(row.state, lang)}</p>
    ${factList(facts, lang)} ${decide}`;
  return page({ ...chrome, lang, title, area: "desk", body });
}
