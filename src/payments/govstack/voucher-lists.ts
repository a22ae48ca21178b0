import { z } from "zod";
import type { Sql } from "#store";
import { bankAccount } from "./address.ts";
import { mayDo, type ApiAnswer, type ApiRequest, type PaymentApi } from "./api.ts";
import { callbackOf, freshRequestId, lower, refused, requestIdOf } from "./beneficiaries.ts";
import { amountOf } from "./bulk-payments.ts";
import { mayCallBack, tellClient } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { amountNumber } from "./money.ts";
import { once } from "./once.ts";
import { resolveLink } from "./mapper.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";
import { voucherBySerial, type VoucherRow } from "./store-vouchers.ts";
import { isExpired, makeVoucher, moveVoucher, numberOf, redeemVoucher } from "./vouchers.ts";
import { publishedStatus, type VoucherEvent } from "./voucher-states.ts";

/** The newer voucher API: lists, told by callback; what is meant by a POST is told by its body. */
const most = 1000;
const head = { requestid: text(18), batchid: text(18).optional() };
const creation = z.object({
  ...head,
  voucherinstructions: z
    .array(
      z.object({
        instructionid: text(16),
        groupcode: text(64),
        currency: text(3, 3),
        amount: digits,
        payeefunctionalid: text(20).optional(),
        narration: text(50, 0).optional(),
      }),
    )
    .min(1)
    .max(most),
});
const steps = z.object({
  ...head,
  voucherinstructions: z
    .array(z.object({ serialnumber: digits, status: z.unknown().optional() }))
    .min(1)
    .max(most),
});
const taking = z.object({
  requestid: text(18),
  agentid: text(20),
  voucherserialnumber: digits.optional(),
  vouchersecretnumber: digits,
});

/** `POST /vouchers`: create, or with a command redeem (a secret number in the body) or cancel (a list of serial numbers). */
export async function postVouchers(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const id = requestIdOf(body);
  if (request.query.get("command") === null) return createVouchers(api, client, request, body);
  if (typeof body === "object" && body !== null && "vouchersecretnumber" in body)
    return mayDo(client, "merchants") ? redeemOne(api, client, body) : refused("your system may not redeem", id);
  return request.query.get("command") === "cancel"
    ? moveVouchers(api, client, request, body, "cancelled")
    : refused("command: redeem or cancel is wanted", id);
}

const commands: Readonly<Record<string, Exclude<VoucherEvent, "redeemed" | "expired" | "pre-activated">>> = {
  activate: "activated",
  suspend: "suspended",
  resume: "resumed",
  reactivate: "resumed",
  cancel: "cancelled",
};

/** `PUT /vouchers?command=…`: activate, suspend, resume, cancel. */
export async function putVouchers(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const body = readFolded(request.body);
  const event = commands[request.query.get("command") ?? ""];
  return event
    ? moveVouchers(api, client, request, body, event)
    : refused("command: activate, suspend, resume or cancel is wanted", requestIdOf(body));
}

async function createVouchers(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  body: unknown,
): Promise<ApiAnswer> {
  const id = requestIdOf(body);
  if (!mayDo(client, "vouchers")) return refused("your system may not issue vouchers", id);
  const read = creation.safeParse(body);
  if (!read.success) return refused(shapeFault(read.error), id);
  const callback = callbackOf(request);
  // The secret numbers go to the callback and nowhere else.
  if (callback === undefined || !mayCallBack(client, callback))
    return refused("X-Callback-URL: not an address of yours", id);
  const { requestid, voucherinstructions } = read.data;
  const references = voucherinstructions.map(({ instructionid }) => instructionid);
  if (new Set(references).size !== references.length) return refused("instructionID: one stands twice", id);
  return once(
    api,
    { client: client.id, operation: "vouchers", key: requestid },
    request.body,
    async (tx) => {
      const made: object[] = [];
      const failed: object[] = [];
      for (const line of voucherinstructions) {
        const voucher = await makeLine(api, client, line, tx);
        if (typeof voucher === "string") failed.push({ instructionID: line.instructionid, failureReason: voucher });
        else
          made.push({
            instructionID: line.instructionid,
            currency: line.currency,
            amount: amountNumber(voucher.amount, api.payments.banking.currency.decimals),
            narration: line.narration ?? "",
            voucherNumber: numberOf(api, voucher),
            serialNumber: voucher.serial,
            expiryDate: voucher.expiresAt.toISOString(),
          });
      }
      await tellClient(api, tx, {
        client: client.id,
        url: callback,
        body: {
          requestID: freshRequestId(),
          originalRequestID: requestid,
          registeringInstitutionId: client.institution,
          numberFailedCases: failed.length,
          failedCases: failed,
          voucherDetails: made,
        },
      });
      return { status: 202, body: lower({ code: "00", description: "Request successfully received", id: requestid }) };
    },
    () => refused("requestID: was used for something else", id),
  );
}

async function makeLine(
  api: PaymentApi,
  client: ApiClient,
  line: z.infer<typeof creation>["voucherinstructions"][number],
  tx: Sql,
): Promise<VoucherRow | string> {
  const amount = amountOf(api, line.amount, line.currency);
  if (!amount.ok) return amount.error;
  const { payeefunctionalid: payee, narration } = line;
  const made = await makeVoucher(
    api,
    client,
    {
      group: line.groupcode,
      amount: amount.value,
      reference: line.instructionid,
      note: { ...(payee !== undefined && { payee }), ...(narration !== undefined && { text: narration }) },
    },
    tx,
  );
  return made.ok ? made.value : made.error;
}

async function moveVouchers(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  body: unknown,
  event: Exclude<VoucherEvent, "redeemed" | "expired" | "pre-activated">,
): Promise<ApiAnswer> {
  const id = requestIdOf(body);
  if (!mayDo(client, "vouchers")) return refused("your system may not issue vouchers", id);
  const read = steps.safeParse(body);
  if (!read.success) return refused(shapeFault(read.error), id);
  const callback = callbackOf(request);
  if (callback !== undefined && !mayCallBack(client, callback))
    return refused("X-Callback-URL: not an address of yours", id);
  const failed: object[] = [];
  for (const { serialnumber } of read.data.voucherinstructions) {
    const moved = await moveVoucher(api, client, serialnumber, event);
    if (!moved.ok) failed.push({ serialNumber: serialnumber, failureReason: moved.error });
  }
  await api.payments.database.transaction((tx) =>
    tellClient(api, tx, {
      client: client.id,
      url: callback ?? null,
      body: {
        requestID: freshRequestId(),
        originalRequestID: read.data.requestid,
        numberFailedCases: failed.length,
        failedCases: failed,
      },
    }),
  );
  return { status: 202, body: lower({ code: "00", description: "Request successfully received", id }) };
}

/** `POST /voucherRedemption`: the same redemption at a path of its own. */
export function redeemByAgent(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  return redeemOne(api, client, readFolded(request.body));
}

async function redeemOne(api: PaymentApi, client: ApiClient, body: unknown): Promise<ApiAnswer> {
  const read = taking.safeParse(body);
  if (!read.success) return refused(shapeFault(read.error), requestIdOf(body));
  const { agentid, voucherserialnumber: serial, vouchersecretnumber: number } = read.data;
  // The merchant is known to the mapper, as every payee is.
  const merchant = await resolveLink(api, client.institution, agentid);
  const say = (status: "00" | "01", words: string, voucher?: VoucherRow): ApiAnswer => ({
    status: status === "00" ? 200 : 400,
    body: {
      status,
      message: words,
      serialNumber: voucher?.serial ?? serial ?? "",
      value: voucher ? String(amountNumber(voucher.amount, api.payments.banking.currency.decimals)) : "0",
      timestamp: api.payments.clock.now().toISOString(),
      transactionId: voucher?.entitlement ?? "",
    },
  });
  if (!merchant?.account || merchant.modality !== bankAccount) return say("01", "merchant cannot be credited");
  const taken = await redeemVoucher(api, client, {
    number,
    ...(serial !== undefined && { serial }),
    merchant: { name: merchant.holder?.name ?? agentid, account: merchant.account },
  });
  return taken.ok ? say("00", "Voucher redemption successful", taken.value) : say("01", taken.error);
}

/** `GET /vouchers/{serialNumber}?fields=status`. */
export async function voucherStatus(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  serial: string,
): Promise<ApiAnswer> {
  if (request.query.get("fields") !== "status") return refused("fields: status is wanted", "");
  const voucher = /^\d{1,25}$/.test(serial)
    ? await voucherBySerial(api.payments.database, client.institution, serial)
    : undefined;
  if (!voucher) return { status: 404, body: { serialNumber: serial, status: "Not Existing" } };
  const status = isExpired(api, voucher) ? "Purged" : publishedStatus[voucher.state];
  return { status: 200, body: { serialNumber: voucher.serial, status } };
}
