import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alarm, Witness } from "#ledger";
import { testDatabase } from "#store/testing";
import { formatCheckpoint } from "./checkpoint.ts";
import { cosign, generateWitnessKey } from "./keys.ts";
import { generateMlDsaKey, signWithMlDsa } from "./ml-dsa-key.ts";
import { running, someEntry, someLog, someWitness, until } from "./testing.ts";
import { emptyEdge, rootOf } from "./tree.ts";

const database = await testDatabase();

type Answer = (request: Request, witness: Witness) => Promise<Response>;
const says =
  (status: number, body: string = ""): Answer =>
  async () =>
    new Response(body, { status });

// How a log takes what a witness may do to it: one alarm that says which witness and what, and nothing kept.
const misdeeds: [why: string, answer: Answer, kind: Alarm["kind"], detail: RegExp][] = [
  ["does not know the log", says(404), "witness-misconfigured", /404/],
  ["does not know the log's key", says(403), "witness-misconfigured", /403/],
  ["refuses the request", says(400), "witness-refused", /400/],
  ["refuses the proof", says(422), "witness-refused", /422/],
  ["is out of order", says(500), "witness-silent", /500/],
  ["asks to go elsewhere", async () => Response.redirect("http://127.0.0.1:1/", 302), "witness-silent", /TypeError/],
  ["reports no size", says(409, "many\n"), "witness-silent", /409 without a size/],
  ["reports a size with a leading zero", says(409, "07\n"), "witness-silent", /409 without a size/],
  ["reports size 0 again and again", says(409, "0\n"), "witness-silent", /kept changing/],
  ["claims a tree larger than the log's", says(409, "1000\n"), "frozen", /has cosigned size 1000/],
  ["answers without end", async () => new Response("x".repeat(100_000)), "witness-silent", /too large/],
  ["answers nothing", says(200), "witness-silent", /no good cosignature/],
  ["answers text", says(200, "signed, sincerely\n"), "witness-silent", /no good cosignature/],
  [
    "does not answer in time",
    async () => {
      await new Promise((wake) => setTimeout(wake, 1500));
      return new Response("");
    },
    "witness-silent",
    /TimeoutError/,
  ],
];
test("whatever a witness answers, the log says once what is wrong and keeps none of it", async (t) => {
  await Promise.all(
    misdeeds.map(([why, answer, kind, detail]) =>
      t.test(`a witness that ${why}`, async () => {
        const some = someLog();
        const alarms: Alarm[] = [];
        const witness = await someWitness("audit.example", some, answer);
        const log = await some.open(database, { witnesses: [witness], onAlarm: (alarm) => alarms.push(alarm) });
        await running(log, async () => {
          await until(() => alarms.length > 0);
          const [alarm] = alarms;
          assert.deepEqual([alarm?.kind, alarm?.witness, alarm?.origin], [kind, "audit.example", some.origin]);
          assert.match(alarm!.detail, detail);
          assert.equal((await log.status()).frozen !== undefined, kind === "frozen");
        });
        assert.deepEqual((await log.status()).witnesses, []);
      }),
    ),
  );
});

test("a slow witness delays nobody else: the quorum of the others is reached before its time is over", async () => {
  const some = someLog();
  const slow = await someWitness("slow.example", some, async () => {
    await new Promise((wake) => setTimeout(wake, 1500));
    return new Response("");
  });
  const quick = await someWitness("quick.example", some);
  const alarms: Alarm[] = [];
  const onAlarm = (alarm: Alarm): number => alarms.push(alarm);
  const log = await some.open(database, { witnesses: [slow, quick], quorum: 1, onAlarm });
  await running(log, async () => {
    const staged = await log.append(database, someEntry());
    assert.equal((await log.wait(staged, "witnessed", 4000)).stage, "witnessed");
    assert.deepEqual(alarms, [], "nobody has given up on the slow one yet");
  });
});

test("of a witness's lines the good ones of its own keys are kept", async () => {
  const some = someLog();
  const head = formatCheckpoint(some.origin, 0n, rootOf(emptyEdge));
  const stranger = cosign(generateWitnessKey("audit.example"), head, 1n);
  const witness = await someWitness("audit.example", some, async (request, real) => {
    const good = await (await real.handle(request)).text();
    return new Response(`rubbish\n${stranger}\n${good}`);
  });
  const log = await some.open(database, { witnesses: [witness] });
  await running(log, () => until(async () => (await log.status()).witnesses.length === 1));
  const lines = (await log.status()).checkpoint.trimEnd().split("\n").slice(4);
  assert.equal(lines.length, 2, "the log's own and the witness's");
  assert.ok(!lines.includes(stranger));
});

test("a cosignature that states no time is not taken", async () => {
  const some = someLog();
  const key = generateMlDsaKey("audit.example");
  const head = formatCheckpoint(some.origin, 0n, rootOf(emptyEdge));
  const line = signWithMlDsa(key, head, 0n);
  const witness = await someWitness("audit.example", some, says(200, `${line}\n`), () => key);
  const alarms: Alarm[] = [];
  const log = await some.open(database, { witnesses: [witness], onAlarm: (alarm) => alarms.push(alarm) });
  await running(log, () => until(() => alarms.length > 0));
  assert.match(alarms[0]!.detail, /no good cosignature/);
});
