import { createHash } from "node:crypto";
import { randomToken, toHex, utf8 } from "#kernel";
import { readCreditTransfer, type CreditTransferFile, type FileConventions, type FileFault } from "#payments";
import type { Database, Sql } from "#store";
import { answerFile, refuseFaultyFile, type FatedLine } from "./answer.ts";
import { afterBankingDays, localDay } from "./bank-clock.ts";
import { behaviourByChance, behaviourOf, fileBehaviourOf, type LineBehaviour } from "./magic.ts";
import { notification, type Movement } from "./notify.ts";
import {
  claimPayments,
  fileByMessageId,
  insertFile,
  insertReport,
  knock,
  references,
  type ReceivedFile,
} from "./store.ts";

const conventions: FileConventions = { currency: { code: "TWD", decimals: 0 }, clearingSystem: "TWNCC" };

/** How often a file ending in -DOWN finds the door shut. */
const knocksUntilOpen = 2;

export type Reception =
  | { readonly kind: "received" | "repeated"; readonly receipt: string }
  | { readonly kind: "unreadable"; readonly faults: readonly FileFault[] }
  | { readonly kind: "message-id-taken" | "down" };

export interface Desk {
  readonly database: Database;
  readonly now: Date;
  /** Milliseconds between a file's reports. */
  readonly settleAfterMs: number;
  /** Load mode: chance at published rates instead of endings. */
  readonly load?: { readonly seed: string; readonly rates?: Readonly<Record<string, number>> };
}

/**
 * Takes a file: reads it as strictly as a bank does, answers a receipt, and writes the reports and notifications the customer
 * will find, now and on later days. The same message id with the same bytes gets the first receipt and is paid once; with
 * other bytes it is refused. A payment that was carried out before (its EndToEndId) is refused as a duplicate (AM05).
 */
export async function receiveFile(bank: Desk, name: string, xml: string): Promise<Reception> {
  const { now } = bank;
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
  return bank.database.transaction(async (tx): Promise<Reception> => {
    if (!(await insertFile(tx, file))) {
      const before = (await fileByMessageId(tx, messageId))!;
      return before.sha256 === file.sha256
        ? { kind: "repeated", receipt: before.receipt }
        : { kind: "message-id-taken" };
    }
    const refusal = read.ok ? undefined : refuseFaultyFile(messageId, read.error, createdAt);
    const lines = read.ok ? await fatesOf(bank, tx, read.value) : [];
    const reports = refusal ? [refusal] : answerFile({ id: messageId }, lines, createdAt);
    const after = (rounds: number): Date => new Date(now.getTime() + rounds * bank.settleAfterMs);
    for (const { number, xml: report } of reports) {
      const visibleAt = after(number - 1);
      await insertReport(tx, { name: `${messageId}.${number}.pain.002.xml`, xml: report, messageId, visibleAt });
    }
    if (read.ok && fileBehaviourOf(messageId).kind !== "lost") {
      await notify(tx, read.value, lines, after(reports.length));
    }
    return { kind: "received", receipt: file.receipt };
  });
}

const duplicate: LineBehaviour = {
  statuses: [{ code: "RJCT", reason: "AM05" }],
  owner: "match",
  text: { "zh-Hant": "重複的付款", en: "a payment that was carried out before" },
};

/** What becomes of each line. Of a file that is refused or lost nothing is carried out. */
async function fatesOf(bank: Desk, tx: Sql, file: CreditTransferFile): Promise<FatedLine[]> {
  const { kind } = fileBehaviourOf(file.id);
  if (kind === "refused" || kind === "lost") return [];
  const lines = file.groups.flatMap((group) => group.transfers.map((transfer) => ({ group: group.id, transfer })));
  const before = await claimPayments(
    tx,
    file.id,
    lines.map(({ transfer }) => transfer.endToEndId),
  );
  return lines.map(({ group, transfer }) => ({
    group,
    transfer,
    fate: before.has(transfer.endToEndId)
      ? duplicate
      : bank.load
        ? behaviourByChance(transfer.endToEndId, bank.load)
        : behaviourOf(transfer.account.number),
  }));
}

/** The notifications of a file: its debits together, what contradicts itself the next banking day, returns after two. */
async function notify(tx: Sql, file: CreditTransferFile, lines: readonly FatedLine[], settledAt: Date): Promise<void> {
  const moved = lines.flatMap(({ transfer, fate }) => (fate.money ? [{ transfer, money: fate.money }] : []));
  if (moved.length === 0) return;
  const free = await references(tx, 1 + 2 * moved.length);
  const next = (): string => free.pop()!;
  const account = file.groups[0]?.payer.account.number ?? "";
  const debit = ({ transfer: { endToEndId, uetr, amount }, money }: (typeof moved)[number]): Movement => ({
    reference: next(),
    direction: "debit",
    amount: money.debited ?? amount,
    endToEndId,
    uetr,
  });
  const back = ({ transfer: { endToEndId, uetr, amount }, money }: (typeof moved)[number]): Movement => ({
    reference: next(),
    direction: "credit",
    amount,
    endToEndId,
    uetr,
    ...(money.returned !== undefined && { returned: money.returned }),
  });
  const write = async (part: string, at: Date, content: Partial<Parameters<typeof notification>[0]>): Promise<void> => {
    const createdAt = `${at.toISOString().slice(0, 19)}Z`;
    const id = `${part}-${file.id}`.slice(0, 35);
    const xml = notification({ id, account, createdAt, bookedOn: localDay(at), ...content });
    await insertReport(tx, { name: `${file.id}.${part}.camt.054.xml`, xml, messageId: file.id, visibleAt: at });
  };
  const at = moved.filter(({ money }) => !money.together);
  const together = moved.filter(({ money }) => money.together);
  const returned = at.filter(({ money }) => money.returned !== undefined);
  if (at.length > 0) {
    await write("ND", settledAt, { batch: { messageId: file.id, reference: next(), movements: at.map(debit) } });
  }
  if (together.length > 0) {
    await write("NS", afterBankingDays(settledAt, 1), { single: together.flatMap((one) => [debit(one), back(one)]) });
  }
  if (returned.length > 0) await write("NR", afterBankingDays(settledAt, 2), { single: returned.map(back) });
}
