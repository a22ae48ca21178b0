import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { fixedClock, fromBase64, systemClock, toBase64, utf8 } from "#kernel";
import { testDatabase } from "#store/testing";
import { formatAddCheckpoint } from "./add-checkpoint.ts";
import { formatCheckpoint, parseCheckpoint, validOrigin } from "./checkpoint.ts";
import { cosign, generateLogKey, generateWitnessKey, logVkey, signAsLog, witnessVkey } from "./keys.ts";
import {
  generateMlDsaKey,
  importMlDsaKey,
  mlDsaVkey,
  signWithMlDsa,
  verifyMlDsa44Natively,
  type MlDsaKey,
} from "./ml-dsa-key.ts";
import {
  formatNote,
  mlDsaKeyType,
  parseNote,
  parseSignatureLine,
  parseVkey,
  signedMessage,
  verifyNote,
} from "./note.ts";
import { formatPolicy, parsePolicy } from "./policy.ts";
import { verifyMlDsa44 } from "./signature-kind.ts";
import { running, someEntry, someLog, someWitness } from "./testing.ts";
import { emptyEdge, rootOf } from "./tree.ts";
import { verifyHead } from "./verify-head.ts";
import { verifyReceipt } from "./verify-receipt.ts";
import { openWitness } from "./witness.ts";

const database = await testDatabase();
const name = "witness.example/a";
const origin = "log.example/agency";
const key = generateMlDsaKey(name);
const root = rootOf(emptyEdge);
const text = formatCheckpoint(origin, 0n, root);

/** The outcome of checking one line under `text` with one key. */
async function check(line: string, vkey: string, under: string = text): Promise<string> {
  const [note, parsed] = [parseNote(formatNote(under, [line])), await parseVkey(vkey)];
  assert.ok(note.ok && parsed.ok, JSON.stringify([note, parsed]));
  const signers = await verifyNote(note.value, [parsed.value]);
  return signers.ok ? `${signers.value.length} at ${signers.value[0]?.time}` : signers.reason;
}

test("the signed message is laid out byte for byte as tlog-cosignature says", () => {
  const message = signedMessage(mlDsaKeyType, "ab", "log\n7\n" + toBase64(root) + "\n", 0x0102030405n);
  const expected = Buffer.concat([
    Buffer.from("subtree/v1\n\0"),
    Buffer.from([2]),
    Buffer.from("ab"),
    Buffer.from([0, 0, 0, 1, 2, 3, 4, 5]),
    Buffer.from([3]),
    Buffer.from("log"),
    Buffer.alloc(8),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]),
    root,
  ]);
  assert.deepEqual(Buffer.from(message!), expected);
});

test("what OpenSSL signs JavaScript verifies, and the other way round; a changed bit fails in both", async () => {
  const message = utf8("message");
  const ours = Uint8Array.from(key.sign(message));
  const { secretKey, publicKey } = ml_dsa44.keygen(new Uint8Array(32).fill(7));
  const theirs = Uint8Array.from(ml_dsa44.sign(message, secretKey));
  for (const verify of [verifyMlDsa44, verifyMlDsa44Natively]) {
    assert.equal(await verify(Uint8Array.from(key.publicKey), message, ours), true);
    assert.equal(await verify(Uint8Array.from(publicKey), message, theirs), true);
    for (const at of [0, 31, 1000, 2335, 2336, 2419]) {
      const flipped = Uint8Array.from(ours);
      flipped[at]! ^= 1;
      assert.equal(await verify(Uint8Array.from(key.publicKey), message, flipped), false, `byte ${at}`);
    }
    assert.equal(await verify(Uint8Array.from(publicKey), message, ours), false);
  }
});

test("a line verifies with the key, its time and its text only; a stored key signs on", async () => {
  const line = signWithMlDsa(importMlDsaKey(name, key.exportPem()), text, 1_795_000_000n);
  assert.equal(fromBase64(line.split(" ")[2]!)!.length, 4 + 8 + 2420);
  assert.equal(await check(line, mlDsaVkey(key)), "1 at 1795000000");
  assert.equal(await check(line, mlDsaVkey(key), text.replace("\n0\n", "\n1\n")), `the signature of ${name} is wrong`);
  assert.equal(await check(line, mlDsaVkey(generateMlDsaKey(name))), "0 at undefined", "another key's line is ignored");
  assert.equal(await check(line, mlDsaVkey(key), "no checkpoint\n"), `the key of ${name} signs checkpoints only`);
  const bytes = fromBase64(line.split(" ")[2]!)!;
  const withTime = (time: bigint): string => {
    const copy = Uint8Array.from(bytes);
    new DataView(copy.buffer).setBigUint64(4, time);
    return `\u2014 ${name} ${toBase64(copy)}`;
  };
  assert.match(await check(withTime(1_795_000_001n), mlDsaVkey(key)), /is wrong/);
  assert.match(await check(withTime(2n ** 63n), mlDsaVkey(key)), /states no time/);
  assert.match(await check(`\u2014 ${name} ${toBase64(bytes.slice(0, -1))}`, mlDsaVkey(key)), /wrong length/);
});

test("names and origins have 1 to 255 bytes", async () => {
  const long = "ä".repeat(128);
  assert.throws(() => generateMlDsaKey(long), { code: "key-name-invalid" });
  assert.equal((await parseVkey(mlDsaVkey(generateMlDsaKey("a".repeat(255))))).ok, true);
  assert.equal((await parseVkey(mlDsaVkey({ ...key, name: "a".repeat(256) }))).ok, false);
  assert.deepEqual([validOrigin("a".repeat(255)), validOrigin(long)], [true, false]);
  const foreign = formatCheckpoint(long, 0n, root);
  assert.throws(() => signWithMlDsa(key, foreign, 1n), { code: "ledger-text-unsignable" });
});

test("a policy takes both kinds; one witness with two keys counts once", async () => {
  const witnessKeys = ["a", "b"].map((one) => ({ ed: generateWitnessKey(one), ml: generateMlDsaKey(one) }));
  const logKey = generateLogKey(origin);
  const witnesses = witnessKeys.map(({ ed, ml }) => ({
    name: ed.name,
    vkey: witnessVkey(ed),
    mlDsaVkey: mlDsaVkey(ml),
  }));
  const policyText = formatPolicy({ logs: [logVkey(logKey)], witnesses, quorum: 2 });
  const policy = await parsePolicy(policyText);
  assert.ok(policy.ok, JSON.stringify(policy));
  const [a, b] = witnessKeys as [(typeof witnessKeys)[0], (typeof witnessKeys)[0]];
  const outcome = async (...lines: string[]): Promise<string> => {
    const head = parseCheckpoint(formatNote(text, [signAsLog(logKey, text), ...lines]));
    assert.ok(head.ok);
    const verdict = await verifyHead(head.value, policy.value, new Date(2_000_000));
    return verdict.ok ? verdict.witnesses.map((witness) => witness.name).join() : verdict.reason;
  };
  assert.equal(await outcome(cosign(a.ed, text, 1n), signWithMlDsa(b.ml, text, 2n)), "a,b/ml-dsa-44");
  assert.match(await outcome(cosign(a.ed, text, 1n), signWithMlDsa(a.ml, text, 1n)), /^only 2 known witnesses/);
  assert.match(
    await outcome(cosign(a.ed, text, 1n), signWithMlDsa(b.ml, text, 0n)),
    /^only 1 known/,
    "time 0 claims nothing",
  );
  assert.match(await outcome(cosign(a.ed, text, 1n), signWithMlDsa(b.ml, text, 9_999n)), /dated in the future/);
  const twice = `witness a ${mlDsaVkey(a.ml)}\nwitness b ${mlDsaVkey({ ...a.ml, name: "b" })}\nquorum none\n`;
  assert.match(((await parsePolicy(twice)) as { reason: string }).reason, /listed twice/);
  assert.match(
    ((await parsePolicy(`witness a ${logVkey(logKey)}\nquorum none\n`)) as { reason: string }).reason,
    /wrong type/,
  );
});

test("a witness with both keys answers both lines, and shows the very same to monitors", async () => {
  const logKey = generateLogKey(origin);
  const witness = await openWitness({
    database,
    name,
    key: generateWitnessKey(name),
    mlDsaKey: key,
    clock: fixedClock("2026-11-22T08:00:00Z"),
    logs: [{ origin, vkey: logVkey(logKey) }],
  });
  const note = formatNote(text, [signAsLog(logKey, text)]);
  const body = formatAddCheckpoint(0n, [], note);
  const answer = await (await witness.handle(new Request("http://w/add-checkpoint", { method: "POST", body }))).text();
  const lines = answer.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  for (const [line, vkey] of [
    [lines[0]!, witness.vkey],
    [lines[1]!, witness.mlDsaVkey!],
  ] as const) {
    assert.ok(parseSignatureLine(line));
    assert.equal(await check(line, vkey), `1 at ${Date.parse("2026-11-22T08:00:00Z") / 1000}`);
  }
  const monitored = `http://w/${createHash("sha256").update(origin).digest("hex")}/checkpoint`;
  for (let n = 0; n < 2; n += 1) {
    assert.equal(await (await witness.handle(new Request(monitored))).text(), note + answer);
  }
});

test("a log and its witness sign with both keys; a receipt is good under the ML-DSA keys alone", async () => {
  const log = someLog();
  const logMlDsaKey = generateMlDsaKey(log.origin);
  const witness = await someWitness("pq", log, undefined, generateMlDsaKey);
  const opened = await log.open(database, { mlDsaKey: logMlDsaKey, witnesses: [witness] });
  const staged = await opened.append(database, someEntry());
  const receipt = await running(opened, async () => {
    assert.equal((await opened.wait(staged, "witnessed", 5000)).stage, "witnessed");
    return (await opened.receipt(staged))!;
  });
  const note = receipt.proof.split("\n\n").at(-1)!;
  assert.equal(note.trimEnd().split("\n").length, 4, "two lines of the log, two of the witness");
  const under = (logs: string[], witnessVkey: string): string =>
    formatPolicy({ logs, witnesses: [{ name: "pq", vkey: witnessVkey }], quorum: 1 });
  const verdicts = await Promise.all(
    [
      under([opened.vkey], witness.vkey),
      under([opened.mlDsaVkey!], witness.mlDsaVkey!),
      under([opened.vkey, opened.mlDsaVkey!], witness.mlDsaVkey!),
      under([mlDsaVkey(generateMlDsaKey(log.origin))], witness.mlDsaVkey!),
      under([opened.vkey], mlDsaVkey(generateMlDsaKey(name))),
    ].map(async (policy) => verifyReceipt(receipt, policy)),
  );
  assert.deepEqual(
    verdicts.map((verdict) => (verdict.ok ? "ok" : verdict.step)),
    ["ok", "ok", "ok", "log-signature", "quorum"],
  );
});

test("a log whose ML-DSA key has another name is not opened", async () => {
  const mlDsaKey: MlDsaKey = generateMlDsaKey("other.example");
  await assert.rejects(someLog().open(database, { mlDsaKey }), { code: "ledger-origin-invalid" });
  const witness = { name: "w", vkey: logVkey(generateLogKey("w")), url: "http://127.0.0.1:9" };
  await assert.rejects(someLog().open(database, { witnesses: [witness], clock: systemClock }), {
    code: "ledger-key-invalid",
  });
});
