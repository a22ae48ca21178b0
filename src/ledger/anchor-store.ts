import type { Sql } from "#store";
import type { AnchorRecord, AnchorSuffix } from "./anchor.ts";

/** A kept record with the head it is about. */
export interface AnchorRow {
  readonly size: bigint;
  readonly name: string;
  readonly root: Buffer;
  readonly at: Date;
  readonly suffix: AnchorSuffix;
}

/** A day (UTC, `YYYY-MM-DD`) with the sizes its records reach over. */
export interface AnchorDay {
  readonly day: string;
  readonly from: bigint;
  readonly to: bigint;
  readonly records: bigint;
}

const columns = "size, name, root, at, suffix";

export async function addAnchor(
  sql: Sql,
  log: number,
  anchor: { readonly size: bigint; readonly root: Uint8Array; readonly name: string; readonly record: AnchorRecord },
): Promise<void> {
  const { size, root, name, record } = anchor;
  await sql.run(
    `insert into ledger.anchor (log, ${columns}, body) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [log, size, name, Buffer.from(root), record.at, record.suffix, Buffer.from(record.body)],
  );
}

/** The newest record of each of these anchors that has one. */
export async function newestAnchors(sql: Sql, log: number, names: readonly string[]): Promise<AnchorRow[]> {
  return sql.query(
    `select a.* from unnest($2::text[]) as wanted (name) cross join lateral (
       select ${columns} from ledger.anchor where log = $1 and name = wanted.name order by size desc limit 1) a
     order by a.name`,
    [log, names],
  );
}

export async function anchorDays(sql: Sql, log: number): Promise<AnchorDay[]> {
  return sql.query(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, min(size) as from, max(size) as to, count(*) as records
     from ledger.anchor where log = $1 group by 1 order by 1`,
    [log],
  );
}

/** The records of a day, smaller trees first. */
export async function anchorsOfDay(sql: Sql, log: number, day: string): Promise<AnchorRow[]> {
  return sql.query(
    `select ${columns} from ledger.anchor
     where log = $1 and at >= $2::timestamp at time zone 'UTC' and at < ($2::timestamp + interval '1 day') at time zone 'UTC'
     order by size, name`,
    [log, day],
  );
}

export async function anchorBody(
  sql: Sql,
  log: number,
  key: { readonly size: bigint; readonly name: string; readonly suffix: string },
): Promise<Buffer | undefined> {
  const row = await sql.one<{ body: Buffer }>(
    "select body from ledger.anchor where log = $1 and size = $2 and name = $3 and suffix = $4",
    [log, key.size, key.name, key.suffix],
  );
  return row?.body;
}

/** The root that was anchored at a size. */
export async function anchoredRoot(sql: Sql, log: number, size: bigint): Promise<Buffer | undefined> {
  return (
    await sql.one<{ root: Buffer }>("select root from ledger.anchor where log = $1 and size = $2 limit 1", [log, size])
  )?.root;
}

/** The newest head that enough witnesses signed: what is anchored. Nothing for an empty tree. */
export async function headToAnchor(
  sql: Sql,
  log: number,
): Promise<{ readonly size: bigint; readonly root: Buffer } | undefined> {
  return sql.one(
    `select h.size, h.root from ledger.tree t join ledger.head h on h.log = t.log and h.size = t.witnessed
     where t.log = $1 and h.size > 0`,
    [log],
  );
}

export async function originOf(sql: Sql, log: number): Promise<string> {
  return (await sql.one<{ origin: string }>("select origin from ledger.tree where log = $1", [log]))!.origin;
}
