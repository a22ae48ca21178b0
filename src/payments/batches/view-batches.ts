import type { Payments } from "../open.ts";
import {
  approvalsOf,
  batchById,
  batches,
  batchOf,
  batchSamples,
  partsOf,
  standing,
  type Batch,
  type BatchApproval,
  type BatchPart,
} from "./store-batches.ts";

/** A payment that the checker looks at, chosen from the largest and the smallest. */
export interface BatchSample {
  readonly instruction: string;
  readonly reference: string;
  readonly payeeName: string;
  readonly institution: string;
  /** All digits but the last four replaced by dots. */
  readonly accountMasked: string;
  readonly amount: bigint;
}

/** A batch as its checker, and later everybody at the desk, sees it. */
export interface BatchView extends Batch {
  readonly given: readonly BatchApproval[];
  readonly parts: readonly BatchPart[];
  readonly samples: readonly BatchSample[];
}

export interface BatchProgress {
  /** Payments in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** Files in all, made, and sent. */
  readonly files: number;
  readonly made: number;
  readonly sent: number;
}

/** Batches, the newest first; of one programme, or of all. */
export function batchList(payments: Payments, programme?: string, limit = 50): Promise<Batch[]> {
  return batches(payments.database, programme ?? null, limit);
}

export async function batchView(payments: Payments, id: string): Promise<BatchView | undefined> {
  const { database } = payments;
  const batch = await batchById(database, id);
  if (!batch) return undefined;
  const samples = await batchSamples(database, id, 3);
  return {
    ...batch,
    given: await approvalsOf(database, id),
    parts: await partsOf(database, id),
    samples: samples.map(({ account, ...sample }) => ({
      ...sample,
      accountMasked: account.replace(/.(?=.{4})/gu, "•"),
    })),
  };
}

/** How far a batch has come: reads its payments' states, so it costs with its size. */
export function batchProgress(payments: Payments, id: string): Promise<BatchProgress> {
  return standing(payments.database, id);
}

/** The batch and part that a payment goes with, if it does. */
export function batchOfPayment(
  payments: Payments,
  instruction: string,
): Promise<{ readonly batch: string; readonly part: number } | undefined> {
  return batchOf(payments.database, instruction);
}
