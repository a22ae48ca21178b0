import type { JsonValue } from "#kernel";
import type { Sql } from "#store";

/** One version of a consent as it lies in the database. */
export interface StoredConsent {
  readonly id: string;
  readonly version: number;
  readonly person: string;
  readonly givenBy: string;
  readonly caseId: string | null;
  readonly agreement: string;
  readonly agreementHash: string;
  readonly purpose: string;
  readonly basis: string;
  readonly state: "given" | "withdrawn";
  readonly expiresAt: Date;
  readonly document: JsonValue;
  readonly signature: string;
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly at: Date;
}

interface Row {
  id: string;
  version: number;
  person: string;
  given_by: string;
  case_id: string | null;
  agreement: string;
  agreement_hash: string;
  purpose: string;
  basis: string;
  state: "given" | "withdrawn";
  expires_at: Date;
  document: JsonValue;
  signature: string;
  digest: Buffer;
  salt: Buffer;
  at: Date;
}

export async function insertConsent(tx: Sql, consent: StoredConsent): Promise<void> {
  await tx.run(
    `insert into consent.record (id, version, person, given_by, case_id, agreement, agreement_hash, purpose, basis, state, expires_at, document, signature, digest, salt, at)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
    [
      consent.id,
      consent.version,
      consent.person,
      consent.givenBy,
      consent.caseId,
      consent.agreement,
      consent.agreementHash,
      consent.purpose,
      consent.basis,
      consent.state,
      consent.expiresAt,
      JSON.stringify(consent.document),
      consent.signature,
      Buffer.from(consent.digest),
      Buffer.from(consent.salt),
      consent.at,
    ],
  );
}

/** The newest version of a consent. */
export async function consentById(sql: Sql, id: string): Promise<StoredConsent | undefined> {
  const row = await sql.one<Row>("select * from consent.record where id = $1 order by version desc limit 1", [id]);
  return row && stored(row);
}

/** The newest version of each consent about a person or given by them, newest first. */
export async function consentsOf(sql: Sql, person: string): Promise<StoredConsent[]> {
  const rows = await sql.query<Row>(
    "select distinct on (id) * from consent.record where person = $1 or given_by = $1 order by id, version desc",
    [person],
  );
  return rows.map(stored).sort((left, right) => right.at.getTime() - left.at.getTime());
}

/** A reading of somebody's data as a provider's gateway told it. */
export interface UsageRecord {
  readonly gateway: string;
  readonly id: string;
  readonly at: Date;
  readonly record: JsonValue;
  readonly receipt: JsonValue | null;
}

export async function saveUsage(tx: Sql, person: string, records: readonly UsageRecord[]): Promise<void> {
  for (const usage of records) {
    await tx.run(
      `insert into consent.usage (gateway, id, person, at, record, receipt) values ($1,$2,$3,$4,$5,$6)
       on conflict (gateway, id) do update set receipt = coalesce(excluded.receipt, consent.usage.receipt), record = excluded.record
       where consent.usage.person = excluded.person`,
      [
        usage.gateway,
        usage.id,
        person,
        usage.at,
        JSON.stringify(usage.record),
        usage.receipt === null ? null : JSON.stringify(usage.receipt),
      ],
    );
  }
}

/** Which readings of a person are meant. */
export interface UsageChoice {
  /** Only readings that one of these cases caused, by id or number. */
  readonly issues?: readonly string[] | undefined;
  /** Leaves out readings for this purpose. */
  readonly without?: string | undefined;
  /** Only readings from this instant on. */
  readonly since?: Date | undefined;
}

const chosen = `person = $1 and ($2::text[] is null or record->>'issue' = any($2))
  and ($3::text is null or record->>'purpose' is distinct from $3) and ($4::timestamptz is null or at >= $4)`;

function choiceOf(person: string, { issues, without, since }: UsageChoice): unknown[] {
  return [person, issues ?? null, without ?? null, since ?? null];
}

/** Readings of a person's data, newest first. */
export async function usageOf(
  sql: Sql,
  person: string,
  options: UsageChoice & { readonly limit: number; readonly offset: number },
): Promise<{ records: UsageRecord[]; total: number }> {
  const records = await sql.query<UsageRecord>(
    `select gateway, id, at, record, receipt from consent.usage where ${chosen} order by at desc, id desc limit $5 offset $6`,
    [...choiceOf(person, options), options.limit, options.offset],
  );
  const { count } = await usageCount(sql, person, options);
  return { records, total: count };
}

/** How many readings there are, and how many of them name a purpose. */
export async function usageCount(
  sql: Sql,
  person: string,
  choice: UsageChoice,
): Promise<{ count: number; withPurpose: number }> {
  const row = await sql.one<{ n: bigint; grounded: bigint }>(
    `select count(*) as n, count(record->>'purpose') as grounded from consent.usage where ${chosen}`,
    choiceOf(person, choice),
  );
  return { count: Number(row!.n), withPurpose: Number(row!.grounded) };
}

/** How many of these readings are kept already, with their receipts. */
export async function knownUsage(sql: Sql, person: string, gateway: string, ids: readonly string[]): Promise<number> {
  const row = await sql.one<{ n: bigint }>(
    "select count(*) as n from consent.usage where person = $1 and gateway = $2 and id = any($3) and receipt is not null",
    [person, gateway, ids],
  );
  return Number(row!.n);
}

/** One reading, if it is among the chosen ones of this person. */
export async function usageById(
  sql: Sql,
  person: string,
  of: { readonly gateway: string; readonly id: string } & Pick<UsageChoice, "issues">,
): Promise<UsageRecord | undefined> {
  return sql.one(
    `select gateway, id, at, record, receipt from consent.usage where ${chosen} and gateway = $5 and id = $6`,
    [...choiceOf(person, of), of.gateway, of.id],
  );
}

/** When each gateway was last asked about a person, how far, and what went wrong. */
export interface UsageRead {
  readonly gateway: string;
  /** Where the gateway's list goes on with older readings that are not kept yet; `null` where its end was reached. */
  readonly cursor: string | null;
  /** The last good reading. */
  readonly at: Date | null;
  readonly triedAt: Date;
  readonly fault: string | null;
  /** The person's whole list in the gateway's log with its proof (`PersonList`), as of the last good reading. */
  readonly list: JsonValue;
  /** How many readings there are kept here. */
  readonly kept: number;
}

export async function usageReads(sql: Sql, person: string): Promise<UsageRead[]> {
  return sql.query(
    `select gateway, cursor, at, tried_at as "triedAt", fault, list, (select count(*)::int from consent.usage u
       where u.person = r.person and u.gateway = r.gateway) as kept
     from consent.usage_read r where person = $1`,
    [person],
  );
}

/** A failed reading keeps the time and the place of the last good one: what the page calls "as of" must be true. */
export async function saveUsageRead(tx: Sql, person: string, read: Omit<UsageRead, "at" | "kept">): Promise<void> {
  await tx.run(
    `insert into consent.usage_read as kept (person, gateway, cursor, at, tried_at, fault, list)
     values ($1, $2, $3, case when $5::text is null then $4::timestamptz end, $4, $5, $6)
     on conflict (person, gateway) do update set tried_at = excluded.tried_at, fault = excluded.fault,
       at = coalesce(excluded.at, kept.at), list = coalesce(excluded.list, kept.list),
       cursor = case when excluded.fault is null then excluded.cursor else kept.cursor end`,
    [
      person,
      read.gateway,
      read.cursor,
      read.triedAt,
      read.fault,
      read.list === null ? null : JSON.stringify(read.list),
    ],
  );
}

/**
 * Destroys the salts by which a person's consents could be told among the log's entries, and the copies of what gateways
 * said about readings of their data. The consents themselves stay with the case they were given for.
 */
export async function forgetConsents(
  tx: Sql,
  person: string,
): Promise<{ readonly consents: number; readonly readings: number }> {
  const consents = await tx.run("update consent.record set salt = '' where person = $1 and salt <> ''", [person]);
  const readings = await tx.run("delete from consent.usage where person = $1", [person]);
  await tx.run("delete from consent.usage_read where person = $1", [person]);
  return { consents, readings };
}

function stored(row: Row): StoredConsent {
  return {
    id: row.id,
    version: row.version,
    person: row.person,
    givenBy: row.given_by,
    caseId: row.case_id,
    agreement: row.agreement,
    agreementHash: row.agreement_hash,
    purpose: row.purpose,
    basis: row.basis,
    state: row.state,
    expiresAt: row.expires_at,
    document: row.document,
    signature: row.signature,
    digest: new Uint8Array(row.digest),
    salt: new Uint8Array(row.salt),
    at: row.at,
  };
}
