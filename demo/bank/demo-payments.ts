/**
 * One payment from decision to bank, stopping to say where it is, so that a test can kill the process there.
 * Run as `node demo-payments.ts <database URL> <bank URL> <point to wait at>`.
 */
import { createHash } from "node:crypto";
import { fixedClock, ok, toHex, utf8, type Clock } from "#kernel";
import {
  deliverFiles,
  grantEntitlement,
  makeFile,
  openPayments,
  releasePayment,
  type BankChannel,
  type Payments,
  type PaymentsOptions,
} from "#payments";
import { openDatabase, type Database } from "#store";
import { bankChannel } from "./channel.ts";

/** A city that pays from one account, in a country whose banks take every account. */
export const demoCity: Pick<PaymentsOptions, "banking" | "payer"> = {
  banking: {
    currency: { code: "TWD", decimals: 0 },
    clearingSystem: "TWNCC",
    utcOffset: "+08:00",
    checkAccount: (account) => ok(account),
    executionDate: () => "2026-01-06",
  },
  payer: {
    agencyName: "示範市政府社會局",
    organisationId: "00000000",
    accountName: "示範市政府",
    account: { institution: "0040001", number: "00000012345678" },
  },
};

export function openDemo(database: Database, clock: Clock, prefix: string): Promise<Payments> {
  return openPayments({
    database,
    clock,
    messageId: (_day, number) => `${prefix.toUpperCase()}-${number}`,
    ...demoCity,
  });
}

export function hashOf(text: string): string {
  return toHex(createHash("sha256").update(utf8(text)).digest());
}

/** Grants and releases one payment of 18,750 to an account with this ending. Throws when it is refused. */
export async function approve(payments: Payments, caseRef: string, ending: string = "0000"): Promise<void> {
  const granted = await grantEntitlement(payments, {
    caseRef,
    payee: { name: "林𡘙美", account: { institution: "7000021", number: `0001234056${ending}` } },
    amount: 18_750n,
    purpose: { code: "SSBE", text: "輔具補助" },
    decisionHash: hashOf(caseRef),
    factsHash: hashOf(caseRef),
    approvedBy: "officer:chen",
  });
  if (!granted.ok) throw new Error(granted.error.code);
  const { entitlementId } = granted.value;
  const done = await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" });
  if (!done.ok) throw new Error(done.error.code);
}

async function play(databaseUrl: string, bankUrl: string, waitAt: string): Promise<void> {
  const reach = async (point: string): Promise<void> => {
    console.log(point);
    if (point === waitAt) await new Promise((done) => setTimeout(done, 60_000));
  };
  const payments = await openDemo(openDatabase(databaseUrl), fixedClock("2026-01-05T01:30:00Z"), waitAt);
  await approve(payments, "KILLED");
  await makeFile(payments);
  const bank = bankChannel(bankUrl);
  const channel: BankChannel = {
    ...bank,
    send: async (file) => {
      await reach("sending");
      const receipt = await bank.send(file);
      await reach("sent-not-noted");
      return receipt;
    },
  };
  await deliverFiles(payments, channel);
  await reach("noted");
}

if (import.meta.main) await play(process.argv[2]!, process.argv[3]!, process.argv[4]!);
