import type { Language } from "#kernel";
import {
  both,
  factList,
  formatDate,
  html,
  inLanguage,
  page,
  plain,
  show,
  table,
  type Area,
  type Chrome,
  type HtmlPage,
  type Text,
} from "#ui";

export interface RuleTableView {
  readonly name: Text;
  readonly version: string;
  /** Absent for a model that no service uses yet. */
  readonly validFrom?: Date;
  readonly legalBasis: Text;
  /** DMN's hit policy in words: 只取一列 and so on. */
  readonly hitPolicy: Text;
  readonly inputs: readonly Text[];
  readonly outputs: readonly Text[];
  readonly rows: readonly {
    readonly inputs: readonly Text[];
    readonly outputs: readonly Text[];
    readonly note?: Text;
    /** This row decided the case the reader came from. */
    readonly hit?: boolean;
  }[];
  readonly area: Area;
  readonly sourceHref?: string;
  readonly backHref?: string;
}

const words = {
  back: both("返回", "Back"),
  lede: both("這張表就是程式執行的規則，不是說明。", "This table is what the program runs, not a description of it."),
  version: both("版本", "Version"),
  from: both("施行", "In force from"),
  law: both("依據", "Legal basis"),
  policy: both("怎麼選列", "How a row is chosen"),
  row: both("列", "Row"),
  note: both("說明", "Note"),
  hit: both("（本案適用）", " (applied here)"),
  file: both("下載規則檔（DMN）", "Download the rule (DMN)"),
};

/** A decision table as it runs: conditions at the left, outcomes at the right, the row that applied marked. */
export function ruleTablePage(view: RuleTableView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const notes = view.rows.some(({ note }) => note !== undefined);
  const columns = [
    { head: t.row },
    ...view.inputs.map((name) => ({ head: plain(name, lang) })),
    ...view.outputs.map((name) => ({ head: `→ ${plain(name, lang)}` })),
    ...(notes ? [{ head: t.note }] : []),
  ];
  const body = html`${view.backHref ? html`<a class="back" href="${view.backHref}">${t.back}</a>` : ""}
    <h1>${show(view.name, lang)}</h1>
    <p class="lede">${t.lede}</p>
    <div class="card rule-table">
      ${table({
        caption: plain(view.name, lang),
        captionHidden: true,
        columns,
        rows: view.rows.map((row, at) => ({
          current: row.hit ?? false,
          cells: [
            html`<span>${at + 1}${row.hit ? html`<b>${t.hit}</b>` : ""}</span>`,
            ...row.inputs.map((cell) => html`<span>${show(cell, lang)}</span>`),
            ...row.outputs.map((cell) => html`<b>${show(cell, lang)}</b>`),
            ...(notes ? [html`<span>${row.note ? show(row.note, lang) : ""}</span>`] : []),
          ],
        })),
      })}
    </div>
    <div class="narrow terms">
      ${factList(
        [
          { label: words.version, value: view.version },
          ...(view.validFrom ? [{ label: words.from, value: formatDate(view.validFrom, lang) }] : []),
          { label: words.law, value: view.legalBasis },
          { label: words.policy, value: view.hitPolicy },
        ],
        lang,
      )}
    </div>
    ${view.sourceHref ? html`<p><a href="${view.sourceHref}" download>${t.file}</a></p>` : ""}`;
  return page({
    ...chrome,
    lang,
    title: plain(view.name, lang),
    area: view.area,
    ...(view.area === "desk" ? { active: "rules" as const } : {}),
    body,
  });
}
