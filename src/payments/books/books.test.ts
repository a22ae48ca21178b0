import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { proveBooks, readBooks, setBudget } from "./books.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { grantEntitlement } from "../grant.ts";
import { moveAlong } from "../move.ts";
import { makeFile } from "../bank/make-file.ts";
import { releasePayment } from "../release.ts";
import { accountOf, edges } from "../states.ts";
import { lockInstruction } from "../store.ts";
import { grantFor, released, testChannel, testPayments } from "../testing.ts";

const payments = await testPayments();
const { database } = payments;

async function standing(programme = "main"): Promise<Record<string, bigint>> {
  const rows = (await readBooks(payments)).filter((row) => row.programme === programme && row.balance !== 0n);
  return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]));
}

test("a budget is reserved at the second approval and leaves with the file; an overdraft is refused and changes nothing", async () => {
  assert.ok((await setBudget(payments, { programme: "main", amount: 40_000n, reason: "Act 1" })).ok);
  await released(payments, grantFor("B-1"));
  assert.deepEqual(await standing(), { treasury: -40_000n, appropriation: 21_250n, encumbered: 18_750n });
  await released(payments, grantFor("B-2"));
  const third = await grantEntitlement(payments, grantFor("B-3"));
  assert.ok(third.ok);
  const { entitlementId } = third.value;
  const before = await standing();
  const refused = await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" });
  assert.equal(!refused.ok && refused.error.code, "budget-exhausted");
  assert.deepEqual(await standing(), before);
  const cut = await setBudget(payments, { programme: "main", amount: 37_499n, reason: "Act 2" });
  assert.equal(!cut.ok && cut.error.code, "budget-exhausted");
  assert.ok((await setBudget(payments, { programme: "main", amount: 1_000_000n, reason: "Act 3" })).ok);
  assert.ok((await releasePayment(payments, { entitlementId, releasedBy: "officer:wang" })).ok);
  assert.ok((await makeFile(payments)).ok);
  await deliverFiles(payments, testChannel());
  assert.deepEqual(await standing(), { treasury: -1_000_000n, appropriation: 943_750n, "in-transit": 56_250n });
  assert.deepEqual(await proveBooks(payments), []);
});

test("nobody writes a balance, half a posting, or changes one that is there", async () => {
  for (const sql of [
    "update payments.account set balance = 5 where kind = 'in-transit'",
    "insert into payments.account (programme, kind, balance) values ('main', 'suspense', 5)",
    "delete from payments.account",
  ])
    await assert.rejects(database.run(sql), { code: "TP002" }, sql);
  await assert.rejects(database.run("update payments.transfer set amount = 1"), { code: "TP003" });
  await assert.rejects(
    database.run(
      "insert into payments.transfer (programme, from_account, to_account, amount, at) values ('main', 'paid', 'returned', 1, now())",
    ),
    { code: "23514" },
  );
});

test("whatever a walk through the graph does, and whatever is refused, every dollar is somewhere", async () => {
  const walked = await testPayments();
  assert.ok((await setBudget(walked, { programme: "main", amount: 60_000n, reason: "Act" })).ok);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 25 }), async (choices) => {
      const granted = await grantEntitlement(walked, grantFor(`W-${(count += 1)}`));
      assert.ok(granted.ok);
      for (const choice of choices) {
        await walked.database
          .transaction(async (tx) => {
            const instruction = (await lockInstruction(tx, granted.value.instructionId))!;
            const ways = edges.filter((edge) => edge.from === instruction.state);
            if (ways.length > 0) await moveAlong(walked, tx, instruction, ways[choice % ways.length]!.event, "walk");
          })
          .catch((fault: unknown) => assert.equal((fault as { constraint?: string }).constraint, "account_floor"));
      }
      assert.deepEqual(await proveBooks(walked), []);
    }),
    { numRuns: 25 },
  );
});

test("several events of one statement must follow each other, and book what each moves", async () => {
  const { instructionId } = await released(payments, grantFor("S-1"));
  const chain = (rows: string) =>
    database.run(
      `insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
       select $1, seq, f, e, t, now(), 'test', '{}' from (values ${rows}) as v (seq, f, e, t)`,
      [instructionId],
    );
  await assert.rejects(chain("(5, 'approved', 'batched', 'queued'), (6, 'submitted', 'status-accepted', 'accepted')"), {
    code: "TP001",
  });
  await chain("(5, 'approved', 'batched', 'queued'), (6, 'queued', 'file-sent', 'submitted')");
  assert.deepEqual(await proveBooks(payments), []);
});

test("an account per state: what may have left the house is never free money", () => {
  for (const { from, event, to } of edges)
    if (["submitted", "accepted", "unknown", "settled"].includes(from) && accountOf[to] === "appropriation")
      assert.fail(`${event} frees money that may be out`);
});
