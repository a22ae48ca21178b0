import assert from "node:assert/strict";
import { createHash, hash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { array, assert as assertProperty, asyncProperty, record as recordOf, uint8Array } from "fast-check";
import { entryInstant, scanLog, type Log, type LogEntry } from "#ledger";
import { formatPolicy } from "#ledger/contract";
import { isAbout, verifyPersonList, type PersonList } from "#ledger/lists";
import { testDatabase } from "#store/testing";
import { running, someDigest, someEntry, someLog, someWitness, until } from "../testing.ts";
import { subjectInput } from "../commitment.ts";
import { emptyRange, nodeInput, subjectBytes } from "./labels.ts";
import { hashOf, pathTo, putLeaves, type MapLeaf } from "./map.ts";
import type { NodeRow } from "./store.ts";

const database = await testDatabase();
const topic = "readings";
const [ann, bob] = ["A700000001", "A700000002"];

async function someLogOfPersons(): Promise<{ log: Log; policy: string }> {
  const some = someLog();
  const witness = await someWitness("witness.example/persons", { origin: some.origin, vkey: some.vkey });
  const log = await some.open(database, { witnesses: [witness], personSecret: randomBytes(32) });
  const policy = formatPolicy({ logs: [log.vkey], witnesses: [witness], quorum: 1 });
  return { log, policy };
}

/** An entry about a person; nobody else's when there is none. */
async function record(log: Log, subject: string, on: string = topic): Promise<bigint> {
  return database.transaction(async (tx) => {
    const rec = someDigest();
    const { sub, label } = await log.trace(tx, { subject, topic: on }, rec);
    return log.append(tx, someEntry({ sub, rec }), { label });
  });
}

function aboutOf(log: Log, subject: string): { subject: string; topic: string; origin: string } {
  return { subject, topic, origin: log.origin };
}

async function listOf(log: Log, subject: string, length: number, on: string = topic): Promise<PersonList> {
  let list: PersonList | undefined;
  await until(async () => {
    list = await log.personList({ subject, topic: on });
    return list?.positions.length === length;
  }, 8000);
  return list!;
}

test("a person's list is proven whole, grows, and is nobody else's", async () => {
  const { log, policy } = await someLogOfPersons();
  for (const subject of [ann, bob, ann]) await record(log, subject);
  await record(log, ann, "look-ups");
  await running(log, async () => {
    const first = await listOf(log, ann, 2);
    const verdict = await verifyPersonList(first, aboutOf(log, ann), policy);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verdict.upto, 4);
    assert.deepEqual(
      verdict.witnesses.map(({ name }) => name),
      ["witness.example/persons"],
    );
    // The key finds the same entries in a copy of the whole log, and no others.
    const found: number[] = [];
    for (const { index, entry } of await log.entries(0n, 100)) {
      if (await isAbout(new TextEncoder().encode(entry), ann, first.key!)) found.push(Number(index));
    }
    assert.deepEqual(found, first.positions);

    await record(log, ann);
    const second = await listOf(log, ann, 3);
    const grown = await verifyPersonList(second, aboutOf(log, ann), policy);
    assert.ok(grown.ok && verdict.ok);
    assert.deepEqual(second.positions.slice(0, 2), first.positions);
    assert.equal(grown.labelKey, verdict.labelKey);
    assert.equal(second.key, first.key);
    const forBob = await verifyPersonList(second, aboutOf(log, bob), policy);
    assert.equal(forBob.ok ? "verified" : forBob.step, "label");
  });
});

test("that the log has nothing about a person is proven too", async () => {
  const { log, policy } = await someLogOfPersons();
  await running(log, async () => {
    for (let at = 0; at < 5; at += 1) await record(log, `A70000010${at}`);
    await listOf(log, "A700000100", 1);
    for (let at = 0; at < 8; at += 1) {
      const list = await log.personList({ subject: `A70000020${at}`, topic });
      const verdict = await verifyPersonList(list!, aboutOf(log, `A70000020${at}`), policy);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.deepEqual(verdict.positions, []);
    }
  });
});

test("whatever is changed in a list, it no longer verifies, and the step is named", async () => {
  const { log, policy } = await someLogOfPersons();
  for (const subject of [ann, bob, ann, bob, ann]) await record(log, subject);
  await running(log, async () => {
    const list = await listOf(log, ann, 3);
    const other = await listOf(log, bob, 2);
    const flipped = (text: string): string => {
      const bytes = Buffer.from(text, "base64");
      bytes[0]! ^= 1;
      return bytes.toString(/[-_]/.test(text) || !text.endsWith("=") ? "base64url" : "base64");
    };
    const cases: [what: string, change: Partial<PersonList>, expected: string][] = [
      ["an entry left out", { positions: list.positions.slice(1) }, "list list-differs"],
      [
        "an entry added",
        { positions: [list.positions[0]!, ...other.positions, list.positions[2]!].toSorted((a, b) => a - b) },
        "list list-differs",
      ],
      ["an entry beyond the end", { positions: [...list.positions, 1_000_000] }, "list list-malformed"],
      ["entries in another order", { positions: list.positions.toReversed() }, "list list-malformed"],
      ["an entry twice", { positions: [list.positions[0]!, ...list.positions] }, "list list-malformed"],
      ["no list at all", { positions: [], key: null }, "list list-differs"],
      ["another's list", { positions: other.positions, key: other.key, siblings: other.siblings }, "list list-differs"],
      ["another's label", { label: other.label }, "label label-differs"],
      ["another topic", { topic: "look-ups" }, "list list-of-another"],
      ["another key", { key: other.key }, "list list-differs"],
      ["a changed label", { label: flipped(list.label) }, "label label-differs"],
      ["a shorter path", { siblings: list.siblings.slice(1) }, "list list-differs"],
      ["a longer path", { siblings: [...list.siblings, list.siblings[0]!] }, "list list-differs"],
      ["a path of something else", { siblings: ["AAAA"] }, "format list-malformed"],
      ["a receipt of another entry", { root: (await log.receiptAt(0n))! }, "root root-not-of-index"],
      ["a receipt that is none", { root: { v: 1, entry: "", proof: "" } }, "root proof-malformed"],
      ["an empty place although there is a list", { key: null, positions: [], leaf: null }, "list list-differs"],
      ["version 2", { v: 2 as unknown as 1 }, "format list-malformed"],
    ];
    assert.ok(list.siblings.length > 0);
    for (const about of [{ topic: "look-ups" }, { origin: "log.example/another" }]) {
      const verdict = await verifyPersonList(list, { ...aboutOf(log, ann), ...about }, policy);
      assert.equal(verdict.ok ? "verified" : verdict.code, "list-of-another");
    }
    for (const [what, change, expected] of cases) {
      const verdict = await verifyPersonList({ ...list, ...change }, aboutOf(log, ann), policy);
      assert.equal(verdict.ok ? "verified" : `${verdict.step} ${verdict.code}`, expected, what);
    }
    const nobody = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
    assert.ok(
      (await verifyPersonList(list, aboutOf(log, ann), nobody)).ok,
      "the same list under a policy without witnesses",
    );
  });
});

test("a keeper who leaves an entry out, or lists another's, is found by whoever reads the whole log with the key", async () => {
  const { log, policy } = await someLogOfPersons();
  const staged = await record(log, ann);
  await record(log, bob);
  await record(log, ann);
  await running(log, async () => {
    await log.wait(staged, "integrated", 5000);
    await listOf(log, ann, 2);
    const { log: number } = (await database.one<{ log: number }>("select log from ledger.tree where origin = $1", [
      log.origin,
    ]))!;
    await database.run("update ledger.position set idx = 1 where log = $1 and idx = 0", [number]);
    await record(log, ann);
    const list = await listOf(log, ann, 3);
    const verdict = await verifyPersonList(list, aboutOf(log, ann), policy);
    assert.ok(verdict.ok, "the index alone does not show it");
    const read = async (path: string): Promise<Uint8Array | undefined> => (await log.read(path))?.body;
    const scanned = await scanLog(list, ann, verdict, read);
    assert.deepEqual([scanned.lacking, scanned.foreign], [[0], [1]]);
    assert.equal(scanned.scanned, verdict.upto);
  });
});

test("a list claims nothing of the time before there was an index, and no second secret makes a second list", async () => {
  const some = someLog();
  const older = await some.open(database);
  await database.transaction((tx) => older.append(tx, someEntry()));
  await running(older, () => until(async () => (await older.size()) === 1n));
  await database.transaction((tx) => older.append(tx, someEntry()));
  const personSecret = randomBytes(32);
  const log = await some.open(database, { personSecret });
  const policy = formatPolicy({ logs: [log.vkey], witnesses: [], quorum: 0 });
  await record(log, ann);
  await running(log, async () => {
    const verdict = await verifyPersonList(await listOf(log, ann, 1), aboutOf(log, ann), policy);
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.from, verdict.upto, verdict.positions], [2, 3, [2]]);
  });
  await assert.rejects(some.open(database, { personSecret: randomBytes(32) }), { code: "ledger-person-key-changed" });
  await some.open(database, { personSecret });
});

test("forgetting a person unlinks their entries, is itself recorded, and leaves every proof valid", async () => {
  const { log, policy } = await someLogOfPersons();
  await running(log, async () => {
    const staged = await record(log, ann);
    await record(log, bob);
    const before = await listOf(log, ann, 1);
    const entry = (await log.entries(0n, 1))[0]!.entry;
    assert.match((await log.subjectSalts({ subject: ann, topic }, [entry]))[0]!, /^[\w-]{43}$/);

    assert.equal(await database.transaction((tx) => log.forget(tx, ann, "gdpr-17")), true);
    assert.equal(await database.transaction((tx) => log.forget(tx, ann, "gdpr-17")), false);
    assert.deepEqual(await log.subjectSalts({ subject: ann, topic }, [entry]), [undefined]);
    for (const table of ["person", "position", "staged", "map_node"]) {
      const rows = await database.query(`select t::text as row from ledger.${table} t`);
      const key = Buffer.from(before.key!, "base64url").toString("hex");
      assert.ok(
        rows.every((row) => !JSON.stringify(row).includes(key)),
        `${table} keeps the key`,
      );
    }
    // What was proven stays proven: the receipt, the list handed out before, and other people's lists.
    assert.ok((await log.receipt(staged)) !== undefined);
    assert.ok((await verifyPersonList(before, aboutOf(log, ann), policy)).ok);
    assert.ok((await verifyPersonList(await listOf(log, bob, 1), aboutOf(log, bob), policy)).ok);
    await until(async () => (await log.entries(0n, 100)).some(({ entry: text }) => text.includes("person.forgotten")));
    // Somebody who comes back begins a new list under a new key.
    await record(log, ann);
    const after = await listOf(log, ann, 1);
    assert.notEqual(after.key, before.key);
    assert.notDeepEqual(after.positions, before.positions);
    assert.ok((await verifyPersonList(after, aboutOf(log, ann), policy)).ok);
  });
});

test("an entry about a person goes onto a list, and no other one does", async () => {
  const { log } = await someLogOfPersons();
  const other: LogEntry = { v: 1, t: "person.forgotten", at: entryInstant(new Date()), basis: "x" };
  const refused = { code: "entry-refused" };
  await assert.rejects(
    database.transaction((tx) => log.append(tx, someEntry())),
    refused,
  );
  await assert.rejects(
    database.transaction((tx) => log.append(tx, other, { label: someDigest() })),
    refused,
  );
  await assert.rejects(
    database.transaction((tx) => log.append(tx, someEntry(), { label: "A700000001" })),
    refused,
  );
  const root: LogEntry = {
    ...other,
    t: "index.root",
    from: "0",
    upto: "9",
    vrf: someDigest(),
    dig: someDigest(),
  } as never;
  for (const own of [other, root])
    await assert.rejects(
      database.transaction((tx) => log.append(tx, own)),
      refused,
    );
  const plain = await someLog().open(database);
  await assert.rejects(plain.trace(database, { subject: ann, topic }, "x"), { code: "ledger-no-persons" });
});

test("nobody finds a person in the published files by trying every number, not even knowing what the log hashes", async () => {
  const { log } = await someLogOfPersons();
  await running(log, async () => {
    await record(log, ann);
    await listOf(log, ann, 1);
    const published = (await log.entries(0n, 100)).map(({ entry }) => JSON.parse(entry) as Record<string, string>);
    const digests = new Set(published.flatMap((entry) => Object.values(entry)).filter((value) => value.length === 43));
    assert.ok(digests.size >= 5, "there is something to attack");
    // The same attack finds who is logged without a salt, or with one that is known.
    const control = new Set([...digests, createHash("sha256").update(subjectBytes(ann)).digest("base64url")]);
    const found = { log: 0, control: 0 };
    for (let serial = 0; serial < 1_000_000; serial += 1) {
      const guess = `A7${String(serial).padStart(8, "0")}`;
      for (const input of [guess, subjectBytes(guess), subjectInput(guess, emptyRange)]) {
        const digest = hash("sha256", input, "base64url");
        found.log += digests.has(digest) ? 1 : 0;
        found.control += control.has(digest) ? 1 : 0;
      }
    }
    assert.deepEqual(found, { log: 0, control: 1 });
  });
});

test("the tree of labels: any leaves, in any batches, give the root of a naive tree, and each place is proven", async () => {
  const label = uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
    // Few free bits at the front, so that labels share long beginnings.
    bytes[0] = (bytes[0]! & 0x30) | 0x80;
    bytes[1]! &= 1;
    return bytes;
  });
  const leaf = recordOf({ label, value: uint8Array({ minLength: 32, maxLength: 32 }) });
  await assertProperty(
    asyncProperty(
      array(array(leaf, { minLength: 1, maxLength: 6 }), { maxLength: 5 }),
      label,
      async (batches, absent) => {
        const stored = new Map<string, NodeRow>();
        const nameOf = (depth: number, prefix: Uint8Array): string => `${depth}:${Buffer.from(prefix).toString("hex")}`;
        const read = async (wanted: readonly { depth: number; prefix: Uint8Array }[]): Promise<NodeRow[]> =>
          wanted.flatMap(({ depth, prefix }) => stored.get(nameOf(depth, prefix)) ?? []);
        const all = new Map<string, MapLeaf>();
        let root: Uint8Array = emptyRange;
        for (const batch of batches) {
          const leaves = [...new Map(batch.map((one) => [Buffer.from(one.label).toString("hex"), one])).values()];
          const put = await putLeaves(leaves, read);
          for (const node of put.nodes) stored.set(nameOf(node.depth, node.prefix), node);
          for (const one of leaves) all.set(Buffer.from(one.label).toString("hex"), one);
          root = put.root;
        }
        assert.deepEqual(Buffer.from(root), Buffer.from(naive([...all.values()], 0)));
        for (const { label: at } of [...all.values(), { label: absent }]) {
          const path = await pathTo(at, read);
          const found = path.leaf && Buffer.from(path.leaf.label).equals(at);
          assert.equal(found ?? false, all.has(Buffer.from(at).toString("hex")));
          let reached = path.leaf ? hashOf(path.leaf) : emptyRange;
          for (let depth = path.siblings.length - 1; depth >= 0; depth -= 1) {
            const other = path.siblings[depth]!;
            const right = (at[depth >> 3]! >> (7 - (depth & 7))) & 1;
            reached = sha(right ? nodeInput(other, reached) : nodeInput(reached, other));
          }
          assert.deepEqual(Buffer.from(reached), Buffer.from(root));
        }
      },
    ),
    { numRuns: 60 },
  );
});

function sha(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function naive(leaves: readonly MapLeaf[], depth: number): Uint8Array {
  if (leaves.length === 0) return emptyRange;
  if (leaves.length === 1) return hashOf(leaves[0]!);
  const half = (bit: number) =>
    naive(
      leaves.filter(({ label }) => ((label[depth >> 3]! >> (7 - (depth & 7))) & 1) === bit),
      depth + 1,
    );
  return sha(nodeInput(half(0), half(1)));
}
