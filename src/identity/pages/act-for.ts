import type { Language } from "#kernel";
import {
  both,
  button,
  errorOf,
  errorSummary,
  fieldset,
  form,
  formatDate,
  html,
  inLanguage,
  page,
  show,
  sourceLine,
  type Html,
  type Chrome,
  type FieldError,
  type HtmlPage,
  type Source,
  type Text,
} from "#ui";

/** A person one may act for, and why. */
export interface MandateView {
  readonly id: string;
  readonly name: string;
  /** What the other person is to this one: 母親. */
  readonly relation: Text;
  /** What may be done: 福利與健康服務. */
  readonly scope: Text;
  readonly validUntil?: Date;
  readonly source: Source;
}

export interface ActForView {
  readonly self: { readonly name: string; readonly maskedId: string };
  readonly mandates: readonly MandateView[];
  /** `self` or a mandate's id. */
  readonly chosen?: string;
  readonly action: string;
  readonly errors?: readonly FieldError[];
}

const words = {
  title: both("這次替誰辦？", "Who is this for?"),
  hint: both("代理別人時，對方看得到您做了什麼。", "When you act for another person, they can see what you did."),
  self: both("我自己", "Myself"),
  until: both(
    (until: string) => `有效到 ${until}`,
    (until: string) => `Valid until ${until}`,
  ),
  none: both("目前沒有可以代理的人", "There is no one you may act for"),
  noneText: both(
    "戶政資料沒有列出您可以代理的人。需要替家人辦理時，請先到戶政事務所登記代理，登記後這裡會自動出現。",
    "The household register lists no one you may act for. To act for a relative, register the mandate at a household registration office; it then appears here by itself.",
  ),
  go: both("繼續", "Continue"),
};

/** Choose oneself or a person who gave, or by law has given, a mandate. Each mandate shows its source. */
export function actForPage(view: ActForView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const card = (value: string, at: number, name: Text, more: Html): Html => {
    const id = at === 0 ? "for" : `for-${value}`;
    return html`<li>
      <label class="pick" for="${id}"
        ><input
          type="radio"
          id="${id}"
          name="for"
          value="${value}"
          ${view.chosen === value ? html` checked` : ""}
        /><span class="pick-name">${show(name, lang)}</span>${more}</label
      >
    </li>`;
  };
  const body = html`<div class="narrow">
    ${errorSummary(view.errors, lang)}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`${fieldset(
          { id: "for", legend: t.title, heading: true, hint: t.hint, error: errorOf(view.errors, "for") },
          html`<ul class="picks">
            ${card("self", 0, t.self, html`<small>${show(view.self.name, lang)} ${view.self.maskedId}</small>`)}
            ${view.mandates.map((mandate, at) =>
              card(
                mandate.id,
                at + 1,
                mandate.name,
                html`<small
                  >${show(mandate.relation, lang)}${lang === "en" ? ", " : "，"}${show(mandate.scope, lang)}${
                    mandate.validUntil
                      ? html`${lang === "en" ? ". " : "。"}${t.until(formatDate(mandate.validUntil, lang))}`
                      : ""
                  }${sourceLine(mandate.source, lang)}</small
                >`,
              ),
            )}
          </ul>`,
          lang,
        )}${
          view.mandates.length === 0
            ? html`<div class="note">
                <p><b>${t.none}</b></p>
                <p>${t.noneText}</p>
              </div>`
            : ""
        }
        <div class="actions">${button(t.go)}</div>`,
    )}
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", error: Boolean(view.errors?.length), body });
}
