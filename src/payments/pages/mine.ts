import type { Language } from "#kernel";
import {
  actions,
  both,
  buttonLink,
  emptyState,
  factList,
  formatDate,
  html,
  icon,
  inLanguage,
  page,
  pagination,
  paths,
  plain,
  show,
  tag,
  timeline,
  timeOf,
  type Chrome,
  type Fact,
  type Html,
  type HtmlPage,
  type Tag,
  type Text,
  type TimelineEvent,
} from "#ui";
import type { Banking, PublicState, PublicStatus } from "../contract.ts";
import { moneyText, paymentPaths } from "./words.ts";

const tones: Readonly<Record<PublicState, Tag["tone"]>> = {
  preparing: "info",
  sent: "info",
  paid: "good",
  "not-paid": "bad",
  stopped: "quiet",
  "asked-back": "wait",
};

/** What the payee sees of a payment's state. */
export function publicTag({ state, text }: PublicStatus): Tag {
  return { tone: tones[state], text };
}

const words = {
  title: both("我的款項", "My payments"),
  none: both("還沒有款項", "No payments yet"),
  noneText: both("核定後，這裡看得到錢走到哪裡。", "Once something is granted, you can see here where the money is."),
  applications: both("看我的申請", "See my applications"),
  back: both("我的款項", "My payments"),
  course: both("錢在哪裡", "Where the money is"),
  amount: both("金額", "Amount"),
  account: both("匯到", "Paid to"),
  application: both("這是哪一件申請", "The application"),
  open: both("看申請", "See the application"),
  choose: both("改用另一個帳戶", "Choose another account"),
  cheque: both("改領支票", "Take a cheque instead"),
  what: both("您可以怎麼做", "What you can do"),
  nothing: both("您不需要做任何事。", "You need not do anything."),
  back2: both("回到這筆款項", "Back to this payment"),
  askedBack: both("請您還款", "Please pay back"),
  left: both("還要還", "Still to pay"),
  why: both("為什麼", "Why"),
  law: both("法律依據", "Legal basis"),
  due: both("最晚", "By"),
  how: both("怎麼還", "How to pay"),
  howText: both(
    (account: string, reference: string) => `匯到 ${account}，附言寫 ${reference}。寫對附言，我們才知道是您還的。`,
    (account: string, reference: string) =>
      `Transfer it to ${account} and write ${reference} in the text, so that we know it is yours.`,
  ),
  plan: both("分期", "Instalments"),
  disagree: both("不同意", "If you disagree"),
};

/** One line of a person's list. */
export interface MyPaymentLine {
  readonly href: string;
  readonly number: string;
  readonly service: Text;
  readonly amount: bigint;
  readonly status: PublicStatus;
  readonly since: Date;
}

/** A person's payments, newest first. */
export function myPaymentsPage(
  view: {
    readonly lines: readonly MyPaymentLine[];
    readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
    readonly currency: Banking["currency"];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    ${
      view.lines.length === 0
        ? emptyState({
            drawing: icon("once"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.applications, paths.applications, "quiet"),
          })
        : view.lines.map(
            (line) =>
              html`<section class="card">
                <div class="between">
                  <h2 class="asked"><a href="${line.href}">${show(line.service, lang)}</a></h2>
                  ${tag(publicTag(line.status), lang)}
                </div>
                <p class="sum">${moneyText(line.amount, view.currency, lang)}</p>
                ${line.status.advice ? html`<p>${show(line.status.advice, lang)}</p>` : ""}
                <p class="remark">${line.number} · ${timeOf(line.since, lang)}</p>
              </section>`,
          )
    }
    ${pagination(view.pages, lang)}
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "applications", body });
}

/** What is asked back of a payment. */
export interface AskedBack {
  readonly amount: bigint;
  readonly left: bigint;
  readonly reason: Text;
  readonly legalBasis: Text;
  readonly due: Date;
  readonly reference: string;
  /** Where to pay: institution and number of the agency's account. */
  readonly payTo: string;
  readonly objection: Text;
  readonly plan: readonly { readonly due: Date; readonly amount: bigint; readonly state: Text }[];
}

export interface MyPaymentView {
  readonly number: string;
  readonly service: Text;
  readonly amount: bigint;
  readonly account: string;
  readonly status: PublicStatus;
  /** One sentence: where it is and what comes next, with the day. */
  readonly now: Text;
  readonly course: readonly TimelineEvent[];
  readonly caseHref: string;
  readonly chooseHref?: string;
  readonly chequeHref?: string;
  readonly askedBack: readonly AskedBack[];
  readonly currency: Banking["currency"];
}

/** Where one payment is, with dates, and what the payee can do when it did not arrive. */
export function myPaymentPage(view: MyPaymentView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { status } = view;
  const body = html`<a class="back" href="${paymentPaths.mine}">${t.back}</a>
    <div class="head">
      <p class="caption">${view.number}</p>
      <h1>${show(view.service, lang)}</h1>
      <p class="sum">${moneyText(view.amount, view.currency, lang)} ${tag(publicTag(status), lang)}</p>
      <p class="now">${show(view.now, lang)}</p>
    </div>
    <div class="two">
      <div>
        ${view.askedBack.map((one) => askedBackCard(one, view.currency, lang))}
        ${
          view.askedBack.length > 0
            ? ""
            : html`<section class="card">
                <h2>${t.what}</h2>
                ${status.advice ? html`<p>${show(status.advice, lang)}</p>` : html`<p>${t.nothing}</p>`}
                ${
                  view.chooseHref || view.chequeHref
                    ? actions(
                        view.chooseHref ? buttonLink(t.choose, view.chooseHref) : "",
                        view.chequeHref ? buttonLink(t.cheque, view.chequeHref, "quiet") : "",
                      )
                    : ""
                }
              </section>`
        }
        <section class="card">
          ${factList(
            [
              { label: words.amount, value: moneyText(view.amount, view.currency, lang) },
              { label: words.account, value: view.account },
              { label: words.application, value: html`<a href="${view.caseHref}">${t.open}</a>` },
            ],
            lang,
          )}
        </section>
      </div>
      <aside>
        <section class="card">
          <h2>${t.course}</h2>
          ${timeline(view.course, lang)}
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

function askedBackCard(one: AskedBack, currency: Banking["currency"], lang: Language): Html {
  const t = inLanguage(words, lang);
  const facts: Fact[] = [
    { label: words.left, value: moneyText(one.left, currency, lang) },
    { label: words.due, value: formatDate(one.due, lang) },
    { label: words.why, value: one.reason },
    { label: words.law, value: one.legalBasis },
    { label: words.how, value: html`${t.howText(one.payTo, one.reference)}` },
    ...(one.plan.length > 0
      ? [
          {
            label: words.plan,
            value: html`<ul class="plain">
              ${one.plan.map((part) => html`<li>${formatDate(part.due, lang)} ${moneyText(part.amount, currency, lang)} · ${show(part.state, lang)}</li>`)}
            </ul>`,
          },
        ]
      : []),
    { label: words.disagree, value: one.objection },
  ];
  return html`<section class="card">
    <h2>${t.askedBack}</h2>
    ${factList(facts, lang)}
  </section>`;
}
