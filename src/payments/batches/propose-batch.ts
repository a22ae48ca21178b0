import { canonicalJson, err, ok, uuidV7, type Result } from "#kernel";
import { batchHash } from "./batch-hash.ts";
import { sha256Hex } from "../binding.ts";
import type { Banking, Day } from "../contract.ts";
import type { Payments } from "../open.ts";
import { isPayableText } from "../payable-text.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { payerOf, programmeById } from "../programmes.ts";
import {
  beginBatch,
  changesSince,
  countHeldOut,
  crowdedAccounts,
  endBatch,
  gatherPart,
  lockBatch,
  partsOf,
  proposed,
  type Batch,
  type BatchFindings,
  type Gathering,
} from "./store-batches.ts";
import type { Programme } from "../store-programmes.ts";

export interface Proposal {
  readonly programme: string;
  /** The maker: a human. Whoever releases must be another one. */
  readonly proposedBy: string;
  /** The day on which payees get the money; default: the next one that the banks can keep. */
  readonly payOn?: Day;
  /** Only payments of this decision, as `RosterImport.decision` cites it. */
  readonly decision?: string;
  /** Called after each part of the batch is gathered: payments so far. */
  readonly onProgress?: (lines: number) => unknown;
}

/**
 * Puts every payment of a programme that is approved once, and in no batch, into a batch for another person to release.
 * Left out are payments to an account that was named less than `limits.newAccountHours` ago and that no bank confirmed.
 * More payments to one account than the programme allows stop it. It is gathered by the file, so memory does not grow with
 * it; a killed proposal of the same maker goes on where it stood.
 */
export async function proposeBatch(
  payments: Payments,
  proposal: Proposal,
): Promise<
  Result<
    Batch,
    PaymentsRefusal<"programme-unknown" | "batch-empty" | "batch-stopped" | "batch-late" | "same-person" | "batch-busy">
  >
> {
  const programme = await programmeById(payments, proposal.programme);
  if (!programme) return err({ code: "programme-unknown" });
  if (!isPayableText(proposal.proposedBy, 200)) return err({ code: "same-person" });
  const now = payments.clock.now();
  const payOn = proposal.payOn ?? payments.banking.executionDate(now);
  if (!isEntryDay(payments.banking, payOn, now)) return err({ code: "batch-late", params: { payOn } });

  const { database } = payments;
  const payer = payerOf(payments, programme);
  const { proposedBy, decision } = proposal;
  const wanted = { id: uuidV7(now), programme: programme.id, payer, payOn, proposedBy, proposedAt: now };
  const begun = await beginBatch(database, wanted);
  // Somebody else's is under way, or this maker's of another day: that one first.
  if (begun.proposedBy !== proposedBy || begun.payOn !== payOn) return err({ code: "batch-busy" });

  const gathering: Gathering = {
    batch: begun.id,
    programme: programme.id,
    lines: payments.linesPerFile,
    oldEnough: new Date(now.getTime() - payments.limits.newAccountHours * 3_600_000),
    decisionHash: decision === undefined ? null : sha256Hex(canonicalJson({ programme: programme.id, decision })),
  };
  for (let lines = 0, more = -1; more !== 0; lines += more) {
    more = await database.transaction(async (tx) => {
      const batch = await lockBatch(tx, begun.id);
      return batch?.state === "gathering" ? gatherPart(tx, gathering) : 0;
    });
    await proposal.onProgress?.(lines + more);
  }
  return finish(payments, programme, gathering, now);
}

async function finish(
  payments: Payments,
  programme: Programme,
  gathering: Gathering,
  now: Date,
): Promise<Result<Batch, PaymentsRefusal<"batch-empty" | "batch-stopped" | "batch-busy">>> {
  return payments.database.transaction(async (tx) => {
    const batch = await lockBatch(tx, gathering.batch);
    if (batch?.state !== "gathering") return err({ code: "batch-busy" });
    const parts = await partsOf(tx, batch.id);
    const heldOut = await countHeldOut(tx, gathering);
    if (parts.length === 0) {
      await endBatch(tx, batch, "stopped", now);
      return err({ code: "batch-empty", params: { heldOut } });
    }
    const crowded = await crowdedAccounts(tx, batch.id, programme.limits.maxPerAccount);
    const since = await changesSince(tx, batch);
    const findings: BatchFindings = {
      ...(heldOut > 0 && { heldOut }),
      ...(crowded.length > 0 && { crowded }),
      ...(since && { since }),
    };
    const lines = parts.reduce((sum, part) => sum + BigInt(part.lines), 0n);
    const total = parts.reduce((sum, part) => sum + part.total, 0n);
    const largest = parts.reduce((most, part) => (part.largest > most ? part.largest : most), 0n);
    const sha256 = batchHash({ ...batch, lines, total, parts: parts.map((part) => part.sha256) });
    const { thirdAbove, batchThirdAbove } = programme.limits;
    const third =
      (thirdAbove !== undefined && largest > thirdAbove) || (batchThirdAbove !== undefined && total > batchThirdAbove);
    const done = {
      ...batch,
      state: "proposed" as const,
      lines,
      total,
      largest,
      sha256,
      approvals: third ? 2 : 1,
      findings,
    };
    await proposed(tx, done);
    if (crowded.length === 0) return ok(done);
    await endBatch(tx, batch, "stopped", now);
    return err({ code: "batch-stopped", params: { batch: batch.id, accounts: crowded.length } });
  });
}

/** Whether the banks can pay on that day, and still in time: the plug-in answers days for instants, so they are tried. */
function isEntryDay(banking: Banking, day: Day, now: Date): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || day < banking.executionDate(now)) return false;
  const noon = Date.parse(`${day}T04:00:00Z`);
  const halfDay = 43_200_000;
  for (let instant = Math.max(now.getTime(), noon - 28 * halfDay); instant <= noon; instant += halfDay / 2)
    if (banking.executionDate(new Date(instant)) === day) return true;
  return banking.executionDate(now) === day;
}
