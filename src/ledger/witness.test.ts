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
  ask: (body: string) => Promise<Response>;
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
const refusals: [why: string, body: string, status: number, answer?: string][] = [
  ["no checkpoint", "old 8\n", 400],
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
