import type { Sql } from "#store";
import { paymentBinding } from "../binding.ts";
import type { PublicStatus } from "../contract.ts";
import type { Payments } from "../open.ts";
import { publicStatus } from "./public-status.ts";
import type { State } from "../states.ts";
import {
  entitlementById,
  eventsOf,
  instructionsInState,
  instructionsOf,
  latestEntitlement,
  type Entitlement,
  type EventRow,
} from "../store.ts";
import { fileSummary, type FileSummary } from "../bank/store-files.ts";

/** One payment as a caseworker's or a citizen's page shows it. */
export interface PaymentView {
  readonly entitlementId: string;
  readonly caseRef: string;
  /** In the currency's smallest unit. */
  readonly amount: bigint;
  readonly currency: string;
  readonly payeeName: string;
  readonly institution: string;
  /** All digits but the last four replaced by dots. */
  readonly accountMasked: string;
  readonly approvedBy: string;
  /** The second officer, once there is one. */
  readonly releasedBy?: string;
  /** What the second officer confirms when releasing. */
  readonly binding: string;
  readonly instructionId: string;
  readonly attempt: number;
  readonly state: State;
  readonly public: PublicStatus;
  /** The bank's reason code of the last refusal or return. */
  readonly reason?: string;
  readonly file?: FileSummary;
  /** Everything that happened to the newest attempt, in order. */
  readonly events: readonly EventRow[];
}

/** The payment of a case (of its newest decision), or `undefined` if nothing was granted. */
export async function paymentFor(payments: Payments, caseRef: string): Promise<PaymentView | undefined> {
  const entitlement = await latestEntitlement(payments.database, caseRef);
  return entitlement && viewOf(payments.database, entitlement);
}

/** One payment by its entitlement. */
export async function paymentById(payments: Payments, entitlementId: string): Promise<PaymentView | undefined> {
  const entitlement = await entitlementById(payments.database, entitlementId);
  return entitlement && viewOf(payments.database, entitlement);
}

/** Payments in one state, oldest first: `approved-once` is the queue of the releasing officer. */
export async function paymentsIn(payments: Payments, state: State, limit = 100): Promise<PaymentView[]> {
  const views: PaymentView[] = [];
  for (const { entitlement } of await instructionsInState(payments.database, state, limit)) {
    const view = await paymentById(payments, entitlement);
    if (view) views.push(view);
  }
  return views;
}

async function viewOf(sql: Sql, entitlement: Entitlement): Promise<PaymentView> {
  const [instruction] = await instructionsOf(sql, entitlement.id);
  if (!instruction) {
    throw Object.assign(new Error(`entitlement ${entitlement.id} has no instruction`), { code: "payments-broken" });
  }
  const events = await eventsOf(sql, instruction.id);
  const released = events.findLast((event) => event.event === "second-approved");
  const reason = events.findLast((event) => event.to === "rejected" || event.to === "returned")?.detail["reason"];
  const file = instruction.file === null ? undefined : await fileSummary(sql, instruction.file);
  return {
    entitlementId: entitlement.id,
    caseRef: entitlement.caseRef,
    amount: instruction.amount,
    currency: entitlement.currency,
    payeeName: instruction.payeeName,
    institution: instruction.account.institution,
    accountMasked: instruction.account.number.replace(/.(?=.{4})/gu, "•"),
    approvedBy: instruction.approvedBy,
    ...(released && { releasedBy: released.by }),
    binding: paymentBinding(entitlement, instruction),
    instructionId: instruction.id,
    attempt: instruction.attempt,
    state: instruction.state,
    public: publicStatus(instruction.state, reason),
    ...(reason !== undefined && { reason }),
    ...(file && { file }),
    events,
  };
}
