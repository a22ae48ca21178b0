import { migrate, type Database, type Prepared, type Sql } from "#store";
import type { Resource } from "./tree.ts";

/** All SQL of the ledger. Sizes and ids are bigint; bodies and roots are bytes. */

export interface TreeRow {
  readonly log: number;
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly published: bigint | null;
  readonly witnessed: bigint | null;
  readonly frozen: string | null;
}
export interface HeadRow {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly note: string;
}
export interface StagedRow {
  readonly id: bigint;
  readonly entry: Buffer;
  readonly idem: string | null;
  /** Whose list it belongs to (`persons/`). */
  readonly label?: Buffer | null;
}

// With the log's number they name the locks of that log's sequencer and publisher, all over the database.
const sequencerLock = 0x746c6f67;
const publisherLock = 0x746c7075;
const treeColumns = "log, size, root, published, witnessed, frozen";

export async function prepare(database: Database): Promise<void> {
  await migrate(database, "ledger", new URL("./migrations/", import.meta.url));
}

/** The settings without which a commit may be lost; those that are off. */
export async function settingsOff(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    "select name from pg_settings where name = any($1) and setting = 'off'",
    [["fsync", "full_page_writes", "synchronous_commit"]],
  );
  return rows.map(({ name }) => name);
}

/** The number of the log with this origin; a new one starts with the root of the empty tree. */
export async function findOrCreateLog(sql: Sql, origin: string, emptyRoot: Uint8Array): Promise<number> {
  const insert = "insert into ledger.tree (origin, root) values ($1, $2) on conflict do nothing";
  await sql.run(insert, [origin, emptyRoot]);
  return (await sql.one<{ log: number }>("select log from ledger.tree where origin = $1", [origin]))!.log;
}

/** Entries of the tree. */
export async function sizeOf(sql: Sql, log: number): Promise<bigint> {
  return (await sql.one<{ size: bigint }>("select size from ledger.tree where log = $1", [log]))!.size;
}

export async function treeOf(sql: Sql, log: number): Promise<TreeRow & { readonly waiting: boolean }> {
  return (await sql.one(
    `select ${treeColumns}, exists (select 1 from ledger.staged s where s.log = t.log) as waiting
     from ledger.tree t where log = $1`,
    [log],
  ))!;
}

/** Takes the sequencer's place for this transaction; nothing if another process has it. The row is the fence. */
export async function lockTree(tx: Sql, log: number): Promise<TreeRow | undefined> {
  const lock = "select pg_try_advisory_xact_lock($1, $2) as got";
  const { got } = (await tx.one<{ got: boolean }>(lock, [sequencerLock, log]))!;
  // Weaker than `for update` by intent: only another sequencer has to wait.
  return got ? tx.one(`select ${treeColumns} from ledger.tree where log = $1 for no key update`, [log]) : undefined;
}

/** Takes the place of the one who publishes a checkpoint, for this transaction; false if another process has it. */
export async function lockPublisher(tx: Sql, log: number): Promise<boolean> {
  return (await tx.one<{ got: boolean }>("select pg_try_advisory_xact_lock($1, $2) as got", [publisherLock, log]))!.got;
}

export async function setTree(tx: Sql, log: number, size: bigint, root: Uint8Array): Promise<void> {
  await tx.run("update ledger.tree set size = $2, root = $3 where log = $1", [log, size, root]);
}

export async function freeze(sql: Sql, log: number, reason: string): Promise<void> {
  await sql.run("update ledger.tree set frozen = coalesce(frozen, $2) where log = $1", [log, reason]);
}

/** Lets a frozen log go on. */
export async function thaw(sql: Sql, log: number): Promise<void> {
  await sql.run("update ledger.tree set frozen = null where log = $1", [log]);
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

/** Removes files with all their partial forms. */
export async function dropResources(tx: Sql, log: number, full: readonly string[]): Promise<void> {
  await dropPartials(tx, log, full);
  await tx.run("delete from ledger.resource where log = $1 and path = any($2)", [log, full]);
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

/**
 * Many values of bytes as one, with where each starts (from 1) and its length: `substring` takes them out again. As
 * elements of an array they would travel as text, twice as long and much slower to write and to read.
 */
function packed(values: readonly Uint8Array[]): { bytes: Buffer; starts: number[]; lengths: number[] } {
  const lengths = values.map(({ length }) => length);
  let end = 0;
  const starts = lengths.map((length) => (end += length) - length + 1);
  return { bytes: Buffer.concat(values), starts, lengths };
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

/** Stages several entries by one statement; answers their ids in the order given. */
export async function stageAll(tx: Sql, log: number, given: readonly StagedEntry[]): Promise<bigint[]> {
  const keyed = new Map<string, bigint>();
  const unkeyed: bigint[] = [];
  let rest = given;
  while (rest.length > 0) {
    const { bytes, starts, lengths } = packed(rest.map(({ entry }) => entry));
    const rows = await tx.query<{ idem: string | null; id: bigint }>(stageStatement, [
      log,
      bytes,
      starts,
      lengths,
      rest.map(({ idem }) => idem ?? null),
      rest.map(({ label }) => label ?? null),
    ]);
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

/** Stores files that do not exist yet; answers a path whose stored bytes differ (there must be none). */
export async function putResources(tx: Sql, log: number, resources: readonly Resource[]): Promise<string | undefined> {
  const bodies = packed(resources.map(({ body }) => body));
  const values = [log, resources.map(({ path }) => path), bodies.bytes, bodies.starts, bodies.lengths];
  const given = `select path, substring($3::bytea from start for length) as body
     from unnest($2::text[], $4::int[], $5::int[]) as g (path, start, length)`;
  const stored = await tx.run(
    `insert into ledger.resource (log, path, body) select $1, path, body from (${given}) n on conflict do nothing`,
    values,
  );
  if (stored === resources.length) return undefined;
  const other = await tx.one<{ path: string }>(
    `select r.path from ledger.resource r join (${given}) n using (path) where r.log = $1 and r.body <> n.body limit 1`,
    values,
  );
  return other?.path;
}

/** Removes the partial forms of tiles that are now full: what lies under `<path>.p/`. */
export async function dropPartials(tx: Sql, log: number, full: readonly string[]): Promise<void> {
  // "0" follows "/" in the C collation, so this is a range of the primary key.
  await tx.run(
    `delete from ledger.resource r using unnest($2::text[]) as f (path)
     where r.log = $1 and r.path > f.path || '.p/' collate "C" and r.path < f.path || '.p0' collate "C"`,
    [log, full],
  );
}

export async function readResources(sql: Sql, log: number, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const rows = await sql.query<{ path: string; body: Buffer }>(
    "select path, body from ledger.resource where log = $1 and path = any($2)",
    [log, paths],
  );
  return new Map(rows.map(({ path, body }) => [path, body]));
}

export async function newestHead(sql: Sql, log: number): Promise<HeadRow | undefined> {
  return sql.one("select size, root, note from ledger.head where log = $1 order by size desc limit 1", [log]);
}

export async function hasHead(sql: Sql, log: number, size: bigint): Promise<boolean> {
  return (await sql.one("select 1 from ledger.head where log = $1 and size = $2", [log, size])) !== undefined;
}

export async function addHead(tx: Sql, log: number, head: HeadRow, at: Date): Promise<void> {
  await tx.run("insert into ledger.head (log, size, root, note, signed_at) values ($1, $2, $3, $4, $5)", [
    log,
    head.size,
    head.root,
    head.note,
    at,
  ]);
  await tx.run("update ledger.tree set published = $2 where log = $1", [log, head.size]);
}

/** Keeps a witness's cosignature of a size. `line` is two lines, without the last newline, if it has two keys. */
export async function addCosignature(
  sql: Sql,
  log: number,
  cosignature: { size: bigint; witness: string; line: string; time: bigint },
): Promise<void> {
  const { size, witness, line, time } = cosignature;
  await sql.run(
    `insert into ledger.cosig (log, size, witness, line, at) values ($1, $2, $3, $4, $5)
     on conflict (log, size, witness) do update set line = excluded.line, at = excluded.at`,
    [log, size, witness, line, time],
  );
}

/** Moves `witnessed` forward to a size that enough of these witnesses have signed. Statements of its own: a second
 * witness's answer, committed meanwhile by another loop, must be seen. */
export async function countQuorum(
  sql: Sql,
  log: number,
  size: bigint,
  quorum: number,
  witnesses: readonly string[],
): Promise<void> {
  await sql.run(
    `update ledger.tree set witnessed = greatest(coalesce(witnessed, 0), $2) where log = $1 and $3 <=
       (select count(*) from ledger.cosig where log = $1 and size = $2 and witness = any($4))`,
    [log, size, quorum, witnesses],
  );
}

export async function cosignaturesOf(sql: Sql, log: number, size: bigint): Promise<string[]> {
  const rows = await sql.query<{ line: string }>(
    "select line from ledger.cosig where log = $1 and size = $2 order by witness",
    [log, size],
  );
  return rows.map(({ line }) => line);
}

/** The newest cosignature of each of these witnesses that gave one. */
export async function witnessStates(
  sql: Sql,
  log: number,
  witnesses: readonly string[],
): Promise<{ readonly witness: string; readonly size: bigint; readonly at: bigint }[]> {
  return sql.query(
    `select w.name as witness, c.size, c.at from unnest($2::text[]) with ordinality as w (name, place)
     cross join lateral (select size, at from ledger.cosig
       where log = $1 and witness = w.name order by size desc limit 1) c order by w.place`,
    [log, witnesses],
  );
}

/** When the oldest head above the witnessed ones was signed; nothing if there is none. */
export async function unwitnessedSince(sql: Sql, log: number): Promise<Date | undefined> {
  const row = await sql.one<{ at: Date }>(
    `select h.signed_at as at from ledger.tree t join ledger.head h on h.log = t.log
     where t.log = $1 and h.size > coalesce(t.witnessed, -1) order by h.size limit 1`,
    [log],
  );
  return row?.at;
}

/** The newest witnessed head with its note and the lines under it. */
export async function witnessedHead(
  sql: Sql,
  log: number,
): Promise<{ readonly size: bigint; readonly note: string; readonly lines: string[] } | undefined> {
  return sql.one(
    `select h.size, h.note, array(select c.line from ledger.cosig c
       where c.log = h.log and c.size = h.size order by c.witness) as lines
     from ledger.tree t join ledger.head h on h.log = t.log and h.size = t.witnessed where t.log = $1`,
    [log],
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

/** What a witness holds of one log. */
export interface WitnessHead {
  readonly size: bigint;
  readonly root: Uint8Array;
  /** Text and verified log signatures. */
  readonly note: string;
  /** POSIX seconds. */
  readonly cosignedAt: bigint;
}

export async function witnessHead(sql: Sql, origin: string): Promise<WitnessHead | undefined> {
  return sql.one('select size, root, note, cosigned_at as "cosignedAt" from ledger.witness_head where origin = $1', [
    origin,
  ]);
}

/**
 * Compare-and-set: replaces the recorded head only if it is still the one that was checked. Check and write apart
 * would let a slow request roll the record back. A refresh must not turn the time back either.
 */
export async function replaceWitnessHead(
  sql: Sql,
  origin: string,
  recorded: WitnessHead | undefined,
  next: WitnessHead,
): Promise<boolean> {
  const values = [origin, next.size, next.root, next.note, next.cosignedAt];
  const written = recorded
    ? await sql.run(
        `update ledger.witness_head set size = $2, root = $3, note = $4, cosigned_at = $5
         where origin = $1 and size = $6 and root = $7 and cosigned_at <= $5`,
        [...values, recorded.size, recorded.root],
      )
    : await sql.run(
        `insert into ledger.witness_head (origin, size, root, note, cosigned_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        values,
      );
  return written === 1;
}

export async function addEvidence(
  sql: Sql,
  evidence: { origin: string; reason: string; note: string; recordedNote: string; at: Date },
): Promise<void> {
  const { origin, reason, note, recordedNote, at } = evidence;
  await sql.run(
    `insert into ledger.witness_evidence (origin, reason, note, recorded_note, at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [origin, reason, note, recordedNote, at],
  );
}

/** Notes what now stands under a topic; false if that stands already. Two writers of one topic wait for each other. */
export async function setStanding(tx: Sql, log: number, topic: string, dig: string): Promise<boolean> {
  const changed = await tx.run(
    `insert into ledger.standing as s (log, topic, dig) values ($1, $2, $3)
     on conflict (log, topic) do update set dig = excluded.dig where s.dig <> excluded.dig`,
    [log, topic, dig],
  );
  return changed === 1;
}
