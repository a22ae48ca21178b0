import type { Language } from "#kernel";
import {
  both,
  emptyState,
  formatCount,
  html,
  icon,
  inLanguage,
  note,
  page,
  show,
  table,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import { entryName, troubleWords, type FindingKind } from "./record-words.ts";

export interface FindingView {
  readonly kind: FindingKind;
  readonly log: Text;
  readonly index?: number;
  readonly href?: string;
  readonly since: Date;
  /** When it was last seen, if it is gone by now. */
  readonly until?: Date;
  /** The program's own words, English. */
  readonly detail: string;
  readonly notes?: readonly [string, string];
}

/** The newest round of the monitor. */
export interface RoundView {
  readonly at: Date;
  readonly logs: readonly {
    readonly name: Text;
    readonly href?: string;
    readonly size: number;
    readonly complete: boolean;
    readonly kinds: readonly FindingKind[];
  }[];
  readonly pairs: { readonly paired: number; readonly waiting: number; readonly undelivered: number };
  readonly members: readonly {
    readonly name: Text;
    readonly entries: number;
    readonly paired: number;
    readonly apart: number;
    readonly missing: number;
  }[];
  readonly findings: readonly FindingView[];
  /** Findings beyond those listed. */
  readonly more: number;
}

export interface FindingsView {
  readonly round?: RoundView;
  /** Set when the monitor could not look: since when, and its code. */
  readonly fault?: { readonly at: Date; readonly code: string };
  /** Seconds between rounds. */
  readonly every: number;
  readonly exportHref: string;
  readonly listHref: string;
}

const words = {
  back: both("所有紀錄", "All logs"),
  title: both("檢查結果", "Findings"),
  lede: both(
    "監看程式像外人一樣讀每一份紀錄的公開檔案，比對前後、比對見證者，也比對每次資料交換的兩邊。誰都可以自己再跑一個。",
    "A monitor reads every log’s public files as an outsider would: it compares them with before, with the witnesses, and both sides of each exchange. Anybody may run another.",
  ),
  run: both("自己跑：", "Run your own:"),
  every: both(
    (seconds: number) => `每 ${seconds} 秒看一輪。`,
    (seconds: number) => `It looks every ${seconds} seconds.`,
  ),
  first: both("第一輪還沒看完", "The first round is not over yet"),
  firstText: both("監看程式剛開始，請過一會兒重新整理。", "The monitor has just begun. Reload in a moment."),
  cannot: both("監看程式看不了", "The monitor could not look"),
  cannotText: both(
    "下面是它最後一次看完的結果（如果有）。值班人員會處理；紀錄本身不受影響。",
    "Below is the last round that it finished, if any. The operators see to it; the logs themselves are not affected.",
  ),
  empty: both("沒有發現任何異狀", "Nothing was found"),
  emptyText: both(
    (count: string, logs: string) => `看了 ${logs} 份紀錄，共 ${count} 筆，每一筆都對得上。`,
    (count: string, logs: string) => `${count} entries in ${logs} logs were checked, and each of them fits.`,
  ),
  checked: both(
    (count: string, logs: string) => `看了 ${logs} 份紀錄，共 ${count} 筆。`,
    (count: string, logs: string) => `${count} entries in ${logs} logs were checked.`,
  ),
  partly: both(
    (count: string, logs: string) => `看了 ${logs} 份紀錄，共 ${count} 筆；有紀錄這一輪沒有讀完。`,
    (count: string, logs: string) =>
      `${count} entries in ${logs} logs were checked; not every log was read to its end.`,
  ),
  at: both("看完時間：", "Looked at "),
  round: both("最近一輪", "The newest round"),
  log: both("紀錄", "Log"),
  size: both("筆數", "Entries"),
  fork: both("分岔", "Forks"),
  shrunk: both("倒退", "Roll-backs"),
  orphans: both("少了一邊", "One side missing"),
  delay: both("延遲公布", "Late"),
  silent: both("讀不到或停住", "Silent"),
  other: both("其他", "Other"),
  unread: both("沒有讀完", "not read to its end"),
  pairs: both(
    (paired: string, waiting: string, undelivered: string) =>
      `資料交換：${paired} 次兩邊都有記；${waiting} 次還在等另一邊；${undelivered} 次在路上就失敗，另一邊本來就沒有。`,
    (paired: string, waiting: string, undelivered: string) =>
      `Exchanges: ${paired} recorded by both sides; ${waiting} waiting for the other side; ${undelivered} failed on the way, so that the other side never had them.`,
  ),
  members: both("每個機關的資料交換", "Exchanges of each agency"),
  member: both("機關", "Agency"),
  written: both("自己記的", "Recorded"),
  paired: both("兩邊都有", "Both sides"),
  apart: both("結果不同", "Ended differently"),
  missing: both("別人有、自己沒有", "Missing here"),
  list: both("每一項", "One by one"),
  means: both("意思", "What it means"),
  next: both("接下來", "What happens next"),
  since: both("發現時間：", "Found "),
  until: both("最後一次看到：", "last seen "),
  technical: both("技術細節與證據", "Technical detail and evidence"),
  more: both(
    (count: string) => `還有 ${count} 項沒有列出，都在匯出的檔案裡或已超過保存的數量。`,
    (count: string) => `${count} more are not listed here; see the export.`,
  ),
  export: both("匯出成 JSON", "Export as JSON"),
};

const columns: readonly (readonly ["fork" | "shrunk" | "orphans" | "delay" | "silent", readonly FindingKind[]])[] = [
  ["fork", ["fork"]],
  ["shrunk", ["shrunk"]],
  ["orphans", ["orphan-consumer", "orphan-provider"]],
  ["delay", ["merge-delay"]],
  ["silent", ["unavailable", "stale"]],
];

/** Public: what the monitor found in its newest round, what each finding means, and what happens next. */
export function findingsPage(view: FindingsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { round, fault } = view;
  const body = html`<a class="back" href="${view.listHref}">${t.back}</a>
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${
      fault
        ? note(
            html`<p><b>${t.cannot}</b> ${timeOf(fault.at, lang)}</p>
              <p>${t.cannotText}</p>
              <p class="proof" lang="en">${fault.code}</p>`,
            "bad",
          )
        : ""
    }
    ${round ? roundOf(round, lang) : fault ? "" : emptyState({ drawing: icon("eye"), title: t.first, text: t.firstText })}
    <p class="spaced">
      ${t.every(view.every)} ${round ? html`<a href="${view.exportHref}" download>${t.export}</a>` : ""}
    </p>
    <p>${t.run}</p>
    <pre tabindex="0"><code>npx taroko monitor --policy policy.txt</code></pre>`;
  return page({ ...chrome, lang, title: t.title, area: "public", active: "record", body });
}

function roundOf(round: RoundView, lang: Language): Html {
  const t = inLanguage(words, lang);
  const entries = formatCount(round.logs.reduce((sum, { size }) => sum + size, 0));
  const logs = formatCount(round.logs.length);
  const whole = round.logs.every(({ complete }) => complete);
  const count = (kinds: readonly FindingKind[], wanted: readonly FindingKind[]): Html => {
    const found = kinds.filter((kind) => wanted.includes(kind)).length;
    return found > 0 ? html`<b class="unmet">${formatCount(found)}</b>` : html`0`;
  };
  const named = columns.flatMap(([, kinds]) => kinds);
  return html`${
      round.findings.length === 0
        ? emptyState({
            drawing: icon("eye"),
            title: t.empty,
            text: html`${t.at}${timeOf(round.at, lang)}${lang === "en" ? ". " : "。"}${(whole ? t.emptyText : t.partly)(entries, logs)}`,
          })
        : html`<p>
            ${t.at}${timeOf(round.at, lang)}${lang === "en" ? ". " : "。"}${(whole ? t.checked : t.partly)(entries, logs)}
          </p>`
    }
    <section class="card spaced">
      ${table({
        caption: t.round,
        columns: [
          { head: t.log },
          { head: t.size, number: true },
          ...columns.map(([name]) => ({ head: t[name], number: true })),
          { head: t.other, number: true },
        ],
        rows: round.logs.map(({ name, href, size, complete, kinds }) => ({
          cells: [
            html`<span
              >${href ? html`<a href="${href}">${show(name, lang)}</a>` : show(name, lang)}${
                complete ? "" : html`<br /><small>${t.unread}</small>`
              }</span
            >`,
            formatCount(size),
            ...columns.map(([, wanted]) => count(kinds, wanted)),
            count(
              kinds,
              kinds.filter((kind) => !named.includes(kind)),
            ),
          ],
        })),
      })}
      <p class="remark">
        ${t.pairs(formatCount(round.pairs.paired), formatCount(round.pairs.waiting), formatCount(round.pairs.undelivered))}
      </p>
    </section>
    ${
      round.findings.length === 0
        ? ""
        : html`<h2 class="after-search">${t.list}</h2>
            ${round.findings.map((finding) => findingCard(finding, lang))}
            ${round.more > 0 ? html`<p class="remark">${t.more(formatCount(round.more))}</p>` : ""}`
    }
    ${
      round.members.length === 0
        ? ""
        : html`<section class="card spaced">
            ${table({
              caption: t.members,
              columns: [
                { head: t.member },
                { head: t.written, number: true },
                { head: t.paired, number: true },
                { head: t.apart, number: true },
                { head: t.missing, number: true },
              ],
              rows: round.members.map(({ name, entries: written, paired, apart, missing }) => ({
                cells: [show(name, lang), ...[written, paired, apart, missing].map(formatCount)],
              })),
            })}
          </section>`
    }`;
}

function findingCard(finding: FindingView, lang: Language): Html {
  const t = inLanguage(words, lang);
  const said = troubleWords[finding.kind];
  const place =
    finding.index === undefined
      ? show(finding.log, lang)
      : html`${show(finding.log, lang)}${lang === "en" ? ", " : "，"}${show(entryName(finding.index), lang)}`;
  return html`<section class="card">
    <h3>${said.title[lang]}</h3>
    <p>${finding.href ? html`<a href="${finding.href}">${place}</a>` : place}</p>
    <dl class="facts">
      <div>
        <dt>${t.means}</dt>
        <dd>${said.meaning[lang]}</dd>
      </div>
      <div>
        <dt>${t.next}</dt>
        <dd>${said.next[lang]}</dd>
      </div>
    </dl>
    <p class="remark">
      ${t.since}${timeOf(finding.since, lang)}${
        finding.until ? html`${lang === "en" ? ", " : "，"}${t.until}${timeOf(finding.until, lang)}` : ""
      }
    </p>
    <details class="fold">
      <summary>${t.technical}</summary>
      <div class="fold-body">
        <p class="proof" lang="en">${finding.detail}</p>
        ${(finding.notes ?? []).map((signed) => html`<pre tabindex="0"><code>${signed}</code></pre>`)}
      </div>
    </details>
  </section>`;
}
