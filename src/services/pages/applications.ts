import type { Language } from "#kernel";
import {
  both,
  buttonLink,
  emptyState,
  explanation,
  factList,
  formatDate,
  formatDateTime,
  formatMoney,
  html,
  icon,
  inLanguage,
  page,
  paths,
  plain,
  show,
  tag,
  timeline,
  timeOf,
  type Chrome,
  type Explanation,
  type HtmlPage,
  type Source,
  type Tag,
  type Text,
  type TimelineEvent,
} from "#ui";

/** One application in the list. */
export interface ApplicationLine {
  /** Absent while it is a draft. */
  readonly number?: string;
  readonly service: Text;
  readonly subject: Text;
  readonly state: Tag;
  readonly at: Date;
  readonly next: Text;
  readonly href: string;
}

export interface ApplicationsView {
  readonly applications: readonly ApplicationLine[];
}

const listWords = {
  title: both("我的申請", "My applications"),
  draft: both("草稿", "Draft"),
  updated: both("最近更新", "Last change"),
  none: both("還沒有申請", "No applications yet"),
  noneText: both(
    "送出第一件申請後，這裡會一直看得到它走到哪裡。",
    "Once you send your first application, you can always see here where it stands.",
  ),
  services: both("找服務", "Find a service"),
};

/** All applications of a person, newest first, drafts among them. */
export function applicationsPage(view: ApplicationsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(listWords, lang);
  const cards = view.applications.map(
    (one) =>
      html`<section class="card">
        <div class="between">
          <h2 class="asked"><a href="${one.href}">${show(one.service, lang)}</a></h2>
          ${tag(one.state, lang)}
        </div>
        <p class="fields">${show(one.subject, lang)}</p>
        <p>${show(one.next, lang)}</p>
        <p class="remark">${one.number ?? t.draft} · ${t.updated} ${timeOf(one.at, lang)}</p>
      </section>`,
  );
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    ${
      cards.length > 0
        ? cards
        : emptyState({
            drawing: icon("once"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.services, paths.services),
          })
    }
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "applications", body });
}

/** What was decided, in the words of the notice. */
export interface DecisionView {
  readonly outcome: "approved" | "refused";
  readonly at: Date;
  readonly amount?: number;
  readonly reasons: readonly Text[];
  readonly why?: Explanation;
  /** How and until when to object. */
  readonly remedies: Text;
  readonly objectUntil?: Date;
  /** The receipt of the decision in the record, as a file. */
  readonly proofHref: string;
  /** The decision as a sealed PDF, where the portal seals letters. */
  readonly letterHref?: string;
}

export interface ApplicationView {
  readonly number: string;
  readonly service: Text;
  readonly subject: Text;
  readonly state: Tag;
  /** One sentence: where it stands and what comes next, by when. */
  readonly now: Text;
  readonly events: readonly TimelineEvent[];
  readonly decision?: DecisionView;
  readonly payment?: {
    readonly state: Tag;
    readonly amount: number;
    readonly account: string;
    readonly at?: Date;
    readonly text: Text;
    /** The payment's own page. */
    readonly href?: string;
  };
  /** What is owed for it, and where that is paid. */
  readonly fee?: { readonly state: Tag; readonly amount: number; readonly href: string; readonly open: boolean };
  /** What it provided, to be fetched. */
  readonly provided?: { readonly title: Text; readonly href: string };
  readonly facts: readonly { readonly label: Text; readonly value: Text; readonly source?: Source }[];
  readonly usageHref: string;
  readonly receiptHref: string;
  /** The receipt as a sealed PDF, and where such seals are checked. */
  readonly receiptLetterHref?: string;
  readonly checkHref?: string;
}

const words = {
  letter: both("下載決定（PDF，密封）", "Download the decision (PDF, sealed)"),
  check: both("檢查簽章", "Check a signature"),
  receiptLetter: both("收據（PDF，密封）", "Receipt (PDF, sealed)"),
  back: both("我的申請", "My applications"),
  course: both("經過", "What happened"),
  decision: both("決定", "Decision"),
  approved: both("核定", "Approved"),
  refused: both("不予補助", "Refused"),
  reasons: both("理由", "Reasons"),
  remedies: both("不服這個決定", "If you disagree"),
  until: both(
    (day: string) => `最晚 ${day} 提出。`,
    (day: string) => `At the latest on ${day}.`,
  ),
  proof: both("下載這個決定的證明", "Download the proof of this decision"),
  payment: both("付款", "Payment"),
  fee: both("規費", "Fee"),
  pay: both("去繳費", "Pay the fee"),
  feePage: both("看繳費與收據", "See the payment and its receipt"),
  provided: both("您的文件", "Your document"),
  fetch: both("下載（PDF，密封）", "Download (PDF, sealed)"),
  account: both("帳戶", "Account"),
  amount: both("金額", "Amount"),
  when: both("入帳時間", "Paid on"),
  money: both("看錢在哪裡", "See where the money is"),
  kept: both("紀錄與證明", "Record and proof"),
  used: both("這件申請用了哪些資料", "Data used for this application"),
  usage: both("誰看過這件申請", "Who has read this"),
  receipt: both("下載送件收據", "Download the receipt of sending"),
};

/** Where one application stands: its course, the decision with reasons and remedies, the payment, the proofs. */
export function applicationPage(view: ApplicationView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const decision = view.decision
    ? html`<section class="card">
        <div class="between">
          <h2>${t.decision}</h2>
          ${tag(view.decision.outcome === "approved" ? { tone: "good", text: t.approved } : { tone: "bad", text: t.refused }, lang)}
        </div>
        ${view.decision.amount === undefined ? "" : html`<p class="sum">${formatMoney(view.decision.amount, lang)}</p>`}
        <h3>${t.reasons}</h3>
        <ul>
          ${view.decision.reasons.map((reason) => html`<li>${show(reason, lang)}</li>`)}
        </ul>
        ${view.decision.why ? explanation(view.decision.why, lang) : ""}
        <h3 class="spaced">${t.remedies}</h3>
        <p>
          ${show(view.decision.remedies, lang)}
          ${view.decision.objectUntil ? t.until(formatDate(view.decision.objectUntil, lang)) : ""}
        </p>
        <p class="links">
          ${view.decision.letterHref === undefined ? "" : html`<a href="${view.decision.letterHref}" download>${t.letter}</a>`}
          <a href="${view.decision.proofHref}" download>${t.proof}</a>
        </p>
      </section>`
    : "";
  const payment = view.payment
    ? html`<section class="card">
        <div class="between">
          <h2>${t.payment}</h2>
          ${tag(view.payment.state, lang)}
        </div>
        <p>${show(view.payment.text, lang)}</p>
        ${factList(
          [
            { label: words.amount, value: formatMoney(view.payment.amount, lang) },
            { label: words.account, value: view.payment.account },
            ...(view.payment.at ? [{ label: words.when, value: formatDateTime(view.payment.at, lang) }] : []),
          ],
          lang,
        )}
        ${view.payment.href ? html`<p class="spaced"><a href="${view.payment.href}">${t.money}</a></p>` : ""}
      </section>`
    : "";
  const provided = view.provided
    ? html`<section class="card">
        <h2>${t.provided}</h2>
        <p>${show(view.provided.title, lang)}</p>
        <p>${buttonLink(t.fetch, view.provided.href, "sun")}</p>
      </section>`
    : "";
  const fee = view.fee
    ? html`<section class="card">
        <div class="between">
          <h2>${t.fee}</h2>
          ${tag(view.fee.state, lang)}
        </div>
        <p class="sum">${formatMoney(view.fee.amount, lang)}</p>
        <p>
          ${view.fee.open ? buttonLink(t.pay, view.fee.href, "sun") : html`<a href="${view.fee.href}">${t.feePage}</a>`}
        </p>
      </section>`
    : "";
  const body = html`<a class="back" href="${paths.applications}">${t.back}</a>
    <div class="head">
      <p class="caption">${view.number}</p>
      <h1>${show(view.service, lang)}</h1>
      <p class="lede">${show(view.subject, lang)} ${tag(view.state, lang)}</p>
      <p class="now">${show(view.now, lang)}</p>
    </div>
    <div class="two">
      <div>
        ${decision}${provided}${fee}${payment}
        <section class="card">
          <h2>${t.used}</h2>
          ${factList(view.facts, lang)}
        </section>
      </div>
      <aside>
        <section class="card">
          <h2>${t.course}</h2>
          ${timeline(view.events, lang)}
        </section>
        <section class="card">
          <h2>${t.kept}</h2>
          <p class="links">
            <a href="${view.usageHref}">${t.usage}</a> <a href="${view.receiptHref}" download>${t.receipt}</a>
            ${view.receiptLetterHref === undefined ? "" : html`<a href="${view.receiptLetterHref}" download>${t.receiptLetter}</a>`}
            ${view.checkHref === undefined ? "" : html`<a href="${view.checkHref}">${t.check}</a>`}
          </p>
        </section>
      </aside>
    </div>`;
  return page({
    ...chrome,
    lang,
    title: `${view.number} ${plain(view.service, lang)}`,
    area: "citizen",
    active: "applications",
    body,
  });
}
