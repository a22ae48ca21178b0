/** The SQL of acts with money that wait for a second person (schema `payments`). */
import type { Sql } from "#store";

/** What takes a second person. */
export type AskedActKind = "correct" | "resend" | "open-recovery" | "write-off";

/** An act that somebody asked for. */
export interface AskedAct {
  readonly id: string;
  readonly instruction: string;
  /** The instruction's last event when it was asked for. */
  readonly seq: number;
  readonly act: AskedActKind;
  /** What the verb is given. Ids and codes, no names. */
  readonly detail: Readonly<Record<string, string>>;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly decidedBy: string | null;
  readonly outcome: "done" | "declined" | null;
}

const columns = `id, instruction, seq, act, detail, asked_by as "askedBy", asked_at as "askedAt", decided_by as "decidedBy", outcome`;

/** Answers false, and stores nothing, while another act waits for the same instruction. */
export async function insertAskedAct(tx: Sql, row: Omit<AskedAct, "decidedBy" | "outcome">): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.asked_act (id, instruction, seq, act, detail, asked_by, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [row.id, row.instruction, row.seq, row.act, JSON.stringify(row.detail), row.askedBy, row.askedAt],
  );
  return inserted === 1;
}

export function lockAskedAct(tx: Sql, id: string): Promise<AskedAct | undefined> {
  return tx.one(`select ${columns} from payments.asked_act where id = $1 for update`, [id]);
}

export async function decideAskedAct(
  tx: Sql,
  id: string,
  o: { readonly by: string; readonly at: Date; readonly outcome: "done" | "declined" },
): Promise<void> {
  await tx.run("update payments.asked_act set decided_by = $2, decided_at = $3, outcome = $4 where id = $1", [
    id,
    o.by,
    o.at,
    o.outcome,
  ]);
}

export function askedActOf(sql: Sql, instruction: string): Promise<AskedAct | undefined> {
  return sql.one(`select ${columns} from payments.asked_act where instruction = $1 and outcome is null`, [instruction]);
}

/** Oldest first. */
export function openAskedActs(sql: Sql, limit: number): Promise<AskedAct[]> {
  return sql.query(`select ${columns} from payments.asked_act where outcome is null order by asked_at limit $1`, [
    limit,
  ]);
}
