import type { Language } from "#kernel";
import { html, type Html, type HtmlValue } from "./html.ts";
import { csrfField } from "./page.ts";
import { both, plain, show, type Text } from "./texts.ts";

/** One thing wrong with the person's input; `field` is the id of the control to go to. */
export interface FieldError {
  readonly field: string;
  readonly text: Text;
}

const words = {
  problem: both("請先修正以下內容", "There is a problem"),
  error: both("錯誤：", "Error: "),
  choose: both("請選擇", "Please choose"),
};

/** A form that posts with the session's token. `submit once` is an enhancement; the server's key is what counts. */
export function form(
  o: { action: string; csrf?: string | undefined; method?: "post" | "get" },
  content: HtmlValue,
): Html {
  return html`<form method="${o.method ?? "post"}" action="${o.action}" novalidate data-submit-once>
    ${o.method === "get" ? "" : csrfField(o.csrf)}${content}
  </form>`;
}

export type ButtonKind = "main" | "sun" | "quiet" | "stop";

/** A button that submits its form; `name` and `value` say which of several was pressed. */
export function button(text: HtmlValue, o: { kind?: ButtonKind; name?: string; value?: string } = {}): Html {
  return html`<button
    class="button${o.kind && o.kind !== "main" ? ` ${o.kind}` : ""}"
    ${o.name ? html` name="${o.name}" value="${o.value ?? ""}"` : ""}
  >
    ${text}
  </button>`;
}

/** A link that leads on and looks like the button it replaces. */
export function buttonLink(text: HtmlValue, href: string, kind: ButtonKind = "main"): Html {
  return html`<a class="button${kind === "main" ? "" : ` ${kind}`}" href="${href}">${text}</a>`;
}

/** Buttons side by side, folding under each other on narrow screens. */
export function actions(...items: readonly HtmlValue[]): Html {
  return html`<div class="actions">${items}</div>`;
}

/** A form with one button and nothing to fill in. */
export function postButton(o: {
  action: string;
  csrf?: string | undefined;
  text: HtmlValue;
  kind?: ButtonKind;
  name?: string;
  value?: string;
}): Html {
  return form(o, button(o.text, o));
}

/** All errors of a page, first in the content; takes the focus; each line leads to its control. */
export function errorSummary(errors: readonly FieldError[] | undefined, lang: Language): HtmlValue {
  if (!errors?.length) return "";
  return html`<div class="error-summary" role="alert" tabindex="-1" data-error-summary>
    <h2>${words.problem[lang]}</h2>
    <ul>
      ${errors.map(({ field, text }) => html`<li><a href="#${field}">${show(text, lang)}</a></li>`)}
    </ul>
  </div>`;
}

/** The error of one field, to stand right above its control. */
export function errorOf(errors: readonly FieldError[] | undefined, field: string): FieldError | undefined {
  return errors?.find((error) => error.field === field);
}

function errorLine(error: FieldError | undefined, lang: Language): HtmlValue {
  return error
    ? html`<p class="field-error" id="${error.field}-error">
        <span class="aside">${words.error[lang]}</span>${show(error.text, lang)}
      </p>`
    : "";
}

interface FieldOptions {
  readonly id: string;
  readonly name?: string;
  readonly label: Text;
  readonly hint?: Text;
  readonly value?: string | undefined;
  readonly error?: FieldError | undefined;
}

function describedBy(o: { id: string; hint?: Text | undefined; error?: FieldError | undefined }): HtmlValue {
  const ids = [o.hint ? `${o.id}-hint` : "", o.error ? `${o.id}-error` : ""].filter(Boolean).join(" ");
  return ids ? html` aria-describedby="${ids}"` : "";
}

function around(o: FieldOptions, control: Html, lang: Language): Html {
  return html`<div class="field${o.error ? " wrong" : ""}">
    <label for="${o.id}">${show(o.label, lang)}</label
    >${o.hint ? html`<p class="hint" id="${o.id}-hint">${show(o.hint, lang)}</p>` : ""}${errorLine(o.error, lang)}${control}
  </div>`;
}

export interface TextInput extends FieldOptions {
  /** How many characters are expected; sets the width only. */
  readonly width?: "short" | "medium" | "full";
  readonly inputmode?: "numeric" | "text";
  readonly autocomplete?: string;
  readonly rows?: number;
}

export function textInput(o: TextInput, lang: Language): Html {
  const common = html`id="${o.id}" name="${o.name ?? o.id}"
  class="${o.width ?? "full"}"${o.autocomplete ? html` autocomplete="${o.autocomplete}"` : ""}${o.error ? html` aria-invalid="true"` : ""}${describedBy(o)}`;
  const control = o.rows
    ? html`<textarea ${common} rows="${o.rows}">${o.value ?? ""}</textarea>`
    : html`<input
        type="text"
        ${common}${o.inputmode ? html` inputmode="${o.inputmode}"` : ""}
        value="${o.value ?? ""}"
        spellcheck="false"
      />`;
  return around(o, control, lang);
}

export interface SelectInput extends FieldOptions {
  readonly options: readonly { readonly value: string; readonly text: Text }[];
}

export function selectInput(o: SelectInput, lang: Language): Html {
  return around(
    o,
    html`<select id="${o.id}" name="${o.name ?? o.id}" ${o.error ? html` aria-invalid="true"` : ""}${describedBy(o)}>
      <option value="">${words.choose[lang]}</option>
      ${o.options.map(
        ({ value, text }) =>
          html`<option value="${value}" ${value === o.value ? html` selected` : ""}>${plain(text, lang)}</option>`,
      )}
    </select>`,
    lang,
  );
}

export interface Choice {
  readonly value: string;
  readonly text: Text;
  readonly detail?: Text | undefined;
  readonly amount?: Text | undefined;
  /** Shown only while this choice is the chosen one, beside it on wide screens. No script. */
  readonly reason?: HtmlValue;
}

/** Cards to pick one of. The first control has the field's name as its id, so that the error summary finds it. */
export function pickCards(
  o: { name: string; choices: readonly Choice[]; chosen?: string | undefined; startAt?: number },
  lang: Language,
): Html {
  return html`<ul class="picks">
    ${o.choices.map((choice, at) => {
      const id = at + (o.startAt ?? 0) === 0 ? o.name : `${o.name}-${choice.value}`;
      return html`<li>
        <label class="pick" for="${id}"
          ><input
            type="radio"
            id="${id}"
            name="${o.name}"
            value="${choice.value}"
            ${choice.value === o.chosen ? html` checked` : ""}
          /><span class="pick-name">${show(choice.text, lang)}</span
          >${choice.amount ? html`<span class="amount">${show(choice.amount, lang)}</span>` : ""}${choice.detail ? html`<small>${show(choice.detail, lang)}</small>` : ""}</label
        >${choice.reason ? html`<div class="why card">${choice.reason}</div>` : ""}
      </li>`;
    })}
  </ul>`;
}

/** A question with its answers as one group. The legend is the page's `h1` when `heading` is set. */
export function fieldset(
  o: { id: string; legend: HtmlValue; heading?: boolean; hint?: HtmlValue; error?: FieldError | undefined },
  content: HtmlValue,
  lang: Language,
): Html {
  const described = [o.hint ? `${o.id}-hint` : "", o.error ? `${o.id}-error` : ""].filter(Boolean).join(" ");
  return html`<fieldset
    class="ask${o.error ? " wrong" : ""}"
    ${described ? html` aria-describedby="${described}"` : ""}
  >
    <legend>${o.heading ? html`<h1>${o.legend}</h1>` : o.legend}</legend>
    ${o.hint ? html`<div class="hint" id="${o.id}-hint">${o.hint}</div>` : ""}${errorLine(o.error, lang)}${content}
  </fieldset>`;
}

/** Boxes to tick; none is ever ticked beforehand unless the person ticked it. */
export function checkbox(
  o: { id: string; name?: string; value: string; label: Text; checked?: boolean; error?: FieldError | undefined },
  lang: Language,
): Html {
  return html`<div class="field${o.error ? " wrong" : ""}">
    ${errorLine(o.error, lang)}<label class="tick" for="${o.id}"
      ><input
        type="checkbox"
        id="${o.id}"
        name="${o.name ?? o.id}"
        value="${o.value}"
        ${o.checked ? html` checked` : ""}${o.error ? html` aria-invalid="true" aria-describedby="${o.id}-error"` : ""}
      /><span>${show(o.label, lang)}</span></label
    >
  </div>`;
}
