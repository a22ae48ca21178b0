import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { proveBooks } from "../books/books.ts";
import { importRoster, type RosterImport } from "./import-roster.ts";
import { openProgramme } from "../programmes.ts";
import { refusalsAfter, type Roster } from "./store-rosters.ts";
import { testPayments } from "../testing.ts";
import { refusalFile, rosterList, rosterProgress } from "./view-rosters.ts";

const payments = await testPayments();
const { database } = payments;
const opened = await openProgramme(payments, {
  id: "relief",
  title: { "zh-Hant": "普發現金", en: "Relief" },
  law: "Relief Act",
  purpose: { code: "GOVT", text: "普發現金" },
  limits: { perPayment: 10_000n },
  openedBy: "officer:lin",
});
assert.ok(opened.ok);

const head = "reference,name,institution,account,amount";
setFlagsFromString("--expose-gc");
globalThis.gc ??= runInNewContext("gc") as NodeJS.GCFunction;

let rosters = 0;

function wanted(change: Partial<RosterImport> = {}): RosterImport {
  rosters += 1;
  return {
    programme: "relief",
    name: `r${rosters}.csv`,
    decision: `Decree ${rosters}`,
    importedBy: "officer:chen",
    ...change,
  };
}

/** The text in pieces of `size` bytes, as a network brings it. */
async function* pieces(text: string | Buffer, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const many = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, n) => `R-${from + n},林𡘙美${n},7000021,${n + 1},6000\n`).join("");

async function refusedOf(roster: string): Promise<(readonly [number, string, string | null])[]> {
  return (await refusalsAfter(database, roster, 0n, 100)).map(({ line, code, reference }) => [
    Number(line),
    code,
    reference,
  ]);
}

test("every good row becomes a payment approved once; every bad one is kept with its line and its code", async () => {
  const rows = [
    ["G-1,王小明,7000021,00012340567890,6000"],
    ['G-2,"Wang, ""Ming""",7000021,1,10000'],
    ["", "blank lines are nobody's row"],
    ["G-1,again,7000021,1,1", "row-repeated"],
    ["G-3,too few,7000021,1", "row-malformed"],
    ['G-4,"open quote,7000021,1,1', "row-malformed"],
    ['G-5,"shut" early,7000021,1,1', "row-malformed"],
    ["G-6,minus,7000021,1,-1", "amount-invalid"],
    ["G-7,zero,7000021,1,0", "amount-invalid"],
    ["G-8,cents,7000021,1,10.50", "amount-invalid"],
    ["G-9,thousands,7000021,1,1e3", "amount-invalid"],
    ["G-10,huge,7000021,1,99999999999999999999999999", "amount-invalid"],
    ["G-11,above the programme's limit,7000021,1,10001", "amount-invalid"],
    ["G-12,bank,12,1,1", "institution-unknown"],
    ["G-13,merged,9999999,1,1", "institution-merged"],
    ["G-14,account,7000021,x1,1", "account-invalid"],
    ["G-15,,7000021,1,1", "payee-invalid"],
    [`${"G".repeat(41)},long,7000021,1,1`, "row-reference"],
    [",none,7000021,1,1", "row-reference"],
    [`G-16,${"長".repeat(3000)},7000021,1,1`, "row-too-long"],
    ["G-17,last without a line's end,7000021,1,1"],
  ] as const;
  const imported = await importRoster(
    payments,
    pieces(`\uFEFF${head}\r\n${rows.map(([row]) => row).join("\r\n")}`),
    wanted(),
  );
  assert.ok(imported.ok);
  const { id, accepted, refused, total, state } = imported.value;
  assert.deepEqual([Number(accepted), Number(refused), total, state], [3, 17, 16_001n, "read"]);
  assert.deepEqual(
    (await refusedOf(id)).map(([line, code]) => [line, code]),
    rows.flatMap(([row, code], index) => (code && row !== "" ? [[index + 2, code]] : [])),
  );
  const paid = await database.query(
    `select t.case_ref as reference, i.account, i.state, i.amount, i.approved_by as by, t.payee_name as name
       from payments.instruction i join payments.entitlement t on t.id = i.entitlement where t.case_ref like 'G-%' order by 1`,
  );
  assert.deepEqual(paid[2], {
    reference: "G-2",
    account: "00000000000001",
    state: "approved-once",
    amount: 10_000n,
    by: "officer:chen",
    name: 'Wang, "Ming"',
  });
  assert.deepEqual(await proveBooks(payments), []);
});

test("JSON lines are read too, and rows of another programme or currency are refused", async () => {
  const row = { reference: "J-1", name: "王", institution: "7000021", account: "1", amount: "6000" };
  const lines = [
    row,
    { ...row, reference: "J-2", amount: 6000 },
    { ...row, reference: "J-3", programme: "main" },
    { ...row, reference: "J-4", currency: "USD" },
    { ...row, reference: "J-5", amount: 1.5 },
    { ...row, reference: "J-6", surprise: "x" },
    { ...row, reference: "J-7", currency: "TWD", programme: "relief" },
    [1],
  ].map((line) => JSON.stringify(line));
  const imported = await importRoster(payments, pieces([...lines, "{"].join("\n")), wanted({ name: "j.jsonl" }));
  assert.ok(imported.ok);
  assert.equal(imported.value.accepted, 3n);
  assert.deepEqual(await refusedOf(imported.value.id), [
    [3, "row-programme", "J-3"],
    [4, "row-currency", "J-4"],
    [5, "row-malformed", null],
    [6, "row-malformed", null],
    [8, "row-malformed", null],
    [9, "row-malformed", null],
  ]);
});

test("a file that is no roster is refused whole, in words that say why", async () => {
  const big5 = Buffer.concat([
    Buffer.from(`${head}\nB-1,`),
    Buffer.from([0xa4, 0xfd, 0xa4, 0x70]),
    Buffer.from(",7000021,1,1\n"),
  ]);
  const cases: readonly (readonly [string, string | Buffer])[] = [
    ["roster-encoding", big5],
    ["roster-encoding", Buffer.from(`\uFEFF${head}\n`, "utf16le")],
    ["roster-head", ""],
    ["roster-head", "reference;name;institution;account;amount\n"],
    ["roster-head", `${head},surprise\n`],
    ["roster-head", `${head},name\n`],
    ["roster-head", "reference,name,institution,account\n"],
    ["roster-head", "x".repeat(50_000)],
  ];
  for (const [code, content] of cases) {
    const refused = await importRoster(payments, pieces(content, 4096), wanted());
    assert.equal(!refused.ok && refused.error.code, code);
  }
  // Nothing was taken, so no list shows them.
  assert.ok((await rosterList(payments)).every(({ bytes }) => bytes > 0n));
  const invalid = await importRoster(payments, pieces(""), wanted({ programme: "main" }));
  assert.equal(!invalid.ok && invalid.error.code, "roster-invalid");
  const unknown = await importRoster(payments, pieces(""), wanted({ programme: "nothing" }));
  assert.equal(!unknown.ok && unknown.error.code, "programme-unknown");
});

const read = ({ accepted, refused, total, sha256, rows, lines, state }: Roster): unknown[] => [
  accepted,
  refused,
  total,
  sha256,
  rows,
  lines,
  state,
];

test("an import that breaks off anywhere goes on where it stood, and pays nobody twice", async () => {
  const text = `${head}\n${many(25)}R-3,again,7000021,1,1\n${many(25, 25)}`;
  const whole = await importRoster(payments, pieces(text), wanted({ chunk: 10 }));
  assert.ok(whole.ok);
  const size = Buffer.byteLength(text);
  for (const at of [1, 60, 400, 900, 1500, size - 1]) {
    const order = wanted({ chunk: 4 });
    const broken = (async function* () {
      yield* pieces(text.slice(0, at), 50);
      throw new Error("the line broke");
    })();
    await assert.rejects(importRoster(payments, broken, order), /the line broke/);
    const done = await importRoster(payments, pieces(text), order);
    assert.ok(done.ok, `broken at ${at}`);
    assert.deepEqual(read(done.value), read(whole.value), `broken at ${at}`);
    // The same file once more answers what is there; another one is refused.
    const again = await importRoster(payments, pieces(text), order);
    assert.ok(again.ok);
    assert.deepEqual(read(again.value), read(whole.value));
    const other = await importRoster(payments, pieces(text.replace("R-7", "R-8")), order);
    assert.equal(!other.ok && other.error.code, "roster-differs");
  }
  assert.deepEqual(await proveBooks(payments), []);
});

test("the wrong file stops early; two who read one roster at once do not read it twice", async () => {
  const hopeless = await importRoster(
    payments,
    pieces(`${head}\n${"bad\n".repeat(50)}`),
    wanted({ chunk: 10, mostRefusals: 15 }),
  );
  assert.equal(!hopeless.ok && hopeless.error.code, "roster-hopeless");
  const order = wanted({ chunk: 5 });
  const text = `${head}\n${many(200)}`;
  const both = await Promise.all([
    importRoster(payments, pieces(text, 512), order),
    importRoster(payments, pieces(text, 512), order),
  ]);
  assert.ok(both.some((one) => one.ok || one.error.code === "roster-busy"));
  const last = await importRoster(payments, pieces(text), order);
  assert.equal(last.ok && last.value.accepted, 200n);
});

test("a line of gigabytes takes no memory", async () => {
  let most = 0;
  const source = (async function* () {
    yield Buffer.from(`${head}\n`);
    for (let n = 0; n < 2_000; n += 1) {
      if (n % 100 === 0) {
        globalThis.gc?.();
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
      yield Buffer.alloc(65_536, "x");
    }
    yield Buffer.from("\nM-1,王,7000021,1,1\n");
  })();
  const imported = await importRoster(payments, source, wanted());
  assert.ok(imported.ok);
  assert.deepEqual([imported.value.accepted, imported.value.refused], [1n, 1n]);
  assert.ok(most < 30_000_000, String(most));
});

test("the file of refusals has both languages, and no cell that a spreadsheet would calculate", async () => {
  const imported = await importRoster(payments, pieces(`${head}\n"=1+1,""x",,7000021,1,1\n`), wanted({ size: 60 }));
  assert.ok(imported.ok);
  let text = "";
  for await (const piece of refusalFile(payments, imported.value.id)) text += piece;
  assert.equal(
    text,
    `\uFEFFline,reference,code,reason_zh,reason_en\r\n2,"'=1+1,""x",payee-invalid,收款人姓名不能使用,The payee's name cannot be used\r\n`,
  );
  const later = new Date(imported.value.resumedAt.getTime() + 2_000);
  const half = { ...imported.value, rows: 10n, bytes: 30n, size: 60n, updatedAt: later, state: "reading" } as const;
  assert.deepEqual(rosterProgress(half, later), { rowsPerSecond: 5, share: 0.5, secondsLeft: 2, stalled: false });
  assert.ok(rosterProgress(half, new Date(later.getTime() + 31_000)).stalled);
});
