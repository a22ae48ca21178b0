import { err, ok, type Refusal, type Result } from "#kernel";
import { cancelPayment } from "../cancel.ts";
import { openProgrammeById } from "../store-programmes.ts";
import { releasePayment } from "../release.ts";
import type { PaymentApi } from "./api.ts";
import { tellClient } from "./callbacks.ts";
import { makerOf } from "./propose.ts";
import {
  batchById,
  countLines,
  extremesOf,
  grantedLines,
  openBatches,
  setBatchState,
  setReleaseWish,
  type BatchRow,
} from "./store-batches.ts";

export type BatchRefusal =
  | "batch unknown"
  | "not waiting for release"
  | "proposed by the same client"
  | "an officer of the paying agency has to release it"
  | "too many payments to one account";

/**
 * Has a proposed batch released by another client than the one that proposed it, where the programme lets the source system
 * approve. Above the programme's limits, at which our own desk wants a third person, it is left to that desk. Carried out by
 * `carryOutReleases`, whole or not at all. Officers release at their desk, by batch or one by one, as any payment.
 */
export async function releaseBatch(
  api: PaymentApi,
  o: {
    readonly batch: string;
    readonly client: string;
    readonly callback?: string | null;
    readonly correlation?: string | null;
  },
): Promise<Result<BatchRow, BatchRefusal>> {
  const by = makerOf(o.client);
  return api.payments.database.transaction(async (tx): Promise<Result<BatchRow, BatchRefusal>> => {
    const batch = await batchById(tx, o.batch, "for update");
    if (!batch) return err("batch unknown");
    if (o.client === batch.client) return err("proposed by the same client");
    if (batch.releasedBy === by) return ok(batch);
    if (batch.state !== "proposed") return err("not waiting for release");
    const programme = await openProgrammeById(tx, batch.programme);
    if (!programme || api.programmeById.get(batch.programme)?.approval !== "source")
      return err("an officer of the paying agency has to release it");
    const { thirdAbove, batchThirdAbove, maxPerAccount } = programme.limits;
    const { largest, total, perAccount } = await extremesOf(tx, batch.id);
    if (
      (thirdAbove !== undefined && largest > thirdAbove) ||
      (batchThirdAbove !== undefined && total > batchThirdAbove)
    )
      return err("an officer of the paying agency has to release it");
    if (perAccount > maxPerAccount) return err("too many payments to one account");
    await setBatchState(tx, batch.id, "proposed", "releasing", by);
    await setReleaseWish(tx, batch.id, o.callback ?? null, o.correlation ?? null);
    return ok(batch);
  });
}

/** The client takes back a batch that nobody has released: its payments are cancelled. */
export async function withdrawBatch(
  api: PaymentApi,
  o: { readonly batch: string; readonly client: string },
): Promise<Result<BatchRow, BatchRefusal>> {
  return api.payments.database.transaction(async (tx): Promise<Result<BatchRow, BatchRefusal>> => {
    const batch = await batchById(tx, o.batch, "for update");
    if (batch?.client !== o.client) return err("batch unknown");
    if (batch.state === "refused") return ok(batch);
    if (batch.state !== "proposed") return err("not waiting for release");
    const touched = (await countLines(tx, batch.id)).some(({ line, waits }) => line === "granted" && !waits);
    if (touched) return err("not waiting for release");
    for (const { entitlement } of await grantedLines(tx, batch.id))
      await cancelPayment(api.payments, { entitlementId: entitlement, cancelledBy: makerOf(o.client) }, tx);
    await setBatchState(tx, batch.id, "proposed", "refused");
    return ok(batch);
  });
}

/** Releases the payments of batches whose release was asked for. @returns how many batches */
export async function carryOutReleases(api: PaymentApi): Promise<number> {
  const { database } = api.payments;
  const wanted = (await openBatches(database, 1000)).filter(({ state }) => state === "releasing");
  for (const { id } of wanted) await carryOutRelease(api, id);
  return wanted.length;
}

const leftToTheDesk: ReadonlySet<string> = new Set(["not-releasable", "already-released", "payment-changed"]);

async function carryOutRelease(api: PaymentApi, id: string): Promise<void> {
  const { database } = api.payments;
  let refusal: Refusal | undefined;
  await database
    .transaction(async (tx) => {
      const batch = await batchById(tx, id, "for update");
      if (batch?.state !== "releasing" || batch.releasedBy === null) return;
      for (const { entitlement } of await grantedLines(tx, id)) {
        const done = await releasePayment(
          api.payments,
          // The source released what it had proposed, not where an officer sent it since.
          { entitlementId: entitlement, releasedBy: batch.releasedBy, attempt: 1 },
          tx,
        );
        // One that an officer stopped, redirected or released alone does not hold back the others.
        if (!done.ok && !leftToTheDesk.has(done.error.code)) {
          refusal = done.error;
          throw new Error("undone");
        }
      }
      await setBatchState(tx, id, "releasing", "released", batch.releasedBy);
      await tellRelease(api, tx, batch, undefined);
    })
    .catch((fault: unknown) => {
      if (!refusal) throw fault;
    });
  if (!refusal) return;
  const { code } = refusal;
  await database.transaction(async (tx) => {
    const batch = await batchById(tx, id, "for update");
    if (batch?.state !== "releasing") return;
    await setBatchState(tx, id, "releasing", "proposed");
    await tellRelease(api, tx, batch, code);
  });
}

async function tellRelease(
  api: PaymentApi,
  tx: Parameters<typeof tellClient>[1],
  batch: BatchRow,
  reason: string | undefined,
): Promise<void> {
  await tellClient(api, tx, {
    client: batch.releasedBy?.replace(/^api:/, "") ?? batch.client,
    url: batch.releaseCallback,
    body: {
      clientCorrelationId: batch.releaseCorrelation ?? "",
      batchId: batch.number,
      status: reason === undefined ? "Y" : "N",
      reason: reason ?? "",
    },
  });
}
