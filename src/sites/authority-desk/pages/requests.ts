import type { RequestKind, RequestRow } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
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
  show,
  factList,
  table,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import { pagesOf, searchOf, type ListPart } from "../../desk/list-part.ts";
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
  noneDecided: both("還沒有處理過的申請", "Nothing was decided yet"),
  noneDecidedText: both("核准或駁回的申請會出現在這裡。", "What is approved or rejected appears here."),
  search: both("搜尋機關或申請內容", "Search agencies and what they ask"),
  notFound: both("沒有符合的申請", "No request found"),
  notFoundText: both("請換一個名稱或代碼。", "Try another name or code."),
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
  rejectFold: both("駁回這項申請", "Reject this request"),
  rejectText: both(
    "駁回後不能改為核准；機關可以重新申請。",
    "A rejected request cannot be approved later; the agency may ask again.",
  ),
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

export interface RequestsView {
  readonly requests: ListPart<RequestRow>;
  /** Those that were decided, instead of those that wait. */
  readonly decided: boolean;
}

/** Requests that wait, or those that were decided. */
export function requestsPage({ requests, decided }: RequestsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const more: Readonly<Record<string, string>> = decided ? { state: "decided" } : {};
  const choice = (text: string, href: string, current: boolean) =>
    html`<li><a href="${href}" ${current ? html` aria-current="true"` : ""}>${text}</a></li>`;
  const list = table({
    caption: decided ? t.decided : t.waiting,
    captionHidden: true,
    columns: [{ head: t.what }, { head: t.who }, { head: t.about }, { head: t.asked }, { head: t.state }],
    rows: requests.rows.map((row) => ({
      cells: [
        html`<a href="/requests/${row.id}">${kindWords[row.kind][lang]}</a>`,
        decodeURIComponent(row.member),
        show(aboutText(row.content, lang), lang),
        formatDateTime(row.asked_at, lang),
        html`<div>${requestState(row.state, lang)}</div>`,
      ],
    })),
  });
  const empty = requests.search
    ? { title: t.notFound, text: t.notFoundText }
    : decided
      ? { title: t.noneDecided, text: t.noneDecidedText }
      : { title: t.none, text: t.noneText };
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <ul class="filter" aria-label="${t.state}">
      ${choice(t.waiting, "/requests", !decided)}${choice(t.decided, "/requests?state=decided", decided)}
    </ul>
    ${searchOf(requests, { action: "/requests", label: words.search, more }, lang)}
    ${
      requests.rows.length === 0
        ? emptyState({ drawing: icon("mountain"), ...empty })
        : html`${list}${pagesOf(requests, { action: "/requests", more }, lang)}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

/** What an approval does, told before it is pressed. */
const effects: Readonly<Record<Exclude<RequestKind, "right.ask">, Localised>> = {
  "member.join": both(
    "按下核准後，這個機關立即成為會員，申請時用的金鑰可以讓一個閘道加入。",
    "With the press the agency becomes a member, and the key it asked with may bring one gateway in.",
  ),
  "member.rename": both("按下核准後，新名稱立即公布。", "With the press the new name is published."),
  "member.leave": both(
    "按下核准後，這個機關的閘道立即停用、金鑰廢止，不能恢復；要回來須重新加入。",
    "With the press its gateways are out and its keys revoked, for good. To come back it joins anew.",
  ),
  "subsystem.add": both("按下核准後，子系統立即登錄。", "With the press the subsystem is registered."),
  "subsystem.rename": both("按下核准後，新名稱立即公布。", "With the press the new name is published."),
  "subsystem.remove": both(
    "按下核准後，子系統立即移除，它的呼叫不再被接受。",
    "With the press the subsystem is taken out, and its calls are accepted no more.",
  ),
  "gateway.add": both(
    "按下核准後，持有這把金鑰的閘道可以加入。",
    "With the press the gateway that holds this key may join.",
  ),
  "gateway.retire": both(
    "按下核准後，閘道立即停用、金鑰廢止，不能恢復。",
    "With the press the gateway is out and its keys revoked, for good.",
  ),
  "service.announce": both("按下核准後，服務立即公告。", "With the press the service is announced."),
};

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
            html`<p>${effects[content.kind][lang]}</p>
              ${button(t.approve, { name: "decision", value: "approved" })}`,
          )}
          ${details(
            t.rejectFold,
            html`<p>${t.rejectText}</p>
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
                )}${button(t.reject, { name: "decision", value: "rejected", kind: "stop" })}`,
              )}`,
            errors !== undefined,
          )}`;
  const title = kindWords[row.kind][lang];
  const body = html`${errorSummary(errors, lang)}
    <h1>${title}</h1>
    <p>${requestState(row.state, lang)}</p>
    ${factList(facts, lang)} ${decide}`;
  return page({ ...chrome, lang, title, area: "desk", body });
}
