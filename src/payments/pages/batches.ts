import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  errorOf,
  errorSummary,
  factList,
  form,
  formatCount,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  selectInput,
  show,
  table,
  tag,
  textInput,
  timeOf,
  type Chrome,
  type FieldError,
  type HtmlPage,
  type HtmlValue,
  type Text,
} from "#ui";
import type { Banking } from "../contract.ts";
import type { Batch } from "../batches/store-batches.ts";
import type { Roster } from "../batches/store-rosters.ts";
import type { RosterProgress, RosterRefusalRow } from "../batches/view-rosters.ts";
import { batchTag, renewing, rosterStates } from "./batch-words.ts";
import { paymentFrame } from "./frame.ts";
import { bars } from "./pictures.ts";
import { moneyText, paymentPaths } from "./words.ts";

const words = {
  batches: both("批次", "Batches"),
  rosters: both("名冊", "Rosters"),
  propose: both("提出一批", "Propose a batch"),
  noBatches: both("還沒有批次。", "There are no batches yet."),
  batch: both("批次", "Batch"),
  programme: both("計畫", "Programme"),
  lines: both("筆數", "Payments"),
  total: both("總額", "Total"),
  day: both("付款日", "Pays on"),
  state: both("狀態", "State"),
  proposed: both("提出", "Proposed"),
  back: both("批次與檔案", "Batches and files"),
  reference: both("編號", "Reference"),
  newTitle: both("提出一批付款", "Propose a batch of payments"),
  newText: both(
    "把一個計畫裡已核准、還沒放行的款項編成一批，交給另一個人放行。",
    "Puts a programme’s approved payments that nobody released into one batch, for another person to release.",
  ),
  decision: both("只含這個決定（可空白）", "Only of this decision (may be empty)"),
  payOn: both("哪一天付（年-月-日，可空白）", "Pay on (year-month-day, may be empty)"),
  payOnHint: both("空白：銀行能做到的最近一天。", "Empty: the next day the banks can keep."),
  ask: both("提出", "Propose"),
  roster: both("名冊", "Roster"),
  act: both("依據", "Ordered by"),
  read: both("已讀", "Read"),
  accepted: both("收下", "Accepted"),
  refused: both("退回", "Refused"),
  rate: both("每秒筆數", "Rows a second"),
  left: both("大約還要", "About"),
  seconds: both(
    (n: number) => (n < 90 ? `${n} 秒` : `${Math.round(n / 60)} 分鐘`),
    (n: number) => (n < 90 ? `${n} seconds` : `${Math.round(n / 60)} minutes`),
  ),
  stalled: both(
    "讀取似乎中斷了。再匯入同一個檔，就會從斷掉的地方接下去。",
    "Reading seems to have ended. Import the same file again and it goes on from there.",
  ),
  line: both("第幾行", "Line"),
  reason: both("原因", "Why"),
  errors: both("下載退回的列（CSV）", "Download the refused rows (CSV)"),
  sha: both("檔案雜湊", "Hash of the file"),
  noRefused: both("沒有退回的列。", "No row was refused."),
};

/** Batches and rosters, as they stand above the files. */
export function batchesAbove(
  o: {
    readonly batches: readonly Batch[];
    readonly rosters: readonly Roster[];
    readonly mayPropose: boolean;
    readonly currency: Banking["currency"];
  },
  lang: Language,
): HtmlValue {
  const t = inLanguage(words, lang);
  return html`<section class="card spaced" aria-labelledby="batches">
      <div class="between">
        <h2 id="batches">${t.batches}</h2>
        ${o.mayPropose ? buttonLink(t.propose, `${paymentPaths.batches}/new`, "quiet") : ""}
      </div>
      ${
        o.batches.length === 0
          ? html`<p>${t.noBatches}</p>`
          : table({
              caption: t.batches,
              captionHidden: true,
              columns: [
                { head: t.batch },
                { head: t.programme },
                { head: t.lines, number: true },
                { head: t.total, number: true },
                { head: t.day },
                { head: t.state },
                { head: t.proposed },
              ],
              rows: o.batches.map((one) => ({
                cells: [
                  html`<a href="${paymentPaths.batches}/${one.id}">${String(one.number)}</a>`,
                  one.programme,
                  formatCount(Number(one.lines)),
                  moneyText(one.total, o.currency, lang),
                  one.payOn,
                  tag(batchTag(one.state), lang),
                  timeOf(one.proposedAt, lang, formatDateTime),
                ],
              })),
            })
      }
    </section>
    ${
      o.rosters.length === 0
        ? ""
        : html`<section class="card" aria-labelledby="rosters">
            <h2 id="rosters">${t.rosters}</h2>
            ${table({
              caption: t.rosters,
              captionHidden: true,
              columns: [
                { head: t.roster },
                { head: t.programme },
                { head: t.accepted, number: true },
                { head: t.refused, number: true },
                { head: t.total, number: true },
                { head: t.state },
              ],
              rows: o.rosters.map((one) => ({
                cells: [
                  html`<a href="${paymentPaths.rosters}/${one.id}">${show(one.name, lang)}</a>`,
                  one.programme,
                  formatCount(Number(one.accepted)),
                  formatCount(Number(one.refused)),
                  moneyText(one.total, o.currency, lang),
                  tag(rosterStates[one.state], lang),
                ],
              })),
            })}
          </section>`
    }`;
}

/** Where a batch is proposed. */
export function proposePage(
  view: {
    readonly programmes: readonly { readonly id: string; readonly title: Text }[];
    readonly asked: Readonly<Record<string, string>>;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors, asked } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${paymentPaths.files}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.newTitle}</h1>
    <p class="spaced">${t.newText}</p>
    ${
      view.programmes.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.noBatches, text: t.newText })
        : form(
            { action: `${paymentPaths.batches}/new`, csrf: chrome.csrf },
            html`${selectInput(
              {
                id: "programme",
                label: words.programme,
                value: asked["programme"] ?? (view.programmes.length === 1 ? view.programmes[0]!.id : ""),
                error: errorOf(errors, "programme"),
                options: view.programmes.map(({ id, title }) => ({ value: id, text: title })),
              },
              lang,
            )}
            ${textInput({ id: "payOn", label: words.payOn, hint: words.payOnHint, value: asked["payOn"] ?? "", width: "short", autocomplete: "off", error: errorOf(errors, "payOn") }, lang)}
            ${textInput({ id: "decision", label: words.decision, value: asked["decision"] ?? "", width: "full", autocomplete: "off", error: errorOf(errors, "decision") }, lang)}
            ${actions(button(t.ask))}`,
          )
    }
  </div>`;
  return paymentFrame({ title: words.newTitle, place: "files", body, error: Boolean(errors?.length) }, lang, chrome);
}

/** One roster: how far it was read, and the rows that were refused, with why. */
export function rosterPage(
  view: {
    readonly roster: Roster;
    readonly progress: RosterProgress;
    readonly refused: readonly RosterRefusalRow[];
    readonly older?: string | undefined;
    readonly renews?: { readonly stopHref: string } | undefined;
    readonly stoppedFor?: Text | undefined;
    readonly currency: Banking["currency"];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { roster, progress } = view;
  const share = progress.share === undefined ? undefined : Math.round(progress.share * 1000) / 10;
  const body = html`<a class="back" href="${paymentPaths.files}">${t.back}</a>
    <div class="between case-head">
      <h1>${show(roster.name, lang)}</h1>
      ${tag(rosterStates[roster.state], lang)}
    </div>
    ${progress.stalled ? note(html`<p>${t.stalled}</p>`, "bad") : ""}
    ${view.stoppedFor ? note(html`<p>${show(view.stoppedFor, lang)}</p>`, "bad") : ""}
    <section class="card">
      ${share === undefined ? "" : bars([{ label: words.read, value: BigInt(Math.round(share * 10)), text: `${share} %` }], lang, 1000n)}
      ${factList(
        [
          { label: words.programme, value: roster.programme },
          { label: words.act, value: roster.decision },
          { label: words.accepted, value: formatCount(Number(roster.accepted)) },
          { label: words.refused, value: formatCount(Number(roster.refused)) },
          { label: words.total, value: moneyText(roster.total, view.currency, lang) },
          ...(roster.state === "reading"
            ? [{ label: words.rate, value: formatCount(Math.round(progress.rowsPerSecond)) }]
            : []),
          ...(progress.secondsLeft === undefined || roster.state !== "reading"
            ? []
            : [{ label: words.left, value: t.seconds(Math.round(progress.secondsLeft)) }]),
          { label: words.sha, value: html`<span class="proof">${roster.sha256}</span>` },
        ],
        lang,
      )}
      ${renewing(view.renews, lang)}
    </section>
    <section class="card">
      <h2>${t.refused}</h2>
      ${
        view.refused.length === 0
          ? html`<p>${t.noRefused}</p>`
          : html`<p><a href="${paymentPaths.rosters}/${roster.id}/errors.csv" download>${t.errors}</a></p>
              ${table({
                caption: t.refused,
                captionHidden: true,
                columns: [{ head: t.line, number: true }, { head: t.reference }, { head: t.reason }],
                rows: view.refused.map((row) => ({
                  cells: [formatCount(Number(row.line)), row.reference ?? "–", show(row.title, lang)],
                })),
              })}`
      }
      ${view.older ? html`<nav class="pages" aria-label="${t.refused}"><a rel="next" href="${view.older}">→</a></nav>` : ""}
    </section>`;
  return paymentFrame({ title: both("名冊", "Roster"), place: "files", body }, lang, chrome);
}
