/** The SQL of the beneficiary mapper (schema `payments`). */
import type { Sql } from "#store";
import type { Modality } from "./address.ts";
import type { Link } from "./mapper.ts";

export interface LinkRow {
  readonly id: string;
  readonly institution: string;
  readonly index: Buffer;
  readonly sealed: Buffer;
  readonly modality: Modality;
  readonly verdict: Link["verdict"];
  readonly active: boolean;
  readonly changedAt: Date;
}

export function linkOf(
  sql: Sql,
  institution: string,
  index: Buffer,
  lock: "for update" | "" = "",
): Promise<LinkRow | undefined> {
  return sql.one(
    `select id, institution, payee_index as index, sealed, modality, verdict, active, changed_at as "changedAt"
       from payments.api_link where institution = $1 and payee_index = $2 ${lock}`,
    [institution, index],
  );
}

/** Writes a link. @returns false if another one was linked at the same moment */
export async function putLink(tx: Sql, row: LinkRow): Promise<boolean> {
  const written = await tx.run(
    `insert into payments.api_link as l (id, institution, payee_index, sealed, modality, verdict, active, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (institution, payee_index) do update
       set sealed = excluded.sealed, modality = excluded.modality, verdict = excluded.verdict,
           active = excluded.active, changed_at = excluded.changed_at
     where l.id = excluded.id`,
    [row.id, row.institution, row.index, row.sealed, row.modality, row.verdict, row.active, row.changedAt],
  );
  return written === 1;
}

export interface LinkEventRow {
  readonly link: string;
  readonly event: "linked" | "updated" | "unlinked";
  readonly client: string;
  readonly request: string;
  readonly modality: Modality;
  readonly verdict: string;
  /** Keyed hash of the address, by which two events can be compared. */
  readonly address: Buffer;
  readonly at: Date;
}

export async function insertLinkEvent(tx: Sql, row: LinkEventRow): Promise<void> {
  await tx.run(
    `insert into payments.api_link_event (link, seq, event, client, request, modality, verdict, address_index, at)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8 from payments.api_link_event where link = $1`,
    [row.link, row.event, row.client, row.request, row.modality, row.verdict, row.address, row.at],
  );
}

export function linkEvents(sql: Sql, institution: string, index: Buffer): Promise<LinkEventRow[]> {
  return sql.query(
    `select e.link, e.event, e.client, e.request, e.modality, e.verdict, e.address_index as address, e.at
       from payments.api_link_event e join payments.api_link l on l.id = e.link
      where l.institution = $1 and l.payee_index = $2 order by e.seq`,
    [institution, index],
  );
}

/** A request for changes, and how its results are to be told. */
export interface WishList {
  readonly client: string;
  readonly request: string;
  /** In whose words the results are told. */
  readonly form: string;
  readonly callback: string | null;
  readonly correlation: string | null;
  readonly at: Date;
}

export interface WishRow {
  readonly client: string;
  readonly request: string;
  readonly n: number;
  readonly kind: "link" | "update";
  readonly institution: string;
  readonly sealed: Buffer;
}

export async function insertWishes(tx: Sql, list: WishList, wishes: readonly WishRow[]): Promise<void> {
  await tx.run(
    `insert into payments.api_wish_list (client, request, form, callback, correlation, at) values ($1, $2, $3, $4, $5, $6)`,
    [list.client, list.request, list.form, list.callback, list.correlation, list.at],
  );
  await tx.run(
    `insert into payments.api_wish (client, request, n, kind, institution, sealed)
     select $1, $2, n, kind, $3, sealed from unnest($4::int[], $5::text[], $6::bytea[]) as w (n, kind, sealed)`,
    [
      list.client,
      list.request,
      wishes[0]?.institution ?? "",
      wishes.map(({ n }) => n),
      wishes.map(({ kind }) => kind),
      wishes.map(({ sealed }) => sealed),
    ],
  );
}

/** Lists that are not finished, oldest first. */
export function openWishLists(sql: Sql, limit: number): Promise<WishList[]> {
  return sql.query(
    `select client, request, form, callback, correlation, at from payments.api_wish_list
      where finished_at is null order by at limit $1`,
    [limit],
  );
}

export function openWishes(sql: Sql, client: string, request: string, limit: number): Promise<WishRow[]> {
  return sql.query(
    `select client, request, n, kind, institution, sealed from payments.api_wish
      where client = $1 and request = $2 and outcome is null order by n limit $3`,
    [client, request, limit],
  );
}

export async function setOutcome(
  sql: Sql,
  wish: Pick<WishRow, "client" | "request" | "n">,
  reason: string | undefined,
): Promise<void> {
  await sql.run(
    `update payments.api_wish set outcome = $4, reason = $5 where client = $1 and request = $2 and n = $3 and outcome is null`,
    [wish.client, wish.request, wish.n, reason === undefined ? "done" : "failed", reason ?? null],
  );
}

/** @returns false if another process finished it */
export async function finishWishList(tx: Sql, list: WishList, at: Date): Promise<boolean> {
  const changed = await tx.run(
    `update payments.api_wish_list set finished_at = $3 where client = $1 and request = $2 and finished_at is null`,
    [list.client, list.request, at],
  );
  return changed === 1;
}

export function failedWishes(
  sql: Sql,
  client: string,
  request: string,
): Promise<(WishRow & { readonly reason: string })[]> {
  return sql.query(
    `select client, request, n, kind, institution, sealed, reason from payments.api_wish
      where client = $1 and request = $2 and outcome = 'failed' order by n`,
    [client, request],
  );
}
