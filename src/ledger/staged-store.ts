import type { Prepared, Sql } from "#store";
import { packed } from "./packed.ts";

/** SQL of the queue: entries that are staged, the places they were given, and how far they have come. */

export interface StagedRow {
  readonly id: bigint;
  readonly entry: Buffer;
  readonly idem: string | null;
  /** Whose list it belongs to (`persons/`). */
  readonly label?: Buffer | null;
}

/** Where staged entries stand, from an index on; of several at one place the one with its key first. */
export async function placedFrom(
  sql: Sql,
  log: number,
  from: bigint,
): Promise<
  { readonly id: bigint; readonly idx: bigint; readonly idem: string | null; readonly label: Buffer | null }[]
> {
  return sql.query(
    `select staged_id as id, idx, idem,
       (select q.label || n.generation from ledger.position q join ledger.person n using (log, label)
         where q.log = $1 and q.idx = p.idx limit 1) as label
     from ledger.placed p where log = $1 and idx >= $2
     order by idx, idem nulls last, staged_id`,
    [log, from],
  );
}

/**
 * Puts entries that had a place back into the queue, under the ids their writers hold. `copies` are ids that stood for
 * one of them at the same place: they will follow it to its new one.
 */
export async function restage(
  tx: Sql,
  log: number,
  rows: readonly StagedRow[],
  copies: readonly { readonly id: bigint; readonly sameAs: bigint }[],
): Promise<void> {
  const ids = [...rows, ...copies].map(({ id }) => id);
  await tx.run(
    `with gone as (delete from ledger.placed where log = $1 and staged_id = any($2) returning idx)
     delete from ledger.position where log = $1 and idx in (select idx from gone)`,
    [log, ids],
  );
  await tx.run(
    `insert into ledger.alias (log, staged_id, same_as) select $1, * from unnest($2::bigint[], $3::bigint[])
     on conflict do nothing`,
    [log, copies.map(({ id }) => id), copies.map(({ sameAs }) => sameAs)],
  );
  await tx.run(
    `insert into ledger.staged (log, id, entry, idem, label) overriding system value
     select $1, * from unnest($2::bigint[], $3::bytea[], $4::text[], $5::bytea[])
     on conflict do nothing`,
    [
      log,
      rows.map(({ id }) => id),
      rows.map(({ entry }) => entry),
      rows.map(({ idem }) => idem),
      rows.map(({ label }) => label ?? null),
    ],
  );
}

/** Forgets places from an index on, of entries that will not be placed again. */
export async function dropPlaces(tx: Sql, log: number, from: bigint): Promise<void> {
  await tx.run("delete from ledger.placed where log = $1 and idx >= $2", [log, from]);
  await tx.run("delete from ledger.position where log = $1 and idx >= $2", [log, from]);
}

/** Gives staged entries the place at which the very same bytes already stand; answers how many. */
export async function placeByBytes(
  tx: Sql,
  log: number,
  placed: readonly { readonly entry: Uint8Array; readonly idx: bigint }[],
): Promise<number> {
  return tx.run(
    `with found as (
       delete from ledger.staged s using unnest($2::bytea[], $3::bigint[]) as r (entry, idx)
       where s.log = $1 and s.entry = r.entry returning s.id, r.idx, s.idem, s.label),
     listed as (
       insert into ledger.position (log, label, idx)
       select $1, p.label, f.idx from found f join ledger.person p
         on p.log = $1 and p.label = substring(f.label from 1 for 32) and p.generation = substring(f.label from 33)
       on conflict do nothing)
     insert into ledger.placed (log, staged_id, idx, idem)
     select $1, id, idx, case when exists (select 1 from ledger.placed p where p.log = $1 and p.idem = found.idem)
       then null else idem end from found`,
    [log, placed.map(({ entry }) => Buffer.from(entry)), placed.map(({ idx }) => idx)],
  );
}

/** What is staged: the entry's bytes, its key, and whose list it belongs to. */
export interface StagedEntry {
  readonly entry: Uint8Array;
  readonly idem?: string | undefined;
  readonly label?: Uint8Array | undefined;
}

/** Stages an entry in the caller's transaction. The same `idem` answers the id it got the first time. */
export async function stage(tx: Sql, log: number, given: StagedEntry): Promise<bigint> {
  const { entry, idem, label } = given;
  if (idem !== undefined) return (await stageAll(tx, log, [given]))[0]!;
  const insert = "insert into ledger.staged (log, entry, label) values ($1, $2, $3) returning id";
  return (await tx.one<{ id: bigint }>(insert, [log, entry, label ?? null]))!.id;
}

const stageStatement: Prepared = {
  name: "ledger.stage",
  text: `with given as (
      select place, substring($2::bytea from start for length) as entry, idem, label
      from unnest($3::int[], $4::int[], $5::text[], $6::bytea[]) with ordinality as g (start, length, idem, label, place)
    ), known as (
      select idem, staged_id as id from ledger.placed where log = $1 and idem = any($5) and idem is not null
      union all select idem, id from ledger.staged where log = $1 and idem = any($5) and idem is not null
    ), made as (
      insert into ledger.staged (log, entry, idem, label)
      select $1, entry, idem, label from given where idem is null or idem not in (select idem from known) order by place
      on conflict (log, idem) where idem is not null do nothing returning idem, id
    )
    select idem, id from known union all select idem, id from made`,
};

/** A part of a caller's statement that stages entries: expressions to stand after its `with`, and what `$1` … `$6` are. */
export interface StagingPart {
  /** Of these `entry (idem, id)` has the ids of the entries. */
  readonly text: string;
  readonly values: readonly unknown[];
}

// Arrays stand in selects of their own, so that the planner does not see how long they are: it would take a plan for so
// many for a better one, and make a new one for each call.
const stagingText = `given as (
      select place, substring($2::bytea from start for length) as entry, idem, label
      from unnest((select $3::int[]), (select $4::int[]), (select $5::text[]), (select $6::bytea[]))
        with ordinality as g (start, length, idem, label, place)
    ), entry as (
      insert into ledger.staged (log, entry, idem, label) select $1, entry, idem, label from given order by place
      on conflict (log, idem) where idem is not null do nothing returning idem, id
    )`;

/** For keys that are new: one that is staged lacks in `entry`, one that has a place by now is not told from a new one. */
export function stagingPart(log: number, given: readonly StagedEntry[]): StagingPart {
  return { text: stagingText, values: stagingValues(log, given) };
}

function stagingValues(log: number, given: readonly StagedEntry[]): unknown[] {
  const { bytes, starts, lengths } = packed(given.map(({ entry }) => entry));
  const idems = given.map(({ idem }) => idem ?? null);
  return [log, bytes, starts, lengths, idems, given.map(({ label }) => label ?? null)];
}

/** Stages several entries by one statement; answers their ids in the order given. */
export async function stageAll(tx: Sql, log: number, given: readonly StagedEntry[]): Promise<bigint[]> {
  const keyed = new Map<string, bigint>();
  const unkeyed: bigint[] = [];
  let rest = given;
  while (rest.length > 0) {
    const rows = await tx.query<{ idem: string | null; id: bigint }>(stageStatement, stagingValues(log, rest));
    for (const { idem, id } of rows) {
      if (idem === null) unkeyed.push(id);
      else keyed.set(idem, id);
    }
    // A key that is in neither table was staged by somebody else between the look and the insert: look again.
    rest = rest.filter(({ idem }) => idem !== undefined && !keyed.has(idem));
  }
  // The database counts in the order of the entries, but answers in any.
  unkeyed.sort((a, b) => (a < b ? -1 : 1));
  let next = 0;
  return given.map(({ idem }) => (idem === undefined ? unkeyed[next++]! : keyed.get(idem)!));
}

/**
 * Whether more than `limit` entries have waited longer than `ms`: whether the first one beyond the limit has. Both
 * times are the database's, which all processes share.
 */
export async function backlogOlderThan(sql: Sql, log: number, limit: number, ms: number): Promise<boolean> {
  const row = await sql.one<{ old: boolean }>(
    `select staged_at < clock_timestamp() - $3 * interval '1 millisecond' as old
     from ledger.staged where log = $1 order by id offset $2 limit 1`,
    [log, limit, ms],
  );
  return row?.old ?? false;
}

/** Takes the oldest staged entries out of the queue, in the order of their ids. */
export async function takeStaged(tx: Sql, log: number, limit: number): Promise<StagedRow[]> {
  const rows = await tx.query<StagedRow>(
    `delete from ledger.staged where id in (select id from ledger.staged where log = $1 order by id limit $2)
     returning id, entry, idem, label`,
    [log, limit],
  );
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Where entries with these idempotency keys already stand. */
export async function placesOfIdem(tx: Sql, log: number, idems: readonly string[]): Promise<Map<string, bigint>> {
  if (idems.length === 0) return new Map();
  const rows = await tx.query<{ idem: string; idx: bigint }>(
    "select idem, idx from ledger.placed where log = $1 and idem = any($2)",
    [log, idems],
  );
  return new Map(rows.map(({ idem, idx }) => [idem, idx]));
}

/** Where a staged entry stands. Its key is left out if an entry before it has the same one. */
export interface Place {
  readonly id: bigint;
  readonly idx: bigint;
  readonly idem: string | null;
}

export async function place(tx: Sql, log: number, places: readonly Place[]): Promise<void> {
  await tx.run(
    `insert into ledger.placed (log, staged_id, idx, idem)
     select $1, * from unnest($2::bigint[], $3::bigint[], $4::text[])`,
    [log, places.map(({ id }) => id), places.map(({ idx }) => idx), places.map(({ idem }) => idem)],
  );
}

/** How far an entry has come, and how far its log. */
export interface ProgressRow {
  readonly idx: bigint | null;
  readonly published: bigint | null;
  readonly witnessed: bigint | null;
}

/** How far staged entries have come, in the order of their ids given. */
export async function progressOf(sql: Sql, log: number, ids: readonly bigint[]): Promise<ProgressRow[]> {
  // One look into the keys for each id, whatever the planner thinks of the tables' sizes.
  return sql.query(
    `select (select p.idx from ledger.placed p where p.log = $1 and p.staged_id =
         coalesce((select a.same_as from ledger.alias a where a.log = $1 and a.staged_id = g.id), g.id)) as idx,
       t.published, t.witnessed
     from unnest($2::bigint[]) with ordinality as g (id, place) join ledger.tree t on t.log = $1 order by g.place`,
    [log, ids],
  );
}
