import assert from "node:assert/strict";
import { test } from "node:test";
import { deliverFiles } from "./deliver.ts";
import { makeFile } from "./make-file.ts";
import { receiveStatus } from "./receive-status.ts";
import { releasePayment } from "../release.ts";
import { fileContent } from "./store-files.ts";
import {
  closedInstitutions,
  fileOf,
  grantFor,
  hashOf,
  released,
  reportXml,
  testChannel,
  testPayments,
} from "../testing.ts";
import { grantEntitlement } from "../grant.ts";
import { paymentFor } from "../views/view.ts";

const payments = await testPayments();
const { database } = payments;

test("a file holds released payments only, once, with its hash, grouped by purpose", async () => {
  await released(payments, grantFor("F-1"));
  await released(payments, grantFor("F-2", { amount: 7n, purpose: { code: "BENE", text: "職災給付" } }));
  await grantEntitlement(payments, grantFor("F-3"));
  const file = await fileOf(payments);
  assert.equal(file.lines, 2);
  assert.equal(file.total, 18_757n);
  assert.equal(file.executionDate, "2026-01-06");
  const content = await fileContent(database, file.id);
  assert.equal(hashOf(content!.xml), file.sha256);
  assert.equal(content!.xml.match(/<PmtInf>/g)?.length, 2);
  assert.ok(content!.xml.includes("林𡘙美"));
  const again = await makeFile(payments);
  assert.equal(again.ok ? "made" : again.error.code, "nothing-to-pay");
  await deliverFiles(payments, testChannel());
});

test("two schedulers at once never put one payment into two files", async () => {
  for (const name of ["S-1", "S-2", "S-3"]) await released(payments, grantFor(name));
  await Promise.all([1, 2, 3].map(() => makeFile(payments)));
  const rows = await database.query<{ lines: number; events: bigint }>(
    `select f.lines, (select count(*) from payments.instruction_event e where e.event = 'batched' and e.detail ->> 'file' = f.id) as events
       from payments.file f where sent_at is null`,
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.lines, 0),
    3,
  );
  for (const row of rows) assert.equal(BigInt(row.lines), row.events);
  await deliverFiles(payments, testChannel());
});

test("killed after sending, before noting it: the next run sends the same bytes and notes it once", async () => {
  await released(payments, grantFor("K-1"));
  const file = await fileOf(payments);
  const channel = testChannel();
  const killed = {
    ...channel,
    send: async (sent: Parameters<typeof channel.send>[0]) => {
      await channel.send(sent);
      throw Object.assign(new Error("killed"), { code: "killed" });
    },
  };
  assert.deepEqual((await deliverFiles(payments, killed)).failed, [{ file: file.id, fault: "killed" }]);
  assert.equal((await paymentFor(payments, "K-1"))?.state, "queued");
  assert.deepEqual((await deliverFiles(payments, channel)).sent, [file.id]);
  assert.deepEqual((await deliverFiles(payments, channel)).sent, []);
  assert.equal(channel.sent.length, 2);
  assert.equal(channel.sent[0]?.sha256, channel.sent[1]?.sha256);
  const view = await paymentFor(payments, "K-1");
  assert.equal(view?.state, "submitted");
  assert.equal(view.events.filter(({ event }) => event === "file-sent").length, 1);
  assert.equal(view.file?.attempts, 2);
});

test("two couriers at once send a file once", async () => {
  await released(payments, grantFor("C-1"));
  await fileOf(payments);
  const channel = testChannel();
  const slow = {
    ...channel,
    send: async (file: Parameters<typeof channel.send>[0]) => {
      await new Promise((done) => setTimeout(done, 50));
      return channel.send(file);
    },
  };
  await Promise.all([deliverFiles(payments, slow), deliverFiles(payments, slow)]);
  assert.equal(channel.sent.length, 1);
});

test("a bank that is down leaves the file in the outbox, and others behind it still go", async () => {
  await released(payments, grantFor("D-1"));
  const stuck = await fileOf(payments);
  await released(payments, grantFor("D-2"));
  const next = await fileOf(payments);
  const channel = testChannel();
  const half = {
    ...channel,
    send: async (file: Parameters<typeof channel.send>[0]) => {
      if (file.name.startsWith(stuck.id)) throw new TypeError("fetch failed");
      return channel.send(file);
    },
  };
  assert.deepEqual(await deliverFiles(payments, half), {
    sent: [next.id],
    failed: [{ file: stuck.id, fault: "TypeError" }],
  });
  assert.deepEqual((await deliverFiles(payments, channel)).sent, [stuck.id]);
});

test("a report on a file whose receipt was lost proves that it arrived", async () => {
  await released(payments, grantFor("L-1"));
  const file = await fileOf(payments);
  assert.ok((await receiveStatus(payments, reportXml(file.id, "ACCC"))).ok);
  const view = await paymentFor(payments, "L-1");
  assert.equal(view?.state, "settled");
  assert.match(view.file?.receipt ?? "", /^report /);
  const channel = testChannel();
  await deliverFiles(payments, channel);
  assert.equal(channel.sent.length, 0);
});

test("a bank that merged after the release holds its payment back and lets the others go", async () => {
  await released(
    payments,
    grantFor("M-1", { payee: { name: "王", account: { institution: "8888888", number: "1" } } }),
  );
  await released(payments, grantFor("M-2"));
  closedInstitutions.add("8888888");
  const made = await makeFile(payments);
  assert.ok(made.ok);
  assert.equal(made.value.file.lines, 1);
  const held = await paymentFor(payments, "M-1");
  assert.equal(held?.state, "held");
  assert.deepEqual(made.value.held, [held.instructionId]);
  const again = await releasePayment(payments, { entitlementId: held.entitlementId, releasedBy: "officer:wang" });
  assert.equal(again.ok ? "released" : again.error.code, "not-releasable");
});
