import { ok, type Localised, type Result } from "#kernel";
import { describeModel, type ElementDescription, type ModelDescription, type TableDescription } from "./describe.ts";
import type { RulesRefusal } from "./problems.ts";

/** One thing that is not the same in two versions of a model. */
export interface ModelChange {
  /** What kind of thing it is. `cell`: of a table, with its row and column; `row`, `column`, `element`: there or gone as a whole. */
  readonly what: "cell" | "row" | "column" | "hit-policy" | "expression" | "requirement" | "element" | "name" | "law";
  /** Id of the decision or other element. */
  readonly element: string;
  readonly label: Localised;
  /** Row in the new table, from 1; in the old one where it is gone. */
  readonly row?: number;
  /** The column's heading. */
  readonly column?: Localised;
  /** Absent: it was not there before. */
  readonly before?: string;
  /** Absent: it is gone. */
  readonly after?: string;
}

/** What a new version changes, cell by cell. Refuses what cannot be read. */
export function compareModels(before: string, after: string): Result<readonly ModelChange[], RulesRefusal> {
  const [old, made] = [describeModel(before), describeModel(after)];
  if (!old.ok) return old;
  if (!made.ok) return made;
  return ok([...elementChanges(old.value, made.value), ...tableChanges(old.value, made.value)]);
}

function elementChanges(old: ModelDescription, made: ModelDescription): ModelChange[] {
  const changes: ModelChange[] = [];
  const before = new Map(old.elements.map((element) => [element.id, element]));
  const after = new Map(made.elements.map((element) => [element.id, element]));
  const names = (list: readonly string[], from: ReadonlyMap<string, ElementDescription>) =>
    list.map((id) => from.get(id)?.name ?? id).join(", ");
  for (const element of made.elements) {
    const was = before.get(element.id);
    const about = { element: element.id, label: element.label };
    if (!was) {
      changes.push({ what: "element", ...about, after: element.name });
      continue;
    }
    const compare = (what: ModelChange["what"], one: string, other: string) => {
      if (one !== other) changes.push({ what, ...about, before: one, after: other });
    };
    compare("name", was.name, element.name);
    compare("expression", was.text ?? "", element.text ?? "");
    compare(
      "requirement",
      names([...was.requires, ...was.knows], before),
      names([...element.requires, ...element.knows], after),
    );
    compare(
      "law",
      `${names(was.authorities, before)} ${was.uri ?? ""}`.trim(),
      `${names(element.authorities, after)} ${element.uri ?? ""}`.trim(),
    );
  }
  for (const element of old.elements)
    if (!after.has(element.id))
      changes.push({ what: "element", element: element.id, label: element.label, before: element.name });
  return changes;
}

function tableChanges(old: ModelDescription, made: ModelDescription): ModelChange[] {
  return made.tables.flatMap((table) => {
    const was = old.tables.find(({ id }) => id === table.id);
    return was ? compareTables(was, table) : [];
  });
}

/** Pure: two versions of one table. Rows are matched by their ids, which editors keep, else by their place. */
export function compareTables(old: TableDescription, made: TableDescription): ModelChange[] {
  const about = { element: made.id, label: made.name };
  const changes: ModelChange[] = [];
  const policy = (table: TableDescription) => [table.hitPolicy, table.aggregation].filter(Boolean).join(" ");
  if (policy(old) !== policy(made))
    changes.push({ what: "hit-policy", ...about, before: policy(old), after: policy(made) });
  const heads = columnsOf(old);
  const newHeads = columnsOf(made);
  for (let at = 0; at < Math.max(heads.length, newHeads.length); at += 1) {
    const [one, other] = [heads[at], newHeads[at]];
    if (one?.text === other?.text) continue;
    changes.push({
      what: "column",
      ...about,
      column: (other ?? one)!.head,
      ...(one ? { before: one.text } : {}),
      ...(other ? { after: other.text } : {}),
    });
  }
  const byId = new Set(old.rows.map(({ id }) => id)).size === old.rows.length && old.rows.every(({ id }) => id !== "");
  const rowBefore = (row: TableDescription["rows"][number], at: number) =>
    byId && row.id !== "" ? old.rows.findIndex(({ id }) => id === row.id) : at < old.rows.length ? at : -1;
  const kept = new Set<number>();
  for (const [at, row] of made.rows.entries()) {
    const found = rowBefore(row, at);
    if (found < 0) {
      changes.push({ what: "row", ...about, row: at + 1, after: rowText(row) });
      continue;
    }
    kept.add(found);
    const [one, other] = [cellsOf(old.rows[found]!), cellsOf(row)];
    for (let cell = 0; cell < Math.max(one.length, other.length); cell += 1)
      if (one[cell] !== other[cell])
        changes.push({
          what: "cell",
          ...about,
          row: at + 1,
          column: (newHeads[cell] ?? heads[cell])!.head,
          before: one[cell] ?? "",
          after: other[cell] ?? "",
        });
    for (const [head, get] of texts)
      if (get(old.rows[found]!) !== get(row))
        changes.push({
          what: "cell",
          ...about,
          row: at + 1,
          column: head,
          before: get(old.rows[found]!),
          after: get(row),
        });
  }
  for (const [at, row] of old.rows.entries())
    if (!kept.has(at)) changes.push({ what: "row", ...about, row: at + 1, before: rowText(row) });
  return changes;
}

type RowDescription = TableDescription["rows"][number];
const word = (zh: string, en: string): Localised => ({ "zh-Hant": zh, en });
const texts: readonly (readonly [Localised, (row: RowDescription) => string])[] = [
  [word("說明", "Note"), ({ note }) => (note ? `${note["zh-Hant"]}｜${note.en}` : "")],
  [word("依據", "Law"), ({ law }) => (law ? `${law["zh-Hant"]}｜${law.en}` : "")],
];

function columnsOf(table: TableDescription): { head: Localised; text: string }[] {
  return [
    ...table.columns.map(({ text, values }, at) => ({
      head: table.inputs[at]!,
      text: values === undefined ? text : `${text}: ${values}`,
    })),
    ...table.outputs.map(({ name, otherwise }) => ({
      head: name === "" ? table.name : word(name, name),
      text: `→ ${name}${otherwise === undefined ? "" : ` (${otherwise})`}`,
    })),
  ];
}

function cellsOf(row: RowDescription): string[] {
  return [...row.tests.map((test) => test.trim() || "-"), ...row.outputs.map((text) => text.trim())];
}

function rowText(row: RowDescription): string {
  return `${row.tests.map((test) => test.trim() || "-").join(" | ")} → ${row.outputs.join(" | ")}`;
}
