import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { beginPayment, carryCharges, proveFees, refundCharge, settleDay, stopPayment } from "#payments";
import { testDatabase } from "#store/testing";
import { feeOf, startSandbox } from "./testing.ts";

let now = new Date("2026-01-05T01:30:00Z").getTime();
const clock = { now: () => new Date(now) };
const forward = (seconds: number): void => void (now += seconds * 1000);

const ours = await testDatabase();
const sandbox = await startSandbox({ ours, theirs: await testDatabase(), clock });
const { fees, pay, outcomes } = sandbox;
test.after(() => sandbox.close());

async function begin(reference: string): Promise<{ fee: string; charge: string; redirect: string }> {
  const fee = await feeOf(fees, reference);
  const begun = await beginPayment(fees, { fee: fee.id, payer: fee.payer, provider: "sandbox", language: "en" });
  assert.ok(begun.ok, JSON.stringify(begun));
  return { fee: fee.id, ...begun.value };
}

/** What the payer does at the provider: answers where the browser goes then. */
async function choose(redirect: string, ending: string, method: string = "card"): Promise<string> {
  const answer = await fetch(redirect, {
    method: "POST",
    body: new URLSearchParams({ method, ending }),
    redirect: "manual",
  });
  assert.equal(answer.status, 303);
  return answer.headers.get("location")!;
}

async function stateOf(charge: string): Promise<string> {
  const row = await ours.one<{ state: string }>("select state from payments.charge where id = $1", [charge]);
  return row!.state;
}

/** Notifications that are due, then what the portal's own rounds do, over half an hour. */
async function letTimePass(): Promise<void> {
  for (const seconds of [0, 10, 60, 400, 2000, 1000]) {
    forward(seconds);
    await pay.deliver();
    await carryCharges(fees);
  }
}

test("every magic card and counter, over HTTP, ends as it says", async () => {
  const expected: Readonly<Record<string, string>> = {
    "card 0000": "succeeded",
    "card 0002": "failed",
    "card 0003": "failed",
    "card 0101": "succeeded",
    "card 0102": "failed",
    "card 0201": "succeeded",
    "card 0202": "succeeded",
    "card 0203": "succeeded",
    "card 0301": "succeeded",
    "card 0401": "refunded",
    "card 0601": "succeeded",
    "card 0801": "succeeded",
    "convenience-store pay-soon": "succeeded",
    "bank-transfer pay-wrong": "refunded",
    "convenience-store pay-never": "expired",
  };
  const charges = new Map<string, string>();
  for (const way of Object.keys(expected)) {
    const [method, ending] = way.split(" ") as [string, string];
    const { charge, redirect } = await begin(`W-${way}`);
    charges.set(way, charge);
    const back = await choose(redirect, ending, method);
    assert.match(back, method === "card" ? /^http:\/\/portal\.test\/payments\// : /^\/pay\//);
    if (way === "card 0203") assert.equal(await stateOf(charge), "succeeded", "notified before the browser is back");
  }
  await letTimePass();
  const ends: Record<string, string> = {};
  for (const [way, charge] of charges) ends[way] = await stateOf(charge);
  assert.deepEqual(ends, expected);
  assert.ok(outcomes.includes("repeated"), "one was notified twice");
  assert.ok(outcomes.includes("contradiction"), "one was said to have failed after it was paid");
  assert.ok(!outcomes.some((outcome) => outcome.startsWith("notice-")), outcomes.join(" "));
  assert.deepEqual(await proveFees(fees), []);
});

test("money taken after the payer stopped and paid another way goes back", async () => {
  const first = await begin("LATE");
  await choose(first.redirect, "0601");
  const stopped = await stopPayment(fees, { charge: first.charge, payer: "person-1" });
  assert.equal(stopped.ok && stopped.value.charge.state, "cancelled");
  const second = await begin("LATE");
  assert.notEqual(second.charge, first.charge);
  await choose(second.redirect, "0000");
  await letTimePass();
  assert.deepEqual([await stateOf(first.charge), await stateOf(second.charge)], ["refunded", "succeeded"]);
});

test("refunds: done, later, refused", async () => {
  const expected = { "0000": "refunded", "0502": "refunded", "0501": "refund-failed" };
  for (const [ending, end] of Object.entries(expected)) {
    const { charge, redirect } = await begin(`R-${ending}`);
    await choose(redirect, ending);
    await pay.deliver();
    assert.ok((await refundCharge(fees, { charge, by: "officer-1", reason: "paid by mistake" })).ok);
    await letTimePass();
    assert.equal(await stateOf(charge), end);
  }
  assert.deepEqual(await proveFees(fees), []);
});

test("the settlement file is booked line by line; what is missing or short shows", async () => {
  const missing = await begin("S-missing");
  await choose(missing.redirect, "0701");
  const short = await begin("S-short");
  await choose(short.redirect, "0702");
  await pay.deliver();
  const settled = await settleDay(fees, { provider: "sandbox", day: "2026-01-05" });
  assert.ok(
    settled.ok && settled.value.booked > 10,
    JSON.stringify(settled, (_, v: unknown) => String(v)),
  );
  const rows = await ours.query<{ charge: string; outcome: string }>(
    "select charge, outcome from payments.settlement_line where outcome <> 'matched' or charge = $1",
    [missing.charge],
  );
  assert.deepEqual(rows, [{ charge: short.charge, outcome: "amount-differs" }]);
  assert.deepEqual(await settleDay(fees, { provider: "sandbox", day: "2026-01-05" }), {
    ok: true,
    value: { file: "sandbox-2026-01-05.csv", booked: 0 },
  });
  assert.deepEqual(await settleDay(fees, { provider: "sandbox", day: "2025-12-31" }), {
    ok: true,
    value: { file: undefined, booked: 0 },
  });
  assert.deepEqual(await proveFees(fees), []);
});

test("a wrong key opens nothing, a wrong order is refused, and the pages say that this is a simulator in both languages", async () => {
  const closed = await fetch(`${pay.url}/v1/charges/x`);
  assert.equal(closed.status, 401);
  const { redirect } = await begin("PAGES");
  for (const lang of ["zh-Hant", "en"]) {
    const page = await (await fetch(redirect.replace(/lang=.*/, `lang=${lang}`))).text();
    assert.match(page, /這是付款模擬器，不會扣真的錢。/);
    assert.match(page, /This is a payment simulator\. No real money moves\./);
  }
  assert.match(await choose(redirect, "9999"), /wrong=1$/);
});

for (const [point, before] of [
  ["written-not-asked", "created"],
  ["asked-not-noted", "created"],
  ["noted", "started"],
] as const) {
  test(`killed when ${point}: the charge is ${before}, the second click goes on with it, and it is paid once`, async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("./begin-and-wait.ts", import.meta.url)), ours.url, pay.url, point],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const gone = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout })) if (line === point) child.kill("SIGKILL");
    const [, signal] = (await gone) as [number | null, string | null];
    assert.equal(signal, "SIGKILL", "the process must have been killed, not finished");
    now = new Date("2026-01-05T01:31:00Z").getTime();
    const row = await ours.one<{ id: string; state: string }>(
      "select c.id, c.state from payments.charge c join payments.fee f on f.id = c.fee where f.reference = $1",
      [`KILLED-${point}`],
    );
    assert.equal(row?.state, before);
    const again = await begin(`KILLED-${point}`);
    assert.equal(again.charge, row?.id);
    await choose(again.redirect, "0000");
    await pay.deliver();
    assert.equal(await stateOf(again.charge), "succeeded");
  });
}
