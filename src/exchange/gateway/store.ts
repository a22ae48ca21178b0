import type { StagingPart } from "#ledger";
import type { Prepared, Sql } from "#store";
import type { Draft, Salts, Side } from "./evidence.ts";

/** A record to be opened. `authentic` is false for a message whose sender was not proven. */
export interface OpeningRow {
  readonly serverCode: string;
  readonly draft: Draft;
  readonly salts: Salts;
  readonly authentic: boolean;
  readonly subjectKey?: Uint8Array | undefined;
  readonly now: Date;
}

const openStatement: Prepared = {
  name: "exchange.open",
  text: `insert into exchange.evidence
       (record_id, server_code, side, exchange_id, authentic, opened_at, client, service, draft, salts, subject_key, process)
     select record_id, server_code, side, exchange_id, authentic, opened_at, client, service, draft, salts,
       decode(subject_key, 'hex'), $2
     from json_to_recordset($1) as given (record_id uuid, server_code text, side text, exchange_id text,
       authentic boolean, opened_at timestamptz, client text, service text, draft json, salts json, subject_key text)
     on conflict (side, exchange_id) where authentic do nothing
     returning record_id`,
};

/**
 * Opens records; durable when it returns. Answers the ids of those that are new: the others' exchanges this side has
 * recorded already.
 */
export async function openEvidence(
  sql: Sql,
  rows: readonly OpeningRow[],
  process: bigint | null = null,
): Promise<ReadonlySet<string>> {
  const given = rows.map(({ serverCode, draft, salts, authentic, subjectKey, now }) => ({
    record_id: draft.recordId,
    server_code: serverCode,
    side: draft.side,
    exchange_id: draft.exchangeId,
    authentic,
    opened_at: now,
    client: draft.client,
    service: draft.service,
    draft,
    salts,
    subject_key: subjectKey && Buffer.from(subjectKey).toString("hex"),
  }));
  const made = await sql.query<{ record_id: string }>(openStatement, [JSON.stringify(given), process]);
  return new Set(made.map((row) => row.record_id));
}

/** Puts another draft in the place of an open record's. False when the record is closed. */
export async function redirectEvidence(sql: Sql, draft: Draft): Promise<boolean> {
  const changed = await sql.run("update exchange.evidence set draft = $2 where record_id = $1 and done_at is null", [
    draft.recordId,
    JSON.stringify(draft),
  ]);
  return changed === 1;
}

/** A record to be closed. */
export interface EndingRow {
  readonly recordId: string;
  readonly outcome: string;
  readonly record: string;
  readonly logEntry: bigint;
  readonly now: Date;
}

/**
 * Closes what `ended` selects, each record found by its id whatever the planner thinks of the table: a `limit` (by how
 * many there are) has it expect few, and `outcome is null` says that a record is open without the index of open ones,
 * which grows for as long as somebody reads the database as of one moment (a dump).
 */
const closing = (ended: string): string => `update exchange.evidence
     set draft = '{}', done_at = ended.done_at, outcome = ended.outcome, record = ended.record, log_entry = ended.log_entry
     from (${ended}) as ended where evidence.record_id = ended.record_id and evidence.outcome is null`;

const finishStatement: Prepared = {
  name: "exchange.finish",
  text: closing(`select * from json_to_recordset($1) as given
       (record_id uuid, done_at timestamptz, outcome text, record text, log_entry bigint) limit $2`),
};

const endingOf = ({ recordId, outcome, record, now }: Omit<EndingRow, "logEntry">): object => ({
  record_id: recordId,
  done_at: now,
  outcome,
  record,
});

/** Closes records, each once. Answers how many: those closed before do not count. */
export function finishEvidence(tx: Sql, rows: readonly EndingRow[]): Promise<number> {
  const given = rows.map((row) => ({ ...endingOf(row), log_entry: String(row.logEntry) }));
  return tx.run(finishStatement, [JSON.stringify(given), rows.length]);
}

/** As `exchange.refuse_unless` raises it. */
const notTogether = "TK001";

/**
 * Closes records and stages their entries, whose keys are the records' ids, by one statement: one round trip, and
 * durable when it returns. False, and nothing has happened, when it cannot be done for all of them.
 */
export async function finishTogether(
  sql: Sql,
  { text, values }: StagingPart,
  rows: readonly Omit<EndingRow, "logEntry">[],
): Promise<boolean> {
  const [given, count] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const statement: Prepared = {
    name: "exchange.finish-together",
    text: `with ${text}, closed as (${closing(`select given.*, entry.id as log_entry
       from json_to_recordset(${given}) as given (record_id uuid, done_at timestamptz, outcome text, record text)
       join entry on entry.idem = given.record_id::text limit ${count}`)} returning 1)
     select exchange.refuse_unless(count(*) = ${count}) from closed`,
  };
  try {
    await sql.run(statement, [...values, JSON.stringify(rows.map(endingOf)), rows.length]);
    return true;
  } catch (fault) {
    if ((fault as { readonly code?: unknown }).code === notTogether) return false;
    throw fault;
  }
}

/** Records of a member that a process opened and did not close. */
export function openRecords(
  sql: Sql,
  member: string,
  process: bigint | null,
): Promise<{ draft: Draft; salts: Salts }[]> {
  return sql.query(
    `select draft, salts from exchange.evidence
     where done_at is null and process is not distinct from $2 and draft ->> 'member' = $1 order by record_id`,
    [member, process],
  );
}

/** A number that no process had before. */
export async function nextProcess(sql: Sql): Promise<bigint> {
  const row = await sql.one<{ process: bigint }>("select nextval('exchange.process_number') as process");
  return row!.process;
}

/** Processes with open records that hold no lock on their number, in the space given. */
export async function deadProcesses(sql: Sql, space: number): Promise<(bigint | null)[]> {
  const rows = await sql.query<{ process: bigint | null }>(
    `select process from (select distinct process from exchange.evidence where done_at is null) as open
     where process is null or pg_try_advisory_xact_lock($1, process::int)`,
    [space],
  );
  return rows.map(({ process }) => process);
}

/** One closed record, for evidence and tests. */
export interface EvidenceRow {
  readonly record_id: string;
  readonly side: Side;
  readonly exchange_id: string;
  readonly client: string;
  readonly service: string;
  readonly outcome: string | null;
  readonly record: string | null;
  readonly salts: Salts;
  readonly log_entry: bigint | null;
  readonly opened_at: Date;
}

export function evidenceOf(sql: Sql, exchangeId: string): Promise<EvidenceRow[]> {
  return sql.query<EvidenceRow>(
    `select record_id, side, exchange_id, client, service, outcome, record, salts, log_entry, opened_at
     from exchange.evidence where exchange_id = $1 order by record_id`,
    [exchangeId],
  );
}

/** Newest-first provider records about one person on one subsystem's services; `before` is a record id. */
export function usageRows(
  sql: Sql,
  o: {
    readonly subjectKey: Uint8Array;
    readonly servicePrefix: string;
    readonly before?: string | undefined;
    readonly limit: number;
  },
): Promise<EvidenceRow[]> {
  return sql.query<EvidenceRow>(
    `select record_id, side, exchange_id, client, service, outcome, record, salts, log_entry, opened_at
     from exchange.evidence
     where subject_key = $1 and side = 'provider' and done_at is not null and starts_with(service, $2)
       and not service like '%/findUsage' and ($3::uuid is null or record_id < $3::uuid)
     order by record_id desc limit $4`,
    [o.subjectKey, o.servicePrefix, o.before ?? null, o.limit],
  );
}

/**
 * The records of exchanges about one person, locked until the transaction ends: the provider's, and the consumer's too
 * where both ends lie in this database. `record` is absent while one is open.
 */
export function lockRecordsAbout(
  tx: Sql,
  subjectKey: Uint8Array,
): Promise<{ readonly recordId: string; readonly record: string | null }[]> {
  return tx.query(
    `select record_id as "recordId", record from exchange.evidence
     where subject_key = $1 or (authentic and exchange_id in (
       select exchange_id from exchange.evidence where subject_key = $1 and authentic))
     order by record_id for update`,
    [subjectKey],
  );
}

/** Puts shorter records in the place of whole ones, and destroys their salts, drafts and the key they are found by. */
export function blankRecords(
  tx: Sql,
  rows: readonly { readonly recordId: string; readonly record: string }[],
): Promise<number> {
  return tx.run(
    `update exchange.evidence set subject_key = null, salts = '{}', draft = '{}', record = given.record
     from json_to_recordset($1) as given ("recordId" uuid, record text) where record_id = given."recordId"`,
    [JSON.stringify(rows)],
  );
}
