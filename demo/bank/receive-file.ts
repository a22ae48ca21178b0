import { createHash } from "node:crypto";
import { randomToken, toHex, utf8, type Clock } from "#kernel";
import { readCreditTransfer, type FileConventions, type FileFault } from "#payments";
import type { Database } from "#store";
import { answerFile, refuseFaultyFile, type PlannedReport } from "./answer.ts";
import { fileBehaviourOf } from "./magic.ts";
import { fileByMessageId, insertFile, insertReport, knock, type ReceivedFile } from "./store.ts";

const conventions: FileConventions = { currency: { code: "TWD", decimals: 0 }, clearingSystem: "TWNCC" };

/** How often a file ending in -DOWN finds the door shut. */
const knocksUntilOpen = 2;

export type Reception =
  | { readonly kind: "received" | "repeated"; readonly receipt: string }
  | { readonly kind: "unreadable"; readonly faults: readonly FileFault[] }
  | { readonly kind: "message-id-taken" | "down" };

/**
 * Takes a file: reads it as strictly as a bank does, answers a receipt, and writes the reports the customer will find.
 * The same message id with the same bytes gets the first receipt and is paid once; with other bytes it is refused.
 */
export async function receiveFile(
  bank: { readonly database: Database; readonly clock: Clock; readonly settleAfterMs: number },
  name: string,
  xml: string,
): Promise<Reception> {
  const now = bank.clock.now();
  const createdAt = `${now.toISOString().slice(0, 19)}Z`;
  const read = readCreditTransfer(xml, conventions);
  const messageId = read.ok ? read.value.id : /<MsgId>([A-Za-z0-9-]{1,35})<\/MsgId>/.exec(xml)?.[1];
  if (messageId === undefined || (!read.ok && read.error.some(({ code }) => code === "FF01"))) {
    return { kind: "unreadable", faults: read.ok ? [] : read.error };
  }
  if (fileBehaviourOf(messageId).kind === "down" && (await knock(bank.database, messageId)) <= knocksUntilOpen) {
    return { kind: "down" };
  }
  const transfers = read.ok ? read.value.groups.flatMap((group) => group.transfers) : [];
  const file: ReceivedFile = {
    messageId,
    receipt: `R-${randomToken(12)}`,
    name,
    sha256: toHex(createHash("sha256").update(utf8(xml)).digest()),
    xml,
    lines: transfers.length,
    total: transfers.reduce((sum, { amount }) => sum + amount, 0n),
    receivedAt: now,
  };
  const reports: PlannedReport[] = read.ok
    ? answerFile(read.value, createdAt)
    : [refuseFaultyFile(messageId, read.error, createdAt)];
  return bank.database.transaction(async (tx): Promise<Reception> => {
    if (!(await insertFile(tx, file))) {
      const before = (await fileByMessageId(tx, messageId))!;
      return before.sha256 === file.sha256
        ? { kind: "repeated", receipt: before.receipt }
        : { kind: "message-id-taken" };
    }
    for (const { number, xml: report } of reports) {
      await insertReport(tx, {
        name: `${messageId}.${number}.pain.002.xml`,
        xml: report,
        messageId,
        visibleAt: new Date(now.getTime() + (number - 1) * bank.settleAfterMs),
      });
    }
    return { kind: "received", receipt: file.receipt };
  });
}
