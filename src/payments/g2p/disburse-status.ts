import { z } from "zod";
import type { Sql } from "#store";
import type { PaymentApi } from "../govstack/api.ts";
import { failureOf, standingOf } from "../govstack/batch-status.ts";
import type { ApiClient } from "../govstack/client.ts";
import { payeeIndex } from "../govstack/mapper.ts";
import { amountWithFraction } from "../govstack/money.ts";
import { accountIndex } from "../govstack/propose.ts";
import { text } from "../govstack/read-json.ts";
import {
  lineStatuses,
  lineStatusesByCorrelation,
  lineStatusesByPayee,
  lineStatusesByProgramme,
  lineStatusesByReference,
  lineStatusesByRequest,
  type BatchRow,
  type LineStatus,
} from "../govstack/store-batches.ts";
import { payeeOf, programmeOf } from "./disburse.ts";
import type { Outcome, RequestStatus } from "./reply.ts";

const found = 1000;

/** How a disbursement stands, in the words of `on-disburse`. */
export function lineAnswer(api: PaymentApi, line: LineStatus): object {
  const { code, decimals } = api.payments.banking.currency;
  const statuses: Readonly<Record<ReturnType<typeof standingOf>, RequestStatus>> = {
    ongoing: "pdng",
    completed: "succ",
    failed: "rjct",
  };
  const why = failureOf(line);
  return {
    reference_id: line.reference,
    timestamp: line.at.toISOString(),
    status: statuses[standingOf(line)],
    ...(why !== undefined && { status_reason_code: "rjct.payee_fa.invalid", status_reason_message: why }),
    amount: amountWithFraction(line.amount, decimals),
    currency_code: code,
  };
}

/** What a client is told when nothing more will change about a batch of its. */
export async function finalOutcome(api: PaymentApi, batch: BatchRow): Promise<Outcome> {
  const lines = await lineStatuses(api.payments.database, batch.id);
  return {
    action: "on-disburse",
    status: "succ",
    total: lines.length,
    completed: lines.length,
    message: { transaction_id: batch.request, disbursements_status: lines.map((line) => lineAnswer(api, line)) },
  };
}

const searchRequest = z.object({
  transaction_id: text(99),
  search_criteria: z
    .array(
      z.object({
        reference_id: text(99),
        request_type: z.string(),
        attribute_type: z.string(),
        attribute_value: z.string().max(120),
      }),
    )
    .min(1)
    .max(50),
});

/** `search`: the client's own disbursements from a programme, or to an address. */
export async function search(
  api: PaymentApi,
  client: ApiClient,
  message: unknown,
  tx: Sql,
): Promise<Outcome | undefined> {
  const read = searchRequest.safeParse(message);
  if (!read.success) return undefined;
  const now = api.payments.clock.now().toISOString();
  const answers: object[] = [];
  for (const one of read.data.search_criteria) {
    const no = (code: string): void => {
      answers.push({ reference_id: one.reference_id, timestamp: now, status: "rjct", status_reason_code: code });
    };
    if (one.request_type !== "disburse") no("rjct.request_type.invalid");
    else if (one.attribute_type !== "payer_fa" && one.attribute_type !== "payee_fa") no("rjct.attribute_type.invalid");
    else {
      const lines = await matching(api, client, one.attribute_type, one.attribute_value, tx);
      if (!lines) no(`rjct.srch_${one.attribute_type}.invalid`);
      else if (lines.length > found) no("rjct.srch.too_many_records_found");
      else answers.push(...lines.map((line) => lineAnswer(api, line)));
    }
  }
  return {
    action: "on-search",
    status: "succ",
    total: read.data.search_criteria.length,
    completed: read.data.search_criteria.length,
    message: { transaction_id: read.data.transaction_id, disbursements_status: answers },
  };
}

async function matching(
  api: PaymentApi,
  client: ApiClient,
  by: "payer_fa" | "payee_fa",
  address: string,
  tx: Sql,
): Promise<LineStatus[] | undefined> {
  if (by === "payer_fa") {
    const programme = programmeOf(client, address);
    return programme === undefined ? undefined : lineStatusesByProgramme(tx, client.id, programme, found + 1);
  }
  const payee = payeeOf(api, address, "");
  if (!payee) return undefined;
  const index =
    "id" in payee ? payeeIndex(api, client.institution, payee.id) : accountIndex(api, client, payee.account);
  return lineStatusesByPayee(tx, client.id, index, found + 1);
}

const statusRequest = z.object({
  transaction_id: text(99),
  txnstatus_request: z.object({
    reference_id: text(99),
    txn_type: z.string().max(40),
    attribute_type: z.enum(["transaction_id", "reference_id_list", "correlation_id"]),
    attribute_value: z.union([text(99), z.array(text(99)).min(1).max(found)]),
  }),
});

/** `txn-status`: how disbursements stand, by transaction, references or correlation. Who is not found is not in the list. */
export async function txnStatus(
  api: PaymentApi,
  client: ApiClient,
  message: unknown,
  { correlation, tx }: { readonly correlation: string; readonly tx: Sql },
): Promise<Outcome | undefined> {
  const read = statusRequest.safeParse(message);
  if (!read.success) return undefined;
  const { transaction_id, txnstatus_request } = read.data;
  const { attribute_type: by, attribute_value: value } = txnstatus_request;
  const one = typeof value === "string" ? value : (value[0] ?? "");
  const lines =
    by === "reference_id_list"
      ? await lineStatusesByReference(tx, client.id, [value].flat())
      : by === "transaction_id"
        ? await lineStatusesByRequest(tx, client.id, one)
        : await lineStatusesByCorrelation(tx, client.id, one);
  return {
    action: "on-status",
    status: "succ",
    total: 1,
    completed: 1,
    message: {
      transaction_id,
      correlation_id: correlation,
      txnstatus_response: {
        txn_type: "on-disburse",
        txn_status: {
          transaction_id: by === "transaction_id" ? one : transaction_id,
          disbursements_status: lines.map((line) => lineAnswer(api, line)),
        },
      },
    },
  };
}
