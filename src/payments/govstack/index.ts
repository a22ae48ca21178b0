/**
 * The payments API for other systems, in the shapes of GovStack's Payments building block (`govstack/`) and of G2P Connect
 * (`../g2p/`): where payees want their money, batches, vouchers, bills. It translates; what is paid, by whom and when is
 * decided by the verbs of payments, and a second person releases what a client proposed. Decision 31 says who may call.
 */
export { answerCall } from "./answer.ts";
export { openPaymentApi, type ApiAnswer, type ApiRequest, type PaymentApi, type PaymentApiOptions } from "./api.ts";
export { authenticate } from "./authenticate.ts";
export type { ApiClient, ApiDuty, ApiProgramme } from "./client.ts";
export { paymentApiProblems, type PaymentApiRefusal } from "./problems.ts";
export { workPaymentApi } from "./work.ts";
