import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import type { Account } from "../contract.ts";
import { grantEntitlement } from "../grant.ts";
import { today } from "../open.ts";
import { openProgrammeById, type Programme } from "../store-programmes.ts";
import { bankAccount } from "./address.ts";
import { sha256, type PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import { payeeIndex, resolveLink } from "./mapper.ts";
import {
  insertBatch,
  insertLines,
  isConfirmed,
  lockClient,
  lockWaitingLines,
  markProposed,
  openBatches,
  proposedSince,
  setLine,
  type BatchRow,
} from "./store-batches.ts";

/** One payment as a client proposes it. */
export interface ProposedPayment {
  /** The client's own number for it: paid once, in whatever batch it comes again. */
  readonly reference: string;
  readonly amount: bigint;
  readonly payee: Payee;
  /** What the payee reads on the statement; the programme's words if not given. */
  readonly text?: string;
}

/** Somebody whom the mapper knows, or an account. */
export type Payee = { readonly id: string } | { readonly account: Account; readonly name: string };

export interface Proposal {
  readonly number: string;
  readonly request: string;
  readonly form: string;
  readonly programme: string;
  readonly content: string;
  readonly callback: string | null;
  readonly correlation: string | null;
  readonly payments: readonly ProposedPayment[];
}

/** Payments in one call at most; for more there are rosters. */
export const mostPayments = 5_000;

export type ProposalFault =
  | { readonly fault: "batch number was used before" }
  | { readonly fault: "programme unknown" }
  | { readonly fault: "above the limit of the day" }
  | { readonly fault: "too many payments" }
  | {
      readonly fault: "amount not allowed" | "reference stands twice" | "reference was used before";
      readonly reference: string;
    };

/**
 * Takes a batch that a client proposes: whole or not at all. The client is the maker; nothing of it can be paid before
 * somebody else released it (`releaseBatch`). Payees are looked up and payments drafted by `draftBatches`.
 */
export async function proposeBatch(
  api: PaymentApi,
  client: ApiClient,
  proposal: Proposal,
  tx: Sql,
): Promise<Result<BatchRow["id"], ProposalFault>> {
  const { payments, programme } = proposal;
  const open = await openProgrammeById(tx, programme);
  if (!client.programmes.includes(programme) || !open) return err({ fault: "programme unknown" });
  if (payments.length === 0 || payments.length > mostPayments) return err({ fault: "too many payments" });
  const wrong = faultyPayment(api, client, open, payments);
  if (wrong) return err(wrong);

  const total = payments.reduce((sum, { amount }) => sum + amount, 0n);
  const { clock, banking } = api.payments;
  const now = clock.now();
  await lockClient(tx, client.id);
  const midnight = new Date(`${today(api.payments)}T00:00:00${banking.utcOffset}`);
  if ((await proposedSince(tx, client.id, midnight)) + total > client.limits.day)
    return err({ fault: "above the limit of the day" });

  const id = uuidV7(now);
  const { number, request, form, content, callback, correlation } = proposal;
  const stored = await insertBatch(tx, {
    id,
    client: client.id,
    number,
    request,
    form,
    programme,
    lines: payments.length,
    total: String(total),
    contentSha256: sha256(content).toString("hex"),
    callback,
    correlation,
    at: now,
  });
  if (!stored) return err({ fault: "batch number was used before" });
  const before = await insertLines(
    tx,
    payments.map(({ reference, amount, payee, text }, n) => ({
      batch: id,
      n,
      client: client.id,
      reference,
      amount,
      sealed: api.sealing.seal({ payee, text }, `line ${id} ${n}`),
      index: "id" in payee ? payeeIndex(api, client.institution, payee.id) : accountIndex(api, client, payee.account),
    })),
  );
  const [reference] = before;
  return reference === undefined ? ok(id) : err({ fault: "reference was used before", reference });
}

/** The keyed hash by which payments to an account are found. */
export function accountIndex(api: PaymentApi, client: ApiClient, { institution, number }: Account): Buffer {
  return api.sealing.index("account", client.institution, institution, number);
}

function faultyPayment(
  api: PaymentApi,
  client: ApiClient,
  programme: Programme,
  payments: readonly ProposedPayment[],
): ProposalFault | undefined {
  const seen = new Set<string>();
  const most = [
    client.limits.payment,
    api.payments.largestAmount,
    programme.limits.perPayment ?? api.payments.largestAmount,
  ];
  for (const { reference, amount } of payments) {
    if (seen.has(reference)) return { fault: "reference stands twice", reference };
    seen.add(reference);
    if (amount <= 0n || most.some((limit) => amount > limit)) return { fault: "amount not allowed", reference };
  }
  return undefined;
}

/** What `draftBatches` keeps sealed of a line. */
export interface SealedLine {
  readonly payee: Payee;
  readonly text?: string;
}

/** Drafts the payments of batches that were received. @returns how many lines were handled */
export async function draftBatches(api: PaymentApi): Promise<number> {
  const { database } = api.payments;
  let handled = 0;
  for (const batch of await openBatches(database, 100)) {
    if (batch.state !== "received") continue;
    const client = api.clientById.get(batch.client)?.client;
    for (;;) {
      const lines = await database.transaction(async (tx) => {
        const waiting = await lockWaitingLines(tx, batch.id, 200);
        for (const line of waiting) {
          const sealed = api.sealing.open(line.sealed, `line ${line.batch} ${line.n}`) as SealedLine;
          const drafted = client
            ? await draftLine(api, client, batch, { ...line, ...sealed }, tx)
            : err("the client may not pay any more");
          await setLine(tx, line, drafted.ok ? { entitlement: drafted.value } : { reason: drafted.error });
        }
        return waiting.length;
      });
      if (lines === 0) break;
      handled += lines;
    }
    await markProposed(database, batch.id);
  }
  return handled;
}

async function draftLine(
  api: PaymentApi,
  client: ApiClient,
  batch: BatchRow,
  line: SealedLine & { readonly n: number; readonly reference: string; readonly amount: bigint },
  tx: Sql,
): Promise<Result<string, string>> {
  const payee = await payableAccount(api, client, line.payee, tx);
  if (!payee.ok) return payee;
  // At our desk new accounts are held out of the batch; a batch that the source releases has nobody to do that.
  const bySource = api.programmeById.get(batch.programme)?.approval === "source";
  if (bySource && "account" in line.payee && !(await isConfirmed(tx, line.payee.account)))
    return err("account is new and not confirmed by its bank");
  const programme = await openProgrammeById(tx, batch.programme);
  const purpose = programme?.purpose ?? { code: "GOVT", text: programme?.title["zh-Hant"] ?? batch.programme };
  const granted = await grantEntitlement(
    api.payments,
    {
      caseRef: `${batch.number}-${line.n + 1}`,
      programme: batch.programme,
      payee: payee.value,
      amount: line.amount,
      purpose: line.text === undefined ? purpose : { code: purpose.code, text: line.text },
      decisionHash: sha256(`${batch.id} ${line.n} ${line.reference}`).toString("hex"),
      factsHash: batch.contentSha256,
      approvedBy: makerOf(client.id),
    },
    tx,
  );
  return granted.ok ? ok(granted.value.entitlementId) : err(granted.error.code);
}

/** Under what name a client stands in payments' events, as who approved first or second. */
export function makerOf(client: string): string {
  return `api:${client}`;
}

/**
 * The account that a payee's money goes to today, or why it cannot. A new address that its bank has not confirmed waits a
 * day: whoever took over somebody's link must not be paid before it is noticed.
 */
export async function payableAccount(
  api: PaymentApi,
  client: ApiClient,
  payee: Payee,
  sql: Sql = api.payments.database,
): Promise<Result<{ readonly name: string; readonly account: Account }, string>> {
  if ("account" in payee) return ok(payee);
  const link = await resolveLink(api, client.institution, payee.id, sql);
  if (!link) return err("payee not registered");
  if (link.modality !== bankAccount || !link.account) return err(`payment modality ${link.modality} cannot be paid`);
  const age = api.payments.clock.now().getTime() - link.changedAt.getTime();
  if (link.verdict !== "match" && age < api.payments.limits.newAccountHours * 3_600_000)
    return err("account is new and not confirmed by its bank");
  return ok({ name: link.holder?.name ?? payee.id, account: link.account });
}
