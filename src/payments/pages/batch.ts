import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  errorOf,
  errorSummary,
  factList,
  form,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  note,
  show,
  table,
  tag,
  textInput,
  timeOf,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import type { Banking } from "../contract.ts";
import type { State } from "../states.ts";
import type { BatchProgress, BatchView } from "../batches/view-batches.ts";
import { batchTag, renewing } from "./batch-words.ts";
import { paymentFrame } from "./frame.ts";
import { bars } from "./pictures.ts";
import { moneyText, paymentPaths, stateOrder, stateTag } from "./words.ts";

const words = {
  programme: both("計畫", "Programme"),
  lines: both("筆數", "Payments"),
  total: both("總額", "Total"),
  largest: both("最大一筆", "Largest payment"),
  day: both("付款日", "Pays on"),
  proposed: both("提出", "Proposed"),
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
  filesText: both(
    (all: number, made: number, sent: number) => `共 ${all} 個檔：已建立 ${made}，已送銀行 ${sent}。`,
    (all: number, made: number, sent: number) => `${all} files: ${made} made, ${sent} sent to the bank.`,
  ),
};

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
          html`<span>${show(one.payeeName, lang)}</span>`,
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
