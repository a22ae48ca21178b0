import { z } from "zod";
import { randomToken } from "#kernel";
import type { Sql } from "#store";
import { readAccount } from "../govstack/address.ts";
import type { PaymentApi } from "../govstack/api.ts";
import type { ApiClient } from "../govstack/client.ts";
import { readAmount } from "../govstack/money.ts";
import { payableAccount, proposeBatch, type Payee, type ProposedPayment } from "../govstack/propose.ts";
import { text } from "../govstack/read-json.ts";
import { lineStatusesByReference } from "../govstack/store-batches.ts";
import type { Outcome, RequestStatus } from "./reply.ts";

const disbursement = z.object({
  reference_id: text(99),
  payer_fa: text(120),
  payee_fa: text(120),
  amount: z.string().max(20),
  scheduled_timestamp: z.string().max(40).optional(),
  payer_name: text(140, 0).optional(),
  payee_name: text(140).optional(),
  note: text(99, 0).optional(),
  purpose: text(99, 0).optional(),
  currency_code: z.string().max(3).optional(),
});
/** Lines are read one by one, so that one that is not usable is rejected alone. */
const request = z.object({ transaction_id: text(99), disbursements: z.array(z.unknown()).min(1).max(5_000) });

export type DisburseReason =
  | "rjct.reference_id.invalid"
  | "rjct.reference_id.duplicate"
  | "rjct.payer_fa.invalid"
  | "rjct.payee_fa.invalid"
  | "rjct.amount.invalid"
  | "rjct.schedule_ts.invalid"
  | "rjct.currency_code.invalid";

export interface LineAnswer {
  readonly reference_id: string;
  readonly timestamp: string;
  readonly status: RequestStatus;
  readonly status_reason_code?: DisburseReason;
  readonly status_reason_message?: string;
}

/**
 * `disburse`: proposes payments, line by line. What can be paid goes into a batch of its programme, which waits for its second
 * person as every batch does; what cannot is rejected with its reason.
 */
export async function disburse(
  api: PaymentApi,
  client: ApiClient,
  message: unknown,
  o: { readonly correlation: string; readonly callback: string | null; readonly content: string; readonly tx: Sql },
): Promise<Outcome | undefined> {
  const read = request.safeParse(message);
  if (!read.success) return undefined;
  const { transaction_id, disbursements } = read.data;
  const now = api.payments.clock.now().toISOString();
  const answers: LineAnswer[] = [];
  const byProgramme = new Map<string, ProposedPayment[]>();
  const used = new Set(
    (await lineStatusesByReference(o.tx, client.id, disbursements.map(referenceOf)))
      .filter(({ line }) => line !== "failed")
      .map(({ reference }) => reference),
  );
  for (const raw of disbursements) {
    const line = await readLine(api, client, raw, { used, tx: o.tx });
    if ("reason" in line)
      answers.push({
        reference_id: line.reference,
        timestamp: now,
        status: "rjct",
        status_reason_code: line.reason,
        ...(line.words !== undefined && { status_reason_message: line.words }),
      });
    else {
      used.add(line.payment.reference);
      byProgramme.set(line.programme, [...(byProgramme.get(line.programme) ?? []), line.payment]);
    }
  }
  for (const [programme, payments] of byProgramme) {
    const proposed = await proposeBatch(
      api,
      client,
      {
        number: randomToken(9).replace(/[-_]/g, "x").toUpperCase(),
        request: transaction_id,
        form: "g2p",
        programme,
        content: o.content,
        callback: o.callback,
        correlation: o.correlation,
        payments,
      },
      o.tx,
    );
    const rejectedFor = proposed.ok ? undefined : proposed.error;
    for (const { reference } of payments)
      answers.push(
        rejectedFor === undefined
          ? { reference_id: reference, timestamp: now, status: "rcvd" }
          : { reference_id: reference, timestamp: now, status: "rjct", ...reasonOf(rejectedFor.fault) },
      );
  }
  const received = answers.filter(({ status }) => status === "rcvd").length;
  return {
    action: "on-disburse",
    status: received > 0 ? "rcvd" : "rjct",
    total: answers.length,
    completed: answers.length - received,
    message: { transaction_id, disbursements_status: answers },
  };
}

function reasonOf(fault: string): Pick<LineAnswer, "status_reason_code" | "status_reason_message"> {
  return {
    status_reason_code: fault === "programme unknown" ? "rjct.payer_fa.invalid" : "rjct.amount.invalid",
    status_reason_message: fault,
  };
}

type ReadLine =
  | { readonly programme: string; readonly payment: ProposedPayment }
  | { readonly reference: string; readonly reason: DisburseReason; readonly words?: string };

async function readLine(
  api: PaymentApi,
  client: ApiClient,
  raw: unknown,
  { used, tx }: { readonly used: ReadonlySet<string>; readonly tx: Sql },
): Promise<ReadLine> {
  const reference = referenceOf(raw);
  const no = (reason: DisburseReason, words?: string): ReadLine => ({
    reference,
    reason,
    ...(words !== undefined && { words }),
  });
  const read = disbursement.safeParse(raw);
  if (!read.success) {
    const member = String(read.error.issues[0]?.path[0] ?? "");
    return no(memberReasons[member] ?? "rjct.reference_id.invalid", read.error.issues[0]?.message);
  }
  const line = read.data;
  if (used.has(reference)) return no("rjct.reference_id.duplicate");
  const { code, decimals } = api.payments.banking.currency;
  if (line.currency_code !== undefined && line.currency_code !== code) return no("rjct.currency_code.invalid");
  const amount = /^\d{1,13}\.\d{1,2}$/.test(line.amount) ? readAmount(line.amount, decimals) : undefined;
  if (amount === undefined || amount <= 0n || amount > client.limits.payment) return no("rjct.amount.invalid");
  const programme = programmeOf(client, line.payer_fa);
  if (programme === undefined) return no("rjct.payer_fa.invalid");
  if (
    line.scheduled_timestamp !== undefined &&
    !(Date.parse(line.scheduled_timestamp) <= api.payments.clock.now().getTime())
  )
    return no("rjct.schedule_ts.invalid", "payments go at the next banking day");
  const payee = payeeOf(api, line.payee_fa, line.payee_name);
  const account = payee && (await payableAccount(api, client, payee, tx));
  if (!payee || !account) return no("rjct.payee_fa.invalid", "payee_name is wanted with an account");
  if (!account.ok) return no("rjct.payee_fa.invalid", account.error);
  const words = line.note || line.purpose;
  return { programme, payment: { reference, amount, payee, ...(words && { text: words }) } };
}

const memberReasons: Readonly<Record<string, DisburseReason>> = {
  payer_fa: "rjct.payer_fa.invalid",
  payee_fa: "rjct.payee_fa.invalid",
  payee_name: "rjct.payee_fa.invalid",
  amount: "rjct.amount.invalid",
  currency_code: "rjct.currency_code.invalid",
  scheduled_timestamp: "rjct.schedule_ts.invalid",
};

function referenceOf(raw: unknown): string {
  const id = (raw as { reference_id?: unknown } | null)?.reference_id;
  return typeof id === "string" ? id.slice(0, 99) : "";
}

/** `programme:relief@treasury.example`: the programme that pays, among those of the client. */
export function programmeOf(client: ApiClient, address: string): string | undefined {
  const id = /^program(?:me)?:([a-z0-9-]{1,40})@[a-z0-9.-]{1,80}$/.exec(address.toLowerCase())?.[1];
  return id !== undefined && client.programmes.includes(id) ? id : undefined;
}

/** An account with a name, or somebody whom the mapper knows. Addresses are compared without regard to case. */
export function payeeOf(api: PaymentApi, address: string, name: string | undefined): Payee | undefined {
  if (!/^account:/i.test(address)) return { id: address.toLowerCase() };
  const account = readAccount(api.payments, address);
  return account.ok && name !== undefined ? { account: account.value, name } : undefined;
}
