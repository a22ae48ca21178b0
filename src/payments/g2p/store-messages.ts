/** The SQL of the mapper's messages (schema `payments`). */
import type { Sql } from "#store";

export interface MessageRow {
  readonly id: string;
  readonly client: string;
  readonly action: string;
  readonly transaction: string;
  readonly correlation: string;
  readonly sealed: Buffer;
  readonly callback: string | null;
  readonly at: Date;
}

const columns = "id, client, action, transaction, correlation, sealed, callback, at";

export async function insertMessage(tx: Sql, row: MessageRow): Promise<void> {
  await tx.run(`insert into payments.api_message (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
    row.id,
    row.client,
    row.action,
    row.transaction,
    row.correlation,
    row.sealed,
    row.callback,
    row.at,
  ]);
}

export function openMessages(sql: Sql, limit: number): Promise<MessageRow[]> {
  return sql.query(`select ${columns} from payments.api_message where answered_at is null order by at limit $1`, [
    limit,
  ]);
}

/** @returns false if another process answered it */
export async function answerMessage(tx: Sql, id: string, outcome: Buffer, at: Date): Promise<boolean> {
  const changed = await tx.run(
    "update payments.api_message set outcome = $2, answered_at = $3 where id = $1 and answered_at is null",
    [id, outcome, at],
  );
  return changed === 1;
}

/** What messages of a client came to, newest first; `transaction` and `correlation` narrow it. */
export function outcomes(
  sql: Sql,
  client: string,
  by: { readonly transaction?: string; readonly correlation?: string },
  limit: number,
): Promise<{ id: string; action: string; outcome: Buffer | null }[]> {
  return sql.query(
    `select id, action, outcome from payments.api_message
      where client = $1 and ($2::text is null or transaction = $2) and ($3::text is null or correlation = $3)
      order by at desc limit $4`,
    [client, by.transaction ?? null, by.correlation ?? null, limit],
  );
}
