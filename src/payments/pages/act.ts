import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  errorOf,
  errorSummary,
  factList,
  form,
  formatDateTime,
  html,
  inLanguage,
  note,
  selectInput,
  show,
  textInput,
  timeOf,
  type ButtonKind,
  type Chrome,
  type Fact,
  type FieldError,
  type HtmlPage,
  type Text,
} from "#ui";
import { paymentFrame, type PaymentPlace } from "./frame.ts";

/** One thing to fill in before an act. */
export interface ActField {
  readonly id: string;
  readonly label: Text;
  readonly hint?: Text;
  readonly value?: string;
  /** Absent: a line of text. */
  readonly options?: readonly { readonly value: string; readonly text: Text }[];
  readonly width?: "short" | "medium" | "full";
  readonly numeric?: boolean;
  readonly rows?: number;
}

/** An act with money before it is done: what it changes, on what it rests, and one button. */
export interface ActView {
  readonly title: Text;
  /** What will happen, in a sentence or two. */
  readonly text: Text;
  readonly facts: readonly Fact[];
  readonly warnings?: readonly Text[];
  readonly fields: readonly ActField[];
  readonly errors?: readonly FieldError[];
  /** Kept from the page to the form: what the officer saw. */
  readonly kept: Readonly<Record<string, string>>;
  readonly action: string;
  readonly button: Text;
  readonly kind?: ButtonKind;
  /** True when a second person must confirm before anything happens. */
  readonly second?: boolean;
  readonly back: { readonly href: string; readonly text: Text };
  readonly place: PaymentPlace;
}

const words = {
  second: both(
    "按下後還不會發生任何事：要由另一位同仁確認。",
    "Nothing happens yet when you press the button: a colleague must confirm it.",
  ),
  recorded: both("誰在什麼時候做的，會永久留下紀錄。", "Who did it and when is kept for ever."),
  back: both("不做，回去", "Do not do it, go back"),
  askedBy: both(
    (who: string) => `${who} 提出`,
    (who: string) => `Asked for by ${who}`,
  ),
  confirm: both("確認並執行", "Confirm and do it"),
  decline: both("不同意", "Decline"),
  own: both(
    "這是您自己提出的，須由另一位同仁確認；您可以收回。",
    "You asked for this yourself, so a colleague must confirm it; you may take it back.",
  ),
  takeBack: both("收回", "Take it back"),
  notYours: both("確認需要出納權限。", "Confirming needs the role of a treasury officer."),
};

/** Before an act: its summary, its fields, one button. */
export function actPage(view: ActView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${view.back.href}">${show(view.back.text, lang)}</a>
    ${errorSummary(errors, lang)}
    <h1>${show(view.title, lang)}</h1>
    <p class="spaced">${show(view.text, lang)}</p>
    ${(view.warnings ?? []).map((warning) => note(html`<p>${show(warning, lang)}</p>`, "wait"))}
    ${factList(view.facts, lang)}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`${Object.entries(view.kept).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <div class="spaced">
          ${view.fields.map((field) => {
            const shared = {
              id: field.id,
              label: field.label,
              ...(field.hint !== undefined && { hint: field.hint }),
              value: field.value ?? "",
              error: errorOf(errors, field.id),
            };
            return field.options
              ? selectInput({ ...shared, options: field.options }, lang)
              : textInput(
                  {
                    ...shared,
                    width: field.width ?? "medium",
                    autocomplete: "off",
                    ...(field.numeric && { inputmode: "numeric" as const }),
                    ...(field.rows && { rows: field.rows }),
                  },
                  lang,
                );
          })}
        </div>
        <p class="remark">${view.second ? t.second : t.recorded}</p>
        ${actions(button(show(view.button, lang), { kind: view.kind ?? "main" }), html`<a href="${view.back.href}">${t.back}</a>`)}`,
    )}
  </div>`;
  return paymentFrame({ title: view.title, place: view.place, body, error: Boolean(errors?.length) }, lang, chrome);
}

/** What a colleague asked for, before the second person answers. */
export interface AskedView {
  readonly title: Text;
  readonly text: Text;
  readonly by: string;
  readonly at: Date;
  readonly facts: readonly Fact[];
  readonly action: string;
  /** Own: may only take it back. None: may look only. */
  readonly answer: "second" | "own" | "none";
  readonly back: { readonly href: string; readonly text: Text };
  readonly place: PaymentPlace;
}

export function askedPage(view: AskedView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <a class="back" href="${view.back.href}">${show(view.back.text, lang)}</a>
    <h1>${show(view.title, lang)}</h1>
    <p class="spaced">${show(view.text, lang)}</p>
    <p><b>${show(t.askedBy(view.by), lang)}</b> ${timeOf(view.at, lang, formatDateTime)}</p>
    ${factList(view.facts, lang)}
    ${view.answer === "own" ? note(html`<p>${t.own}</p>`, "wait") : view.answer === "none" ? note(html`<p>${t.notYours}</p>`, "wait") : ""}
    ${
      view.answer === "none"
        ? buttonLink(show(view.back.text, lang), view.back.href, "quiet")
        : form(
            { action: view.action, csrf: chrome.csrf },
            actions(
              view.answer === "second" ? button(t.confirm, { name: "answer", value: "confirm" }) : "",
              button(view.answer === "own" ? t.takeBack : t.decline, {
                kind: "stop",
                name: "answer",
                value: "decline",
              }),
            ),
          )
    }
  </div>`;
  return paymentFrame({ title: view.title, place: view.place, body }, lang, chrome);
}
