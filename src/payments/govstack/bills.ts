import { randomInt } from "node:crypto";
import { z } from "zod";
import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import { today } from "../open.ts";
import type { ApiAnswer, ApiRequest, PaymentApi } from "./api.ts";
import { callbackOf, requestIdOf } from "./beneficiaries.ts";
import { amountOf } from "./bulk-payments.ts";
import { mayCallBack, tellClient } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { amountNumber } from "./money.ts";
import { once } from "./once.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";
import {
  billByNumber,
  insertBill,
  insertPayRequest,
  markBillPaid,
  movePayRequests,
  payRequestById,
  type BillRow,
  type PayRequestRow,
  type RequestState,
} from "./store-bills.ts";

/** Days that a request to pay stands. */
const requestDays = 7;

const answer = (
  status: number,
  code: "00" | "01",
  reason: string,
  requestId: string,
  more: object = {},
): ApiAnswer => ({
  status,
  body: { code, reason, requestId, ...more },
});

const bill = z.object({
  requestid: text(12),
  billerid: text(10),
  billername: text(40),
  duedate: z.iso.date(),
  amountonduedate: digits,
  amountafterduedate: digits.optional(),
  currency: text(3, 3),
});

/** `PUT /bills/{billId}`, ours: an agency presents a bill. The same bill again is the same; another one under its number is refused. */
export async function presentBill(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const id = requestIdOf(body);
  const read = bill.safeParse(body);
  if (!read.success) return answer(400, "01", shapeFault(read.error), id);
  if (!/^[A-Za-z0-9-]{1,20}$/.test(number)) return answer(400, "01", "billId: 1 to 20 letters, digits and hyphens", id);
  const { billerid, billername, duedate, amountonduedate, amountafterduedate = amountonduedate, currency } = read.data;
  const amount = amountOf(api, amountonduedate, currency);
  const late = amountOf(api, amountafterduedate, currency);
  if (!amount.ok || !late.ok || late.value < amount.value) return answer(400, "01", "amount: not usable", id);
  const now = api.payments.clock.now();
  const row = {
    id: uuidV7(now),
    institution: client.institution,
    number,
    biller: billerid,
    billerName: billername,
    amount: amount.value,
    amountLate: late.value,
    dueOn: duedate,
    presentedBy: client.id,
    presentedAt: now,
  };
  if (await insertBill(api.payments.database, row)) return answer(200, "00", "Bill presented", id, { billId: number });
  const there = await billByNumber(api.payments.database, number);
  const same =
    there?.institution === row.institution &&
    there.amount === row.amount &&
    there.amountLate === row.amountLate &&
    there.dueOn === row.dueOn &&
    there.biller === row.biller;
  return same
    ? answer(200, "00", "Bill presented", id, { billId: number })
    : answer(400, "01", "billId: is another bill's", id);
}

/** `GET /bills/{billId}?fields=inquiry`: what is owed. 202; also told to the callback, as the published flow has it. */
export async function inquireBill(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const id = (request.header("X-CorrelationID", "X-Correlation-ID") ?? "").slice(0, 12);
  if (request.query.get("fields") !== "inquiry") return answer(400, "01", "fields: inquiry is wanted", id);
  const payer = payerFault(client, request);
  if (payer !== undefined) return answer(400, "01", payer, id);
  const callback = callbackOf(request) ?? null;
  if (callback !== null && !mayCallBack(client, callback))
    return answer(400, "01", "X-Callback-URL: not an address of yours", id);
  const found = await billByNumber(api.payments.database, number);
  if (!found) return answer(404, "01", "bill unknown", id, { billId: number.slice(0, 20), billDetails: [] });
  const said = answer(202, "00", "Success", id, { billId: number, billDetails: [detailsOf(api, found)] });
  await api.payments.database.transaction((tx) =>
    tellClient(api, tx, { client: client.id, url: callback, body: said.body }),
  );
  return said;
}

function detailsOf(api: PaymentApi, row: BillRow): object {
  const { code, decimals } = api.payments.banking.currency;
  return {
    billerId: row.biller,
    // The published field has ten characters, for a name.
    billerName: Array.from(row.billerName).slice(0, 10).join(""),
    billStatus: row.paidAt ? "PAID" : today(api.payments) > row.dueOn ? "OVERDUE" : "UNPAID",
    dueDate: row.dueOn,
    amountonDueDate: amountNumber(row.amount, decimals),
    amountAfterDueDate: amountNumber(row.amountLate, decimals),
    currency: code,
  };
}

const notice = z.object({
  requestid: text(12),
  billid: text(20),
  billinquiryrequestid: text(50).optional(),
  paymentreferenceid: text(50).optional(),
  amount: digits.optional(),
  currency: text(3, 3).optional(),
  status: z.enum(["ACK", "RJC"]).optional(),
  transferrequestid: text(20).optional(),
  rtpid: text(20).optional(),
});

/**
 * `POST /billTransferRequests`, with the published three meanings told by the body: a payment (a reference and an amount marks
 * the bill paid, once), or the payer's institution's word about a request to pay (`status`).
 */
export async function billTransfer(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const id = requestIdOf(body);
  const read = notice.safeParse(body);
  if (!read.success) return answer(400, "01", shapeFault(read.error), id);
  const payer = payerFault(client, request);
  if (payer !== undefined) return answer(400, "01", payer, id);
  const callback = callbackOf(request) ?? null;
  if (callback !== null && !mayCallBack(client, callback))
    return answer(400, "01", "X-Callback-URL: not an address of yours", id);
  const { paymentreferenceid: reference, amount, currency, status, billid } = read.data;
  if (status !== undefined) return answerPayRequest(api, read.data, id);
  if (reference === undefined || amount === undefined)
    return answer(400, "01", "paymentReferenceID and amount are wanted", id);
  const paid = amountOf(api, amount, currency ?? api.payments.banking.currency.code);
  if (!paid.ok) return answer(400, "01", paid.error, id);
  return once(
    api,
    { client: client.id, operation: "bill", key: id },
    request.body,
    async (tx) => {
      const done = await payBill(api, client, { number: billid, reference, amount: paid.value }, tx);
      const told = done.ok
        ? { requestId: id, billId: billid, status: "ACK", reason: "" }
        : { requestId: id, billId: billid, status: "RJC", reason: done.error === "Dup" ? "Dup" : "Und" };
      await tellClient(api, tx, { client: client.id, url: callback, body: told });
      return answer(202, done.ok ? "00" : "01", done.ok ? "Success" : done.error, id, {
        billId: billid,
        paymentStatus: told.status,
      });
    },
    () => answer(400, "01", "requestId: was used for something else", id),
  );
}

/** Marks a bill paid, once: a second payment of another reference is a duplicate that its payer has to get back. */
async function payBill(
  api: PaymentApi,
  client: ApiClient,
  o: { readonly number: string; readonly reference: string; readonly amount: bigint },
  tx: Sql,
): Promise<Result<BillRow, "Dup" | "bill unknown" | "amount differs">> {
  const row = await billByNumber(tx, o.number, "for update");
  if (!row) return err("bill unknown");
  if (row.paidAt) return row.paidBy === client.id && row.paidReference === o.reference ? ok(row) : err("Dup");
  const owed = today(api.payments) > row.dueOn ? row.amountLate : row.amount;
  if (o.amount !== owed) return err("amount differs");
  const at = api.payments.clock.now();
  await markBillPaid(tx, row.id, { by: client.id, reference: o.reference, amount: o.amount, at });
  await tellMoved(api, tx, await movePayRequests(tx, { bill: row.id }, "COM"), row.number);
  return ok(row);
}

async function answerPayRequest(
  api: PaymentApi,
  o: {
    readonly status?: "ACK" | "RJC" | undefined;
    readonly transferrequestid?: string | undefined;
    readonly rtpid?: string | undefined;
    readonly billid: string;
  },
  id: string,
): Promise<ApiAnswer> {
  const number = o.transferrequestid ?? o.rtpid ?? "";
  return api.payments.database.transaction(async (tx) => {
    const row = await payRequestById(tx, number, "for update");
    if (!row || row.number !== o.billid) return answer(404, "01", "transfer request unknown", id);
    // An acknowledgement is not money: only a payment completes a request.
    if (o.status === "RJC") await tellMoved(api, tx, await movePayRequests(tx, { id: row.id }, "RJC"), row.number);
    return answer(202, "00", "Success", id, { RTPId: row.id, billId: row.number });
  });
}

const asking = z.object({
  requestid: text(12),
  billid: text(20),
  requesttype: z.enum(["00", "01"]).default("00"),
  aliastype: z.enum(["00", "01", "02"]).optional(),
  alias: text(50).optional(),
});

/** `POST /rtpRequest`: an agency asks a payer to pay a bill of its own; the payer's institution fetches and pays it. */
export async function requestToPay(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const id = requestIdOf(body);
  const read = asking.safeParse(body);
  if (!read.success) return answer(400, "01", shapeFault(read.error), id);
  const callback = callbackOf(request) ?? null;
  if (callback !== null && !mayCallBack(client, callback))
    return answer(400, "01", "X-Callback-URL: not an address of yours", id);
  return once(
    api,
    { client: client.id, operation: "rtp", key: id },
    request.body,
    async (tx) => {
      const row = await billByNumber(tx, read.data.billid);
      if (row?.institution !== client.institution) return answer(404, "01", "bill unknown", id);
      if (row.paidAt) return answer(400, "01", "bill is paid", id);
      const at = api.payments.clock.now();
      const rtp = String(randomInt(1e11, 1e12));
      await insertPayRequest(tx, {
        id: rtp,
        bill: row.id,
        askedBy: client.id,
        request: id,
        alias: read.data.alias === undefined ? null : api.sealing.index("alias", read.data.alias),
        callback,
        state: "PND",
        at,
        expiresAt: new Date(at.getTime() + requestDays * 86_400_000),
      });
      return answer(202, "00", "Success", id, { RTPId: rtp, billId: row.number });
    },
    () => answer(400, "01", "requestId: was used for something else", id),
  );
}

/** `GET /transferRequests/{id}`: how a request to pay stands. */
export async function payRequestStatus(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const id = (request.header("X-CorrelationID", "X-Correlation-ID") ?? "").slice(0, 12);
  const row = await payRequestById(api.payments.database, number);
  const mine = row && (row.institution === client.institution || client.duties.includes("bill-payments"));
  if (!mine) return answer(404, "01", "transfer request unknown", id);
  return answer(202, "00", "Success", id, { RTPId: row.id, billId: row.number, status: stateNow(api, row) });
}

const change = z.object({
  requestid: text(12),
  status: z.enum(["CAN", "RJC"]),
  transferrequestid: text(20).optional(),
  rtpid: text(20).optional(),
});

/** `POST /transferRequests/{id}` and `/rtpUpdate`: the agency takes its request back; `/rtpResponse`: the payer declines. */
export async function changePayRequest(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  number: string,
): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const id = requestIdOf(body);
  const read = change.safeParse(body);
  if (!read.success) return answer(400, "01", shapeFault(read.error), id);
  const wanted = number === "" ? (read.data.transferrequestid ?? read.data.rtpid ?? "") : number;
  return api.payments.database.transaction(async (tx) => {
    const row = await payRequestById(tx, wanted, "for update");
    const may =
      read.data.status === "CAN" ? row?.institution === client.institution : client.duties.includes("bill-payments");
    if (!row || !may) return answer(404, "01", "transfer request unknown", id);
    await tellMoved(api, tx, await movePayRequests(tx, { id: row.id }, read.data.status), row.number);
    const now = (await payRequestById(tx, row.id))!;
    return answer(202, "00", "Success", id, { RTPId: row.id, billId: row.number, status: stateNow(api, now) });
  });
}

/** Ends requests to pay whose time is over. @returns how many */
export async function expirePayRequests(api: PaymentApi): Promise<number> {
  const moved = await movePayRequests(api.payments.database, { expiredAt: api.payments.clock.now() }, "EXP");
  return moved.length;
}

function stateNow(api: PaymentApi, { state, expiresAt }: PayRequestRow): RequestState {
  return state === "PND" && expiresAt <= api.payments.clock.now() ? "EXP" : state;
}

async function tellMoved(api: PaymentApi, tx: Sql, moved: readonly PayRequestRow[], number: string): Promise<void> {
  for (const row of moved)
    await tellClient(api, tx, {
      client: row.askedBy,
      url: row.callback,
      body: { code: "00", reason: "", RTPId: row.id, billId: number, status: row.state },
    });
}

/** Why the payer's institution that a call names is not the client. */
function payerFault(client: ApiClient, request: ApiRequest): string | undefined {
  const payer = request.header("PayerFI-Id", "X-PayerFI-Id", "X-PayerFI-ID", "X-Payer-FI-ID");
  return payer === undefined || client.systems.includes(payer) ? undefined : "PayerFI-Id: not yours";
}
