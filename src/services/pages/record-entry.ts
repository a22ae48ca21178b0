import type { Language } from "#kernel";
import {
  both,
  html,
  inLanguage,
  note,
  page,
  plain,
  show,
  table,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import { treePicture, type TreeView } from "./record-tree.ts";
import { entryName } from "./record-words.ts";

/** A member of an entry, in words and as it stands there. */
export interface EntryField {
  readonly name: string;
  readonly meaning: Text;
  /** What the value means, where more is known than its code. */
  readonly said?: Text;
  readonly value: string;
  /** True for a commitment or digest: nobody can read anything from it alone. */
  readonly sealed: boolean;
}

export interface EntryPageView {
  readonly log: Text;
  readonly logHref: string;
  readonly index: number;
  /** What happened; nothing if the entry is not of a published kind. */
  readonly title?: Text;
  readonly fields: readonly EntryField[];
  /** What an entry of this kind proves, where its members do not say it. */
  readonly explained?: Text;
  /** The other end's entry of the same exchange; nothing for entries that have no other end. */
  readonly counterpart?:
    | { readonly state: "found"; readonly log: Text; readonly href: string; readonly index: number }
    | { readonly state: "absent" | "unread" };
  /** The entry's bytes: its text, or hexadecimal if they are none. */
  readonly raw: string;
  readonly bytes: number;
  readonly tree: TreeView;
  /** Whether enough witnesses signed the root. */
  readonly quorum: boolean;
  readonly hrefs: {
    readonly proof: string;
    readonly receipt: string;
    readonly raw: string;
    readonly check: string;
    readonly findings: string;
    readonly newer?: string;
    readonly older?: string;
  };
}

const words = {
  unknown: both("不在公布的種類清單上的一筆", "An entry of no published kind"),
  unknownText: both(
    "這一筆不符合公布的格式，所以只能原樣顯示。檢查結果那一頁也會列出它。",
    "It does not fit the published form, so it is shown as it is. The findings list it too.",
  ),
  says: both("這一筆寫了什麼", "What this entry says"),
  field: both("欄位", "Field"),
  value: both("內容", "Value"),
  sealed: both("指紋", "Fingerprint"),
  sealedText: both(
    "指紋只有在手上有那份資料與鹽值的人能對得出來；從指紋本身讀不出任何內容。",
    "A fingerprint can be matched only by whoever holds the data and its salt. Nothing can be read from it alone.",
  ),
  explained: both("這一筆證明什麼", "What this entry proves"),
  other: both("另一方的紀錄", "The other side’s record"),
  found: both("另一方也記下了同一次交換：", "The other side recorded the same exchange: "),
  absent: both(
    "在對方紀錄裡同一時間前後的各筆中，沒有找到另一方的那一筆。雙方應在一天內都記下；少了一邊，檢查結果會列出來。",
    "Among the entries of the same time in the other side’s log, its entry was not found. Both sides have a day to record; if one is missing after that, the findings list it.",
  ),
  unread: both(
    "對方的紀錄現在讀不到，過一會兒再看。",
    "The other side’s log cannot be read right now; look again later.",
  ),
  findings: both("看檢查結果", "See the findings"),
  proven: both("怎麼知道它真的在裡面", "How we know that it stands there"),
  provenText: both(
    "從這一筆出發，您的電腦只要用證明附上的幾個雜湊，就能一路算到簽過章的樹根。算得出同一個樹根，這一筆就一定在裡面，而且一個字都沒有改過。",
    "From this entry, and with only the few hashes of the proof, your computer works its way to the signed root. If it arrives at the same root, the entry stands in the log and no letter of it was changed.",
  ),
  early: both(
    "見證者還沒有簽這個樹根；過一會兒再看。",
    "The witnesses have not signed this root yet; look again in a moment.",
  ),
  take: both("帶走，自己驗", "Take it and check it yourself"),
  proof: both("下載證明（tlog-proof）", "Download the proof (tlog-proof)"),
  receipt: both("下載收據：這一筆與證明", "Download a receipt: entry and proof"),
  check: both("在瀏覽器驗一份收據", "Check a receipt in the browser"),
  rawTitle: both("原始內容", "The bytes"),
  size: both(
    (bytes: number) => `${bytes} 個位元組`,
    (bytes: number) => `${bytes} bytes`,
  ),
  rawGet: both("下載原始內容", "Download the bytes"),
  newer: both("後一筆", "Next entry"),
  older: both("前一筆", "Previous entry"),
  pages: both("前後", "Neighbours"),
};

/** Public: one entry in words, its bytes, and the picture of how it is proven. */
export function entryPage(view: EntryPageView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { hrefs } = view;
  const name = show(entryName(view.index), lang);
  const body = html`<a class="back" href="${view.logHref}">${show(view.log, lang)}</a>
    <p class="caption">${name}</p>
    <h1>${show(view.title ?? words.unknown, lang)}</h1>
    ${view.title ? "" : note(html`<p>${t.unknownText}</p>`, "bad")}
    ${
      view.explained
        ? html`<section class="card spaced">
            <h2>${t.explained}</h2>
            <p>${show(view.explained, lang)}</p>
          </section>`
        : ""
    }
    ${view.fields.length === 0 ? "" : html`<section class="card spaced">${fieldTable(view.fields, lang)}</section>`}
    ${view.counterpart ? otherSide(view.counterpart, hrefs.findings, lang) : ""}
    <div class="two spaced">
      <section class="card">
        <h2>${t.proven}</h2>
        <p>${t.provenText}</p>
        ${view.quorum ? "" : note(html`<p>${t.early}</p>`, "wait")} ${treePicture(view.tree, lang)}
      </section>
      <aside>
        <div class="card">
          <h2>${t.take}</h2>
          <ul>
            <li><a href="${hrefs.receipt}" download>${t.receipt}</a></li>
            <li><a href="${hrefs.proof}" download>${t.proof}</a></li>
            <li><a href="${hrefs.check}">${t.check}</a></li>
          </ul>
        </div>
        <div class="card">
          <h2>${t.rawTitle}</h2>
          <pre tabindex="0"><code>${view.raw}</code></pre>
          <p class="remark">${t.size(view.bytes)} <a href="${hrefs.raw}" download>${t.rawGet}</a></p>
        </div>
      </aside>
    </div>
    <nav class="pages" aria-label="${t.pages}">
      ${hrefs.newer ? html`<a href="${hrefs.newer}">${t.newer}</a>` : ""}${
        hrefs.older ? html`<a href="${hrefs.older}">${t.older}</a>` : ""
      }
    </nav>`;
  return page({
    ...chrome,
    lang,
    title: `${plain(entryName(view.index), lang)} - ${plain(view.title ?? words.unknown, lang)}`,
    area: "public",
    active: "record",
    body,
  });
}

/** Where the other end's entry stands, or why there is no way to it. */
function otherSide(other: NonNullable<EntryPageView["counterpart"]>, findingsHref: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  const said =
    other.state === "found"
      ? html`${t.found}<a href="${other.href}"
            >${show(other.log, lang)}${lang === "en" ? ", " : " "}${show(entryName(other.index), lang)}</a
          >`
      : html`${t[other.state]} <a href="${findingsHref}">${t.findings}</a>`;
  return html`<section class="card spaced">
    <h2>${t.other}</h2>
    <p>${said}</p>
  </section>`;
}

/** The entry's members in words; what is sealed is marked, and explained once. */
function fieldTable(fields: readonly EntryField[], lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`${table({
    caption: t.says,
    columns: [{ head: t.field }, { head: t.value }],
    rows: fields.map(({ name, meaning, said, value, sealed }) => ({
      cells: [
        html`<span>${show(meaning, lang)}<br /><code class="proof">${name}</code></span>`,
        html`<span
          >${said ? html`${show(said, lang)}<br />` : sealed ? html`<small>${t.sealed}</small><br />` : ""}<code
            class="proof"
            >${value}</code
          ></span
        >`,
      ],
    })),
  })}
  ${fields.some(({ sealed }) => sealed) ? html`<p class="remark">${t.sealedText}</p>` : ""}`;
}
