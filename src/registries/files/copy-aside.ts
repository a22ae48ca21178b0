import { mkdtemp, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok, type Result } from "#kernel";
import type { CsvSource, Encoding, Finding, ParquetSource } from "../source.ts";
import { byteOrderMark, decoder, firstRecord, openQuote, type Dialect } from "./csv-text.ts";
import { openInside } from "./place.ts";
import { openFileStore, parquetColumns, type FileStore } from "./store.ts";

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
    await rm(own, { recursive: true, force: true });
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
