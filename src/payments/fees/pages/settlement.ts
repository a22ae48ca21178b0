import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  form,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  note,
  postButton,
  selectInput,
  show,
  table,
  textInput,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import type { DailyReport } from "../report.ts";
import { feeFrame } from "./frame.ts";
import { feeMoney, feePaths } from "./words.ts";

export interface SettlementView {
  readonly day: string;
  readonly provider: string;
  readonly providers: readonly { readonly id: string; readonly title: Text }[];
  /** Absent where no provider is set up. */
  readonly report?: DailyReport | undefined;
  readonly mayFetch: boolean;
}

const words = {
  title: both("每日對帳", "Daily settlement"),
  lede: both(
    "繳費服務說收了多少、交來多少，和我們記的一筆一筆對。",
    "What the provider says it took and handed over, compared line by line with what we booked.",
  ),
  day: both("日期（西元年-月-日）", "Day (YYYY-MM-DD)"),
  provider: both("繳費服務", "Provider"),
  show: both("看這一天", "Show this day"),
  fetch: both("取回對帳檔", "Fetch the settlement file"),
  nobody: both("還沒有設定繳費服務。", "No payment provider is set up."),
  side: both("哪一邊", "Side"),
  ours: both("我們記的", "Booked by us"),
  theirs: both("對帳檔", "Settlement file"),
  payments: both("收款", "Payments"),
  refunds: both("退款", "Refunds"),
  net: both("淨額", "Net"),
  lines: both("筆數", "Lines"),
  even: both("兩邊一致，沒有差異。", "Both sides agree. There is no difference."),
  quiet: both("這一天沒有任何繳費或退款。", "Nothing was paid or refunded on this day."),
  missing: both("我們記了、對帳檔沒有的", "Booked by us, not in a settlement file"),
  strange: both("對帳檔有、對不上的", "In the settlement file, and does not fit"),
  charge: both("收據編號", "Receipt number"),
  kind: both("種類", "Kind"),
  amount: both("金額", "Amount"),
  at: both("時間", "When"),
  reference: both("對帳檔的編號", "Number in the file"),
  why: both("原因", "Why"),
  payment: both("收款", "payment"),
  refund: both("退款", "refund"),
  "amount-differs": both("金額不同", "amount differs"),
  unmatched: both("沒有這筆繳費，已記入待查", "no such payment; booked to suspense"),
  "not-expected": both("重複或未收款，已記入待查", "twice, or nothing was taken; booked to suspense"),
};

/** A day of one provider: both sides' sums, and every difference. */
export function settlementPage(view: SettlementView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { report } = view;
  const body = html`<h1>${t.title}</h1>
    <p>${t.lede}</p>
    <section class="card">
      ${form(
        { action: feePaths.settlement, method: "get" },
        html`<div class="filters">
            ${textInput({ id: "day", label: words.day, value: view.day, width: "medium" }, lang)}
            ${
              view.providers.length > 1
                ? selectInput(
                    {
                      id: "provider",
                      label: words.provider,
                      value: view.provider,
                      options: view.providers.map(({ id, title }) => ({ value: id, text: title })),
                    },
                    lang,
                  )
                : ""
            }
          </div>
          ${actions(button(t.show, { kind: "quiet" }))}`,
      )}
      ${
        view.mayFetch && report
          ? html`<div class="spaced">
              ${postButton({
                action: `${feePaths.settlement}?day=${view.day}&provider=${encodeURIComponent(view.provider)}`,
                csrf: chrome.csrf,
                text: t.fetch,
              })}
            </div>`
          : ""
      }
    </section>
    ${report ? html`<div class="spaced">${dayOf(report, lang)}</div>` : note(html`<p>${t.nobody}</p>`)}`;
  return feeFrame({ title: words.title, place: "settlement", body }, lang, chrome);
}

function dayOf(report: DailyReport, lang: Language) {
  const t = inLanguage(words, lang);
  const { booked, settled, missing, strange } = report;
  const row = (side: string, of: DailyReport["booked"]) => ({
    cells: [
      side,
      show(feeMoney(of.payments), lang),
      show(feeMoney(of.refunds), lang),
      show(feeMoney(of.payments - of.refunds), lang),
      formatCount(of.count),
    ],
  });
  const even = missing.length === 0 && strange.length === 0;
  return html`${table({
    caption: `${t.title} ${report.day}`,
    columns: [
      { head: t.side },
      { head: t.payments, number: true },
      { head: t.refunds, number: true },
      { head: t.net, number: true },
      { head: t.lines, number: true },
    ],
    rows: [row(t.ours, booked), row(t.theirs, settled)],
  })}
  ${even ? note(html`<p>${booked.count === 0 && settled.count === 0 ? t.quiet : t.even}</p>`, "good") : ""}
  ${
    missing.length > 0
      ? spaced({
          caption: t.missing,
          columns: [{ head: t.charge }, { head: t.kind }, { head: t.amount, number: true }, { head: t.at }],
          rows: missing.map((one) => ({
            cells: [
              html`<a href="${feePaths.all}/${one.charge}"><code class="proof">${one.charge}</code></a>`,
              t[one.kind],
              show(feeMoney(one.amount), lang),
              timeOf(one.at, lang, formatDateTime),
            ],
          })),
        })
      : ""
  }
  ${
    strange.length > 0
      ? spaced({
          caption: t.strange,
          columns: [{ head: t.reference }, { head: t.kind }, { head: t.amount, number: true }, { head: t.why }],
          rows: strange.map((one) => ({
            cells: [
              one.charge ? html`<a href="${feePaths.all}/${one.charge}">${one.reference}</a>` : one.reference,
              t[one.kind],
              show(feeMoney(one.amount), lang),
              one.outcome === "matched" ? "–" : t[one.outcome],
            ],
          })),
        })
      : ""
  }`;
}

function spaced(of: Parameters<typeof table>[0]): Html {
  return html`<div class="spaced">${table(of)}</div>`;
}
