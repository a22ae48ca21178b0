import type { Language, Localised } from "#kernel";
import { both, html, show, tag, type Html, type HtmlValue, type Tag } from "#ui";
import type { Finding } from "../analyse.ts";
import type { ModelChange } from "../compare.ts";
import type { TableDescription } from "../describe.ts";

/** DMN's hit policies, as a person would say them. */
const policies: Readonly<Record<string, Localised>> = {
  UNIQUE: both("只有一列會符合", "Exactly one row applies"),
  FIRST: both("由上而下，第一個符合的列", "The first row that applies"),
  ANY: both("符合的列結果都相同", "All rows that apply agree"),
  PRIORITY: both("符合的列中，結果優先的那一列", "Of the rows that apply, the one whose outcome comes first"),
  "RULE ORDER": both("收集所有符合的列，依列的順序", "All rows that apply, in their order"),
  "OUTPUT ORDER": both("收集所有符合的列，依結果的順序", "All rows that apply, in the order of their outcomes"),
  COLLECT: both("收集所有符合的列", "All rows that apply are collected"),
};

const aggregations: Readonly<Record<string, Localised>> = {
  SUM: both("，取總和", ", and added up"),
  MIN: both("，取最小", ", and the least is taken"),
  MAX: both("，取最大", ", and the largest is taken"),
  COUNT: both("，計列數", ", and counted"),
};

export function hitPolicyText({ hitPolicy, aggregation }: TableDescription): Localised {
  const policy = policies[hitPolicy] ?? both<string>(hitPolicy, hitPolicy);
  const more = (aggregation && aggregations[aggregation]) || both("", "");
  return both(`${policy["zh-Hant"]}${more["zh-Hant"]}`, `${policy.en}${more.en}`);
}

/** Whether a cell is no condition. */
export function isAny(test: string): boolean {
  return test.trim() === "-" || test.trim() === "";
}

/** A cell as people read it: no condition in words, anything else as the model has it. */
export function testText(test: string): Localised {
  return isAny(test) ? both("任何", "any") : both(test, test);
}

const severities: Readonly<Record<Finding["severity"], Tag>> = {
  error: { tone: "bad", text: both("錯誤", "Error") },
  warning: { tone: "wait", text: both("注意", "Warning") },
  note: { tone: "quiet", text: both("備註", "Note") },
};

const findingWords = {
  none: both("沒有發現缺漏、重疊或輪不到的列。", "No gap, overlap or row that is never reached was found."),
  more: both(
    (count: number) => `還有 ${count} 項`,
    (count: number) => `${count} more`,
  ),
};

/** Findings as a list, the worst first. */
export function findingList(findings: readonly Finding[], lang: Language, most: number = 30): Html {
  if (findings.length === 0) return html`<p>${findingWords.none[lang]}</p>`;
  const order = ["error", "warning", "note"];
  const sorted = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return html`<ul class="findings">
      ${sorted.slice(0, most).map(({ severity, text }) => html`<li>${tag(severities[severity], lang)} <span>${show(text, lang)}</span></li>`)}
    </ul>
    ${sorted.length > most ? html`<p>${findingWords.more[lang](sorted.length - most)}</p>` : ""}`;
}

const changeKinds: Readonly<Record<ModelChange["what"], Localised>> = {
  cell: both("格", "Cell"),
  row: both("列", "Row"),
  column: both("欄", "Column"),
  "hit-policy": both("怎麼選列", "How a row is chosen"),
  expression: both("算式", "Expression"),
  requirement: both("依據的事實與決策", "What it rests on"),
  element: both("元件", "Element"),
  name: both("名稱", "Name"),
  law: both("法律依據", "Law"),
};

const changeWords = {
  none: both("兩版的表格、算式與依據都相同。", "Tables, expressions and laws are the same in both."),
  row: both(
    (row: number) => `第 ${row} 列`,
    (row: number) => `Row ${row}`,
  ),
  was: both("原來", "Before"),
  is: both("改成", "After"),
  absent: both("（沒有）", "(none)"),
  empty: both("（空白）", "(empty)"),
};

/** What two versions do not share, cell by cell: where it is, what it was, what it becomes. */
export function changeList(changes: readonly ModelChange[], lang: Language): Html {
  if (changes.length === 0) return html`<p>${changeWords.none[lang]}</p>`;
  const text = (value: string | undefined): HtmlValue =>
    value === undefined
      ? changeWords.absent[lang]
      : value === ""
        ? changeWords.empty[lang]
        : html`<code>${show(value, lang)}</code>`;
  return html`<ul class="changes">
    ${changes.map(({ what, label, row, column, before, after }) => {
      const place = [
        ...(row === undefined ? [] : [html`${changeWords.row[lang](row)}`]),
        ...(column === undefined ? [] : [show(column, lang)]),
      ];
      return html`<li>
        <p>
          <b>${show(label, lang)}</b>
          ${show(changeKinds[what], lang)}${place.length > 0 ? html` · ${place.map((one, at) => html`${at > 0 ? " · " : ""}${one}`)}` : ""}
        </p>
        <p class="was"><span>${changeWords.was[lang]}</span> <del>${text(before)}</del></p>
        <p class="is"><span>${changeWords.is[lang]}</span> <ins>${text(after)}</ins></p>
      </li>`;
    })}
  </ul>`;
}

/** Wide things that scroll by themselves on a narrow screen, by touch or keyboard. */
export function scrolling(label: string, content: HtmlValue): Html {
  return html`<div class="scrolls" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}
