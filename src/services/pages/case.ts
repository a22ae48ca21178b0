import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  details,
  errorOf,
  errorSummary,
  explanation,
  factList,
  fieldset,
  form,
  formatDateTime,
  formatMoney,
  html,
  inLanguage,
  pickCards,
  postButton,
  show,
  tag,
  textInput,
  timeline,
  type Chrome,
  type Explanation,
  type Fact,
  type FieldError,
  type Html,
  type HtmlPage,
  type Tag,
  type Text,
  type TimelineEvent,
} from "#ui";
import { deskFrame, type QueueView } from "./desk.ts";

/** What both officers see of a case. */
export interface CaseView {
  readonly queue: QueueView;
  readonly number: string;
  readonly title: Text;
  readonly state: Tag;
  /** Who acts for whom by which mandate, when it was sent, that the signature holds. */
  readonly summary: Text;
  readonly facts: readonly Fact[];
  readonly ruling: {
    readonly eligible: boolean;
    readonly amount: number;
    readonly why: Explanation;
    /** All of it: tables, rows, cells. */
    readonly accountHref?: string;
  };
  /** How its payment stands, and where it can be followed. */
  readonly payment?: { readonly state: Tag; readonly href: string };
  readonly history: readonly TimelineEvent[];
  readonly errors?: readonly FieldError[];
}

export interface DecideView extends CaseView {
  /** Absent when this officer may only read. */
  readonly decide?: {
    /** Posts `decision=approve|refuse|complete` with `reason` and `remark`. */
    readonly action: string;
    readonly reasons: readonly { readonly code: string; readonly text: Text }[];
    /** Why this officer may not approve (the rule says no, someone else holds the case). */
    readonly blocked?: Text;
  };
}

const words = {
  facts: both("事實", "Facts"),
  rule: both("規則怎麼說", "What the rule says"),
  account: both("逐格看，重新計算", "Every cell; judge anew"),
  eligible: both("符合", "Eligible"),
  notEligible: both("不符合", "Not eligible"),
  decision: both("決定", "Decision"),
  decisionText: both(
    "核定後由第二位同仁放行付款；申請人在「我的申請」會看到決定與理由。",
    "After approval a second officer releases the payment. The applicant sees the decision and its reasons under My applications.",
  ),
  approve: both(
    (amount: string) => `核定 ${amount}`,
    (amount: string) => `Approve ${amount}`,
  ),
  refuse: both("不予補助", "Refuse"),
  why: both("不予補助的理由", "Reason for refusal"),
  whyHint: both("申請人會原樣看到這個理由。", "The applicant reads the reason as it stands."),
  remark: both("補充說明", "Explanation"),
  confirm: both("確定不予補助", "Refuse with this reason"),
  readOnly: both("您可以看這件案件，但不能決定。", "You may read this case but not decide it."),
  history: both("案件經過", "History of the case"),
  money: both("看付款經過", "Follow the payment"),
};

/** Heading, facts with their sources; beside them the rule and, under it, what the officer does: on one screen. */
function caseHead(view: CaseView, lang: Language, work: Html): Html {
  const t = inLanguage(words, lang);
  return html`${errorSummary(view.errors, lang)}
    <div class="case-head">
      <div class="between start">
        <h1>${show(view.title, lang)}</h1>
        ${tag(view.state, lang)}
      </div>
      <p>
        <b>${view.number}</b> · ${show(view.summary, lang)}
        ${view.payment ? html`${tag(view.payment.state, lang)} <a href="${view.payment.href}">${t.money}</a>` : ""}
      </p>
    </div>
    <div class="side">
      <section class="card">
        <h2>${t.facts}</h2>
        ${factList(view.facts, lang)}
      </section>
      <div class="pile">
        <section class="card">
          <h2>${t.rule}</h2>
          <p class="sum">
            ${formatMoney(view.ruling.amount, lang)}
            ${tag(view.ruling.eligible ? { tone: "good", text: t.eligible } : { tone: "bad", text: t.notEligible }, lang)}
            ${view.ruling.accountHref ? html`<small><a href="${view.ruling.accountHref}">${t.account}</a></small>` : ""}
          </p>
          ${explanation(view.ruling.why, lang)}
        </section>
        ${work}
      </div>
    </div>`;
}

function history(view: CaseView, lang: Language): Html {
  return details(words.history[lang], timeline(view.history, lang));
}

/** One case on one screen: facts beside the rule, the decision below, its history folded. */
export function casePage(view: DecideView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const refused = Boolean(view.errors?.length);
  const decision = view.decide
    ? html`<p>${view.decide.blocked ? show(view.decide.blocked, lang) : t.decisionText}</p>
        <div class="decide">
          ${
            view.decide.blocked
              ? ""
              : postButton({
                  action: view.decide.action,
                  csrf: chrome.csrf,
                  text: t.approve(formatMoney(view.ruling.amount, lang)),
                  name: "decision",
                  value: "approve",
                })
          }
          <details class="refuse" ${refused ? html` open` : ""}>
            <summary class="button stop">${t.refuse}</summary>
            ${form(
              { action: view.decide.action, csrf: chrome.csrf },
              html`${fieldset(
                { id: "reason", legend: t.why, hint: t.whyHint, error: errorOf(view.errors, "reason") },
                pickCards(
                  { name: "reason", choices: view.decide.reasons.map(({ code, text }) => ({ value: code, text })) },
                  lang,
                ),
                lang,
              )}${textInput({ id: "remark", label: words.remark, rows: 3, error: errorOf(view.errors, "remark") }, lang)}${actions(
                button(t.confirm, { kind: "stop", name: "decision", value: "refuse" }),
              )}`,
            )}
          </details>
        </div>`
    : html`<p>${t.readOnly}</p>`;
  const content = html`${caseHead(
    view,
    lang,
    html`<section class="card">
      <h2>${t.decision}</h2>
      ${decision}
    </section>`,
  )}
  ${history(view, lang)}`;
  return deskFrame(view.queue, { title: view.number, content, caseOpen: true, error: refused }, lang, chrome);
}

export interface ReleaseView extends CaseView {
  readonly approved: {
    readonly by: Text;
    readonly at: Date;
    readonly amount: number;
    readonly account: string;
    readonly payee: string;
  };
  /** SHA-256 of decision, amount and account: what the release is bound to. */
  readonly digest: string;
  /** Posts `release=yes`, or `release=no` with `remark`. Absent when this officer may not (the same person approved). */
  readonly action?: string;
  readonly notAllowed?: Text;
}

const releaseWords = {
  title: both("放行付款", "Release the payment"),
  approved: both("第一位同仁核定", "Approved by the first officer"),
  by: both("核定人", "Approved by"),
  amount: both("金額", "Amount"),
  payee: both("收款人", "Payee"),
  account: both("帳戶", "Account"),
  bound: both("放行綁定了什麼", "What the release is bound to"),
  boundText: both(
    "放行只對這個決定、金額與帳戶有效；其中一項變了，就會被拒絕。",
    "The release is bound to this decision, amount and account. If one of them changes, it is refused.",
  ),
  digest: both("綁定值", "Bound to"),
  release: both(
    (amount: string) => `放行 ${amount}`,
    (amount: string) => `Release ${amount}`,
  ),
  back: both("退回承辦人", "Return to the caseworker"),
  remark: both("要承辦人再看什麼", "What the caseworker should look at again"),
  remarkHint: both("會寫在案件經過裡，承辦人看得到。", "It stands in the history of the case, for the caseworker."),
  confirm: both("退回", "Return the case"),
};

/** The second officer's page: what was approved, what the release is bound to, and the way back to the caseworker. */
export function releasePage(view: ReleaseView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(releaseWords, lang);
  const refused = Boolean(view.errors?.length);
  const content = html`${caseHead(
    view,
    lang,
    html` <section class="card release">
      <div class="side">
        <div>
          <h2>${t.approved}</h2>
          ${factList(
            [
              {
                label: releaseWords.by,
                value: html`${show(view.approved.by, lang)} ${formatDateTime(view.approved.at, lang)}`,
              },
              {
                label: releaseWords.payee,
                value: html`${show(view.approved.payee, lang)} ${show(view.approved.account, lang)}`,
              },
            ],
            lang,
          )}
        </div>
        <div>
          <h2>${t.bound}</h2>
          <p>${t.boundText}</p>
          <p class="proof">${t.digest} ${view.digest.slice(0, 16)}…</p>
        </div>
      </div>
      ${view.notAllowed ? html`<div class="note wait"><p>${show(view.notAllowed, lang)}</p></div>` : ""}
      ${
        view.action
          ? html`<div class="decide">
              ${form(
                { action: view.action, csrf: chrome.csrf },
                html`<input type="hidden" name="digest" value="${view.digest}" />${button(
                    t.release(formatMoney(view.approved.amount, lang)),
                    { name: "release", value: "yes" },
                  )}`,
              )}
              <details class="refuse" ${refused ? html` open` : ""}>
                <summary class="button quiet">${t.back}</summary>
                ${form(
                  { action: view.action, csrf: chrome.csrf },
                  html`${textInput(
                    {
                      id: "remark",
                      label: releaseWords.remark,
                      hint: releaseWords.remarkHint,
                      rows: 3,
                      error: errorOf(view.errors, "remark"),
                    },
                    lang,
                  )}${actions(button(t.confirm, { kind: "quiet", name: "release", value: "no" }))}`,
                )}
              </details>
            </div>`
          : ""
      }
    </section>`,
  )}
  ${history(view, lang)}`;
  return deskFrame(
    view.queue,
    { title: `${t.title} ${view.number}`, content, caseOpen: true, error: refused },
    lang,
    chrome,
  );
}
