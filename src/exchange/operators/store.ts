import type { Sql } from "#store";

/** A living session: whose it is, and the token that its forms carry. */
export interface OperatorSession {
  readonly operator: string;
  readonly csrf: string;
}

export async function putOperator(tx: Sql, name: string, now: Date): Promise<void> {
  await tx.run(
    `insert into exchange.operator (name, made_at) values ($1, $2)
     on conflict (name) do update set removed_at = null, made_at = excluded.made_at where operator.removed_at is not null`,
    [name, now],
  );
}

export async function putLink(tx: Sql, token: Uint8Array, operator: string, expiresAt: Date): Promise<void> {
  await tx.run("insert into exchange.operator_link (token_sha256, operator, expires_at) values ($1, $2, $3)", [
    token,
    operator,
    expiresAt,
  ]);
}

/** Takes a link away and answers whose it was; nothing when it is unknown, used or too old. */
export async function useLink(tx: Sql, token: Uint8Array, now: Date): Promise<string | undefined> {
  const row = await tx.one<{ operator: string; expires_at: Date }>(
    "delete from exchange.operator_link where token_sha256 = $1 returning operator, expires_at",
    [token],
  );
  return row && row.expires_at > now ? row.operator : undefined;
}

export async function putSession(
  tx: Sql,
  o: { readonly token: Uint8Array; readonly operator: string; readonly csrf: string; readonly now: Date },
): Promise<void> {
  await tx.run(
    `insert into exchange.operator_session (token_sha256, operator, csrf, opened_at, seen_at)
     values ($1, $2, $3, $4, $4)`,
    [o.token, o.operator, o.csrf, o.now],
  );
}

/** A living session; that it was used is written down with the look. */
export function aliveSession(
  sql: Sql,
  token: Uint8Array,
  now: Date,
  limits: { readonly idleMs: number; readonly absoluteMs: number },
): Promise<OperatorSession | undefined> {
  return sql.one<OperatorSession>(
    `update exchange.operator_session set seen_at = $2
     where token_sha256 = $1 and seen_at > $3 and opened_at > $4 returning operator, csrf`,
    [token, now, new Date(now.getTime() - limits.idleMs), new Date(now.getTime() - limits.absoluteMs)],
  );
}

export async function endSession(sql: Sql, token: Uint8Array): Promise<void> {
  await sql.run("delete from exchange.operator_session where token_sha256 = $1", [token]);
}

export async function removeOperator(tx: Sql, name: string, now: Date): Promise<boolean> {
  await tx.run("delete from exchange.operator_session where operator = $1", [name]);
  await tx.run("delete from exchange.operator_link where operator = $1", [name]);
  const removed = await tx.run("update exchange.operator set removed_at = $2 where name = $1 and removed_at is null", [
    name,
    now,
  ]);
  return removed === 1;
}

/** Those who may be sent a link; commands are not among them. */
export function operators(sql: Sql): Promise<{ name: string; madeAt: Date; seenAt: Date | null }[]> {
  return sql.query(
    `select name, made_at as "madeAt", max(seen_at) as "seenAt"
     from exchange.operator left join exchange.operator_session on operator = name
     where removed_at is null and not starts_with(name, 'cli:') group by name, made_at order by name`,
  );
}
