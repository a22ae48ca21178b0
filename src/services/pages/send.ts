import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  checkbox,
  errorOf,
  errorSummary,
  explanation,
  factList,
  form,
  formatDate,
  formatDateTime,
  formatMoney,
  html,
  icon,
  inLanguage,
  page,
  paths,
  show,
  summaryList,
  taskSteps,
  type Chrome,
  type Explanation,
  type FieldError,
  type HtmlPage,
  type SummaryRow,
  type Text,
} from "#ui";
import type { JourneyStep } from "./questions.ts";

export interface CheckView {
  readonly steps: JourneyStep;
  readonly backHref: string;
  /** Answers and fetched facts under their headings; facts carry their source, answers a link to change them. */
  readonly groups: readonly { readonly heading: Text; readonly rows: readonly SummaryRow[] }[];
  /** What would be paid, and why. */
  readonly amount: { readonly value: number; readonly why: Explanation };
  /** The amount is a fee: the person pays it. */
  readonly fee?: boolean;
  /** Conditions the person does not meet so far; sending is still possible. */
  readonly warning?: Text;
  readonly nextHref: string;
}

const checkWords = {
  title: both("送出前，請確認內容", "Check your answers"),
  lede: both(
    "標有來源的內容由機關提供，不需要您填。其餘可以更改。",
    "What shows a source came from an agency. Everything else you can change.",
  ),
  amount: both("可得補助", "You would get"),
  fee: both("要繳的規費", "You would pay"),
  next: both("內容正確，去簽署", "All correct, go on to sign"),
  back: both("上一步", "Back"),
};

/** Everything that will be sent: answers with links to change them, facts with their sources, the amount with its reason. */
export function checkPage(view: CheckView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(checkWords, lang);
  const body = html`<a class="back" href="${view.backHref}">${t.back}</a>
    ${taskSteps(view.steps.names, view.steps.current, lang)}
    <div class="two">
      <div>
        <h1>${t.title}</h1>
        <p class="lede">${t.lede}</p>
        ${view.warning ? html`<div class="note wait"><p>${show(view.warning, lang)}</p></div>` : ""}
        ${view.groups.map(
          ({ heading, rows }) =>
            html`<section class="card">
              <h2>${show(heading, lang)}</h2>
              ${summaryList(rows, lang)}
            </section>`,
        )}
        ${actions(buttonLink(t.next, view.nextHref))}
      </div>
      <aside aria-labelledby="amount">
        <div class="card">
          <h2 id="amount">${view.fee ? t.fee : t.amount}</h2>
          <p class="sum">${formatMoney(view.amount.value, lang)}</p>
          ${explanation(view.amount.why, lang)}
        </div>
      </aside>
    </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "services", body });
}

export interface DeclareView {
  readonly steps: JourneyStep;
  readonly backHref: string;
  readonly service: Text;
  readonly amount: number;
  /** The amount is a fee: the person pays it. */
  readonly fee?: boolean;
  /** Each sentence the person declares. */
  readonly statements: readonly Text[];
  /** SHA-256 of what is signed, hexadecimal; the reader shows the same. */
  readonly digest: string;
  readonly simulator: boolean;
  /** Posts `agree=yes` here; the server then sends the browser to the reader. */
  readonly action: string;
  readonly errors?: readonly FieldError[];
}

const declareWords = {
  title: both("聲明與簽署", "Declare and sign"),
  lede: both("用卡片簽署，效力與親筆簽名相同。", "You sign with your card. It counts like your own hand."),
  statements: both("您聲明", "You declare that"),
  agree: both("我已看過並同意以上聲明", "I have read this and declare it"),
  sign: both("用卡片簽署並送出", "Sign with the card and send"),
  what: both("您要簽的是", "What you sign"),
  service: both("申請", "Application"),
  amount: both("補助", "Amount"),
  fee: both("規費", "Fee"),
  digest: both("內容指紋", "Fingerprint"),
  same: both(
    "讀卡機會顯示同一個指紋；不一樣就不要簽。",
    "The reader shows the same fingerprint. If it differs, do not sign.",
  ),
  simulator: both("接下來的讀卡機是模擬器。", "The card reader that follows is a simulator."),
};

/** What the person declares, and what exactly will be signed. */
export function declarePage(view: DeclareView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(declareWords, lang);
  const body = html`<a class="back" href="${view.backHref}">${checkWords.back[lang]}</a>
    ${taskSteps(view.steps.names, view.steps.current, lang)}
    <div class="two">
      <div>
        ${errorSummary(view.errors, lang)}
        <h1>${t.title}</h1>
        <p class="lede">${t.lede}</p>
        <h2>${t.statements}</h2>
        <ul>
          ${view.statements.map((statement) => html`<li>${show(statement, lang)}</li>`)}
        </ul>
        ${form(
          { action: view.action, csrf: chrome.csrf },
          html`${checkbox({ id: "agree", value: "yes", label: declareWords.agree, error: errorOf(view.errors, "agree") }, lang)}${actions(
            button(t.sign, { kind: "sun" }),
          )}`,
        )}
        ${view.simulator ? html`<p class="remark">${t.simulator}</p>` : ""}
      </div>
      <aside aria-labelledby="signing">
        <div class="card">
          <h2 id="signing">${t.what}</h2>
          ${factList(
            [
              { label: declareWords.service, value: view.service },
              { label: view.fee ? declareWords.fee : declareWords.amount, value: formatMoney(view.amount, lang) },
              { label: declareWords.digest, value: html`<code class="proof">${view.digest}</code>` },
            ],
            lang,
          )}
          <p class="remark">${t.same}</p>
        </div>
      </aside>
    </div>`;
  return page({
    ...chrome,
    lang,
    title: t.title,
    area: "citizen",
    active: "services",
    error: Boolean(view.errors?.length),
    body,
  });
}

export interface ReceiptView {
  readonly number: string;
  readonly service: Text;
  readonly applicant: string;
  readonly sentAt: Date;
  /** The day by which a decision is due. */
  readonly due: Date;
  readonly agency: Text;
  readonly next: readonly Text[];
  readonly statusHref: string;
  /** The signed receipt as a file. */
  readonly downloadHref: string;
}

const receiptWords = {
  title: both("已收到您的申請", "We have your application"),
  number: both("申請編號", "Application number"),
  service: both("服務", "Service"),
  applicant: both("申請人", "Applicant"),
  sent: both("送出時間", "Sent"),
  due: both("最晚決定", "Decision due by"),
  agency: both("承辦", "Handled by"),
  next: both("接下來", "What happens next"),
  status: both("看申請進度", "See its progress"),
  download: both("下載收據", "Download the receipt"),
  keep: both(
    "收據證明這件申請已記入公開紀錄，任何人都能驗；裡面沒有您的姓名和回答。",
    "The receipt proves that this application stands in the public record; anyone can check it. It holds neither your name nor your answers.",
  ),
};

/** The number, the day a decision is due, what happens next, and the receipt to keep. */
export function receiptPage(view: ReceiptView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(receiptWords, lang);
  const body = html`<div class="narrow">
    <section class="card seal">
      ${icon("seal")}
      <h1>${t.title}</h1>
      <p class="caption">${t.number}</p>
      <p class="receipt-number">${view.number}</p>
      ${factList(
        [
          { label: receiptWords.service, value: view.service },
          { label: receiptWords.applicant, value: view.applicant },
          { label: receiptWords.sent, value: formatDateTime(view.sentAt, lang) },
          { label: receiptWords.due, value: formatDate(view.due, lang) },
          { label: receiptWords.agency, value: view.agency },
        ],
        lang,
      )}
    </section>
    <h2>${t.next}</h2>
    <ol>
      ${view.next.map((step) => html`<li>${show(step, lang)}</li>`)}
    </ol>
    ${actions(buttonLink(t.status, view.statusHref), html`<a class="button quiet" href="${view.downloadHref}" download>${t.download}</a>`)}
    <p class="remark">${t.keep}</p>
    <p><a href="${paths.applications}">${lang === "en" ? "My applications" : "我的申請"}</a></p>
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "applications", body });
}
