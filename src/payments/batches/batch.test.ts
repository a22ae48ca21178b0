import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Account } from "../contract.ts";
import { approveBatch } from "./approve-batch.ts";
import { proveBooks, readBooks, setBudget } from "../books/books.ts";
import { cancelPayment } from "../cancel.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { importRoster } from "./import-roster.ts";
import { makeBatchFile } from "./make-batch-file.ts";
import { openProgramme, type NewProgramme } from "../programmes.ts";
import { proposeBatch, type Proposal } from "./propose-batch.ts";
import { readCreditTransfer } from "../bank/read-credit-transfer.ts";
import { recallBatch } from "./recall-batch.ts";
import { receiveStatus } from "../bank/receive-status.ts";
import { lockLatestInstruction } from "../store.ts";
import { fileContent } from "../bank/store-files.ts";
import { closedInstitutions, grantFor, reportXml, testBanking, testChannel, testPayments } from "../testing.ts";
import { grantEntitlement } from "../grant.ts";
import { batchProgress, batchView } from "./view-batches.ts";
import type { Batch } from "./store-batches.ts";
import { linesHash } from "./batch-hash.ts";
import { endHold, holdPayment } from "../hold.ts";
import { releasePayment } from "../release.ts";

const payments = await testPayments({ linesPerFile: 10 });
const { database } = payments;
let opened = 0;

async function programme(change: Partial<NewProgramme> = {}): Promise<string> {
  const id = `p${(opened += 1)}`;
  const made = await openProgramme(payments, {
    id,
    title: { "zh-Hant": "普發現金", en: "Relief" },
    law: "Relief Act",
    purpose: { code: "GOVT", text: "普發現金" },
    budget: 10_000_000n,
    openedBy: "officer:lin",
    ...change,
  });
  assert.ok(made.ok);
  return id;
}

async function roster(
  id: string,
  count: number,
  change: { ownersChecked?: boolean; account?: number } = {},
): Promise<void> {
  const rows = Array.from(
    { length: count },
    (_, n) => `R-${n},林𡘙美${n},7000021,${change.account ?? n + 1},${6000 + n}`,
  );
  const text = ["reference,name,institution,account,amount", ...rows].join("\n");
  const imported = await importRoster(
    payments,
    (async function* () {
      yield Buffer.from(text);
    })(),
    { programme: id, name: "r.csv", decision: "Decree 1", importedBy: "officer:chen", ownersChecked: true, ...change },
  );
  assert.ok(imported.ok);
}

async function proposal(id: string, change: Partial<Proposal> = {}): Promise<Batch> {
  const batch = await proposeBatch(payments, { programme: id, proposedBy: "officer:chen", ...change });
  assert.ok(batch.ok, JSON.stringify(!batch.ok && batch.error));
  return batch.value;
}

async function released(id: string): Promise<Batch> {
  const batch = await proposal(id);
  const done = await approveBatch(payments, { batch: batch.id, releasedBy: "officer:wang", sha256: batch.sha256! });
  assert.ok(done.ok);
  return batch;
}

async function standing(id: string): Promise<Record<string, bigint>> {
  const rows = (await readBooks(payments)).filter((row) => row.programme === id && row.balance !== 0n);
  return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]));
}

/** Whatever earlier tests left released is filed and sent. */
beforeEach(async () => {
  while ((await makeBatchFile(payments)).ok);
  await deliverFiles(payments, testChannel());
});

const codeOf = (result: { ok: boolean; error?: { code: string } }): string => (result.ok ? "ok" : result.error!.code);

test("a roster is proposed by one, released by another, filed by the part, sent, reported and booked", async () => {
  const id = await programme();
  await roster(id, 25);
  const batch = await proposal(id);
  assert.deepEqual([batch.lines, batch.total, batch.approvals, batch.payOn], [25n, 150_300n, 1, "2026-01-06"]);
  const view = (await batchView(payments, batch.id))!;
  assert.deepEqual(
    view.parts.map(({ lines }) => lines),
    [10, 10, 5],
  );
  assert.equal(view.samples[0]!.amount, 6024n);
  assert.match(view.samples[0]!.accountMasked, /^•{10}0025$/);
  assert.equal(codeOf(await makeBatchFile(payments)), "nothing-to-pay");

  const release = { batch: batch.id, releasedBy: "officer:wang", sha256: batch.sha256! };
  assert.equal(codeOf(await approveBatch(payments, { ...release, releasedBy: "officer:chen" })), "same-person");
  assert.equal(codeOf(await approveBatch(payments, { ...release, sha256: "0".repeat(64) })), "batch-changed");
  assert.deepEqual(await approveBatch(payments, release), {
    ok: true,
    value: { batch: batch.id, sha256: batch.sha256, missing: 0, repeated: false },
  });
  const again = await approveBatch(payments, release);
  assert.ok(again.ok && again.value.repeated);
  assert.equal(codeOf(await approveBatch(payments, { ...release, releasedBy: "officer:wu" })), "not-batchable");
  assert.deepEqual(await standing(id), {
    treasury: -10_000_000n,
    appropriation: 10_000_000n - 150_300n,
    encumbered: 150_300n,
  });
  assert.deepEqual(await proveBooks(payments), []);

  const files: string[] = [];
  for (let made = await makeBatchFile(payments); made.ok; made = await makeBatchFile(payments)) {
    files.push(made.value.file!.id);
    assert.deepEqual(await proveBooks(payments), []);
  }
  assert.equal(files.length, 3);
  // What the bank reads is what was released.
  const stored = await fileContent(database, files[0]!);
  const read = readCreditTransfer(stored!.xml, testBanking);
  assert.ok(read.ok);
  assert.equal(linesHash(read.value.groups.flatMap(({ transfers }) => transfers)), view.parts[0]!.sha256);

  await deliverFiles(payments, testChannel());
  for (const file of files) assert.ok((await receiveStatus(payments, reportXml(file, "ACSC"))).ok);
  assert.deepEqual((await batchProgress(payments, batch.id)).states, { settled: 25 });
  assert.deepEqual(await standing(id), {
    treasury: -10_000_000n,
    appropriation: 10_000_000n - 150_300n,
    paid: 150_300n,
  });
  assert.deepEqual(await proveBooks(payments), []);
});

test("who approved a payment of it, or made it, cannot release it; above the limits a third human must", async () => {
  const id = await programme({ limits: { batchThirdAbove: 10_000n } });
  await roster(id, 2);
  const batch = await proposal(id, { proposedBy: "officer:maker" });
  assert.equal(batch.approvals, 2);
  const release = (releasedBy: string) =>
    approveBatch(payments, { batch: batch.id, releasedBy, sha256: batch.sha256! });
  assert.equal(codeOf(await release("officer:maker")), "same-person");
  assert.equal(codeOf(await release("officer:chen")), "same-person");
  const second = await release("officer:wang");
  assert.equal(second.ok && second.value.missing, 1);
  assert.equal((await standing(id))["encumbered"], undefined);
  const repeated = await release("officer:wang");
  assert.ok(repeated.ok && repeated.value.repeated && repeated.value.missing === 1);
  const third = await release("officer:wu");
  assert.equal(third.ok && third.value.missing, 0);
  const single = await programme({ limits: { thirdAbove: 6_000n } });
  await roster(single, 2);
  assert.equal((await proposal(single)).approvals, 2);
});

test("one above the limit is not released alone, past the third person", async () => {
  const id = await programme({ limits: { thirdAbove: 5_999n } });
  await roster(id, 1);
  const { entitlement } = (await database.one<{ entitlement: string }>(
    "select id as entitlement from payments.entitlement where programme = $1",
    [id],
  ))!;
  assert.equal(
    codeOf(await releasePayment(payments, { entitlementId: entitlement, releasedBy: "officer:wang" })),
    "third-person-needed",
  );
});

test("who let a held payment go on does not release the batch it is in", async () => {
  const id = await programme();
  await roster(id, 1);
  const { entitlement } = (await database.one<{ entitlement: string }>(
    "select id as entitlement from payments.entitlement where programme = $1",
    [id],
  ))!;
  const single = await releasePayment(payments, { entitlementId: entitlement, releasedBy: "officer:wang" });
  assert.ok(single.ok);
  const held = { instructionId: single.value.instructionId, note: "odd", by: "officer:lee" };
  assert.ok((await holdPayment(payments, held)).ok);
  assert.ok((await endHold(payments, { ...held, by: "officer:wang" })).ok);
  const batch = await proposal(id);
  const release = (releasedBy: string) =>
    approveBatch(payments, { batch: batch.id, releasedBy, sha256: batch.sha256! });
  assert.equal(codeOf(await release("officer:wang")), "same-person");
  assert.ok((await release("officer:lee")).ok);
});

test("what changes after it was proposed voids the batch and frees the rest", async () => {
  const id = await programme();
  await roster(id, 25);
  const batch = await proposal(id);
  const one = await database.one<{ id: string }>(
    "select id from payments.entitlement where programme = $1 order by id limit 1",
    [id],
  );
  assert.ok((await cancelPayment(payments, { entitlementId: one!.id, cancelledBy: "officer:chen" })).ok);
  const release = { batch: batch.id, releasedBy: "officer:wang", sha256: batch.sha256! };
  assert.equal(codeOf(await approveBatch(payments, release)), "batch-changed");
  assert.equal((await batchView(payments, batch.id))!.state, "changed");
  const next = await proposal(id);
  assert.equal(next.lines, 24n);
  // And after it was released: the file that would differ is never made, and its money is free.
  const now = { batch: next.id, releasedBy: "officer:wang", sha256: next.sha256! };
  assert.ok((await approveBatch(payments, now)).ok);
  assert.ok((await makeBatchFile(payments)).ok);
  const late = await database.one<{ id: string }>(
    "select id from payments.entitlement where programme = $1 order by id desc limit 1",
    [id],
  );
  assert.ok((await cancelPayment(payments, { entitlementId: late!.id, cancelledBy: "officer:chen" })).ok);
  assert.ok((await makeBatchFile(payments)).ok);
  assert.equal(codeOf(await makeBatchFile(payments)), "batch-changed");
  assert.deepEqual(await proveBooks(payments), []);
  assert.equal((await proposal(id)).lines, 3n);
});

test("a released batch is recalled by two, as far as nothing of it was tried at the bank", async () => {
  const id = await programme();
  await roster(id, 25);
  const batch = await released(id);
  const first = await makeBatchFile(payments);
  assert.ok(first.ok);
  await deliverFiles(payments, testChannel());
  assert.ok((await makeBatchFile(payments)).ok);
  const recall = (recalledBy: string) => recallBatch(payments, { batch: batch.id, recalledBy, reason: "wrong day" });
  const asked = await recall("officer:wang");
  assert.equal(asked.ok && asked.value.outcome, "asked");
  assert.equal(codeOf(await recall("officer:wang")), "same-person");
  const done = await recall("officer:wu");
  assert.deepEqual(done.ok && [done.value.outcome, done.value.files], ["recalled", 1]);
  assert.equal(codeOf(await recall("officer:wu")), "batch-not-recallable");
  assert.equal(codeOf(await makeBatchFile(payments)), "nothing-to-pay");
  assert.deepEqual((await deliverFiles(payments, testChannel())).sent, []);
  const books = await standing(id);
  assert.equal(books["encumbered"] ?? 0n, 0n);
  assert.equal(books["in-transit"], first.value.file!.total);
  assert.deepEqual(await proveBooks(payments), []);
  assert.equal((await proposal(id)).lines, 15n);
});

test("a file that was tried at the bank is not recalled: it may have arrived", async () => {
  const id = await programme();
  await roster(id, 5);
  const batch = await released(id);
  assert.ok((await makeBatchFile(payments)).ok);
  const down = { ...testChannel(), send: async () => Promise.reject(new Error("down")) };
  assert.equal((await deliverFiles(payments, down)).failed.length, 1);
  await recallBatch(payments, { batch: batch.id, recalledBy: "officer:wang", reason: "x" });
  const done = await recallBatch(payments, { batch: batch.id, recalledBy: "officer:wu", reason: "x" });
  assert.equal(done.ok && done.value.files, 0);
  assert.equal((await deliverFiles(payments, testChannel())).sent.length, 1);
  assert.deepEqual(await proveBooks(payments), []);
});

test("a batch that is still gathered belongs to its maker and its day, until somebody recalls it", async () => {
  const id = await programme();
  await roster(id, 3);
  // Its maker was killed after the first part.
  const killed = proposeBatch(payments, {
    programme: id,
    proposedBy: "officer:chen",
    onProgress: () => {
      throw new Error("killed");
    },
  });
  await assert.rejects(killed, /killed/);
  assert.equal(codeOf(await proposeBatch(payments, { programme: id, proposedBy: "officer:lin" })), "batch-busy");
  assert.equal((await proposal(id)).lines, 3n);
});

test("a proposal nobody released is withdrawn by one", async () => {
  const id = await programme();
  await roster(id, 3);
  const batch = await proposal(id);
  const done = await recallBatch(payments, { batch: batch.id, recalledBy: "officer:chen", reason: "too early" });
  assert.equal(done.ok && done.value.outcome, "recalled");
  assert.equal((await proposal(id)).lines, 3n);
});

test("a batch is never above its budget, nor for a day that cannot be kept", async () => {
  const id = await programme({ budget: 12_000n });
  await roster(id, 2);
  const batch = await proposal(id);
  const release = { batch: batch.id, releasedBy: "officer:wang", sha256: batch.sha256! };
  assert.equal(codeOf(await approveBatch(payments, release)), "budget-exhausted");
  assert.equal((await batchView(payments, batch.id))!.state, "proposed");
  assert.ok((await setBudget(payments, { programme: id, amount: 12_001n, reason: "Act 2" })).ok);
  let day = "2026-01-07";
  const later = { ...payments, banking: { ...testBanking, executionDate: () => day } };
  assert.equal(codeOf(await approveBatch(later, release)), "batch-late");
  assert.ok((await approveBatch(payments, release)).ok);
  assert.equal(codeOf(await makeBatchFile(later)), "batch-late");
  // It keeps no other waiting.
  const next = await programme();
  await roster(next, 2);
  const other = await proposeBatch(later, { programme: next, proposedBy: "officer:chen" });
  assert.ok(other.ok);
  const { id: batchId, sha256 } = other.value;
  assert.ok((await approveBatch(later, { batch: batchId, releasedBy: "officer:wang", sha256: sha256! })).ok);
  assert.ok((await makeBatchFile(later)).ok);
  assert.equal(codeOf(await makeBatchFile(later)), "batch-late");
  day = "2026-01-06";
  assert.ok((await makeBatchFile(later)).ok);
  assert.equal(
    codeOf(await proposeBatch(payments, { programme: id, proposedBy: "officer:chen", payOn: "2026-01-05" })),
    "batch-late",
  );
});

test("new accounts wait, crowded ones stop the batch, and changes since the last one are counted", async () => {
  const id = await programme({ limits: { maxPerAccount: 2 } });
  await roster(id, 3, { ownersChecked: false });
  const empty = await proposeBatch(payments, { programme: id, proposedBy: "officer:chen" });
  assert.deepEqual(!empty.ok && [empty.error.code, empty.error.params], ["batch-empty", { heldOut: 3 }]);
  const granted = await grantEntitlement(payments, grantFor("M-1", { programme: id }));
  assert.ok(granted.ok);
  const day = 86_400_000;
  const tomorrow = { ...payments, clock: { now: () => new Date(payments.clock.now().getTime() + day) } };
  const batch = await proposeBatch(tomorrow, { programme: id, proposedBy: "officer:chen" });
  assert.ok(batch.ok);
  assert.equal(batch.value.lines, 4n);

  const crowded = await programme({ limits: { maxPerAccount: 2 } });
  await roster(crowded, 3, { account: 77 });
  const stopped = await proposeBatch(payments, { programme: crowded, proposedBy: "officer:chen" });
  assert.equal(codeOf(stopped), "batch-stopped");
  const kept = stopped.ok ? "" : String(stopped.error.params?.["batch"]);
  assert.deepEqual((await batchView(payments, kept))!.findings.crowded, [
    { institution: "7000021", number: "00000000000077", payments: 3 },
  ]);
});

test("a bank that merged since the roster was read: that payment is held, the rest of its file goes", async () => {
  const id = await programme();
  await roster(id, 3);
  await released(id);
  const one = await database.one<{ entitlement: string }>(
    "select id as entitlement from payments.entitlement where programme = $1 order by id limit 1",
    [id],
  );
  const banking = {
    ...testBanking,
    checkAccount: (account: Account, day: string) =>
      account.number === "00000000000002"
        ? testBanking.checkAccount({ ...account, institution: [...closedInstitutions][0]! }, day)
        : testBanking.checkAccount(account, day),
  };
  const made = await makeBatchFile({ ...payments, banking });
  assert.ok(made.ok);
  assert.deepEqual([made.value.file?.lines, made.value.held.length], [2, 1]);
  const held = await lockLatestInstruction(database, one!.entitlement);
  assert.ok(held);
  assert.deepEqual(await proveBooks(payments), []);
});
