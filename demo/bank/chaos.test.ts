import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fixedClock } from "#kernel";
import {
  approveResend,
  askPerson,
  carryForward,
  closeIncident,
  collectStatuses,
  confirmNotReceived,
  correctFromStatement,
  deliverFiles,
  endHolds,
  listSuspense,
  makeFile,
  markOverdue,
  openIncidents,
  openPayments,
  openRecovery,
  paymentFor,
  proveBooks,
  releasePayment,
  reroutePayment,
  resolveSuspense,
  sendFileAgain,
  type BankChannel,
} from "#payments";
import { testDatabase } from "#store/testing";
import { approve, demoCity } from "./demo-payments.ts";
import { bankChannel, startBank } from "./index.ts";

/**
 * Whatever order, repetition and failure: people and timers act at random, the bank answers by magic values, connections break
 * before and after the bank has a file, transactions die at any event. After every step the books prove themselves; the bank,
 * asked for itself, has paid nobody more than once.
 */
const clock = fixedClock("2026-01-05T01:30:00Z");
const bankDatabase = await testDatabase();
const bank = await startBank({ database: bankDatabase, clock });
test.after(() => bank.stop());

let dies = 0;
let suffix = "";
const payments = await openPayments({
  database: await testDatabase(),
  clock,
  linesPerFile: 4,
  messageId: (_day, number) => `CHAOS-${number}${suffix}`,
  ...demoCity,
  announce: async () => {
    if (dies > 0 && (dies -= 1) === 0) throw Object.assign(new Error("killed"), { code: "killed" });
  },
});
const real = bankChannel(bank.url);
let breaks: "before" | "after" | undefined;
const channel: BankChannel = {
  send: async (file) => {
    if (breaks === "before") throw Object.assign(new Error("no line"), { code: "bank-unreachable" });
    const receipt = await real.send(file);
    if (breaks === "after") throw Object.assign(new Error("line cut"), { code: "bank-unreachable" });
    return receipt;
  },
  collect: async () => {
    const reports = (await real.collect()).toReversed();
    return breaks === undefined ? [...reports, ...reports.slice(0, 1)] : reports.slice(0, 1);
  },
};

const endings = ["0000", "0001", "1001", "1004", "1201", "1301", "1302", "1401", "1601", "1701"];
const suffixes = ["", "", "", "", "-FF01", "-AM04", "-DUP", "-LATE", "-LOST", "-DOWN"];
const two = { by: "treasury:wu", confirmedBy: "treasury:ho" };
const cases: string[] = [];
let count = 0;

/** One case's payment as it is. */
async function viewOf(pick: number): Promise<NonNullable<Awaited<ReturnType<typeof paymentFor>>>> {
  return (await paymentFor(payments, cases[pick % cases.length]!))!;
}

const acts: Readonly<Record<string, (pick: number) => Promise<unknown>>> = {
  approve: async (pick) => {
    const caseRef = `C-${(count += 1)}`;
    await approve(payments, caseRef, endings[pick % endings.length]);
    cases.push(caseRef);
  },
  file: async (pick) => {
    suffix = suffixes[pick % suffixes.length]!;
    await makeFile(payments);
  },
  deliver: () => deliverFiles(payments, channel),
  collect: () => collectStatuses(payments, channel),
  day: async () => {
    clock.advance(86_400_000);
    await markOverdue(payments, { statusHours: 20, settlementHours: 20 });
  },
  hold: () => endHolds(payments),
  carry: () => carryForward(payments, async () => ({ result: "match" })),
  again: async (pick) => {
    const { file } = await viewOf(pick);
    if (file) await sendFileAgain(payments, { file: file.id, ...two, note: "cause is gone" });
  },
  lost: async (pick) => {
    // The bank writes such a letter only about files it never got: those it lost.
    const { file } = await viewOf(pick);
    if (!file?.id.endsWith("-LOST")) return;
    await confirmNotReceived(payments, { file: file.id, evidence: { statement: "letter", line: "1" }, ...two });
    await approveResend(payments, { file: file.id, ...two });
  },
  ask: async (pick) => askPerson(payments, { instructionId: (await viewOf(pick)).instructionId, by: "system" }),
  reroute: async (pick) => {
    const { entitlementId, instructionId } = await viewOf(pick);
    const account = { institution: "7000021", number: `0000${pick % 90_000}0000` };
    await reroutePayment(payments, { entitlementId, instructionId, account, approvedBy: "officer:li" });
  },
  release: async (pick) =>
    releasePayment(payments, { entitlementId: (await viewOf(pick)).entitlementId, releasedBy: "officer:wang" }),
  correct: async (pick) => {
    // Two officers follow the statement: what the bank says about itself.
    const { instructionId } = await viewOf(pick);
    const net = (await netPaid(instructionId)).get(instructionId);
    if (net === undefined) return;
    const to = net.debits === 0 ? "rejected" : net.debits > net.credits ? "settled" : "returned";
    await correctFromStatement(payments, {
      instructionId,
      to,
      evidence: { statement: "S", line: String(pick) },
      ...two,
    });
  },
  explain: async (pick) => {
    const open = await listSuspense(payments);
    const one = open[pick % Math.max(open.length, 1)];
    if (!one) return;
    const to = one.candidate
      ? ({ kind: "instruction", instructionId: one.candidate } as const)
      : ({ kind: "not-ours" } as const);
    await resolveSuspense(payments, { suspenseId: one.id, to, note: "looked into", ...two });
  },
  recover: async (pick) => {
    const { entitlementId } = await viewOf(pick);
    await openRecovery(payments, {
      entitlementId,
      person: "p",
      amount: BigInt(1 + (pick % 18_750)),
      reason: "重複",
      legalBasis: "法",
      decisionHash: "0".repeat(64),
      dueOn: "2030-01-01",
      ...two,
    });
  },
  unblock: async () => {
    for (const { id, blocks } of await openIncidents(payments)) {
      if (blocks) await closeIncident(payments, { incidentId: id, ...two, note: "mended" });
    }
  },
  bankDay: async () => {
    await fetch(new URL("/clock", bank.url), { method: "POST", body: JSON.stringify({ bankingDays: 1 }) });
  },
};

/** What the bank's own notifications say, those to come included, by payment. Only those that name `like`, if given. */
async function netPaid(like = ""): Promise<Map<string, { debits: number; credits: number }>> {
  const rows = await bankDatabase.query<{ xml: string }>(
    "select xml from bank.report where name like '%camt%' and position($1 in xml) > 0",
    [like],
  );
  const net = new Map<string, { debits: number; credits: number }>();
  for (const { xml } of rows) {
    for (const [, id = "", way] of xml.matchAll(
      /<TxDtls><Refs>.*?<EndToEndId>(.*?)<\/EndToEndId>.*?<CdtDbtInd>(DBIT|CRDT)<\/CdtDbtInd>.*?<\/TxDtls>/g,
    )) {
      const one = net.get(id) ?? { debits: 0, credits: 0 };
      net.set(id, way === "DBIT" ? { ...one, debits: one.debits + 1 } : { ...one, credits: one.credits + 1 });
    }
  }
  return net;
}

test("whatever happens in whatever order: every dollar is somewhere and nothing is paid twice", async () => {
  const step = fc.record({
    act: fc.constantFrom(...Object.keys(acts), "approve", "file", "deliver", "deliver", "collect", "collect"),
    pick: fc.nat({ max: 1_000_000 }),
    dies: fc.constantFrom(0, 0, 0, 1, 2, 3),
    breaks: fc.constantFrom(undefined, undefined, undefined, "before" as const, "after" as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      await acts["unblock"]!(0);
      for (let one = 0; one < 4; one += 1) await acts["approve"]!(count);
      for (const one of steps) {
        ({ dies, breaks } = one);
        await acts[one.act]!(one.pick).catch((fault: unknown) => {
          if ((fault as { code?: string }).code !== "killed") throw fault;
        });
        dies = 0;
      }
      assert.deepEqual(await proveBooks(payments), []);
    }),
    { numRuns: 12 },
  );
  breaks = undefined;
  for (let round = 0; round < 6; round += 1) {
    for (const act of ["unblock", "file", "deliver", "collect", "bankDay", "collect"]) await acts[act]!(0);
  }
  assert.deepEqual(await proveBooks(payments), []);

  const entitlementOf = (id: string): string => id.slice(0, 32);
  const out = new Map<string, number>();
  for (const [id, { debits, credits }] of await netPaid()) {
    assert.ok(debits <= 1 && credits <= debits, `${id} left ${debits} times`);
    out.set(entitlementOf(id), (out.get(entitlementOf(id)) ?? 0) + debits - credits);
  }
  assert.ok(out.size >= 8, "the test must have moved money");
  for (const [id, times] of out) assert.ok(times <= 1, `entitlement ${id} is with its payee ${times} times`);

  const live = await payments.database.query(
    `select entitlement from payments.instruction
      where state not in ('rerouted', 'abandoned', 'cancelled', 'recovered', 'written-off') group by 1 having count(*) > 1`,
  );
  assert.deepEqual(live, []);
  const over = await payments.database.query(
    `select i.entitlement from payments.instruction i join payments.entitlement t on t.id = i.entitlement
      where i.state in ('settled', 'recovery-open', 'recovered', 'written-off')
      group by 1, t.amount having sum(i.amount) > t.amount`,
  );
  assert.deepEqual(over, []);
});
