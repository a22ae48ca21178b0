import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkEntry,
  entryKinds,
  entrySchema,
  exampleEntry,
  fieldMeanings,
  type EntryKind,
  type FieldRule,
  type LogEntry,
} from "#ledger";
import { testDatabase } from "#store/testing";
import { z } from "zod";
import { someDigest, someEntry, someLog } from "./testing.ts";

const call: LogEntry = {
  v: 1,
  t: "exchange.call",
  at: "2026-11-22T08:00:00Z",
  role: "consumer",
  member: "TW/GOV/A05/benefits",
  peer: "TW/GOV/A01/households",
  service: "household/v1",
  purpose: "assistive-device-subsidy",
  basis: "pdpa-15-1",
  pair: someDigest(),
  req: someDigest(),
  rec: someDigest(),
  out: "unanswered",
};

test("an entry becomes canonical JSON below 1 KB", () => {
  const checked = checkEntry({ ...call, res: someDigest(), sub: someDigest(), con: someDigest() });
  assert.ok(checked.ok);
  const text = Buffer.from(checked.value).toString();
  assert.match(text, /^\{"at":"2026-11-22T08:00:00Z","basis":"pdpa-15-1","con":/);
  assert.ok(checked.value.length < 1024);
});

const refusals: [why: string, entry: object, code: string][] = [
  ["an unknown kind", { ...call, t: "person.looked-up" }, "entry-kind-unknown"],
  ["a kind every object has", { ...call, t: "constructor" }, "entry-kind-unknown"],
  ["another version", { ...call, v: 2 }, "entry-kind-unknown"],
  ["a foreign field", { ...call, name: "A700000001" }, "entry-field-unknown"],
  ["a field of another kind", { ...call, cas: someDigest() }, "entry-field-unknown"],
  ["a missing field", { ...call, rec: undefined }, "entry-field-invalid"],
  ["an identity number where a commitment belongs", { ...call, sub: "A700000001" }, "entry-field-invalid"],
  ["a commitment with spare bits", { ...call, sub: `${someDigest().slice(0, 42)}B` }, "entry-field-invalid"],
  ["a sentence in a code", { ...call, out: "refused because of Lin" }, "entry-field-invalid"],
  ["a name in a code", { ...call, purpose: "林美麗" }, "entry-field-invalid"],
  ["a code over its length", { ...call, out: "x".repeat(33) }, "entry-field-invalid"],
  ["an object in a field", { ...call, out: { name: "x" } }, "entry-field-invalid"],
  ["a role that is none", { ...call, role: "witness" }, "entry-field-invalid"],
  ["a time with milliseconds", { ...call, at: "2026-11-22T08:00:00.123Z" }, "entry-field-invalid"],
  ["a time that is none", { ...call, at: "2026-13-22T08:00:00Z" }, "entry-field-invalid"],
];
for (const [why, entry, code] of refusals) {
  test(`refused: ${why}`, () => {
    const checked = checkEntry(entry as LogEntry);
    assert.equal(checked.ok ? "accepted" : checked.error.code, code);
    assert.doesNotMatch(JSON.stringify(checked), /A700000001|Lin|林/, "a refusal repeats no value");
  });
}

test("what is refused is not staged", async () => {
  const database = await testDatabase();
  const log = await someLog().open(database);
  const leaking = { ...someEntry(), phone: "0900000000" };
  await assert.rejects(log.append(database, leaking), { code: "entry-refused", message: /case\.event\.phone/ });
  assert.deepEqual(await database.query("select id from ledger.staged"), []);
});

test("a log takes the kinds its site declared and no others", async () => {
  const database = await testDatabase();
  const log = await someLog().open(database, { kinds: ["exchange.call"] });
  await log.append(database, call);
  const foreign = { code: "entry-refused", message: "entry-kind-foreign (case.event)" };
  await assert.rejects(log.append(database, someEntry()), foreign);
  await assert.rejects(
    log.appendAll(database, [
      { entry: call, idem: "1" },
      { entry: someEntry(), idem: "2" },
    ]),
    foreign,
  );
  assert.equal((await database.query("select id from ledger.staged")).length, 1);
});

const kinds = Object.keys(entryKinds) as EntryKind[];

test("every kind and every field is described in both languages", () => {
  const texts = [...kinds.map((kind) => entryKinds[kind].title), ...Object.values(fieldMeanings)];
  for (const text of texts) assert.ok(/\p{Script=Han}/u.test(text["zh-Hant"]) && /^[A-Z]/.test(text.en), text.en);
});

for (const kind of kinds) {
  test(`${kind}: example, schema and check agree`, () => {
    // A validator that is not ours reads the published schema.
    const schema = z.fromJSONSchema(entrySchema(kind));
    const example = JSON.parse(exampleEntry(kind)) as Record<string, string>;
    const agree = (changed: object): boolean => {
      const accepted = checkEntry(changed as LogEntry).ok;
      assert.equal(schema.safeParse(changed).success, accepted, JSON.stringify(changed));
      return accepted;
    };
    assert.ok(agree(example));
    assert.ok(!agree({ ...example, t: "constructor" }) && !agree({ ...example, name2: "A700000001" }));
    for (const [field, rule] of Object.entries<FieldRule>(entryKinds[kind].fields)) {
      const { [field]: _, ...without } = example;
      assert.equal(agree(without), rule.optional === true, `${field} left out`);
      for (const value of ["林美麗", "A 700000001", "", "x".repeat(161), 7, null]) {
        assert.ok(!agree({ ...example, [field]: value }), `${field} = ${value}`);
      }
    }
  });
}
