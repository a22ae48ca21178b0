import type { Language } from "#kernel";
import {
  both,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  plain,
  show,
  table,
  tag,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import { ratePlot, type RateView } from "./record-rate.ts";
import { ago, entryName, troubleWords, type LogTrouble } from "./record-words.ts";

/** One entry in the list. */
export interface EntryLine {
  readonly index: number;
  readonly href: string;
  /** What happened; nothing if the entry is not one of the published kinds. */
  readonly title?: Text;
  readonly at?: Date;
  /** Who took part, by name. */
  readonly parties: Text;
}

export interface LogPageView {
  readonly name: Text;
  readonly origin: string;
  readonly now: Date;
  readonly trouble?: LogTrouble;
  /** Nothing while no head could be read. */
  readonly head?: {
    readonly size: number;
    /** Base64. */
    readonly root: string;
    readonly readAt: Date;
    /** Whether enough witnesses signed this head. */
    readonly quorum: boolean;
    readonly witnesses: readonly { readonly name: Text; readonly at?: Date }[];
  };
  /** Time stamps and the like from outside, as the log lists them; nothing if it lists none. */
  readonly anchors?: {
    readonly records: number;
    readonly newest: readonly { readonly name: string; readonly at: Date; readonly size: number }[];
    readonly listHref?: string;
  };
  readonly rate?: RateView;
  readonly list?: {
    readonly entries: readonly EntryLine[];
    readonly kinds: readonly { readonly title: Text; readonly href: string; readonly chosen: boolean }[];
    /** The entries that were looked through, newest and oldest; more than those listed when filtered. */
    readonly looked: { readonly from: number; readonly to: number };
    readonly newestHref?: string;
    readonly olderHref?: string;
  };
  /** Where a number of an entry is sent to. */
  readonly goTo: string;
  readonly files: {
    /** The verifier key, verbatim. */
    readonly vkey: string;
    readonly keyHref: string;
    readonly policyHref: string;
    readonly checkpointHref?: string;
    readonly address?: string;
  };
  readonly findings?: number;
  readonly findingsHref: string;
  readonly listHref: string;
}

const words = {
  back: both("所有紀錄", "All logs"),
  cannot: both("這一筆現在不能顯示", "This entry cannot be shown right now"),
  size: both("筆數", "Entries"),
  read: both("讀取時間", "Read"),
  root: both("樹根", "Root"),
  witnesses: both("見證者", "Witnesses"),
  witnessed: both("足夠的見證者簽過這一版。", "Enough witnesses signed this head."),
  unwitnessed: both("這一版的見證者簽章還不夠。", "Too few witnesses have signed this head."),
  unsigned: both("還沒有簽這一版", "has not signed this head"),
  anchors: both("外部的時間證明", "Time vouched for outside"),
  anchorsText: both(
    "紀錄之外的機構證明：最晚在那個時間，前面這麼多筆已經在了。這裡照紀錄所列，沒有替您驗；用 taroko verify --anchors 可以自己驗。",
    "Somebody outside vouches that so many entries existed at the latest then. Listed as the log says, not checked here; taroko verify --anchors checks it.",
  ),
  anchor: both(
    (name: string, size: string) => `${name}：前 ${size} 筆`,
    (name: string, size: string) => `${name}: the first ${size} entries`,
  ),
  anchorRecords: both(
    (count: string) => `全部 ${count} 份`,
    (count: string) => `All ${count} records`,
  ),
  findings: both("檢查結果", "Findings"),
  none: both("沒有異狀", "None"),
  some: both(
    (count: string) => `${count} 項，看說明`,
    (count: string) => `${count}, see what they mean`,
  ),
  notYet: both("還沒檢查", "Not looked yet"),
  kept: both("下面是最近一次讀得到而且對得上的內容。", "Below is what was last read and did fit."),
  nothing: both(
    "還沒有讀到任何對得上的內容，所以沒有東西可以顯示。",
    "Nothing that fits was read yet, so there is nothing to show.",
  ),
  technical: both("技術細節", "Technical detail"),
  entries: both("最近寫下的", "Recent entries"),
  kind: both("種類", "Kind"),
  all: both("全部", "All"),
  number: both("編號", "Number"),
  what: both("發生了什麼", "What happened"),
  when: both("時間", "When"),
  who: both("誰", "Who"),
  unknown: both("不在公布的種類清單上", "Not of a published kind"),
  empty: both("這份紀錄還沒有任何一筆。", "This log has no entries yet."),
  noMatch: both("這一段裡沒有這一種。", "None of this kind in this part."),
  looked: both(
    (from: string, to: string) => `看過第 ${from} 到 ${to} 筆。編號從 0 開始，和紀錄的檔案一樣。`,
    (from: string, to: string) =>
      `Looked through entries ${from} to ${to}. Numbers count from 0, as in the log’s files.`,
  ),
  newest: both("回到最新", "Newest"),
  older: both("更早的", "Earlier"),
  pages: both("分頁", "Pages"),
  go: both("到第幾筆", "Go to entry"),
  goPress: both("前往", "Go"),
  self: both("自己驗", "Check it yourself"),
  selfText: both(
    "驗證金鑰屬於這份紀錄；見證規則還說誰是見證者。兩樣都從您信任的來源再拿一次比對。",
    "The verifier key is this log’s; the policy also says who the witnesses are. Get both a second time from a source you trust.",
  ),
  key: both("下載驗證金鑰", "Download the verifier key"),
  policy: both("下載見證規則", "Download the witness policy"),
  checkpoint: both("最新簽過章的一版（checkpoint）", "The newest signed head (checkpoint)"),
  address: both("任何人都能用 C2SP tlog-tiles 的程式讀：", "Any C2SP tlog-tiles client can read it at:"),
};

/** Public: one log. How large and how fresh it is, who witnesses it, how often it is written to, and its entries. */
export function logPage(view: LogPageView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { head, trouble, list, files } = view;
  const body = html`<a class="back" href="${view.listHref}">${t.back}</a>
    <h1>${show(view.name, lang)}</h1>
    <p class="proof">${view.origin}</p>
    ${trouble ? troubleNote(trouble, head ? t.kept : t.nothing, lang) : ""}
    <div class="two">
      <div>
        ${head ? html`<section class="card">${facts(view, head, lang)}</section>` : ""}
        ${head ? html`<section class="card">${ratePlot(view.rate, lang)}</section>` : ""}
      </div>
      <aside>
        <div class="card">
          <h2>${t.self}</h2>
          <p>${t.selfText}</p>
          <p class="proof">${files.vkey}</p>
          <ul>
            <li><a href="${files.keyHref}" download>${t.key}</a></li>
            <li><a href="${files.policyHref}" download>${t.policy}</a></li>
            ${files.checkpointHref ? html`<li><a href="${files.checkpointHref}">${t.checkpoint}</a></li>` : ""}
          </ul>
          ${files.address ? html`<p class="remark">${t.address} <code class="proof">${files.address}</code></p>` : ""}
        </div>
      </aside>
    </div>
    ${list ? entryList(view, list, lang) : ""}`;
  return page({
    ...chrome,
    lang,
    title: plain(view.name, lang),
    area: "public",
    active: "record",
    body,
  });
}

/** Public: an entry or a log that cannot be shown right now, and why. */
export function troublePage(
  view: { readonly log: Text; readonly logHref: string; readonly trouble: LogTrouble },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const title = troubleWords[view.trouble.kind].title[lang];
  const body = html`<a class="back" href="${view.logHref}">${show(view.log, lang)}</a>
    <div class="narrow">
      <h1>${words.cannot[lang]}</h1>
      ${troubleNote(view.trouble, troubleWords[view.trouble.kind].next[lang], lang)}
    </div>`;
  return page({ ...chrome, lang, title: `${words.cannot[lang]} - ${title}`, area: "public", active: "record", body });
}

/** What is wrong with the log, in plain words, with the program's own below. */
function troubleNote(trouble: LogTrouble, more: string, lang: Language): Html {
  const said = troubleWords[trouble.kind];
  return note(
    html`<p><b>${said.title[lang]}</b></p>
      <p>${said.meaning[lang]} ${more}</p>
      <details class="fold">
        <summary>${words.technical[lang]}</summary>
        <div class="fold-body"><p class="proof" lang="en">${trouble.detail}</p></div>
      </details>`,
    "bad",
  );
}

function facts(view: LogPageView, head: NonNullable<LogPageView["head"]>, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<dl class="facts">
    <div>
      <dt>${t.size}</dt>
      <dd><b class="amount">${formatCount(head.size)}</b></dd>
    </div>
    <div>
      <dt>${t.read}</dt>
      <dd>${timeOf(head.readAt, lang)} <small>${ago(head.readAt, view.now, lang)}</small></dd>
    </div>
    <div>
      <dt>${t.witnesses}</dt>
      <dd>
        ${head.witnesses.map(({ name, at }) =>
          at
            ? html`<span class="law"
                ><b class="met">✓</b> ${show(name, lang)}
                <small>${timeOf(at, lang)} (${ago(at, view.now, lang)})</small></span
              >`
            : html`<span class="law"><b class="unmet">✗</b> ${show(name, lang)} <small>${t.unsigned}</small></span>`,
        )}
        <span class="remark">${head.quorum ? t.witnessed : t.unwitnessed}</span>
      </dd>
    </div>
    <div>
      <dt>${t.root}</dt>
      <dd class="proof">${head.root}</dd>
    </div>
    ${view.anchors ? anchorFacts(view.anchors, view.now, lang) : ""}
    <div>
      <dt>${t.findings}</dt>
      <dd>
        ${
          view.findings === undefined
            ? t.notYet
            : view.findings === 0
              ? tag({ tone: "good", text: words.none }, lang)
              : html`<a href="${view.findingsHref}">${t.some(formatCount(view.findings))}</a>`
        }
      </dd>
    </div>
  </dl>`;
}

function anchorFacts(anchors: NonNullable<LogPageView["anchors"]>, now: Date, lang: Language): Html {
  const t = inLanguage(words, lang);
  const records = t.anchorRecords(formatCount(anchors.records));
  return html`<div>
    <dt>${t.anchors}</dt>
    <dd>
      ${anchors.newest.map(
        ({ name, at, size }) =>
          html`<span class="law"
            >${t.anchor(name, formatCount(size))} <small>${timeOf(at, lang)} (${ago(at, now, lang)})</small></span
          >`,
      )}
      <span class="remark"
        >${t.anchorsText} ${anchors.listHref ? html`<a href="${anchors.listHref}">${records}</a>` : records}</span
      >
    </dd>
  </div>`;
}

function entryList(view: LogPageView, list: NonNullable<LogPageView["list"]>, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<section class="card spaced">
    <h2>${t.entries}</h2>
    <nav aria-label="${t.kind}">
      <ul class="filter">
        ${list.kinds.map(
          ({ title, href, chosen }) =>
            html`<li><a href="${href}" ${chosen ? html` aria-current="true"` : ""}>${show(title, lang)}</a></li>`,
        )}
      </ul>
    </nav>
    ${
      list.entries.length === 0
        ? html`<p>${view.head?.size === 0 ? t.empty : t.noMatch}</p>`
        : table({
            caption: t.entries,
            captionHidden: true,
            columns: [{ head: t.number }, { head: t.what }, { head: t.who }, { head: t.when }],
            rows: list.entries.map(({ index, href, title, at, parties }) => ({
              cells: [
                html`<a href="${href}"
                  >${formatCount(index)}<span class="aside"> ${show(entryName(index), lang)}</span></a
                >`,
                title ? show(title, lang) : html`<span class="unmet">${t.unknown}</span>`,
                html`<span>${show(parties, lang)}</span>`,
                at ? timeOf(at, lang, formatDateTime) : "–",
              ],
            })),
          })
    }
    ${
      list.looked.to > list.looked.from
        ? html`<p class="remark">${t.looked(formatCount(list.looked.from), formatCount(list.looked.to - 1))}</p>`
        : ""
    }
    <nav class="pages" aria-label="${t.pages}">
      ${list.newestHref ? html`<a href="${list.newestHref}">${t.newest}</a>` : ""}${
        list.olderHref ? html`<a rel="next" href="${list.olderHref}">${t.older}</a>` : ""
      }
    </nav>
    <form method="get" action="${view.goTo}" class="go-to">
      <label for="entry">${t.go}</label>
      <input id="entry" name="entry" inputmode="numeric" autocomplete="off" />
      <button class="button quiet">${t.goPress}</button>
    </form>
  </section>`;
}
