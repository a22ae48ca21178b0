import { isUuid } from "#kernel";
import type { Prepared, Sql } from "#store";
import type { TimeWindow } from "./time-window.ts";
import { rightOf, type AccessRight, type RightSubject, type RightState } from "./right.ts";

interface RightRow {
  readonly id: string;
  readonly version: number;
  readonly provider: string;
  readonly service_code: string;
  readonly subject_kind: RightSubject["kind"];
  readonly subject: string;
  readonly method: string;
  readonly path_glob: string;
  readonly purposes: string[];
  readonly legal_bases: string[];
  readonly consent: AccessRight["consent"];
  readonly fields: string[] | null;
  readonly valid_from: Date;
  readonly valid_until: Date;
  readonly state: RightState;
  readonly quota: AccessRight["quota"] | null;
  readonly payload_check: AccessRight["payloadCheck"] | null;
  readonly review_at: Date | null;
  readonly owner: string | null;
  readonly replaces: string | null;
  readonly consent_unless: string[] | null;
  readonly time_window: TimeWindow | null;
  readonly source_gateways: string[] | null;
}

const columns = `id, version, provider, service_code, subject_kind, subject, method, path_glob, purposes, legal_bases,
  consent, fields, valid_from, valid_until, state, quota, payload_check, review_at, owner, replaces,
  consent_unless, time_window, source_gateways`;

const callStatement: Prepared = {
  name: "exchange.rights-for-call",
  text: `select ${columns},
      case when subject_kind = 'local-group' then exists (
        select 1 from exchange.local_group_member g
        where g.owner = $3 and g.code = access_right.subject and g.client = $4) end as in_group
    from exchange.access_right
    where provider = $1 and service_code = $2 and state not in ('draft', 'proposed') order by id`,
};

/** Whom a call concerns, all in path form but the service's code. */
export interface CallRightsQuestion {
  readonly provider: string;
  readonly serviceCode: string;
  readonly owner: string;
  readonly client: string;
}

export interface CallRights {
  readonly rights: readonly AccessRight[];
  readonly localGroups: ReadonlySet<string>;
}

/**
 * What decides about a call: the rights on its service, whatever became of them (a denial says which came nearest), but
 * none that is only proposed; and the provider's groups among their subjects that the client is in. One statement.
 */
export async function rightsForCall(sql: Sql, o: CallRightsQuestion): Promise<CallRights> {
  const rows = await sql.query<RightRow & { readonly in_group: boolean | null }>(callStatement, [
    o.provider,
    o.serviceCode,
    o.owner,
    o.client,
  ]);
  const localGroups = new Set(rows.filter((row) => row.in_group === true).map((row) => row.subject));
  return { rights: rows.map(rightFrom), localGroups };
}

/** All rights of a subsystem, or on one of its services, whatever their state. */
export async function rightsOn(sql: Sql, provider: string, serviceCode?: string): Promise<AccessRight[]> {
  const rows = await sql.query<RightRow>(
    `select ${columns} from exchange.access_right
     where provider = $1 and ($2::text is null or service_code = $2) order by id`,
    [provider, serviceCode ?? null],
  );
  return rows.map(rightFrom);
}

/** Has those who give rights on one service at a time wait for each other, until the transaction ends. */
export async function lockService(tx: Sql, provider: string, serviceCode: string): Promise<boolean> {
  const text = `exchange.access_right ${provider}/${serviceCode}`;
  return (await tx.one("select pg_advisory_xact_lock(hashtextextended($1, 0))", [text])) !== undefined;
}

/** All rights an agency has given or is about to give, newest first. `owner` is the member, path form. */
export async function rightsOfAgency(sql: Sql, owner: string): Promise<AccessRight[]> {
  const rows = await sql.query<RightRow>(
    `select ${columns} from exchange.access_right where starts_with(provider, $1 || '/') order by id desc`,
    [owner],
  );
  return rows.map(rightFrom);
}

function rightFrom(row: RightRow): AccessRight {
  return {
    id: row.id,
    version: row.version,
    provider: row.provider,
    serviceCode: row.service_code,
    subject: { kind: row.subject_kind, id: row.subject },
    method: row.method,
    pathGlob: row.path_glob,
    purposes: row.purposes,
    legalBases: row.legal_bases,
    consent: row.consent,
    fields: row.fields,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    state: row.state,
    ...(row.quota ? { quota: row.quota } : {}),
    ...(row.payload_check ? { payloadCheck: row.payload_check } : {}),
    ...(row.review_at ? { reviewAt: row.review_at } : {}),
    ...(row.owner ? { owner: row.owner } : {}),
    ...(row.replaces ? { replaces: row.replaces } : {}),
    ...(row.consent_unless ? { consentUnless: row.consent_unless } : {}),
    ...(row.time_window ? { timeWindow: row.time_window } : {}),
    ...(row.source_gateways ? { sourceGateways: row.source_gateways } : {}),
  };
}

/** Writes a right as it now is. `id`, `provider` and `replaces` are set once. */
export async function putRight(tx: Sql, right: AccessRight, now: Date): Promise<void> {
  await tx.run(
    `insert into exchange.access_right (${columns}, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
     on conflict (id) do update set version = excluded.version, service_code = excluded.service_code,
       subject_kind = excluded.subject_kind, subject = excluded.subject, method = excluded.method,
       path_glob = excluded.path_glob, purposes = excluded.purposes, legal_bases = excluded.legal_bases,
       consent = excluded.consent, fields = excluded.fields, valid_from = excluded.valid_from,
       valid_until = excluded.valid_until, state = excluded.state, quota = excluded.quota,
       payload_check = excluded.payload_check, review_at = excluded.review_at, owner = excluded.owner,
       consent_unless = excluded.consent_unless, time_window = excluded.time_window,
       source_gateways = excluded.source_gateways, changed_at = excluded.changed_at`,
    [
      right.id,
      right.version,
      right.provider,
      right.serviceCode,
      right.subject.kind,
      right.subject.id,
      right.method,
      right.pathGlob,
      right.purposes,
      right.legalBases,
      right.consent,
      right.fields,
      right.validFrom,
      right.validUntil,
      right.state,
      right.quota ? JSON.stringify(right.quota) : null,
      right.payloadCheck ?? null,
      right.reviewAt ?? null,
      right.owner ?? null,
      right.replaces ?? null,
      right.consentUnless ?? null,
      right.timeWindow ? JSON.stringify(right.timeWindow) : null,
      right.sourceGateways ?? null,
      now,
    ],
  );
}

export async function findRight(sql: Sql, owner: string, id: string): Promise<AccessRight | undefined> {
  if (!isUuid(id)) return undefined;
  const row = await sql.one<RightRow>(
    `select ${columns} from exchange.access_right where id = $1 and starts_with(provider, $2 || '/')`,
    [id, owner],
  );
  return row && rightFrom(row);
}

/** A right, locked until the transaction ends. */
export async function lockRight(tx: Sql, owner: string, id: string): Promise<AccessRight | undefined> {
  if (!isUuid(id)) return undefined;
  const row = await tx.one<RightRow>(
    `select ${columns} from exchange.access_right where id = $1 and starts_with(provider, $2 || '/') for update`,
    [id, owner],
  );
  return row && rightFrom(row);
}

/** Rights whose last instant has passed and that do not say so yet. */
export async function overdueRights(sql: Sql, owner: string, now: Date): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from exchange.access_right
     where valid_until <= $2 and state in ('approved', 'active', 'suspended') and starts_with(provider, $1 || '/')`,
    [owner, now],
  );
  return rows.map(({ id }) => id);
}

/** One change of a right, as it was entered into the log. */
export interface RightChange {
  readonly version: number;
  readonly at: Date;
  readonly change: string;
  /** Who made it; nothing in changes from before names were kept. */
  readonly by: string | null;
  readonly note: string | null;
  /** The right after the change. */
  readonly right: AccessRight;
  readonly logEntry: bigint;
}

/** Keeps what was logged about a right, with the salt that opens the entry's commitment. */
export async function putRightChange(
  tx: Sql,
  o: {
    readonly right: AccessRight;
    readonly at: Date;
    readonly change: string;
    readonly by: string;
    readonly note: string | undefined;
    readonly record: string;
    readonly salt: string;
    readonly logEntry: bigint;
  },
): Promise<void> {
  await tx.run(
    `insert into exchange.right_change (right_id, version, at, change, record, salt, log_entry, made_by, note)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [o.right.id, o.right.version, o.at, o.change, o.record, o.salt, o.logEntry, o.by, o.note ?? null],
  );
}

interface ChangeRow extends Omit<RightChange, "right"> {
  readonly record: string;
}

/** What happened to a right, oldest first. */
export async function changesOf(sql: Sql, id: string): Promise<RightChange[]> {
  const rows = await sql.query<ChangeRow>(
    `select version, at, change, made_by as by, note, record, log_entry as "logEntry"
     from exchange.right_change where right_id = $1 order by version`,
    [id],
  );
  return rows.map(({ record, ...row }) => ({ ...row, right: rightOf(record) }));
}

/** The rights on a service as they stood at an instant. */
export async function rightsAt(sql: Sql, provider: string, serviceCode: string, at: Date): Promise<AccessRight[]> {
  const rows = await sql.query<{ record: string }>(
    `select distinct on (right_id) record from exchange.right_change
     join exchange.access_right on access_right.id = right_change.right_id
     where provider = $1 and service_code = $2 and at <= $3 order by right_id, right_change.version desc`,
    [provider, serviceCode, at],
  );
  return rows.map(({ record }) => rightOf(record));
}
