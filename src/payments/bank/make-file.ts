import { isDeepStrictEqual } from "node:util";
import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { paymentBinding, sha256Hex } from "../binding.ts";
import type { Payer } from "../contract.ts";
import type { CreditTransferFile, Transfer } from "./credit-transfer.ts";
import { remittanceText } from "../grant.ts";
import { move, moveAll } from "../move.ts";
import { localTime, today, type Payments } from "../open.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { readCreditTransfer } from "./read-credit-transfer.ts";
import {
  entitlementsById,
  lockApprovedOfOnePayer,
  releaseBindings,
  type Entitlement,
  type Instruction,
  type Paying,
} from "../store.ts";
import { fileSummary, insertFile, nextFileNumber, type FileSummary } from "./store-files.ts";
import { filesBlocked } from "../store-incidents.ts";
import { writeCreditTransfer } from "./write-credit-transfer.ts";

export interface MadeFile {
  readonly file: FileSummary;
  /** Instructions that no longer pass their checks today and wait for an officer. */
  readonly held: readonly string[];
}

/**
 * Puts released payments of one payer, oldest first, into one pain.001 file and stores it. The file is read back as a bank would
 * read it (schema and sums) and compared with what was meant, before it exists for anybody else.
 * Nothing leaves the house here: that is `deliverFiles`. Call it until it answers `nothing-to-pay`.
 */
export async function makeFile(
  payments: Payments,
): Promise<Result<MadeFile, PaymentsRefusal<"nothing-to-pay" | "file-invalid" | "files-blocked">>> {
  return payments.database.transaction(async (tx) => {
    if (await filesBlocked(tx)) return err({ code: "files-blocked" });
    const { lines, held } = await stillGood(payments, tx);
    if (lines.length === 0) return err({ code: "nothing-to-pay", params: { held: held.length } });

    const number = await nextFileNumber(tx);
    const payer = lines[0]?.instruction.payer ?? payments.payer;
    const content = fileContent(payments, payer, payments.messageId(today(payments), number), lines);
    const xml = writeCreditTransfer(content, payments.banking);
    const read = readCreditTransfer(xml, payments.banking);
    if (!read.ok) return err({ code: "file-invalid", inside: read.error.map((fault) => fault.message).join("; ") });
    if (!isDeepStrictEqual(read.value, content)) {
      return err({ code: "file-invalid", inside: "the file does not say what was meant" });
    }

    await insertFile(tx, {
      id: content.id,
      number,
      name: `${content.id}.pain.001.xml`,
      xml,
      sha256: sha256Hex(xml),
      lines: lines.length,
      total: lines.reduce((sum, { instruction }) => sum + instruction.amount, 0n),
      executionDate: payments.banking.executionDate(payments.clock.now()),
      purposes: content.groups.map(({ purposeCode }) => purposeCode),
      writtenAt: payments.clock.now(),
    });
    const detail = { file: content.id };
    const moves = lines.map(({ instruction }) => ({ instruction, events: ["batched"] as const, detail }));
    await moveAll(payments, tx, moves, "scheduler");
    return ok({ file: (await fileSummary(tx, content.id))!, held });
  });
}

interface Line {
  readonly instruction: Instruction<"approved"> & Paying;
  readonly entitlement: Entitlement;
}

/** Looks at every released payment once more: the directory may have changed, and an approval holds only for what it saw. */
async function stillGood(payments: Payments, tx: Sql): Promise<{ lines: Line[]; held: string[] }> {
  const instructions = await lockApprovedOfOnePayer(tx, payments.linesPerFile);
  const entitlements = await entitlementsById(
    tx,
    instructions.map((instruction) => instruction.entitlement),
  );
  const bindings = await releaseBindings(
    tx,
    instructions.map(({ id }) => id),
  );
  const day = today(payments);
  const lines: Line[] = [];
  const held: string[] = [];
  for (const instruction of instructions) {
    const entitlement = entitlements.get(instruction.entitlement)!;
    const account = payments.banking.checkAccount(instruction.account, day);
    // What was released with a batch was hashed with it, and cannot have changed since.
    const binding = bindings.get(instruction.id);
    const bound = binding === "batch" || binding === paymentBinding(entitlement, instruction);
    if (account.ok && bound) {
      lines.push({ instruction, entitlement });
      continue;
    }
    const reason = account.ok ? "payment-changed" : account.error.code;
    await move(payments, tx, instruction, "checks-failed", "system", { reason });
    held.push(instruction.id);
  }
  return { lines, held };
}

function fileContent(payments: Payments, payer: Payer, id: string, lines: readonly Line[]): CreditTransferFile {
  const now = payments.clock.now();
  const { banking } = payments;
  const executionDate = banking.executionDate(now);
  const byPurpose = Map.groupBy(lines, ({ entitlement }) => entitlement.purpose.code);
  return {
    id,
    createdAt: localTime(now, banking.utcOffset),
    initiator: { name: payer.agencyName, organisationId: payer.organisationId },
    groups: [...byPurpose].map(([purposeCode, group], index) => ({
      id: `${id}-${index + 1}`,
      purposeCode,
      executionDate,
      payer: { accountName: payer.accountName, account: payer.account },
      transfers: group.map(transferOf),
    })),
  };
}

function transferOf({ instruction, entitlement }: Line): Transfer {
  return {
    endToEndId: instruction.id,
    uetr: instruction.uetr,
    amount: instruction.amount,
    payeeName: instruction.payeeName,
    account: instruction.account,
    ...(instruction.cheque && { cheque: instruction.cheque }),
    text: remittanceText(entitlement.purpose, entitlement.caseRef),
  };
}
