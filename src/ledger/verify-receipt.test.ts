import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fromBase64, toBase64, toBase64Url } from "#kernel";
import {
  commit,
  formatPolicy,
  formatTlogProof,
  parsePolicy,
  parseTlogProof,
  receiptCodes,
  subjectCommitment,
  verifyReceipt,
  type Receipt,
  type Verdict,
} from "#ledger/contract";
import { commitSync, subjectCommitmentSync } from "./commit-sync.ts";
import { formatCheckpoint } from "./checkpoint.ts";
import { cosign, generateLogKey, generateWitnessKey, logVkey, signAsLog, witnessVkey } from "./keys.ts";
import { formatNote } from "./note.ts";
import { hashRanges, inclusionRanges } from "./prove.ts";
import { tilePath } from "./tile-path.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const key = generateLogKey("log.example/agency");
const witnessKeys = ["audit.example", "uni.example", "ngo.example"].map((name) => generateWitnessKey(name));
const witnesses = witnessKeys.map((witness) => ({ name: witness.name.split(".")[0]!, vkey: witnessVkey(witness) }));
const policy = formatPolicy({ logs: [logVkey(key)], witnesses, quorum: 2 });
const time = 1_795_000_000n;
const now = new Date(Number(time) * 1000);

const salt = randomBytes(32);
const entry = {
  v: 1,
  t: "sample",
  sub: subjectCommitmentSync("A700000001", salt),
  rec: commitSync("record", salt),
};

/** A receipt for `entry` at place 5 of 11, with a change here and there. */
function receipt(change: { time?: bigint; cosigners?: typeof witnessKeys; origin?: string } = {}): Receipt {
  const { origin = key.name, cosigners = witnessKeys.slice(0, 2) } = change;
  const bytes = Buffer.from(JSON.stringify(entry));
  const entries = Array.from({ length: 11 }, (_, at) => (at === 5 ? bytes : Buffer.from(`{"at":${at}}`)));
  const { edge, resources } = extend(emptyEdge, entries);
  const files = new Map(resources.map(({ path, body }) => [path, body]));
  const path = hashRanges(11n, inclusionRanges(5n, 11n), (name) => files.get(tilePath(name))!);
  const text = formatCheckpoint(origin, 11n, rootOf(edge));
  const lines = [signAsLog(key, text), ...cosigners.map((witness) => cosign(witness, text, change.time ?? time))];
  return { v: 1, entry: toBase64(bytes), proof: formatTlogProof(5n, path, formatNote(text, lines)) };
}

function outcome(verdict: Verdict): string {
  return verdict.ok ? "ok" : `${verdict.step} ${verdict.code}`;
}

const good = receipt();

test("a good receipt says where, when and who", async () => {
  const verdict = await verifyReceipt(good, policy, now);
  assert.ok(verdict.ok, JSON.stringify(verdict));
  assert.deepEqual([verdict.index, verdict.size, verdict.entry], [5, 11, entry]);
  assert.deepEqual(verdict.witnesses, [
    { name: "audit", time: Number(time) },
    { name: "uni", time: Number(time) },
  ]);
});

const salted = { salt: toBase64Url(salt), value: "record" };
const opening = (commitments: Receipt["opening"]): Receipt => ({ ...good, opening: { commitments } });
const otherPolicy = formatPolicy({ logs: [logVkey(generateLogKey("other.example"))], witnesses, quorum: 2 });
const recounted = (size: string): string => good.proof.replace("\n11\n", `\n${size}\n`);
const unsigned = good.proof
  .split("\n")
  .filter((line) => !line.startsWith(`— ${key.name} `))
  .join("\n");
const retimed = good.proof.replace(/(— audit\S* )(\S+)/, (_, who: string, encoded: string) => {
  const bytes = fromBase64(encoded)!;
  bytes[11]! ^= 1;
  return who + toBase64(bytes);
});
const cases: [why: string, given: unknown, expected: string, policyText?: string][] = [
  ["another version", { ...good, v: 2 }, "format receipt-malformed"],
  ["no proof", { ...good, proof: undefined }, "format receipt-malformed"],
  ["an array", [], "format receipt-malformed"],
  ["an entry that is not base64", { ...good, entry: `${good.entry}=` }, "format receipt-malformed"],
  ["a proof cut off", { ...good, proof: good.proof.slice(0, -1) }, "format note-malformed"],
  [
    "a proof with a carriage return",
    { ...good, proof: good.proof.replace("\n\n", "\r\n\r\n") },
    "format proof-malformed",
  ],
  ["a policy that is none", good, "format policy-malformed", "quorum nobody"],
  ["an entry that is no object", { ...good, entry: toBase64(Buffer.from("[]")) }, "leaf entry-unreadable"],
  ["an empty entry", { ...good, entry: "" }, "leaf entry-unreadable"],
  ["a log the policy does not list", good, "log-signature log-not-in-policy", otherPolicy],
  ["a checkpoint of another origin", receipt({ origin: "log.example/other" }), "log-signature log-not-in-policy"],
  ["one witness of the two needed", receipt({ cosigners: witnessKeys.slice(2) }), "quorum witnesses-too-few"],
  ["one witness twice", receipt({ cosigners: [witnessKeys[0]!, witnessKeys[0]!] }), "quorum witnesses-too-few"],
  [
    "witnesses unknown to the policy",
    receipt({ cosigners: [generateWitnessKey("audit.example")] }),
    "quorum witnesses-too-few",
  ],
  ["a cosignature of tomorrow", receipt({ time: time + 86_400n }), "quorum witness-time-ahead"],
  ["another place", { ...good, proof: good.proof.replace("index 5", "index 6") }, "inclusion root-differs"],
  [
    "a place outside the tree",
    { ...good, proof: good.proof.replace("index 5", "index 11") },
    "inclusion index-outside-tree",
  ],
  ["another entry", { ...good, entry: toBase64(Buffer.from('{"v":1}')) }, "inclusion root-differs"],
  ["another value", opening({ rec: { ...salted, value: "other" } }), "opening opening-differs"],
  ["another salt", opening({ rec: { ...salted, salt: toBase64Url(randomBytes(32)) } }), "opening opening-differs"],
  ["a salt too short to protect", opening({ rec: { ...salted, salt: "" } }), "opening opening-malformed"],
  ["a member the entry does not have", opening({ con: salted }), "opening opening-malformed"],
  ["a subject opened as a record", opening({ sub: salted }), "opening opening-differs"],
  ["an opening that is no object", { ...good, opening: 1 }, "format opening-malformed"],
  ["a tree too large to count", { ...good, proof: recounted("9007199254740993") }, "format tree-too-large"],
  ["a size that is no number", { ...good, proof: recounted("011") }, "format checkpoint-malformed"],
  ["nobody's signature but the witnesses'", { ...good, proof: unsigned }, "log-signature log-signature-missing"],
  ["a head that grew after it was signed", { ...good, proof: recounted("12") }, "log-signature log-signature-wrong"],
  ["a witness's signature under another time", { ...good, proof: retimed }, "quorum witness-signature-wrong"],
  ["a hash left out", { ...good, proof: good.proof.replace(/(index 5\n).*\n/, "$1") }, "inclusion proof-length-wrong"],
];
for (const [why, given, expected, policyText = policy] of cases) {
  test(`fails at ${expected}: ${why}`, async () => {
    assert.equal(outcome(await verifyReceipt(given as Receipt, policyText, now)), expected);
  });
}

test("every code that a receipt can be refused with has its case above", () => {
  const reached = new Set(cases.map(([, , expected]) => expected.split(" ")[1]));
  assert.deepEqual(reached, new Set(receiptCodes));
});

test("an old receipt stays good: age is shown, not judged", async () => {
  assert.equal(outcome(await verifyReceipt(good, policy, new Date("2076-01-01T00:00:00Z"))), "ok");
});

test("no bit of a signature, a hash, the checkpoint or the entry can be flipped", async () => {
  const parsed = parseTlogProof(good.proof);
  assert.ok(parsed.ok);
  const flipped = (encoded: string, at: number): string => {
    const bytes = fromBase64(encoded)!;
    bytes[at % bytes.length]! ^= 1 << (at % 8);
    return toBase64(bytes);
  };
  const pieces = good.proof.split(/[ \n]/).filter((piece) => (fromBase64(piece)?.length ?? 0) >= 32);
  assert.equal(pieces.length, parsed.value.path.length + 1 + 3, "path, root and three signatures");
  for (const piece of pieces) {
    for (const at of [0, 3, 4, 11, 12, 31, 40, 71]) {
      const proof = good.proof.replace(piece, flipped(piece, at));
      assert.notEqual(outcome(await verifyReceipt({ ...good, proof }, policy, now)), "ok", `${piece} at ${at}`);
    }
  }
  for (let at = 0; at < 200; at += 7) {
    assert.notEqual(outcome(await verifyReceipt({ ...good, entry: flipped(good.entry, at) }, policy, now)), "ok");
  }
});

test("commitments are the same in the browser and on the server", async () => {
  assert.equal(await commit("財產", salt), commitSync("財產", salt));
  assert.equal(await subjectCommitment("A700000001", salt), subjectCommitmentSync("A700000001", salt));
  assert.notEqual(commitSync("A700000001", salt), subjectCommitmentSync("A700000001", salt));
});

const [a, b, c] = witnesses.map(({ vkey }) => vkey);
const log = `log ${logVkey(key)}`;
const policies: [why: string, text: string, reason: RegExp | undefined][] = [
  ["comments, tabs and empty lines", `# us\n\n${log}\twww.example\nquorum none\n`, undefined],
  [
    "groups in groups",
    `witness a ${a}\nwitness b ${b}\nwitness c ${c}\ngroup g any a b\ngroup h all g c\nquorum h`,
    undefined,
  ],
  ["no quorum", log, /no quorum/],
  ["two quorums", "quorum none\nquorum none", /second quorum/],
  ["a threshold above the group", `witness a ${a}\ngroup g 2 a\nquorum g`, /threshold/],
  ["a threshold of zero", `witness a ${a}\ngroup g 0 a\nquorum g`, /threshold/],
  ["an empty group", "group g any\nquorum g", /members/],
  ["a name used before it is defined", `group g any a\nwitness a ${a}\nquorum g`, /not defined above/],
  ["a member of two groups", `witness a ${a}\ngroup g any a\ngroup h any a\nquorum g`, /already in a group/],
  ["one key under two names", `witness a ${a}\nwitness b ${a}\nquorum a`, /twice/],
  ["a log's key as a witness", `witness a ${logVkey(key)}\nquorum a`, /wrong type/],
  ["a key whose id was changed", `witness a ${a!.replace(/\+[0-9a-f]{8}\+/, "+00000000+")}\nquorum a`, /does not fit/],
  ["a group called none", `witness a ${a}\ngroup none any a\nquorum none`, /taken/],
  ["a carriage return", "quorum none\r\n", /control character/],
];
for (const [why, text, reason] of policies) {
  test(`policy: ${why}`, async () => {
    const parsed = await parsePolicy(text);
    if (reason) assert.match(parsed.ok ? "accepted" : parsed.reason, reason);
    else assert.ok(parsed.ok, JSON.stringify(parsed));
  });
}

test("policy: a group of groups counts as written", async () => {
  const parsed = await parsePolicy(policies[1]![1]);
  assert.ok(parsed.ok);
  const counts = (...signed: string[]): boolean => parsed.value.quorum(new Set(signed));
  assert.deepEqual([counts("a", "b"), counts("c"), counts("a", "c"), counts("b", "c")], [false, false, true, true]);
});
