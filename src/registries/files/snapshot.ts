import { mkdtemp, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { err, ok, type Result } from "#kernel";
import { sourceName, type RegisterDeclaration } from "../declaration.ts";
import type { CsvSource, Encoding, Finding, ParquetSource, Query, RegisterRow } from "../source.ts";
import { byteOrderMark, decoder, firstRecord, openQuote, type Dialect } from "./csv-text.ts";
import { openInside } from "./place.ts";
import {
  badKeys,
  badValues,
  openFileStore,
  parquetColumns,
  selectRows,
  settle,
  stageCsv,
  stageParquet,
  type FileField,
  type FileStore,
} from "./store.ts";

/** A file as it was at one moment, copied to a private folder, so that nobody's writing is seen half done. */
export interface Copy {
  /** In `folder`; of a CSV always UTF-8 without a byte order mark. */
  readonly file: string;
  readonly folder: string;
  /** Names of the columns, and their types where the file has them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Tells this state of the file from the next. */
  readonly stamp: string;
  readonly store: FileStore;
}

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

const folderName = "taroko-register-";
/** Bytes read at a time. */
const chunkSize = 1024 * 1024;

/** What tells whether a file changed: who it is, how large, and when it was written. */
export async function stampOf(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return [dev, ino, size, mtimeNs].join(":");
}

/** Copies the file aside and reads what columns it has. The caller discards it, or makes a snapshot of it. */
export async function copyAside(
  source: CsvSource | ParquetSource,
  folder: string,
): Promise<Result<Copy, readonly Finding[]>> {
  const [where, path] = "csv" in source ? ["source.csv", source.csv] : ["source.parquet", source.parquet];
  const opened = await openInside(folder, path);
  if (!opened.ok) return err([{ where, message: opened.error }]);
  await sweep();
  const own = await mkdtemp(join(tmpdir(), `${folderName}${process.pid}-`)); // mode 0700
  const discard = async (message: string): Promise<Result<Copy, readonly Finding[]>> => {
    await rm(own, { recursive: true, force: true });
    return err([{ where, message }]);
  };
  const handle = opened.value;
  try {
    const stamp = await stampOf(handle);
    const file = join(own, "copy");
    const copied = "csv" in source ? await copyCsv(handle, file, source) : await copyBytes(handle, file);
    if (!copied.ok) return await discard(copied.error);
    if ((await stampOf(handle)) !== stamp) return await discard(`${path} was written to while it was read.`);
    const store = await openFileStore(own, source.memory ?? 256);
    if ("csv" in source) {
      const columns = copied.value.map((name) => ({ name, type: "text in a CSV file" }));
      return ok({ file, folder: own, columns, stamp, store });
    }
    try {
      const connection = await store.instance.connect();
      const columns = await parquetColumns(connection, file);
      connection.closeSync();
      return ok({ file, folder: own, columns, stamp, store });
    } catch {
      store.close();
      return await discard(`${path} cannot be read as Parquet.`);
    }
  } catch (fault) {
    await discard("");
    throw fault;
  } finally {
    await handle.close();
  }
}

/** Throws a copy away that no snapshot was made of. */
export async function discardCopy({ store, folder }: Copy): Promise<void> {
  store.close();
  await rm(folder, { recursive: true, force: true });
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

/** Values by which a CSV file is written, unless it says otherwise. */
export function dialectOf({ delimiter = ",", quote = '"' }: CsvSource): Dialect {
  return { delimiter, quote };
}

async function copyCsv(
  handle: FileHandle,
  file: string,
  source: CsvSource,
): Promise<Result<readonly string[], string>> {
  const start = Buffer.alloc(3);
  const { bytesRead } = await handle.read(start, 0, 3, 0);
  const mark = byteOrderMark(start.subarray(0, bytesRead));
  const encoding: Encoding = mark?.encoding ?? source.encoding ?? "utf-8";
  if (mark && source.encoding !== undefined && source.encoding !== mark.encoding) {
    return err(
      `The file says by its first bytes that it is ${mark.encoding}, the declaration says ${source.encoding}.`,
    );
  }
  const text = decoder(encoding);
  const quotes = openQuote(source.quote ?? '"');
  const out = await open(file, "wx", 0o600);
  let head = "";
  try {
    let position = mark?.length ?? 0;
    const chunk = Buffer.alloc(chunkSize);
    for (let last = false; !last;) {
      const read = await handle.read(chunk, 0, chunkSize, position);
      position += read.bytesRead;
      last = read.bytesRead === 0;
      const part = last ? text.end() : text.push(chunk.subarray(0, read.bytesRead));
      if (!part.ok) return part;
      if (head.length < chunkSize) head += part.value;
      quotes.push(part.value);
      await out.write(part.value);
    }
  } finally {
    await out.close();
  }
  const names = firstRecord(head, dialectOf(source));
  if (head.trim() === "") return err("The file is empty; its first line must be the headings.");
  if (/^[^\n]*\r[^\n]/.test(head))
    return err("Its lines end with CR alone. Save it with line ends of Windows or Unix.");
  if (!names) return err("A quote in the headings is never closed.");
  // The engine would take the rest of the file for a value: so a file that was cut off would pass.
  const line = quotes.line();
  if (line !== undefined) return err(`Line ${line} has a quote that is never closed. Is the file whole?`);
  return ok(names.map((name) => name.trim()));
}

async function copyBytes(handle: FileHandle, file: string): Promise<Result<readonly string[], string>> {
  const out = await open(file, "wx", 0o600);
  try {
    const chunk = Buffer.alloc(chunkSize);
    for (let position = 0; ;) {
      const { bytesRead } = await handle.read(chunk, 0, chunkSize, position);
      if (bytesRead === 0) return ok([]);
      position += bytesRead;
      await out.write(chunk, 0, bytesRead);
    }
  } finally {
    await out.close();
  }
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

/** Removes what killed processes left behind: copies of registers must not outlive them. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(folderName) ? Number(name.slice(folderName.length).split("-")[0]) : 0;
    if (pid > 0 && !alive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
