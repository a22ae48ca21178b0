import assert from "node:assert/strict";
import { test } from "node:test";
import { readBooks } from "./books/books.ts";
import { grantEntitlement } from "./grant.ts";
import { makeFile } from "./bank/make-file.ts";
import { openProgramme, programmes, type NewProgramme } from "./programmes.ts";
import { readCreditTransfer } from "./bank/read-credit-transfer.ts";
import { fileContent } from "./bank/store-files.ts";
import { grantFor, released, testBanking, testPayer, testPayments } from "./testing.ts";

const payments = await testPayments();

const wanted: NewProgramme = {
  id: "relief-2026",
  title: { "zh-Hant": "普發現金", en: "Relief payment" },
  law: "Relief Act 2026 art. 3",
  purpose: { code: "GOVT", text: "普發現金" },
  payer: {
    agencyName: "示範財政部",
    organisationId: "00000001",
    accountName: "示範國庫",
    account: { institution: "0040002", number: "99" },
  },
  limits: { perPayment: 10_000n },
  openedBy: "officer:lin",
};

test("a programme is opened once, with its budget; opened again it is the same, or refused", async () => {
  const opened = await openProgramme(payments, { ...wanted, budget: 50_000n });
  assert.ok(opened.ok);
  assert.equal(opened.value.payer?.account.number, "00000000000099");
  assert.equal(opened.value.limits.maxPerAccount, 5);
  assert.deepEqual(await openProgramme(payments, wanted), opened);
  const other = await openProgramme(payments, { ...wanted, law: "another act" });
  assert.equal(!other.ok && other.error.code, "programme-differs");
  assert.deepEqual(
    (await programmes(payments)).map(({ id }) => id),
    ["main", "relief-2026"],
  );
  const books = await readBooks(payments);
  assert.equal(books.find((row) => row.programme === wanted.id && row.account === "appropriation")?.balance, 50_000n);
});

test("particulars that cannot be are refused by the field's name", async () => {
  const bad: readonly (readonly [string, Partial<NewProgramme>])[] = [
    ["id", { id: "Relief 2026" }],
    ["title", { title: { "zh-Hant": "救助", en: "" } }],
    ["law", { law: "a\nb" }],
    ["purpose", { purpose: { code: "govt", text: "x" } }],
    ["payer", { payer: { ...testPayer, account: { institution: "9999999", number: "1" } } }],
    ["limits", { limits: { perPayment: 0n } }],
    ["limits", { limits: { maxPerAccount: 1.5 } }],
  ];
  for (const [field, change] of bad) {
    const opened = await openProgramme(payments, { ...wanted, id: "never", ...change });
    assert.deepEqual(
      !opened.ok && opened.error.params,
      { field },
      JSON.stringify(change, (_, v) => String(v)),
    );
  }
});

test("a payment is granted within its programme's limit, and a file holds the payments of one payer", async () => {
  const unknown = await grantEntitlement(payments, grantFor("P-0", { programme: "nothing" }));
  assert.equal(!unknown.ok && unknown.error.code, "programme-unknown");
  const large = await grantEntitlement(payments, grantFor("P-0", { programme: wanted.id, amount: 10_001n }));
  assert.equal(!large.ok && large.error.code, "amount-invalid");
  await released(payments, grantFor("P-1", { programme: wanted.id, amount: 10_000n }));
  await released(payments, grantFor("P-2"));
  await released(payments, grantFor("P-3", { programme: wanted.id, amount: 6_000n }));
  const files = [];
  for (;;) {
    const made = await makeFile(payments);
    if (!made.ok) break;
    const stored = await fileContent(payments.database, made.value.file.id);
    const read = readCreditTransfer(stored!.xml, testBanking);
    assert.ok(read.ok);
    files.push({
      lines: made.value.file.lines,
      by: read.value.initiator.name,
      from: read.value.groups[0]!.payer.account,
    });
  }
  // Ids of one millisecond sort by chance.
  files.sort((a, b) => b.lines - a.lines);
  assert.deepEqual(files, [
    { lines: 2, by: "示範財政部", from: { institution: "0040002", number: "00000000000099" } },
    { lines: 1, by: testPayer.agencyName, from: testPayer.account },
  ]);
});
