import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  errorOf,
  errorSummary,
  factList,
  form,
  formatDate,
  html,
  icon,
  inLanguage,
  note,
  page,
  pagination,
  paths,
  plain,
  selectInput,
  show,
  tag,
  textInput,
  timeline,
  timeOf,
  type Chrome,
  type Fact,
  type FieldError,
  type Html,
  type HtmlPage,
  type Tag,
  type Text,
  type TimelineEvent,
} from "#ui";
import type { Banking, OwnerVerdict, PublicState, PublicStatus } from "../contract.ts";
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
        <section class="card">
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
        </section>
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

const accountWords = {
  title: both("換一個帳戶收款", "Choose another account"),
  lede: both(
    (name: string) => `帳戶要是${name}本人的。按下後，我們會當場問銀行。`,
    (name: string) => `The account must belong to ${name}. We ask the bank while you wait.`,
  ),
  bank: both("銀行或郵局", "Bank or post office"),
  branch: both("分行代碼（4 碼）", "Branch code (4 digits)"),
  branchHint: both("存摺上有；郵局填 0021。", "It stands in the passbook; for the post office enter 0021."),
  number: both("帳號", "Account number"),
  numberHint: both("只填數字，最多 14 碼。", "Digits only, 14 at most."),
  send: both("檢查並改用這個帳戶", "Check, and use this account"),
  again: both("仍要用這個帳戶", "Use this account all the same"),
  tries: both("一天最多可以問 5 次。", "The bank can be asked five times a day."),
};

export interface AccountForm {
  readonly institution: string;
  readonly branch: string;
  readonly account: string;
}

/** Where the payee names another account, with the bank's answer about the last one they tried. */
export function anotherAccountPage(
  view: {
    readonly action: string;
    readonly backHref: string;
    readonly holder: string;
    readonly institutions: readonly { readonly code: string; readonly name: Localised }[];
    readonly form: AccountForm;
    /** The attempt that the page speaks of, so that a stale page changes nothing. */
    readonly attempt: string;
    readonly errors?: readonly FieldError[];
    /** The bank's answer, where the person may go on all the same. */
    readonly verdict?: OwnerVerdict;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(accountWords, lang);
  const { errors, verdict } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${view.backHref}">${words.back2[lang]}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${show(t.lede(view.holder), lang)}</p>
    ${verdict ? note(html`<p role="status">${show(verdictText(verdict), lang)}</p>`, "wait") : ""}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<input type="hidden" name="attempt" value="${view.attempt}" />
        ${selectInput(
          {
            id: "institution",
            label: accountWords.bank,
            value: view.form.institution,
            error: errorOf(errors, "institution"),
            options: view.institutions.map(({ code, name }) => ({
              value: code,
              text: both(`${code} ${name["zh-Hant"]}`, `${code} ${name.en}`),
            })),
          },
          lang,
        )}
        ${textInput({ id: "branch", label: accountWords.branch, hint: accountWords.branchHint, value: view.form.branch, width: "short", inputmode: "numeric", autocomplete: "off", error: errorOf(errors, "branch") }, lang)}
        ${textInput({ id: "account", label: accountWords.number, hint: accountWords.numberHint, value: view.form.account, width: "medium", inputmode: "numeric", autocomplete: "off", error: errorOf(errors, "account") }, lang)}
        <p class="remark">${t.tries}</p>
        ${actions(
          button(verdict ? t.again : t.send, verdict ? { name: "anyway", value: verdict.result } : {}),
          html`<a href="${view.backHref}">${words.back2[lang]}</a>`,
        )}`,
    )}
  </div>`;
  return page({
    ...chrome,
    lang,
    title: t.title,
    area: "citizen",
    active: "applications",
    error: Boolean(errors?.length),
    body,
  });
}

const chequeWords = {
  title: both("改領支票", "Take a cheque instead"),
  lede: both(
    "支票會以掛號寄到這個地址，抬頭是您的姓名。",
    "The cheque is made out to you and sent to this address by registered post.",
  ),
  postal: both("郵遞區號", "Postal code"),
  address: both("地址", "Address"),
  addressHint: both("最多三行。", "Three lines at most."),
  send: both("改寄支票", "Send me a cheque"),
};

/** Where the payee gives the address for a cheque. */
export function chequePage(
  view: {
    readonly action: string;
    readonly backHref: string;
    readonly form: { readonly postal: string; readonly address: string };
    readonly attempt: string;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(chequeWords, lang);
  const { errors } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${view.backHref}">${words.back2[lang]}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<input type="hidden" name="attempt" value="${view.attempt}" />
        ${textInput({ id: "postal", label: chequeWords.postal, value: view.form.postal, width: "short", inputmode: "numeric", autocomplete: "postal-code", error: errorOf(errors, "postal") }, lang)}
        ${textInput({ id: "address", label: chequeWords.address, hint: chequeWords.addressHint, value: view.form.address, width: "full", rows: 3, autocomplete: "street-address", error: errorOf(errors, "address") }, lang)}
        ${actions(button(t.send), html`<a href="${view.backHref}">${words.back2[lang]}</a>`)}`,
    )}
  </div>`;
  return page({
    ...chrome,
    lang,
    title: t.title,
    area: "citizen",
    active: "applications",
    error: Boolean(errors?.length),
    body,
  });
}

/** What a bank's answer about an account means for the person, in plain words. Never who the account belongs to. */
export function verdictText(verdict: OwnerVerdict): Localised {
  switch (verdict.result) {
    case "match":
      return both("銀行確認這是您的帳戶。", "The bank confirmed that this account is yours.");
    case "number-differs":
      return both(
        "銀行說這個帳號不是您的。請對照存摺，或換一個帳戶。",
        "The bank says that this account is not yours. Compare it with your passbook, or choose another.",
      );
    case "name-differs":
      return both(
        "銀行登記的姓名和您的略有不同。款項可能仍會入帳；若是同一個人，可以繼續，承辦人會再看一次。",
        "The name the bank has differs a little from yours. The money may arrive all the same; if it is you, go on and an officer will look at it again.",
      );
    case "no-such-account":
      return both(
        "銀行查無這個帳號。請對照存摺再填一次。",
        "The bank knows no such account. Compare it with your passbook and try again.",
      );
    case "closed":
      return both("這個帳戶已經結清。請換一個帳戶。", "This account is closed. Choose another.");
    case "blocked":
      return both("這個帳戶不能收款。請換一個帳戶。", "This account cannot receive money. Choose another.");
    case "branch-wrong":
      return verdict.suggest
        ? both(
            `分行代碼可能不對。銀行認為是 ${verdict.suggest.slice(0, 3)}-${verdict.suggest.slice(3)}，已替您填上，請確認後再送。`,
            `The branch code may be wrong. The bank believes it is ${verdict.suggest.slice(0, 3)}-${verdict.suggest.slice(3)}; it is filled in for you, so check it and send again.`,
          )
        : both("分行代碼不對。請對照存摺。", "The branch code is wrong. Compare it with your passbook.");
    case "unknown":
      return both(
        "銀行現在沒有回答。可以先用這個帳戶，我們會再問一次，有問題會通知您。",
        "The bank does not answer right now. You may use the account; we ask again and tell you if something is wrong.",
      );
  }
}

/** Whether the person may go on with an account the bank did not confirm. */
export function mayGoOn(verdict: OwnerVerdict): boolean {
  return verdict.result === "match" || verdict.result === "unknown" || verdict.result === "name-differs";
}
