/** The SQL of tokens, repeated calls and callbacks of the payments API (schema `payments`). */
import type { Sql } from "#store";

/** Remembers a token. @returns false if it was used before */
export async function spendToken(sql: Sql, client: string, jti: string, expires: Date): Promise<boolean> {
  const inserted = await sql.run(
    "insert into payments.api_token (client, jti, expires) values ($1, $2, $3) on conflict do nothing",
    [client, jti, expires],
  );
  return inserted === 1;
}

export function forgetTokens(sql: Sql, before: Date): Promise<number> {
  return sql.run("delete from payments.api_token where expires < $1", [before]);
}

export interface CallKey {
  readonly client: string;
  readonly operation: string;
  readonly key: string;
}

/** Takes a call's number. Waits for a call with the same number that is under way. @returns false if it is taken */
export async function claimCall(tx: Sql, call: CallKey, sha256: Buffer, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.api_call (client, operation, key, body_sha256, at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [call.client, call.operation, call.key, sha256, at],
  );
  return inserted === 1;
}

/** Keeps the answer, sealed: it may name payees. */
export async function finishCall(tx: Sql, call: CallKey, sealed: Buffer): Promise<void> {
  await tx.run("update payments.api_call set answer = $4 where client = $1 and operation = $2 and key = $3", [
    call.client,
    call.operation,
    call.key,
    JSON.stringify({ sealed: sealed.toString("base64") }),
  ]);
}

export function callBefore(sql: Sql, call: CallKey): Promise<{ sha256: Buffer; sealed: Buffer } | undefined> {
  return sql.one(
    `select body_sha256 as sha256, decode(answer ->> 'sealed', 'base64') as sealed from payments.api_call
      where client = $1 and operation = $2 and key = $3`,
    [call.client, call.operation, call.key],
  );
}

export interface Callback {
  readonly id: string;
  readonly client: string;
  readonly url: string;
  readonly method: string;
  /** Sealed, in base64: it may name payees or hold vouchers. Gone when it was taken. */
  readonly body: string;
  readonly attempts: number;
}

export async function insertCallback(tx: Sql, row: Omit<Callback, "attempts">, at: Date): Promise<void> {
  await tx.run(
    `insert into payments.api_callback (id, client, url, method, body, made_at, next_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    [row.id, row.client, row.url, row.method, row.body, at],
  );
}

/** Callbacks that are due, put off until `until` so that no other process sends them meanwhile. */
export function takeCallbacks(sql: Sql, now: Date, until: Date, limit: number): Promise<Callback[]> {
  return sql.query(
    `update payments.api_callback set attempts = attempts + 1, next_at = $2
      where id in (select id from payments.api_callback
                    where next_at <= $1 and taken_at is null and given_up_at is null
                    order by next_at limit $3 for update skip locked)
      returning id, client, url, method, body, attempts`,
    [now, until, limit],
  );
}

/** Callbacks that still have something to say, oldest first; of one client, or of all. */
export function untakenCallbacks(sql: Sql, client?: string): Promise<Pick<Callback, "id" | "body">[]> {
  return sql.query(
    `select id, body from payments.api_callback where body <> '' and client = coalesce($1, client) order by made_at, id`,
    [client ?? null],
  );
}

export async function markTaken(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.run("update payments.api_callback set taken_at = $2, last_fault = null, body = '' where id = $1", [id, at]);
}

export async function markUntaken(
  sql: Sql,
  id: string,
  o: { readonly fault: string; readonly nextAt: Date; readonly givenUpAt: Date | null },
): Promise<void> {
  await sql.run(
    `update payments.api_callback set last_fault = $2, next_at = $3, given_up_at = $4,
       body = case when $4::timestamptz is null then body else '' end where id = $1`,
    [id, o.fault, o.nextAt, o.givenUpAt],
  );
}
