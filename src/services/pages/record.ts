import type { Language } from "#kernel";
import {
  both,
  formatCount,
  html,
  inLanguage,
  page,
  show,
  table,
  tag,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import { ago, troubleWords, type LogTrouble } from "./record-words.ts";

/** One public log in the list. */
export interface LogView {
  readonly name: Text;
  readonly origin: string;
  readonly href: string;
  /** Entries of the newest head that was read and checked. */
  readonly size?: number;
  /** Witnesses of the policy; without a time, one that did not sign the newest head. */
  readonly witnesses: readonly { readonly name: Text; readonly at?: Date }[];
  /** Why the newest look failed. */
  readonly trouble?: LogTrouble;
  /** Findings of the newest round; nothing before the first. */
  readonly findings?: number;
}

export interface RecordView {
  readonly logs: readonly LogView[];
  readonly now: Date;
  /** The tlog-policy file, verbatim. */
  readonly policy: string;
  readonly policyHref: string;
  readonly checkHref: string;
  readonly findingsHref: string;
  /** When the monitor last looked at all logs. */
  readonly lookedAt?: Date;
}

const words = {
  title: both("公開紀錄", "The public record"),
  lede: both(
    "每一次資料交換、同意與決定，都在這些只能增加、不能更改的紀錄裡留下一筆。紀錄裡沒有個人資料，只有指紋。",
    "Each exchange, agreement and decision leaves one entry in logs that can only grow. They hold fingerprints, never personal data.",
  ),
  logs: both("這個國家的所有紀錄", "All logs of the country"),
  log: both("紀錄", "Log"),
  size: both("筆數", "Entries"),
  witnesses: both("見證者與最近一次簽章", "Witnesses and their latest signature"),
  findings: both("檢查結果", "Findings"),
  none: both("沒有異狀", "None"),
  some: both(
    (count: string) => `${count} 項`,
    (count: string) => count,
  ),
  notYet: both("還沒檢查", "Not looked yet"),
  unsigned: both("還沒有簽最新的一版", "has not signed the newest head"),
  unread: both("—", "–"),
  looked: both("上次全面檢查：", "Last full check: "),
  allFindings: both("看每一項檢查結果與意思", "See every finding and what it means"),
  check: both("驗一份收據", "Check a receipt"),
  checkText: both(
    "把您存下來的收據拖進來，您的瀏覽器自己算一遍。檔案不會送出去。",
    "Drop a receipt that you kept: your own browser does the sums. The file goes nowhere.",
  ),
  checkLink: both("到驗收據的頁面", "Go to the receipt check"),
  ways: both("不用我們的網頁也能驗", "Without our pages"),
  command: both("用指令：", "With a command:"),
  other: both(
    "用別人寫的程式：格式是公開標準（C2SP tlog-tiles、tlog-proof、tlog-cosignature）。",
    "With someone else’s program: the formats are public standards (C2SP tlog-tiles, tlog-proof, tlog-cosignature).",
  ),
  policy: both("見證規則", "Witness policy"),
  policyText: both(
    "有哪些紀錄、在哪裡讀、誰是見證者、要幾個簽章才算數。請從您信任的來源取得，並與這裡比對。",
    "Which logs there are and where to read them, who counts as a witness and how many must sign. Get it from a source you trust and compare.",
  ),
  show: both("看規則全文", "Show the policy"),
  download: both("下載見證規則", "Download the policy"),
  limits: both("證明不了的事", "What it cannot prove"),
  limitsText: both(
    "證明涵蓋經過閘道與本平臺的讀取。資料庫管理者直接查看、或交換雙方串通不記，不在證明範圍內。",
    "The proofs cover readings that pass the gateways and this platform. A database administrator’s direct look, or two members who collude, lie outside them.",
  ),
};

/** Public: every log of the country, how fresh it is, who witnesses it, and what the monitor found. */
export function recordPage(view: RecordView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const witnesses = (log: LogView): Html =>
    html`<span
      >${log.witnesses.map(({ name, at }) =>
        at
          ? html`<span class="law"
              ><b class="met">✓</b> ${show(name, lang)}
              <small>${timeOf(at, lang, (then) => ago(then, view.now, lang))}</small></span
            >`
          : html`<span class="law"><b class="unmet">✗</b> ${show(name, lang)} <small>${t.unsigned}</small></span>`,
      )}</span
    >`;
  const findings = (log: LogView): Html => {
    if (log.findings === undefined) return html`<small>${t.notYet}</small>`;
    if (log.findings === 0) return html`<span>${tag({ tone: "good", text: words.none }, lang)}</span>`;
    return html`<a href="${view.findingsHref}">${t.some(formatCount(log.findings))}</a>`;
  };
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <section class="card">
      ${table({
        caption: t.logs,
        columns: [{ head: t.log }, { head: t.size, number: true }, { head: t.witnesses }, { head: t.findings }],
        rows: view.logs.map((log) => ({
          cells: [
            html`<span
              ><a href="${log.href}"><b>${show(log.name, lang)}</b></a
              ><br /><code class="proof">${log.origin}</code>${
                log.trouble ? html`<br />${tag({ tone: "bad", text: troubleWords[log.trouble.kind].title }, lang)}` : ""
              }</span
            >`,
            log.size === undefined ? t.unread : formatCount(log.size),
            witnesses(log),
            findings(log),
          ],
        })),
      })}
      <p class="remark">
        ${view.lookedAt ? html`${t.looked}${timeOf(view.lookedAt, lang)} ` : ""}
        <a href="${view.findingsHref}">${t.allFindings}</a>
      </p>
    </section>
    <div class="two">
      <section>
        <h2>${t.check}</h2>
        <p>${t.checkText}</p>
        <p><a class="button" href="${view.checkHref}">${t.checkLink}</a></p>
        <h2>${t.ways}</h2>
        <ul>
          <li>
            ${t.command}
            <pre tabindex="0"><code>npx taroko verify receipt.json</code></pre>
          </li>
          <li>${t.other}</li>
        </ul>
        <h2>${t.policy}</h2>
        <p>${t.policyText}</p>
        <details class="fold">
          <summary>${t.show}</summary>
          <div class="fold-body">
            <pre tabindex="0"><code>${view.policy}</code></pre>
          </div>
        </details>
        <p><a href="${view.policyHref}" download>${t.download}</a></p>
      </section>
      <aside>
        <div class="card">
          <h2>${t.limits}</h2>
          <p>${t.limitsText}</p>
        </div>
      </aside>
    </div>`;
  return page({ ...chrome, lang, title: t.title, area: "public", active: "record", body });
}
