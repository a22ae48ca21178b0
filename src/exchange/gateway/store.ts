import type { Prepared, Sql } from "#store";
import type { AccessRight } from "../rights/rights.ts";
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
       (record_id, server_code, side, exchange_id, authentic, opened_at, client, service, draft, salts, subject_key)
     select record_id, server_code, side, exchange_id, authentic, opened_at, client, service, draft, salts,
       decode(subject_key, 'hex')
     from json_to_recordset($1) as given (record_id uuid, server_code text, side text, exchange_id text,
       authentic boolean, opened_at timestamptz, client text, service text, draft json, salts json, subject_key text)
     on conflict (server_code, side, exchange_id) where authentic do nothing
     returning record_id`,
};

/**
 * Opens records; durable when it returns. Answers the ids of those that are new: the others' exchanges this side has
 * recorded already.
 */
export async function openEvidence(sql: Sql, rows: readonly OpeningRow[]): Promise<ReadonlySet<string>> {
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
  const made = await sql.query<{ record_id: string }>(openStatement, [JSON.stringify(given)]);
  return new Set(made.map((row) => row.record_id));
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
     set done_at = given.done_at, outcome = given.outcome, record = given.record, log_entry = given.log_entry
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

/** Records that a killed process left open. */
export function openRecords(sql: Sql, serverCode: string): Promise<{ draft: Draft; salts: Salts }[]> {
  return sql.query(
    "select draft, salts from exchange.evidence where server_code = $1 and done_at is null order by record_id",
    [serverCode],
  );
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

interface RightRow {
  readonly id: string;
  readonly version: number;
  readonly provider: string;
  readonly service_code: string;
  readonly subject: string;
  readonly method: string;
  readonly path_glob: string;
  readonly purposes: string[];
  readonly legal_bases: string[];
  readonly consent: AccessRight["consent"];
  readonly fields: string[] | null;
  readonly valid_from: Date;
  readonly valid_until: Date;
  readonly state: AccessRight["state"];
}

const rightsStatement: Prepared = {
  name: "exchange.rights",
  text: `select id, version, provider, service_code, subject, method, path_glob, purposes, legal_bases, consent, fields,
      valid_from, valid_until, state
    from exchange.access_right where provider = $1 and ($2::text is null or service_code = $2) order by id`,
};

/** All rights on a service, whatever their state: a denial says which came nearest. Without a code: on the subsystem. */
export async function rightsOn(sql: Sql, provider: string, serviceCode?: string): Promise<AccessRight[]> {
  const rows = await sql.query<RightRow>(rightsStatement, [provider, serviceCode ?? null]);
  return rows.map(rightFrom);
}

function rightFrom(row: RightRow): AccessRight {
  return {
    id: row.id,
    version: row.version,
    provider: row.provider,
    serviceCode: row.service_code,
    subject: row.subject,
    method: row.method,
    pathGlob: row.path_glob,
    purposes: row.purposes,
    legalBases: row.legal_bases,
    consent: row.consent,
    fields: row.fields,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    state: row.state,
  };
}

export async function putRight(tx: Sql, right: AccessRight, now: Date): Promise<void> {
  await tx.run(
    `insert into exchange.access_right (id, version, provider, service_code, subject, method, path_glob, purposes,
       legal_bases, consent, fields, valid_from, valid_until, state, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      right.id,
      right.version,
      right.provider,
      right.serviceCode,
      right.subject,
      right.method,
      right.pathGlob,
      right.purposes,
      right.legalBases,
      right.consent,
      right.fields,
      right.validFrom,
      right.validUntil,
      right.state,
      now,
    ],
  );
}

/** Changes a right's state; answers the right as it then is, or nothing if there is none, or it is revoked. */
export async function changeRightState(
  tx: Sql,
  id: string,
  state: AccessRight["state"],
  now: Date,
): Promise<AccessRight | undefined> {
  const row = await tx.one<RightRow>(
    `update exchange.access_right set state = $2, version = version + 1, changed_at = $3
     where id = $1 and state <> 'revoked' and state <> $2 returning *`,
    [id, state, now],
  );
  return row && rightFrom(row);
}

/** A right, locked until the transaction ends. */
export async function lockRight(tx: Sql, id: string): Promise<AccessRight | undefined> {
  const row = await tx.one<RightRow>("select * from exchange.access_right where id = $1 for update", [id]);
  return row && rightFrom(row);
}

/** Writes what may change of a standing right, with its version. */
export async function changeRightTerms(tx: Sql, right: AccessRight, now: Date): Promise<void> {
  await tx.run(
    `update exchange.access_right set version = $2, purposes = $3, legal_bases = $4, consent = $5, fields = $6,
       valid_until = $7, changed_at = $8 where id = $1`,
    [right.id, right.version, right.purposes, right.legalBases, right.consent, right.fields, right.validUntil, now],
  );
}

/** Keeps what was logged about a right, with the salt that opens the entry's commitment. */
export async function putRightChange(
  tx: Sql,
  o: {
    readonly right: AccessRight;
    readonly at: Date;
    readonly change: string;
    readonly record: string;
    readonly salt: string;
    readonly logEntry: bigint;
  },
): Promise<void> {
  await tx.run(
    `insert into exchange.right_change (right_id, version, at, change, record, salt, log_entry)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [o.right.id, o.right.version, o.at, o.change, o.record, o.salt, o.logEntry],
  );
}
