import type { Language } from "#kernel";
import { both, details, factList, formatDateTime, html, inLanguage, show, table, timeOf, type Html } from "#ui";
import { reasonClass } from "../bank/reasons.ts";
import type { TracedAttempt } from "../views/view-trace.ts";
import type { TraceView } from "./trace.ts";
import { accountTitle, eventTitle, moneyText, outcomeTitle, paymentPaths, reasonTitle } from "./words.ts";

const words = {
  amount: both("金額", "Amount"),
  account: both("帳戶", "Account"),
  id: both("付款編號", "Payment id"),
  approvals: both("核准與經過", "Approvals and what happened"),
  file: both("銀行檔", "File for the bank"),
  fileNone: both("還沒有編入檔案。", "It is in no file yet."),
  sentAt: both("送達", "Sent"),
  notSent: both("尚未送達", "Not sent yet"),
  receipt: both("收據", "Receipt"),
  hash: both("雜湊（SHA-256）", "Hash (SHA-256)"),
  download: both("下載", "Download"),
  statuses: both("銀行的回覆", "What the bank said"),
  statusNone: both("銀行還沒有回覆。", "The bank has said nothing yet."),
  received: both("收到", "Received"),
  code: both("代碼", "Code"),
  outcome: both("結果", "What became of it"),
  report: both("回覆檔", "Report"),
  statement: both("對帳單", "The bank's statement"),
  booked: both("入帳日", "Booked on"),
  direction: both("方向", "Direction"),
  debit: both("支出", "Out"),
  credit: both("收入", "In"),
  reference: both("銀行編號", "The bank's reference"),
  statementNone: both("對帳單上還沒有這筆。", "It is on no statement yet."),
  books: both("帳冊", "In the books"),
  booksNone: both("帳冊上還沒有異動。", "Nothing was booked yet."),
  from: both("從", "From"),
  to: both("到", "To"),
  when: both("時間", "When"),
  system: both("系統", "the system"),
  bank: both("銀行", "the bank"),
};

const parts: ReadonlySet<string> = new Set(["system", "scheduler", "channel", "bank", "timer"]);

/** One attempt: approvals, file, the bank's answers, the statement, the books. */
export function attemptStep(view: TraceView, one: TracedAttempt, lang: Language): Html {
  const t = inLanguage(words, lang);
  const { currency } = view;
  return html`${factList(
      [
        { label: words.id, value: html`<code>${one.id}</code>` },
        { label: words.account, value: `${one.institution} ${one.accountMasked}` },
      ],
      lang,
    )}
    <h3 class="spaced">${t.approvals}</h3>
    <ol class="events">
      ${one.events.map(
        (event) =>
          html`<li class="${event.event.startsWith("corrected-") ? "corrected" : ""}">
            <span>${show(eventTitle(event.event), lang)}</span>
            <small
              >${timeOf(event.at, lang, formatDateTime)} ·
              ${nameOf(view, event.by, lang)}${
                event.detail["confirmedBy"] ? html` + ${nameOf(view, event.detail["confirmedBy"], lang)}` : ""
              }${event.detail["reason"] ? html` · ${show(reasonTitle(reasonClass(event.detail["reason"])), lang)} ${event.detail["reason"]}` : ""}</small
            >
          </li>`,
      )}
    </ol>
    <h3 class="spaced">${t.file}</h3>
    ${
      one.file
        ? html`${factList(
            [
              { label: words.file, value: html`<a href="${paymentPaths.files}/${one.file.id}">${one.file.name}</a>` },
              { label: words.hash, value: html`<span class="proof">${one.file.sha256}</span>` },
              {
                label: words.sentAt,
                value: one.file.sentAt
                  ? html`${timeOf(one.file.sentAt, lang, formatDateTime)} · ${t.receipt} ${one.file.receipt}`
                  : t.notSent,
              },
            ],
            lang,
          )}
          ${view.mayDownload ? html`<p><a href="${paymentPaths.files}/${one.file.id}/content" download>${t.download}</a></p>` : ""}`
        : html`<p>${t.fileNone}</p>`
    }
    <h3 class="spaced">${t.statuses}</h3>
    ${
      one.reported.length === 0
        ? html`<p>${t.statusNone}</p>`
        : table({
            caption: t.statuses,
            captionHidden: true,
            columns: [{ head: t.received }, { head: t.code }, { head: t.outcome }, { head: t.report }],
            rows: one.reported.map((line) => ({
              cells: [
                timeOf(line.receivedAt, lang, formatDateTime),
                [line.code, line.reason].filter(Boolean).join(" "),
                show(outcomeTitle(line.outcome), lang),
                html`<span class="proof">${line.name || line.report.slice(0, 16)}</span>`,
              ],
            })),
          })
    }
    <h3 class="spaced">${t.statement}</h3>
    ${
      one.statement.length === 0
        ? html`<p>${t.statementNone}</p>`
        : table({
            caption: t.statement,
            captionHidden: true,
            columns: [
              { head: t.booked },
              { head: t.direction },
              { head: t.amount, number: true },
              { head: t.reference },
            ],
            rows: one.statement.map((line) => ({
              cells: [
                line.bookedOn,
                line.direction === "debit" ? t.debit : t.credit,
                moneyText(line.amount, currency, lang),
                html`<span class="proof">${line.reference}</span>`,
              ],
            })),
          })
    }
    ${details(
      t.books,
      one.movements.length === 0
        ? html`<p>${t.booksNone}</p>`
        : table({
            caption: t.books,
            captionHidden: true,
            columns: [{ head: t.when }, { head: t.from }, { head: t.to }, { head: t.amount, number: true }],
            rows: one.movements.map((moved) => ({
              cells: [
                timeOf(moved.at, lang, formatDateTime),
                show(accountTitle(moved.from), lang),
                show(accountTitle(moved.to), lang),
                moneyText(moved.amount, currency, lang),
              ],
            })),
          }),
      true,
    )}`;
}

/** Who it was: a person by name, a part of the system as such. */
export function nameOf(view: TraceView, id: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  const name = view.people.get(id);
  if (name !== undefined) return show(name, lang);
  return html`${id === "bank" ? t.bank : parts.has(id) ? t.system : id.slice(0, 8)}`;
}
