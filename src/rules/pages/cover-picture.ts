import type { Language, Localised } from "#kernel";
import { both, html, plain, show, type Html } from "#ui";
import { meet, uncovered, wholeOf } from "../analyse-cover.ts";
import { maskText, tableSpace, TooLarge, type Axis, type Box, type TableSpace } from "../analyse-space.ts";
import type { TableDescription } from "../describe.ts";
import { scrolling } from "./words.ts";

const words = {
  title: both("哪些情形由哪一列管", "Which row answers for what"),
  text: both(
    "每一格是一種情形，數字是管它的列。沒有數字的格子，沒有一列適用。",
    "Each square is a case; the numbers are the rows that answer for it. Where there is none, no row applies.",
  ),
  several: both("兩列以上同時適用的格子有粗框。", "Squares with a thick edge have several rows at once."),
  projected: both(
    "這張表有更多欄；圖上只畫兩欄，數字是「在某些情形下」管這一格的列。",
    "The table has more columns than the two drawn; the numbers are rows that answer for the square in some case.",
  ),
  gap: both("沒有列", "no row"),
  someGap: both("有時沒有列", "no row in some cases"),
  any: both("任何", "any"),
  some: both("有資料", "a value"),
  none: both("沒有資料", "no value"),
  other: both("其他文字", "other text"),
  holds: both("成立", "holds"),
  fails: both("不成立", "does not"),
};

/** Squares beyond these make no picture. */
const mostSquares = 600;

/** The table as a map of two of its columns; as a table of HTML, so that it reads aloud as it looks. Nothing where there is none to draw. */
export function coverPicture(
  table: TableDescription,
  names: readonly string[],
  lang: Language,
  asked: { readonly across?: number; readonly down?: number } = {},
): Html | "" {
  const space = spaceOf(table, names);
  if (!space) return "";
  const real = space.axes.flatMap((axis, at) => (axis.atoms.length > 1 ? [at] : []));
  if (real.length === 0) return "";
  const pick = (column: number | undefined, not?: number) =>
    real.find((at) => at !== not && space.axes[at]!.column === column) ?? real.find((at) => at !== not);
  const across = pick(asked.across)!;
  const down = pick(asked.down, across);
  const [wide, high] = [space.axes[across]!, down === undefined ? undefined : space.axes[down]];
  if (wide.atoms.length * (high?.atoms.length ?? 1) > mostSquares) return "";
  const gaps = gapsOf(space);
  const whole = wholeOf(space);
  const several = table.hitPolicy !== "FIRST";
  const square = (x: number, y: number | undefined): Html => {
    const box = whole.map((mask, axis) =>
      axis === across ? 1n << BigInt(x) : axis === down && y !== undefined ? 1n << BigInt(y) : mask,
    );
    const rows = space.rows.flatMap((_row, at) => (answers(table, space.rows, at, box) ? [at + 1] : []));
    const gap = gaps?.some((one) => meet(one, box)) ?? false;
    const kind = rows.length === 0 ? "gap" : gap ? "some-gap" : rows.length > 1 && several ? "several" : "one";
    return html`<td class="${kind}">
      ${rows.length === 0 ? words.gap[lang] : rows.join(lang === "en" ? ", " : "、")}${gap && rows.length > 0 ? html`<small>${words.someGap[lang]}</small>` : ""}
    </td>`;
  };
  const head = (axis: Axis) => show(headOf(table, axis), lang);
  return html`<section class="cover">
    <h2>${words.title[lang]}</h2>
    <p>${words.text[lang]} ${several ? words.several[lang] : ""} ${real.length > 2 ? words.projected[lang] : ""}</p>
    ${scrolling(
      words.title[lang],
      html`<table class="map">
        <caption class="aside">
          ${words.title[lang]}
        </caption>
        <thead>
          <tr>
            <td class="corner">${high ? html`${head(high)} ↓ ` : ""}${head(wide)} →</td>
            ${wide.atoms.map((_, x) => html`<th scope="col">${atomText(wide, x, lang)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${(high?.atoms ?? [undefined]).map(
            (atom, y) =>
              html`<tr>
                <th scope="row">${atom === undefined || !high ? words.any[lang] : atomText(high, y, lang)}</th>
                ${wide.atoms.map((_, x) => square(x, high ? y : undefined))}
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
  </section>`;
}

/** Whether a row answers for some case of a square: with FIRST, one that no row before it takes. */
function answers(table: TableDescription, rows: readonly Box[], at: number, square: Box): boolean {
  const own = meet(rows[at]!, square);
  if (!own || table.hitPolicy !== "FIRST") return own !== undefined;
  try {
    return uncovered(own, rows.slice(0, at)).length > 0;
  } catch (fault) {
    if (fault instanceof TooLarge) return true;
    throw fault;
  }
}

/** The columns among which two can be chosen for the picture. */
export function coverColumns(table: TableDescription, names: readonly string[]): number[] {
  const axes = (spaceOf(table, names)?.axes ?? []).filter(({ atoms }) => atoms.length > 1);
  return [...new Set(axes.map(({ column }) => column))];
}

function spaceOf(table: TableDescription, names: readonly string[]): TableSpace | undefined {
  try {
    return tableSpace(table, names);
  } catch (fault) {
    if (fault instanceof TooLarge) return undefined;
    throw fault;
  }
}

function gapsOf(space: TableSpace): Box[] | undefined {
  try {
    return uncovered(wholeOf(space), space.rows);
  } catch (fault) {
    if (fault instanceof TooLarge) return undefined;
    throw fault;
  }
}

function headOf(table: TableDescription, axis: Axis): Localised {
  const label = table.inputs[axis.column]!;
  return axis.condition === undefined
    ? label
    : both(`${label["zh-Hant"]}：${axis.condition}`, `${label.en}: ${axis.condition}`);
}

function atomText(axis: Axis, at: number, lang: Language): string {
  const { is } = axis.atoms[at]!;
  if (is === "none" || is === "some" || is === "other" || is === "holds" || is === "fails") return words[is][lang];
  return plain(
    maskText({ ...axis, atoms: [...axis.atoms, { is: "other", sample: null }] }, 1n << BigInt(at)).feel,
    lang,
  );
}
