import { ok, type Localised, type Result } from "#kernel";
import { meet, uncovered, wholeOf, within } from "./analyse-cover.ts";
import { maskText, tableSpace, TooLarge, type Box, type TableSpace } from "./analyse-space.ts";
import { describeModel, type ModelDescription, type TableDescription } from "./describe.ts";
import { loadModel } from "./load-model.ts";
import type { RulesRefusal } from "./problems.ts";

/** What may be wrong with a decision table, or should be known of it. */
export type FindingKind =
  | "unreadable"
  | "gap"
  | "overlap"
  | "unreachable"
  | "never"
  | "duplicate"
  | "row-without-law"
  | "column-without-condition"
  | "input-unused"
  | "not-taken-apart"
  | "too-large";

/** One side of a region: what a column is there. */
export interface Condition {
  readonly column: number;
  readonly label: Localised;
  /** In FEEL; `-` never stands here. */
  readonly is: string;
  readonly text: Localised;
}

export interface Finding {
  readonly kind: FindingKind;
  /** `error`: some cases get no answer or a wrong one. `warning`: probably not what was meant. `note`: to be known. */
  readonly severity: "error" | "warning" | "note";
  /** Id of the decision; absent where it concerns the whole model. */
  readonly table?: string;
  /** Rows, from 1. */
  readonly rows: readonly number[];
  readonly column?: number;
  /** The region in question; without a condition it is everything. */
  readonly where?: readonly Condition[];
  /** False where it rests on conditions that cannot be taken apart, which may exclude each other. */
  readonly certain: boolean;
  readonly text: Localised;
}

/** More gaps or overlaps than these are counted, not listed. */
const mostListed = 50;
/** Rows that are compared each with each. */
const mostPaired = 3_000;

/** All findings of a model: its expressions, each of its tables, and what nothing uses. Refuses what cannot be loaded. */
export function analyseModel(xml: string): Result<readonly Finding[], RulesRefusal> {
  const loaded = loadModel(xml);
  if (!loaded.ok) return loaded;
  const described = describeModel(xml);
  if (!described.ok) return described;
  const model = described.value;
  return ok([
    ...loaded.value.faults.map(({ element, text, source }): Finding => ({
      kind: "unreadable",
      severity: "error",
      rows: [],
      certain: true,
      text: {
        "zh-Hant": `「${element}」中的運算式無法讀取：${source}（${text}）`,
        en: `An expression in "${element}" cannot be read: ${source} (${text})`,
      },
    })),
    ...model.tables.flatMap((table) => analyseTable(table, namesOf(model))),
    ...unusedInputs(model),
  ]);
}

/** Names with which cells are read. */
export function namesOf(model: ModelDescription): string[] {
  return model.elements.map(({ name }) => name);
}

/** Pure: what is to be said of one table. Gaps and overlaps are exact over the table's own cuts, in decimal. */
export function analyseTable(table: TableDescription, names: readonly string[] = []): Finding[] {
  const about = { table: table.id, certain: true } as const;
  const findings: Finding[] = [];
  let opaque: readonly number[] = [];
  try {
    const space = tableSpace(table, names);
    opaque = space.opaque;
    findings.push(
      ...emptyRows(table, space),
      ...overlaps(table, space),
      ...unreachable(table, space),
      ...gaps(table, space),
    );
  } catch (fault) {
    if (!(fault instanceof TooLarge)) throw fault;
    findings.push({
      ...about,
      kind: "too-large",
      severity: "warning",
      rows: [],
      text: both(
        "組合太多，沒有檢查完缺漏與重疊。",
        "There are too many combinations to look over for gaps and overlaps.",
      ),
    });
  }
  if (table.laws.length === 0)
    for (const [row, { law }] of table.rows.entries())
      if (!law)
        findings.push({
          ...about,
          kind: "row-without-law",
          severity: "warning",
          rows: [row + 1],
          text: both(`第 ${row + 1} 列沒有法律依據。`, `Row ${row + 1} names no law.`),
        });
  for (const [column, label] of table.inputs.entries()) {
    if (table.rows.length > 0 && table.rows.every(({ tests }) => isAny(tests[column])))
      findings.push({
        ...about,
        kind: "column-without-condition",
        severity: "warning",
        rows: [],
        column,
        text: both(`「${label["zh-Hant"]}」這一欄沒有任何條件。`, `The column "${label.en}" has no condition at all.`),
      });
    if (opaque.includes(column))
      findings.push({
        ...about,
        kind: "not-taken-apart",
        severity: "note",
        rows: [],
        column,
        text: both(
          `「${label["zh-Hant"]}」這一欄有自訂運算式，檢查時當作「成立」或「不成立」。`,
          `The column "${label.en}" has expressions of its own; each is looked at as one that holds or does not.`,
        ),
      });
  }
  return findings;
}

function emptyRows(table: TableDescription, space: TableSpace): Finding[] {
  return space.rows.flatMap((row, at): Finding[] =>
    row.includes(0n)
      ? [
          {
            kind: "never",
            severity: "error",
            table: table.id,
            rows: [at + 1],
            certain: true,
            text: both(`第 ${at + 1} 列永遠不會符合。`, `Row ${at + 1} can never apply.`),
          },
        ]
      : [],
  );
}

function overlaps(table: TableDescription, space: TableSpace): Finding[] {
  const { hitPolicy } = table;
  if (hitPolicy !== "UNIQUE" && hitPolicy !== "ANY") return [];
  const findings: Finding[] = [];
  if (space.rows.length > mostPaired) throw new TooLarge("the table has too many rows");
  for (let i = 0; i < space.rows.length; i += 1)
    for (let j = i + 1; j < space.rows.length && findings.length < mostListed; j += 1) {
      const shared = meet(space.rows[i]!, space.rows[j]!);
      if (!shared) continue;
      const same = sameOutputs(table, i, j);
      if (hitPolicy === "ANY" && same) continue;
      const where = conditionsOf(table, space, shared);
      const certain = restsOnWhole(space, shared);
      findings.push({
        kind: "overlap",
        severity: certain ? "error" : "warning",
        table: table.id,
        rows: [i + 1, j + 1],
        where,
        certain,
        text: both(
          `第 ${i + 1} 列與第 ${j + 1} 列${certain ? "" : "可能"}同時符合：${whereText(where, "zh-Hant")}。`,
          `Rows ${i + 1} and ${j + 1} ${certain ? "apply" : "may apply"} together: ${whereText(where, "en")}.`,
        ),
      });
    }
  return findings;
}

/** Rows that no case reaches, since rows that go before them take all of theirs; and rows that say what another says. */
function unreachable(table: TableDescription, space: TableSpace): Finding[] {
  return space.rows.flatMap((row, at): Finding[] => {
    if (row.includes(0n)) return [];
    const before = rowsBefore(table, at);
    const rows = before.map((one) => space.rows[one]!);
    const covers = before.length > 0 && uncovered(row, rows).length === 0;
    if (covers) {
      const by = before.filter((one) => within(row, space.rows[one]!));
      const named = by.length > 0 ? by.slice(0, 1) : before.filter((one) => meet(row, space.rows[one]!));
      const list = named.map((one) => one + 1);
      const same =
        table.hitPolicy === "UNIQUE" ||
        table.hitPolicy === "ANY" ||
        table.hitPolicy === "COLLECT" ||
        table.hitPolicy.endsWith("ORDER");
      return [
        {
          kind: same ? "duplicate" : "unreachable",
          severity: same ? "warning" : "error",
          table: table.id,
          rows: [at + 1, ...list],
          certain: true,
          text: same
            ? both(`第 ${at + 1} 列與第 ${list.join("、")} 列重複。`, `Row ${at + 1} repeats row ${list.join(", ")}.`)
            : both(
                `第 ${at + 1} 列輪不到：第 ${list.join("、")} 列先符合了。`,
                `Row ${at + 1} is never reached: ${list.length === 1 ? "row" : "rows"} ${list.join(", ")} already ${list.length === 1 ? "takes" : "take"} all of it.`,
              ),
        },
      ];
    }
    return [];
  });
}

/** The rows that win over this one wherever both match. */
function rowsBefore(table: TableDescription, at: number): number[] {
  const rows = [...table.rows.keys()];
  switch (table.hitPolicy) {
    case "FIRST":
      return rows.slice(0, at);
    case "PRIORITY":
      return rows.filter(
        (other) => other !== at && (rank(table, other, at) < 0 || (rank(table, other, at) === 0 && other < at)),
      );
    case "ANY":
    case "RULE ORDER":
    case "OUTPUT ORDER":
    case "COLLECT":
      // All that match are taken: a row is of no use only where an equal one says the same.
      return table.aggregation === "SUM" || table.aggregation === "COUNT"
        ? []
        : rows.filter((other) => other < at && sameOutputs(table, at, other) && sameTests(table, at, other));
    default:
      return [];
  }
}

/** By the order of the outputs' values, column by column; below 0: the first wins. */
function rank(table: TableDescription, a: number, b: number): number {
  for (const [column, { values }] of table.outputs.entries()) {
    const inOrder = (values ?? "").split(",").map((value) => value.trim());
    const place = (row: number) => {
      const found = inOrder.indexOf(table.rows[row]!.outputs[column]?.trim() ?? "");
      return found < 0 ? Number.MAX_SAFE_INTEGER : found;
    };
    const difference = place(a) - place(b);
    if (difference !== 0) return difference;
  }
  return 0;
}

function gaps(table: TableDescription, space: TableSpace): Finding[] {
  if (table.outputs.length > 0 && table.outputs.every(({ otherwise }) => otherwise !== undefined)) return [];
  const found = uncovered(
    wholeOf(space),
    space.rows.filter((row) => !row.includes(0n)),
  );
  const single = ["UNIQUE", "ANY", "FIRST", "PRIORITY"].includes(table.hitPolicy);
  return found.slice(0, mostListed).map((box): Finding => {
    const where = conditionsOf(table, space, box);
    const certain = restsOnWhole(space, box);
    return {
      kind: "gap",
      severity: single && certain ? "error" : single ? "warning" : "note",
      table: table.id,
      rows: [],
      where,
      certain,
      text: both(
        `沒有一列適用${certain ? "" : "（可能）"}：${whereText(where, "zh-Hant")}。`,
        `No row ${certain ? "applies" : "may apply"}: ${whereText(where, "en")}.`,
      ),
    };
  });
}

/** Whether a region says nothing of conditions that could not be taken apart. */
function restsOnWhole(space: TableSpace, box: Box): boolean {
  return space.axes.every(({ condition }, axis) => condition === undefined || box[axis] === 3n);
}

/** Pure: a region in words, one condition for each column it restricts. */
export function conditionsOf(table: TableDescription, space: TableSpace, box: Box): Condition[] {
  return space.axes.flatMap((axis, at): Condition[] => {
    const { feel, other, some, none } = maskText(axis, box[at]!);
    if (feel === "-") return [];
    const words = (lang: "zh-Hant" | "en"): string =>
      [
        ...(feel === "" ? [] : [feel]),
        ...(other ? [lang === "en" ? "any other text" : "其他文字"] : []),
        ...(some ? [lang === "en" ? "a value" : "有資料"] : []),
        ...(none ? [lang === "en" ? "no value" : "沒有資料"] : []),
      ].join(lang === "en" ? " or " : "或");
    return [
      {
        column: axis.column,
        label: table.inputs[axis.column]!,
        is: feel,
        text: { "zh-Hant": words("zh-Hant"), en: words("en") },
      },
    ];
  });
}

function whereText(where: readonly Condition[], lang: "zh-Hant" | "en"): string {
  if (where.length === 0) return lang === "en" ? "in every case" : "任何情形";
  return where
    .map(({ label, text }) => (lang === "en" ? `${label.en}: ${text.en}` : `${label["zh-Hant"]}為 ${text["zh-Hant"]}`))
    .join(lang === "en" ? "; " : "，");
}

function unusedInputs(model: ModelDescription): Finding[] {
  const used = new Set(model.elements.flatMap(({ requires }) => requires));
  return model.inputs
    .filter(({ id }) => !used.has(id))
    .map(({ label }) => ({
      kind: "input-unused",
      severity: "warning",
      rows: [],
      certain: true,
      text: both(`沒有決策用到「${label["zh-Hant"]}」。`, `No decision uses the input "${label.en}".`),
    }));
}

function isAny(test: string | undefined): boolean {
  return test === undefined || test.trim() === "" || test.trim() === "-";
}

function sameOutputs(table: TableDescription, a: number, b: number): boolean {
  return table.rows[a]!.outputs.every((text, at) => text.trim() === table.rows[b]!.outputs[at]?.trim());
}

function sameTests(table: TableDescription, a: number, b: number): boolean {
  return table.rows[a]!.tests.every((text, at) => text.trim() === table.rows[b]!.tests[at]?.trim());
}

function both(zh: string, en: string): Localised {
  return { "zh-Hant": zh, en };
}
