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
  selectInput,
  show,
  table,
  tag,
  textInput,
  timeOf,
  type Chrome,
  type HtmlPage,
} from "#ui";
import type { Banking } from "../contract.ts";
import { reasonClass } from "../bank/reasons.ts";
import type { PaymentLine } from "../views/store-view.ts";
import type { PaymentOverview } from "../views/view-list.ts";
import { olderLinks, paymentFrame } from "./frame.ts";
import { bars, weekColumns } from "./pictures.ts";
import { moneyText, paymentPaths, reasonClasses, reasonTitle, stateOrder, stateTag } from "./words.ts";

export interface PaymentListView {
  readonly lines: readonly PaymentLine[];
  /** Absent on the last page. */
  readonly next?: string | undefined;
  /** What was typed into the filter, by field: programme, state, reason, days, search, after. */
  readonly asked: Readonly<Record<string, string>>;
  readonly overview: PaymentOverview;
  /** Acts that wait for a second person. */
  readonly waiting: number;
  readonly now: Date;
  readonly banking: Pick<Banking, "currency" | "utcOffset">;
}

const words = {
  title: both("付款", "Payments"),
  lede: both(
    "每一筆從決定到入帳，都能一步步查到底。",
    "Every payment can be followed step by step, from the decision to the account.",
  ),
  standing: both("現在有多少在哪裡", "How many stand where"),
  weeks: both("最近十二週", "The last twelve weeks"),
  why: both("付不出去的原因", "Why payments wait"),
  none: both("還沒有任何付款。", "There are no payments yet."),
  programme: both("計畫", "Programme"),
  state: both("狀態", "State"),
  reason: both("原因", "Reason"),
  days: both("停留多久", "For how long"),
  search: both("案號或付款編號", "Case number or payment id"),
  find: both("找", "Find"),
  all: both("清除條件", "Clear"),
  export: both("匯出 CSV", "Export CSV"),
  list: both("付款清單", "List of payments"),
  case: both("案號", "Case"),
  amount: both("金額", "Amount"),
  since: both("自", "Since"),
  attempt: both("第幾次", "Attempt"),
  nothing: both("沒有符合的付款", "No payment like that"),
  nothingText: both("換個條件再找；案號要完整。", "Try other filters; a case number must be whole."),
  waiting: both(
    (n: number) => `${n} 件等第二個人確認`,
    (n: number) => `${n} waiting for a second person`,
  ),
};

const ages = [
  ["1", "1 天以上", "1 day or more"],
  ["3", "3 天以上", "3 days or more"],
  ["7", "7 天以上", "7 days or more"],
  ["30", "30 天以上", "30 days or more"],
] as const;

/** All payments: how they stand, what the last weeks brought, and a list to search. */
export function paymentListPage(view: PaymentListView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { overview, asked, banking } = view;
  const counts = new Map(overview.states.map((one) => [one.state, one]));
  const known = [
    ...stateOrder,
    ...overview.states.map(({ state }) => state).filter((one) => !stateOrder.includes(one)),
  ];
  const standing = known.flatMap((state) => {
    const one = counts.get(state);
    if (!one) return [];
    const { tone, text } = stateTag(state);
    const value = BigInt(one.count);
    return [{ label: text, value, text: formatCount(one.count), tone, href: linkTo(asked, { state, after: "" }) }];
  });
  const query = new URLSearchParams(Object.entries(asked).filter(([name, value]) => value !== "" && name !== "after"));
  const body = html`<div class="between case-head">
      <h1>${t.title}</h1>
      ${view.waiting > 0 ? html`<a href="${paymentPaths.reconcile}#asked">${t.waiting(view.waiting)}</a>` : ""}
    </div>
    <p>${t.lede}</p>
    <div class="side">
      <section class="card">
        <h2>${t.standing}</h2>
        ${standing.length === 0 ? html`<p>${t.none}</p>` : bars(standing, lang)}
      </section>
      <section class="card">
        <h2>${t.weeks}</h2>
        ${weekColumns(overview.weeks, { now: view.now, ...banking }, lang)}
        ${
          overview.reasons.length > 0
            ? html`<h2 class="spaced">${t.why}</h2>
                ${bars(
                  overview.reasons.map((one) => ({
                    label: reasonTitle(one.class),
                    value: BigInt(one.count),
                    text: formatCount(one.count),
                    tone: "bad" as const,
                    href: linkTo({}, { reason: one.class }),
                  })),
                  lang,
                )}`
            : ""
        }
      </section>
    </div>
    <section class="card">
      ${form(
        { action: paymentPaths.all, method: "get" },
        html`<div class="filters">
            ${textInput({ id: "search", label: words.search, value: asked["search"] ?? "", autocomplete: "off" }, lang)}
            ${selectInput(
              {
                id: "state",
                label: words.state,
                value: asked["state"] ?? "",
                options: known.map((state) => ({ value: state, text: stateTag(state).text })),
              },
              lang,
            )}
            ${selectInput(
              {
                id: "reason",
                label: words.reason,
                value: asked["reason"] ?? "",
                options: reasonClasses.map((one) => ({ value: one, text: reasonTitle(one) })),
              },
              lang,
            )}
            ${selectInput(
              {
                id: "days",
                label: words.days,
                value: asked["days"] ?? "",
                options: ages.map(([value, zh, en]) => ({ value, text: both(zh, en) })),
              },
              lang,
            )}
            ${
              overview.programmes.length > 1
                ? selectInput(
                    {
                      id: "programme",
                      label: words.programme,
                      value: asked["programme"] ?? "",
                      options: overview.programmes.map((id) => ({ value: id, text: id })),
                    },
                    lang,
                  )
                : ""
            }
          </div>
          ${actions(
            button(t.find, { kind: "quiet" }),
            query.size > 0 ? html`<a href="${paymentPaths.all}">${t.all}</a>` : "",
            html`<a href="${paymentPaths.csv}?${query.toString()}" download>${t.export}</a>`,
          )}`,
      )}
    </section>
    ${
      view.lines.length === 0
        ? emptyState({
            drawing: icon("mountain"),
            title: t.nothing,
            text: t.nothingText,
            ...(query.size > 0 && { action: buttonLink(t.all, paymentPaths.all, "quiet") }),
          })
        : paymentTable(view.lines, banking, lang)
    }
    ${olderLinks(
      {
        first: (asked["after"] ?? "") === "",
        newest: linkTo(asked, { after: "" }),
        older: view.next === undefined ? undefined : linkTo(asked, { after: view.next }),
      },
      lang,
    )}`;
  return paymentFrame({ title: words.title, place: "all", body }, lang, chrome);
}

/** A list of payments. */
export function paymentTable(
  lines: readonly PaymentLine[],
  { currency }: Pick<Banking, "currency">,
  lang: Language,
): ReturnType<typeof table> {
  const t = inLanguage(words, lang);
  return table({
    caption: t.list,
    captionHidden: true,
    columns: [
      { head: t.case },
      { head: t.amount, number: true },
      { head: t.state },
      { head: t.since },
      { head: t.reason },
      { head: t.attempt, number: true },
    ],
    rows: lines.map((line) => ({
      cells: [
        html`<a href="${paymentPaths.all}/${line.id}">${line.caseRef}</a>`,
        moneyText(line.amount, currency, lang),
        tag(stateTag(line.state), lang),
        timeOf(line.since, lang, formatDateTime),
        line.reason === null
          ? "–"
          : html`<span>${show(reasonTitle(reasonClass(line.reason)), lang)} <small>${line.reason}</small></span>`,
        String(line.attempt),
      ],
    })),
  });
}

function linkTo(asked: Readonly<Record<string, string>>, change: Readonly<Record<string, string>>): string {
  const fields = Object.entries({ ...asked, ...change }).filter(([, value]) => value !== "");
  return fields.length === 0 ? paymentPaths.all : `${paymentPaths.all}?${new URLSearchParams(fields).toString()}`;
}
