import type { Sql } from "#store";
import type { OperationalRecord } from "./record.ts";

/** Calls alike, summed. `buckets` as in durations.ts. */
export interface Sum {
  readonly side: OperationalRecord["securityServerType"];
  readonly client: string;
  readonly service: string;
  readonly calls: number;
  readonly buckets: readonly number[];
  readonly milliseconds: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}
export type MinuteSum = Sum & { readonly minute: Date; readonly succeeded: boolean };
/** `status`: the class of the answer's status, such as `2xx`. */
export type TotalSum = Sum & { readonly status: string };

export async function putRecords(tx: Sql, records: readonly OperationalRecord[]): Promise<void> {
  await tx.run(
    `insert into exchange.operational_record (at, record)
     select to_timestamp((record ->> 'responseOutTs')::float8 / 1000), record from jsonb_array_elements($1::jsonb) as record`,
    [JSON.stringify(records)],
  );
}

const sumColumns = `side text, client text, service text, calls bigint, buckets bigint[], milliseconds float8,
  request_bytes bigint, response_bytes bigint`;
const added = (table: string): string => `calls = ${table}.calls + excluded.calls,
  buckets = (select array_agg(a + b order by at) from unnest(${table}.buckets, excluded.buckets) with ordinality as pair (a, b, at)),
  milliseconds = ${table}.milliseconds + excluded.milliseconds,
  request_bytes = ${table}.request_bytes + excluded.request_bytes,
  response_bytes = ${table}.response_bytes + excluded.response_bytes`;

/** Adds sums to what is there. Rows are taken in one order, so that two processes cannot wait for each other. */
export async function addMinutes(tx: Sql, sums: readonly MinuteSum[]): Promise<void> {
  await tx.run(
    `insert into exchange.traffic_minute (minute, succeeded, side, client, service, calls, buckets, milliseconds, request_bytes, response_bytes)
     select minute, succeeded, side, client, service, calls, buckets, milliseconds, request_bytes, response_bytes
     from jsonb_to_recordset($1) as given (minute timestamptz, succeeded boolean, ${sumColumns})
     order by minute, side, client, service, succeeded
     on conflict (minute, side, client, service, succeeded) do update set ${added("traffic_minute")}`,
    [JSON.stringify(sums.map(snake))],
  );
}

export async function addTotals(tx: Sql, sums: readonly TotalSum[]): Promise<void> {
  await tx.run(
    `insert into exchange.traffic_total (status, side, client, service, calls, buckets, milliseconds, request_bytes, response_bytes)
     select status, side, client, service, calls, buckets, milliseconds, request_bytes, response_bytes
     from jsonb_to_recordset($1) as given (status text, ${sumColumns})
     order by side, client, service, status
     on conflict (side, client, service, status) do update set ${added("traffic_total")}`,
    [JSON.stringify(sums.map(snake))],
  );
}

/** Calls of one service that broke its description. */
export interface BreachSum {
  readonly service: string;
  readonly mode: "report" | "enforce";
  readonly calls: number;
}

export async function addBreaches(tx: Sql, sums: readonly BreachSum[]): Promise<void> {
  await tx.run(
    `insert into exchange.contract_breach_total (service, mode, calls)
     select service, mode, calls from jsonb_to_recordset($1) as given (service text, mode text, calls bigint)
     order by service, mode
     on conflict (service, mode) do update set calls = contract_breach_total.calls + excluded.calls`,
    [JSON.stringify(sums)],
  );
}

export function breachTotals(sql: Sql): Promise<BreachSum[]> {
  return sql.query<BreachSum>(
    "select service, mode, calls::float8 as calls from exchange.contract_breach_total order by service, mode",
  );
}

function snake({ requestBytes, responseBytes, ...rest }: Sum): object {
  return { ...rest, request_bytes: requestBytes, response_bytes: responseBytes };
}

const sumFields = `side, client, service, calls::float8 as calls, buckets::float8[] as buckets, milliseconds,
  request_bytes::float8 as "requestBytes", response_bytes::float8 as "responseBytes"`;

/** Under which services calls have been summed, as `side service`; at most so many. */
export async function countedServices(sql: Sql, most: number): Promise<string[]> {
  const rows = await sql.query<{ service: string }>(
    "select distinct side || ' ' || service as service from exchange.traffic_total limit $1",
    [most],
  );
  return rows.map((row) => row.service);
}

export function totals(sql: Sql): Promise<TotalSum[]> {
  return sql.query<TotalSum>(
    `select status, ${sumFields} from exchange.traffic_total order by side, client, service, status`,
  );
}

export function minutesSince(sql: Sql, from: Date): Promise<MinuteSum[]> {
  return sql.query<MinuteSum>(
    `select minute, succeeded, ${sumFields} from exchange.traffic_minute where minute >= $1 order by minute`,
    [from],
  );
}

/** Records in the order they were kept, from one after `after` on. Times are inclusive, as in PR-OPMON. */
export function recordsBetween(
  sql: Sql,
  o: {
    readonly from: Date;
    readonly to: Date;
    readonly client?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<{ readonly id: string; readonly record: OperationalRecord }[]> {
  return sql.query(
    `select id::text as id, record from exchange.operational_record
     where at >= $1 and at <= $2 and id > $3::bigint and ($4::text is null or concat_ws('/', record ->> 'clientXRoadInstance',
       record ->> 'clientMemberClass', record ->> 'clientMemberCode', record ->> 'clientSubsystemCode') = $4)
     order by operational_record.id limit $5`,
    [o.from, o.to, o.after ?? "0", o.client ?? null, o.limit],
  );
}

/** The newest records since a time, newest first. */
export async function latestRecords(sql: Sql, from: Date, limit: number): Promise<OperationalRecord[]> {
  const rows = await sql.query<{ record: OperationalRecord }>(
    "select record from exchange.operational_record where at >= $1 order by id desc limit $2",
    [from, limit],
  );
  return rows.map(({ record }) => record);
}

/** Throws away what is older than is kept. Answers how many records went. */
export async function purge(sql: Sql, o: { readonly records: Date; readonly minutes: Date }): Promise<number> {
  await sql.run("delete from exchange.traffic_minute where minute < $1", [o.minutes]);
  return sql.run("delete from exchange.operational_record where at < $1", [o.records]);
}

/** Evidence of exchanges that have not ended, and the age of the oldest in seconds. */
export async function openExchanges(sql: Sql, now: Date): Promise<{ readonly open: number; readonly oldest: number }> {
  const row = await sql.one<{ open: number; oldest: number }>(
    `select count(*)::int as open, coalesce(extract(epoch from $1 - min(opened_at)), 0)::float8 as oldest
     from exchange.evidence where done_at is null`,
    [now],
  );
  return row!;
}

/** The database's clock, and whether it takes writes. */
export async function databaseState(sql: Sql): Promise<{ readonly now: Date; readonly writable: boolean }> {
  const row = await sql.one<{ now: Date; readonly: boolean }>(
    "select clock_timestamp() as now, pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as readonly",
  );
  return { now: row!.now, writable: !row!.readonly };
}

/** Lowest, mean, highest and standard deviation. */
export interface Spread {
  readonly min: number;
  readonly average: number;
  readonly max: number;
  readonly stddev: number;
}

/** How one of this gateway's services fared; durations in milliseconds, sizes in bytes. */
export interface ServiceHealth {
  readonly service: string;
  /** Milliseconds since 1970; absent when there was none in the week that is kept. */
  readonly lastSuccessfulRequestTs?: number;
  readonly lastUnsuccessfulRequestTs?: number;
  readonly successfulRequestCount: number;
  readonly unsuccessfulRequestCount: number;
  readonly requestDuration?: Spread;
  readonly requestSize?: Spread;
  readonly responseSize?: Spread;
}

const spread = (value: string): string =>
  `jsonb_build_object('min', min(${value}) filter (where recent), 'average', avg(${value}) filter (where recent),
    'max', max(${value}) filter (where recent), 'stddev', stddev_pop(${value}) filter (where recent))`;

/** Each service that was called here in the week that is kept, with statistics since `since` of calls that succeeded. */
export async function healthOfServices(sql: Sql, since: Date): Promise<ServiceHealth[]> {
  const rows = await sql.query<{ [Key in keyof ServiceHealth]: ServiceHealth[Key] | null }>(
    `select service, (max(done) filter (where good))::float8 as "lastSuccessfulRequestTs",
       (max(done) filter (where not good))::float8 as "lastUnsuccessfulRequestTs",
       (count(*) filter (where good and at >= $1))::int as "successfulRequestCount",
       (count(*) filter (where not good and at >= $1))::int as "unsuccessfulRequestCount",
       ${spread("done - begun")} as "requestDuration", ${spread("request")} as "requestSize",
       ${spread("response")} as "responseSize"
     from (select at, (record ->> 'succeeded')::boolean as good, (record ->> 'responseOutTs')::float8 as done,
         (record ->> 'requestInTs')::float8 as begun, (record ->> 'requestSize')::float8 as request,
         (record ->> 'responseSize')::float8 as response, at >= $1 and (record ->> 'succeeded')::boolean as recent,
         concat_ws('/', record ->> 'serviceXRoadInstance', record ->> 'serviceMemberClass', record ->> 'serviceMemberCode',
           record ->> 'serviceSubsystemCode', record ->> 'serviceCode') as service
       from exchange.operational_record
       where record ->> 'securityServerType' = 'Producer' and record ? 'serviceCode') as call
     group by service order by service`,
    [since],
  );
  return rows.map((row) => {
    const known = Object.entries(row).filter(([, value]) => value !== null && !isEmpty(value));
    return Object.fromEntries(known) as unknown as ServiceHealth;
  });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Spread).min === null;
}
