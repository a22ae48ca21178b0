import type { Purpose } from "#exchange";
import type { Language, Localised } from "#kernel";
import { both, checkbox, fieldset, html, selectInput, textInput, type FieldError, type Html } from "#ui";

/** A code that the country's configuration lists, in words. */
export interface ListedCode {
  readonly value: string;
  readonly text: Localised;
}

/** What the country lists; nothing where its configuration lists no purposes, and codes are written freely. */
export interface ListedCodes {
  readonly purposes: readonly ListedCode[];
  readonly legalBases: readonly ListedCode[];
}

export function listedCodes(purposes: readonly Purpose[]): ListedCodes {
  const called = (value: string, name: Localised): ListedCode => ({
    value,
    text: both(`${name["zh-Hant"]}（${value}）`, `${name.en} (${value})`),
  });
  const bases = new Map(purposes.flatMap(({ legalBases }) => legalBases).map(({ code, law }) => [code, law]));
  return {
    purposes: purposes.map(({ code, title }) => called(code, title)),
    legalBases: [...bases].map(([code, law]) => called(code, law)),
  };
}

interface CodeInput {
  readonly id: string;
  readonly name?: string;
  readonly label: Localised;
  readonly hint?: Localised;
  /** One code; of ticks several, with spaces between. */
  readonly value?: string | undefined;
  readonly error?: FieldError | undefined;
}

/** One code: chosen where the country lists them. */
export function codeSelect(o: CodeInput, listed: readonly ListedCode[], lang: Language): Html {
  return listed.length === 0 ? textInput(o, lang) : selectInput({ ...o, options: listed }, lang);
}

/** Any number of codes: ticked where the country lists them. A code of before that is listed no more stays in view. */
export function codeTicks(o: CodeInput, listed: readonly ListedCode[], lang: Language): Html {
  if (listed.length === 0) return textInput(o, lang);
  const given = (o.value ?? "").split(/[\s,、，]+/u).filter(Boolean);
  const unlisted = given
    .filter((code) => !listed.some(({ value }) => value === code))
    .map((value) => ({ value, text: both(value, value) }));
  return html`<div id="${o.id}">
    ${fieldset(
      {
        id: o.id,
        legend: o.label[lang],
        ...(o.hint ? { hint: o.hint[lang] } : {}),
        error: o.error,
      },
      [...listed, ...unlisted].map(({ value, text }) =>
        checkbox({ id: `${o.id}.${value}`, value: "yes", label: text, checked: given.includes(value) }, lang),
      ),
      lang,
    )}
  </div>`;
}

/** The codes of a form's ticks, or of its text, with spaces between. */
export function codesIn(form: Readonly<Record<string, string>>, id: string): string {
  const ticked = Object.keys(form)
    .filter((name) => name.startsWith(`${id}.`))
    .map((name) => name.slice(id.length + 1));
  return [form[id] ?? "", ...ticked].join(" ").trim();
}
