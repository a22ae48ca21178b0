import { err, ok, type Result } from "#kernel";
import type { Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { accountOf } from "../states.ts";
import {
  accountsApartFromStates,
  accountsOutOfTune,
  balances,
  closeFloor,
  insertProgramme,
  insertTransfer,
  lockGiven,
  type Balance,
} from "./store-books.ts";

/**
 * Gives a programme its budget for payments, or changes it: from then on releases that would overdraw it are refused with
 * `budget-exhausted`. A programme without one is not limited.
 * @param amount the whole budget since the beginning, in the currency's smallest unit
 * @param reason the law or act that gives it
 */
export async function setBudget(
  payments: Payments,
  { programme, amount, reason }: { readonly programme: string; readonly amount: bigint; readonly reason: string },
): Promise<Result<{ readonly before: bigint }, PaymentsRefusal<"budget-exhausted" | "amount-invalid">>> {
  if (amount < 0n || reason.trim() === "") return err({ code: "amount-invalid" });
  return payments.database
    .transaction(async (tx) => {
      await insertProgramme(tx, programme);
      const before = (await lockGiven(tx, programme)) ?? 0n;
      const at = payments.clock.now();
      if (amount > before)
        await insertTransfer(tx, {
          programme,
          from: "treasury",
          to: "appropriation",
          amount: amount - before,
          reason,
          at,
        });
      if (amount < before)
        await insertTransfer(tx, {
          programme,
          from: "appropriation",
          to: "treasury",
          amount: before - amount,
          reason,
          at,
        });
      await closeFloor(tx, programme);
      return ok({ before });
    })
    .catch(refuseOverdraft);
}

/** Answers `budget-exhausted` for what the database refused because free money would fall below zero; throws anything else. */
export function refuseOverdraft(fault: unknown): { ok: false; error: PaymentsRefusal<"budget-exhausted"> } {
  const { code, constraint } = fault as { code?: string; constraint?: string };
  if (code === "23514" && constraint === "account_floor") return err({ code: "budget-exhausted" });
  throw fault;
}

/** Where the money of every programme is. */
export function readBooks(payments: Payments): Promise<Balance[]> {
  return balances(payments.database);
}

export interface BookFault {
  readonly programme: string;
  /** `null`: the programme's accounts do not add up to nothing. */
  readonly account: string | null;
  readonly what: "transfers-differ" | "states-differ";
}

/**
 * Proves the books from the rows they rest on: balances are the sum of transfers, programmes add up to nothing, and each
 * account holds exactly the instructions whose state says so. An empty list is the proof. Reads everything.
 */
export async function proveBooks(payments: Payments): Promise<readonly BookFault[]> {
  const { database } = payments;
  return [
    ...(await accountsOutOfTune(database)).map((row) => ({ ...row, what: "transfers-differ" as const })),
    ...(await accountsApartFromStates(database, accountOf)).map((row) => ({ ...row, what: "states-differ" as const })),
  ];
}
