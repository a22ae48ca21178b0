import { err, ok, type Result } from "#kernel";
import { mayDo, type ApiAnswer, type ApiRequest, type PaymentApi } from "./api.ts";
import { lookUpBeneficiaries, wishBeneficiaries } from "./beneficiaries.ts";
import { billTransfer, changePayRequest, inquireBill, payRequestStatus, presentBill, requestToPay } from "./bills.ts";
import { authoriseFunds, batchDetail, batchSummary, takeBack } from "./batch-status.ts";
import { newerBulkPayment, olderBulkPayment } from "./bulk-payments.ts";
import type { ApiClient, ApiDuty } from "./client.ts";
import type { PaymentApiRefusal } from "./problems.ts";
import { activate, cancelOne, checkStatus, preactivate, redeem } from "./voucher-calls.ts";
import { postVouchers, putVouchers, redeemByAgent, voucherStatus } from "./voucher-lists.ts";
import { validateAccounts, validatePayees } from "./validate-payments.ts";

type Handle = (api: PaymentApi, client: ApiClient, request: ApiRequest, parameter: string) => Promise<ApiAnswer>;

/** Method, path with at most one parameter, who may (any of several duties), and what happens. Each published spelling is a line. */
const operations: readonly (readonly [
  method: string,
  path: string,
  duty: ApiDuty | readonly ApiDuty[],
  handle: Handle,
])[] = [
  [
    "POST",
    "/identityAccountMapper/beneficiary",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "newer", kind: "link" }),
  ],
  [
    "PUT",
    "/identityAccountMapper/beneficiary",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "newer", kind: "update" }),
  ],
  [
    "POST",
    "/register-beneficiary",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "older", kind: "link" }),
  ],
  [
    "POST",
    "/registerBeneficiaries",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "older", kind: "link" }),
  ],
  [
    "POST",
    "/update-beneficiary-details",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "older", kind: "update" }),
  ],
  [
    "POST",
    "/updateBeneficiaryDetails",
    "beneficiaries",
    (a, c, r) => wishBeneficiaries(a, c, r, { form: "older", kind: "update" }),
  ],
  ["GET", "/beneficiary", "beneficiaries", lookUpBeneficiaries],
  ["PUT", "/beneficiary", "beneficiaries", lookUpBeneficiaries],

  ["POST", "/batchtransactions", "payments", newerBulkPayment],
  ["POST", "/bulk-payment", "payments", (a, c, r) => olderBulkPayment(a, c, r)],
  ["POST", "/credit-instructions", "payments", (a, c, r) => olderBulkPayment(a, c, r)],
  ["POST", "/bulkPayment", "payments", (a, c, r) => olderBulkPayment(a, c, r, "newer")],
  ["POST", "/beneficiaries", "payments", validateAccounts],
  ["POST", "/prepayment-validation", "payments", (a, c, r) => validatePayees(a, c, r, "older")],
  ["POST", "/prepaymentValidation", "payments", (a, c, r) => validatePayees(a, c, r, "newer")],
  ["GET", "/api/v1/batch/detail", "payments", batchDetail],
  ["GET", "/api/v1/batch", "payments", batchSummary],
  ["POST", "/batches/{}", "authorise", authoriseFunds],
  ["DELETE", "/batches/{}", "payments", takeBack],

  ["POST", "/vouchers/voucher_preactivation", "vouchers", preactivate],
  ["POST", "/vouchers/voucherPreactivation", "vouchers", preactivate],
  ["PATCH", "/vouchers/voucher_activation", "vouchers", activate],
  ["PATCH", "/vouchers/voucherActivation", "vouchers", activate],
  ["POST", "/vouchers/voucher_redeemption", "merchants", redeem],
  ["POST", "/vouchers/voucher_redemption", "merchants", redeem],
  ["POST", "/vouchers/voucherRedeemption", "merchants", redeem],
  ["GET", "/vouchers/voucherstatuscheck/{}", "vouchers", checkStatus],
  ["PATCH", "/vouchers/voucherstatuscheck/{}", "vouchers", cancelOne],
  ["GET", "/vouchers/voucherStatusCheck/{}", "vouchers", checkStatus],
  ["PATCH", "/vouchers/voucherStatusCheck/{}", "vouchers", cancelOne],
  ["POST", "/vouchers", ["vouchers", "merchants"], postVouchers],
  ["PUT", "/vouchers", "vouchers", putVouchers],
  ["GET", "/vouchers/{}", "vouchers", voucherStatus],
  ["POST", "/voucherRedemption", "merchants", redeemByAgent],

  ["PUT", "/bills/{}", "bills", presentBill],
  ["GET", "/bills/{}", "bill-payments", inquireBill],
  ["POST", "/billTransferRequests", "bill-payments", billTransfer],
  ["POST", "/rtpRequest", "bills", requestToPay],
  ["POST", "/rtpUpdate", "bills", changePayRequest],
  ["POST", "/rtpResponse", "bill-payments", changePayRequest],
  ["GET", "/transferRequests/{}", ["bills", "bill-payments"], payRequestStatus],
  ["POST", "/transferRequests/{}", "bills", changePayRequest],
];

/** Answers a call whose token was verified, in the published shapes. */
export async function answerCall(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
): Promise<Result<ApiAnswer, PaymentApiRefusal<"api-path-unknown" | "api-method" | "api-duty-missing">>> {
  const path = request.path.replace(/\/$/, "");
  const here = operations.flatMap(([method, pattern, duty, handle]) => {
    const parameter = match(pattern, path);
    return parameter === undefined ? [] : [{ method, duty, handle, parameter, exact: pattern === path }];
  });
  // `/vouchers/voucher_activation` is an operation, not a voucher of that name.
  const meant = here.some(({ exact }) => exact) ? here.filter(({ exact }) => exact) : here;
  if (meant.length === 0) return err({ code: "api-path-unknown" });
  const operation = meant.find(({ method }) => method === request.method);
  if (!operation)
    return err({ code: "api-method", params: { allow: [...new Set(meant.map(({ method }) => method))].join(", ") } });
  const duties = [operation.duty].flat();
  if (!duties.some((duty) => mayDo(client, duty)))
    return err({ code: "api-duty-missing", params: { duty: duties.join(", ") } });
  return ok(await operation.handle(api, client, request, operation.parameter));
}

/** The parameter of a path, `""` for a path without one, `undefined` if it is another path. */
function match(pattern: string, path: string): string | undefined {
  if (pattern === path) return "";
  const [head = "", tail] = pattern.split("{}");
  if (tail === undefined || !path.startsWith(head) || !path.endsWith(tail)) return undefined;
  const parameter = path.slice(head.length, path.length - tail.length);
  if (parameter === "" || parameter.includes("/")) return undefined;
  try {
    return decodeURIComponent(parameter);
  } catch {
    return undefined;
  }
}
