import { randomInt } from "node:crypto";
import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import { isIn, move } from "../move.ts";
import { today, type Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import type { NotifiedLine } from "../bank/read-notification.ts";
import { entitlementById, lockInstruction, lockLatestInstruction } from "../store.ts";
import {
  claimsOf,
  claimsToClose,
  entriesOf,
  hasPendingOffset,
  insertEntry,
  insertPlan,
  insertRecovery,
  lockClaim,
  lockClaimByReference,
  openClaims,
  planOf,
  type Claim,
  type Instalment,
  type RecoveryEntry,
  type RecoveryRow,
} from "./store-recoveries.ts";

export interface OpenRecovery {
  readonly entitlementId: string;
  /** The caller's id of the debtor: never an identity number. Offsets are only from payments of the same person. */
  readonly person: string;
  /** All of the payment or a part, in the currency's smallest unit. */
  readonly amount: bigint;
  /** Why, in words that the person reads. */
  readonly reason: string;
  readonly legalBasis: string;
  /** SHA-256 of the decision to ask back, lower-case hexadecimal. */
  readonly decisionHash: string;
  /** `YYYY-MM-DD`, not past. */
  readonly dueOn: string;
  readonly by: string;
  readonly confirmedBy: string;
}

export interface RecoveryReceipt {
  readonly recoveryId: string;
  /** What the debtor writes on the transfer. */
  readonly reference: string;
  readonly left: bigint;
  readonly repeated: boolean;
}

/**
 * Asks money back that was paid: a decision of its own, by two people. The claim is booked apart from what stays paid.
 * The same decision on the same payment again answers the first receipt.
 */
export async function openRecovery(
  payments: Payments,
  open: OpenRecovery,
): Promise<
  Result<
    RecoveryReceipt,
    PaymentsRefusal<
      "entitlement-unknown" | "same-person" | "recovery-invalid" | "not-recoverable" | "recovery-exceeded"
    >
  >
> {
  if (open.by === open.confirmedBy) return err({ code: "same-person" });
  const texts = [open.person, open.reason, open.legalBasis, open.by, open.confirmedBy];
  const complete = texts.every((text) => text.trim() !== "") && /^[0-9a-f]{64}$/.test(open.decisionHash);
  if (!complete || !isDay(open.dueOn) || open.dueOn < today(payments)) return err({ code: "recovery-invalid" });
  return payments.database.transaction(async (tx) => {
    const entitlement = await entitlementById(tx, open.entitlementId);
    const instruction = entitlement && (await lockLatestInstruction(tx, entitlement.id));
    if (!entitlement || !instruction) return err({ code: "entitlement-unknown" });
    const earlier = await claimsOf(tx, entitlement.id);
    const before = earlier.find((one) => one.decisionHash === open.decisionHash);
    if (before && before.amount === open.amount) return ok(receiptOf(before, true));
    if (!isIn(instruction, "settled")) return err({ code: "not-recoverable", params: { state: instruction.state } });
    const claimed = earlier.reduce((sum, { amount, withdrawn }) => sum + amount - withdrawn, 0n);
    if (open.amount <= 0n || open.amount > instruction.amount - claimed) {
      return err({ code: "recovery-exceeded", params: { left: String(instruction.amount - claimed) } });
    }
    const now = payments.clock.now();
    const row: RecoveryRow = {
      id: uuidV7(now),
      reference: `RC${randomInt(0xe8d4a51000 - 1)
        .toString()
        .padStart(12, "0")}`,
      instruction: instruction.id,
      programme: entitlement.programme,
      person: open.person,
      amount: open.amount,
      reason: open.reason,
      legalBasis: open.legalBasis,
      decisionHash: open.decisionHash,
      dueOn: open.dueOn,
      openedBy: open.by,
      confirmedBy: open.confirmedBy,
      openedAt: now,
    };
    const detail = { recovery: row.id, decision: open.decisionHash, confirmedBy: open.confirmedBy };
    await move(payments, tx, instruction, "recovery-decided", open.by, detail);
    await insertRecovery(tx, row);
    return ok(receiptOf({ ...row, left: row.amount, withdrawn: 0n }, false));
  });
}

export interface Recovery extends Claim {
  readonly entries: readonly RecoveryEntry[];
  readonly plan: readonly (Instalment & { readonly state: "paid" | "due" | "overdue" })[];
}

/** Everything about one claim; `undefined` if there is none. */
export async function recoveryById(payments: Payments, id: string): Promise<Recovery | undefined> {
  return payments.database.transaction(async (tx) => {
    const claim = await lockClaim(tx, id);
    return claim && viewOf(payments, tx, claim);
  });
}

/** What was asked back of a payment, newest first. */
export async function recoveriesOf(payments: Payments, entitlementId: string): Promise<readonly Recovery[]> {
  if (!(await entitlementById(payments.database, entitlementId))) return [];
  const views: Recovery[] = [];
  for (const claim of await claimsOf(payments.database, entitlementId)) {
    views.push(await viewOf(payments, payments.database, claim));
  }
  return views;
}

/** Claims with something left, those due first. `person`: of one debtor only. */
export function listRecoveries(
  payments: Payments,
  o: { readonly person?: string; readonly limit?: number; readonly offset?: number } = {},
): Promise<readonly Claim[]> {
  return openClaims(payments.database, o.person ?? null, o.limit ?? 100, o.offset ?? 0);
}

async function viewOf(payments: Payments, sql: Sql, claim: Claim): Promise<Recovery> {
  const day = today(payments);
  let covered = claim.amount - claim.left;
  const plan = (await planOf(sql, claim.id)).map((instalment) => {
    covered -= instalment.amount;
    const state = covered >= 0n ? ("paid" as const) : instalment.dueOn < day ? ("overdue" as const) : ("due" as const);
    return { ...instalment, state };
  });
  return { ...claim, entries: await entriesOf(sql, claim.id), plan };
}

/** Agrees on instalments; a new plan replaces the one before. What was paid until now is its first part. */
export async function planInstalments(
  payments: Payments,
  o: { readonly recoveryId: string; readonly instalments: readonly Omit<Instalment, "n">[]; readonly by: string },
): Promise<Result<RecoveryReceipt, PaymentsRefusal<"recovery-unknown" | "recovery-invalid">>> {
  return payments.database.transaction(async (tx) => {
    const claim = await lockClaim(tx, o.recoveryId);
    if (!claim) return err({ code: "recovery-unknown" });
    const days = o.instalments.map(({ dueOn }) => dueOn);
    const inOrder = days.every((day, n) => isDay(day) && day >= (days[n - 1] ?? today(payments)));
    const sum = o.instalments.reduce((total, { amount }) => total + amount, 0n);
    if (!inOrder || o.by.trim() === "" || sum !== claim.left || o.instalments.some(({ amount }) => amount <= 0n)) {
      return err({ code: "recovery-invalid", params: { left: String(claim.left) } });
    }
    const paid = claim.amount - claim.left;
    const earlier = paid > 0n ? [{ dueOn: today(payments), amount: paid }] : [];
    await insertPlan(tx, claim.id, [...earlier, ...o.instalments], o.by, payments.clock.now());
    return ok(receiptOf(claim, false));
  });
}

export interface EndClaim {
  readonly recoveryId: string;
  /** `write-off`: it cannot be had. `withdraw`: the decision was annulled, so the person keeps the money. */
  readonly how: "write-off" | "withdraw";
  readonly note: string;
  readonly by: string;
  readonly confirmedBy: string;
}

/** Gives up what is left of a claim, by two people. The same again answers alike. */
export async function endRecovery(
  payments: Payments,
  end: EndClaim,
): Promise<
  Result<
    RecoveryReceipt,
    PaymentsRefusal<"recovery-unknown" | "same-person" | "evidence-missing" | "recovery-exceeded">
  >
> {
  const { recoveryId, how, note, by, confirmedBy } = end;
  if (by === confirmedBy) return err({ code: "same-person" });
  if ([note, by, confirmedBy].some((text) => text.trim() === "")) return err({ code: "evidence-missing" });
  const kind = how === "write-off" ? "written-off" : "withdrawn";
  return payments.database.transaction(async (tx) => {
    const claim = await lockClaim(tx, recoveryId);
    if (!claim) return err({ code: "recovery-unknown" });
    const last = (await entriesOf(tx, recoveryId)).at(-1);
    if (last?.kind === kind && last.by === by) return ok(receiptOf(claim, true));
    if (claim.left === 0n) return err({ code: "recovery-exceeded", params: { left: "0" } });
    const at = payments.clock.now();
    await insertEntry(tx, claim.id, { kind, amount: claim.left, subject: note, legalBasis: null, by, confirmedBy, at });
    await closeClaim(payments, tx, claim.id);
    return ok(receiptOf({ ...claim, left: 0n }, false));
  });
}

/** The claim that a credit names in its text or its EndToEndId, locked. */
export async function claimIn(tx: Sql, line: NotifiedLine): Promise<Claim | undefined> {
  const references = `${line.endToEndId ?? ""} ${line.text}`.toUpperCase().match(/(?<![A-Z0-9])RC\d{12}(?!\d)/g) ?? [];
  const distinct = [...new Set(references)];
  return distinct.length === 1 ? lockClaimByReference(tx, distinct) : undefined;
}

export function claimById(tx: Sql, id: string): Promise<Claim | undefined> {
  return lockClaim(tx, id);
}

/** Books money that came in for a claim; `line` is the bank's line. The claim must be locked and have so much left. */
export async function receiveForClaim(
  payments: Payments,
  tx: Sql,
  claim: Claim,
  amount: bigint,
  line: string,
): Promise<void> {
  const at = payments.clock.now();
  const entry = {
    kind: "received",
    amount,
    subject: line,
    legalBasis: null,
    by: "bank",
    confirmedBy: null,
    at,
  } as const;
  await insertEntry(tx, claim.id, entry);
  await closeClaim(payments, tx, claim.id);
}

/** Ends the claim's payment once nothing is left, and nothing of it hangs on a payment that may be taken back. */
export async function closeClaim(payments: Payments, tx: Sql, recoveryId: string): Promise<boolean> {
  const claim = await lockClaim(tx, recoveryId);
  if (!claim || claim.left !== 0n || (await hasPendingOffset(tx, recoveryId))) return false;
  const instruction = await lockInstruction(tx, claim.instruction);
  if (!instruction || !isIn(instruction, "recovery-open")) return false;
  const kinds = new Set((await entriesOf(tx, recoveryId)).map(({ kind }) => kind));
  const event = kinds.has("written-off")
    ? "write-off-decided"
    : kinds.has("withdrawn")
      ? "recovery-withdrawn"
      : "money-received";
  await move(payments, tx, instruction, event, "system", { recovery: recoveryId });
  return true;
}

/** Ends claims whose last part was kept from a payment that has been released since. Call it by the clock. */
export async function closeRecoveries(payments: Payments, limit = 100): Promise<number> {
  return payments.database.transaction(async (tx) => {
    let closed = 0;
    for (const { id } of await claimsToClose(tx, limit)) if (await closeClaim(payments, tx, id)) closed += 1;
    return closed;
  });
}

function receiptOf({ id, reference, left }: Claim, repeated: boolean): RecoveryReceipt {
  return { recoveryId: id, reference, left, repeated };
}

function isDay(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}
