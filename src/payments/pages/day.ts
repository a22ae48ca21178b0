import type { Language } from "#kernel";
import {
  both,
  factList,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  note,
  show,
  table,
  tag,
  timeOf,
  type Chrome,
  type HtmlPage,
  type Text,
} from "#ui";
import type { Banking } from "../contract.ts";
import type { DayReport } from "../books/daily-report.ts";
import type { ClosedDay } from "../books/store-daily.ts";
import { paymentFrame } from "./frame.ts";
import { accountTitle, moneyText, paymentPaths } from "./words.ts";

const words = {
  back: both("帳冊", "Books"),
  title: both(
    (day: string) => `${day} 的對帳報表`,
    (day: string) => `Report of ${day}`,
  ),
  open: both("這一天還沒結帳，數字還會變。", "This day is not closed; the figures may still change."),
  closed: both("已結帳", "Closed"),
  even: both("差額為零：銀行、帳冊與付款一致。", "No difference: bank, books and payments agree."),
  differences: both("差額", "Differences"),
  what: both("什麼", "What"),
  programme: both("計畫", "Programme"),
  account: both("科目", "Account"),
  opening: both("期初", "Opening"),
  plus: both("收", "In"),
  minus: both("付", "Out"),
  closing: both("期末", "Closing"),
  amount: both("金額", "Amount"),
  bank: both("銀行的每一行", "The bank's lines"),
  direction: both("方向", "Direction"),
  debit: both("支出", "Out"),
  credit: both("收入", "In"),
  proved: both("證明了", "Proved"),
  lines: both("行數", "Lines"),
  none: both("這一天銀行沒有任何一行。", "The bank booked nothing that day."),
  suspense: both("待查", "Suspense"),
  due: both("期限", "Due"),
  hash: both("雜湊（SHA-256）", "Hash (SHA-256)"),
  previous: both("前一份的雜湊", "Hash of the report before"),
  signature: both("簽章", "Signature"),
  unsigned: both("未簽章", "not signed"),
  download: both("下載報表（JSON）", "Download the report (JSON)"),
  nothing: both("這一天沒有異動。", "Nothing moved that day."),
};

const kinds: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  "accounts-do-not-add-up": ["科目相加不為零", "The accounts do not add up to nothing"],
  "movements-do-not-add-up": ["異動與餘額不符", "Movements and balance differ"],
  "opening-is-not-yesterdays-closing": ["期初不是前一天的期末", "The opening is not the closing of the day before"],
  "suspense-is-not-its-lines": ["待查科目與明細不符", "Suspense is not the sum of its lines"],
  "suspense-overdue": ["待查逾期", "Suspense is overdue"],
  "in-transit-too-long": ["在途太久", "In transit for too long"],
  "settled-without-a-line": ["報入帳但對帳單沒有", "Reported as paid, on no statement"],
};

const outcomes: Readonly<Record<string, Text>> = {
  settlement: both("付款", "Payments"),
  return: both("退匯", "Money that came back"),
  recovery: both("還款", "Money paid back"),
  suspense: both("待查", "Nothing yet"),
};

/** One day of the books beside the bank's, with what does not come out at nothing. */
export function dayPage(
  view: { readonly report: DayReport; readonly closed?: ClosedDay | undefined; readonly currency: Banking["currency"] },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { report, closed } = view;
  const money = (amount: string): string => moneyText(BigInt(amount), view.currency, lang);
  const body = html`<a class="back" href="${paymentPaths.books}">${t.back}</a>
    <div class="between case-head">
      <h1>${t.title(report.day)}</h1>
      ${closed ? tag({ tone: "good", text: words.closed }, lang) : ""}
    </div>
    ${closed ? "" : note(html`<p>${t.open}</p>`, "wait")}
    ${
      report.differences.length === 0
        ? note(html`<p><b>${t.even}</b></p>`, "good")
        : html`<section class="card">
            <h2>${t.differences}</h2>
            ${table({
              caption: t.differences,
              captionHidden: true,
              columns: [{ head: t.what }, { head: t.programme }, { head: t.account }, { head: t.amount, number: true }],
              rows: report.differences.map((one) => {
                const [zh, en] = kinds[one.what] ?? [one.what, one.what];
                return {
                  cells: [
                    show(both(zh, en), lang),
                    one.programme,
                    one.account ? show(accountTitle(one.account), lang) : "–",
                    money(one.amount),
                  ],
                };
              }),
            })}
          </section>`
    }
    ${report.programmes.length === 0 ? html`<p>${t.nothing}</p>` : ""}
    ${report.programmes.map(
      ({ programme, accounts }) =>
        html`<section class="card">
          <h2>${programme}</h2>
          ${table({
            caption: programme,
            captionHidden: true,
            columns: [
              { head: t.account },
              { head: t.opening, number: true },
              { head: t.plus, number: true },
              { head: t.minus, number: true },
              { head: t.closing, number: true },
            ],
            rows: accounts.map((one) => ({
              cells: [
                show(accountTitle(one.account), lang),
                money(one.opening),
                money(one.in),
                money(one.out),
                money(one.closing),
              ],
            })),
          })}
        </section>`,
    )}
    <section class="card">
      <h2>${t.bank}</h2>
      ${
        report.bank.length === 0
          ? html`<p>${t.none}</p>`
          : table({
              caption: t.bank,
              captionHidden: true,
              columns: [
                { head: t.direction },
                { head: t.proved },
                { head: t.lines, number: true },
                { head: t.amount, number: true },
              ],
              rows: report.bank.map((one) => ({
                cells: [
                  one.direction === "debit" ? t.debit : t.credit,
                  show(outcomes[one.outcome] ?? one.outcome, lang),
                  formatCount(one.lines),
                  money(one.sum),
                ],
              })),
            })
      }
    </section>
    ${
      closed
        ? html`<section class="card">
            ${factList(
              [
                { label: words.closed, value: timeOf(closed.closedAt, lang, formatDateTime) },
                { label: words.hash, value: html`<span class="proof">${closed.sha256}</span>` },
                { label: words.previous, value: html`<span class="proof">${report.previous ?? "–"}</span>` },
                { label: words.signature, value: html`<span class="proof">${closed.signature ?? t.unsigned}</span>` },
              ],
              lang,
            )}
            <p class="spaced"><a href="${paymentPaths.books}/${report.day}.json" download>${t.download}</a></p>
          </section>`
        : ""
    }`;
  const title = both(words.title["zh-Hant"](report.day), words.title.en(report.day));
  return paymentFrame({ title, place: "books", body }, lang, chrome);
}
