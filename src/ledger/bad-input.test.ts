import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, constantFrom, nat, oneof, property, record, string, type Arbitrary } from "fast-check";
import { toBase64 } from "#kernel";
import {
  formatCheckpoint,
  formatNote,
  formatPolicy,
  formatTlogProof,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseSignatureLine,
  parseTilePath,
  parseTlogProof,
  parseVkey,
  tilePath,
  verifyNote,
  verifyReceipt,
  type Receipt,
} from "#ledger/contract";
import { formatAddCheckpoint, parseAddCheckpoint } from "./add-checkpoint.ts";
import { bytesOf, bytesOfBase64, bytesOfBase64url, decimal, textOf } from "./bytes.ts";
import { cosign, generateLogKey, generateWitnessKey, logVkey, signAsLog, witnessVkey } from "./keys.ts";
import { hashRanges, inclusionRanges } from "./prove.ts";
import { tilePath as pathOf } from "./tile-path.ts";
import { emptyEdge, entriesOfBundle, extend, rootOf } from "./tree.ts";

const origin = "log.example/agency";
const key = generateLogKey(origin);
const witnessKeys = ["audit", "uni"].map((name) => generateWitnessKey(name));
const policy = formatPolicy({
  logs: [logVkey(key)],
  witnesses: witnessKeys.map((witness) => ({ name: witness.name, vkey: witnessVkey(witness) })),
  quorum: 2,
});
const entry = '{"t":"sample","v":1}';
const { edge, resources } = extend(
  emptyEdge,
  Array.from({ length: 11 }, (_, at) => Buffer.from(at === 5 ? entry : `${at}`)),
);
const files = new Map(resources.map(({ path, body }) => [path, body]));
const path = hashRanges(11n, inclusionRanges(5n, 11n), (name) => files.get(pathOf(name))!);
const text = formatCheckpoint(origin, 11n, rootOf(edge));
const lines = [signAsLog(key, text), ...witnessKeys.map((witness) => cosign(witness, text, 1_795_000_000n))];
const note = formatNote(text, lines);
const proof = formatTlogProof(5n, path, note);
const now = new Date(1_795_000_000_000);

/** Where a check ends: the step that failed, or "ok". */
async function outcome(change: Partial<Receipt> = {}, policyText: string = policy): Promise<string> {
  const receipt: Receipt = { v: 1, entry: toBase64(Buffer.from(entry)), proof, ...change };
  const verdict = await verifyReceipt(receipt, policyText, now);
  if (verdict.ok) return "ok";
  assert.notEqual(verdict.reason, "", "a refusal says why");
  return verdict.step;
}

/** The text with one bit of one byte turned; what is no UTF-8 any more arrives as a reader would decode it. */
function turned(whole: string, at: number): string {
  const bytes = bytesOf(whole);
  bytes[at]! ^= 1 << (at % 7);
  return textOf(bytes) ?? new TextDecoder().decode(bytes);
}

test("the receipt is good as it is", async () => assert.equal(await outcome(), "ok"));

// Which part of the proof a byte belongs to, and the steps at which a change there may be found.
const parts: [part: string, piece: string, steps: string[]][] = [
  ["the first line", "c2sp.org/tlog-proof@v1\n", ["format"]],
  ["the index", "index 5\n", ["format", "inclusion"]],
  ["the hashes", `${path.map(toBase64).join("\n")}\n`, ["format", "inclusion"]],
  ["the blank line", "\n", ["format"]],
  ["the checkpoint's text", text, ["format", "log-signature"]],
  ["the second blank line", "\n", ["format"]],
  ["the log's signature", `${lines[0]}\n`, ["format", "log-signature"]],
  ["a cosignature", `${lines[1]}\n`, ["format", "quorum"]],
  ["another cosignature", `${lines[2]}\n`, ["format", "quorum"]],
];
assert.equal(parts.map(([, piece]) => piece).join(""), proof);
let from = 0;
for (const [part, piece, steps] of parts) {
  const start = from;
  from += bytesOf(piece).length;
  test(`a bit turned in any byte of ${part} is found, and the step is named`, async () => {
    for (let at = start; at < start + bytesOf(piece).length; at += 1) {
      const found = await outcome({ proof: turned(proof, at) });
      assert.ok(steps.includes(found), `byte ${at - start}: ${found}`);
    }
  });
}

test("a bit turned in any byte of the policy or the entry is found", async () => {
  for (let at = 0; at < policy.length; at += 1)
    assert.notEqual(await outcome({}, turned(policy, at)), "ok", `byte ${at}`);
  for (let at = 0; at < entry.length; at += 1) {
    const found = await outcome({ entry: toBase64(Buffer.from(turned(entry, at))) });
    assert.ok(found === "leaf" || found === "inclusion", `byte ${at}: ${found}`);
  }
});

test("a proof, a policy or an entry cut off anywhere is refused", async () => {
  for (let length = 0; length < proof.length; length += 1) {
    assert.notEqual(await outcome({ proof: proof.slice(0, length) }), "ok", `${length} letters`);
  }
  // Only the last newline of a policy says nothing.
  for (let length = 0; length < policy.length - 1; length += 1) {
    assert.equal(await outcome({}, policy.slice(0, length)), "format", `${length} letters`);
  }
  const encoded = toBase64(Buffer.from(entry));
  for (let length = 0; length < encoded.length; length += 1) {
    assert.notEqual(await outcome({ entry: encoded.slice(0, length) }), "ok", `${length} letters`);
  }
});

const hash = toBase64(path[0]!);
const changed = (before: string, after: string, whole: string = proof): string => {
  assert.ok(whole.includes(before), before);
  return whole.replace(before, after);
};
const proofs: [why: string, proof: string, step: string][] = [
  ["CRLF", proof.replaceAll("\n", "\r\n"), "format"],
  ["one carriage return", changed("index 5\n", "index 5\r\n"), "format"],
  ["a carriage return in the checkpoint", changed("\n11\n", "\n11\r\n"), "format"],
  ["a byte order mark", `\uFEFF${proof}`, "format"],
  ["a byte order mark before the checkpoint", changed(`\n\n${origin}`, `\n\n\uFEFF${origin}`), "log-signature"],
  ["a tab", changed("index 5", "index\t5"), "format"],
  ["a hash too many", changed(hash, `${hash}\n${hash}`), "inclusion"],
  ["a hash too few", changed(`${hash}\n`, ""), "inclusion"],
  ["64 hashes", changed(hash, Array.from({ length: 64 }, () => hash).join("\n")), "format"],
  ["a hash of 31 bytes", changed(hash, toBase64(path[0]!.subarray(1))), "format"],
  ["a hash without its padding", changed(hash, hash.replace("=", "")), "format"],
  ["a hash whose spare bits are set", changed(hash, hash.replace(/.=$/, sparebits)), "format"],
  ["a hash in URL letters", changed(hash, `${"_".repeat(43)}=`), "format"],
  ["a hash with a space behind", changed(hash, `${hash} `), "format"],
  ["an index with a leading zero", changed("index 5", "index 05"), "format"],
  ["an index with a sign", changed("index 5", "index +5"), "format"],
  ["an index in other digits", changed("index 5", "index \uFF15"), "format"],
  ["an index above 2^63", changed("index 5", "index 9223372036854775808"), "format"],
  ["an index far outside", changed("index 5", "index 9223372036854775807"), "inclusion"],
  ["a size with a leading zero", changed("\n11\n", "\n011\n"), "format"],
  ["a size above 2^53", changed("\n11\n", "\n9007199254740993\n"), "format"],
  ["a size above 2^63", changed("\n11\n", "\n9223372036854775808\n"), "format"],
  ["a size of 21 digits", changed("\n11\n", "\n100000000000000000000\n"), "format"],
  ["a plain hyphen for the dash", changed("\u2014 audit", "- audit"), "format"],
  ["two spaces behind the dash", changed("\u2014 audit", "\u2014  audit"), "format"],
  ["an empty line at the end", `${proof}\n`, "format"],
  ["no newline at the end", proof.slice(0, -1), "format"],
  ["the same cosignature twice instead of two", changed(lines[2]!, lines[1]!), "quorum"],
  ["the same cosignature twice and the other one", changed(lines[2]!, `${lines[1]!}\n${lines[2]!}`), "ok"],
  ["a good and a bad signature of one key", `${proof}${cosign(witnessKeys[0]!, "other\n", 1n)}\n`, "quorum"],
  ["40 signatures of unknown keys", proof + unknown(40), "ok"],
  ["129 signatures", proof + unknown(126), "format"],
  ["an extra line that is base64", changed("index 5", "extra AAAA\nindex 5"), "ok"],
  ["an extra line that is not", changed("index 5", "extra AAA\nindex 5"), "format"],
  ["two extra lines", changed("index 5", "extra AAAA\nextra AAAA\nindex 5"), "format"],
  ["another version", changed("@v1", "@v2"), "format"],
];
function sparebits(end: string): string {
  return `${"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[letterAt(end[0]!) + 1]!}=`;
}
function letterAt(letter: string): number {
  return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(letter);
}
function unknown(count: number): string {
  const line = signAsLog(generateLogKey("somebody.example"), text);
  return `${line}\n`.repeat(count);
}
for (const [why, given, step] of proofs) {
  test(`${step === "ok" ? "accepted" : `fails at ${step}`}: ${why}`, async () => {
    assert.equal(await outcome({ proof: given }), step);
  });
}

test("the numbers of a proof are read whole: an index above 2^53 in a tree above 2^53", () => {
  const large = parseTlogProof(changed("\n11\n", "\n9007199254740995\n").replace("index 5", "index 9007199254740993"));
  assert.deepEqual(large.ok && [large.value.index, large.value.checkpoint.size], [
    9007199254740993n,
    9007199254740995n,
  ]);
});

// --- Whatever arrives, a reader answers; and what it accepts has one spelling. ---

const samples = [
  note,
  proof,
  formatAddCheckpoint(3n, path, note),
  text,
  lines[1]!,
  logVkey(key),
  "tile/0/x001/067.p/8",
];
/** Any text, and real texts with a piece replaced. */
const input: Arbitrary<string> = oneof(
  string({ unit: "binary", maxLength: 60 }),
  record({
    sample: constantFrom(...samples),
    at: nat(1200),
    length: nat(4),
    piece: oneof(string({ unit: "binary", maxLength: 3 }), constantFrom("\n", "\n\n", " ", "=", "0", "\r", "\u2014")),
  }).map(({ sample, at, length, piece }) => {
    const start = at % sample.length;
    return sample.slice(0, start) + piece + sample.slice(start + length);
  }),
  constantFrom(...samples),
);
const readers: [name: string, again: (given: string) => string | undefined][] = [
  [
    "note",
    (given) => {
      const read = parseNote(given);
      return read.ok
        ? formatNote(
            read.value.text,
            read.value.signatures.map(({ line }) => line),
          )
        : undefined;
    },
  ],
  [
    "tlog-proof",
    (given) => {
      const read = parseTlogProof(given);
      if (!read.ok) return undefined;
      const { index, path: hashes, checkpoint, extra } = read.value;
      const signatures = checkpoint.note.signatures.map(({ line }) => line);
      return formatTlogProof(index, hashes, formatNote(checkpoint.note.text, signatures), extra);
    },
  ],
  [
    "add-checkpoint request",
    (given) => {
      const read = parseAddCheckpoint(given);
      if (!read.ok) return undefined;
      const { text: signed, signatures } = read.value.checkpoint.note;
      const same = formatNote(
        signed,
        signatures.map(({ line }) => line),
      );
      return formatAddCheckpoint(read.value.old, read.value.proof, same);
    },
  ],
  ["signature line", (given) => parseSignatureLine(given)?.line],
  [
    "tile path",
    (given) => {
      const name = parseTilePath(given);
      return name && tilePath(name);
    },
  ],
  ["number", (given) => decimal(given)?.toString()],
  [
    "base64",
    (given) => {
      const bytes = bytesOfBase64(given);
      return bytes && toBase64(bytes);
    },
  ],
  [
    "base64url",
    (given) => {
      const bytes = bytesOfBase64url(given);
      return bytes && Buffer.from(bytes).toString("base64url");
    },
  ],
];
for (const [name, again] of readers) {
  test(`${name}: no text throws, and what is accepted is written the same way again`, () => {
    holds(
      property(input, (given) => {
        const written = again(given);
        if (written !== undefined) assert.equal(written, given);
      }),
      { numRuns: 1000 },
    );
  });
}

test("checkpoint, verifier key and policy: no text throws", async () => {
  const given: string[] = [];
  holds(
    property(input, (text) => void given.push(text)),
    { numRuns: 500 },
  );
  for (const one of given) {
    parseCheckpoint(one);
    const vkey = await parseVkey(one);
    if (vkey.ok) assert.equal(vkey.value.vkey, one);
    await parsePolicy(one);
    await parsePolicy(`log ${one}\nquorum none\n`);
    assert.notEqual(await outcome({ proof: one }), one === proof ? "" : "ok");
  }
});

test("bytes of a bundle, whatever they are, are taken apart or refused with the ledger's own fault", () => {
  holds(
    property(string({ unit: "binary", maxLength: 40 }), (given) => {
      const bytes = Buffer.from(given);
      try {
        const entries = entriesOfBundle(bytes);
        assert.equal(
          entries.reduce((length, one) => length + 2 + one.length, 0),
          bytes.length,
        );
      } catch (fault) {
        assert.equal((fault as { code?: string }).code, "ledger-bundle-broken");
      }
    }),
  );
});

test("a reader takes more than 16 signatures, and counts a key once", async () => {
  const keys = Array.from({ length: 20 }, (_, at) => generateWitnessKey(`witness-${at}`));
  const signed = keys.flatMap((one) => [cosign(one, text, 1n), cosign(one, text, 2n)]);
  const read = parseNote(formatNote(text, signed));
  assert.ok(read.ok);
  const vkeys = await Promise.all(keys.map(async (one) => parseVkey(witnessVkey(one))));
  const signers = await verifyNote(
    read.value,
    vkeys.flatMap((parsed) => (parsed.ok ? parsed.value : [])),
  );
  assert.equal(signers.ok && signers.value.length, 20);
});
