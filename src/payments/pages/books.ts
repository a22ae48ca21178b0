import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  emptyState,
  form,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  selectInput,
  show,
  table,
  tag,
  timeOf,
  type Chrome,
  type HtmlPage,
  type Text,
} from "#ui";
import type { BookFault } from "../books/books.ts";
import type { Banking } from "../contract.ts";
import type { Balance } from "../books/store-books.ts";
import type { Movement } from "../views/store-view.ts";
import { olderLinks, paymentFrame } from "./frame.ts";
import { bars } from "./pictures.ts";
import { accountOrder, accountTitle, moneyText, paymentPaths } from "./words.ts";

export interface BooksView {
  readonly programmes: readonly { readonly id: string; readonly title: Text }[];
  readonly balances: readonly Balance[];
  /** When the books were proved just now, and what was wrong; an empty list is the proof. */
  readonly proof?: { readonly at: Date; readonly faults: readonly BookFault[] };
  readonly movements: readonly Movement[];
  /** What was asked for: programme, account, after. */
  readonly asked: Readonly<Record<string, string>>;
  readonly next?: string | undefined;
  /** Where the reports of days are, if there are any. */
  readonly reports?: readonly { readonly day: string; readonly differences: number; readonly closed: boolean }[];
  readonly currency: Banking["currency"];
}

const words = {
  title: both("帳冊", "Books"),
  lede: both(
    "複式記帳：每一元都在某處，每個計畫的所有科目相加為零。",
    "Double entry: every dollar is somewhere, and the accounts of a programme add up to nothing.",
  ),
  balances: both("各科目餘額", "Balances"),
  account: both("科目", "Account"),
  balance: both("餘額", "Balance"),
  sum: both("合計", "Sum"),
  prove: both("驗證帳冊", "Prove the books"),
  proveText: both(
    "從每一筆過帳重新計算餘額，並與每筆付款的狀態比對。",
    "Reckons the balances again from every posting, and compares them with the state of every payment.",
  ),
  proved: both("驗證無誤", "Proved"),
  broken: both("帳冊有誤，請立即通知系統管理者。", "The books are wrong. Tell the operator at once."),
  movements: both("異動", "Movements"),
  when: both("時間", "When"),
  from: both("從", "From"),
  to: both("到", "To"),
  amount: both("金額", "Amount"),
  why: both("依據", "Rests on"),
  programme: both("計畫", "Programme"),
  find: both("找", "Find"),
  export: both("匯出 CSV", "Export CSV"),
  none: both("還沒有任何異動", "Nothing was booked yet"),
  noneText: both("放行第一筆付款後，這裡就有紀錄。", "It begins with the first released payment."),
  report: both("每日對帳報表", "Daily reports"),
  difference: both("差額", "Difference"),
  day: both("日期", "Day"),
  today: both("還沒結帳", "not closed yet"),
  even: both("零", "none"),
};

/** The books of every programme: balances as a picture and a table, the proof, and each movement. */
export function booksPage(view: BooksView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { asked, currency, proof } = view;
  const shown = view.programmes.filter(({ id }) => view.balances.some(({ programme }) => programme === id));
  const query = new URLSearchParams(Object.entries(asked).filter(([name, value]) => value !== "" && name !== "after"));
  const at = (after?: string): string => {
    const fields = new URLSearchParams(query);
    if (after !== undefined) fields.set("after", after);
    return fields.size === 0
      ? `${paymentPaths.books}#movements`
      : `${paymentPaths.books}?${fields.toString()}#movements`;
  };
  const body = html`<h1>${t.title}</h1>
    <p class="spaced">${t.lede}</p>
    ${
      proof
        ? proof.faults.length === 0
          ? note(html`<p role="status"><b>${t.proved}</b> ${timeOf(proof.at, lang, formatDateTime)}</p>`, "good")
          : note(
              html`<p role="alert"><b>${t.broken}</b></p>
                <ul>
                  ${proof.faults.map(({ programme, account, what }) => html`<li>${programme} ${account ? show(accountTitle(account), lang) : t.sum}: <code>${what}</code></li>`)}
                </ul>`,
              "bad",
            )
        : ""
    }
    ${form(
      { action: paymentPaths.books, method: "get" },
      html`<input type="hidden" name="prove" value="yes" />
        <p class="remark">${t.proveText}</p>
        ${button(t.prove, { kind: "quiet" })}`,
    )}
    <div class="side spaced">
      ${shown.map(({ id, title }) => {
        const own = view.balances
          .filter(({ programme }) => programme === id)
          .toSorted((one, other) => accountOrder.indexOf(one.account) - accountOrder.indexOf(other.account));
        const sum = own.reduce((total, { balance }) => total + balance, 0n);
        return html`<section class="card">
          <h2>${show(title, lang)}</h2>
          ${bars(
            own.map(({ account, balance }) => ({
              label: accountTitle(account),
              value: balance,
              text: moneyText(balance, currency, lang),
              tone: toneOf(account),
              href: `${paymentPaths.books}?${new URLSearchParams({ programme: id, account }).toString()}#movements`,
            })),
            lang,
          )}
          <p class="remark">${t.sum}: ${moneyText(sum, currency, lang)}</p>
        </section>`;
      })}
    </div>
    ${
      view.reports && view.reports.length > 0
        ? html`<section class="card">
            <h2>${t.report}</h2>
            ${table({
              caption: t.report,
              captionHidden: true,
              columns: [{ head: t.day }, { head: t.difference }],
              rows: view.reports.map(({ day, differences, closed }) => ({
                cells: [
                  html`<a href="${paymentPaths.books}/${day}">${day}</a>`,
                  !closed
                    ? tag({ tone: "wait", text: words.today }, lang)
                    : differences === 0
                      ? tag({ tone: "good", text: words.even }, lang)
                      : tag({ tone: "bad", text: both(`${differences} 項`, String(differences)) }, lang),
                ],
              })),
            })}
          </section>`
        : ""
    }
    <section class="card" id="movements">
      <h2>${t.movements}</h2>
      ${form(
        { action: `${paymentPaths.books}#movements`, method: "get" },
        html`<div class="filters">
            ${selectInput(
              {
                id: "programme",
                label: words.programme,
                value: asked["programme"] ?? "",
                options: view.programmes.map(({ id, title }) => ({ value: id, text: title })),
              },
              lang,
            )}
            ${selectInput(
              {
                id: "account",
                label: words.account,
                value: asked["account"] ?? "",
                options: accountOrder.map((account) => ({ value: account, text: accountTitle(account) })),
              },
              lang,
            )}
          </div>
          ${actions(button(t.find, { kind: "quiet" }), html`<a href="${paymentPaths.movementsCsv}?${query.toString()}" download>${t.export}</a>`)}`,
      )}
      ${
        view.movements.length === 0
          ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
          : table({
              caption: t.movements,
              captionHidden: true,
              columns: [
                { head: t.when },
                { head: t.programme },
                { head: t.from },
                { head: t.to },
                { head: t.amount, number: true },
                { head: t.why },
              ],
              rows: view.movements.map((moved) => ({
                cells: [
                  timeOf(moved.at, lang, formatDateTime),
                  moved.programme,
                  show(accountTitle(moved.from), lang),
                  show(accountTitle(moved.to), lang),
                  moneyText(moved.amount, currency, lang),
                  moved.instruction === null
                    ? (moved.reason ?? "")
                    : html`<a href="${paymentPaths.all}/${moved.instruction}"
                        >${moved.instruction.slice(0, 8)}…${moved.instruction.slice(-2)}</a
                      >`,
                ],
              })),
            })
      }
      ${olderLinks({ first: (asked["after"] ?? "") === "", newest: at(), older: view.next === undefined ? undefined : at(view.next) }, lang)}
    </section>`;
  return paymentFrame({ title: words.title, place: "books", body }, lang, chrome);
}

function toneOf(account: string): "good" | "wait" | "info" | "bad" | "quiet" {
  if (account === "paid" || account === "recovered") return "good";
  if (account === "returned" || account === "suspense" || account === "written-off") return "bad";
  if (account === "treasury" || account === "appropriation") return "quiet";
  return account === "recovery-open" ? "wait" : "info";
}
