import type { Language, Localised } from "#kernel";
import { html, type Html } from "./html.ts";

/** Words for the screen: in every language, or as a register keeps them (a name, an address). */
export type Text = string | Localised;

/** The same thing in every language. Pages keep their words in such pairs next to their markup. */
export function both<Value>(zhHant: Value, en: Value): Readonly<Record<Language, Value>> {
  return { "zh-Hant": zhHant, en };
}

type Spoken<Words> = {
  readonly [Key in keyof Words]: Words[Key] extends Record<Language, infer Value> ? Value : never;
};

/** All words of a page in one language: `const t = inLanguage(words, lang)`, then `t.title`. */
export function inLanguage<Words extends Record<string, Readonly<Record<Language, unknown>>>>(
  words: Words,
  lang: Language,
): Spoken<Words> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, value[lang]])) as Spoken<Words>;
}

/** The words as a plain string, for attributes and titles. */
export function plain(text: Text, lang: Language): string {
  return typeof text === "string" ? text : text[lang];
}

/** BCP 47 tag for the `lang` attribute; the region picks the right glyphs. */
export function languageTag(lang: Language): "zh-Hant-TW" | "en" {
  return lang === "en" ? "en" : "zh-Hant-TW";
}

// A run of Chinese inside English text, with the punctuation between its characters.
const chineseRun =
  /([\p{Script=Han}\p{Script=Bopomofo}][\p{Script=Han}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uff65\u25cb-]*)/u;

/**
 * The words as HTML. On an English page each Chinese run (a name, an address from a register) is marked as Chinese, so
 * that screen readers change voice and the Taiwanese glyphs are used.
 */
export function show(text: Text, lang: Language): Html {
  const words = plain(text, lang);
  if (lang === "zh-Hant" || !chineseRun.test(words)) return html`${words}`;
  return html`${words.split(chineseRun).map((part, at) => (at % 2 === 1 ? html`<span lang="zh-Hant-TW">${part}</span>` : part))}`;
}
