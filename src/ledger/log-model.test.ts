import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  assert as holds,
  asyncModelRun,
  asyncProperty,
  commands,
  constant,
  constantFrom,
  nat,
  oneof,
  type AsyncCommand,
} from "fast-check";
import { formatPolicy, parseCheckpoint, verifyConsistency, verifyInclusion, verifyReceipt } from "#ledger/contract";
import { canonicalJson } from "#kernel";
import { testDatabase } from "#store/testing";
import type { Log } from "./log.ts";
import { logFilesAt } from "./log-files.ts";
import { consistencyRanges, inclusionRanges } from "./prove.ts";
import { naiveRoot, running, someEntry, someLog, someWitness, type SomeLog } from "./testing.ts";
import { hashLeaf } from "./tree.ts";
import { openTree } from "./verified-tree.ts";

const database = await testDatabase();
const folder = mkdtempSync(join(tmpdir(), "taroko-model-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the log must be: the entries in the order in which they were staged. */
interface Model {
  staged: string[];
  integrated: number;
}
interface Real {
  readonly some: SomeLog;
  readonly witness: Awaited<ReturnType<typeof someWitness>>;
  readonly folder: string;
  log: Log;
  last: bigint | undefined;
}
type Step = AsyncCommand<Model, Real>;

const leavesOf = (model: Model): Uint8Array[] => model.staged.map((entry) => hashLeaf(Buffer.from(entry)));

function append(count: number): Step {
  return {
    check: () => true,
    toString: () => `append ${count}`,
    run: async (model, real) => {
      const given = Array.from({ length: count }, (_, at) => ({
        entry: someEntry({ service: `s${model.staged.length + at}` }),
        idem: `${model.staged.length + at}`,
      }));
      const ids = await real.log.appendAll(database, given);
      const repeated = await real.log.appendAll(database, given.slice(0, 1));
      assert.deepEqual(repeated, ids.slice(0, 1), "the same key is the same entry");
      model.staged.push(...given.map(({ entry }) => canonicalJson({ ...entry })));
      real.last = ids.at(-1);
    },
  };
}

/** Integrate, sign, have it cosigned: then the whole state is compared with the naive tree. */
const settle: Step = {
  check: (model) => model.staged.length > model.integrated,
  toString: () => "integrate, sign, cosign",
  run: async (model, real) => {
    await running(real.log, async () => {
      const { stage, index } = await real.log.wait(real.last!, "witnessed", 5000);
      assert.deepEqual([stage, index], ["witnessed", BigInt(model.staged.length - 1)]);
    });
    model.integrated = model.staged.length;
    const { size, root } = await real.log.status();
    assert.equal(size, BigInt(model.integrated));
    assert.equal(root, Buffer.from(naiveRoot(leavesOf(model))).toString("base64"));
  },
};

const restart: Step = {
  check: () => true,
  toString: () => "restart",
  run: async (_, real) => {
    real.log = await real.some.open(database, { witnesses: [real.witness] });
  },
};

function receipt(seed: number): Step {
  return {
    check: (model) => model.integrated > 0,
    toString: () => `receipt ${seed}`,
    run: async (model, real) => {
      const index = seed % model.integrated;
      const found = await real.log.receiptAt(BigInt(index));
      const witnesses = [{ name: "model", vkey: real.witness.vkey }];
      const verdict = await verifyReceipt(found!, formatPolicy({ logs: [real.log.vkey], witnesses, quorum: 1 }));
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.deepEqual([verdict.index, verdict.size], [index, model.integrated]);
      assert.equal(Buffer.from(found!.entry, "base64").toString(), model.staged[index]);
      assert.equal(await real.log.receiptAt(BigInt(model.integrated)), undefined);
    },
  };
}

/** Publishes, and reads the folder as a stranger does: every entry, one inclusion and one consistency proof. */
function publish(seed: number): Step {
  return {
    check: (model) => model.integrated > 0,
    toString: () => `publish ${seed}`,
    run: async (model, real) => {
      await real.log.publishTo(real.folder);
      const read = logFilesAt(real.folder);
      const head = parseCheckpoint(Buffer.from((await read("checkpoint", 65_536))!).toString());
      assert.ok(head.ok);
      const { size, root } = head.value;
      assert.equal(size, BigInt(model.integrated));
      const tree = await openTree(head.value, read);
      const entries: string[] = [];
      for (let n = 0n; n * 256n < size; n += 1n) {
        entries.push(...(await tree.bundle(n)).map((entry) => Buffer.from(entry).toString()));
      }
      assert.deepEqual(entries, model.staged.slice(0, model.integrated));
      const leaves = leavesOf(model).slice(0, model.integrated);
      const index = BigInt(seed % model.integrated);
      const path = await tree.hashes(inclusionRanges(index, size));
      assert.deepEqual(await verifyInclusion(index, size, leaves[Number(index)]!, path, root), { ok: true });
      const older = naiveRoot(leaves.slice(0, Number(index)));
      const grown = await tree.hashes(consistencyRanges(index, size));
      assert.deepEqual(await verifyConsistency(index, size, grown, older, root), { ok: true });
    },
  };
}

const steps = commands(
  [
    // Around the widths at which tiles fill, in one go and in small steps.
    constantFrom(1, 2, 3, 60, 254, 255, 256, 257, 300).map(append),
    constant(settle),
    constant(restart),
    oneof(nat(2000).map(receipt), nat(2000).map(publish)),
  ],
  { maxCommands: 14 },
);

test("whatever is done in whatever order, the log is the naive tree over what was staged", async () => {
  let runs = 0;
  await holds(
    asyncProperty(steps, async (chosen) => {
      runs += 1;
      const some = someLog();
      const witness = await someWitness("model", some);
      const log = await some.open(database, { witnesses: [witness] });
      const real: Real = { some, witness, folder: join(folder, `${runs}`), log, last: undefined };
      await asyncModelRun(() => ({ model: { staged: [], integrated: 0 }, real }), chosen);
    }),
    { numRuns: 12, interruptAfterTimeLimit: 4000, markInterruptAsFailure: false },
  );
  assert.ok(runs > 2);
});

test("the sizes at which tiles fill, one after the other: 1, 255, 256, 257, 511, 512, 513", async () => {
  const some = someLog();
  const witness = await someWitness("model", some);
  const log = await some.open(database, { witnesses: [witness] });
  const real: Real = { some, witness, folder: join(folder, "edges"), log, last: undefined };
  const model: Model = { staged: [], integrated: 0 };
  for (const size of [1, 255, 256, 257, 511, 512, 513]) {
    await append(size - model.staged.length).run(model, real);
    await settle.run(model, real);
    await receipt(size - 1).run(model, real);
    await publish(size - 1).run(model, real);
    await restart.run(model, real);
  }
});
