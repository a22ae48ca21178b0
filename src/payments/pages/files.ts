import type { Language } from "#kernel";
import {
  both,
  emptyState,
  factList,
  formatCount,
  formatDateTime,
  html,
  icon,
  inLanguage,
  pagination,
  table,
  tag,
  timeOf,
  type Chrome,
  type HtmlPage,
  type HtmlValue,
  type Tag,
} from "#ui";
import type { Banking } from "../contract.ts";
import type { FileSummary } from "../bank/store-files.ts";
import type { PaymentLine } from "../views/store-view.ts";
import { olderLinks, paymentFrame } from "./frame.ts";
import { paymentTable } from "./list.ts";
import { moneyText, paymentPaths } from "./words.ts";

export interface FilesView {
  readonly files: readonly FileSummary[];
  readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
  /** Batches, rosters and what can be begun here. */
  readonly above?: HtmlValue;
  readonly currency: Banking["currency"];
}

const words = {
  title: both("批次與檔案", "Batches and files"),
  files: both("銀行檔", "Files for the bank"),
  lede: both(
    "放行後的款項編成一個檔，經檢查後送銀行；同一個檔送幾次，銀行都只付一次。",
    "Released payments go into a file that is checked and sent to the bank. However often a file is sent, the bank pays it once.",
  ),
  name: both("檔名", "File"),
  lines: both("筆數", "Payments"),
  total: both("總額", "Total"),
  day: both("付款日", "Pays on"),
  state: both("狀態", "State"),
  written: both("建立", "Made"),
  attempts: both("嘗試次數", "Tries"),
  receipt: both("銀行收據", "The bank's receipt"),
  sent: both("已送達", "Sent"),
  waiting: both("等待送出", "Waits to be sent"),
  trying: both("銀行沒有回應，繼續重試", "The bank does not answer; tried again"),
  none: both("還沒有銀行檔", "No file yet"),
  noneText: both("放行第一筆付款後會自動建立。", "One is made after the first release."),
  back: both("批次與檔案", "Batches and files"),
  hash: both("雜湊（SHA-256）", "Hash (SHA-256)"),
  download: both("下載檔案", "Download the file"),
  downloadText: both(
    "檔案含姓名與帳號；每次下載都會留下紀錄。",
    "It holds names and accounts; each download is recorded.",
  ),
  content: both("檔內的付款", "Payments in it"),
};

function fileTag(file: FileSummary): Tag {
  if (file.sentAt) return { tone: "good", text: words.sent };
  return file.attempts > 1 ? { tone: "bad", text: words.trying } : { tone: "wait", text: words.waiting };
}

/** Files for the bank, newest first, under what can be batched. */
export function filesPage(view: FilesView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    ${view.above ?? ""}
    <section class="card spaced" aria-labelledby="files">
      <h2 id="files">${t.files}</h2>
      <p>${t.lede}</p>
      ${
        view.files.length === 0
          ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
          : table({
              caption: t.files,
              captionHidden: true,
              columns: [
                { head: t.name },
                { head: t.lines, number: true },
                { head: t.total, number: true },
                { head: t.day },
                { head: t.state },
                { head: t.written },
              ],
              rows: view.files.map((file) => ({
                cells: [
                  html`<a href="${paymentPaths.files}/${file.id}">${file.id}</a>`,
                  formatCount(file.lines),
                  moneyText(file.total, view.currency, lang),
                  file.executionDate,
                  tag(fileTag(file), lang),
                  timeOf(file.writtenAt, lang, formatDateTime),
                ],
              })),
            })
      }
      ${pagination(view.pages, lang)}
    </section>`;
  return paymentFrame({ title: words.title, place: "files", body }, lang, chrome);
}

export interface FileView {
  readonly file: FileSummary;
  readonly lines: readonly PaymentLine[];
  readonly after: string;
  readonly next?: string | undefined;
  readonly mayDownload: boolean;
  readonly currency: Banking["currency"];
}

/** One file: its sums, its hash, and the payments in it. */
export function filePage(view: FileView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { file } = view;
  const here = `${paymentPaths.files}/${file.id}`;
  const body = html`<a class="back" href="${paymentPaths.files}">${t.back}</a>
    <div class="between case-head">
      <h1>${file.id}</h1>
      ${tag(fileTag(file), lang)}
    </div>
    <section class="card">
      ${factList(
        [
          { label: words.name, value: file.name },
          { label: words.lines, value: formatCount(file.lines) },
          { label: words.total, value: moneyText(file.total, view.currency, lang) },
          { label: words.day, value: file.executionDate },
          { label: words.written, value: timeOf(file.writtenAt, lang, formatDateTime) },
          {
            label: words.receipt,
            value: file.sentAt ? html`${timeOf(file.sentAt, lang, formatDateTime)} · ${file.receipt}` : "–",
          },
          { label: words.attempts, value: formatCount(file.attempts) },
          { label: words.hash, value: html`<span class="proof">${file.sha256}</span>` },
        ],
        lang,
      )}
      ${view.mayDownload ? html`<p class="spaced"><a href="${here}/content" download>${t.download}</a> <span class="remark">${t.downloadText}</span></p>` : ""}
    </section>
    <h2>${t.content}</h2>
    ${paymentTable(view.lines, view, lang)}
    ${olderLinks({ first: view.after === "", newest: here, older: view.next === undefined ? undefined : `${here}?after=${view.next}` }, lang)}`;
  return paymentFrame({ title: file.id, place: "files", body }, lang, chrome);
}
