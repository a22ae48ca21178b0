import {
  possibleActs,
  subjectText,
  timeWindowText,
  type AccessRight,
  type RightAct,
  type RightChange,
} from "#exchange";
import type { Language } from "#kernel";
import {
  both,
  button,
  buttonLink,
  actions,
  details,
  factList,
  form,
  html,
  inLanguage,
  note,
  page,
  show,
  textInput,
  timeline,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { actorName } from "../../desk/pages/act-words.ts";
import {
  actWords,
  callName,
  changeWords,
  consentName,
  dateName,
  quotaName,
  serviceName,
  stateTag,
  subjectName,
} from "./right-words.ts";

const words = {
  title: both(
    (service: string, subject: string) => `權限：${subject} 使用 ${service}`,
    (service: string, subject: string) => `Right of ${subject} on ${service}`,
  ),
  back: both("所有權限", "All rights"),
  service: both("服務", "Service"),
  subject: both("誰可以用", "Who may"),
  call: both("呼叫", "Call"),
  purposes: both("目的", "Purposes"),
  legalBases: both("法律依據", "Legal bases"),
  any: both("不限", "any"),
  consent: both("當事人同意", "The person's consent"),
  timeWindow: both("時段", "Hours"),
  sourceGateways: both("只接受的來源閘道", "Source gateways"),
  fields: both("可釋出的欄位", "Fields released"),
  all: both("全部", "all"),
  quota: both("額度", "Quota"),
  dates: both("期間", "Dates"),
  review: both("下次檢視", "Next review"),
  owner: both("負責單位", "Responsible"),
  check: both("內容檢查", "Check against the description"),
  replaces: both("取代", "Replaces"),
  history: both("歷程", "History"),
  historyText: both("每一步都寫進了公開的紀錄。", "Each step is an entry of the public log."),
  note: both("說明（寫進歷程，不要寫個人資料）", "Why (kept in the history; no personal data)"),
  approveText: both(
    "提出、修改或送出這項權限的人不能核可。您的名字會留在歷程裡。",
    "Whoever drafted, amended or proposed this right cannot approve it. Your name stays in the history.",
  ),
  own: both(
    "您提出、修改或送出過這項權限，所以要由另一位管理人員核可：",
    "You drafted, amended or proposed this right, so another operator approves it:",
  ),
  nobody: both(
    "目前沒有別的管理人員。請有權的人用 npx taroko operator 邀請一位。",
    "there is none yet. Whoever runs the gateway makes one a link with npx taroko operator.",
  ),
  do: both("處理", "Act"),
  revoke: both("撤銷這項權限", "Revoke this right"),
  revokeNow: both("撤銷，不能恢復", "Revoke for good"),
  revokeText: both(
    "撤銷後不能恢復；下一次呼叫就會被拒絕。",
    "A revoked right does not come back; the next call is refused.",
  ),
  renew: both("提出延長", "Propose a renewal"),
  until: both("新的到期日（例如 2027-12-31）", "New end (for example 2027-12-31)"),
  reviewOn: both("下次檢視日", "Next review"),
  confirm: both("仍需要", "Still needed"),
  tryOut: both("先試試看：最近的呼叫會怎樣？", "Try out first: what would become of recent calls?"),
  tryApprove: both("如果核可", "If approved"),
  tryRevoke: both("如果撤銷", "If revoked"),
  copy: both("以此為範本提出新的", "Propose another like it"),
  warnings: both(
    "在其他廠牌的閘道上，這個路徑的比對結果可能不同。",
    "Gateways of other makes may match this path differently.",
  ),
};

export interface RightView {
  readonly right: AccessRight;
  readonly history: readonly RightChange[];
  /** What the path would do elsewhere. */
  readonly warnings: readonly string[];
  readonly approval: {
    /** Whether whoever looks wrote or proposed it. */
    readonly isOwn: boolean;
    /** Operators who did not. */
    readonly others: readonly string[];
  };
}

/** Acts that are one button; the others have pages or fields of their own. */
const buttons: readonly RightAct[] = ["approve", "reject", "propose", "activate", "suspend", "resume"];

export function rightPage({ right, history, warnings, approval }: RightView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const possible = possibleActs(right.state);
  const subject = decodeURIComponent(subjectText(right.subject)).split("/").slice(1).join("/");
  const title = t.title(serviceName(right), subject || decodeURIComponent(subjectText(right.subject)));
  const codes = (list: readonly string[], none: string): Html =>
    list.length === 0 ? html`${none}` : html`${list.map((one, at) => html`${at > 0 ? " " : ""}<code>${one}</code>`)}`;
  const facts = factList(
    [
      { label: words.service, value: html`${serviceName(right)} ${stateTag(right.state, lang)}` },
      { label: words.subject, value: subjectName(right) },
      { label: words.call, value: callName(right, lang) },
      { label: words.purposes, value: codes(right.purposes, t.any) },
      { label: words.legalBases, value: codes(right.legalBases, t.any) },
      { label: words.consent, value: consentName(right, lang) },
      { label: words.fields, value: right.fields ? codes(right.fields, "–") : html`${t.all}` },
      { label: words.quota, value: quotaName(right, lang) },
      ...(right.timeWindow ? [{ label: words.timeWindow, value: timeWindowText(right.timeWindow) }] : []),
      ...(right.sourceGateways ? [{ label: words.sourceGateways, value: codes(right.sourceGateways, "–") }] : []),
      {
        label: words.dates,
        value: `${dateName(right.validFrom, lang)} – ${dateName(right.validUntil, lang)}`,
      },
      { label: words.review, value: dateName(right.reviewAt, lang) },
      { label: words.owner, value: right.owner ?? "–" },
      ...(right.payloadCheck ? [{ label: words.check, value: right.payloadCheck }] : []),
      ...(right.replaces
        ? [{ label: words.replaces, value: html`<a href="/rights/right/${right.replaces}">${right.replaces}</a>` }]
        : []),
    ],
    lang,
  );
  const waits = possible.includes("approve") && approval.isOwn;
  const acting = buttons.filter((act) => possible.includes(act) && !(waits && act === "approve"));
  const { others } = approval;
  const body = html`<p><a href="/rights">${t.back}</a></p>
    <h1 class="wrap-any">${title}</h1>
    ${facts}${warnings.length > 0 ? note(html`${t.warnings} <code>${warnings.join(", ")}</code>`, "wait") : ""}
    ${waits ? note(html`${t.own} ${others.length > 0 ? others.join(lang === "en" ? ", " : "、") : t.nobody}`, "wait") : ""}
    ${acting.length === 0 ? "" : actForm(right, acting, lang, chrome)}
    ${possible.includes("review") ? keepForms(right, lang, chrome) : ""}
    ${possible.includes("revoke") ? revokeForm(right, lang, chrome) : ""}
    <h2>${t.tryOut}</h2>
    ${actions(
      right.state === "proposed" || right.state === "draft"
        ? buttonLink(t.tryApprove, `/rights/right/${right.id}/simulate?do=approve`, "quiet")
        : possible.includes("revoke")
          ? buttonLink(t.tryRevoke, `/rights/right/${right.id}/simulate?do=revoke`, "quiet")
          : "",
      right.state === "draft"
        ? buttonLink(actWords.amend[lang], `/rights/new?amend=${right.id}`, "quiet")
        : buttonLink(t.copy, `/rights/new?like=${right.id}`, "quiet"),
    )}
    <h2>${t.history}</h2>
    <p>${t.historyText}</p>
    ${timeline(
      history.map(({ at, change, by, note: said }) => ({
        at,
        title: changeWords[change] ?? change,
        by: by === null ? "–" : actorName(by, lang),
        text: said ?? undefined,
        state: "done",
      })),
      lang,
    )}
    <p>
      <small><code>${right.id}</code></small>
    </p>`;
  return page({ ...chrome, lang, title, area: "desk", body });
}

function actForm(right: AccessRight, acting: readonly RightAct[], lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return html`<h2>${t.do}</h2>
    ${acting.includes("approve") ? html`<p>${t.approveText}</p>` : ""}
    ${form(
      { action: `/rights/right/${right.id}`, csrf: chrome.csrf },
      html`<input
          type="hidden"
          name="seen"
          value="${right.version}"
        />${textInput({ id: "note", label: words.note }, lang)}${actions(
          ...acting.map((act, at) =>
            button(actWords[act][lang], {
              name: "act",
              value: act,
              kind: at === 0 ? "main" : "quiet",
            }),
          ),
        )}`,
    )}`;
}

/** Folded, since it cannot be undone: opening it is the first press, its button the second. */
function revokeForm(right: AccessRight, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return details(
    t.revoke,
    html`<p>${t.revokeText}</p>
      ${form(
        { action: `/rights/right/${right.id}`, csrf: chrome.csrf },
        html`${textInput({ id: "revoke-note", name: "note", label: words.note }, lang)}${button(t.revokeNow, { name: "act", value: "revoke", kind: "stop" })}`,
      )}`,
  );
}

function keepForms(right: AccessRight, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return html`${details(
    show(words.confirm, lang),
    form(
      { action: `/rights/right/${right.id}`, csrf: chrome.csrf },
      html`${textInput({ id: "confirm-review", name: "review", label: words.reviewOn, width: "medium" }, lang)}${button(t.confirm, { name: "act", value: "review", kind: "quiet" })}`,
    ),
  )}
  ${details(
    show(words.renew, lang),
    form(
      { action: `/rights/right/${right.id}`, csrf: chrome.csrf },
      html`${textInput({ id: "until", label: words.until, width: "medium" }, lang)}${textInput({ id: "renew-review", name: "review", label: words.reviewOn, width: "medium" }, lang)}${button(t.renew, { name: "act", value: "renew", kind: "quiet" })}`,
    ),
  )}`;
}
