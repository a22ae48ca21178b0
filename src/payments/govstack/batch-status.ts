import { z } from "zod";
import { publicStatus } from "../views/public-status.ts";
import type { PublicState } from "../contract.ts";
import { finalOutcome } from "../g2p/disburse-status.ts";
import { reply } from "../g2p/reply.ts";
import type { ApiAnswer, ApiRequest, PaymentApi } from "./api.ts";
import { callbackOf, refused } from "./beneficiaries.ts";
import { amountOf } from "./bulk-payments.ts";
import { mayCallBack, tellClient } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { amountNumber } from "./money.ts";
import { type SealedLine } from "./propose.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";
import { releaseBatch, withdrawBatch } from "./release-batch.ts";
import {
  batchByNumber,
  batchesNumbered,
  countLines,
  finishBatch,
  lineStatuses,
  openBatches,
  type BatchRow,
  type LineStatus,
} from "./store-batches.ts";

/** How a payment stands for the system that asked for it. */
export type Standing = "ongoing" | "completed" | "failed";

const standings: Readonly<Record<PublicState, Standing>> = {
  preparing: "ongoing",
  sent: "ongoing",
  paid: "completed",
  "not-paid": "failed",
  stopped: "failed",
  "asked-back": "completed",
};

export function standingOf({ line, state }: Pick<LineStatus, "line" | "state">): Standing {
  if (line === "failed") return "failed";
  return state === null ? "ongoing" : standings[publicStatus(state).state];
}

/** Why a payment failed, in one line of plain English. */
export function failureOf(status: Pick<LineStatus, "line" | "state" | "reason" | "bankReason">): string | undefined {
  if (standingOf(status) !== "failed") return undefined;
  return status.reason ?? status.bankReason ?? (status.state === null ? undefined : publicStatus(status.state).text.en);
}

/** `GET /api/v1/batch/detail`: the payments of a batch, page by page (from 0, as the published examples count). */
export async function batchDetail(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const { query } = request;
  const whole = (name: string, otherwise: number, most: number): number | undefined => {
    const value = query.get(name) ?? String(otherwise);
    return /^\d{1,6}$/.test(value) && Number(value) <= most ? Number(value) : undefined;
  };
  const page = whole("pageNo", 0, 999_999);
  const size = whole("pageSize", 100, 1000);
  const wanted = query.get("status")?.toLowerCase();
  if (page === undefined || size === undefined || size === 0) return refused("pageNo or pageSize: not usable", "");
  if (wanted !== undefined && !["ongoing", "completed", "failed"].includes(wanted))
    return refused("status: ongoing, completed or failed is wanted", "");
  const batch = await batchByNumber(api.payments.database, client.id, query.get("batchId") ?? "");
  if (!batch)
    return { status: 404, body: { ResponseCode: "01", ResponseDescription: "batchId: unknown", RequestID: "" } };
  const lines =
    wanted === undefined
      ? await lineStatuses(api.payments.database, batch.id, page * size, size)
      : (await lineStatuses(api.payments.database, batch.id))
          .filter((line) => standingOf(line) === wanted)
          .slice(page * size, (page + 1) * size);
  const backwards = query.get("direction")?.toLowerCase() === "desc";
  const { code, decimals } = api.payments.banking.currency;
  const list = lines.map((line) => {
    const { payee } = api.sealing.open(line.sealed, `line ${line.batch} ${line.n}`) as SealedLine;
    return {
      requestId: line.reference,
      instructionId: line.reference,
      ...("id" in payee && { payeeIdentity: payee.id }),
      amount: amountNumber(line.amount, decimals),
      currency: code,
      status: standingOf(line).toUpperCase(),
      failureReason: failureOf(line) ?? "",
    };
  });
  return { status: 200, body: backwards ? list.toReversed() : list };
}

/** `GET /api/v1/batch?batchId=`: the sums of a batch, in the words of the status update. */
export async function batchSummary(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const batch = await batchByNumber(api.payments.database, client.id, request.query.get("batchId") ?? "");
  return batch
    ? { status: 200, body: await sumsOf(api, batch) }
    : { status: 404, body: { ResponseCode: "01", ResponseDescription: "batchId: unknown", RequestID: "" } };
}

const releaseBody = z.object({
  batchid: text(50).optional(),
  payeridentifier: text(50).optional(),
  currency: text(3, 3),
  amount: digits,
});

/**
 * `POST /batches/{batchId}`: may the funds go? 202; Y or N by callback. A client may say yes only where the programme lets
 * the source system approve, and never to what it proposed itself.
 */
export async function authoriseFunds(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const read = releaseBody.safeParse(readFolded(request.body));
  if (!read.success) return refused(shapeFault(read.error), "");
  if (read.data.batchid !== undefined && read.data.batchid !== number)
    return refused("batchID: another one than in the address", "");
  const callback = callbackOf(request) ?? null;
  if (callback !== null && !mayCallBack(client, callback))
    return refused("X-Callback-URL: not an address of yours", "");
  const batch = (await batchesNumbered(api.payments.database, number)).find(
    (one) =>
      client.programmes.includes(one.programme) &&
      api.clientById.get(one.client)?.client.institution === client.institution,
  );
  if (!batch)
    return { status: 404, body: { ResponseCode: "01", ResponseDescription: "batchId: unknown", RequestID: "" } };
  const amount = amountOf(api, read.data.amount, read.data.currency);
  if (!amount.ok || amount.value !== BigInt(batch.total)) return refused("amount: not that of the batch", "");

  const correlation = request.header("X-CorrelationID", "X-Correlation-ID") ?? "";
  const refuse = (reason: string): Promise<void> =>
    api.payments.database.transaction((tx) =>
      tellClient(api, tx, {
        client: client.id,
        url: callback,
        body: { clientCorrelationId: correlation, batchId: number, status: "N", reason },
      }),
    );
  const released = await releaseBatch(api, { batch: batch.id, client: client.id, callback, correlation });
  if (!released.ok) await refuse(released.error);
  return { status: 202, body: { batchId: number } };
}

/** `DELETE /batches/{batchId}`, ours: takes back what nobody has released. */
export async function takeBack(
  api: PaymentApi,
  client: ApiClient,
  _request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const batch = await batchByNumber(api.payments.database, client.id, number);
  const done = batch && (await withdrawBatch(api, { batch: batch.id, client: client.id }));
  if (!batch || !done)
    return { status: 404, body: { ResponseCode: "01", ResponseDescription: "batchId: unknown", RequestID: "" } };
  if (!done.ok) return refused(done.error, "");
  return {
    status: 200,
    body: await sumsOf(api, (await batchByNumber(api.payments.database, client.id, number)) ?? batch),
  };
}

/** Tells the sources of batches of which nothing more will change. @returns how many */
export async function tellFinished(api: PaymentApi): Promise<number> {
  const { database, clock } = api.payments;
  let told = 0;
  for (const batch of await openBatches(database, 1000)) {
    if (batch.state === "received" || batch.state === "releasing") continue;
    const sums = await sumsOf(api, batch);
    if (sums.ongoing > 0) continue;
    told += await database.transaction(async (tx) => {
      if (!(await finishBatch(tx, batch.id, clock.now()))) return 0;
      const url = batch.callback;
      const client = api.clientById.get(batch.client)?.client;
      const g2p = batch.form === "g2p" && client;
      const body = g2p ? reply(api, { client }, await finalOutcome(api, batch)) : sums;
      await tellClient(api, tx, { client: batch.client, url, body });
      return 1;
    });
  }
  return told;
}

/** The published status update. */
export interface BatchSums {
  readonly requestId: string;
  readonly batchId: string;
  readonly TotalTransactions: number;
  readonly ongoing: number;
  readonly failed: number;
  readonly completed: number;
  readonly currency: string;
  readonly totalAmount: number;
  readonly completed_amount: number;
  readonly ongoing_amount: number;
  readonly failed_amount: number;
  readonly result_file: string;
  readonly resultGeneratedAt: string;
  readonly note: string;
}

export async function sumsOf(api: PaymentApi, batch: BatchRow): Promise<BatchSums> {
  const { code, decimals } = api.payments.banking.currency;
  const count = { ongoing: 0, completed: 0, failed: 0 };
  const money = { ongoing: 0n, completed: 0n, failed: 0n };
  let waits = batch.state === "received";
  for (const row of await countLines(api.payments.database, batch.id)) {
    waits ||= row.waits;
    const standing = standingOf(row);
    count[standing] += row.count;
    money[standing] += BigInt(row.amount);
  }
  return {
    requestId: batch.request.slice(0, 12),
    batchId: batch.number,
    TotalTransactions: batch.lines,
    ...count,
    currency: code,
    totalAmount: amountNumber(BigInt(batch.total), decimals),
    completed_amount: amountNumber(money.completed, decimals),
    ongoing_amount: amountNumber(money.ongoing, decimals),
    failed_amount: amountNumber(money.failed, decimals),
    result_file: "",
    resultGeneratedAt: api.payments.clock.now().toISOString(),
    note: batch.state === "refused" ? "withdrawn" : waits ? "waits for a second person" : "released",
  };
}
