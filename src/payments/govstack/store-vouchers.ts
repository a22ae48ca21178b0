/** The SQL of vouchers (schema `payments`). */
import type { Sql } from "#store";
import { voucherAccount, voucherEdges, type VoucherEvent, type VoucherState } from "./voucher-states.ts";

export interface VoucherRow {
  readonly id: string;
  readonly serial: string;
  readonly client: string;
  readonly institution: string;
  readonly group: string;
  readonly programme: string;
  readonly amount: bigint;
  readonly reference: string | null;
  readonly state: VoucherState;
  readonly entitlement: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const columns = `id, serial, client, institution, voucher_group as "group", programme, amount, reference, state, entitlement,
  created_at as "createdAt", expires_at as "expiresAt"`;

/** Makes the graph of voucher-states.ts known to the database, which checks and books events by it. */
export async function saveVoucherEdges(sql: Sql): Promise<void> {
  await sql.run(
    `insert into payments.voucher_edge (from_state, event, to_state, from_account, to_account)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) on conflict do nothing`,
    [
      voucherEdges.map(({ from }) => from),
      voucherEdges.map(({ event }) => event),
      voucherEdges.map(({ to }) => to),
      voucherEdges.map(({ from }) => voucherAccount[from]),
      voucherEdges.map(({ to }) => voucherAccount[to]),
    ],
  );
}

/** One voucher of a group at a time, so that many at once cannot pass its limit together. */
export async function lockGroup(tx: Sql, group: string): Promise<number> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('voucher group ' || $1, 0))", [group]);
  const row = await tx.one<{ count: number }>(
    "select count(*)::int as count from payments.voucher where voucher_group = $1 and state not in ('cancelled', 'expired')",
    [group],
  );
  return row?.count ?? 0;
}

export async function insertVoucher(
  tx: Sql,
  row: Omit<VoucherRow, "state" | "entitlement"> & { readonly index: Buffer; readonly sealed: Buffer | null },
): Promise<void> {
  await tx.run(
    `insert into payments.voucher (id, serial, number_index, client, institution, voucher_group, programme, amount, reference,
       sealed, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      row.id,
      row.serial,
      row.index,
      row.client,
      row.institution,
      row.group,
      row.programme,
      row.amount,
      row.reference,
      row.sealed,
      row.createdAt,
      row.expiresAt,
    ],
  );
}

/** A voucher of this institution by its serial number. */
export function voucherBySerial(
  sql: Sql,
  institution: string,
  serial: string,
  lock: "for update" | "" = "",
): Promise<VoucherRow | undefined> {
  return sql.one(`select ${columns} from payments.voucher where institution = $1 and serial = $2 ${lock}`, [
    institution,
    serial,
  ]);
}

export function voucherByNumber(
  sql: Sql,
  index: Buffer,
  lock: "for update" | "" = "",
): Promise<VoucherRow | undefined> {
  return sql.one(`select ${columns} from payments.voucher where number_index = $1 ${lock}`, [index]);
}

export function voucherById(sql: Sql, id: string): Promise<VoucherRow | undefined> {
  return sql.one(`select ${columns} from payments.voucher where id = $1`, [id]);
}

/** Vouchers whose time is over and whose money is still reserved, locked. */
export function lockExpired(tx: Sql, now: Date, limit: number): Promise<VoucherRow[]> {
  return tx.query(
    `select ${columns} from payments.voucher
      where expires_at <= $1 and state in ('pre-activated', 'activated', 'suspended')
      order by expires_at limit $2 for update skip locked`,
    [now, limit],
  );
}

/** The database checks that the voucher stands in `from`, and books what the step means. */
export async function insertVoucherEvent(
  tx: Sql,
  voucher: string,
  step: {
    readonly from: VoucherState;
    readonly event: VoucherEvent;
    readonly to: VoucherState;
    readonly at: Date;
    readonly by: string;
  },
): Promise<void> {
  await tx.run(
    `insert into payments.voucher_event (voucher, seq, from_state, event, to_state, at, by)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 from payments.voucher_event where voucher = $1`,
    [voucher, step.from, step.event, step.to, step.at, step.by],
  );
}

export async function setVoucherPayment(tx: Sql, voucher: string, entitlement: string): Promise<void> {
  await tx.run("update payments.voucher set entitlement = $2 where id = $1", [voucher, entitlement]);
}
