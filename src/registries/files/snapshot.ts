import { rm } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { err, ok, type Result } from "#kernel";
import { sourceName, type RegisterDeclaration } from "../declaration.ts";
import type { CsvSource, Finding, ParquetSource, Query, RegisterRow } from "../source.ts";
import { dialectOf, discardCopy, type Copy } from "./copy-aside.ts";
import { badKeys, badValues, selectRows, settle, stageCsv, stageParquet, type FileField } from "./store.ts";

/** The rows of one state of the file, ready to be asked. */
export interface Snapshot {
  readonly rows: number;
  readonly stamp: string;
  /** Rows from the key `from` on. @throws when the time is over, with `code` = `slow` */
  select(
    query: Query,
    from: readonly string[] | undefined,
    limit: number,
    milliseconds: number,
  ): Promise<RegisterRow[]>;
  /** Waits for those who ask, then removes the rows from the disk. */
  close(): Promise<void>;
}

/** Checks and types every value of a copy; refuses with all that is wrong, by field and record, never by value. */
export async function snapshotOf(
  copy: Copy,
  source: CsvSource | ParquetSource,
  declaration: RegisterDeclaration,
): Promise<Result<Snapshot, readonly Finding[]>> {
  const where = "csv" in source ? "source.csv" : "source.parquet";
  const names = copy.columns.map(({ name }) => name);
  const fields = Object.entries(declaration.fields).map(([name, { type, separator }]): FileField => ({
    name,
    at: names.indexOf(sourceName(declaration, name)),
    type,
    separator,
  }));
  const twice = fields.filter(({ at }) => at !== names.lastIndexOf(names[at] ?? ""));
  if (twice.length > 0) {
    const findings = twice.map(({ name, at }) => ({
      where: `fields.${name}`,
      message: `The file has two columns ${names[at]}.`,
    }));
    await discardCopy(copy);
    return err(findings);
  }
  const connection = await copy.store.instance.connect();
  try {
    if ("csv" in source) {
      await stageCsv(connection, copy.file, {
        ...dialectOf(source),
        null: source.null ?? "",
        columns: names.length,
        fields,
      });
    } else await stageParquet(connection, copy.file, { columns: names, fields });
  } catch (fault) {
    connection.closeSync();
    await discardCopy(copy);
    return err([{ where, message: unreadable(fault) }]);
  }
  const key = declaration.key.map((name) => fields.findIndex((field) => field.name === name));
  const findings = await wrongIn(connection, fields, key, "csv" in source);
  if (findings.length > 0) {
    connection.closeSync();
    await discardCopy(copy);
    return err(findings);
  }
  const rows = await settle(connection, { fields, key, csv: "csv" in source });
  connection.closeSync();
  await rm(copy.file, { force: true });
  return ok(opened(copy, declaration, fields, rows));
}

function opened(copy: Copy, declaration: RegisterDeclaration, fields: readonly FileField[], rows: number): Snapshot {
  const idle: DuckDBConnection[] = [];
  let asking = 0;
  let closing: (() => void) | undefined;
  return {
    rows,
    stamp: copy.stamp,
    async select(query, from, limit, milliseconds) {
      asking += 1;
      const connection = idle.pop() ?? (await copy.store.instance.connect());
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        connection.interrupt();
      }, milliseconds);
      try {
        const wanted = [...new Set([...query.fields, ...declaration.key])];
        const { conditions } = query;
        return await selectRows(connection, { fields, wanted, key: declaration.key, conditions, from, limit });
      } catch (fault) {
        if (late) throw Object.assign(new Error("the question was cancelled"), { code: "slow", cause: fault });
        throw fault;
      } finally {
        clearTimeout(timer);
        idle.push(connection);
        asking -= 1;
        if (asking === 0) closing?.();
      }
    },
    async close() {
      if (asking > 0) await new Promise<void>((done) => (closing = done));
      for (const connection of idle) connection.closeSync();
      await discardCopy(copy);
    },
  };
}

async function wrongIn(
  connection: DuckDBConnection,
  fields: readonly FileField[],
  key: readonly number[],
  csv: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = (await badValues(connection, fields, csv)).map(({ field, count, record }) => {
    const type = fields.find(({ name }) => name === field)!.type;
    const zeros = type === "integer" ? " (a number with leading zeros is a text)" : "";
    return {
      where: `fields.${field}`,
      message: `${count} values are no ${type}${zeros}, the first in record ${record}. Correct the file, or declare another type.`,
    };
  });
  const { absent, twice, shared } = await badKeys(connection, key);
  if (absent !== undefined) findings.push({ where: "key", message: `Record ${absent} has no value in its key.` });
  if (twice) {
    const message = `${shared} keys stand in several records, the first in records ${twice[0]} and ${twice[1]}. Remove the others, or name the whole key.`;
    findings.push({ where: "key", message });
  }
  return findings;
}

/** The engine's own message quotes the line; what is told is its number and what is wrong with it. */
function unreadable(fault: unknown): string {
  const text = fault instanceof Error ? fault.message : "";
  if (/out of memory|memory limit|max_temp_directory_size/i.test(text)) {
    return "The file needs more memory than the source may take; raise `memory` (MiB).";
  }
  const line = /line:?\s*(\d+)/i.exec(text)?.[1];
  const [, expected, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text) ?? [];
  const what =
    expected !== undefined
      ? `has ${found} values where the headings have ${expected}. Is the delimiter right, or a quote missing?`
      : /quote/i.test(text)
        ? "has a quote that is not closed, or text after a closing one."
        : "cannot be read.";
  return line === undefined ? `The file ${what}` : `Line ${line} ${what}`;
}
