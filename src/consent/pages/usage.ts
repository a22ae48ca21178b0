import type { Language } from "#kernel";
import {
  both,
  details,
  emptyState,
  formatCount,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  page,
  pagination,
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

/** One reading of the person's data. */
export interface UsageEntry {
  readonly at: Date;
  /** Who read: the agency, and the role when a person there did. */
  readonly reader: Text;
  readonly role?: Text;
  readonly data: Text;
  readonly fields: Text;
  readonly purpose: Text;
  /** Under which law, or by which agreement. */
  readonly basis: Text;
  /** The proof. Absent for the seconds until the witnesses have signed. */
  readonly proof?: {
    readonly log: string;
    readonly index: number;
    /** The list of the person's that the entry belongs to, in that log. */
    readonly topic: string;
    readonly receiptHref: string;
    /** The public page of the entry. */
    readonly entryHref?: string;
    readonly witnesses: readonly { readonly name: Text; readonly at: Date }[];
  };
}

/** Readings that belong together: one agency, one case. */
export interface UsageGroup {
  readonly reader: Text;
  /** The case they were for, with its number, or why there was none. */
  readonly occasion: Text;
  readonly href?: string;
  readonly entries: readonly UsageEntry[];
}

/** What one agency's log holds about the person, by the proof it gave. */
export interface UsageList {
  /** The agency and its system. */
  readonly holder: Text;
  /** Which list of which log is asked for. */
  readonly topic: string;
  readonly origin: string;
  /** Entries about the person in the log, and readings from there in this list. */
  readonly entries: number;
  readonly listed: number;
  /** How far the proof goes: entries of the log, and when the log said so. */
  readonly upto: number;
  readonly at: Date;
  /** The file with the proof. */
  readonly href: string;
}

export interface UsageView {
  readonly groups: readonly UsageGroup[];
  /** Up to when the answers of all agencies go; absent while none has answered. */
  readonly asOf?: Date;
  readonly witnesses: readonly Text[];
  /** Agencies that did not answer at the last look: the list may lack readings of theirs. */
  readonly silent: readonly Text[];
  /** Agencies whose list is so long that its older part is still to come. */
  readonly unfinished: readonly Text[];
  /** Absent for who may not see everything. */
  readonly lists?: readonly UsageList[];
  readonly filter: { readonly own: "shown" | "hidden"; readonly shownHref: string; readonly hiddenHref: string };
  readonly policyHref: string;
  readonly pages?: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
}

const words = {
  title: both("誰用了我的資料", "Who used my data"),
  lede: both(
    "每一筆的證明由您的瀏覽器自己算，不必相信我們。",
    "Your own browser checks the proof of each line. You need not believe us.",
  ),
  proven: both("這一頁的每一筆都有證明。", "Each line on this page is proven."),
  waiting: both(
    (count: number) => `這一頁有 ${count} 筆等待見證者簽署，其餘都有證明。`,
    (count: number) =>
      `On this page ${count} ${count === 1 ? "line waits" : "lines wait"} for the witnesses; all others are proven.`,
  ),
  asOf: both(
    (at: string) => `截至 ${at}。`,
    (at: string) => `As of ${at}.`,
  ),
  covers: both(
    "這裡列出經過資料交換閘道與本平臺的讀取；機關內部直接查資料庫不經過這裡，不在列。",
    "It lists what passes the exchange gateways and this platform. A look inside an agency’s own database does not pass here and is not listed.",
  ),
  silent: both(
    (names: string) => `${names}現在沒有回覆，提供的紀錄可能不完整。請稍後重新整理。`,
    (names: string) => `No answer just now from: ${names}. Readings there may be missing. Please reload later.`,
  ),
  unfinished: both(
    (names: string) => `${names}的紀錄很長，較早的讀取還沒列出；請稍後重新整理。`,
    (names: string) => `The list is long at: ${names}. Earlier readings are not shown yet; please reload later.`,
  ),
  witnesses: both("見證：", "Witnesses: "),
  all: both("全部", "Everything"),
  others: both("只看別人的查詢", "Only readings by others"),
  filter: both("篩選", "Filter"),
  times: both(
    (count: number) => `${formatCount(count)} 次`,
    (count: number) => (count === 1 ? "1 reading" : `${formatCount(count)} readings`),
  ),
  at: both("時間", "Time"),
  who: both("誰", "Who"),
  what: both("看了什麼", "What"),
  why: both("為什麼", "Why"),
  basis: both("依據", "Basis"),
  proof: both(
    (index: string) => `證明與收據（第 ${index} 筆）`,
    (index: string) => `Proof and receipt (entry ${index})`,
  ),
  noProof: both("見證者還沒簽署，幾秒後再看。", "The witnesses have not signed yet; look again in a few seconds."),
  signedAt: both("簽署於", "signed at"),
  download: both("下載收據", "Download the receipt"),
  entry: both("在公開紀錄裡看這一筆", "See this entry in the public record"),
  whole: both("有沒有漏掉的？", "Is anything missing?"),
  wholeText: both(
    "每個機關的紀錄都附一份證明：這段期間內關於您的讀取就是這幾筆，一筆不少。您的瀏覽器可以自己算。",
    "Each agency’s log comes with a proof that these are all the readings about you, and none is left out. Your own browser can check it.",
  ),
  holds: both(
    (entries: string, upto: string, at: string) =>
      `紀錄前 ${upto} 筆中，從這個系統讀取您資料的有 ${entries} 筆（${at}）。`,
    (entries: string, upto: string, at: string) =>
      `Of the first ${upto} entries of its log, ${entries} ${entries === "1" ? "is a reading" : "are readings"} of your data from this system (${at}).`,
  ),
  lacking: both(
    (listed: string) => `這裡只列出 ${listed} 筆，請重新整理；若仍然不足，請下載證明並向監理機關反映。`,
    (listed: string) =>
      `Only ${listed} are listed here. Please reload; if that does not help, download the proof and show it to the supervisor.`,
  ),
  downloadList: both("下載證明", "Download the proof"),
  command: both("也可以不靠我們的網站，在自己的電腦上驗：", "Or check it on your own computer, without our site:"),
  noneTitle: both("這裡還沒有讀取紀錄", "No reading is listed here yet"),
  noneText: both(
    "有機關讀取時，這裡會列出是誰、看了什麼、為什麼。",
    "When an agency reads it, this page says who, what and why.",
  ),
};

function proofPanel(entry: UsageEntry, policyHref: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  const { proof } = entry;
  if (!proof) return html`<p class="remark">${t.noProof}</p>`;
  return details(
    html`<span aria-hidden="true">✓</span> ${t.proof(formatCount(proof.index))}`,
    html`<p class="proof" data-log="${proof.log}" data-topic="${proof.topic}" data-index="${proof.index}">
        ${proof.log}
      </p>
      <ul class="ticks">
        ${proof.witnesses.map(
          ({ name, at }) => html`<li>${show(name, lang)} ${t.signedAt} ${timeOf(at, lang, formatDateTime)}</li>`,
        )}
      </ul>
      ${proof.entryHref ? html`<p><a href="${proof.entryHref}">${t.entry}</a></p>` : ""}
      <receipt-check data-receipt="${proof.receiptHref}" data-policy="${policyHref}"
        ><p><a href="${proof.receiptHref}" download="receipt.json">${t.download}</a></p>
        <p>${t.command}</p>
        <pre><code>npx taroko verify receipt.json</code></pre>
      </receipt-check>`,
  );
}

function wholeSection(lists: readonly UsageList[], policyHref: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<section class="card usage">
    <h2>${t.whole}</h2>
    <p>${t.wholeText}</p>
    ${lists.map(
      ({ holder, topic, origin, entries, listed, upto, at, href }) =>
        html`<div class="whole">
          <h3>${show(holder, lang)}</h3>
          <p>
            ${t.holds(formatCount(entries), formatCount(upto), formatDateTime(at, lang))}
            ${listed < entries ? html`<b>${t.lacking(formatCount(listed))}</b>` : ""}
          </p>
          <list-check data-list="${href}" data-topic="${topic}" data-origin="${origin}" data-policy="${policyHref}"
            ><p><a href="${href}" download="list.json">${t.downloadList}</a></p></list-check
          >
        </div>`,
    )}
  </section>`;
}

/** Every reading of the person's data, by agency and case, each with its law and its proof. */
export function usagePage(view: UsageView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const separator = lang === "en" ? ", " : "、";
  const entries = view.groups.flatMap((group) => group.entries);
  const waiting = entries.filter(({ proof }) => !proof).length;
  const names = (agencies: readonly Text[]): string => agencies.map((name) => plain(name, lang)).join(separator);
  const incomplete = view.silent.length > 0 || view.unfinished.length > 0;
  const columns = [t.at, t.who, t.what, t.why, t.basis].map((head) => ({ head }));
  const groups = view.groups.map(
    (group) =>
      html`<section class="card usage">
        <div class="between">
          <h2>
            ${show(group.reader, lang)}<span class="occasion"
              >${group.href ? html`<a href="${group.href}">${show(group.occasion, lang)}</a>` : show(group.occasion, lang)}</span
            >
          </h2>
          ${tag({ tone: "info", text: t.times(group.entries.length) }, lang)}
        </div>
        ${table({
          caption: `${plain(group.reader, lang)} ${plain(group.occasion, lang)}`,
          captionHidden: true,
          columns,
          rows: group.entries.map((entry) => ({
            cells: [
              timeOf(entry.at, lang),
              html`<span
                >${show(entry.reader, lang)}${entry.role ? html`<br /><small>${show(entry.role, lang)}</small>` : ""}</span
              >`,
              html`<span><b>${show(entry.data, lang)}</b><br />${show(entry.fields, lang)}</span>`,
              html`<span>${show(entry.purpose, lang)}</span>`,
              html`<span>${show(entry.basis, lang)}</span>`,
            ],
            below: proofPanel(entry, view.policyHref, lang),
          })),
        })}
      </section>`,
  );
  const choice = (name: "shown" | "hidden", text: string, href: string): Html =>
    html`<li><a href="${href}" ${view.filter.own === name ? html` aria-current="true"` : ""}>${text}</a></li>`;
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${note(
      html`<p class="wide">
          ${entries.length === 0 ? "" : html`<b>${waiting === 0 ? t.proven : t.waiting(waiting)}</b>`}
          ${view.asOf ? t.asOf(formatDateTime(view.asOf, lang)) : ""}
          ${view.silent.length > 0 ? t.silent(names(view.silent)) : ""}
          ${view.unfinished.length > 0 ? t.unfinished(names(view.unfinished)) : ""}
        </p>
        <p class="remark">
          ${t.witnesses}${show(names(view.witnesses), lang)}${lang === "en" ? ". " : "。"}${t.covers}
        </p>`,
      waiting > 0 || incomplete ? "wait" : entries.length === 0 ? "info" : "good",
    )}
    <ul class="filter" aria-label="${t.filter}">
      ${choice("shown", t.all, view.filter.shownHref)}${choice("hidden", t.others, view.filter.hiddenHref)}
    </ul>
    ${groups.length > 0 ? groups : emptyState({ drawing: icon("eye"), title: t.noneTitle, text: t.noneText })}
    ${view.pages ? pagination(view.pages, lang) : ""}
    ${view.lists && view.lists.length > 0 ? wholeSection(view.lists, view.policyHref, lang) : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "usage", body });
}
