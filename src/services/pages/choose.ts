import type { Language } from "#kernel";
import {
  both,
  details,
  emptyState,
  errorOf,
  explanation,
  fieldset,
  form,
  formatCount,
  formatMoney,
  html,
  icon,
  inLanguage,
  pickCards,
  plain,
  show,
  sourceLine,
  type Chrome,
  type Explanation,
  type HtmlPage,
  type Source,
  type Text,
} from "#ui";
import { questionFrame, type QuestionView } from "./questions.ts";

/** A row of the schedule with what this person would get. */
export interface DeviceChoice {
  readonly id: string;
  readonly name: Text;
  /** 基準表第 44 項; what it needs. */
  readonly detail: Text;
  /** The most that would be paid to this person, in whole dollars. */
  readonly amount: number;
  /** Why that amount. Shown beside the card while it is chosen. */
  readonly why?: Explanation;
}

export interface ChooseView extends QuestionView {
  readonly groups: readonly { readonly category: Text; readonly devices: readonly DeviceChoice[] }[];
  readonly chosen?: string;
  /** The rate that made the amounts, in words: 中低收入戶，補助 75%. */
  readonly rate: { readonly text: Text; readonly source: Source };
  /** What the person searched for; the groups are then what was found. */
  readonly query?: string;
  readonly searchAction: string;
  readonly total: number;
}

const words = {
  title: both("需要哪一項輔具？", "Which device is needed?"),
  hint: both(
    (rate: string) => `金額已依您的福利身分算好（${rate}）。`,
    (rate: string) => `Amounts are already worked out for your household (${rate}).`,
  ),
  upTo: both(
    (amount: string) => `最高 ${amount}`,
    (amount: string) => `up to ${amount}`,
  ),
  search: both("找輔具", "Find a device"),
  find: both("找", "Find"),
  all: both(
    (total: string) => `看全部 ${total} 項`,
    (total: string) => `See all ${total} devices`,
  ),
  why: both(
    (amount: string) => `為什麼是 ${amount}？`,
    (amount: string) => `Why ${amount}?`,
  ),
  found: both(
    (count: number) => `${formatCount(count)} 項`,
    (count: number) => formatCount(count),
  ),
  nothing: both(
    (query: string) => `沒有找到「${query}」`,
    (query: string) => `Nothing found for “${query}”`,
  ),
  nothingText: both("試試別的名稱，或看全部項目。", "Try another name, or see them all."),
};

/** Choose from the official schedule. The amount stands on each card, and beside the chosen one the reason for it. */
export function choosePage(view: ChooseView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const first = view.groups.findIndex(({ devices }) => devices.length > 0);
  const openAt = view.chosen
    ? view.groups.findIndex(({ devices }) => devices.some(({ id }) => id === view.chosen))
    : first;
  const groups = view.groups.map(({ category, devices }, at) =>
    details(
      html`${show(category, lang)} <small>(${t.found(devices.length)})</small>`,
      pickCards(
        {
          name: "device",
          startAt: at === first ? 0 : 1,
          chosen: view.chosen,
          choices: devices.map((device) => ({
            value: device.id,
            text: device.name,
            detail: device.detail,
            amount: t.upTo(formatMoney(device.amount, lang)),
            reason: device.why
              ? html`<h2>${t.why(formatMoney(device.amount, lang))}</h2>
                  ${explanation(device.why, lang)}`
              : "",
          })),
        },
        lang,
      ),
      view.query !== undefined || at === openAt,
    ),
  );
  const before = html`<div class="choose">
    <h1>${t.title}</h1>
    <p class="hint">${show(t.hint(plain(view.rate.text, lang)), lang)}${sourceLine(view.rate.source, lang)}</p>
    ${form(
      { action: view.searchAction, method: "get" },
      html`<div class="search">
        <input
          type="text"
          name="q"
          value="${view.query ?? ""}"
          aria-label="${t.search}"
          placeholder="${t.search}"
        /><button class="button quiet">${t.find}</button>
      </div>`,
    )}
    ${view.query === undefined ? "" : html`<p><a href="${view.searchAction}">${t.all(formatCount(view.total))}</a></p>`}
  </div>`;
  const content = html`<div class="choose">
    ${fieldset(
      {
        id: "device",
        legend: html`<span class="aside">${t.title}</span>`,
        error: errorOf(view.errors, "device"),
      },
      view.groups.length > 0
        ? html`${groups}`
        : emptyState({ drawing: icon("old"), title: show(t.nothing(view.query ?? ""), lang), text: t.nothingText }),
      lang,
    )}
  </div>`;
  return questionFrame(view, { title: t.title, content, before, wide: true }, lang, chrome);
}
