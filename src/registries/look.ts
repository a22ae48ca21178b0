import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { err, ok, readUpTo, type Result } from "#kernel";
import { openDatabase } from "#store";
import { draftDeclaration, text, type NormalSubject, type Seen } from "./draft.ts";
import { byteOrderMark, decoder, recordsOf, type Dialect } from "./files/csv-text.ts";
import { openInside } from "./files/place.ts";
import { copyAside, discardCopy } from "./files/copy-aside.ts";
import { sampleParquet } from "./files/store.ts";
import { lookAtOpenApi } from "./look-openapi.ts";
import { parquetTypes, publishedTypes } from "./published-types.ts";
import type { Encoding } from "./source.ts";
import { columnsOf, readableTables, sampleValues } from "./store.ts";

/** Rows that a guess is made from, and bytes of a CSV file that are looked at. */
const sample = 5000;
const sampleBytes = 8 * 1024 * 1024;

export interface LookOptions {
  /** Table or view of a database, `schema.table`. Without it a database with several is refused with their names. */
  readonly table?: string;
  /** Of a REST service: `operationId` or path of the look-up. Without it a description of several is refused with their names. */
  readonly operation?: string;
  /** What the declaration shall say for `database`: `env:NAME`, so that it holds no password. */
  readonly databaseName?: string;
  readonly subsystem: string;
  readonly normalSubject?: NormalSubject;
  /** Hears what the engineer should know at once and the declaration alone does not say. */
  readonly say?: (remark: string) => void;
}

/**
 * Looks at a PostgreSQL database (`postgres://…`), a CSV or a Parquet file, or a REST service's OpenAPI description
 * (`https://…`, a JSON or YAML file), and writes a first declaration of it.
 * Refusals are words for the engineer.
 */
export async function draftFrom(place: string, o: LookOptions): Promise<Result<string, string>> {
  const absent = /^[a-z]+:\/\//.test(place) ? undefined : await noFile(place);
  if (absent !== undefined) return err(absent);
  const seen = /^postgres(ql)?:\/\//.test(place)
    ? await lookAtDatabase(place, o)
    : place.toLowerCase().endsWith(".parquet")
      ? await lookAtParquet(place)
      : /^https?:\/\//.test(place) || /\.(json|ya?ml)$/i.test(place)
        ? await lookAtOpenApi(place, o.operation)
        : await lookAtCsv(place, o);
  return seen.ok ? ok(draftDeclaration(seen.value, o)) : seen;
}

/** Why a path names nothing to look at; of a folder, what could be meant in it. */
async function noFile(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return undefined;
    const data = (await readdir(path)).filter((name) => /\.(csv|parquet|json|ya?ml)$/i.test(name)).sort();
    const there = data.length === 0 ? "" : ` It has: ${data.slice(0, 10).join(", ")}${data.length > 10 ? ", …" : ""}.`;
    return `${path} is a folder. Name the CSV or Parquet file in it, a database, or an OpenAPI description.${there}`;
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    return code === "EACCES" ? `This user may not read ${path}.` : `There is no file ${path}.`;
  }
}

async function lookAtDatabase(url: string, { table, databaseName }: LookOptions): Promise<Result<Seen, string>> {
  const database = openDatabase(url, { max: 1, readOnly: true, statementTimeout: 30_000 });
  try {
    const tables = await readableTables(database);
    const meant =
      table === undefined && tables.length === 1
        ? tables[0]
        : tables.find((one) => one.table === table || one.table === `public.${table}`);
    if (!meant) {
      const list = tables
        .slice(0, 50)
        .map((one) => `  ${one.table}`)
        .join("\n");
      return err(
        `${table === undefined ? "Say which table or view, with --table" : `There is no table or view ${table} that this user may read`}. There are:\n${list}`,
      );
    }
    const columns = await columnsOf(database, meant.table);
    const values = await sampleValues(
      database,
      meant.table,
      columns.map(({ name }) => name),
      sample,
    );
    const name = meant.table.split(".").at(-1)!;
    return ok({
      source: [
        `table: ${text(meant.table)}`,
        `database: ${text(databaseName ?? "env:REGISTER_DATABASE")} # postgres://… of a role that may only read`,
      ],
      name,
      key: meant.key,
      convert: "a view can convert it",
      columns: columns.map((column) => ({
        ...column,
        types: publishedTypes[column.type] ?? [],
        values: values.get(column.name) ?? [],
      })),
    });
  } finally {
    await database.close();
  }
}

async function lookAtParquet(path: string): Promise<Result<Seen, string>> {
  const file = basename(path);
  const copy = await copyAside({ parquet: file }, dirname(path));
  if (!copy.ok) return err(copy.error.map(({ message }) => message).join("\n"));
  try {
    const connection = await copy.value.store.instance.connect();
    const { columns } = copy.value;
    const values = await sampleParquet(
      connection,
      copy.value.file,
      columns.map(({ name }) => name),
      sample,
    );
    connection.closeSync();
    return ok({
      source: [`parquet: ${text(file)}`],
      name: file.replace(/\.[^.]+$/, ""),
      key: [],
      convert: "convert it where the file is written",
      columns: columns.map((column, index) => ({
        ...column,
        comment: null,
        types: parquetTypes(column.type),
        values: values[index] ?? [],
      })),
    });
  } finally {
    await discardCopy(copy.value);
  }
}

async function lookAtCsv(path: string, { say }: LookOptions): Promise<Result<Seen, string>> {
  const file = basename(path);
  const opened = await openInside(dirname(path), file);
  if (!opened.ok) return err(opened.error);
  const bytes = await beginning(opened.value.createReadStream({ end: sampleBytes - 1 }));
  const mark = byteOrderMark(bytes);
  const read = firstThatDecodes(bytes.subarray(mark?.length ?? 0), mark ? [mark.encoding] : ["utf-8", "big5"]);
  if (!read.ok) return err(`${file} is no UTF-8. Read as Big5: ${read.error}`);
  const { encoding, text: content } = read.value;
  const dialect = likelyDialect(content);
  const [headings = [], ...records] = recordsOf(content, dialect, sample);
  if (headings.every((name) => name.trim() === ""))
    return err(`${file} is empty; its first line must be the headings.`);
  const uneven = records.findIndex((record) => record.length !== headings.length && record.join("") !== "");
  if (uneven >= 0) {
    return err(
      `Record ${uneven + 1} of ${file} has ${records[uneven]!.length} values, the headings are ${headings.length}. ` +
        `Correct the file: a value with a "${dialect.delimiter}" in it stands in quotes.`,
    );
  }
  if (encoding !== "utf-8" && !mark)
    say?.(`${file} is no UTF-8. It reads as Big5, so the declaration says \`encoding: big5\`; look at the headings.`);
  return ok({
    source: [
      `csv: ${text(file)}`,
      ...(encoding === "utf-8" || mark ? [] : [`encoding: ${encoding}`]),
      ...(dialect.delimiter === "," ? [] : [`delimiter: ${JSON.stringify(dialect.delimiter)}`]),
    ],
    name: file.replace(/\.[^.]+$/, ""),
    key: [],
    convert: "",
    columns: headings.flatMap((name, index) =>
      name.trim() === ""
        ? []
        : [
            {
              name: name.trim(),
              types: undefined,
              type: "text",
              comment: null,
              values: records.flatMap((record) => record[index] || []),
            },
          ],
    ),
  });
}

async function beginning(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return (await readUpTo(stream, sampleBytes)) ?? new Uint8Array();
}

/** The first encoding that fits with the text; else what is wrong by the last one. */
function firstThatDecodes(
  bytes: Uint8Array,
  encodings: readonly Encoding[],
): Result<{ readonly encoding: Encoding; readonly text: string }, string> {
  let wrong = "";
  for (const encoding of encodings) {
    // Whole lines only: the sample may end amid a character.
    const read = decoder(encoding);
    const start = read.push(bytes);
    const rest = start.ok && bytes.length < sampleBytes ? read.end() : ok("");
    if (start.ok && rest.ok) return ok({ encoding, text: start.value + rest.value });
    wrong = start.ok ? (rest.ok ? "" : rest.error) : start.error;
  }
  return err(wrong);
}

/** The delimiter that cuts the first lines into the most columns, all of them into as many; else the headings alone. */
function likelyDialect(content: string): Dialect {
  const judged = [",", ";", "\t", "|"].map((delimiter) => {
    const records = recordsOf(content, { delimiter, quote: '"' }, 20);
    const width = records[0]?.length ?? 0;
    const even = records.every((record) => record.length === width);
    return { delimiter, score: even && width > 1 ? 1000 + width : width };
  });
  const best = judged.reduce((one, other) => (other.score > one.score ? other : one));
  return { delimiter: best.delimiter, quote: '"' };
}
