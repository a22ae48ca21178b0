import { z } from "zod";
import type { Account } from "../contract.ts";
import { err, ok, randomToken, type Result } from "#kernel";
import { readAccount } from "./address.ts";
import type { ApiAnswer, ApiRequest, PaymentApi } from "./api.ts";
import { callbackOf, lower, refused, requestIdOf, upper, type Form, type Said } from "./beneficiaries.ts";
import { mayCallBack } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { readAmount } from "./money.ts";
import { once } from "./once.ts";
import { mostPayments, proposeBatch, type Payee, type ProposalFault, type ProposedPayment } from "./propose.ts";
import { digits, readFolded, shapeFault, text } from "./read-json.ts";

const party = z.array(z.object({ key: z.string().max(40), value: text(140) })).max(10);
const newerBody = z
  .array(
    z.object({
      requestid: text(16),
      creditparty: party,
      debitparty: party.default([]),
      paymentmode: z.string().max(20).default(""),
      amount: digits,
      currency: text(3, 3),
      descriptiontext: text(50).optional(),
    }),
  )
  .min(1)
  .max(mostPayments);

/** The older bulk payment, names folded; for validation before paying the narration may be empty. */
export interface OlderBatch {
  readonly requestid: string;
  readonly sourcebbid: string;
  readonly batchid: string;
  readonly creditinstructions: readonly {
    readonly instructionid: string;
    readonly payeefunctionalid: string;
    readonly amount: string;
    readonly currency: string;
    readonly narration?: string | null | undefined;
  }[];
}

export const olderBody: z.ZodType<OlderBatch> = z.object({
  requestid: text(12, 12),
  sourcebbid: text(12, 12),
  batchid: text(12, 12),
  creditinstructions: z
    .array(
      z.object({
        instructionid: text(16, 16),
        payeefunctionalid: text(20, 20),
        amount: digits,
        currency: text(3, 3),
        narration: z.union([text(50), z.literal(""), z.null()]).optional(),
      }),
    )
    .min(1)
    .max(mostPayments),
});

/** `POST /batchtransactions?type=raw`: a list of payments, answered 202 with the number of the batch. */
export async function newerBulkPayment(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const bad = (description: string): ApiAnswer => refused(description, "");
  if (request.query.get("type") !== "raw") return bad("type: raw is wanted");
  const correlation = request.header("X-CorrelationID", "X-Correlation-ID");
  if (correlation === undefined || !/^[\x21-\x7e]{1,50}$/.test(correlation)) return bad("X-CorrelationID: is missing");
  const callback = callbackOf(request);
  if (callback !== undefined && !mayCallBack(client, callback)) return bad("X-Callback-URL: not an address of yours");
  const scope = institutionFault(client, request);
  if (scope !== undefined) return bad(scope);
  const read = newerBody.safeParse(readFolded(request.body));
  if (!read.success) return bad(shapeFault(read.error));

  const payments: ProposedPayment[] = [];
  for (const line of read.data) {
    const amount = amountOf(api, line.amount, line.currency);
    if (!amount.ok) return bad(`${line.requestid}: ${amount.error}`);
    const payee = payeeOf(api, line.creditparty);
    if (!payee.ok) return bad(`${line.requestid}: ${payee.error}`);
    if (line.paymentmode !== "" && !/^(?:account|bank|bank_?account|00|raw)$/i.test(line.paymentmode))
      return bad(`${line.requestid}: paymentMode is not one that can be paid`);
    payments.push({
      reference: line.requestid,
      amount: amount.value,
      payee: payee.value,
      ...(line.descriptiontext !== undefined && { text: line.descriptiontext }),
    });
  }
  const programme = request.header("X-Program-Id", "X-Program-ID", "X-Programme-Id") ?? client.programmes[0] ?? "";
  return once(
    api,
    { client: client.id, operation: "batchtransactions", key: correlation },
    `${programme} ${request.body}`,
    async (tx) => {
      // Ours, since this form gives the batch no number; short, for it stands on the payee's statement.
      const number = randomToken(9).replace(/[-_]/g, "x").toUpperCase();
      const proposed = await proposeBatch(
        api,
        client,
        {
          number,
          request: correlation,
          form: "newer",
          programme,
          content: request.body,
          callback: callback ?? null,
          correlation,
          payments,
        },
        tx,
      );
      return proposed.ok ? { status: 202, body: { batchId: number } } : bad(wordsOf(proposed.error));
    },
    () => bad("X-CorrelationID: was used for something else"),
  );
}

/** `POST /bulk-payment`, `/credit-instructions`, `/bulkPayment`: a batch with numbers of the source's own, answered 200. */
export async function olderBulkPayment(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  form: Form = "older",
): Promise<ApiAnswer> {
  const folded = readFolded(request.body);
  const id = requestIdOf(folded);
  const say = ({ code, description }: Omit<Said, "id">, status: number): ApiAnswer => ({
    status,
    body: (form === "older" ? upper : lower)({ code, description, id }),
  });
  const bad = (description: string): ApiAnswer => say({ code: "01", description }, 400);
  const read = olderBody.safeParse(folded);
  if (!read.success) return bad(shapeFault(read.error));
  const { requestid, sourcebbid, batchid, creditinstructions } = read.data;
  if (!client.systems.includes(sourcebbid)) return bad("SourceBBID: not yours");
  const callback = callbackOf(request);
  if (callback !== undefined && !mayCallBack(client, callback)) return bad("X-Callback-URL: not an address of yours");
  const scope = institutionFault(client, request);
  if (scope !== undefined) return bad(scope);

  const payments: ProposedPayment[] = [];
  for (const line of creditinstructions) {
    const amount = amountOf(api, line.amount, line.currency);
    if (!amount.ok) return bad(`${line.instructionid}: ${amount.error}`);
    payments.push({
      reference: line.instructionid,
      amount: amount.value,
      payee: { id: line.payeefunctionalid },
      ...(line.narration && { text: line.narration }),
    });
  }
  const programme = request.header("X-Program-Id", "X-Program-ID", "X-Programme-Id") ?? client.programmes[0] ?? "";
  return once(
    api,
    { client: client.id, operation: "bulk-payment", key: requestid },
    `${programme} ${request.body}`,
    async (tx) => {
      const proposed = await proposeBatch(
        api,
        client,
        {
          number: batchid,
          request: requestid,
          form,
          programme,
          content: request.body,
          callback: callback ?? null,
          correlation: request.header("X-CorrelationID", "X-Correlation-ID") ?? requestid,
          payments,
        },
        tx,
      );
      return proposed.ok
        ? say({ code: "00", description: "Request successfully received" }, 200)
        : bad(wordsOf(proposed.error));
    },
    () => bad("RequestID: was used for something else"),
  );
}

/** An amount in the country's currency, exactly. */
export function amountOf(api: PaymentApi, amount: string, currency: string): Result<bigint, string> {
  const { code, decimals } = api.payments.banking.currency;
  if (currency !== code) return err(`currency is not ${code}`);
  const exact = readAmount(amount, decimals);
  if (exact === undefined) return err(`amount is not one of ${code} with ${decimals} decimals at most`);
  return exact > 0n ? ok(exact) : err("amount is not more than zero");
}

/** Why the institution that a call names is not the client's own. */
function institutionFault(client: ApiClient, request: ApiRequest): string | undefined {
  const institution = request.header("X-Registering-Institution-Id", "registeringInstitutionId");
  return institution === undefined || institution === client.institution
    ? undefined
    : "X-Registering-Institution-Id: not yours";
}

export function wordsOf(fault: ProposalFault): string {
  return "reference" in fault ? `${fault.reference}: ${fault.fault}` : fault.fault;
}

const idKeys: ReadonlySet<string> = new Set(["payeeidentity", "payeefunctionalid", "functionalid", "id"]);
const accountKeys: ReadonlySet<string> = new Set(["accountid", "accountnumber", "account", "financialaddress"]);
const bankKeys: ReadonlySet<string> = new Set(["bankinginstitutioncode", "institution", "bankcode"]);

/** Reads a party as key and value pairs: somebody whom the mapper knows, or an account with a name. */
function payeeOf(
  api: PaymentApi,
  pairs: readonly { readonly key: string; readonly value: string }[],
): Result<Payee, string> {
  const value = (keys: ReadonlySet<string>): string | undefined =>
    pairs.find(({ key }) => keys.has(key.replace(/[-_ ]/g, "").toLowerCase()))?.value;
  const id = value(idKeys);
  if (id !== undefined) return id.length <= 20 ? ok({ id }) : err("creditParty: the identity is too long");
  const number = value(accountKeys);
  const name = value(new Set(["name", "payeename"]));
  if (number === undefined || name === undefined)
    return err("creditParty: neither a payeeIdentity nor accountId and name");
  const account: Result<Account, unknown> = readAccount(api.payments, number, value(bankKeys));
  return account.ok ? ok({ account: account.value, name }) : err("creditParty: account not usable");
}
