import { err, ok, type Clock, type Result } from "#kernel";
import { checkColumns } from "../check.ts";
import { defaultTimeoutSeconds, type FieldType, type RegisterDeclaration } from "../declaration.ts";
import { keysetPage } from "../page.ts";
import { parquetTypes } from "../published-types.ts";
import type { Column, CsvSource, Finding, ParquetSource, Query, Reader, Source, SourceState } from "../source.ts";
import { copyAside, discardCopy, stampOf, type Copy } from "./copy-aside.ts";
import { openInside } from "./place.ts";
import { snapshotOf, type Snapshot } from "./snapshot.ts";

export interface FileSourceOptions {
  /** The declaration's folder; the file lies in it. */
  readonly folder: string;
  readonly clock: Clock;
  /** Milliseconds between two looks whether the file changed; 2000 unless told, 0 for never. */
  readonly every?: number;
  /** Hears how it went each time a changed file was read. */
  readonly onReload?: (went: { readonly rows: number } | { readonly findings: readonly Finding[] }) => void;
}

const anything: readonly FieldType[] = [
  "text",
  "integer",
  "numeric",
  "double",
  "boolean",
  "date",
  "timestamp",
  "text-list",
];

/**
 * A CSV or Parquet file as a source. Its rows are a snapshot: when the file changed and is still, it is read anew, and only
 * a file that is right as a whole takes the place of the one before; a broken one is said in `state` and to `onReload`.
 */
export function fileSource(source: CsvSource | ParquetSource, o: FileSourceOptions): Source {
  const path = "csv" in source ? source.csv : source.parquet;
  let first: Copy | undefined;
  let current: Snapshot | undefined;
  let watching: NodeJS.Timeout | undefined;
  let closed = false;
  let state: SourceState = {};
  let reloading: Promise<void> = Promise.resolve();

  async function read(declaration: RegisterDeclaration): Promise<Result<Snapshot, readonly Finding[]>> {
    const copied = first ? ok(first) : await copyAside(source, o.folder);
    first = undefined;
    if (!copied.ok) return copied;
    const findings = checkColumns(declaration, columnsOf(copied.value), `file ${path}`);
    if (findings.length === 0) return snapshotOf(copied.value, source, declaration);
    await discardCopy(copied.value);
    return err(findings);
  }

  /** Looks until the file is the same twice: a file that is still being written is left alone. */
  function watch(declaration: RegisterDeclaration, every: number): NodeJS.Timeout {
    let seen = current?.stamp;
    let tried = seen;
    const look = async (): Promise<void> => {
      const opened = await openInside(o.folder, path);
      // A file that is away for a moment is being replaced; one that stays away is told once.
      const stamp = opened.ok ? await stampOf(opened.value).finally(() => opened.value.close()) : opened.error;
      if (stamp !== seen || stamp === tried) {
        seen = stamp;
        return;
      }
      tried = stamp;
      const next = await read(declaration);
      if (closed) return void (next.ok && (await next.value.close()));
      if (!next.ok) {
        state = { ...state, problem: next.error.map(({ where, message }) => `${where}: ${message}`).join("\n") };
        return o.onReload?.({ findings: next.error });
      }
      const before = current;
      current = next.value;
      tried = next.value.stamp;
      state = { rows: next.value.rows, loadedAt: o.clock.now() };
      o.onReload?.({ rows: next.value.rows });
      await before?.close();
    };
    const timer = setInterval(() => {
      reloading = reloading.then(look).catch((fault: unknown) => {
        const message = `The file could not be read: ${(fault as NodeJS.ErrnoException).code ?? "fault"}`;
        state = { ...state, problem: message };
        o.onReload?.({ findings: [{ where: "source", message }] });
      });
    }, every);
    return timer.unref();
  }

  return {
    what: `file ${path}`,
    async columns() {
      if (!first) {
        const copied = await copyAside(source, o.folder);
        if (!copied.ok) return copied;
        first = copied.value;
      }
      return ok(columnsOf(first));
    },
    async prepare(declaration) {
      const snapshot = await read(declaration);
      if (!snapshot.ok) return snapshot;
      current = snapshot.value;
      state = { rows: current.rows, loadedAt: o.clock.now() };
      const every = o.every ?? 2000;
      if (every > 0) watching = watch(declaration, every);
      const reader: Reader = { find: (query) => find(declaration, query, current!), state: () => state };
      return ok(reader);
    },
    advice: async () => [],
    async close() {
      closed = true;
      clearInterval(watching);
      await reloading;
      if (first) await discardCopy(first);
      await current?.close();
      first = undefined;
      current = undefined;
    },
  };
}

function columnsOf({ columns }: Copy): ReadonlyMap<string, Column> {
  return new Map(
    columns.map(({ name, type }) => {
      const csv = type === "text in a CSV file";
      const fits = csv ? anything : parquetTypes(type);
      return [name, { type, fits, spelling: csv || type === "VARCHAR" ? "exact" : "type" }];
    }),
  );
}

async function find(declaration: RegisterDeclaration, query: Query, snapshot: Snapshot): ReturnType<Reader["find"]> {
  const milliseconds = (declaration.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  try {
    return await keysetPage(declaration, query, (from, limit) => snapshot.select(query, from, limit, milliseconds));
  } catch (fault) {
    if ((fault as { readonly code?: unknown }).code === "slow") return err({ code: "register-slow" });
    throw fault;
  }
}
