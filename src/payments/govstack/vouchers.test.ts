import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { proveBooks, readBooks, setBudget } from "../books/books.ts";
import { fileOf, testClock, testPayments } from "../testing.ts";
import { call, testApi, testClient, toldBy } from "./testing.ts";
import { voucherEdges, voucherGraph } from "./voucher-states.ts";
import { workPaymentApi } from "./work.ts";

const payments = await testPayments();
await setBudget(payments, { programme: "main", amount: 10_000n, reason: "law" });
const api = await testApi({
  payments,
  clients: [
    await testClient("social", { systems: ["SOCIAL"] }),
    await testClient("shop", { systems: ["SHOP"], duties: ["merchants", "vouchers"], institution: "shops" }),
  ],
  voucherGroups: [
    { id: "food", programme: "main", largest: 5_000n, most: 4, validDays: 30, approvedBy: "officer:lin" },
    { id: "books", programme: "main", largest: 100_000n, most: 100, validDays: 30, approvedBy: "officer:lin" },
  ],
});
const balance = async (account: string): Promise<bigint> =>
  (await readBooks(payments)).find((row) => row.account === account)?.balance ?? 0n;

interface Made {
  readonly voucher_number: string;
  readonly voucher_serial_number: string;
  readonly expiry_date_time: string;
}
const wish = (amount: unknown = "1000", change: object = {}): object => ({
  voucher_amount: amount,
  voucher_currency: "TWD",
  voucher_group: "food",
  Gov_Stack_BB: "SOCIAL",
  ...change,
});
const make = async (amount = "1000", group = "books"): Promise<Made> => {
  const made = await call(api, "POST /vouchers/voucher_preactivation", wish(amount, { voucher_group: group }));
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body as Made;
};
const activate = (serial: unknown) =>
  call(api, "PATCH /vouchers/voucher_activation", { voucher_serial_number: serial, Gov_Stack_BB: "SOCIAL" });
const redeem = (number: unknown, change: object = {}) =>
  call(
    api,
    "POST /vouchers/voucher_redeemption",
    {
      voucher_number: number,
      Gov_Stack_BB: "SHOP",
      merchant_name: "示範商店",
      merchant_bank_details: "7000021-42",
      merchant_voucher_group: "books",
      override: false,
      ...change,
    },
    {},
    "shop",
  );
const status = (serial: string) => call(api, `GET /vouchers/voucherstatuscheck/${serial}`);
const cancel = (serial: string) =>
  call(api, `PATCH /vouchers/voucherstatuscheck/${serial}`, { voucherserialnumber: serial, Gov_Stack_BB: "SOCIAL" });

test("a voucher is made, activated and taken once under a race; the merchant is paid and the books prove", async () => {
  const correlation = { "X-CorrelationID": randomUUID() };
  const first = await call(
    api,
    "POST /vouchers/voucher_preactivation",
    wish("1000.00", { voucher_group: "books" }),
    correlation,
  );
  const again = await call(
    api,
    "POST /vouchers/voucherPreactivation",
    wish("1000.00", { voucher_group: "books" }),
    correlation,
  );
  assert.deepEqual(again, first);
  const { voucher_number: number, voucher_serial_number: serial } = first.body as Made;
  assert.match(number, /^[1-9]\d{17}$/);
  assert.notEqual(number, serial);
  assert.equal(await balance("vouchers"), 1000n);
  assert.equal((await redeem(number)).status, 461);
  assert.deepEqual(await status(serial), {
    status: 200,
    body: { voucher_status: "Pre-Activated", voucher_amount: "1000" },
  });
  assert.deepEqual(await activate(serial), { status: 200, body: { result_status: "Activated" } });
  assert.equal((await activate(serial)).status, 200);
  assert.equal((await status(serial)).status, 200);

  const answers = await Promise.all(Array.from({ length: 6 }, () => redeem(number)));
  assert.deepEqual(
    answers.map((answer) => answer.status).sort((a, b) => a - b),
    [200, 461, 461, 461, 461, 461],
  );
  assert.deepEqual([await balance("vouchers"), await balance("encumbered")], [0n, 1000n]);
  assert.equal((await status(serial)).status, 458);
  assert.equal((await cancel(serial)).status, 463);
  const file = await fileOf(payments);
  assert.deepEqual([file.lines, file.total], [1, 1000n]);
  assert.deepEqual(await proveBooks(payments), []);
});

test("a number that came as a JSON integer is read digit by digit", async () => {
  const { voucher_number: number, voucher_serial_number: serial } = await make("10");
  await call(api, "PATCH /vouchers/voucherActivation", `{"voucher_serial_number":${serial},"Gov_Stack_BB":"SOCIAL"}`);
  const body = JSON.stringify({
    voucher_number: 0,
    Gov_Stack_BB: "SHOP",
    merchant_name: "店",
    merchant_bank_details: "7000021-42",
    merchant_voucher_group: "books",
    override: false,
  });
  const taken = await call(
    api,
    "POST /vouchers/voucher_redemption",
    body.replace('"voucher_number":0', `"voucher_number":${number}`),
    {},
    "shop",
  );
  assert.deepEqual(taken, { status: 200, body: { result_status: "Redeemed" } });
});

test("cancelling is 200 and then 464; the money is free again", async () => {
  const before = await balance("vouchers");
  const { voucher_serial_number: serial, voucher_number: number } = await make("20");
  await activate(serial);
  assert.equal((await cancel(serial)).status, 200);
  assert.equal((await cancel(serial)).status, 464);
  assert.equal((await redeem(number)).status, 461);
  assert.deepEqual((await status(serial)).body, { voucher_status: "Blocked", voucher_amount: "20" });
  assert.equal((await activate(serial)).status, 456);
  assert.equal(await balance("vouchers"), before);
});

const table: readonly (readonly [string, object | string, number])[] = [
  ["half a dollar", wish("10.5"), 452],
  ["nothing", wish("0"), 452],
  ["above the group's largest", wish("5001"), 452],
  ["another currency", wish("1", { voucher_currency: "EUR" }), 453],
  ["an unknown group", wish("1", { voucher_group: "beer" }), 454],
  ["an unknown building block", wish("1", { Gov_Stack_BB: "SHOP" }), 460],
  ["no amount", wish(null), 400],
  ["not JSON", "", 400],
];
for (const [name, body, wanted] of table)
  test(`pre-activation refused: ${name}`, async () => {
    const answer = await call(api, "POST /vouchers/voucher_preactivation", body);
    assert.equal(answer.status, wanted);
    assert.equal(typeof (answer.body as { message: string }).message, "string");
  });

test("redemption: codes of the table, and nothing is taken by a refused one", async () => {
  const { voucher_serial_number: serial, voucher_number: number } = await make("30");
  await activate(serial);
  for (const [change, wanted] of [
    [{ Gov_Stack_BB: "SOCIAL" }, 460],
    [{ voucher_number: "1".repeat(18) }, 461],
    [{ voucher_number: serial }, 461],
    [{ merchant_voucher_group: "food" }, 461],
    [{ merchant_bank_details: "nowhere" }, 463],
    [{ merchant_bank_details: "9999999-1" }, 463],
    [{ merchant_name: "" }, 400],
  ] as const)
    assert.equal((await redeem(number, change)).status, wanted, JSON.stringify(change));
  assert.equal((await redeem(number, { merchant_voucher_group: "food", override: true })).status, 200);
  assert.deepEqual(await proveBooks(payments), []);
});

test("a group is exhausted by number and by money; status of what does not exist says so", async () => {
  for (let n = 0; n < 4; n += 1) await make("1", "food");
  assert.equal((await call(api, "POST /vouchers/voucher_preactivation", wish("1"))).status, 455);
  assert.equal(
    (await call(api, "POST /vouchers/voucher_preactivation", wish("9999", { voucher_group: "books" }))).status,
    455,
  );
  assert.deepEqual((await status("1".repeat(18))).body, { voucher_status: "Not Existing", voucher_amount: "0" });
  assert.equal((await status("x")).status, 456);
  const { voucher_serial_number: serial } = await make("1");
  const stranger = await call(api, `GET /vouchers/voucherstatuscheck/${serial}`, undefined, {}, "shop");
  assert.deepEqual(stranger.body, { voucher_status: "Not Existing", voucher_amount: "0" });
});

test("an expired voucher cannot be taken and its money is free again", async () => {
  const { voucher_serial_number: serial, voucher_number: number, expiry_date_time: until } = await make("40");
  await activate(serial);
  const now = testClock.now();
  testClock.set(until);
  assert.equal((await redeem(number)).status, 461);
  assert.equal((await status(serial)).status, 459);
  await workPaymentApi(api);
  assert.equal(await balance("vouchers"), 0n);
  testClock.set(now);
  assert.deepEqual(await proveBooks(payments), []);
});

test("lists of vouchers: made, activated, suspended, resumed, cancelled, redeemed by a merchant of the mapper", async () => {
  const origin = "https://social.example";
  const lists = await testApi({
    payments,
    clients: [await testClient("list", { callbackOrigins: [origin] })],
    voucherGroups: [...api.groupById.values()],
  });
  const headers = { "X-Callback-URL": `${origin}/vouchers` };
  const line = {
    instructionID: "v1",
    groupCode: "books",
    currency: "TWD",
    amount: 50,
    payeeFunctionalID: "ann",
    narration: "",
  };
  const body = {
    requestID: "r1",
    batchID: "b1",
    voucherInstructions: [line, { ...line, instructionID: "v2", groupCode: "beer" }],
  };
  assert.equal((await call(lists, "POST /vouchers", body)).status, 400);
  const taken = await call(lists, "POST /vouchers", body, headers);
  assert.equal(taken.status, 202);
  assert.deepEqual(await call(lists, "POST /vouchers", body, headers), taken);
  const [told] = await toldBy(lists, "list");
  const { voucherDetails, failedCases } = told as {
    voucherDetails: { serialNumber: string; voucherNumber: string }[];
    failedCases: object[];
  };
  assert.deepEqual(failedCases, [{ instructionID: "v2", failureReason: "group unknown" }]);
  const [{ serialNumber, voucherNumber }] = voucherDetails as [{ serialNumber: string; voucherNumber: string }];
  const put = (command: string) =>
    call(lists, `PUT /vouchers?command=${command}`, {
      requestID: "r2",
      batchID: "b",
      voucherInstructions: [{ serialNumber, status: "02" }],
    });
  const state = async () =>
    ((await call(lists, `GET /vouchers/${serialNumber}?fields=status`)).body as { status: string }).status;
  await put("activate");
  assert.equal(await state(), "Activated");
  await put("suspend");
  assert.equal(await state(), "Suspended");
  await call(lists, "POST /identityAccountMapper/beneficiary", {
    RequestID: "m",
    Beneficiaries: [{ payeeIdentity: "shop-7", PaymentModality: "00", FinancialAddress: "7000021-77" }],
  });
  await workPaymentApi(lists);
  // "command=cancel" with a secret number is a redemption: the published file says so.
  const redemption = {
    requestID: "r3",
    agentID: "shop-7",
    voucherSerialNumber: serialNumber,
    voucherSecretNumber: voucherNumber,
  };
  assert.equal((await call(lists, "POST /vouchers?command=cancel", redemption)).status, 400);
  await put("resume");
  const done = await call(lists, "POST /vouchers?command=cancel", redemption);
  assert.deepEqual([done.status, (done.body as { value: string }).value], [200, "50"]);
  assert.equal(
    (await call(lists, "POST /vouchers?command=cancel", { requestID: "r4", voucherInstructions: [{ serialNumber }] }))
      .status,
    202,
  );
  assert.equal(await state(), "Purged");
  assert.deepEqual(await proveBooks(payments), []);
});

test("the graph: ends are ends, and the database knows no other edge", async () => {
  assert.deepEqual(
    Object.entries(voucherGraph)
      .filter(([, out]) => Object.keys(out).length === 0)
      .map(([state]) => state),
    ["redeemed", "cancelled", "expired"],
  );
  assert.equal(voucherEdges.length, 11);
  const { voucher_serial_number: serial } = await make("1");
  const move = (from: string, event: string, to: string) =>
    payments.database.run(
      `insert into payments.voucher_event (voucher, seq, from_state, event, to_state, at, by)
       select id, 99, $2, $3, $4, now(), 'x' from payments.voucher where serial = $1`,
      [serial, from, event, to],
    );
  await assert.rejects(move("pre-activated", "redeemed", "redeemed"), { code: "23503" });
  await assert.rejects(move("activated", "redeemed", "redeemed"), { code: "TP001" });
  await assert.rejects(
    payments.database.run("update payments.voucher set state = 'activated' where serial = $1", [serial]),
    { code: "TP002" },
  );
});
