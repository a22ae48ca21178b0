import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  factList,
  form,
  formatDate,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  paths,
  show,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";

/** One agreement that the person gave. */
export interface AgreementView {
  readonly service: Text;
  readonly requester: Text;
  /** From which agencies which data. */
  readonly data: readonly Text[];
  readonly legalBasis: Text;
  readonly givenAt: Date;
  /** Given for another person. */
  readonly subject?: string;
  readonly until?: Date;
  readonly state: "running" | "ended" | "withdrawn";
  readonly withdrawHref?: string;
  readonly receiptHref: string;
}

export interface AgreementsView {
  readonly agreements: readonly AgreementView[];
}

const words = {
  title: both("我的同意", "My agreements"),
  lede: both(
    "您同意過哪些機關取得資料。進行中的可以隨時撤回。",
    "Which agencies you allowed to fetch data. Those still running can be withdrawn at any time.",
  ),
  states: both(
    { running: "有效", ended: "已結束", withdrawn: "已撤回" },
    { running: "In force", ended: "Ended", withdrawn: "Withdrawn" },
  ),
  data: both("資料", "Data"),
  requester: both("誰要用", "Who wants it"),
  subject: both("誰的資料", "Whose data"),
  given: both("同意時間", "Given"),
  until: both("有效到", "Until"),
  law: both("法律依據", "Legal basis"),
  withdraw: both("撤回同意", "Withdraw"),
  receipt: both("下載收據", "Download the receipt"),
  none: both("您還沒有給過同意", "You have not agreed to anything yet"),
  noneText: both(
    "申請服務時，我們會先問您，才向其他機關取得資料。",
    "When you apply for a service we ask you first, before fetching data from other agencies.",
  ),
  services: both("看全部服務", "See all services"),
};

function facts(one: AgreementView, lang: Language): Html {
  return factList(
    [
      { label: words.requester, value: one.requester },
      ...(one.subject ? [{ label: words.subject, value: one.subject }] : []),
      { label: words.data, value: html`${one.data.map((line) => html`<span class="law">${show(line, lang)}</span>`)}` },
      { label: words.law, value: one.legalBasis },
      { label: words.given, value: formatDateTime(one.givenAt, lang) },
      ...(one.until ? [{ label: words.until, value: formatDate(one.until, lang) }] : []),
    ],
    lang,
  );
}

/** The agreements a person gave, running ones first, each with its receipt and the way to withdraw. */
export function agreementsPage(view: AgreementsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const tones = { running: "good", ended: "quiet", withdrawn: "quiet" } as const;
  const cards = view.agreements.map(
    (one) =>
      html`<section class="card">
        <div class="between">
          <h2>${show(one.service, lang)}</h2>
          ${tag({ tone: tones[one.state], text: t.states[one.state] }, lang)}
        </div>
        ${facts(one, lang)}
        ${actions(
          one.withdrawHref
            ? buttonLink(
                html`${t.withdraw}<span class="aside"> ${show(one.service, lang)}</span>`,
                one.withdrawHref,
                "stop",
              )
            : "",
          html`<a href="${one.receiptHref}" download="receipt.json">${t.receipt}</a>`,
        )}
      </section>`,
  );
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    ${
      cards.length > 0
        ? html`<p class="lede">${t.lede}</p>
            ${cards}`
        : emptyState({
            drawing: icon("once"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.services, paths.services, "quiet"),
          })
    }
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "usage", body });
}

export interface WithdrawView {
  readonly agreement: AgreementView;
  /** What withdrawing does to what is already running, in the service's own words. */
  readonly consequence: Text;
  readonly action: string;
}

const withdrawWords = {
  title: both("確定撤回這份同意？", "Withdraw this agreement?"),
  next: both("撤回之後", "What happens then"),
  told: both("從這一刻起，不再依這份同意取得任何資料。", "From that moment nothing is fetched under this agreement."),
  past: both("撤回前已經合法做的事不受影響。", "What was lawfully done before stays as it is."),
  yes: both("撤回", "Withdraw"),
  no: both("不撤回", "Keep it"),
};

/** The question before an agreement is withdrawn. */
export function withdrawPage(view: WithdrawView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(withdrawWords, lang);
  const body = html`<div class="narrow">
    <a class="back" href="${paths.agreements}">${words.title[lang]}</a>
    <h1>${t.title}</h1>
    <div class="card">
      <h2>${show(view.agreement.service, lang)}</h2>
      ${facts(view.agreement, lang)}
    </div>
    <h2>${t.next}</h2>
    <ul>
      <li>${show(view.consequence, lang)}</li>
      <li>${t.told}</li>
      <li>${t.past}</li>
    </ul>
    ${form(
      { action: view.action, csrf: chrome.csrf },
      actions(
        button(t.yes, { kind: "stop", name: "answer", value: "withdraw" }),
        buttonLink(t.no, paths.agreements, "quiet"),
      ),
    )}
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "usage", body });
}
