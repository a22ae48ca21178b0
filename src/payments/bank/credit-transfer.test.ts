import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { formatAmount, parseAmount, type CreditTransferFile } from "./credit-transfer.ts";
import { readCreditTransfer } from "./read-credit-transfer.ts";
import { writeCreditTransfer } from "./write-credit-transfer.ts";

const conventions = { currency: { code: "TWD", decimals: 0 }, clearingSystem: "TWNCC" };

const sample: CreditTransferFile = {
  id: "TRK-20260105-000001",
  createdAt: "2026-01-05T09:30:00+08:00",
  initiator: { name: "示範市政府社會局", organisationId: "00000000" },
  groups: [
    {
      id: "TRK-20260105-000001-1",
      purposeCode: "SSBE",
      executionDate: "2026-01-06",
      payer: { accountName: "示範市政府", account: { institution: "0040001", number: "00000012345678" } },
      transfers: [
        {
          endToEndId: "019b0000000070008000000000000001-01",
          uetr: "5d1e7d43-6d1f-4f0e-8f35-000000000001",
          amount: 18_750n,
          payeeName: "林𡘙美 & <子>",
          account: { institution: "7000021", number: "00012340567890" },
          text: "輔具補助 AD-2026-000123",
        },
        {
          endToEndId: "019b0000000070008000000000000002-01",
          uetr: "5d1e7d43-6d1f-4f0e-8f35-000000000002",
          amount: 1n,
          payeeName: "𠮷".repeat(140),
          account: { institution: "0040001", number: "00000000000001" },
          text: "輔具補助 AD-2026-000124",
        },
      ],
    },
  ],
};
const xml = writeCreditTransfer(sample, conventions);

test("a file says what was meant, with rare characters and markup in names", () => {
  assert.deepEqual(readCreditTransfer(xml, conventions), { ok: true, value: sample });
  assert.ok(xml.includes("林𡘙美 &amp; &lt;子&gt;"));
  assert.ok(xml.includes("<CtrlSum>18751</CtrlSum>"));
});

const xmllint = spawnSync("xmllint", ["--version"]).status === 0;
test("libxml2's own xmllint agrees", { skip: xmllint ? false : "xmllint is not installed" }, () => {
  const schema = fileURLToPath(new URL("./schemas/pain.001.001.12.xsd", import.meta.url));
  const ran = spawnSync("xmllint", ["--nonet", "--noout", "--schema", schema, "-"], { input: xml, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  const broken = xml.replace("<PmtMtd>TRF</PmtMtd>", "");
  assert.notEqual(spawnSync("xmllint", ["--noout", "--schema", schema, "-"], { input: broken }).status, 0);
});

const wrong: readonly [string, string, string | RegExp, string][] = [
  ["control sum", "AM10", "<CtrlSum>18751</CtrlSum>", "<CtrlSum>18752</CtrlSum>"],
  ["count", "AM18", "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>"],
  ["decimals", "AM02", ">18750</InstdAmt>", ">18750.00</InstdAmt>"],
  ["zero", "AM02", ">18750</InstdAmt>", ">0</InstdAmt>"],
  ["negative", "FF01", ">18750</InstdAmt>", ">-18750</InstdAmt>"],
  ["another currency", "AM02", 'Ccy="TWD">18750', 'Ccy="USD">18750'],
  ["a repeated EndToEndId", "AM05", "000002-01</EndToEndId>", "000001-01</EndToEndId>"],
  ["a repeated UETR", "AM05", "000000000002</UETR>", "000000000001</UETR>"],
  ["letters in an account", "AC01", "<Id>00012340567890</Id>", "<Id>0001234056789O</Id>"],
  ["letters in an institution", "RC01", "<MmbId>7000021</MmbId>", "<MmbId>700002I</MmbId>"],
  ["another clearing system", "RC01", "<Cd>TWNCC</Cd>", "<Cd>CHBCC</Cd>"],
  ["a cheque without an address", "BE04", "<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CHK</PmtMtd>"],
  ["a direct debit", "FF01", "<PmtMtd>TRF</PmtMtd>", "<PmtMtd>DD</PmtMtd>"],
  ["elements out of order", "FF01", /(<PmtMtd>TRF<\/PmtMtd>)(<BtchBookg>true<\/BtchBookg>)/, "$2$1"],
  ["a name of 141 characters", "FF01", "𠮷</Nm>", "𠮷𠮷</Nm>"],
  ["an older version", "FF01", "pain.001.001.12", "pain.001.001.09"],
  ["a foreign element", "FF01", "<PmtMtd>", '<PmtMtd xmlns="urn:other">'],
  ["a document type", "FF01", "<Document", "<!DOCTYPE Document><Document"],
  [
    "entity expansion",
    "FF01",
    /<Document(.*)林/su,
    '<!DOCTYPE Document [<!ENTITY a "林林林林"><!ENTITY b "&a;&a;&a;&a;">]><Document$1&b;',
  ],
  [
    "an external entity",
    "FF01",
    /<Document(.*)林/su,
    '<!DOCTYPE Document [<!ENTITY f SYSTEM "file:///etc/hostname">]><Document$1&f;',
  ],
  ["an undeclared entity", "FF01", "林𡘙美", "&secret;"],
  ["a processing instruction", "FF01", "<PmtInf>", '<?xml-stylesheet href="x"?><PmtInf>'],
  ["half a file", "FF01", /<PmtInf>.*/su, ""],
  ["nothing", "FF01", /.*/su, ""],
];
for (const [name, code, from, to] of wrong) {
  test(`refused: ${name}`, () => {
    const changed = xml.replace(from, to);
    assert.notEqual(changed, xml, "the test must change something");
    const read = readCreditTransfer(changed, conventions);
    assert.equal(read.ok, false);
    assert.ok(!read.ok && read.error.some((fault) => fault.code === code), JSON.stringify(read));
  });
}

test("what is said about a wrong file leaves names and accounts out", () => {
  const secrets = xml
    .replace("𠮷</Nm>", "𠮷𠮷</Nm>")
    .replace("<Id>00012340567890</Id>", `<Id>${"9".repeat(35)}</Id>`)
    .replace('Ccy="TWD">18750', 'Ccy="O\'Neil">18750');
  const read = readCreditTransfer(secrets, conventions);
  const said = read.ok ? "" : read.error.map(({ message }) => message).join("\n");
  assert.match(said, /Nm fails maxLength at/);
  assert.match(said, /Id fails maxLength at/);
  assert.match(said, /InstdAmt\/@Ccy fails pattern at/);
  assert.doesNotMatch(said, /𠮷|999|Neil|林/);
});

test("too deep and too large are refused before the schema looks", () => {
  const namespace = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.12";
  const deep = `<Document xmlns="${namespace}">${"<a>".repeat(10_000)}`;
  for (const text of [deep, " ".repeat(64_000_001)]) {
    const read = readCreditTransfer(text, conventions);
    assert.match(read.ok ? "" : (read.error[0]?.message ?? ""), /deeply|large/);
  }
});

test("what XML cannot carry is a fault, never dropped in silence", () => {
  const group = sample.groups[0]!;
  for (const payeeName of ["a\u0000", "a\u001F", "\uD800", "a\uFFFE"]) {
    const transfers = [{ ...group.transfers[0]!, payeeName }];
    assert.throws(() => writeCreditTransfer({ ...sample, groups: [{ ...group, transfers }] }, conventions), {
      code: "xml-character",
    });
  }
});

test("any names, texts and amounts survive writing and reading", () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((value) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(value) && value.isWellFormed());
  const plain = { noNullPrototype: true };
  const account = { institution: fc.stringMatching(/^\d{7}$/), number: fc.stringMatching(/^\d{14}$/) };
  const line = fc.record(
    {
      payeeName: text,
      text,
      amount: fc.bigInt({ min: 1n, max: 10_000_000n }),
      uetr: fc.uuid({ version: 4 }),
      endToEndId: fc.stringMatching(/^[0-9a-f]{32}-0[1-9]$/),
      account: fc.record(account, plain),
    },
    plain,
  );
  const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 4, selector: ({ endToEndId }) => endToEndId });
  fc.assert(
    fc.property(lines, (transfers) => {
      const file = { ...sample, groups: [{ ...sample.groups[0]!, transfers }] };
      assert.deepEqual(readCreditTransfer(writeCreditTransfer(file, conventions), conventions), {
        ok: true,
        value: file,
      });
    }),
    { numRuns: 60 },
  );
});

test("amounts are exact in both directions", () => {
  assert.equal(formatAmount(5n, 2), "0.05");
  assert.equal(parseAmount("187.50", 2), 18_750n);
  for (const bad of ["1.5", "01", "+1", "1e3", "", " 1", "18750.00", "-1", "９"])
    assert.equal(parseAmount(bad, 0), undefined);
});
