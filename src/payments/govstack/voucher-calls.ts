import { z } from "zod";
import { readAccount } from "./address.ts";
import type { ApiAnswer, ApiRequest, PaymentApi } from "./api.ts";
import type { ApiClient } from "./client.ts";
import { formatAmount } from "../bank/credit-transfer.ts";
import { readAmount } from "./money.ts";
import { once } from "./once.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";
import { voucherById, voucherBySerial, type VoucherRow } from "./store-vouchers.ts";
import { isExpired, makeVoucher, moveVoucher, numberOf, redeemVoucher, type VoucherFault } from "./vouchers.ts";
import { publishedStatus } from "./voucher-states.ts";

/** The older voucher API: one voucher a call, errors as `{message}` with statuses of its own. */
const block = { govstackbb: text(64) };
const preactivation = z.object({
  ...block,
  voucheramount: digits,
  vouchercurrency: text(3, 3),
  vouchergroup: text(64),
  vouchercomment: text(200, 0).optional(),
});
const activation = z.object({ ...block, voucherserialnumber: digits });
const redemption = z.object({
  ...block,
  vouchernumber: digits,
  merchantname: text(140),
  merchantbankdetails: text(64),
  merchantvouchergroup: text(64),
  override: z.boolean().default(false),
});

const message = (status: number, words: string): ApiAnswer => ({ status, body: { message: words } });
const strangeBlock = message(460, "Gov Stack Building Block does not exist");
const strangeSerial = message(456, "Invalid voucher serial number");

const refusedVoucher: Readonly<Record<VoucherFault, ApiAnswer>> = {
  "amount not allowed": message(452, "Invalid amount"),
  "group unknown": message(454, "Invalid voucher group"),
  "group exhausted": message(455, "Voucher group exhausted"),
};

/** `POST /vouchers/voucher_preactivation`. With a correlation id it makes one voucher, however often it is called. */
export async function preactivate(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const read = preactivation.safeParse(readFolded(request.body));
  if (!read.success) return message(400, shapeFault(read.error));
  const { govstackbb, voucheramount, vouchercurrency, vouchergroup, vouchercomment } = read.data;
  if (!client.systems.includes(govstackbb)) return strangeBlock;
  const { code, decimals } = api.payments.banking.currency;
  if (vouchercurrency !== code) return message(453, "Invalid currency");
  const amount = readAmount(voucheramount, decimals);
  if (amount === undefined) return refusedVoucher["amount not allowed"];
  const correlation = request.header("X-CorrelationID", "X-Correlation-ID");
  if (correlation !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(correlation))
    return message(400, "X-CorrelationID: a UUID is wanted");
  const note = vouchercomment === undefined ? {} : { note: { text: vouchercomment } };
  const made = async (sql?: Parameters<typeof makeVoucher>[3]): Promise<ApiAnswer> => {
    const voucher = await makeVoucher(api, client, { group: vouchergroup, amount, ...note }, sql);
    return voucher.ok ? { status: 200, body: { voucher: voucher.value.id } } : refusedVoucher[voucher.error];
  };
  const answer =
    correlation === undefined
      ? await made()
      : await once(
          api,
          { client: client.id, operation: "voucher", key: correlation.toLowerCase() },
          request.body,
          made,
          () => message(400, "X-CorrelationID: was used for something else"),
        );
  if (answer.status !== 200) return answer;
  // Kept without its secret: a repeated call is answered from the voucher itself.
  const voucher = await voucherById(api.payments.database, (answer.body as { voucher: string }).voucher);
  return { status: 200, body: preactivated(api, voucher!) };
}

function preactivated(api: PaymentApi, voucher: VoucherRow): object {
  return {
    voucher_number: numberOf(api, voucher),
    voucher_serial_number: voucher.serial,
    expiry_date_time: voucher.expiresAt.toISOString(),
  };
}

/** `PATCH /vouchers/voucher_activation`. Activating what is active already answers as the first time. */
export async function activate(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const read = activation.safeParse(readFolded(request.body));
  if (!read.success) return message(400, shapeFault(read.error));
  if (!client.systems.includes(read.data.govstackbb)) return strangeBlock;
  const serial = read.data.voucherserialnumber;
  const moved = await moveVoucher(api, client, serial, "activated");
  const active =
    moved.ok || (await voucherBySerial(api.payments.database, client.institution, serial))?.state === "activated";
  return active ? { status: 200, body: { result_status: "Activated" } } : strangeSerial;
}

/** `POST /vouchers/voucher_redeemption`. */
export async function redeem(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const read = redemption.safeParse(readFolded(request.body));
  if (!read.success) return message(400, shapeFault(read.error));
  const { govstackbb, vouchernumber, merchantname, merchantbankdetails, merchantvouchergroup, override } = read.data;
  if (!client.systems.includes(govstackbb)) return strangeBlock;
  const account = readAccount(api.payments, merchantbankdetails);
  if (!account.ok) return message(463, "Cannot credit merchant");
  const taken = await redeemVoucher(api, client, {
    number: vouchernumber,
    merchantGroup: merchantvouchergroup,
    override,
    merchant: { name: merchantname, account: account.value },
  });
  if (taken.ok) return { status: 200, body: { result_status: "Redeemed" } };
  switch (taken.error) {
    case "number not valid":
      return message(461, "Invalid voucher number");
    case "insufficient funds":
      return message(462, "Insufficient funds in funding account");
    case "merchant cannot be credited":
      return message(463, "Cannot credit merchant");
  }
}

/** `GET /vouchers/voucherstatuscheck/{serial}`: used and expired ones answer with a status of their own. */
export async function checkStatus(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  serial: string,
): Promise<ApiAnswer> {
  const block = request.query.get("Gov_Stack_BB");
  if (block !== null && !client.systems.includes(block)) return strangeBlock;
  if (!/^\d{1,25}$/.test(serial)) return strangeSerial;
  const voucher = await voucherBySerial(api.payments.database, client.institution, serial);
  if (!voucher) return { status: 200, body: { voucher_status: "Not Existing", voucher_amount: "0" } };
  if (voucher.state === "redeemed") return message(458, "Voucher number already used");
  if (isExpired(api, voucher)) return message(459, "Voucher has expired");
  const amount = formatAmount(voucher.amount, api.payments.banking.currency.decimals);
  return { status: 200, body: { voucher_status: publishedStatus[voucher.state], voucher_amount: amount } };
}

/** `PATCH /vouchers/voucherstatuscheck/{serial}` cancels: 200, then 464. */
export async function cancelOne(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  serial: string,
): Promise<ApiAnswer> {
  const read = activation.partial({ voucherserialnumber: true }).safeParse(readFolded(request.body));
  if (!read.success) return message(400, shapeFault(read.error));
  if (!client.systems.includes(read.data.govstackbb)) return message(463, "Invalid voucher");
  const named = read.data.voucherserialnumber;
  if (named !== undefined && named !== serial)
    return message(400, "voucherserialnumber: another one than in the address");
  const moved = await moveVoucher(api, client, serial, "cancelled");
  if (moved.ok) return message(200, "Voucher cancelled");
  const there = await voucherBySerial(api.payments.database, client.institution, serial);
  return there?.state === "cancelled" ? message(464, "Voucher is already cancelled") : message(463, "Invalid voucher");
}
