/** The SQL of incidents (schema `payments`). */
import { isUuid } from "#kernel";
import type { Sql } from "#store";

export interface IncidentRow {
  readonly id: string;
  readonly kind: string;
  /** An instruction, a file or a bank's reference. */
  readonly subject: string;
  readonly detail: string;
  /** The role that must act. */
  readonly owner: string;
  /** No new file is made while it is open. */
  readonly blocks: boolean;
  readonly openedAt: Date;
  readonly dueAt: Date;
}

const columns = `id, kind, subject, detail, owner, blocks, opened_at as "openedAt", due_at as "dueAt"`;

export async function insertIncident(tx: Sql, row: IncidentRow): Promise<void> {
  await tx.run(
    `insert into payments.incident (id, kind, subject, detail, owner, blocks, opened_at, due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (kind, subject) where closed_at is null do nothing`,
    [row.id, row.kind, row.subject, row.detail, row.owner, row.blocks, row.openedAt, row.dueAt],
  );
}

export function openIncidentRows(sql: Sql, limit: number, offset: number): Promise<IncidentRow[]> {
  return sql.query(
    `select ${columns} from payments.incident where closed_at is null order by blocks desc, due_at, id limit $1 offset $2`,
    [limit, offset],
  );
}

export async function lockIncident(
  tx: Sql,
  id: string,
): Promise<(IncidentRow & { closedBy: string | null }) | undefined> {
  if (!isUuid(id)) return undefined;
  return tx.one(`select ${columns}, closed_by as "closedBy" from payments.incident where id = $1 for update`, [id]);
}

export async function closeIncidentRow(
  tx: Sql,
  row: { id: string; by: string; confirmedBy: string | null; note: string; at: Date },
): Promise<void> {
  await tx.run(
    "update payments.incident set closed_at = $2, closed_by = $3, confirmed_by = $4, note = $5 where id = $1",
    [row.id, row.at, row.by, row.confirmedBy, row.note],
  );
}

/** Whether an open incident stands in the way of new files. */
export async function filesBlocked(sql: Sql): Promise<boolean> {
  return (await sql.one("select 1 from payments.incident where closed_at is null and blocks limit 1")) !== undefined;
}
