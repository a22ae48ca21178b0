import type { Prepared, Sql } from "#store";

/** The SQL of the index of persons, in the ledger's schema. */

export interface PersonRow {
  readonly lookup: Buffer;
  readonly topic: string;
  readonly label: Buffer;
  readonly key: Buffer;
  readonly generation: Buffer;
  readonly proof: Buffer;
}

const personStatement: Prepared = {
  name: "ledger.person",
  text: "select lookup, topic, label, key, generation, proof from ledger.person where log = $1 and lookup = $2 and topic = $3",
};

export function personOf(sql: Sql, log: number, lookup: Uint8Array, topic: string): Promise<PersonRow | undefined> {
  return sql.one<PersonRow>(personStatement, [log, lookup, topic]);
}

/** Keeps a person's label and key; who was there already stays. */
export async function addPerson(
  sql: Sql,
  log: number,
  row: { [Column in keyof PersonRow]: Uint8Array | string },
): Promise<void> {
  await sql.run(
    "insert into ledger.person (log, lookup, topic, label, key, generation, proof) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    [log, row.lookup, row.topic, row.label, row.key, row.generation, row.proof],
  );
}

/** Forgets a person: keys and positions. What the index says by hashes alone stays. Answers how many topics there were. */
export async function dropPerson(tx: Sql, log: number, lookup: Uint8Array): Promise<number> {
  // A batch that is being placed is waited for: it would still note positions of the person.
  await tx.run("select from ledger.tree where log = $1 for no key update", [log]);
  await tx.run(
    "delete from ledger.position where log = $1 and label in (select label from ledger.person where log = $1 and lookup = $2)",
    [log, lookup],
  );
  // Entries that have no place yet keep nothing of it either; the order is that of the sequencer, who takes them.
  await tx.run(
    `update ledger.staged set label = null where id in (
       select id from ledger.staged where log = $1 and substring(label from 1 for 32) in (
         select label from ledger.person where log = $1 and lookup = $2) order by id for update)`,
    [log, lookup],
  );
  return tx.run("delete from ledger.person where log = $1 and lookup = $2", [log, lookup]);
}

/** Notes where entries about persons stand; a label nobody holds any more was forgotten meanwhile. */
export async function addPositions(
  tx: Sql,
  log: number,
  positions: readonly { readonly label: Uint8Array; readonly idx: bigint }[],
): Promise<void> {
  if (positions.length === 0) return;
  await tx.run(
    `insert into ledger.position (log, label, idx)
     select $1, p.label, given.idx from unnest($2::bytea[], $3::bigint[]) as given (label, idx)
     join ledger.person p on p.log = $1 and p.label = substring(given.label from 1 for 32)
       and p.generation = substring(given.label from 33)
     on conflict do nothing`,
    [log, positions.map(({ label }) => label), positions.map(({ idx }) => idx)],
  );
}

/** Fixes the public key of the labels at first use; answers the one this log has, and from which entry on lists are whole. */
export async function openIndex(sql: Sql, log: number, vrf: Uint8Array): Promise<Buffer> {
  await sql.run(
    `update ledger.tree t set person_vrf = $2,
       listed_from = size + (select count(*) from ledger.staged s where s.log = t.log)
     where log = $1 and person_vrf is null`,
    [log, vrf],
  );
  return (await sql.one<{ vrf: Buffer }>("select person_vrf as vrf from ledger.tree where log = $1", [log]))!.vrf;
}

export async function listedFrom(sql: Sql, log: number): Promise<bigint> {
  return (await sql.one<{ from: bigint }>('select listed_from as "from" from ledger.tree where log = $1', [log]))!.from;
}

/** Throws the index away, to be made anew from the positions: after a recovery its roots are no longer this log's. */
export async function dropIndex(tx: Sql, log: number): Promise<void> {
  await tx.run(
    "delete from ledger.staged where log = $1 and id in (select staged from ledger.map_root where log = $1)",
    [log],
  );
  await tx.run("delete from ledger.map_root where log = $1", [log]);
  await tx.run("delete from ledger.map_node where log = $1", [log]);
}

/** Whom the entries before `size` are about is no longer known: lists are whole from there on. */
export async function listFrom(tx: Sql, log: number, size: bigint): Promise<void> {
  await tx.run("update ledger.tree set listed_from = greatest(listed_from, $2) where log = $1", [log, size]);
}

// With the log's number it names the lock of whoever writes the index, all over the database.
const indexLock = 0x74696478;

/** Takes the place of the index's writer for this transaction; false if another process has it. */
export async function lockIndex(tx: Sql, log: number): Promise<boolean> {
  return (await tx.one<{ got: boolean }>("select pg_try_advisory_xact_lock($1, $2) as got", [indexLock, log]))!.got;
}

export interface IndexState {
  /** Version of the newest root; 0 if there is none. */
  readonly version: bigint;
  readonly upto: bigint;
  /** Whether the newest root stands in a witnessed tree. */
  readonly witnessed: boolean;
  /** Whether entries about persons were placed since. */
  readonly changed: boolean;
}

export async function indexState(sql: Sql, log: number): Promise<IndexState> {
  return (await sql.one(
    `select coalesce(r.version, 0) as version, coalesce(r.upto, 0) as upto,
       r.version is null or coalesce(p.idx < t.witnessed, false) as witnessed,
       exists (select 1 from ledger.position where log = $1 and idx >= coalesce(r.upto, 0)) as changed
     from ledger.tree t
     left join lateral (select * from ledger.map_root where log = $1 order by version desc limit 1) r on true
     left join ledger.placed p on p.log = $1 and p.staged_id = r.staged
     where t.log = $1`,
    [log],
  ))!;
}

/** The newest root that stands in a witnessed tree, and where. */
export async function servedRoot(
  sql: Sql,
  log: number,
): Promise<
  { readonly version: bigint; readonly upto: bigint; readonly root: Buffer; readonly idx: bigint } | undefined
> {
  return sql.one(
    `select r.version, r.upto, r.root, p.idx from ledger.map_root r
     join ledger.placed p on p.log = r.log and p.staged_id = r.staged
     join ledger.tree t on t.log = r.log and p.idx < t.witnessed
     where r.log = $1 order by r.version desc limit 1`,
    [log],
  );
}

/** Those whose positions grew since `from`, with all positions below `upto` in their order. */
export async function changedSince(
  sql: Sql,
  log: number,
  from: bigint,
  upto: bigint,
): Promise<{ readonly label: Buffer; readonly key: Buffer; readonly positions: string[] }[]> {
  return sql.query(
    `select p.label, p.key, array_agg(q.idx::text order by q.idx) as positions
     from ledger.person p join ledger.position q on q.log = p.log and q.label = p.label
     where p.log = $1 and q.idx < $3
       and p.label in (select label from ledger.position where log = $1 and idx >= $2 and idx < $3)
     group by p.label, p.key`,
    [log, from, upto],
  );
}

export async function positionsOf(sql: Sql, log: number, label: Uint8Array, upto: bigint): Promise<bigint[]> {
  const rows = await sql.query<{ idx: bigint }>(
    "select idx from ledger.position where log = $1 and label = $2 and idx < $3 order by idx",
    [log, label, upto],
  );
  return rows.map(({ idx }) => idx);
}

export interface NodeRow {
  readonly depth: number;
  readonly prefix: Uint8Array;
  readonly hash: Uint8Array;
  readonly label: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Nodes as they were at a version. */
export async function nodesAt(
  sql: Sql,
  log: number,
  version: bigint,
  wanted: readonly { readonly depth: number; readonly prefix: Uint8Array }[],
): Promise<NodeRow[]> {
  return sql.query<NodeRow>(
    `select n.depth, n.prefix, n.hash, n.label, n.value
     from unnest($3::smallint[], $4::bytea[]) as w (depth, prefix)
     cross join lateral (
       select * from ledger.map_node n where n.log = $1 and n.depth = w.depth and n.prefix = w.prefix and n.version <= $2
       order by n.version desc limit 1) n`,
    [log, version, wanted.map(({ depth }) => depth), wanted.map(({ prefix }) => prefix)],
  );
}

/** Writes nodes of a new version, and removes what only versions before `served` needed. */
export async function writeNodes(
  tx: Sql,
  log: number,
  version: bigint,
  served: bigint,
  nodes: readonly NodeRow[],
): Promise<void> {
  const keys = [nodes.map(({ depth }) => depth), nodes.map(({ prefix }) => prefix)];
  await tx.run(
    `delete from ledger.map_node n using unnest($2::smallint[], $3::bytea[]) as w (depth, prefix)
     where n.log = $1 and n.depth = w.depth and n.prefix = w.prefix and n.version < (
       select max(version) from ledger.map_node m
       where m.log = $1 and m.depth = w.depth and m.prefix = w.prefix and m.version <= $4)`,
    [log, ...keys, served],
  );
  await tx.run(
    `insert into ledger.map_node (log, version, depth, prefix, hash, label, value)
     select $1, $2, * from unnest($3::smallint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])`,
    [
      log,
      version,
      ...keys,
      nodes.map(({ hash }) => hash),
      nodes.map(({ label }) => label),
      nodes.map(({ value }) => value),
    ],
  );
}

export async function addRoot(
  tx: Sql,
  log: number,
  root: { readonly version: bigint; readonly upto: bigint; readonly root: Uint8Array; readonly staged: bigint },
): Promise<void> {
  await tx.run("insert into ledger.map_root (log, version, upto, root, staged) values ($1, $2, $3, $4, $5)", [
    log,
    root.version,
    root.upto,
    root.root,
    root.staged,
  ]);
}
