/** The SQL of what was entered into the log (schema `payments`). */
import type { Sql } from "#store";

/** What opens an entry's commitments, by field: the shape that a receipt takes. */
export type Opening = Readonly<Record<string, { readonly salt: string; readonly value: string }>>;

/** An entry about an instruction or a file, and what opens its commitments. */
export interface LoggedAct {
  /** The id that the log gave at staging. */
  readonly staged: bigint;
  readonly kind: string;
  readonly subject: string;
  readonly opening: Opening;
}

export async function insertLoggedAct(tx: Sql, act: LoggedAct): Promise<void> {
  await tx.run("insert into payments.logged_act (staged, kind, subject, opening) values ($1, $2, $3, $4)", [
    act.staged,
    act.kind,
    act.subject,
    JSON.stringify(act.opening),
  ]);
}

/**
 * Destroys what opens the log's entries about payments of these cases (`case_ref`). Entries about files stay: a file pays
 * many people and its entry commits to the file alone.
 */
export function dropPaymentActs(tx: Sql, caseRefs: readonly string[]): Promise<number> {
  return tx.run(
    `delete from payments.logged_act where subject in (
       select i.id from payments.instruction i join payments.entitlement e on e.id = i.entitlement
       where e.case_ref = any($1))`,
    [caseRefs],
  );
}

/** What was entered about an instruction or a file, oldest first. */
export function loggedActs(sql: Sql, subject: string): Promise<LoggedAct[]> {
  return sql.query(
    "select staged, kind, subject, opening from payments.logged_act where subject = $1 order by staged",
    [subject],
  );
}

/** Whether this database holds a log: then acts with money must be entered into it, by the site that writes it. */
export async function isLogBeside(sql: Sql): Promise<boolean> {
  return (await sql.one<{ there: boolean }>("select to_regclass('ledger.tree') is not null as there"))!.there;
}
