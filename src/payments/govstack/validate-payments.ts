import { z } from "zod";
import { readAccount } from "./address.ts";
import type { ApiAnswer, ApiRequest, PaymentApi } from "./api.ts";
import { callbackOf, freshRequestId, lower, refused, requestIdOf, upper, type Form } from "./beneficiaries.ts";
import { amountOf, olderBody } from "./bulk-payments.ts";
import { mayCallBack, tellClient } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { mostPayments, payableAccount } from "./propose.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";

const newerBody = z.object({
  batchid: text(50),
  destinationdfspid: text(11).optional(),
  creditinstructions: z
    .array(
      z.object({
        instructionid: text(16),
        financialaddress: text(30),
        amount: digits,
        currency: text(3, 3),
        narration: z.union([text(50), z.literal(""), z.null()]).optional(),
      }),
    )
    .min(1)
    .max(mostPayments),
});

/** `POST /beneficiaries?command=validate`: would these accounts take these amounts? 202, the result by callback. */
export async function validateAccounts(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  if (request.query.get("command") !== "validate") return refused("command: validate is wanted", "");
  const callback = callbackOf(request);
  if (callback === undefined || !mayCallBack(client, callback))
    return refused("X-Callback-URL: not an address of yours", "");
  const read = newerBody.safeParse(readFolded(request.body));
  if (!read.success) return refused(shapeFault(read.error), "");
  const { batchid, destinationdfspid, creditinstructions } = read.data;
  const failed = creditinstructions.flatMap((line) => {
    const account = line.financialaddress.includes("-")
      ? readAccount(api.payments, line.financialaddress)
      : readAccount(api.payments, line.financialaddress, destinationdfspid);
    const amount = amountOf(api, line.amount, line.currency);
    const reason = !amount.ok ? amount.error : account.ok ? undefined : "account not usable";
    return reason === undefined ? [] : [{ instructionID: line.instructionid, failureReason: reason }];
  });
  await api.payments.database.transaction((tx) =>
    tellClient(api, tx, {
      client: client.id,
      url: callback,
      body: {
        clientCorrelationId: request.header("X-CorrelationID", "X-Correlation-ID") ?? "",
        batchId: batchid,
        numberOfFailedCases: failed.length,
        failedAccountLookups: failed,
      },
    }),
  );
  return { status: 202, body: { batchId: batchid } };
}

/**
 * `POST /prepayment-validation`: would these payees be paid? Always 200; the code says whether the request was taken, the
 * result goes to the callback, if there is one, and stands in the description.
 */
export async function validatePayees(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  form: Form,
): Promise<ApiAnswer> {
  const folded = readFolded(request.body);
  const id = requestIdOf(folded);
  const say = (code: "00" | "01", description: string): ApiAnswer => ({
    status: 200,
    body: (form === "older" ? upper : lower)({ code, description, id }),
  });
  const read = olderBody.safeParse(folded);
  if (!read.success) return say("01", shapeFault(read.error));
  const { sourcebbid, batchid, creditinstructions } = read.data;
  if (!client.systems.includes(sourcebbid)) return say("01", "SourceBBID: not yours");
  const callback = callbackOf(request);
  if (callback !== undefined && !mayCallBack(client, callback))
    return say("01", "X-Callback-URL: not an address of yours");
  const failed: { instructionID: string; failureReason: string }[] = [];
  const seen = new Set<string>();
  for (const line of creditinstructions) {
    const amount = amountOf(api, line.amount, line.currency);
    const account = amount.ok ? await payableAccount(api, client, { id: line.payeefunctionalid }) : amount;
    const reason = seen.has(line.instructionid) ? "reference stands twice" : account.ok ? undefined : account.error;
    seen.add(line.instructionid);
    if (reason !== undefined) failed.push({ instructionID: line.instructionid, failureReason: reason.slice(0, 100) });
  }
  await api.payments.database.transaction((tx) =>
    tellClient(api, tx, {
      client: client.id,
      url: callback ?? null,
      body: {
        requestID: freshRequestId(),
        source_BatchID: batchid,
        numberFailedCases: failed.length,
        failedAccounts: failed,
      },
    }),
  );
  return failed.length === 0
    ? say("00", "All payees can be paid")
    : say("01", `${failed.length} of ${creditinstructions.length} cannot be paid`);
}
