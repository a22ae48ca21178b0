/** The SQL of what is asked back (schema `payments`). The database books it and never lets more be taken than is left. */
import { isUuid } from "#kernel";
import type { Sql } from "#store";

export interface RecoveryRow {
  readonly id: string;
  /** `RC` and 12 digits: what the debtor writes on a transfer. */
  readonly reference: string;
  readonly instruction: string;
  readonly programme: string;
  readonly person: string;
  readonly amount: bigint;
  readonly reason: string;
  readonly legalBasis: string;
  readonly decisionHash: string;
  /** `YYYY-MM-DD`. */
  readonly dueOn: string;
  readonly openedBy: string;
  readonly confirmedBy: string;
  readonly openedAt: Date;
}

export type Claim = RecoveryRow & {
  /** What nobody has paid, kept, written off or withdrawn. */
  readonly left: bigint;
  /** What the person may keep after all. */
  readonly withdrawn: bigint;
};

export type EntryKind = "received" | "offset" | "offset-undone" | "written-off" | "withdrawn";

export interface RecoveryEntry {
  readonly n: number;
  readonly kind: EntryKind;
  readonly amount: bigint;
  readonly subject: string;
  readonly legalBasis: string | null;
  readonly by: string;
  readonly confirmedBy: string | null;
  readonly at: Date;
}

export interface Instalment {
  readonly n: number;
  readonly dueOn: string;
  readonly amount: bigint;
}

const columns = `r.id, r.reference, r.instruction, r.programme, r.person, r.amount, r.reason, r.legal_basis as "legalBasis",
  r.decision_hash as "decisionHash", r.due_on::text as "dueOn", r.opened_by as "openedBy", r.confirmed_by as "confirmedBy",
  r.opened_at as "openedAt",
  (r.amount - coalesce((select sum(e.amount) from payments.recovery_entry e where e.recovery = r.id), 0))::bigint as left,
  coalesce((select sum(e.amount) from payments.recovery_entry e where e.recovery = r.id and e.kind = 'withdrawn'), 0)::bigint as withdrawn`;

export async function insertRecovery(tx: Sql, row: RecoveryRow): Promise<void> {
  await tx.run(
    `insert into payments.recovery (id, reference, instruction, programme, person, amount, reason, legal_basis,
       decision_hash, due_on, opened_by, confirmed_by, opened_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      row.id,
      row.reference,
      row.instruction,
      row.programme,
      row.person,
      row.amount,
      row.reason,
      row.legalBasis,
      row.decisionHash,
      row.dueOn,
      row.openedBy,
      row.confirmedBy,
      row.openedAt,
    ],
  );
}

export async function lockClaim(tx: Sql, id: string): Promise<Claim | undefined> {
  if (!isUuid(id)) return undefined;
  return tx.one(`select ${columns} from payments.recovery r where r.id = $1 for update of r`, [id]);
}

export function lockClaimByReference(tx: Sql, references: readonly string[]): Promise<Claim | undefined> {
  return tx.one(
    `select ${columns} from payments.recovery r where r.reference = any($1) order by r.reference limit 1 for update of r`,
    [references],
  );
}

export function claimsOf(sql: Sql, entitlement: string): Promise<Claim[]> {
  return sql.query(
    `select ${columns} from payments.recovery r join payments.instruction i on i.id = r.instruction
      where i.entitlement = $1 order by r.opened_at desc, r.id desc`,
    [entitlement],
  );
}

/** Claims with something left, those due first; of one person only, if given. */
export function openClaims(sql: Sql, person: string | null, limit: number, offset: number): Promise<Claim[]> {
  return sql.query(
    `select * from (select ${columns} from payments.recovery r where $1::text is null or r.person = $1) as claim
      where claim.left > 0 order by claim."dueOn", claim.id limit $2 offset $3`,
    [person, limit, offset],
  );
}

/** @throws `TP004` when it is more than is left */
export async function insertEntry(tx: Sql, recovery: string, row: Omit<RecoveryEntry, "n">): Promise<void> {
  await tx.run(
    `insert into payments.recovery_entry (recovery, n, kind, amount, subject, legal_basis, by, confirmed_by, at)
     select $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6, $7, $8 from payments.recovery_entry where recovery = $1`,
    [recovery, row.kind, row.amount, row.subject, row.legalBasis, row.by, row.confirmedBy, row.at],
  );
}

export function entriesOf(sql: Sql, recovery: string): Promise<RecoveryEntry[]> {
  return sql.query(
    `select n, kind, amount, subject, legal_basis as "legalBasis", by, confirmed_by as "confirmedBy", at
       from payments.recovery_entry where recovery = $1 order by n`,
    [recovery],
  );
}

export async function insertPlan(
  tx: Sql,
  recovery: string,
  instalments: readonly Omit<Instalment, "n">[],
  by: string,
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into payments.instalment (recovery, plan, n, due_on, amount, by, at)
     select $1, (select coalesce(max(plan), 0) + 1 from payments.instalment where recovery = $1), n, due_on, amount, $4, $5
       from unnest($2::date[], $3::bigint[]) with ordinality as each (due_on, amount, n)`,
    [recovery, instalments.map(({ dueOn }) => dueOn), instalments.map(({ amount }) => amount), by, at],
  );
}

export function planOf(sql: Sql, recovery: string): Promise<Instalment[]> {
  return sql.query(
    `select n, due_on::text as "dueOn", amount from payments.instalment
      where recovery = $1 and plan = (select max(plan) from payments.instalment where recovery = $1) order by n`,
    [recovery],
  );
}

/** What is kept of an entitlement, by claim: offsets less those undone. */
export function keptOf(
  sql: Sql,
  entitlement: string,
): Promise<{ recovery: string; amount: bigint; legalBasis: string }[]> {
  return sql.query(
    `select recovery, sum(amount)::bigint as amount, max(legal_basis) as "legalBasis" from payments.recovery_entry
      where subject = $1 and kind in ('offset', 'offset-undone') group by recovery having sum(amount) <> 0 order by recovery`,
    [entitlement],
  );
}

/** Whether anything of a claim is kept from a payment that may still be taken back. */
export async function hasPendingOffset(sql: Sql, recovery: string): Promise<boolean> {
  const row = await sql.one(
    `select 1 from payments.recovery_entry e join payments.instruction i on i.entitlement = e.subject::uuid
      where e.recovery = $1 and e.kind = 'offset'
        and i.state in ('drafted', 'held', 'checked', 'approved-once') limit 1`,
    [recovery],
  );
  return row !== undefined;
}

/** Claims with nothing left whose payment still stands as asked back. */
export function claimsToClose(sql: Sql, limit: number): Promise<{ id: string }[]> {
  return sql.query(
    `select claim.id from (select ${columns} from payments.recovery r
        join payments.instruction i on i.id = r.instruction where i.state = 'recovery-open') as claim
      where claim.left = 0 order by claim.id limit $1`,
    [limit],
  );
}
