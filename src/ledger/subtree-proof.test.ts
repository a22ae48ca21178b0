import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, asyncProperty, integer, nat, record } from "fast-check";
import { verifySubtreeConsistency } from "#ledger/contract";
import { hashLeaf, hashNode, rootOfHashes } from "./tree.ts";

const leaves = Array.from({ length: 70 }, (_, at) => hashLeaf(Buffer.from(`${at}`)));
const root = (lo: number, hi: number): Uint8Array => rootOfHashes(leaves.slice(lo, hi));

/** A subtree proof as the draft defines it, section 4.4.1: what the checking side must accept. */
function prove(start: number, end: number, lo: number, hi: number, whole: boolean): Uint8Array[] {
  if (start === lo && end === hi) return whole ? [] : [root(lo, hi)];
  let k = 1;
  while (k * 2 < hi - lo) k *= 2;
  const middle = lo + k;
  if (end <= middle) return [...prove(start, end, lo, middle, whole), root(middle, hi)];
  if (start >= middle) return [...prove(start, end, middle, hi, whole), root(lo, middle)];
  return [...prove(middle, end, middle, hi, false), root(lo, middle)];
}

test("every subtree of every small tree proves itself; nothing else does", async () => {
  const cases = record({ size: integer({ min: 1, max: 70 }), height: nat(6), j: nat(), cut: nat(), at: nat() });
  let accepted = 0;
  await holds(
    asyncProperty(cases, async ({ size, height, j, cut, at }) => {
      const span = 2 ** height;
      const start = (j % Math.ceil(size / span)) * span;
      const longest = Math.min(span, size - start);
      const end = start + longest - (cut % Math.ceil(longest / 2));
      const proof = prove(start, end, 0, size, true);
      const check = async (path: Uint8Array[], from = start, to = end, of = size): Promise<boolean> =>
        (await verifySubtreeConsistency(BigInt(from), BigInt(to), BigInt(of), path, root(start, end), root(0, size)))
          .ok;
      assert.ok(await check(proof), `${start}-${end} of ${size}`);
      accepted += 1;
      assert.ok(!(await check([...proof, hashNode(root(0, 1), root(0, 1))])));
      assert.ok(!(await check(proof, start, end, end - 1)));
      if (proof.length === 0) return;
      assert.ok(!(await check(proof.slice(1))));
      const broken = proof.map((hash, n) => (n === at % proof.length ? hashNode(hash, hash) : hash));
      assert.ok(!(await check(broken)));
    }),
    { numRuns: 300 },
  );
  assert.equal(accepted, 300);
});
