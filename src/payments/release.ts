import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { paymentBinding } from "./binding.ts";
import { refuseOverdraft } from "./books/books.ts";
import { logRelease } from "./log-act.ts";
import { isIn, move } from "./move.ts";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import { entitlementById, eventsOf, lockLatestInstruction } from "./store.ts";
import { openProgrammeById } from "./store-programmes.ts";

export interface Release {
  readonly entitlementId: string;
  /** The human who releases; must differ from everyone who approved. */
  readonly releasedBy: string;
  /** The binding the officer saw on the page. Given, it must still hold. */
  readonly binding?: string;
  /** The attempt that is meant, for whoever releases without seeing a binding. Given, it must still be the newest. */
  readonly attempt?: number;
}

export interface ReleaseReceipt {
  readonly entitlementId: string;
  readonly instructionId: string;
  readonly binding: string;
  readonly releasedAt: Date;
  readonly repeated: boolean;
}

export type ReleaseRefusal = PaymentsRefusal<
  | "entitlement-unknown"
  | "same-person"
  | "already-released"
  | "payment-changed"
  | "not-releasable"
  | "third-person-needed"
  | "budget-exhausted"
>;

/**
 * The second of the four eyes, for one payment; one above its programme's `thirdAbove` is released by a batch only.
 * The receipt binds the approval to amount, payee, account and decision.
 * Pass the transaction of the case's own step as `sql`, so that both happen or neither.
 * A second click by the same officer answers the first receipt; by another one `already-released`.
 */
export async function releasePayment(
  payments: Payments,
  release: Release,
  sql: Sql = payments.database,
): Promise<Result<ReleaseReceipt, ReleaseRefusal>> {
  const { entitlementId, releasedBy } = release;
  return sql
    .transaction<Result<ReleaseReceipt, ReleaseRefusal>>(async (tx) => {
      const entitlement = await entitlementById(tx, entitlementId);
      const instruction = entitlement && (await lockLatestInstruction(tx, entitlement.id));
      if (!entitlement || !instruction) return err({ code: "entitlement-unknown" });

      const binding = paymentBinding(entitlement, instruction);
      const receipt = { entitlementId, instructionId: instruction.id, binding };
      const events = await eventsOf(tx, instruction.id);
      const before = events.findLast(({ event }) => event === "second-approved");
      if (before && !isIn(instruction, "approved-once") && !isIn(instruction, "held")) {
        return before.by === releasedBy
          ? ok({ ...receipt, releasedAt: before.at, repeated: true })
          : err({ code: "already-released" });
      }
      // Whoever ended a hold approved it anew, and does not stand in the attempt's own row.
      const first = events.findLast(({ event }) => event === "first-approved")?.by;
      if ([entitlement.approvedBy, instruction.approvedBy, first].includes(releasedBy))
        return err({ code: "same-person" });
      if (!isIn(instruction, "approved-once") || releasedBy.trim() === "") {
        return err({ code: "not-releasable", params: { state: instruction.state } });
      }
      if (release.binding !== undefined && release.binding !== binding) return err({ code: "payment-changed" });
      if (release.attempt !== undefined && release.attempt !== instruction.attempt)
        return err({ code: "payment-changed" });
      // No batch takes a cheque, whose amount and payee were released by three before.
      const { thirdAbove } = (await openProgrammeById(tx, entitlement.programme))?.limits ?? {};
      if (thirdAbove !== undefined && instruction.amount > thirdAbove && !instruction.cheque)
        return err({ code: "third-person-needed" });

      await move(payments, tx, instruction, "second-approved", releasedBy, { binding });
      await logRelease(payments, tx, { entitlement, instruction, binding });
      return ok({ ...receipt, releasedAt: payments.clock.now(), repeated: false });
    })
    .catch(refuseOverdraft);
}
