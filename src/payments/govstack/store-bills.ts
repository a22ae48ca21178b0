/** The SQL of bills and requests to pay (schema `payments`). */
import type { Sql } from "#store";

export interface BillRow {
  readonly id: string;
  readonly institution: string;
  readonly number: string;
  readonly biller: string;
  readonly billerName: string;
  readonly amount: bigint;
  /** What is owed after the due day. */
  readonly amountLate: bigint;
  /** `YYYY-MM-DD`. */
  readonly dueOn: string;
  readonly presentedBy: string;
  readonly presentedAt: Date;
  readonly paidBy: string | null;
  readonly paidReference: string | null;
  readonly paidAmount: bigint | null;
  readonly paidAt: Date | null;
}

export type RequestState = "PND" | "COM" | "EXP" | "CAN" | "RJC";

export interface PayRequestRow {
  /** Twelve digits: the published RTPId. */
  readonly id: string;
  readonly bill: string;
  readonly askedBy: string;
  readonly request: string;
  readonly callback: string | null;
  readonly state: RequestState;
  readonly at: Date;
  readonly expiresAt: Date;
}

const billColumns = `id, institution, number, biller, biller_name as "billerName", amount, amount_late as "amountLate",
  due_on::text as "dueOn", presented_by as "presentedBy", presented_at as "presentedAt", paid_by as "paidBy",
  paid_reference as "paidReference", paid_amount as "paidAmount", paid_at as "paidAt"`;
const requestColumns = `id, bill, asked_by as "askedBy", request, callback, state, at, expires_at as "expiresAt"`;

/** @returns false if a bill has this number already */
export async function insertBill(
  sql: Sql,
  row: Omit<BillRow, "paidBy" | "paidReference" | "paidAmount" | "paidAt">,
): Promise<boolean> {
  const inserted = await sql.run(
    `insert into payments.api_bill (id, institution, number, biller, biller_name, amount, amount_late, due_on, presented_by, presented_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [
      row.id,
      row.institution,
      row.number,
      row.biller,
      row.billerName,
      row.amount,
      row.amountLate,
      row.dueOn,
      row.presentedBy,
      row.presentedAt,
    ],
  );
  return inserted === 1;
}

export function billByNumber(sql: Sql, number: string, lock: "for update" | "" = ""): Promise<BillRow | undefined> {
  return sql.one(`select ${billColumns} from payments.api_bill where number = $1 ${lock}`, [number]);
}

export async function markBillPaid(
  tx: Sql,
  id: string,
  paid: { readonly by: string; readonly reference: string; readonly amount: bigint; readonly at: Date },
): Promise<void> {
  await tx.run(
    `update payments.api_bill set paid_by = $2, paid_reference = $3, paid_amount = $4, paid_at = $5
      where id = $1 and paid_by is null`,
    [id, paid.by, paid.reference, paid.amount, paid.at],
  );
}

export async function insertPayRequest(tx: Sql, row: PayRequestRow & { readonly alias: Buffer | null }): Promise<void> {
  await tx.run(
    `insert into payments.api_pay_request (id, bill, asked_by, request, alias_index, callback, state, at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [row.id, row.bill, row.askedBy, row.request, row.alias, row.callback, row.state, row.at, row.expiresAt],
  );
}

export function payRequestById(
  sql: Sql,
  id: string,
  lock: "for update" | "" = "",
): Promise<(PayRequestRow & { readonly number: string; readonly institution: string }) | undefined> {
  return sql.one(
    `select r.*, b.number, b.institution from (select ${requestColumns} from payments.api_pay_request where id = $1 ${lock}) r
       join payments.api_bill b on b.id = r.bill`,
    [id],
  );
}

/** Moves requests that still wait; answers those that moved. */
export function movePayRequests(
  tx: Sql,
  by: { readonly id: string } | { readonly bill: string } | { readonly expiredAt: Date },
  to: RequestState,
): Promise<PayRequestRow[]> {
  const [condition, value] =
    "id" in by ? ["id = $2", by.id] : "bill" in by ? ["bill = $2", by.bill] : ["expires_at <= $2", by.expiredAt];
  return tx.query(
    `update payments.api_pay_request set state = $1 where state = 'PND' and ${condition} returning ${requestColumns}`,
    [to, value],
  );
}
