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

const finishStatement: Prepared = {
  name: "exchange.finish",
  text: `update exchange.evidence
     set draft = '{}', done_at = given.done_at, outcome = given.outcome, record = given.record, log_entry = given.log_entry
     from json_to_recordset($1) as given (record_id uuid, done_at timestamptz, outcome text, record text, log_entry bigint)
     where evidence.record_id = given.record_id and evidence.done_at is null`,
};

/** Closes records, each once. Answers how many: those closed before do not count. */
export function finishEvidence(tx: Sql, rows: readonly EndingRow[]): Promise<number> {
  const given = rows.map(({ recordId, outcome, record, logEntry, now }) => ({
    record_id: recordId,
    done_at: now,
    outcome,
    record,
    log_entry: String(logEntry),
  }));
  return tx.run(finishStatement, [JSON.stringify(given)]);
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
