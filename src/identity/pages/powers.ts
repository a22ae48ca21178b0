import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  errorOf,
  errorSummary,
  form,
  formatDateTime,
  html,
  inLanguage,
  page,
  show,
  table,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
} from "#ui";
import { mandateTitles } from "../contract.ts";
import type { Power } from "../mandates/index.ts";
import { mandatePaths, scopesText, type ScopeChoice } from "./mandates.ts";

const words = {
  title: both("誰可以代理誰", "Who could act for whom"),
  lede: both(
    "查一個人在某一天可以由誰代理、依據是什麼。每次查詢，當事人都看得到。",
    "Find out who could act for a person on a day, and why. The person sees each look-up.",
  ),
  principalNumber: both("當事人身分證統一編號", "The person's national identification number"),
  day: both("哪一天（年-月-日）", "Which day (year-month-day)"),
  look: both("查詢", "Look up"),
  nobody: both("那一天沒有人可以代理這個人。", "Nobody could act for this person on that day."),
  unknown: both("這裡沒有這個人的紀錄。", "Nothing is known here of this person."),
  representative: both("代理人", "Who"),
  period: both("期間", "When"),
  because: both("依據", "Because of"),
  mandateNo: both("委任", "mandate"),
  registerSaid: both("登記資料", "a register's answer"),
  what: both("事項", "For"),
};

/** The security officer's look at the past: who could act for a person on a day. */
export function powersPage(
  view: {
    readonly day: string;
    readonly errors?: readonly FieldError[];
    readonly answer?: { readonly person?: string; readonly powers: readonly Power[] };
    readonly scopes: readonly ScopeChoice[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { answer, errors } = view;
  const body = html`${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${form(
      { action: mandatePaths.powers, csrf: chrome.csrf },
      html`${textInput({ id: "number", label: words.principalNumber, width: "medium", autocomplete: "off", error: errorOf(errors, "number") }, lang)}
      ${textInput({ id: "day", label: words.day, value: view.day, width: "short", inputmode: "numeric", error: errorOf(errors, "day") }, lang)}
      ${actions(button(t.look))}`,
    )}
    ${answer ? answerOf(answer, view.scopes, lang) : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", error: Boolean(errors?.length), body });
}

function answerOf(
  answer: { readonly person?: string; readonly powers: readonly Power[] },
  scopes: readonly ScopeChoice[],
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  if (answer.person === undefined) return html`<p role="status">${t.unknown}</p>`;
  const rows = answer.powers.map((power) => ({
    cells: [
      html`<span
        >${show(power.representative.name, lang)} <small>${show(mandateTitles[power.kind], lang)}</small></span
      >`,
      scopesText(power.scopes, scopes, lang),
      `${formatDateTime(power.from, lang)} – ${formatDateTime(power.until, lang)}`,
      "mandate" in power.because
        ? html`<span>${t.mandateNo} <code>${power.because.mandate}</code></span>`
        : html`<span
            >${t.registerSaid} <code>${power.because.register.service}</code>
            <code>${power.because.register.exchangeId}</code></span
          >`,
    ],
  }));
  return html`<h2>${show(answer.person, lang)}</h2>
    ${
      rows.length === 0
        ? html`<p role="status">${t.nobody}</p>`
        : table({
            caption: t.title,
            captionHidden: true,
            columns: [{ head: t.representative }, { head: t.what }, { head: t.period }, { head: t.because }],
            rows,
          })
    }`;
}
