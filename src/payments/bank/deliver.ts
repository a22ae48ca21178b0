import type { Sql } from "#store";
import type { BankChannel } from "../contract.ts";
import { logFileSent } from "../log-act.ts";
import { isIn, moveAll } from "../move.ts";
import type { Payments } from "../open.ts";
import { lockInstructionsOfFile } from "../store.ts";
import { fileSummary, lockFile, markSent, noteAttempt, noteFault, unsentFiles } from "./store-files.ts";

export interface Delivery {
  /** MsgIds of files the bank has now confirmed. */
  readonly sent: readonly string[];
  /** Files that stay in the outbox, with the fault's code. */
  readonly failed: readonly { readonly file: string; readonly fault: string }[];
}

/**
 * Empties the outbox of bank files, in the order they were made. Safe to repeat after a kill at any moment: a file that
 * was sent but not marked is sent again under the same name and hash, which the channel must answer with the first
 * receipt. Two processes do not send the same file at once. A bank that is down leaves the file in the outbox.
 */
export async function deliverFiles(payments: Payments, channel: BankChannel): Promise<Delivery> {
  const sent: string[] = [];
  const failed: { file: string; fault: string }[] = [];
  for (const id of await unsentFiles(payments.database)) {
    await noteAttempt(payments.database, id);
    try {
      if (await deliverOne(payments, channel, id)) sent.push(id);
    } catch (fault) {
      const code = faultCode(fault);
      await noteFault(payments.database, id, code);
      failed.push({ file: id, fault: code });
    }
  }
  return { sent, failed };
}

async function deliverOne(payments: Payments, channel: BankChannel, id: string): Promise<boolean> {
  return payments.database.transaction(async (tx) => {
    const file = await lockFile(tx, id, "pass-over");
    if (!file || file.sentAt) return false;
    const { receipt } = await channel.send({ name: file.name, xml: file.xml!, sha256: file.sha256 });
    await noteSent(payments, tx, id, receipt);
    return true;
  });
}

/** Records that the bank has the file: by its receipt, or because it reports on a file whose receipt was lost in a kill. */
export async function noteSent(payments: Payments, tx: Sql, file: string, receipt: string): Promise<void> {
  await markSent(tx, file, receipt, payments.clock.now());
  await logFileSent(payments, tx, (await fileSummary(tx, file))!);
  const queued = (await lockInstructionsOfFile(tx, file)).filter((instruction) => isIn(instruction, "queued"));
  const detail = { file, receipt };
  const moves = queued.map((instruction) => ({ instruction, events: ["file-sent"] as const, detail }));
  await moveAll(payments, tx, moves, "channel");
}

function faultCode(fault: unknown): string {
  if (fault instanceof Error && "code" in fault && typeof fault.code === "string") return fault.code;
  return fault instanceof Error ? fault.name : "unknown";
}
