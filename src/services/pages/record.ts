import type { Language } from "#kernel";
import {
  both,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  page,
  show,
  table,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";

/** One public log. */
export interface LogView {
  readonly name: Text;
  readonly origin: string;
  readonly size: number;
  /** Base64 of the root hash. */
  readonly root: string;
  readonly at: Date;
  readonly checkpointHref: string;
  readonly witnesses: readonly { readonly name: Text; readonly at: Date; readonly size: number }[];
  /** Set when the log stopped because a check failed. */
  readonly frozen?: Text;
}

export interface RecordView {
  readonly logs: readonly LogView[];
  /** The tlog-policy file, verbatim. */
  readonly policy: string;
  readonly policyHref: string;
}

const words = {
  title: both("公開紀錄", "The public record"),
  lede: both(
    "每一次資料交換、同意與決定，都在這些只能增加、不能更改的紀錄裡留下一筆。紀錄裡沒有個人資料，只有指紋。",
    "Each exchange, agreement and decision leaves one entry in logs that can only grow. They hold fingerprints, never personal data.",
  ),
  logs: both("紀錄", "Logs"),
  log: both("紀錄", "Log"),
  size: both("筆數", "Entries"),
  head: both("最新簽署", "Latest signature"),
  witnesses: both("見證者", "Witnesses"),
  signed: both(
    (at: string, size: string) => `${at}，第 ${size} 筆`,
    (at: string, size: string) => `${at}, at ${size}`,
  ),
  root: both("根", "Root"),
  frozen: both("已停止", "Stopped"),
  check: both("怎麼自己驗", "Check it yourself"),
  checkText: both(
    "在「誰用了我的資料」下載一份收據，再用下面任何一種方法。三種方法都不必相信我們。",
    "Download a receipt under “Who used my data”, then use any of these. None of them asks you to believe us.",
  ),
  browser: both(
    "在瀏覽器：按收據旁的「在這個瀏覽器驗證」。",
    "In the browser: press “Check in this browser” beside the receipt.",
  ),
  command: both("用指令：", "With a command:"),
  other: both(
    "用別人寫的程式：格式是公開標準（C2SP tlog-tiles、tlog-proof、tlog-cosignature）。",
    "With someone else’s program: the formats are public standards (C2SP tlog-tiles, tlog-proof, tlog-cosignature).",
  ),
  policy: both("見證規則", "Witness policy"),
  policyText: both(
    "誰算是見證者、要幾個簽署才算數。請從您信任的來源取得，並與這裡比對。",
    "Who counts as a witness and how many must sign. Get it from a source you trust and compare.",
  ),
  download: both("下載見證規則", "Download the policy"),
  limits: both("證明不了的事", "What it cannot prove"),
  limitsText: both(
    "證明涵蓋經過閘道與本平臺的讀取。資料庫管理者直接查看、或交換雙方串通不記，不在證明範圍內。",
    "The proofs cover readings that pass the gateways and this platform. A database administrator’s direct look, or two members who collude, lie outside them.",
  ),
};

/** Public: the logs, who witnesses them, and how anyone checks a receipt without us. */
export function recordPage(view: RecordView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const witnesses = (log: LogView): Html =>
    html`<span
      >${log.witnesses.map(
        ({ name, at, size }) =>
          html`<span class="law"
            ><b class="met">✓</b> ${show(name, lang)}
            <small>${t.signed(formatDateTime(at, lang), formatCount(size))}</small></span
          >`,
      )}</span
    >`;
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <section class="card">
      ${table({
        caption: t.logs,
        columns: [{ head: t.log }, { head: t.size, number: true }, { head: t.head }, { head: t.witnesses }],
        rows: view.logs.map((log) => ({
          cells: [
            html`<span
              ><b>${show(log.name, lang)}</b><br /><code class="proof">${log.origin}</code
              >${log.frozen ? html`<br /><span class="unmet">${t.frozen}: ${show(log.frozen, lang)}</span>` : ""}</span
            >`,
            formatCount(log.size),
            html`<span
              >${timeOf(log.at, lang)}<br /><a class="proof" href="${log.checkpointHref}"
                >${t.root} ${log.root.slice(0, 12)}…</a
              ></span
            >`,
            witnesses(log),
          ],
        })),
      })}
    </section>
    <div class="two">
      <section>
        <h2>${t.check}</h2>
        <p>${t.checkText}</p>
        <ul>
          <li>${t.browser}</li>
          <li>
            ${t.command}
            <pre><code>npx taroko verify receipt.json</code></pre>
          </li>
          <li>${t.other}</li>
        </ul>
        <h2>${t.policy}</h2>
        <p>${t.policyText}</p>
        <pre tabindex="0"><code>${view.policy}</code></pre>
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
