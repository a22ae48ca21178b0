import { isUuid } from "#kernel";
import type { Sql } from "#store";
import type { Endpoint } from "../r1/metaservices.ts";

/** What rights need to know of a service that is published. */
export interface PublishedTerms {
  /** Path form. */
  readonly path: string;
  readonly endpoints: readonly Endpoint[];
  readonly purposeRequired: boolean;
  readonly consent: "none" | "required";
  /** What its answers can have by its description, as a right names fields; `null` while nothing says. */
  readonly fields: readonly string[] | null;
}

/** Writes down what a gateway publishes, in the place of what it published before. */
export async function putPublished(sql: Sql, gateway: string, services: readonly PublishedTerms[]): Promise<void> {
  const given = services.map(({ purposeRequired, ...rest }) => ({ ...rest, purpose_required: purposeRequired }));
  await sql.transaction(async (tx) => {
    await tx.run("delete from exchange.published_service where gateway = $1 and not path = any ($2)", [
      gateway,
      services.map(({ path }) => path),
    ]);
    await tx.run(
      `insert into exchange.published_service as s (gateway, path, endpoints, purpose_required, consent, fields)
       select $1, path, endpoints, purpose_required, consent, fields from json_to_recordset($2)
         as given (path text, endpoints jsonb, purpose_required boolean, consent text, fields jsonb)
       on conflict (gateway, path) do update set endpoints = excluded.endpoints,
         purpose_required = excluded.purpose_required, consent = excluded.consent, fields = excluded.fields
       where (s.endpoints, s.purpose_required, s.consent, s.fields)
         is distinct from (excluded.endpoints, excluded.purpose_required, excluded.consent, excluded.fields)`,
      [gateway, JSON.stringify(given)],
    );
  });
}

/** The services of one agency. One that several of its gateways publish is there once. */
export function publishedServices(sql: Sql, owner: string): Promise<PublishedTerms[]> {
  return sql.query<PublishedTerms>(
    `select distinct on (path) path, endpoints, purpose_required as "purposeRequired", consent, fields
     from exchange.published_service where starts_with(path, $1 || '/') order by path, gateway`,
    [owner],
  );
}

/** One exchange as it was judged, from a record that may have been shortened since. */
export interface JudgedRow {
  readonly recordId: string;
  readonly exchangeId: string;
  readonly side: "consumer" | "provider";
  readonly at: Date;
  readonly client: string;
  readonly service: string;
  readonly outcome: string | null;
  readonly method: string;
  readonly operation: string | null;
  readonly endpoint: string | null;
  readonly purpose: string | null;
  readonly legalBasis: string | null;
  readonly consented: boolean;
  readonly rightId: string | null;
  readonly rightVersion: number | null;
  readonly denialReason: string | null;
  readonly nearest: string | null;
  /** The gateway it came from, path form; nothing in records from before it was kept. */
  readonly sender: string | null;
}

/** By the id of an exchange or of a record; the provider's side first. */
export function judgedRows(sql: Sql, id: string): Promise<JudgedRow[]> {
  return sql.query<JudgedRow>(
    `select record_id as "recordId", exchange_id as "exchangeId", side, opened_at as at, client, service, outcome,
       r->>'method' as method, r->>'operation' as operation, r->>'endpoint' as endpoint, r->>'purpose' as purpose,
       r->>'legalBasis' as "legalBasis", r->>'consentId' is not null as consented, r->>'rightId' as "rightId",
       (r->>'rightVersion')::int as "rightVersion", r->'denial'->>'reason' as "denialReason",
       r->'denial'->>'nearest' as nearest, r->>'sender' as sender
     from exchange.evidence, lateral (select coalesce(record::json, draft) as r) as read
     where authentic and ((side = 'consumer' and exchange_id = $1) or (side = 'provider' and exchange_id = $1)
       or record_id = $2) order by side desc, record_id limit 10`,
    [id, isUuid(id) ? id : null],
  );
}

/** Calls that are alike in all that rights look at. */
export interface TrafficKind {
  readonly client: string;
  readonly service: string;
  readonly method: string;
  readonly operation: string | null;
  readonly purpose: string | null;
  readonly legalBasis: string | null;
  readonly consented: boolean;
  /** The gateway they came from. */
  readonly sender: string | null;
  readonly calls: number;
  readonly lastAt: Date;
  /** One of them. */
  readonly exchangeId: string;
}

/**
 * What an agency's services were asked since a record id, refused calls too; many calls, few kinds.
 * Asked `byTime`, calls of different quarters of an hour of the week (UTC) are of different kinds.
 * @param o.since record ids grow with time; `o.most` calls at most are read, the newest, and `o.limit` kinds answered
 */
export function trafficKinds(
  sql: Sql,
  o: {
    readonly owner: string;
    readonly since: string;
    readonly limit: number;
    readonly most: number;
    readonly byTime: boolean;
  },
): Promise<TrafficKind[]> {
  return sql.query<TrafficKind>(
    `with calls as (
       select client, service, exchange_id, opened_at, coalesce(record::json, draft) as kept
       from exchange.evidence
       where record_id >= $2 and side = 'provider' and authentic and starts_with(service, $1 || '/')
       order by record_id desc limit $4)
     select client, service, method, operation, purpose, "legalBasis", "consentId" is not null as consented, sender,
       count(*)::int as calls, max(opened_at) as "lastAt", max(exchange_id) as "exchangeId"
     from calls, json_to_record(kept)
       as r (method text, operation text, purpose text, "legalBasis" text, "consentId" text, sender text)
     where method is not null group by 1, 2, 3, 4, 5, 6, 7, 8,
       case when $5 then floor(extract(epoch from opened_at) / 900)::bigint % 672 end
     order by calls desc limit $3`,
    [o.owner, o.since, o.limit, o.most, o.byTime],
  );
}

/** The agency's groups that a client was in at an instant. */
export async function localGroupsAt(
  sql: Sql,
  o: { readonly owner: string; readonly client: string; readonly at: Date },
): Promise<Set<string>> {
  const rows = await sql.query<{ code: string; change: string }>(
    `select distinct on (code) code, change from exchange.local_group_change
     where owner = $1 and client = $2 and at <= $3 order by code, log_entry desc`,
    [o.owner, o.client, o.at],
  );
  return new Set(rows.filter(({ change }) => change === "group-joined").map(({ code }) => code));
}
