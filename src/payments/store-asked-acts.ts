/** The SQL of acts with money that wait for a second person (schema `payments`). */
import type { Sql } from "#store";

/** An act that somebody asked for. */
export interface AskedAct {
  readonly id: string;
  /** What is to be done, in the desk's own words: `correct`, `resend` … */
  readonly act: string;
  /** An instruction, a line in suspense, an incident, a recovery. */
  readonly subject: string;
  /** An instruction's last event when it was asked for. */
  readonly seq: number | null;
  /** What the verb is given. Ids and codes, no names. */
  readonly detail: Readonly<Record<string, string>>;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly decidedBy: string | null;
  readonly outcome: "done" | "declined" | null;
}

const columns = `id, act, subject, seq, detail, asked_by as "askedBy", asked_at as "askedAt", decided_by as "decidedBy", outcome`;

/** Answers false, and stores nothing, while another act waits for the same subject. */
export async function insertAskedAct(sql: Sql, row: Omit<AskedAct, "decidedBy" | "outcome">): Promise<boolean> {
  const inserted = await sql.run(
    `insert into payments.asked_act (id, act, subject, seq, detail, asked_by, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [row.id, row.act, row.subject, row.seq, JSON.stringify(row.detail), row.askedBy, row.askedAt],
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

export function openAskedActOf(sql: Sql, subject: string): Promise<AskedAct | undefined> {
  return sql.one(`select ${columns} from payments.asked_act where subject = $1 and outcome is null`, [subject]);
}

export function openAskedActs(sql: Sql, limit: number): Promise<AskedAct[]> {
  return sql.query(`select ${columns} from payments.asked_act where outcome is null order by asked_at limit $1`, [
    limit,
  ]);
}

export async function countOpenAskedActs(sql: Sql): Promise<number> {
  return (await sql.one<{ count: number }>(
    "select count(*)::int as count from payments.asked_act where outcome is null",
  ))!.count;
}

/** How many events an instruction has; zero for what is none. */
export async function eventCount(sql: Sql, instruction: string): Promise<number> {
  return (await sql.one<{ count: number }>(
    "select coalesce(max(seq), 0)::int as count from payments.instruction_event where instruction = $1",
    [instruction],
  ))!.count;
}
