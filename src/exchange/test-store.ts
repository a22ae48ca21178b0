import type { Database, Sql } from "#store";
import { testDatabase } from "#store/testing";

/** A small register of people for tests: the row of a person, or nothing. */
export async function peopleTable(): Promise<(id: string) => Promise<object | undefined>> {
  const database = await testDatabase();
  await database.query("create table person (id text primary key, name text not null, income int not null)");
  await database.query("insert into person values ('A700000001', '林小明', 7), ('A700000002', '王大同', 9)");
  return (id) => database.one<object>("select id, name, income from person where id = $1", [id]);
}

/** The staged id of the newest log entry that closed a record; nothing while none did. */
export async function newestEntry(database: Database): Promise<bigint | undefined> {
  const row = await database.one<{ entry: bigint | null }>(
    "select max(log_entry) as entry from exchange.evidence where done_at is not null",
  );
  return row?.entry ?? undefined;
}

/** Keeps others from changing evidence until the transaction ends. */
export async function lockEvidence(tx: Sql): Promise<void> {
  await tx.query("lock table exchange.evidence in share mode");
}

/** Resolves when another connection waits for a lock in this database. */
export async function waitForBlocked(database: Database): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await database.one(waiting)) === undefined) await new Promise((next) => setTimeout(next, 10));
}

/** Resolves when no other connection is at a statement or in a transaction in this database. */
export async function waitForQuiet(database: Database): Promise<void> {
  const busy = `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and backend_type = 'client backend' and state <> 'idle'`;
  while ((await database.one(busy)) !== undefined) await new Promise((next) => setTimeout(next, 10));
}

/** How many entries wait for their place in a log that is not started. */
export async function stagedCount(database: Database): Promise<number> {
  const row = await database.one<{ n: bigint }>("select count(*) as n from ledger.staged");
  return Number(row?.n);
}

/** The history of a right as it was entered into the log, oldest first. */
export function rightChanges(
  database: Database,
  id: string,
): Promise<{ readonly change: string; readonly log_entry: bigint }[]> {
  return database.query("select change, log_entry from exchange.right_change where right_id = $1 order by version", [
    id,
  ]);
}

/** How many lists of people a gateway's log has keys for. */
export async function personCount(database: Database): Promise<number> {
  const row = await database.one<{ n: bigint }>("select count(*) as n from ledger.person");
  return Number(row?.n);
}

/** The id of the exchange that this side recorded last. A refusal does not tell the caller its own. */
export async function newestExchange(database: Database): Promise<string> {
  const row = await database.one<{ id: string }>(
    "select exchange_id as id from exchange.evidence order by opened_at desc, record_id desc limit 1",
  );
  return row?.id ?? "";
}

/** Cuts the connections that hold locks, as a kill of their processes does. */
export async function endLocks(database: Sql): Promise<void> {
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'taroko locks' and datname = current_database()",
  );
}

/** The versions of the configuration that a gateway's history has, and how many frames they share. */
export async function keptVersions(database: Database): Promise<{ versions: readonly number[]; frames: number }> {
  const rows = await database.query<{ version: bigint }>(
    "select version from exchange.configuration_version order by version",
  );
  const frames = await database.one<{ n: bigint }>("select count(*) as n from exchange.configuration_frame");
  return { versions: rows.map(({ version }) => Number(version)), frames: Number(frames?.n) };
}

/** Closed records `m-1`, `m-2`, … of one caller, each with a message that is kept. */
export async function fillKept(database: Database, count: number): Promise<void> {
  const id = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
  await database.run(
    `insert into exchange.evidence (record_id, server_code, side, exchange_id, authentic, opened_at, done_at, client, service,
       draft, salts, outcome, record, log_entry)
     select ${id}, 'gw1', 'consumer', 'x-' || n, true, now(), now(), 'TW/GOV/PORTAL/app', 'TW/GOV/REG/people/kept',
       '{}', '{}', '200', '{"messageId":"m-' || n || '"}', n from generate_series(1, $1::int) n`,
    [count],
  );
  await database.run(
    `insert into exchange.kept_message (record_id, half, kept_until, sealed, message_key)
     select ${id}, half, now(), '', sha256(convert_to('m-' || n, 'UTF8'))
     from generate_series(1, $1::int) n, unnest(array['request', 'response']) half`,
    [count],
  );
  await database.query("analyze exchange.evidence, exchange.kept_message");
}

/** How PostgreSQL would answer a question. */
export async function planOf(database: Database, query: string, values: readonly unknown[]): Promise<string> {
  const rows = await database.query<Record<"QUERY PLAN", string>>(`explain (analyze, costs off) ${query}`, [...values]);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}
