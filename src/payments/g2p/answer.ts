import { uuidV4 } from "#kernel";
import { mayDo, type ApiAnswer, type PaymentApi } from "../govstack/api.ts";
import { mayCallBack, tellClient } from "../govstack/callbacks.ts";
import type { ApiDuty } from "../govstack/client.ts";
import { once } from "../govstack/once.ts";
import { callBefore } from "../govstack/store-calls.ts";
import { disburse } from "./disburse.ts";
import { search, txnStatus } from "./disburse-status.ts";
import { openEnvelope, type Envelope } from "./envelope.ts";
import { mostEntries, type MapperAction } from "./mapper-calls.ts";
import { doMapperMessage, keepMapperMessage, mapperStatus } from "./mapper-status.ts";
import { acknowledgement, g2pError, rejected, reply, type Outcome } from "./reply.ts";

type What = "disburse" | "search" | "txn-status" | "mapper-status" | MapperAction;

interface Operation {
  readonly what: What;
  readonly duty: ApiDuty;
  /** Answered in the response rather than at `sender_uri`. */
  readonly sync: boolean;
  /** Values of `header.action`: the verb, and what the published file has for this path. */
  readonly actions: readonly string[];
}

const operations: ReadonlyMap<string, Operation> = new Map([
  ...both("/disburse", "/disburse/sync/disburse", "disburse", "payments", ["disburse"], ["disburse", "search"]),
  ...both("/disburse/search", "/disburse/sync/search", "search", "payments", ["search"]),
  ...both("/disburse/txn/status", "/disburse/sync/txn/status", "txn-status", "payments", [
    "txn-status",
    "status",
    "on-disburse",
    "on-search",
    "search",
    "notify",
  ]),
  ...(["link", "update", "unlink", "resolve"] as const).flatMap((what) =>
    both(`/mapper/${what}`, `/mapper/sync/${what}`, what, "beneficiaries", [what], [what, "link"]),
  ),
  ...both("/mapper/txn/status", "/mapper/sync/txn/status", "mapper-status", "beneficiaries", ["txn-status", "status"]),
  ...both("", "/registry/sync/txn/status", "mapper-status", "beneficiaries", ["txn-status"]),
]);

function both(
  async: string,
  sync: string,
  what: What,
  duty: ApiDuty,
  actions: readonly string[],
  syncActions: readonly string[] = actions,
): [string, Operation][] {
  return [
    [async, { what, duty, sync: false, actions }],
    [sync, { what, duty, sync: true, actions: syncActions }],
  ];
}

/**
 * Answers a message of G2P Connect 1.0.0. Who sent it is proven by its signature; the same message again is answered in
 * the same words, a message number used again for something else is rejected.
 */
export async function answerG2p(
  api: PaymentApi,
  request: { readonly method: string; readonly path: string; readonly body: string },
): Promise<ApiAnswer> {
  const path = request.path.replace(/^\/v?1\.0\.0(?=\/)/, "").replace(/\/$/, "");
  const operation = path === "" ? undefined : operations.get(path);
  if (!operation)
    return { status: 404, body: { errors: [{ code: "err.request.not_found", message: "No such path." }] } };
  if (request.method !== "POST")
    return {
      status: 405,
      body: { errors: [{ code: "err.request.bad", message: "POST is wanted." }] },
      headers: { Allow: "POST" },
    };
  const opened = await openEnvelope(api, request.body);
  if (!opened.ok) return g2pError(api, opened.error);
  const envelope = opened.value;
  const { client, header } = envelope;
  if (!mayDo(client, operation.duty))
    return {
      status: 403,
      body: { errors: [{ code: "err.request.forbidden", message: "Your system may not do this." }] },
    };
  const callback = header.sender_uri ?? null;
  if (!operation.sync && (callback === null || !mayCallBack(client, callback)))
    return g2pError(api, "err.sender_uri.invalid");

  const answered = (outcome: Outcome): ApiAnswer => ({ status: 200, body: reply(api, envelope, outcome) });
  const correlation = uuidV4();
  const call = { client: client.id, operation: "g2p", key: header.message_id };
  const wrong = headerFault(operation, envelope);
  // Banks are asked outside any transaction. Two that come together do it twice, and the same change twice is one.
  const { what, sync } = operation;
  const done =
    sync && isMapperAction(what) && !wrong && !(await callBefore(api.payments.database, call))
      ? await doMapperMessage(api, client, what, envelope.message, correlation)
      : undefined;
  return once(
    api,
    call,
    `${path} ${envelope.content}`,
    async (tx) => {
      const url = operation.sync ? null : callback;
      const outcome = wrong ?? done ?? (await outcomeOf(api, operation, envelope, { correlation, callback: url, tx }));
      if (!outcome) return g2pError(api, "err.request.bad");
      if (operation.sync) return answered(outcome);
      const later = isMapperAction(operation.what) && !wrong;
      if (!later) await tellClient(api, tx, { client: client.id, url, body: reply(api, envelope, outcome) });
      return { status: 200, body: acknowledgement(api, "ACK", correlation) };
    },
    () => answered(rejected(`on-${operation.what}`, header.total_count, "rjct.message_id.duplicate")),
  );
}

function isMapperAction(what: What): what is MapperAction {
  return what === "link" || what === "update" || what === "unlink" || what === "resolve";
}

function headerFault({ actions, what }: Operation, { header, message }: Envelope): Outcome | undefined {
  const lists = Object.values((message ?? {}) as Record<string, unknown>).filter((member) => Array.isArray(member));
  const total = lists.length === 0 ? 1 : Math.max(...lists.map((list) => list.length));
  const no = (reason: Parameters<typeof rejected>[2]): Outcome => rejected(`on-${what}`, header.total_count, reason);
  if (!actions.includes(header.action)) return no("rjct.action.invalid");
  if (header.total_count !== total) return no("rjct.total_count.invalid");
  const most = what === "disburse" ? 5_000 : mostEntries;
  return total > most ? no("rjct.total_count.limit_exceeded") : undefined;
}

async function outcomeOf(
  api: PaymentApi,
  { what }: Operation,
  { client, message, content }: Envelope,
  o: {
    readonly correlation: string;
    readonly callback: string | null;
    readonly tx: Parameters<typeof tellClient>[1];
  },
): Promise<Outcome | undefined> {
  switch (what) {
    case "disburse":
      return disburse(api, client, message, { ...o, content });
    case "search":
      return search(api, client, message, o.tx);
    case "txn-status":
      return txnStatus(api, client, message, o);
    case "mapper-status":
      return mapperStatus(api, client, message, o);
    default:
      return o.callback === null
        ? undefined
        : keepMapperMessage(api, client, what, message, { ...o, callback: o.callback });
  }
}
