import { collectStatuses, deliverFiles, makeBatchFile, makeFile, paymentFor } from "#payments";
import { act, casesInPhase, openCase, type Actor } from "#services";
import { logStep } from "./log-step.ts";
import type { Portal } from "./portal.ts";

const system: Actor = { person: null, name: "Taroko", role: "system" };

/**
 * Carries released payments on: makes the bank file, hands it over, reads what the bank answers, and tells the cases.
 * Each step may be repeated; after a kill the next run goes on where the last one stopped.
 * @returns the numbers of the cases that came to an end
 */
export async function settle(portal: Portal): Promise<{ settled: string[] }> {
  await makeFile(portal.payments);
  // Of a large batch some files a run: what the bank answers about the first is read meanwhile.
  for (let files = 0; files < 20 && (await makeBatchFile(portal.payments)).ok; files += 1);
  await deliverFiles(portal.payments, portal.bank);
  await collectStatuses(portal.payments, portal.bank);
  const settled: string[] = [];
  for (const caseId of await casesInPhase(portal.database, "released")) {
    const state = (await openCase(portal.database, caseId))?.state;
    const payment = state?.number ? await paymentFor(portal.payments, state.number) : undefined;
    if (!state || !payment) continue;
    if (payment.public.state === "paid") {
      await act(portal, {
        caseId,
        event: "paid",
        actor: system,
        input: { paidAt: portal.clock.now().toISOString(), reference: payment.instructionId },
        idempotencyKey: `paid/${payment.instructionId}`,
        effects: [logStep(portal, "paid")],
      });
    } else if (payment.public.state === "not-paid") {
      await act(portal, {
        caseId,
        event: "payment-failed",
        actor: system,
        input: { reason: payment.public.advice ?? payment.public.text },
        idempotencyKey: `failed/${payment.instructionId}`,
        effects: [logStep(portal, "payment-failed")],
      });
    } else continue;
    settled.push(state.number!);
  }
  return { settled };
}
