import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOwner } from "./check-owner.ts";
import type { OwnerChannel, OwnerVerdict } from "./contract.ts";
import { testClock, testPayments } from "./testing.ts";

const payments = await testPayments();
const asked: string[] = [];

function bank(verdict: OwnerVerdict | Error): OwnerChannel {
  return {
    ask: async ({ account }) => {
      asked.push(account.number);
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
  };
}

async function ask(
  person: string,
  number: string,
  channel = bank({ result: "match" }),
  patienceMs = 3000,
): Promise<string> {
  const question = {
    person,
    account: { institution: "7000021", number },
    holderNumber: "A700000001",
    holderName: "林𡘙美",
  };
  const answer = await checkOwner(payments, channel, question, patienceMs);
  return answer.ok ? answer.value.verdict.result : answer.error.code;
}

test("the bank's answer comes back; what has no shape is never asked", async () => {
  assert.equal(await ask("p1", "1"), "match");
  assert.equal(await ask("p1", "2", bank({ result: "name-differs", hint: "second-character" })), "name-differs");
  assert.equal(await ask("p1", "x"), "account-invalid");
  assert.deepEqual(asked, ["00000000000001", "00000000000002"]);
});

test("a bank that is down, or silent too long, is unknown", async () => {
  assert.equal(await ask("p2", "3", bank(new Error("connection refused"))), "unknown");
  let aborted = false;
  const silent: OwnerChannel = {
    ask: (_question, signal) =>
      new Promise((_done, fail) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          fail(new Error("aborted"));
        });
      }),
  };
  assert.equal(await ask("p2", "4", silent, 30), "unknown");
  assert.ok(aborted);
});

test("five a person a day, also when asked at once, and again tomorrow", async () => {
  const before = asked.length;
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => ask("p3", String(100 + n))));
  assert.equal(answers.filter((answer) => answer === "owner-check-limit").length, 2);
  assert.equal(asked.length - before, 5, "the bank is not asked beyond the limit");
  testClock.advance(24 * 3_600_000);
  assert.equal(await ask("p3", "101"), "match");
});

test("twenty an account a day, whoever asks", async () => {
  for (let n = 0; n < 20; n += 1) assert.equal(await ask(`q${n}`, "777"), "match");
  assert.equal(await ask("q-last", "777"), "owner-check-limit");
});

test("neither number nor name of the holder is stored", async () => {
  const rows = await payments.database.query("select * from payments.owner_check");
  assert.ok(rows.length > 20);
  const text = JSON.stringify(rows);
  assert.doesNotMatch(text, /A700000001|林/);
});
