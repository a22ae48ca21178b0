import type { Sql } from "#store";
import type { RequestContent, RequestKind } from "./request.ts";

export type RequestState = "pending" | "approved" | "rejected" | "withdrawn";

/** A request as the authority keeps it. */
export interface RequestRow {
  readonly id: string;
  readonly kind: RequestKind;
  /** Path form of who asks. */
  readonly member: string;
  /** The gateway that signed it; it need not be enrolled yet. */
  readonly gateway: string;
  readonly keyid: string;
  readonly content: RequestContent;
  /** SHA-256 of what was signed, base64url. */
  readonly digest: string;
  readonly asked_at: Date;
  readonly state: RequestState;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly reason: string | null;
  readonly delivered_at: Date | null;
  readonly used_at: Date | null;
}

const columns =
  "id, kind, member, gateway, keyid, content, digest, asked_at, state, decided_by, decided_at, reason, delivered_at, used_at";

/** Keeps a request. Nothing when its id is known: then `requestRow` says what is kept under it. */
export async function putRequest(
  tx: Sql,
  o: Pick<RequestRow, "id" | "kind" | "member" | "gateway" | "keyid" | "content" | "digest"> & {
    readonly jws: string;
    /** Network that it came from, of who is no member yet; kept while it waits. */
    readonly caller?: string | undefined;
    readonly now: Date;
  },
): Promise<boolean> {
  const made = await tx.run(
    `insert into exchange.membership_request (id, kind, member, gateway, keyid, content, digest, jws, asked_at, caller, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending') on conflict (id) do nothing`,
    [o.id, o.kind, o.member, o.gateway, o.keyid, JSON.stringify(o.content), o.digest, o.jws, o.now, o.caller ?? null],
  );
  return made === 1;
}

export function requestRow(sql: Sql, id: string): Promise<RequestRow | undefined> {
  return sql.one<RequestRow>(`select ${columns} from exchange.membership_request where id = $1`, [id]);
}

/** Newest first. `before` is the id of the last one of the page before. */
export function requestRows(
  sql: Sql,
  o: { readonly state?: RequestState | undefined; readonly before?: string | undefined; readonly limit?: number } = {},
): Promise<RequestRow[]> {
  return sql.query<RequestRow>(
    `select ${columns} from exchange.membership_request
     where ($1::text is null or state = $1) and ($2::uuid is null or (asked_at, id) <
       (select asked_at, id from exchange.membership_request where id = $2))
     order by asked_at desc, id desc limit $3`,
    [o.state ?? null, o.before ?? null, o.limit ?? 100],
  );
}

/** Which page of the requests that wait, or that were decided: those with a text in their sender or content. */
export interface RequestsPage {
  readonly decided: boolean;
  readonly search: string;
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** One page of requests, newest first, and how many there are on all. */
export async function findRequests(
  sql: Sql,
  { decided, search, page, perPage }: RequestsPage,
): Promise<{ readonly rows: readonly RequestRow[]; readonly found: number }> {
  const where = `from exchange.membership_request where (state <> 'pending') = $1 and
    ($2 = '' or position(lower($2) in lower(member || ' ' || gateway || ' ' || content::text)) > 0)`;
  const count = await sql.one<{ count: bigint }>(`select count(*) ${where}`, [decided, search]);
  const rows = await sql.query<RequestRow>(
    `select ${columns} ${where} order by asked_at desc, id desc limit $3 offset $4`,
    [decided, search, perPage, (page - 1) * perPage],
  );
  return { rows, found: Number(count?.count ?? 0n) };
}

/** How many wait for a decision from one sender, or one network of strangers: none of them can fill the list. */
export async function pendingCount(
  tx: Sql,
  o: { readonly member: string } | { readonly caller: string } | "strangers",
): Promise<number> {
  const row =
    o === "strangers"
      ? await tx.one<{ count: bigint }>(
          "select count(*) from exchange.membership_request where state = 'pending' and kind = 'member.join'",
        )
      : await tx.one<{ count: bigint }>(
          `select count(*) from exchange.membership_request
           where state = 'pending' and ${"member" in o ? "member" : "caller"} = $1`,
          ["member" in o ? o.member : o.caller],
        );
  return Number(row?.count ?? 0n);
}

/** Decides a pending request and answers it; nothing when another decision came first. */
export function decideRequest(
  tx: Sql,
  o: {
    readonly id: string;
    readonly state: "approved" | "rejected";
    readonly by: string;
    readonly reason: string | undefined;
    readonly now: Date;
  },
): Promise<RequestRow | undefined> {
  return tx.one<RequestRow>(
    `update exchange.membership_request set state = $2, decided_by = $3, reason = $4, decided_at = $5,
       caller = null
     where id = $1 and state = 'pending' returning ${columns}`,
    [o.id, o.state, o.by, o.reason ?? null, o.now],
  );
}

/** What one sender asked, newest first: a member by its enrolled gateways, a stranger by its key. */
export function requestsOf(
  sql: Sql,
  who: { readonly member: string } | { readonly keyid: string },
): Promise<RequestRow[]> {
  const [column, value] = "member" in who ? ["member", who.member] : ["keyid", who.keyid];
  return sql.query<RequestRow>(
    `select ${columns} from exchange.membership_request where ${column} = $1 order by asked_at desc, id desc limit 200`,
    [value],
  );
}

/** Rights that were asked of a member and not answered yet. `member` is path form. */
export function rightsAskedOf(sql: Sql, member: string): Promise<RequestRow[]> {
  return sql.query<RequestRow>(
    `select ${columns} from exchange.membership_request
     where kind = 'right.ask' and state = 'pending' and starts_with(content->>'provider', $1 || '/')
     order by asked_at, id limit 200`,
    [member],
  );
}

export async function markDelivered(tx: Sql, ids: readonly string[], now: Date): Promise<void> {
  await tx.run(
    "update exchange.membership_request set delivered_at = $2 where id = any($1::uuid[]) and delivered_at is null",
    [ids, now],
  );
}

/** Uses up an approved request that lets a key enrol a gateway. False when there is none. */
export async function useVoucher(
  tx: Sql,
  o: { readonly member: string; readonly gateway: string; readonly keyid: string; readonly now: Date },
): Promise<boolean> {
  const serverCode = o.gateway.slice(o.member.length + 1);
  const used = await tx.run(
    `update exchange.membership_request set used_at = $5 where id = (
       select id from exchange.membership_request
       where state = 'approved' and used_at is null and member = $1 and
         ((kind = 'member.join' and keyid = $3 and gateway = $2) or
          (kind = 'gateway.add' and content->>'keyid' = $3 and content->>'serverCode' = $4))
       order by decided_at limit 1 for update)`,
    [o.member, o.gateway, o.keyid, serverCode, o.now],
  );
  return used === 1;
}

/** At a gateway: what it asked, and how that stands by its last look at the authority. */
export interface SentRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly content: RequestContent;
  readonly asked_by: string;
  readonly asked_at: Date;
  readonly state: RequestState;
  readonly decided_at: Date | null;
  readonly reason: string | null;
}

export async function putSent(
  tx: Sql,
  o: Pick<SentRequest, "id" | "kind" | "content" | "asked_by" | "asked_at">,
): Promise<void> {
  await tx.run(
    `insert into exchange.sent_request (id, kind, content, asked_by, asked_at, state)
     values ($1, $2, $3, $4, $5, 'pending') on conflict (id) do nothing`,
    [o.id, o.kind, JSON.stringify(o.content), o.asked_by, o.asked_at],
  );
}

/** Takes over how a request stands. A request another gateway of the member sent is kept too. */
export async function updateSent(
  tx: Sql,
  o: Omit<SentRequest, "asked_by" | "decided_at" | "asked_at"> & {
    readonly asked_at: string;
    readonly decided_at: string | null;
  },
): Promise<void> {
  await tx.run(
    `insert into exchange.sent_request (id, kind, content, asked_by, asked_at, state, decided_at, reason)
     values ($1, $2, $3, '', $4, $5, $6, $7)
     on conflict (id) do update set state = excluded.state, decided_at = excluded.decided_at, reason = excluded.reason`,
    [o.id, o.kind, JSON.stringify(o.content), o.asked_at, o.state, o.decided_at, o.reason],
  );
}

export function sentRequests(sql: Sql): Promise<SentRequest[]> {
  return sql.query<SentRequest>("select * from exchange.sent_request order by asked_at desc, id desc limit 200");
}

/** At a gateway: a right that another member asked for. */
export interface AskedRow {
  readonly id: string;
  readonly asker: string;
  readonly content: RequestContent;
  readonly asked_at: Date;
  readonly right_id: string | null;
  readonly decision: "approved" | "rejected" | null;
  readonly reason: string | null;
  readonly answered_at: Date | null;
}

/**
 * Takes a right that was asked for. False when it was taken before; who takes it at the same time waits for the other
 * transaction's end.
 */
export async function takeAsked(
  tx: Sql,
  o: Pick<AskedRow, "id" | "asker" | "content"> & { readonly asked_at: string },
): Promise<boolean> {
  const made = await tx.run(
    `insert into exchange.asked_right (id, asker, content, asked_at) values ($1, $2, $3, $4) on conflict (id) do nothing`,
    [o.id, o.asker, JSON.stringify(o.content), o.asked_at],
  );
  return made === 1;
}

/** The proposal that was made of an asked right. */
export async function proposedAsked(tx: Sql, id: string, rightId: string): Promise<boolean> {
  return (await tx.run("update exchange.asked_right set right_id = $2 where id = $1", [id, rightId])) === 1;
}

export function askedRights(sql: Sql): Promise<AskedRow[]> {
  return sql.query<AskedRow>("select * from exchange.asked_right order by asked_at desc, id desc limit 200");
}

/** What became of an asked right; kept until the authority has heard of it. */
export async function decideAsked(
  tx: Sql,
  id: string,
  o: { readonly decision: "approved" | "rejected"; readonly reason: string | null },
): Promise<void> {
  await tx.run("update exchange.asked_right set decision = $2, reason = $3 where id = $1 and decision is null", [
    id,
    o.decision,
    o.reason,
  ]);
}

export async function markAnswered(tx: Sql, ids: readonly string[], now: Date): Promise<void> {
  await tx.run("update exchange.asked_right set answered_at = $2 where id = any($1::uuid[])", [ids, now]);
}
