import { z } from "zod";
import { uuidV7 } from "#kernel";
import type { Sql } from "#store";
import type { PaymentApi } from "../govstack/api.ts";
import { tellClient } from "../govstack/callbacks.ts";
import type { ApiClient } from "../govstack/client.ts";
import { text } from "../govstack/read-json.ts";
import { mapperMessage, type MapperAction } from "./mapper-calls.ts";
import { reply, type Outcome } from "./reply.ts";
import { answerMessage, insertMessage, openMessages, outcomes, type MessageRow } from "./store-messages.ts";

/** Keeps a message of the mapper, to be carried out by `answerMapperMessages` and answered at its callback. */
export async function keepMapperMessage(
  api: PaymentApi,
  client: ApiClient,
  action: MapperAction,
  message: unknown,
  o: { readonly correlation: string; readonly callback: string; readonly tx: Sql },
): Promise<Outcome | undefined> {
  const row = rowOf(api, client, action, message, o);
  if (!row) return undefined;
  await insertMessage(o.tx, row);
  return { action: `on-${action}`, status: "rcvd", total: 0, completed: 0 };
}

/** Carries out a message of the mapper now. */
export async function doMapperMessage(
  api: PaymentApi,
  client: ApiClient,
  action: MapperAction,
  message: unknown,
  correlation: string,
): Promise<Outcome | undefined> {
  const { database, clock } = api.payments;
  const row = rowOf(api, client, action, message, { correlation, callback: null });
  const request = row?.transaction ?? "";
  const outcome = row && (await mapperMessage(api, client, action, message, { request, correlation }));
  if (!outcome) return undefined;
  await database.transaction(async (tx) => {
    await insertMessage(tx, row);
    await answerMessage(tx, row.id, api.sealing.seal(outcome, `outcome ${row.id}`), clock.now());
  });
  return outcome;
}

function rowOf(
  api: PaymentApi,
  client: ApiClient,
  action: MapperAction,
  message: unknown,
  { correlation, callback }: { readonly correlation: string; readonly callback: string | null },
): MessageRow | undefined {
  const transaction = text(99).safeParse((message as { transaction_id?: unknown } | null)?.transaction_id);
  if (!transaction.success) return undefined;
  const at = api.payments.clock.now();
  const id = uuidV7(at);
  const sealed = api.sealing.seal({ message }, `message ${id}`);
  return { id, client: client.id, action, transaction: transaction.data, correlation, sealed, callback, at };
}

/** Answers messages of the mapper that were kept. Killed on the way, it does them again: the same change twice is one. */
export async function answerMapperMessages(api: PaymentApi): Promise<number> {
  const { database, clock } = api.payments;
  const open = await openMessages(database, 20);
  for (const row of open) {
    const client = api.clientById.get(row.client)?.client;
    const { message } = api.sealing.open(row.sealed, `message ${row.id}`) as { message: unknown };
    const { correlation, transaction: request } = row;
    const outcome: Outcome = (client &&
      (await mapperMessage(api, client, row.action as MapperAction, message, { request, correlation }))) ?? {
      action: `on-${row.action}`,
      status: "rjct",
      total: 0,
      completed: 0,
    };
    await database.transaction(async (tx) => {
      if (!(await answerMessage(tx, row.id, api.sealing.seal(outcome, `outcome ${row.id}`), clock.now()))) return;
      if (!client) return;
      await tellClient(api, tx, { client: row.client, url: row.callback, body: reply(api, { client }, outcome) });
    });
  }
  return open.length;
}

const statusRequest = z.object({
  transaction_id: text(99),
  txnstatus_request: z.object({
    reference_id: text(99),
    txn_type: z.enum(["link", "update", "unlink", "resolve"]),
    attribute_type: z.enum(["transaction_id", "reference_id_list", "correlation_id"]),
    attribute_value: z.union([text(99), z.array(text(99)).min(1).max(100)]),
  }),
});

/** Messages looked through for references. */
const lookedThrough = 200;

/** The mapper's `txn-status`: what messages of this transaction came to. */
export async function mapperStatus(
  api: PaymentApi,
  client: ApiClient,
  message: unknown,
  { correlation, tx }: { readonly correlation: string; readonly tx: Sql },
): Promise<Outcome | undefined> {
  const read = statusRequest.safeParse(message);
  if (!read.success) return undefined;
  const { transaction_id, txnstatus_request } = read.data;
  const { txn_type: type, attribute_type: by, attribute_value: value } = txnstatus_request;
  const values = [value].flat();
  const one = values[0] ?? "";
  const narrowed = by === "transaction_id" ? { transaction: one } : by === "correlation_id" ? { correlation: one } : {};
  const rows = await outcomes(tx, client.id, narrowed, lookedThrough);
  const list = `${type}_response`;
  const answers = rows.flatMap(({ id, action, outcome }) => {
    if (action !== type || !outcome) return [];
    const { message: said } = api.sealing.open(outcome, `outcome ${id}`) as { message?: Record<string, unknown> };
    return (said?.[list] ?? []) as { reference_id: string }[];
  });
  return {
    action: "on-status",
    status: "succ",
    total: 1,
    completed: 1,
    message: {
      transaction_id,
      correlation_id: correlation,
      txnstatus_response: {
        txn_type: `on-${type}`,
        txn_status: {
          transaction_id: by === "transaction_id" ? one : transaction_id,
          [list]:
            by === "reference_id_list" ? answers.filter(({ reference_id }) => values.includes(reference_id)) : answers,
        },
      },
    },
  };
}
