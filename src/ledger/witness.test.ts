import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fixedClock, toBase64, toHex } from "#kernel";
import { generateLogKey, generateWitnessKey, logVkey, openWitness, type LogKey, type Witness } from "#ledger";
import { testDatabase } from "#store/testing";
import { formatAddCheckpoint } from "./add-checkpoint.ts";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { signAsLog } from "./keys.ts";
import { formatNote, parseSignatureLine, parseVkey, verifyNote } from "./note.ts";
import { consistencyRanges, hashRanges } from "./prove.ts";
import { tilePath } from "./tile-path.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const database = await testDatabase();
const clock = fixedClock("2026-11-22T08:00:00Z");

function tree(size: number, salt: string = ""): { root: Uint8Array; proof: (old: number) => Uint8Array[] } {
  const entries = Array.from({ length: size }, (_, index) => Buffer.from(`${salt}${index}`));
  const { edge, resources } = extend(emptyEdge, entries);
  const files = new Map(resources.map(({ path, body }) => [path, body]));
  return {
    root: rootOf(edge),
    proof: (old) =>
      hashRanges(BigInt(size), consistencyRanges(BigInt(old), BigInt(size)), (name) => files.get(tilePath(name))!),
  };
}

/** A witness that follows one log of its own, with what is needed to ask it. */
async function fresh(origin: string): Promise<{
  witness: Witness;
  note: (size: number, root?: Uint8Array, signer?: LogKey) => string;
  ask: (body: string | Uint8Array<ArrayBuffer>) => Promise<Response>;
}> {
  const key = generateLogKey(origin);
  const logs = [{ origin, vkey: logVkey(key) }];
  const witnessKey = generateWitnessKey("audit.example");
  const witness = await openWitness({ database, name: witnessKey.name, key: witnessKey, clock, logs });
  return {
    witness,
    note: (size, root = tree(size).root, signer = key) => {
      const text = formatCheckpoint(origin, BigInt(size), root);
      return formatNote(text, [signAsLog(signer, text)]);
    },
    ask: (body) => witness.handle(new Request("http://w/prefix/add-checkpoint", { method: "POST", body })),
  };
}

const origin = "log.example/agency";
const { witness, note, ask } = await fresh(origin);
const monitoring = `http://w/${toHex(createHash("sha256").update(origin).digest())}/checkpoint`;

test("before anything was seen there is nothing to monitor", async () => {
  assert.equal((await witness.handle(new Request(monitoring))).status, 404);
});

test("the first checkpoint and its successor are cosigned; the monitor shows what was cosigned", async () => {
  assert.equal((await ask(formatAddCheckpoint(0n, [], note(3)))).status, 200);
  const response = await ask(formatAddCheckpoint(3n, tree(8).proof(3), note(8)));
  assert.equal(response.status, 200);
  const line = (await response.text()).trimEnd();
  const vkey = await parseVkey(witness.vkey);
  const head = parseCheckpoint(note(8));
  assert.ok(vkey.ok && head.ok);
  const signed = { text: head.value.note.text, signatures: [parseSignatureLine(line)!] };
  const signers = await verifyNote(signed, [vkey.value]);
  assert.equal(signers.ok && signers.value[0]?.time, BigInt(Date.parse("2026-11-22T08:00:00Z") / 1000));
  assert.equal(await (await witness.handle(new Request(monitoring))).text(), `${note(8)}${line}\n`);
});

// The table of "add-checkpoint" in tlog-witness. The witness stands at size 8.
const foreign = generateLogKey(origin);
const padding = `${toBase64(new Uint8Array(32))}\n`;
const refusals: [why: string, body: string | Uint8Array<ArrayBuffer>, status: number, answer?: string][] = [
  ["nothing", "", 400],
  ["no checkpoint", "old 8\n", 400],
  ["bytes that are no UTF-8", Uint8Array.of(0x6f, 0x6c, 0x64, 0xff, 0x0a), 400],
  ["a byte order mark", `\uFEFF${formatAddCheckpoint(8n, [], note(8))}`, 400],
  ["an old size above 2^63", formatAddCheckpoint(2n ** 63n, [], note(8)), 400],
  ["a hash that is not base64", `old 8\n${"*".repeat(44)}\n\n${note(8)}`, 400],
  ["a checkpoint without signatures", formatAddCheckpoint(8n, [], `${note(8).split("\n\n")[0]}\n\n`), 400],
  ["old with a leading zero", formatAddCheckpoint(8n, [], note(8)).replace("old 8", "old 08"), 400],
  ["a hash of 31 bytes", `old 8\n${toBase64(new Uint8Array(31))}\n\n${note(8)}`, 400],
  ["64 hashes", `old 8\n${padding.repeat(64)}\n${note(8)}`, 400],
  ["a carriage return", formatAddCheckpoint(8n, [], note(8)).replaceAll("\n", "\r\n"), 400],
  ["a hyphen for the dash", formatAddCheckpoint(8n, [], note(8).replace("\u2014", "-")), 400],
  ["a body above 128 KiB", "x".repeat(128 * 1024 + 1), 413],
  ["a log it does not follow", formatAddCheckpoint(8n, [], note(8).replaceAll(origin, "other.example")), 404],
  ["another key under the log's name", formatAddCheckpoint(8n, [], note(8, tree(8).root, foreign)), 403],
  ["a bad signature of the log", formatAddCheckpoint(8n, [], note(8).replace("\n8\n", "\n9\n")), 403],
  ["old above the size", formatAddCheckpoint(9n, [], note(8)), 400],
  ["size 0 with a root", formatAddCheckpoint(0n, [], note(0, tree(1).root)), 422],
  ["an old size that is not the recorded one", formatAddCheckpoint(3n, tree(9).proof(3), note(9)), 409, "8\n"],
  ["a client that knows nothing", formatAddCheckpoint(0n, [], note(9)), 409, "8\n"],
  ["a smaller tree", formatAddCheckpoint(3n, [], note(3)), 409, "8\n"],
  ["another root for the same size", formatAddCheckpoint(8n, [], note(8, tree(8, "x").root)), 422],
  ["a tree that dropped a leaf", formatAddCheckpoint(8n, tree(9, "x").proof(8), note(9, tree(9, "x").root)), 422],
  // What comes first in the table is answered first.
  ["shape before origin", formatAddCheckpoint(8n, [], note(8).replaceAll(origin, "x")).replace("old 8", "old 08"), 400],
  ["origin before old", formatAddCheckpoint(99n, [], note(8).replaceAll(origin, "other.example")), 404],
  ["signature before old", formatAddCheckpoint(99n, [], note(8, tree(8).root, foreign)), 403],
  ["signature before root", formatAddCheckpoint(0n, [], note(0, tree(1).root, foreign)), 403],
  ["old above size before the recorded one", formatAddCheckpoint(10n, [], note(9)), 400],
  ["the recorded size before the proof", formatAddCheckpoint(0n, tree(9).proof(8), note(9)), 409, "8\n"],
  ["63 hashes: a shape that is right, a proof that is not", `old 8\n${padding.repeat(63)}\n${note(9)}`, 422],
  ["a proof for the same size", formatAddCheckpoint(8n, [new Uint8Array(32)], note(8)), 422],
  ["a proof too long", formatAddCheckpoint(8n, [...tree(9).proof(8), new Uint8Array(32)], note(9)), 422],
  ["a proof cut short", formatAddCheckpoint(8n, tree(9).proof(8).slice(1), note(9)), 422],
];
for (const [why, body, status, answer] of refusals) {
  test(`refused with ${status}: ${why}`, async () => {
    const response = await ask(body);
    assert.equal(response.status, status);
    if (answer !== undefined) {
      assert.equal(response.headers.get("content-type"), "text/x.tlog.size");
      assert.equal(await response.text(), answer);
    }
    const after = parseCheckpoint(await (await witness.handle(new Request(monitoring))).text());
    assert.equal(after.ok && after.value.size, 8n, "a refusal changes nothing");
  });
}

test("from size 0 the proof must be empty", async () => {
  const { note, ask } = await fresh("log.example/new");
  assert.equal((await ask(formatAddCheckpoint(0n, [new Uint8Array(32)], note(3)))).status, 422);
});

test("a fork that the log signed is kept as evidence, with what it contradicts", async () => {
  const { note, ask } = await fresh("log.example/fork");
  await ask(formatAddCheckpoint(0n, [], note(8)));
  const fork = note(8, tree(8, "x").root);
  for (let n = 0; n < 2; n += 1) assert.equal((await ask(formatAddCheckpoint(8n, [], fork))).status, 422);
  const evidence = "select note, recorded_note from ledger.witness_evidence where origin = 'log.example/fork'";
  assert.deepEqual(await database.query(evidence), [{ note: fork, recorded_note: note(8) }]);
});

test("of two trees sent at once from one size, one is cosigned and the other learns the new size", async () => {
  const { note, ask } = await fresh("log.example/race");
  await ask(formatAddCheckpoint(0n, [], note(8)));
  const answers = await Promise.all(
    [9, 10, 11, 12].map((size) => ask(formatAddCheckpoint(8n, tree(size).proof(8), note(size)))),
  );
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
  assert.deepEqual(statuses, [200, 409, 409, 409]);
});

test("a refresh is signed with the present time, and a clock that steps back does not take the time with it", async () => {
  const { note, ask } = await fresh("log.example/clock");
  const time = async (): Promise<bigint> => {
    const response = await ask(formatAddCheckpoint(0n, [], note(0)));
    const { signature } = parseSignatureLine((await response.text()).trimEnd())!;
    return new DataView(signature.buffer).getBigUint64(0);
  };
  clock.set("2026-11-22T09:00:00Z");
  const first = await time();
  clock.advance(60_000);
  assert.equal(await time(), first + 60n);
  clock.set("2026-11-22T07:00:00Z");
  assert.equal(await time(), first + 60n);
});

test("a body that never ends is not read to its end", async () => {
  const { witness } = await fresh("log.example/endless");
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 1;
      controller.enqueue(new Uint8Array(16 * 1024));
    },
  });
  const init = { method: "POST", body, duplex: "half" } as const;
  const response = await witness.handle(new Request("http://w/add-checkpoint", init));
  assert.equal(response.status, 413);
  assert.ok(sent < 20, `${sent} pieces`);
});

test("lines of unknown keys are dropped: only what the log verifiably signed is kept and shown", async () => {
  const { witness, note, ask } = await fresh("log.example/lines");
  const given = note(3);
  const text = given.slice(0, given.indexOf("\n\n") + 1);
  const strangers = Array.from({ length: 16 }, (_, at) => `${signAsLog(generateLogKey(`stranger-${at}`), text)}\n`);
  const response = await ask(formatAddCheckpoint(0n, [], given + strangers.join("")));
  assert.equal(response.status, 200);
  const hash = toHex(createHash("sha256").update("log.example/lines").digest());
  const shown = await (await witness.handle(new Request(`http://w/${hash}/checkpoint`))).text();
  assert.equal(shown, given + (await response.text()));
});

test("a log that changes its key: both lines are checked, one good line of a listed key is enough", async () => {
  const name = "log.example/rotates";
  const [old, next] = [generateLogKey(name), generateLogKey(name)];
  const key = generateWitnessKey("audit.example");
  const logs = [old, next].map((one) => ({ origin: name, vkey: logVkey(one) }));
  const rotating = await openWitness({ database, name: key.name, key, clock, logs });
  const ask = async (size: number, from: number, lines: (text: string) => string[]): Promise<number> => {
    const text = formatCheckpoint(name, BigInt(size), tree(size).root);
    const body = formatAddCheckpoint(BigInt(from), tree(size).proof(from), formatNote(text, lines(text)));
    return (await rotating.handle(new Request("http://w/add-checkpoint", { method: "POST", body }))).status;
  };
  assert.equal(await ask(2, 0, (text) => [signAsLog(old, text)]), 200);
  assert.equal(await ask(4, 2, (text) => [signAsLog(old, text), signAsLog(next, text)]), 200);
  assert.equal(await ask(6, 4, (text) => [signAsLog(old, text), signAsLog(next, "other\n")]), 403);
  assert.equal(await ask(6, 4, (text) => [signAsLog(next, text)]), 200);
});

test("of refreshes and growth sent at once none turns size or time back", async () => {
  const { note, ask } = await fresh("log.example/both");
  clock.set("2026-11-22T10:00:00Z");
  await ask(formatAddCheckpoint(0n, [], note(8)));
  const bodies = [formatAddCheckpoint(8n, [], note(8)), formatAddCheckpoint(8n, tree(9).proof(8), note(9))];
  for (let n = 0; n < 5; n += 1) {
    clock.advance(n % 2 === 0 ? -3_600_000 : 60_000);
    for (const { status } of await Promise.all([...bodies, ...bodies].map(ask))) assert.ok([200, 409].includes(status));
  }
  const row = "select size, cosigned_at as at from ledger.witness_head where origin = 'log.example/both'";
  const recorded = await database.one<{ size: bigint; at: bigint }>(row);
  assert.equal(recorded?.size, 9n);
  assert.ok(recorded.at >= BigInt(Date.parse("2026-11-22T10:00:00Z") / 1000));
});

test("other paths and methods are refused", async () => {
  const ask = async (path: string, method: string): Promise<number> =>
    (await witness.handle(new Request(`http://w/${path}`, { method }))).status;
  assert.deepEqual(
    await Promise.all([ask("add-checkpoint", "GET"), ask("sign-subtree", "POST"), ask("", "GET")]),
    [405, 404, 404],
  );
});
