import type { Language } from "#kernel";
import {
  both,
  button,
  errorOf,
  errorSummary,
  fieldset,
  form,
  html,
  inLanguage,
  page,
  pickCards,
  plain,
  selectInput,
  show,
  sourceLine,
  taskSteps,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type Source,
  type Text,
} from "#ui";

/** What the pages of one journey share. */
export interface JourneyStep {
  readonly names: readonly Text[];
  /** Counts from 0. */
  readonly current: number;
}

export interface QuestionView {
  readonly steps: JourneyStep;
  readonly backHref: string;
  readonly action: string;
  readonly errors?: readonly FieldError[];
}

const words = {
  back: both("上一步", "Back"),
  go: both("繼續", "Continue"),
  yes: both("是", "Yes"),
  no: both("不是", "No"),
};

/** The frame of one question: steps, the way back, errors first, one button. */
export function questionFrame(
  view: QuestionView,
  o: { title: string; content: Html; aside?: Html; before?: Html; wide?: boolean },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const ask = html`${errorSummary(view.errors, lang)}${o.before}${form(
    { action: view.action, csrf: chrome.csrf },
    html`${o.content}
      <div class="actions">${button(t.go)}</div>`,
  )}`;
  const body = html`<a class="back" href="${view.backHref}">${t.back}</a>
    ${taskSteps(view.steps.names, view.steps.current, lang)}
    ${
      o.aside
        ? html`<div class="two">
            <div>${ask}</div>
            <aside>${o.aside}</aside>
          </div>`
        : html`<div class="${o.wide ? "ask-wide" : "narrow"}">${ask}</div>`
    }`;
  return page({
    ...chrome,
    lang,
    title: o.title,
    area: "citizen",
    active: "services",
    error: Boolean(view.errors?.length),
    body,
  });
}

export interface YesNoView extends QuestionView {
  /** Name of the field; posted as `yes` or `no`. */
  readonly name: string;
  readonly question: Text;
  readonly hint?: Text;
  readonly yes?: { readonly text: Text; readonly detail?: Text };
  readonly no?: { readonly text: Text; readonly detail?: Text };
  readonly chosen?: "yes" | "no";
}

/** A question with two answers, for example whether the device was bought already. */
export function yesNoPage(view: YesNoView, lang: Language, chrome: Chrome): HtmlPage {
  const content = fieldset(
    {
      id: view.name,
      legend: show(view.question, lang),
      heading: true,
      hint: view.hint ? show(view.hint, lang) : "",
      error: errorOf(view.errors, view.name),
    },
    pickCards(
      {
        name: view.name,
        chosen: view.chosen,
        choices: [
          { value: "no", text: view.no?.text ?? words.no, detail: view.no?.detail },
          { value: "yes", text: view.yes?.text ?? words.yes, detail: view.yes?.detail },
        ],
      },
      lang,
    ),
    lang,
  );
  return questionFrame(view, { title: plain(view.question, lang), content }, lang, chrome);
}

export interface NumberView extends QuestionView {
  readonly name: string;
  readonly question: Text;
  readonly hint?: Text;
  readonly value?: string;
}

/** A question for a whole number, for example how many copies. */
export function numberPage(view: NumberView, lang: Language, chrome: Chrome): HtmlPage {
  const content = html`<h1><label for="${view.name}">${show(view.question, lang)}</label></h1>
    ${textInput(
      {
        id: view.name,
        label: numberWords.label,
        ...(view.hint && { hint: view.hint }),
        value: view.value,
        inputmode: "numeric",
        autocomplete: "off",
        width: "short",
        error: errorOf(view.errors, view.name),
      },
      lang,
    )}`;
  return questionFrame(view, { title: plain(view.question, lang), content }, lang, chrome);
}

const numberWords = { label: both("數量", "Number") };

export interface AccountView extends QuestionView {
  /** Whose account it must be. */
  readonly holder: string;
  readonly institutions: readonly { readonly code: string; readonly name: Text }[];
  readonly institution?: string;
  /** The branch's own digits, where the country's institution codes have them. */
  readonly branch?: string;
  readonly number?: string;
  /** An account another agency already knows, offered with its source. */
  readonly known?: { readonly institution: Text; readonly ending: string; readonly source: Source };
}

const accountWords = {
  title: both("款項要匯到哪個帳戶？", "Which account should the money go to?"),
  hint: both(
    (holder: string) => `必須是 ${holder} 本人的帳戶。核定並放行後直接匯入，不必再領支票。`,
    (holder: string) => `It must be ${holder}’s own account. The money goes there directly once released.`,
  ),
  institution: both("金融機構", "Bank or post office"),
  branch: both("分行代碼", "Branch code"),
  branchHint: both(
    "四位數，在存摺封面；郵局存簿是 0021。",
    "Four digits, on the passbook’s cover; 0021 for a post office passbook.",
  ),
  number: both("帳號", "Account number"),
  numberHint: both(
    "存摺上的號碼，可以照著輸入空格或連字號。",
    "As printed in the passbook; spaces and hyphens may stay.",
  ),
  why: both("為什麼要問", "Why we ask"),
  whyText: both(
    "帳號只用於這一筆付款。承辦人只看得到末四碼。",
    "The number serves this one payment. The caseworker sees its last four digits only.",
  ),
  known: both("機關已知的帳戶", "Account already known"),
  ending: both(
    (end: string) => `末四碼 ${end}`,
    (end: string) => `ending in ${end}`,
  ),
};

/** Where the money goes: institution and number. */
export function accountPage(view: AccountView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(accountWords, lang);
  const content = html`<h1>${t.title}</h1>
    <p class="hint">${show(t.hint(view.holder), lang)}</p>
    ${selectInput(
      {
        id: "institution",
        label: accountWords.institution,
        options: view.institutions.map(({ code, name }) => ({ value: code, text: `${code} ${plain(name, lang)}` })),
        value: view.institution,
        error: errorOf(view.errors, "institution"),
      },
      lang,
    )}
    ${textInput(
      {
        id: "branch",
        label: accountWords.branch,
        hint: accountWords.branchHint,
        value: view.branch,
        inputmode: "numeric",
        autocomplete: "off",
        width: "short",
        error: errorOf(view.errors, "branch"),
      },
      lang,
    )}
    ${textInput(
      {
        id: "account",
        label: accountWords.number,
        hint: accountWords.numberHint,
        value: view.number,
        inputmode: "numeric",
        autocomplete: "off",
        width: "medium",
        error: errorOf(view.errors, "account"),
      },
      lang,
    )}`;
  const aside = html`<div class="card">
    <h2>${view.known ? t.known : t.why}</h2>
    ${
      view.known
        ? html`<p>${show(view.known.institution, lang)}${lang === "en" ? ", " : "，"}${t.ending(view.known.ending)}</p>
            ${sourceLine(view.known.source, lang)}`
        : html`<p>${t.whyText}</p>`
    }
  </div>`;
  return questionFrame(view, { title: t.title, content, aside }, lang, chrome);
}
