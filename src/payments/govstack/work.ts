import { expirePayRequests } from "./bills.ts";
import { answerMapperMessages } from "../g2p/mapper-status.ts";
import type { PaymentApi } from "./api.ts";
import { tellFinished } from "./batch-status.ts";
import { carryOutWishes } from "./beneficiaries.ts";
import { sendCallbacks } from "./callbacks.ts";
import { draftBatches } from "./propose.ts";
import { expireVouchers } from "./vouchers.ts";
import { carryOutReleases } from "./release-batch.ts";
import { forgetTokens } from "./store-calls.ts";

/**
 * Carries on what was asked for: changes of the mapper, batches to draft and to release, results to tell. May be killed at
 * any moment and run by several processes; call it now and then. @returns how much was done, 0 if nothing was waiting
 */
export async function workPaymentApi(api: PaymentApi): Promise<number> {
  const done =
    (await carryOutWishes(api)) +
    (await answerMapperMessages(api)) +
    (await draftBatches(api)) +
    (await carryOutReleases(api)) +
    (await tellFinished(api)) +
    (await expireVouchers(api)) +
    (await expirePayRequests(api));
  await forgetTokens(api.payments.database, api.payments.clock.now());
  return done + (await sendCallbacks(api));
}
