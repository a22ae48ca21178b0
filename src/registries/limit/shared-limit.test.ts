import assert from "node:assert/strict";
import test from "node:test";
import { openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import { openSharedLimits, type CallLimit } from "./shared-limit.ts";

const database = await testDatabase();
const other = openDatabase(database.url, { max: 2 });
test.after(() => other.close());
const one = await openSharedLimits(database);
const two = await openSharedLimits(other);

async function allowed(limits: readonly CallLimit[], client: string, calls: number): Promise<number> {
  const waits = await Promise.all(
    Array.from({ length: calls }, async (_, at) => limits[at % limits.length]!.take(client)),
  );
  return waits.filter((wait) => wait === 0).length;
}

/** Lets time pass for what the database counts. */
const pass = (seconds: number): Promise<number> =>
  database.run("update registries.call_share set filled_at = filled_at - make_interval(secs => $1)", [seconds]);

test("two processes give a client together what one would, and to each client its own", async () => {
  const limits = [one, two].map((process) => process.limit("s/few", 6));
  assert.equal(await allowed(limits, "A", 20), 6);
  const wait = await limits[0]!.take("A");
  assert.ok(wait > 0 && wait <= 10, String(wait));
  assert.equal(await allowed(limits, "B", 4), 4);
  assert.equal(await allowed([one.limit("s/other", 6)], "A", 4), 4);
  await pass(20);
  const fresh = [one, two].map((process) => process.limit("s/few", 6));
  assert.equal(await allowed(fresh, "A", 20), 2);
});

test("many calls cost few statements, refused ones none", async () => {
  let statements = 0;
  const counting = new Proxy(database, {
    get(target, name) {
      if (name === "one") statements += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  let time = 0;
  const limits = await openSharedLimits(counting, () => time);
  const limit = limits.limit("s/many", 600);
  statements = 0;
  assert.equal(await allowed([limit], "A", 100), 100);
  assert.equal(statements, 10, "a second's worth at a time");
  await allowed([limit], "A", 600);
  statements = 0;
  const waits = await Promise.all(Array.from({ length: 100 }, async () => limit.take("A")));
  assert.ok(waits.every((wait) => wait === 1));
  assert.equal(statements, 0);
  time += 1001;
  await pass(1);
  assert.equal(await limit.take("A"), 0);
  assert.equal(statements, 1);
  // What was taken and not used in its second is lost, and taken anew.
  time += 1001;
  await pass(1);
  assert.equal(await limit.take("A"), 0);
  assert.equal(statements, 2);
});

test("without the database each process counts by itself", async () => {
  const gone = openDatabase(database.url, { max: 1 });
  const limit = (await openSharedLimits(gone)).limit("s/gone", 3);
  await gone.close();
  assert.equal(await allowed([limit], "A", 10), 3);
});
