import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  form,
  formatCount,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  pagination,
  selectInput,
  show,
  table,
  tag,
  textInput,
  timeOf,
  type Chrome,
  type HtmlPage,
} from "#ui";
import type { ChargeList } from "../view.ts";
import { feeFrame } from "./frame.ts";
import { chargeStates, chargeTag, feeMoney, feePaths, methodTitle } from "./words.ts";

export interface ChargeListView extends ChargeList {
  /** What was typed into the filter, by field: search, state, from, to. */
  readonly asked: Readonly<Record<string, string>>;
  readonly page: number;
  readonly pages: number;
}

const words = {
  title: both("規費的繳費", "Payments of fees"),
  search: both("申請編號、收據或繳費服務編號", "Application, receipt or provider's number"),
  state: both("狀態", "State"),
  from: both("從（西元年-月-日）", "From (YYYY-MM-DD)"),
  to: both("到（西元年-月-日）", "To (YYYY-MM-DD)"),
  find: both("找", "Find"),
  clear: both("清除條件", "Clear"),
  export: both("匯出 CSV", "Export CSV"),
  standing: both("各狀態", "How they stand"),
  none: both("沒有符合的繳費", "No payment like that"),
  noneText: both(
    "換個條件再找；還沒有人繳費時，這裡是空的。",
    "Try other filters. Until somebody pays, nothing is here.",
  ),
  application: both("申請", "Application"),
  amount: both("金額", "Amount"),
  method: both("方式", "By"),
  at: both("開始", "Begun"),
  strange: both("繳費服務前後說法不一，請查看：", "A provider contradicts itself; please look:"),
};

/** An agency's charges: how they stand, a filter, a list, and a file of it. */
export function chargeListPage(view: ChargeListView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { asked } = view;
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));
  const at = (change: Readonly<Record<string, string>>): string => {
    const fields = Object.entries({ ...asked, ...change }).filter(([, value]) => value !== "");
    return fields.length === 0 ? feePaths.all : `${feePaths.all}?${new URLSearchParams(fields).toString()}`;
  };
  const body = html`<div class="case-head"><h1>${t.title}</h1></div>
    ${
      view.contradictions.length > 0
        ? note(
            html`<p>
              ${t.strange}
              ${view.contradictions.map(({ charge, reference }) => html`<a href="${feePaths.all}/${charge}">${reference}</a> `)}
            </p>`,
            "bad",
          )
        : ""
    }
    ${
      view.sums.length > 0
        ? html`<section class="card">
            <h2>${t.standing}</h2>
            <ul class="filter">
              ${chargeStates.flatMap((state) => {
                const one = view.sums.find((sum) => sum.state === state);
                if (!one) return [];
                return [
                  html`<li>
                    <a href="${at({ state })}" ${asked["state"] === state ? html` aria-current="true"` : ""}
                      >${show(chargeTag(state).text, lang)}
                      ${formatCount(one.count)}${one.taken > 0n ? html` · ${show(feeMoney(one.taken), lang)}` : ""}</a
                    >
                  </li>`,
                ];
              })}
            </ul>
          </section>`
        : ""
    }
    <section class="card">
      ${form(
        { action: feePaths.all, method: "get" },
        html`<div class="filters">
            ${textInput({ id: "search", label: words.search, value: asked["search"] ?? "", autocomplete: "off" }, lang)}
            ${selectInput(
              {
                id: "state",
                label: words.state,
                value: asked["state"] ?? "",
                options: chargeStates.map((state) => ({ value: state, text: chargeTag(state).text })),
              },
              lang,
            )}
            ${textInput({ id: "from", label: words.from, value: asked["from"] ?? "", width: "medium" }, lang)}
            ${textInput({ id: "to", label: words.to, value: asked["to"] ?? "", width: "medium" }, lang)}
          </div>
          ${actions(
            button(t.find, { kind: "quiet" }),
            query.size > 0 ? html`<a href="${feePaths.all}">${t.clear}</a>` : "",
            html`<a href="${feePaths.csv}?${query.toString()}" download>${t.export}</a>`,
          )}`,
      )}
    </section>
    ${
      view.charges.length === 0
        ? emptyState({
            drawing: icon("mountain"),
            title: t.none,
            text: t.noneText,
            ...(query.size > 0 && { action: buttonLink(t.clear, feePaths.all, "quiet") }),
          })
        : table({
            caption: t.title,
            captionHidden: true,
            columns: [
              { head: t.application },
              { head: t.amount, number: true },
              { head: t.state },
              { head: t.method },
              { head: t.at },
            ],
            rows: view.charges.map((one) => ({
              cells: [
                html`<a href="${feePaths.all}/${one.id}">${one.reference}</a> ${show(one.reason, lang)}`,
                show(feeMoney(one.amount), lang),
                tag(chargeTag(one.state), lang),
                show(methodTitle(one.method), lang),
                timeOf(one.createdAt, lang, formatDateTime),
              ],
            })),
          })
    }
    ${pagination({ page: view.page, pages: view.pages, href: (page) => at({ page: String(page) }) }, lang)}`;
  return feeFrame({ title: words.title, place: "all", body }, lang, chrome);
}
