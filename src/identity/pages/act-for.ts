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
  note,
  page,
  plain,
  show,
  sourceLine,
  textInput,
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
  readonly group: MandateGroup;
}

/** Where a mandate stands on the page: by family ties, by an office in a company, or given by somebody. */
export type MandateGroup = "family" | "company" | "given";

export interface ActForView {
  readonly self: { readonly name: string; readonly maskedId: string };
  readonly mandates: readonly MandateView[];
  /** Registers that did not answer: what they would confirm is not in the list. */
  readonly missing?: readonly Text[];
  /** What was typed to find somebody; absent where the form's receiver cannot search. Offered only when there are many. */
  readonly find?: string;
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
    "戶政、公司登記和委任資料都沒有列出您可以代理的人。對方可以在「委任」頁面用卡片委任您；家屬代理也可以到戶政事務所登記。",
    "Neither the household register, the company register nor a mandate lists anyone. They can give you a mandate with their card on the page Mandates; relatives can also register at a household registration office.",
  ),
  missing: both("名單可能不完整", "The list may be incomplete"),
  missingText: both(
    (names: string) => `現在查不到：${names}。其他的可以先辦，或稍後再試。`,
    (names: string) => `Not answering now: ${names}. You can go on with the others, or try again in a moment.`,
  ),
  family: both("家人", "Family"),
  company: both("公司", "Companies"),
  given: both("委任", "Mandates given to you"),
  find: both("找姓名或公司名稱", "Find a person or company by name"),
  findGo: both("找", "Find"),
  found: both(
    (count: string) => `找到 ${count} 個`,
    (count: string) => `${count} found`,
  ),
  go: both("繼續", "Continue"),
};

/** From so many on, the page offers to search. */
const many = 11;
const groups: readonly MandateGroup[] = ["family", "company", "given"];

/**
 * Choose oneself, or somebody whose register or whose own card lets one act: family, companies, mandates. Each shows its
 * source. Pressing the search sends `do=find`, and the page comes back with those who match.
 */
export function actForPage(view: ActForView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const comma = lang === "en" ? ", " : "，";
  const stop = lang === "en" ? ". " : "。";
  const searchable = view.find !== undefined && view.mandates.length >= many;
  const wanted = searchable ? folded(view.find ?? "") : "";
  const shown = view.mandates
    .filter(({ name }) => folded(name).includes(wanted))
    .toSorted((one, other) => one.name.localeCompare(other.name, "zh-Hant"));
  const card = (value: string, id: string, name: Text, more: Html): Html =>
    html`<li>
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
  const mandateCard = (mandate: MandateView): Html =>
    card(
      mandate.id,
      `for-${mandate.id}`,
      mandate.name,
      html`<small
        >${show(mandate.relation, lang)}${comma}${show(mandate.scope, lang)}${
          mandate.validUntil ? html`${stop}${t.until(formatDate(mandate.validUntil, lang))}` : ""
        }${sourceLine(mandate.source, lang)}</small
      >`,
    );
  const missing = view.missing ?? [];
  const body = html`<div class="narrow">
    ${errorSummary(view.errors, lang)}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`${
          missing.length > 0
            ? note(
                html`<p><b>${t.missing}</b></p>
                  <p>${t.missingText(missing.map((name) => plain(name, lang)).join(lang === "en" ? ", " : "、"))}</p>`,
                "wait",
              )
            : ""
        }${fieldset(
          { id: "for", legend: t.title, heading: true, hint: t.hint, error: errorOf(view.errors, "for") },
          html`<ul class="picks">
              ${card("self", "for", t.self, html`<small>${show(view.self.name, lang)} ${view.self.maskedId}</small>`)}
            </ul>
            ${
              searchable
                ? html`${textInput({ id: "find", label: t.find, width: "medium", value: view.find }, lang)}
                    <p>${button(t.findGo, { kind: "quiet", name: "do", value: "find" })}</p>
                    ${wanted === "" ? "" : html`<p class="hint" role="status">${t.found(String(shown.length))}</p>`}`
                : ""
            }
            ${groups.map((group) => {
              const members = shown.filter((mandate) => mandate.group === group);
              return members.length === 0
                ? ""
                : html`<h2>${t[group]}</h2>
                    <ul class="picks">
                      ${members.map(mandateCard)}
                    </ul>`;
            })}`,
          lang,
        )}${
          view.mandates.length === 0 && missing.length === 0
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

/** A name as it is compared: width, case and blanks do not matter. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll(/\s/g, "");
}
