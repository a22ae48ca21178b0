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
  type Html,
  type HtmlPage,
  type HtmlValue,
  type Tag,
  type Text,
} from "#ui";
import type { Banking } from "../contract.ts";
import type { State } from "../states.ts";
import type { Batch, BatchState } from "../store-batches.ts";
import type { Roster } from "../store-rosters.ts";
import type { BatchProgress, BatchView } from "../view-batches.ts";
import type { RosterProgress, RosterRefusalRow } from "../view-rosters.ts";
import { paymentFrame } from "./frame.ts";
import { bars } from "./pictures.ts";
import { moneyText, paymentPaths, stateOrder, stateTag } from "./words.ts";

const words = {
  batches: both("批次", "Batches"),
  rosters: both("名冊", "Rosters"),
  propose: both("提出一批", "Propose a batch"),
  noBatches: both("還沒有批次。", "There are no batches yet."),
  batch: both("批次", "Batch"),
  programme: both("計畫", "Programme"),
  lines: both("筆數", "Payments"),
  total: both("總額", "Total"),
  largest: both("最大一筆", "Largest payment"),
  day: both("付款日", "Pays on"),
  state: both("狀態", "State"),
  proposed: both("提出", "Proposed"),
  released: both("放行", "Released"),
  back: both("批次與檔案", "Batches and files"),
  title: both(
    (n: string) => `第 ${n} 批`,
    (n: string) => `Batch ${n}`,
  ),
  hash: both("放行的內容（雜湊）", "What is released (hash)"),
  hashText: both(
    "雜湊涵蓋每個檔的每一行、付款帳戶與付款日；之後有任何改變，放行就失效。",
    "It covers every line of every file, the payer's account and the day. Any change afterwards voids the release.",
  ),
  payer: both("付款帳戶", "Payer's account"),
  changes: both("和上一批比", "Compared with the batch before"),
  fresh: both("新增", "New"),
  gone: both("不再付", "No longer paid"),
  otherAccount: both("換了帳戶", "Another account"),
  otherAmount: both("金額不同", "Another amount"),
  before: both("上一批", "The batch before"),
  firstOne: both("這是這個計畫的第一批。", "It is the programme’s first batch."),
  warnings: both("請留意", "Please note"),
  heldOut: both(
    (n: number) => `${n} 筆沒有編入：帳戶太新，銀行也還沒確認。`,
    (n: number) => `${n} were left out: their account is too new and no bank has confirmed it.`,
  ),
  crowded: both(
    (n: number) => `有 ${n} 個帳戶收太多筆，這一批因此停住。請查明後再提出。`,
    (n: number) =>
      `${n} accounts would get too many payments, so the batch is stopped. Find out why, then propose again.`,
  ),
  third: both(
    "金額超過上限：除了提出的人，還要兩個人放行。",
    "It is above a limit: two people besides the maker must release it.",
  ),
  samples: both("抽樣", "Samples"),
  samplesText: both(
    "最大與最小的幾筆。請對照名冊或案件。",
    "The largest and the smallest. Compare them with the roster or the cases.",
  ),
  reference: both("編號", "Reference"),
  payee: both("受款人", "Payee"),
  account: both("帳戶", "Account"),
  amount: both("金額", "Amount"),
  approvals: both("誰放行了", "Who released it"),
  missing: both(
    (n: number) => `還要 ${n} 個人放行。`,
    (n: number) => (n === 1 ? "One more person must release it." : `${n} more people must release it.`),
  ),
  release: both("放行這一批", "Release this batch"),
  sure: both(
    (n: string, sum: string) => `我看過總額與抽樣，放行 ${n} 筆、共 ${sum}。`,
    (n: string, sum: string) => `I have seen the totals and the samples, and release ${n} payments, ${sum} in all.`,
  ),
  recall: both("抽回", "Recall"),
  recallText: both(
    "還沒送到銀行的部分會回到待放行；已送出的檔照常進行。放行過的批次要兩個人抽回。",
    "What the bank does not have yet waits to be released again; files that were sent go on. A released batch takes two people to recall.",
  ),
  recallAsked: both(
    (who: string) => `${who} 要求抽回，等另一個人。`,
    (who: string) => `${who} asked for its recall; it waits for another person.`,
  ),
  why: both("理由", "Why"),
  progress: both("進度", "Progress"),
  files: both("檔案", "Files"),
  filesText: both(
    (all: number, made: number, sent: number) => `共 ${all} 個檔：已建立 ${made}，已送銀行 ${sent}。`,
    (all: number, made: number, sent: number) => `${all} files: ${made} made, ${sent} sent to the bank.`,
  ),
  refreshes: both("這一頁每 10 秒自己更新。", "This page renews itself every ten seconds."),
  stop: both("停止更新", "Stop that"),
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

const states: Readonly<Record<BatchState, readonly [Tag["tone"], string, string]>> = {
  gathering: ["info", "編製中", "Being gathered"],
  proposed: ["wait", "待放行", "To be released"],
  released: ["good", "已放行", "Released"],
  recalled: ["quiet", "已抽回", "Recalled"],
  changed: ["bad", "內容已變，放行失效", "Changed; releases are void"],
  stopped: ["bad", "停住", "Stopped"],
};

function batchTag(state: BatchState): Tag {
  const [tone, zh, en] = states[state];
  return { tone, text: both(zh, en) };
}

const rosterStates: Readonly<Record<Roster["state"], Tag>> = {
  reading: { tone: "info", text: both("讀取中", "Being read") },
  read: { tone: "good", text: both("讀完", "Read") },
  stopped: { tone: "bad", text: both("停住", "Stopped") },
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

export interface BatchPageView {
  readonly batch: BatchView;
  readonly progress?: BatchProgress;
  readonly people: ReadonlyMap<string, string>;
  /** Samples name people: for those who check. */
  readonly maySee: boolean;
  readonly mayRelease: boolean;
  readonly mayRecall: boolean;
  /** Whether the page renews itself, and the address of the one that does not. */
  readonly renews?: { readonly stopHref: string } | undefined;
  readonly errors?: readonly FieldError[];
  readonly done?: Text;
  readonly currency: Banking["currency"];
}

/** One batch as its checker sees it: totals, changes, warnings, samples, the hash, and its progress once released. */
export function batchPage(view: BatchPageView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { batch, progress, currency, errors, people } = view;
  const here = `${paymentPaths.batches}/${batch.id}`;
  const { since, heldOut, crowded } = batch.findings;
  const missing = batch.approvals - batch.given.length;
  const name = (id: string) => people.get(id) ?? id.slice(0, 8);
  const sum = moneyText(batch.total, currency, lang);
  const warnings: readonly string[] = [
    ...(heldOut ? [t.heldOut(heldOut)] : []),
    ...(crowded && crowded.length > 0 ? [t.crowded(crowded.length)] : []),
    ...(batch.approvals > 1 ? [t.third] : []),
  ];
  const open = batch.state === "proposed";
  const body = html`<a class="back" href="${paymentPaths.files}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <div class="between case-head">
      <h1>${t.title(String(batch.number))}</h1>
      ${tag(batchTag(batch.state), lang)}
    </div>
    ${view.done ? note(html`<p role="status">${show(view.done, lang)}</p>`, "good") : ""}
    ${
      warnings.length > 0
        ? note(
            html`<p><b>${t.warnings}</b></p>
              ${warnings.map((text) => html`<p>${text}</p>`)}`,
            "wait",
          )
        : ""
    }
    <div class="side">
      <section class="card">
        ${factList(
          [
            { label: words.programme, value: batch.programme },
            { label: words.lines, value: formatCount(Number(batch.lines)) },
            { label: words.total, value: sum },
            { label: words.largest, value: moneyText(batch.largest, currency, lang) },
            { label: words.day, value: batch.payOn },
            {
              label: words.payer,
              value: `${batch.payer.account.institution} ••••${batch.payer.account.number.slice(-4)}`,
            },
            {
              label: words.proposed,
              value: html`${show(name(batch.proposedBy), lang)} · ${timeOf(batch.proposedAt, lang, formatDateTime)}`,
            },
            {
              label: words.approvals,
              value: html`${batch.given.map((one) => html`${show(name(one.by), lang)} · ${timeOf(one.at, lang, formatDateTime)} `)}${open && missing > 0 ? t.missing(missing) : ""}`,
            },
            ...(batch.sha256 ? [{ label: words.hash, value: html`<span class="proof">${batch.sha256}</span>` }] : []),
          ],
          lang,
        )}
      </section>
      <section class="card">
        <h2>${t.changes}</h2>
        ${
          since
            ? factList(
                [
                  {
                    label: words.before,
                    value: `${formatCount(Number(since.lines))} · ${moneyText(BigInt(since.total), currency, lang)}`,
                  },
                  { label: words.fresh, value: formatCount(since.fresh) },
                  { label: words.gone, value: formatCount(since.gone) },
                  { label: words.otherAccount, value: formatCount(since.otherAccount) },
                  { label: words.otherAmount, value: formatCount(since.otherAmount) },
                ],
                lang,
              )
            : html`<p>${t.firstOne}</p>`
        }
        ${view.maySee ? sampleTable(batch, currency, lang) : ""}
      </section>
    </div>
    ${progress ? progressCard(view, progress, lang) : ""}
    ${
      view.mayRelease && open && batch.sha256
        ? html`<section class="card">
            <h2>${t.release}</h2>
            <p class="remark">${t.hashText}</p>
            ${form(
              { action: `${here}/release`, csrf: chrome.csrf },
              html`<input type="hidden" name="sha256" value="${batch.sha256}" />
                <div class="field${errorOf(errors, "sure") ? " wrong" : ""}">
                  <label class="tick" for="sure"
                    ><input type="checkbox" id="sure" name="sure" value="yes" /><span
                      >${t.sure(formatCount(Number(batch.lines)), sum)}</span
                    ></label
                  >
                </div>
                ${actions(button(t.release, { kind: "sun" }))}`,
            )}
          </section>`
        : ""
    }
    ${batch.recallAskedBy ? note(html`<p>${show(t.recallAsked(name(batch.recallAskedBy)), lang)} ${batch.recallReason}</p>`, "wait") : ""}
    ${
      view.mayRecall && (open || batch.state === "released")
        ? html`<details class="fold">
            <summary>${t.recall}</summary>
            <div class="fold-body">
              <p>${t.recallText}</p>
              ${form(
                { action: `${here}/recall`, csrf: chrome.csrf },
                html`${textInput({ id: "why", label: words.why, width: "full", autocomplete: "off", error: errorOf(errors, "why") }, lang)}
                ${actions(button(t.recall, { kind: "stop" }))}`,
              )}
            </div>
          </details>`
        : ""
    }`;
  return paymentFrame(
    {
      title: both(words.title["zh-Hant"](String(batch.number)), words.title.en(String(batch.number))),
      place: "files",
      body,
      error: Boolean(errors?.length),
    },
    lang,
    chrome,
  );
}

function sampleTable(batch: BatchView, currency: Banking["currency"], lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<h2 class="spaced">${t.samples}</h2>
    <p class="remark">${t.samplesText}</p>
    ${table({
      caption: t.samples,
      captionHidden: true,
      columns: [{ head: t.reference }, { head: t.payee }, { head: t.account }, { head: t.amount, number: true }],
      rows: batch.samples.map((one) => ({
        cells: [
          html`<a href="${paymentPaths.all}/${one.instruction}">${one.reference}</a>`,
          show(one.payeeName, lang),
          `${one.institution} ${one.accountMasked.slice(-8)}`,
          moneyText(one.amount, currency, lang),
        ],
      })),
    })}`;
}

function progressCard(view: BatchPageView, progress: BatchProgress, lang: Language): Html {
  const t = inLanguage(words, lang);
  const rows = stateOrder.flatMap((state: State) => {
    const count = progress.states[state] ?? 0;
    const { text, tone } = stateTag(state);
    return count === 0 ? [] : [{ label: text, value: BigInt(count), text: formatCount(count), tone }];
  });
  return html`<section class="card">
    <h2>${t.progress}</h2>
    <p>${t.filesText(progress.files, progress.made, progress.sent)}</p>
    ${bars(rows, lang)} ${renewing(view.renews, lang)}
  </section>`;
}

function renewing(renews: { readonly stopHref: string } | undefined, lang: Language): HtmlValue {
  const t = inLanguage(words, lang);
  return renews ? html`<p class="remark">${t.refreshes} <a href="${renews.stopHref}">${t.stop}</a></p>` : "";
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
