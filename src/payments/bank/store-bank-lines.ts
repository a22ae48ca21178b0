/** The SQL of notifications, the bank's lines and what nothing explains (schema `payments`). */
import { isUuid } from "#kernel";
import type { Sql } from "#store";
import { instructionColumns, type Instruction } from "../store.ts";

export interface NotificationRow {
  readonly sha256: string;
  readonly name: string;
  readonly messageId: string | null;
  readonly content: Uint8Array;
  readonly outcome: "applied" | "notification-invalid";
  /** For the operator: why nothing was booked. */
  readonly reason: string | null;
  readonly receivedAt: Date;
}

export type LineOutcome = "settlement" | "return" | "recovery" | "suspense";

export interface BankLine {
  readonly account: string;
  readonly reference: string;
  readonly sha256: string;
  readonly notification: string;
  readonly direction: "debit" | "credit";
  readonly amount: bigint;
  /** `YYYY-MM-DD`. */
  readonly bookedOn: string;
  readonly endToEndId: string | null;
  readonly reason: string | null;
  readonly outcome: LineOutcome;
  readonly instruction: string | null;
}

export interface SuspenseRow {
  readonly id: string;
  readonly account: string;
  readonly reference: string;
  readonly programme: string;
  /** Above zero: money we hold and cannot explain. Below: money that left and that we cannot explain. */
  readonly amount: bigint;
  readonly why: string;
  /** The payment that the line names, if it names one of ours. */
  readonly candidate: string | null;
  readonly owner: string;
  readonly dueOn: string;
  readonly openedAt: Date;
}

/** Notifications are taken one after the other, so that a line that two of them carry books once. */
export async function lockBankLines(tx: Sql): Promise<void> {
  await tx.query("lock table payments.bank_line in share row exclusive mode");
}

export function notificationOf(
  sql: Sql,
  sha256: string,
): Promise<Pick<NotificationRow, "sha256" | "outcome" | "reason"> | undefined> {
  return sql.one("select sha256, outcome, reason from payments.notification where sha256 = $1", [sha256]);
}

/** Answers false, and stores nothing, when these bytes are there already. */
export async function insertNotification(tx: Sql, row: NotificationRow): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.notification (sha256, name, message_id, content, outcome, reason, received_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [row.sha256, row.name, row.messageId, Buffer.from(row.content), row.outcome, row.reason, row.receivedAt],
  );
  return inserted === 1;
}

const lineColumns = `account, reference, sha256, notification, direction, amount, booked_on::text as "bookedOn",
  end_to_end_id as "endToEndId", reason, outcome, instruction`;

/** Which of these lines are booked: content by account and reference. */
export async function bookedLines(
  tx: Sql,
  lines: readonly { readonly account: string; readonly reference: string }[],
): Promise<Map<string, string>> {
  const rows = await tx.query<{ account: string; reference: string; sha256: string }>(
    `select account, reference, sha256 from payments.bank_line
       join unnest($1::text[], $2::text[]) as wanted (account, reference) using (account, reference)`,
    [lines.map(({ account }) => account), lines.map(({ reference }) => reference)],
  );
  return new Map(rows.map(({ account, reference, sha256 }) => [lineKey(account, reference), sha256]));
}

export function lineKey(account: string, reference: string): string {
  return JSON.stringify([account, reference]);
}

/** Instructions by EndToEndId or UETR, locked in one order so that two of the bank's files cannot wait for each other. */
export function lockNamed(tx: Sql, ids: readonly string[], uetrs: readonly string[]): Promise<Instruction[]> {
  return tx.query(
    `select ${instructionColumns} from payments.instruction
      where id = any($1) or uetr = any($2::uuid[]) order by id for update`,
    [ids, uetrs],
  );
}

/** What the bank's lines have proved about these instructions before, by themselves or explained by a person. */
export async function provenOf(
  tx: Sql,
  instructions: readonly string[],
): Promise<{ instruction: string; outcome: "settlement" | "return" }[]> {
  return tx.query(
    `select instruction, outcome from payments.bank_line
      where instruction = any($1) and outcome in ('settlement', 'return')
     union all
     select r.subject, case when s.amount < 0 then 'settlement' else 'return' end
       from payments.suspense_resolution r join payments.suspense s on s.id = r.suspense
      where r.kind = 'instruction' and r.subject = any($1)`,
    [instructions],
  );
}

export async function insertBankLines(tx: Sql, lines: readonly BankLine[]): Promise<void> {
  const column = <Key extends keyof BankLine>(key: Key): BankLine[Key][] => lines.map((line) => line[key]);
  await tx.run(
    `insert into payments.bank_line (account, reference, sha256, notification, direction, amount, booked_on,
       end_to_end_id, reason, outcome, instruction)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::date[],
       $8::text[], $9::text[], $10::text[], $11::text[])`,
    [
      column("account"),
      column("reference"),
      column("sha256"),
      column("notification"),
      column("direction"),
      column("amount"),
      column("bookedOn"),
      column("endToEndId"),
      column("reason"),
      column("outcome"),
      column("instruction"),
    ],
  );
}

export async function insertSuspense(tx: Sql, rows: readonly SuspenseRow[]): Promise<void> {
  const column = <Key extends keyof SuspenseRow>(key: Key): SuspenseRow[Key][] => rows.map((row) => row[key]);
  await tx.run(
    `insert into payments.suspense (id, account, reference, programme, amount, why, candidate, owner, due_on, opened_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
       $9::date[], $10::timestamptz[])`,
    [
      column("id"),
      column("account"),
      column("reference"),
      column("programme"),
      column("amount"),
      column("why"),
      column("candidate"),
      column("owner"),
      column("dueOn"),
      column("openedAt"),
    ],
  );
}

const suspenseColumns = `s.id, s.account, s.reference, s.programme, s.amount, s.why, s.candidate, s.owner,
  s.due_on::text as "dueOn", s.opened_at as "openedAt"`;

export type OpenSuspense = SuspenseRow & Pick<BankLine, "bookedOn" | "endToEndId" | "reason">;

export function openSuspenseRows(sql: Sql, limit: number, offset: number): Promise<OpenSuspense[]> {
  return sql.query(
    `select ${suspenseColumns}, l.booked_on::text as "bookedOn", l.end_to_end_id as "endToEndId", l.reason
       from payments.suspense s join payments.bank_line l using (account, reference)
      where not exists (select 1 from payments.suspense_resolution r where r.suspense = s.id)
      order by s.due_on, s.id limit $1 offset $2`,
    [limit, offset],
  );
}

export async function lockSuspense(tx: Sql, id: string): Promise<OpenSuspense | undefined> {
  if (!isUuid(id)) return undefined;
  return tx.one(
    `select ${suspenseColumns}, l.booked_on::text as "bookedOn", l.end_to_end_id as "endToEndId", l.reason
       from payments.suspense s join payments.bank_line l using (account, reference) where s.id = $1 for update of s`,
    [id],
  );
}

export interface Resolution {
  readonly suspense: string;
  readonly kind: "instruction" | "recovery" | "not-ours";
  readonly subject: string | null;
  readonly note: string;
  readonly by: string;
  readonly confirmedBy: string | null;
  readonly at: Date;
}

export function resolutionOf(sql: Sql, suspense: string): Promise<Resolution | undefined> {
  return sql.one(
    `select suspense, kind, subject, note, by, confirmed_by as "confirmedBy", at
       from payments.suspense_resolution where suspense = $1`,
    [suspense],
  );
}

export async function insertResolution(tx: Sql, row: Resolution): Promise<void> {
  await tx.run(
    `insert into payments.suspense_resolution (suspense, kind, subject, note, by, confirmed_by, at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.suspense, row.kind, row.subject, row.note, row.by, row.confirmedBy, row.at],
  );
}

/** The bank's lines that name an instruction, oldest first: from a payment to the statement. */
export function linesOfInstruction(sql: Sql, instruction: string): Promise<BankLine[]> {
  return sql.query(
    `select ${lineColumns} from payments.bank_line where instruction = $1 order by booked_on, reference`,
    [instruction],
  );
}
