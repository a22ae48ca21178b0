import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { assert as checkProperty, array, integer, nat, property, string, uint8Array } from "fast-check";
import { signBytes } from "./algorithms.ts";
import {
  baseDigest,
  largestBatch,
  rememberRoots,
  signBatch,
  verifyBatchSignature,
  type VerifiedRoots,
} from "./batch-signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const alg = "ecdsa-p256-sha256";

function verifies(digest: Uint8Array, value: Uint8Array, roots?: VerifiedRoots): boolean {
  return verifyBatchSignature(digest, value, alg, publicKey, roots);
}

const digestsOf = (size: number): Buffer[] => Array.from({ length: size }, (_, at) => baseDigest(`message ${at}`));

test("every message of a batch of any size verifies alone, and none in another's place", () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31, 32, 33, 100]) {
    const digests = digestsOf(size);
    const values = signBatch(digests, alg, privateKey);
    const roots = rememberRoots();
    for (const [at, digest] of digests.entries()) {
      assert.ok(verifies(digest, values[at]!, roots), `${at} of ${size}`);
      assert.equal(
        verifies(digest, values[(at + 1) % size]!, roots),
        size === 1,
        `${at} by its neighbour's, of ${size}`,
      );
    }
    assert.ok(verifies(digests[0]!, values[0]!), "without a memory too");
  }
});

test("no other message verifies, whatever it is", () => {
  const digests = digestsOf(5);
  const values = signBatch(digests, alg, privateKey);
  const roots = rememberRoots();
  for (const [at, digest] of digests.entries()) assert.ok(verifies(digest, values[at]!, roots));
  checkProperty(
    property(string(), nat(4), (base, at) => !verifies(baseDigest(base), values[at]!, roots)),
    { numRuns: 300 },
  );
});

test("a value with any byte changed, or of any other length, verifies nothing, remembered root or not", () => {
  checkProperty(
    property(integer({ min: 1, max: 20 }), nat(), nat(), integer({ min: 1, max: 255 }), (size, which, where, flip) => {
      const digests = digestsOf(size);
      const values = signBatch(digests, alg, privateKey);
      const at = which % size;
      const roots = rememberRoots();
      assert.ok(verifies(digests[at]!, values[at]!, roots));
      const broken = Uint8Array.from(values[at]!);
      broken[where % broken.length]! ^= flip;
      assert.equal(verifies(digests[at]!, broken, roots), false, `byte ${where % broken.length} of ${size}`);
      const cut = values[at]!.subarray(0, where % values[at]!.length);
      assert.equal(verifies(digests[at]!, cut, roots), false, "cut");
      assert.equal(verifies(digests[at]!, Buffer.concat([values[at]!, Buffer.of(flip)]), roots), false, "longer");
    }),
    { numRuns: 150 },
  );
});

test("random bytes are no signature and no fault", () => {
  checkProperty(
    property(uint8Array({ maxLength: 500 }), (value) => {
      assert.equal(verifies(baseDigest("x"), value), false);
      const shaped = Uint8Array.from(value);
      if (shaped.length > 5) shaped.set([1, 0, 0, 0, 1]);
      assert.equal(verifies(baseDigest("x"), shaped), false);
    }),
    { numRuns: 300 },
  );
});

test("an inner node cannot stand for a message: leaves and nodes are hashed apart", () => {
  const digests = digestsOf(4);
  const values = signBatch(digests, alg, privateKey);
  // Message 0's path is leaf 1, then the node over 2 and 3. A forger shows that node's two leaves as if they were the
  // blind and digest of a message in a tree of two.
  const [zero, two, three] = [values[0]!, values[2]!, values[3]!];
  const leafOf = (value: Uint8Array, digest: Buffer): Buffer =>
    createHash("sha256").update(Buffer.of(0)).update(value.subarray(5, 21)).update(digest).digest();
  const children = Buffer.concat([leafOf(two, digests[2]!), leafOf(three, digests[3]!)]);
  assert.deepEqual(
    createHash("sha256").update(Buffer.of(1)).update(children).digest(),
    Buffer.from(zero.subarray(53, 85)),
    "the node is where the forger looks for it",
  );
  const forged = Buffer.concat([
    Buffer.of(1, 0, 1, 0, 2),
    children.subarray(0, 16),
    zero.subarray(21, 53),
    zero.subarray(-64),
  ]);
  assert.equal(verifies(children.subarray(16), forged), false);
});

test("neither form of signature is taken for the other, nor another key's, nor a signed root of another size", () => {
  const [digest] = digestsOf(1);
  const [value] = signBatch([digest!], alg, privateKey);
  assert.equal(verifies(digest!, signBytes(digest!, alg, privateKey)), false, "a plain signature");
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const roots = rememberRoots();
  assert.ok(verifies(digest!, value!, roots));
  assert.equal(
    verifyBatchSignature(digest!, value!, alg, other.publicKey, roots),
    false,
    "another key, root remembered",
  );
  assert.equal(verifyBatchSignature(digest!, value!, "ed25519", publicKey), false, "another algorithm");
  const ed = generateKeyPairSync("ed25519");
  const [edValue] = signBatch([digest!], "ed25519", ed.privateKey);
  assert.ok(verifyBatchSignature(digest!, edValue!, "ed25519", ed.publicKey));
});

test("two batches over the same messages share no hash: a neighbour's hash says nothing about its message", () => {
  const digests = digestsOf(2);
  const [first, second] = [signBatch(digests, alg, privateKey), signBatch(digests, alg, privateKey)];
  assert.notDeepEqual(first[0]!.subarray(21, 53), second[0]!.subarray(21, 53));
});

test("the memory of roots is bounded, and batches too", () => {
  const roots = rememberRoots(3);
  for (const name of ["a", "b", "c", "d"]) roots.add(publicKey, name);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => roots.has(publicKey, name)),
    [false, true, true, true],
  );
  assert.throws(() => signBatch([], alg, privateKey), RangeError);
  assert.throws(() => signBatch(digestsOf(largestBatch + 1), alg, privateKey), RangeError);
  checkProperty(
    property(array(string(), { minLength: 1, maxLength: 40 }), (bases) => {
      const values = signBatch(bases.map(baseDigest), alg, privateKey);
      return values.every((value, at) => verifies(baseDigest(bases[at]!), value));
    }),
    { numRuns: 20 },
  );
});
