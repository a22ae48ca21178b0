import { migrate, type Database, type Sql } from "#store";
import { packed } from "./packed.ts";
import type { Resource } from "./tree.ts";

/**
 * SQL of a log's tree and of its files. Sizes and ids are bigint; bodies and roots are bytes, here and in the stores
 * beside it: the queue (staged-store.ts), heads (head-store.ts), anchors (anchor-store.ts), a witness (witness-store.ts).
 */

export interface TreeRow {
  readonly log: number;
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly published: bigint | null;
  readonly witnessed: bigint | null;
  readonly frozen: string | null;
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

/** Removes files with all their partial forms. */
export async function dropResources(tx: Sql, log: number, full: readonly string[]): Promise<void> {
  await dropPartials(tx, log, full);
  await tx.run("delete from ledger.resource where log = $1 and path = any($2)", [log, full]);
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

/** Notes what now stands under a topic; false if that stands already. Two writers of one topic wait for each other. */
export async function setStanding(tx: Sql, log: number, topic: string, dig: string): Promise<boolean> {
  const changed = await tx.run(
    `insert into ledger.standing as s (log, topic, dig) values ($1, $2, $3)
     on conflict (log, topic) do update set dig = excluded.dig where s.dig <> excluded.dig`,
    [log, topic, dig],
  );
  return changed === 1;
}
