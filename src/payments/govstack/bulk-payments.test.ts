import assert from "node:assert/strict";
import { test } from "node:test";
import { proveBooks, readBooks, setBudget } from "../books/books.ts";
import { releasePayment } from "../release.ts";
import { reportXml, testClock, testPayments } from "../testing.ts";
import { receiveStatus } from "../bank/receive-status.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { testChannel } from "../testing.ts";
import { openProgramme } from "../programmes.ts";
import { approveBatch } from "../batches/approve-batch.ts";
import { holdPayment } from "../hold.ts";
import { makeBatchFile } from "../batches/make-batch-file.ts";
import { rerouteToCheque } from "../reroute.ts";
import { proposeBatch } from "../batches/propose-batch.ts";
import { releaseBatch } from "./release-batch.ts";
import { batchByNumber, grantedLines, lockWaitingLines } from "./store-batches.ts";
import { call, testApi, testClient, toldBy } from "./testing.ts";
import { workPaymentApi } from "./work.ts";

const payments = await testPayments();
const opened = await openProgramme(payments, {
  id: "relief",
  title: { "zh-Hant": "救助", en: "Relief" },
  law: "Relief Act art. 3",
  purpose: { code: "GOVT", text: "救助" },
  budget: 100_000n,
  openedBy: "officer:lin",
});
assert.ok(opened.ok);
const maker = await testClient("maker", { programmes: ["main", "relief"] });
const checker = await testClient("checker", { programmes: ["relief"], duties: ["authorise"] });
const api = await testApi({
  payments,
  clients: [maker, checker],
  programmes: [
    { id: "main", approval: "officer" },
    { id: "relief", approval: "source" },
  ],
});
const id = (n: number): string => String(n).padStart(20, "0");
const wanted = { RequestID: "100000000001", SourceBBID: "SOCIALBB0001" };
await call(api, "POST /register-beneficiary", {
  ...wanted,
  Beneficiaries: [1, 2, 3].map((n) => ({
    PayeeFunctionalID: id(n),
    PaymentModality: n === 3 ? "01" : "00",
    FinancialAddress: `7000021-000${n}`,
    PayeeName: "林𡘙美",
    PayeeNumber: "A700000001",
  })),
});
await workPaymentApi(api);

const line = (reference: string, payee: number, amount: number | string = 1500, change: object = {}): object => ({
  InstructionID: reference.padStart(16, "0"),
  PayeeFunctionalID: id(payee),
  Amount: amount,
  Currency: "TWD",
  Narration: "救助金",
  ...change,
});
const older = (n: number, ...lines: object[]): object => ({
  RequestID: String(n).padStart(12, "0"),
  SourceBBID: "SOCIALBB0001",
  BatchID: `B${String(n).padStart(11, "0")}`,
  CreditInstructions: lines,
});
const numberOf = (n: number): string => `B${String(n).padStart(11, "0")}`;

test("a batch is drafted, waits for a person who is not the client, is paid and told", async () => {
  const body = older(1, line("a1", 1, 1500), line("a2", 2, 2500), line("a3", 3), line("a4", 9));
  const answer = await call(api, "POST /bulk-payment", body);
  assert.deepEqual(answer, {
    status: 200,
    body: { ResponseCode: "00", ResponseDescription: "Request successfully received", RequestID: "000000000001" },
  });
  assert.deepEqual(await call(api, "POST /bulk-payment", body), answer);
  await workPaymentApi(api);
  const batch = (await batchByNumber(payments.database, "maker", numberOf(1)))!;
  assert.equal(batch.state, "proposed");
  const granted = await grantedLines(payments.database, batch.id);
  assert.equal(granted.length, 2);

  // Not even through payments' own door may the client be its own second person.
  const self = await releasePayment(payments, { entitlementId: granted[0]!.entitlement, releasedBy: "api:maker" });
  assert.equal(!self.ok && self.error.code, "same-person");
  assert.deepEqual(await releaseBatch(api, { batch: batch.id, client: "maker" }), {
    ok: false,
    error: "proposed by the same client",
  });
  // At the desk they are payments like any other.
  const proposed = await proposeBatch(payments, { programme: "main", proposedBy: "officer:lin" });
  assert.ok(proposed.ok && proposed.value.lines === 2n);
  const release = { batch: proposed.value.id, releasedBy: "officer:wang", sha256: proposed.value.sha256! };
  assert.ok((await approveBatch(payments, release)).ok);

  const made = await makeBatchFile(payments);
  assert.ok(made.ok && made.value.file);
  const { file } = made.value;
  assert.equal(file.lines, 2);
  await deliverFiles(payments, testChannel());
  await receiveStatus(payments, reportXml(file.id, "ACSC"));
  const summary = await call(api, `GET /api/v1/batch?batchId=${numberOf(1)}`);
  assert.deepEqual(
    { ...summary.body, resultGeneratedAt: "" },
    {
      requestId: "000000000001",
      batchId: numberOf(1),
      TotalTransactions: 4,
      ongoing: 0,
      failed: 2,
      completed: 2,
      currency: "TWD",
      totalAmount: 7000,
      completed_amount: 4000,
      ongoing_amount: 0,
      failed_amount: 3000,
      result_file: "",
      resultGeneratedAt: "",
      note: "released",
    },
  );
  const detail = (await call(api, `GET /api/v1/batch/detail?batchId=${numberOf(1)}&pageNo=1&pageSize=2`)).body;
  assert.deepEqual(detail, [
    {
      requestId: "a3".padStart(16, "0"),
      instructionId: "a3".padStart(16, "0"),
      payeeIdentity: id(3),
      amount: 1500,
      currency: "TWD",
      status: "FAILED",
      failureReason: "payment modality 01 cannot be paid",
    },
    {
      requestId: "a4".padStart(16, "0"),
      instructionId: "a4".padStart(16, "0"),
      payeeIdentity: id(9),
      amount: 1500,
      currency: "TWD",
      status: "FAILED",
      failureReason: "payee not registered",
    },
  ]);
  assert.deepEqual(await proveBooks(payments), []);
});

test("an instruction is paid once: not again in another batch, but again if it failed its checks", async () => {
  const again = await call(api, "POST /credit-instructions", older(2, line("a1", 1)));
  assert.equal(again.status, 400);
  assert.match(JSON.stringify(again.body), /a1: reference was used before/);
  assert.equal((await call(api, "POST /credit-instructions", older(3, line("a4", 1)))).status, 200);
  const other = await call(api, "POST /bulk-payment", older(1, line("zz", 1)));
  assert.match(JSON.stringify(other.body), /was used for something else/);
  assert.match(
    JSON.stringify(
      (await call(api, "POST /bulk-payment", { ...older(1, line("zz", 1)), RequestID: "000000000099" })).body,
    ),
    /batch number was used/,
  );
});

test("many at once with one number are one batch", async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call(api, "POST /bulk-payment", older(4, line("c1", 1)))),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const rows = await payments.database.query("select 1 from payments.api_batch where number = $1", [numberOf(4)]);
  assert.equal(rows.length, 1);
});

test("where the source system approves, another client of it releases, within the budget", async () => {
  const headers = { "X-CorrelationID": "c-1", "Platform-TenantId": "t", "X-Program-Id": "relief" };
  const lines = [
    {
      requestId: "n1",
      creditParty: [{ key: "payeeIdentity", value: id(1) }],
      debitParty: [],
      paymentMode: "account",
      amount: 60_000,
      currency: "TWD",
    },
    {
      requestId: "n2",
      creditParty: [{ key: "payeeFunctionalID", value: id(2) }],
      debitParty: [],
      paymentMode: "account",
      amount: 40_001,
      currency: "TWD",
      descriptionText: "救助",
    },
    {
      requestId: "n3",
      creditParty: [
        { key: "accountId", value: "7000021-12" },
        { key: "name", value: "王大明" },
      ],
      debitParty: [],
      paymentMode: "account",
      amount: 10,
      currency: "TWD",
    },
  ];
  const taken = await call(api, "POST /batchtransactions?type=raw", lines, headers);
  assert.equal(taken.status, 202);
  const { batchId } = taken.body as { batchId: string };
  assert.deepEqual(await call(api, "POST /batchtransactions?type=raw", lines, headers), taken);
  await workPaymentApi(api);
  const authorise = (amount: number, client: string) =>
    call(
      api,
      `POST /batches/${batchId}`,
      { batchID: batchId, payerIdentifier: "x", currency: "TWD", amount },
      {},
      client,
    );
  assert.equal((await authorise(100_000, "checker")).status, 400);
  await authorise(100_011, "maker");
  await workPaymentApi(api);
  const batch = (await batchByNumber(payments.database, "maker", batchId))!;
  assert.equal(batch.state, "proposed");
  assert.equal((await authorise(100_011, "checker")).status, 202);
  await workPaymentApi(api);
  // One dollar above the budget: nothing of the batch is released.
  assert.equal((await batchByNumber(payments.database, "maker", batchId))!.state, "proposed");
  const encumbered = async () =>
    (await readBooks(payments)).find(({ programme, account }) => programme === "relief" && account === "encumbered")
      ?.balance ?? 0n;
  assert.equal(await encumbered(), 0n);
  await setBudget(payments, { programme: "relief", amount: 200_000n, reason: "supplement" });
  await authorise(100_011, "checker");
  await workPaymentApi(api);
  assert.equal((await batchByNumber(payments.database, "maker", batchId))!.releasedBy, "api:checker");
  // The account that nobody's bank has confirmed is not among them.
  assert.equal(await encumbered(), 100_001n);
  assert.deepEqual(await proveBooks(payments), []);
});

test("where officers approve, no client releases; who proposed may take back, and nothing can be paid", async () => {
  const answer = await call(api, `POST /batches/${numberOf(3)}`, { currency: "TWD", amount: 1500 }, {}, "maker");
  assert.equal(answer.status, 202);
  await workPaymentApi(api);
  const batch = (await batchByNumber(payments.database, "maker", numberOf(3)))!;
  assert.equal(batch.state, "proposed");
  assert.equal((await call(api, `DELETE /batches/${numberOf(1)}`)).status, 400);
  assert.equal((await call(api, `DELETE /batches/${numberOf(3)}`)).status, 200);
  assert.equal((await call(api, `DELETE /batches/${numberOf(3)}`)).status, 200);
  assert.deepEqual(await releaseBatch(api, { batch: batch.id, client: "checker" }), {
    ok: false,
    error: "not waiting for release",
  });
  await workPaymentApi(api);
  const { note, failed } = (await call(api, `GET /api/v1/batch?batchId=${numberOf(3)}`)).body as {
    note: string;
    failed: number;
  };
  assert.deepEqual([note, failed], ["withdrawn", 1]);
});

test("above the programme's limits, or too often to one account, the source cannot release", async () => {
  const strict = await openProgramme(payments, {
    id: "strict",
    title: { "zh-Hant": "嚴", en: "Strict" },
    law: "Relief Act art. 4",
    purpose: { code: "GOVT", text: "嚴" },
    limits: { thirdAbove: 500n, batchThirdAbove: 900n, maxPerAccount: 1 },
    openedBy: "officer:lin",
  });
  assert.ok(strict.ok);
  const [source, other] = [
    await testClient("source", { programmes: ["strict"] }),
    await testClient("approver", { programmes: ["strict"], callbackOrigins: ["https://source.invalid"] }),
  ];
  const strictly = await testApi({
    payments,
    clients: [source, other],
    programmes: [{ id: "strict", approval: "source" }],
  });
  const answerTo = async (n: number, total: number, ...lines: object[]): Promise<string> => {
    assert.equal((await call(strictly, "POST /bulk-payment", older(n, ...lines))).status, 200);
    // Several processes at once: each line is drafted once.
    await Promise.all([workPaymentApi(strictly), workPaymentApi(strictly), workPaymentApi(strictly)]);
    const headers = { "X-Callback-URL": "https://source.invalid/x" };
    await call(strictly, `POST /batches/${numberOf(n)}`, { currency: "TWD", amount: total }, headers, "approver");
    await Promise.all([workPaymentApi(strictly), workPaymentApi(strictly)]);
    const told = (await toldBy(strictly, "approver")) as { batchId: string; status: string; reason: string }[];
    const mine = told.filter(({ batchId }) => batchId === numberOf(n));
    assert.equal(mine.length, 1);
    return `${mine[0]!.status} ${mine[0]!.reason}`.trim();
  };
  const desk = "N an officer of the paying agency has to release it";
  assert.equal(await answerTo(70, 501, line("x1", 1, 501)), desk);
  assert.equal(await answerTo(71, 901, line("x2", 1, 451), line("x3", 2, 450)), desk);
  assert.equal(await answerTo(72, 2, line("x4", 1, 1), line("x5", 1, 1)), "N too many payments to one account");
  assert.equal(await answerTo(73, 900, line("x6", 1, 450), line("x7", 2, 450)), "Y");
  assert.deepEqual(await proveBooks(payments), []);
});

test("a source releases what it proposed, not where an officer sent it since", async () => {
  const opened = await openProgramme(payments, {
    id: "mended",
    title: { "zh-Hant": "改付", en: "Mended" },
    law: "Relief Act art. 4",
    purpose: { code: "GOVT", text: "改付" },
    budget: 100n,
    openedBy: "officer:lin",
  });
  assert.ok(opened.ok);
  const [source, other] = [
    await testClient("source2", { programmes: ["mended"] }),
    await testClient("approver2", { programmes: ["mended"] }),
  ];
  const apart = await testApi({
    payments,
    clients: [source, other],
    programmes: [{ id: "mended", approval: "source" }],
  });
  assert.equal((await call(apart, "POST /bulk-payment", older(90, line("z1", 1, 1), line("z2", 2, 1)))).status, 200);
  await workPaymentApi(apart);
  const { id: batch } = (await batchByNumber(payments.database, "source2", numberOf(90)))!;
  const [{ entitlement } = { entitlement: "" }] = await grantedLines(payments.database, batch);
  const single = await releasePayment(payments, { entitlementId: entitlement, releasedBy: "officer:wang" });
  assert.ok(single.ok);
  const { instructionId } = single.value;
  assert.ok((await holdPayment(payments, { instructionId, note: "odd", by: "officer:lee" })).ok);
  const address = { postalCode: "100", lines: ["臺北市某路一號"] };
  const cheque = { entitlementId: entitlement, instructionId, address, approvedBy: "officer:lee" };
  assert.ok((await rerouteToCheque(payments, cheque)).ok);
  await call(apart, `POST /batches/${numberOf(90)}`, { currency: "TWD", amount: 2 }, {}, "approver2");
  await workPaymentApi(apart);
  assert.equal((await batchByNumber(payments.database, "source2", numberOf(90)))!.releasedBy, "api:approver2");
  const states = await payments.database.query<{ state: string }>(
    `select i.state from payments.instruction i join payments.api_batch_line l on l.entitlement = i.entitlement
      where l.batch = $1 and i.state <> 'cancelled' order by l.n`,
    [batch],
  );
  assert.deepEqual(
    states.map(({ state }) => state),
    ["approved-once", "approved"],
  );
  assert.deepEqual(await proveBooks(payments), []);
});

test("a batch is not proposed while another process still drafts some of it", async () => {
  assert.equal((await call(api, "POST /bulk-payment", older(80, line("y1", 1, 1), line("y2", 2, 1)))).status, 200);
  const { id: batch } = (await batchByNumber(payments.database, "maker", numberOf(80)))!;
  await payments.database.transaction(async (tx) => {
    assert.equal((await lockWaitingLines(tx, batch, 1)).length, 1);
    await workPaymentApi(api);
    assert.equal((await batchByNumber(payments.database, "maker", numberOf(80)))!.state, "received");
  });
  await workPaymentApi(api);
  assert.equal((await batchByNumber(payments.database, "maker", numberOf(80)))!.state, "proposed");
});

test("a new address that its bank has not confirmed waits a day", async () => {
  await call(api, "POST /register-beneficiary", {
    ...wanted,
    RequestID: "100000000002",
    Beneficiaries: [{ PayeeFunctionalID: id(5), PaymentModality: "00", FinancialAddress: "7000021-55" }],
  });
  await workPaymentApi(api);
  const check = () => call(api, "POST /prepayment-validation", older(50, line("v1", 5, 10, { Narration: "" })));
  assert.deepEqual(await check(), {
    status: 200,
    body: { ResponseCode: "01", ResponseDescription: "1 of 1 cannot be paid", RequestID: "000000000050" },
  });
  const before = testClock.now();
  testClock.set(new Date(before.getTime() + 25 * 3_600_000));
  assert.equal(((await check()).body as { ResponseCode: string }).ResponseCode, "00");
  testClock.set(before);
});

/** Lines that must be refused, and the words of the refusal. Amounts as JSON text, for some cannot be written otherwise. */
const hostile: readonly (readonly [string, string, RegExp])[] = [
  ["half a dollar", "1500.5", /amount is not/],
  ["a tenth that a double would round away", "1500.00000000000000001", /amount is not/],
  ["an exponent", "15e2", /amount is not/],
  ["a negative amount", "-1", /amount is not/],
  ["nothing", "0", /more than zero/],
  ["beyond every double", "900719925474099300000", /amount is not/],
  ["above the client's limit", "1000001", /amount not allowed/],
  ["not an amount", '"1,500"', /amount is not/],
  ["a list", "[1]", /amount/],
];
for (const [name, amount, words] of hostile)
  test(`refused: ${name}`, async () => {
    const body = JSON.stringify(older(60, line("h1", 1, 7))).replace('"Amount":7', `"Amount":${amount}`);
    const answer = await call(api, "POST /bulk-payment", body);
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), words);
  });

const wrong: readonly (readonly [string, object, RegExp])[] = [
  ["another currency", older(61, line("h1", 1, 7, { Currency: "USD" })), /currency is not TWD/],
  ["one instruction twice", older(61, line("h1", 1), line("h1", 2)), /stands twice/],
  ["a short instruction number", older(61, line("h1", 1, 7, { InstructionID: "1" })), /16 characters/],
  ["a long batch number", { ...older(61, line("h1", 1)), BatchID: "1".repeat(13) }, /12 characters/],
  ["a narration of 51", older(61, line("h1", 1, 7, { Narration: "字".repeat(51) })), /narration/i],
  ["somebody else's system", { ...older(61, line("h1", 1)), SourceBBID: "TAXBB0000001" }, /not yours/],
  ["no instruction", older(61), /creditinstructions/],
];
for (const [name, body, words] of wrong)
  test(`refused: ${name}`, async () => {
    const answer = await call(api, "POST /bulk-payment", body);
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), words);
  });

test("refused: another programme, and more than the day's limit", async () => {
  const foreign = await call(api, "POST /bulk-payment", older(62, line("p1", 1)), { "X-Program-Id": "nothing" });
  assert.match(JSON.stringify(foreign.body), /programme unknown/);
  const small = await testApi({ payments, clients: [await testClient("small", { limits: { payment: 5n, day: 9n } })] });
  assert.equal((await call(small, "POST /bulk-payment", older(63, line("s1", 1, 5)))).status, 200);
  assert.match(
    JSON.stringify((await call(small, "POST /bulk-payment", older(64, line("s2", 1, 5)))).body),
    /limit of the day/,
  );
});
