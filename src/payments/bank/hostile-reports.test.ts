import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks } from "../books/books.ts";
import { quarantine } from "./collect.ts";
import { deliverFiles } from "./deliver.ts";
import { readNotification } from "./read-notification.ts";
import { receiveNotification } from "./receive-notification.ts";
import { receiveStatus } from "./receive-status.ts";
import { listSuspense } from "./suspense.ts";
import {
  fileOf,
  grantFor,
  notificationXml,
  released,
  reportXml,
  testBanking,
  testChannel,
  testPayments,
} from "../testing.ts";
import { paymentFor } from "../views/view.ts";

const conventions = testBanking;
const euro = { ...testBanking, currency: { code: "EUR", decimals: 2 } };
const line = { ref: "R1", way: "DBIT", amount: "18750", id: "E1" } as const;
const good = notificationXml("M", [line]);

test("the notification that the table below spoils is good", () => {
  assert.ok(readNotification(good, conventions).ok);
});

/** Name, what is said about it, and how the good notification is spoiled. */
const spoiled: readonly [string, RegExp, (xml: string) => string][] = [
  ["an older version of the schema", /another namespace/, (xml) => xml.replace("054.001.12", "054.001.08")],
  ["a pain.002 namespace", /another namespace/, (xml) => xml.replace("camt.054.001.12", "pain.002.001.14")],
  [
    "another root",
    /not expected|No matching|not valid|lacks/,
    (xml) => xml.replaceAll("BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt"),
  ],
  [
    "a billion laughs",
    /document type/,
    (xml) =>
      `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>${xml.replace(">R1<", ">&b;<")}`,
  ],
  [
    "an external entity",
    /document type/,
    (xml) => `<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/hostname">]>${xml.replace(">R1<", ">&f;<")}`,
  ],
  ["a parameter entity from outside", /document type/, (xml) => `<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd">${xml}`],
  ["an entity nobody declared", /entity/, (xml) => xml.replace(">R1<", ">&who;<")],
  ["a processing instruction", /processing instruction/, (xml) => xml.replace("<Ntry>", "<?php echo 1?><Ntry>")],
  [
    "XInclude",
    /another namespace/,
    (xml) => xml.replace("<Ntry>", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/><Ntry>'),
  ],
  ["NUL", /character/, (xml) => xml.replace(">R1<", ">R\u00001<")],
  ["half a surrogate pair", /character/, (xml) => xml.replace(">R1<", ">R\uD8001<")],
  ["a reference to NUL", /entity|character/, (xml) => xml.replace(">R1<", ">R&#0;1<")],
  ["half a file", /does not (end|fit)/, (xml) => xml.slice(0, -40)],
  ["nothing", /empty/, () => ""],
  ["a web page", /another namespace|well-formed/, () => "<html><body>502</body></html>"],
  ["elements forty deep", /too deep/, (xml) => xml.replace("<Ntry>", "<Ntry>".repeat(60))],
  ["a negative amount", /Amt|amount/, (xml) => xml.replace(">18750<", ">-18750<")],
  ["zero", /amount above zero/, (xml) => xml.replace(">18750<", ">0<")],
  ["half a dollar", /amount above zero/, (xml) => xml.replace(">18750<", ">18750.5<")],
  ["an enormous amount", /Amt|amount/, (xml) => xml.replace(">18750<", `>${"9".repeat(30)}<`)],
  ["an amount in words of a machine", /Amt|amount/, (xml) => xml.replace(">18750<", ">1e5<")],
  ["another currency", /whole units of TWD/, (xml) => xml.replace('Ccy="TWD"', 'Ccy="USD"')],
  ["no currency", /Ccy|Amt/, (xml) => xml.replace(' Ccy="TWD"', "")],
  ["no reference of the bank", /AcctSvcrRef/, (xml) => xml.replace("<AcctSvcrRef>R1</AcctSvcrRef>", "")],
  ["no booking day", /BookgDt/, (xml) => xml.replace("<BookgDt><Dt>2026-01-06</Dt></BookgDt>", "")],
  ["a day there is not", /Dt/, (xml) => xml.replace("2026-01-06</Dt>", "2026-02-30</Dt>")],
  [
    "no account",
    /Id fails minLength/,
    (xml) => xml.replace("<Othr><Id>00000012345678</Id></Othr>", "<Othr><Id></Id></Othr>"),
  ],
  ["a UETR that is none", /UETR/, (xml) => xml.replace("</EndToEndId>", "</EndToEndId><UETR>'; drop table x</UETR>")],
  ["an id of 36 characters", /EndToEndId fails maxLength/, (xml) => xml.replace(">E1<", `>${"E".repeat(36)}<`)],
  [
    "a wrong count",
    /NbOfNtries/,
    (xml) => xml.replace("<Ntry>", "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry><Ntry>"),
  ],
  [
    "a wrong sum",
    /Sum/,
    (xml) => xml.replace("<Ntry>", "<TxsSummry><TtlNtries><Sum>18751</Sum></TtlNtries></TxsSummry><Ntry>"),
  ],
  [
    "a wrong sum of debits",
    /TtlDbtNtries/,
    (xml) => xml.replace("<Ntry>", "<TxsSummry><TtlDbtNtries><Sum>1</Sum></TtlDbtNtries></TxsSummry><Ntry>"),
  ],
  [
    "a detail with another amount",
    /sum of its TxDtls/,
    (xml) => xml.replace("</Refs>", '</Refs><Amt Ccy="TWD">18749</Amt>'),
  ],
  [
    "a detail that goes the other way",
    /CdtDbtInd differs/,
    (xml) => xml.replace("</Refs>", '</Refs><Amt Ccy="TWD">18750</Amt><CdtDbtInd>CRDT</CdtDbtInd>'),
  ],
  [
    "a batch with another count",
    /NbOfTxs/,
    (xml) => xml.replace("<TxDtls>", "<Btch><NbOfTxs>2</NbOfTxs></Btch><TxDtls>"),
  ],
];
for (const [name, says, spoil] of spoiled) {
  test(`a notification with ${name} is refused as a whole`, () => {
    const xml = spoil(good);
    assert.notEqual(xml, good);
    const read = readNotification(xml, conventions);
    assert.equal(read.ok, false);
    assert.match(read.ok ? "" : read.error, says);
  });
}

const taken: readonly [string, typeof conventions, (xml: string) => string, bigint | undefined][] = [
  ["18750.00 in a currency without decimals", conventions, (xml) => xml.replace(">18750<", ">18750.00<"), 18_750n],
  [
    "cents in a currency that has them",
    euro,
    (xml) => xml.replace(">18750<", ">187.50<").replace('Ccy="TWD"', 'Ccy="EUR"'),
    18_750n,
  ],
  ["half a cent", euro, (xml) => xml.replace(">18750<", ">187.505<").replace('Ccy="TWD"', 'Ccy="EUR"'), undefined],
  ["an entry that is not booked yet", conventions, (xml) => xml.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>"), undefined],
  ["a comment", conventions, (xml) => xml.replace("<Ntry>", "<!-- <Ntry> --><Ntry>"), 18_750n],
];
for (const [name, of, change, amount] of taken) {
  test(`amounts: ${name}`, () => {
    const read = readNotification(change(good), of);
    assert.equal(read.ok ? read.value.lines[0]?.amount : undefined, amount);
  });
}

test("the same reference twice in one notification is refused", () => {
  const read = readNotification(notificationXml("M", [line, { ...line, amount: "1" }]), conventions);
  assert.deepEqual(read, { ok: false, error: "a reference repeats" });
});

test("a message too large is refused before it is looked at, in an instant", () => {
  const huge = `${good.slice(0, -60)}${" ".repeat(64_000_001)}`;
  const before = performance.now();
  assert.deepEqual(readNotification(huge, conventions), { ok: false, error: "message is too large" });
  assert.ok(performance.now() - before < 500);
});

test("text in our answers names no payee: only elements and counts", () => {
  const secret = "林小姐00012340560500";
  const bad = good.replace(">E1<", `>${secret.repeat(3)}<`);
  const read = readNotification(bad, conventions);
  assert.ok(!read.ok && !read.error.includes("林"));
});

test("ids of other files, ids with quotes and NULs, and what is refused leave payments and books as they are", async () => {
  const payments = await testPayments();
  const { instructionId } = await released(payments, grantFor("Z-1"));
  const file = await fileOf(payments);
  await deliverFiles(payments, testChannel());
  const odd = ["'; drop table instruction; --", "${jndi:ldap://x}", "x".repeat(35), "𡘙𡘙"];
  const lines = odd.map((id, n) => ({
    ref: `O${n}`,
    way: "CRDT" as const,
    amount: 5n,
    id,
    text: "<script>alert(1)</script>".replaceAll("<", "&lt;"),
  }));
  const some = await receiveNotification(payments, notificationXml("Z", lines), "name\0with NUL");
  assert.ok(some.ok && some.value.booked.suspense === 4);
  assert.deepEqual(new Set((await listSuspense(payments)).map(({ endToEndId }) => endToEndId)), new Set(odd));
  for (const id of odd) {
    const read = await receiveStatus(payments, reportXml(file.id, "PART", [{ id, code: "ACCC" }]));
    assert.equal(read.ok && read.value.lines[0]?.outcome, "unmatched");
  }
  const bad = await receiveNotification(payments, good.replace(">18750<", ">0<"));
  const again = await receiveNotification(payments, good.replace(">18750<", ">0<"));
  assert.deepEqual([bad.ok, again.ok], [false, false]);
  assert.equal((await quarantine(payments)).filter(({ why }) => why === "notification-invalid").length, 1);
  assert.equal((await paymentFor(payments, "Z-1"))?.state, "submitted");
  assert.equal((await paymentFor(payments, "Z-1"))?.instructionId, instructionId);
  assert.deepEqual(await proveBooks(payments), []);
});
