import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { sourceName, type RegisterDeclaration } from "./declaration.ts";
import { keysetPage } from "./page.ts";
import { publishedTypes } from "./published-types.ts";
import type { Column, Finding, Page, Query, Source, SourceRefusal } from "./source.ts";
import { adviceOnWrites, checkWrites } from "./writing/check.ts";
import { writeTable } from "./writing/store.ts";
import { openWriter, type Writer } from "./writing/writer.ts";
import { columnsOf, keyIndex, selectRows, writePrivileges, type CatalogueColumn } from "./store.ts";

/** Types whose values are equal only when they are the same text: no padding, no letter case, no number behind it. */
const exactTypes: readonly string[] = ["text", "character varying"];

export interface TableSourceOptions {
  readonly close?: () => Promise<void>;
  /** A connection of the role that may write, for declarations with `writes`. */
  readonly writer?: Sql | undefined;
}

/** A table or view as a source. The connection is the caller's: of a role that may read it and no more. */
export function tableSource(
  table: string,
  sql: Sql,
  { close = async () => undefined, writer }: TableSourceOptions = {},
): Source {
  return {
    what: `table ${table}`,
    close,
    async columns() {
      const columns = await columnsOf(sql, table);
      if (columns.length > 0) return ok(new Map(columns.map((column) => [column.name, asColumn(column)])));
      return err([{ where: "table", message: `There is no table or view ${table}, or this user may not see it.` }]);
    },
    async prepare(declaration, secret) {
      const key = keyColumns(declaration);
      const index = await keyIndex(sql, table, key);
      if (index === "none") {
        const message = `Nothing in ${table} makes ${key.join(", ")} unique; add a unique index or name the whole key.`;
        return err([{ where: "key", message }]);
      }
      const writing = await prepareWriter(declaration, secret);
      if (!writing.ok) return writing;
      return ok({
        ...(writing.value ? { writer: writing.value } : {}),
        find: (query) => find(sql, declaration, { ...query, table, total: index === "view" }),
        state: () => ({}),
      });
    },
    async advice(declaration) {
      const writes =
        writer && declaration.writes?.length ? await writeTable(writer, table, keyColumns(declaration)) : undefined;
      return [...(writes ? adviceOnWrites(declaration, table, writes) : []), ...(await adviceOnReading())];
    },
  };

  async function adviceOnReading(): Promise<readonly Finding[]> {
    const { role, may } = await writePrivileges(sql, table);
    if (may.length === 0) return [];
    const message =
      `The role ${role} may ${may.join(", ")} in ${table}. The register reads only, yet a role that can do no more is ` +
      `safer: create role register_reader login; grant select on ${table} to register_reader;`;
    return [{ where: "table", message } satisfies Finding];
  }

  async function prepareWriter(
    declaration: RegisterDeclaration,
    secret: Uint8Array | undefined,
  ): Promise<Result<Writer | undefined, readonly Finding[]>> {
    if (!declaration.writes?.length) return ok(undefined);
    if (!writer) {
      const message = "To write, say `writer`: postgres://… or env:NAME, of a role that may do what `writes` says.";
      return err([{ where: "source.writer", message }]);
    }
    const found = await writeTable(writer, table, keyColumns(declaration));
    const findings = checkWrites(declaration, table, found);
    if (findings.length > 0) return err(findings);
    return ok(openWriter(declaration, table, writer, new Map(found?.columns.map((one) => [one.name, one])), secret));
  }
}

function keyColumns(declaration: RegisterDeclaration): readonly string[] {
  return declaration.key.map((name) => sourceName(declaration, name));
}

function asColumn({ type, exact }: CatalogueColumn): Column {
  return {
    type,
    fits: publishedTypes[type] ?? [],
    spelling: !exactTypes.includes(type) ? "type" : exact ? "exact" : "collation",
  };
}

async function find(
  sql: Sql,
  declaration: RegisterDeclaration,
  query: Query & { readonly table: string; readonly total: boolean },
): Promise<Result<Page, SourceRefusal>> {
  try {
    return await keysetPage(declaration, query, (from, limit) =>
      selectRows(sql, declaration, { ...query, from, limit }),
    );
  } catch (fault) {
    const code = String((fault as { readonly code?: unknown }).code);
    // A value that the column's own type cannot hold (a uuid that is none, a number too large) equals no row.
    if (code.startsWith("22")) return ok({ rows: [], next: null });
    if (code === "57014") return err({ code: "register-slow", inside: code });
    if (/^(08|53|57P|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/.test(code))
      return err({ code: "register-unavailable", inside: code });
    throw fault;
  }
}
