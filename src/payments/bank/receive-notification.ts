import { canonicalJson, err, ok, utf8, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import { sha256Hex } from "../binding.ts";
import { explainLine, type Unexplained } from "./explain-line.ts";
import { raiseIncident } from "../incidents.ts";
import { moveAll, type Move } from "../move.ts";
import { today, type Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { raiseForReasons, type Said } from "./raise-for-reasons.ts";
import { readNotification, type NotifiedLine } from "./read-notification.ts";
import { claimIn, receiveForClaim } from "../recovery/recovery.ts";
import { entitlementsById, type Instruction } from "../store.ts";
import {
  bookedLines,
  insertBankLines,
  insertNotification,
  insertSuspense,
  lineKey,
  lockBankLines,
  lockNamed,
  notificationOf,
  provenOf,
  type BankLine,
  type SuspenseRow,
} from "./store-bank-lines.ts";

export interface NotificationReceipt {
  /** SHA-256 of the notification's bytes. */
  readonly notification: string;
  /** Lines that booked now, by what they proved. */
  readonly booked: Readonly<Record<BankLine["outcome"], number>>;
  /** Lines that had booked before, by this or another notification. */
  readonly before: number;
  /** Lines whose reference the bank had used for another line: not booked, an incident is open. */
  readonly reused: number;
  /** True if these very bytes had been received before. */
  readonly repeated: boolean;
}

/** Of a notification that cannot be read at most this much is kept. */
const keptBytes = 1_000_000;

const nothing = { settlement: 0, return: 0, recovery: 0, suspense: 0 };

/**
 * Takes one camt.054 notification: every line of our account books exactly once, whatever notification brings it and
 * however often. A debit confirms a payment, a credit with a return reason brings it back, a credit that names a recovery
 * pays it; everything else goes to suspense with an owner and a day. All of the file or nothing of it.
 */
export async function receiveNotification(
  payments: Payments,
  xml: string,
  name = "",
): Promise<Result<NotificationReceipt, PaymentsRefusal<"notification-invalid">>> {
  const sha256 = sha256Hex(xml);
  const before = await notificationOf(payments.database, sha256);
  if (before) return repeat(before);

  const read = readNotification(xml, payments.banking);
  const content = utf8(xml);
  const row = { sha256, name: name.replaceAll("\0", ""), receivedAt: payments.clock.now() };
  return payments.database.transaction(async (tx) => {
    const stored = await insertNotification(tx, {
      ...row,
      messageId: read.ok ? read.value.id : null,
      content: read.ok ? content : content.subarray(0, keptBytes),
      outcome: read.ok ? "applied" : "notification-invalid",
      reason: read.ok ? null : read.error.slice(0, 1000),
    });
    if (!stored) return repeat((await notificationOf(tx, sha256))!);
    if (!read.ok) return err({ code: "notification-invalid", inside: read.error });
    return ok({ notification: sha256, repeated: false, ...(await bookLines(payments, tx, read.value.lines, sha256)) });
  });
}

function repeat(before: {
  sha256: string;
  outcome: string;
  reason: string | null;
}): Result<NotificationReceipt, PaymentsRefusal<"notification-invalid">> {
  return before.outcome === "applied"
    ? ok({ notification: before.sha256, booked: nothing, before: 0, reused: 0, repeated: true })
    : err({ code: "notification-invalid", inside: before.reason ?? "" });
}

async function bookLines(
  payments: Payments,
  tx: Sql,
  lines: readonly NotifiedLine[],
  notification: string,
): Promise<Pick<NotificationReceipt, "booked" | "before" | "reused">> {
  await lockBankLines(tx);
  const known = await bookedLines(tx, lines);
  const fresh: { line: NotifiedLine; sha256: string }[] = [];
  let [before, reused] = [0, 0];
  for (const line of lines) {
    const sha256 = sha256Hex(canonicalJson({ ...line, amount: String(line.amount) }));
    const was = known.get(lineKey(line.account, line.reference));
    if (was === undefined) fresh.push({ line, sha256 });
    else if (was === sha256) before += 1;
    else {
      reused += 1;
      const detail = `notification ${notification}`;
      await raiseIncident(payments, tx, { kind: "reference-reused", subject: line.reference, detail });
    }
  }

  const named = await lockNamed(
    tx,
    fresh.flatMap(({ line }) => [line.endToEndId ?? [], line.instructionId ?? []].flat()),
    fresh.flatMap(({ line }) => line.uetr ?? []),
  );
  const find = finder(named);
  const states = new Map(named.map(({ id, state }) => [id, state]));
  const proven = new Set((await provenOf(tx, [...states.keys()])).map((one) => `${one.outcome} ${one.instruction}`));
  const moves: Move[] = [];
  const rows: BankLine[] = [];
  const open: { row: BankLine; why: Unexplained; candidate: Instruction | undefined }[] = [];
  const returns: Said[] = [];
  for (const { line, sha256 } of fresh) {
    const instruction = find(line);
    const base = {
      account: line.account,
      reference: line.reference,
      sha256,
      notification,
      direction: line.direction,
      amount: line.amount,
      bookedOn: line.bookedOn,
      endToEndId: line.endToEndId ?? null,
      reason: line.returned ?? null,
      instruction: instruction?.id ?? null,
    };
    const claim = instruction || line.direction === "debit" ? undefined : await claimIn(tx, line);
    if (claim && claim.left >= line.amount) {
      rows.push({ ...base, outcome: "recovery" });
      await receiveForClaim(payments, tx, claim, line.amount, lineKey(line.account, line.reference));
      continue;
    }
    const explained = explain(line, instruction, states, proven);
    const row: BankLine = { ...base, outcome: explained.outcome };
    rows.push(row);
    if (explained.outcome === "suspense") {
      open.push({ row, why: explained.why, candidate: instruction });
      continue;
    }
    proven.add(`${explained.outcome} ${instruction!.id}`);
    const reason = line.returned === undefined ? {} : { reason: line.returned };
    if (explained.events.length > 0) {
      const detail = { notification, line: line.reference, ...reason };
      moves.push({
        instruction: { ...instruction!, state: states.get(instruction!.id)! },
        events: explained.events,
        detail,
      });
      states.set(instruction!.id, explained.outcome === "return" ? "returned" : "settled");
    }
    if (line.returned !== undefined) {
      returns.push({ instruction: instruction!.id, file: instruction!.file ?? "", reason: line.returned || undefined });
    }
  }
  await insertBankLines(tx, rows);
  await moveAll(payments, tx, moves, "bank");
  await openSuspense(payments, tx, open);
  await raiseForReasons(payments, tx, returns);
  const booked = { ...nothing };
  for (const { outcome } of rows) booked[outcome] += 1;
  return { booked, before, reused };
}

function explain(
  line: NotifiedLine,
  instruction: Instruction | undefined,
  states: ReadonlyMap<string, Instruction["state"]>,
  proven: ReadonlySet<string>,
): ReturnType<typeof explainLine> {
  if (!instruction) return { outcome: "suspense", why: "unmatched" };
  if (instruction.amount !== line.amount) return { outcome: "suspense", why: "amount-differs" };
  return explainLine(
    states.get(instruction.id)!,
    { direction: line.direction, returned: line.returned !== undefined },
    { settlement: proven.has(`settlement ${instruction.id}`), return: proven.has(`return ${instruction.id}`) },
  );
}

/** By EndToEndId, then UETR, then InstrId. */
function finder(instructions: readonly Instruction[]): (line: NotifiedLine) => Instruction | undefined {
  const byId = new Map(instructions.map((one) => [one.id, one]));
  const byUetr = new Map(instructions.map((one) => [one.uetr, one]));
  return (line) => byId.get(line.endToEndId ?? "") ?? byUetr.get(line.uetr ?? "") ?? byId.get(line.instructionId ?? "");
}

async function openSuspense(
  payments: Payments,
  tx: Sql,
  open: readonly { row: BankLine; why: Unexplained; candidate: Instruction | undefined }[],
): Promise<void> {
  if (open.length === 0) return;
  const now = payments.clock.now();
  const due = new Date(Date.parse(`${today(payments)}T00:00:00Z`) + payments.limits.suspenseDays * 86_400_000);
  const entitlements = await entitlementsById(
    tx,
    open.flatMap(({ candidate }) => candidate?.entitlement ?? []),
  );
  await insertSuspense(
    tx,
    open.map(({ row, why, candidate }): SuspenseRow => {
      const { account, reference, direction, amount } = row;
      const programme = entitlements.get(candidate?.entitlement ?? "")?.programme ?? "main";
      return {
        id: uuidV7(now),
        account,
        reference,
        programme,
        why,
        candidate: candidate?.id ?? null,
        amount: direction === "credit" ? amount : -amount,
        owner: "treasury",
        dueOn: due.toISOString().slice(0, 10),
        openedAt: now,
      };
    }),
  );
}
