import assert from "node:assert/strict";
import { test } from "node:test";
import { testClock } from "../testing.ts";
import { call, testApi, testClient, toldBy } from "./testing.ts";
import { workPaymentApi } from "./work.ts";

const api = await testApi({
  clients: [
    await testClient("agency", { duties: ["bills"], callbackOrigins: ["https://agency.example"] }),
    await testClient("bank", {
      duties: ["bill-payments"],
      institution: "bank",
      systems: ["BANK01"],
      callbackOrigins: ["https://bank.example"],
    }),
    await testClient("other", { duties: ["bills"], institution: "other" }),
  ],
});
const present = (number: string, change: object = {}, by = "agency") =>
  call(
    api,
    `PUT /bills/${number}`,
    {
      requestId: "p1",
      billerId: "WATER",
      billerName: "臺北自來水事業處第十二營業分處",
      dueDate: "2026-01-31",
      amountonDueDate: 500,
      amountAfterDueDate: 550,
      currency: "TWD",
      ...change,
    },
    {},
    by,
  );
const inquire = (number: string, headers: Record<string, string> = {}) =>
  call(
    api,
    `GET /bills/${number}?fields=inquiry`,
    undefined,
    { "X-CorrelationID": "c1", "PayerFI-Id": "BANK01", ...headers },
    "bank",
  );
const pay = (
  request: string,
  number: string,
  amount: unknown,
  reference = "ref1",
  headers: Record<string, string> = {},
) =>
  call(
    api,
    "POST /billTransferRequests",
    {
      requestId: request,
      billId: number,
      billInquiryRequestId: "c1",
      paymentReferenceID: reference,
      amount,
      currency: "TWD",
    },
    headers,
    "bank",
  );
const told = (client: string): Promise<object[]> => toldBy(api, client);

test("a bill is presented, inquired, asked for, paid once and told", async () => {
  assert.equal((await present("B1")).status, 200);
  assert.equal((await present("B1")).status, 200);
  assert.equal((await present("B1", { amountonDueDate: 400 })).status, 400);
  assert.equal((await present("B1", {}, "other")).status, 400);
  assert.deepEqual((await inquire("B1")).body, {
    code: "00",
    reason: "Success",
    requestId: "c1",
    billId: "B1",
    billDetails: [
      {
        billerId: "WATER",
        billerName: "臺北自來水事業處第十",
        billStatus: "UNPAID",
        dueDate: "2026-01-31",
        amountonDueDate: 500,
        amountAfterDueDate: 550,
        currency: "TWD",
      },
    ],
  });
  const headers = { "X-Callback-URL": "https://agency.example/rtp" };
  const asked = await call(
    api,
    "POST /rtpRequest",
    { requestId: "r1", billId: "B1", requestType: "00", aliasType: "00", alias: "0900000000" },
    headers,
    "agency",
  );
  assert.equal(asked.status, 202);
  assert.deepEqual(
    await call(
      api,
      "POST /rtpRequest",
      { requestId: "r1", billId: "B1", requestType: "00", aliasType: "00", alias: "0900000000" },
      headers,
      "agency",
    ),
    asked,
  );
  const { RTPId } = asked.body as { RTPId: string };
  const state = async () =>
    ((await call(api, `GET /transferRequests/${RTPId}`, undefined, {}, "agency")).body as { status: string }).status;
  assert.equal(await state(), "PND");
  // An acknowledgement is not money.
  await call(
    api,
    "POST /billTransferRequests",
    { requestId: "k1", billId: "B1", transferRequestId: RTPId, status: "ACK" },
    {},
    "bank",
  );
  assert.equal(await state(), "PND");

  const answers = await Promise.all([pay("q1", "B1", 500), pay("q1", "B1", 500), pay("q2", "B1", 500, "ref2")]);
  assert.deepEqual(
    answers.map(({ body }) => (body as { paymentStatus: string }).paymentStatus).sort((a, b) => (a < b ? -1 : 1)),
    ["ACK", "ACK", "RJC"],
  );
  assert.equal(await state(), "COM");
  assert.deepEqual(await told("agency"), [{ code: "00", reason: "", RTPId, billId: "B1", status: "COM" }]);
  assert.equal(
    ((await inquire("B1")).body as { billDetails: { billStatus: string }[] }).billDetails[0]?.billStatus,
    "PAID",
  );
  assert.equal((await call(api, "POST /rtpRequest", { requestId: "r2", billId: "B1" }, {}, "agency")).status, 400);
});

test("after the due day the later amount is owed, and no other", async () => {
  await present("B2");
  const now = testClock.now();
  testClock.set("2026-02-01T12:00:00Z");
  assert.match(JSON.stringify((await pay("s1", "B2", 500)).body), /amount differs/);
  assert.equal(
    ((await pay("s2", "B2", "550.00", "late", { "X-Callback-URL": "https://bank.example/x" })).body as { code: string })
      .code,
    "00",
  );
  testClock.set(now);
  assert.deepEqual((await told("bank")).at(-1), { requestId: "s2", billId: "B2", status: "ACK", reason: "" });
});

test("a request is taken back, declined or runs out", async () => {
  await present("B3");
  const ask = async (request: string): Promise<string> =>
    (
      (await call(api, "POST /rtpRequest", { requestId: request, billId: "B3" }, {}, "agency")).body as {
        RTPId: string;
      }
    ).RTPId;
  const move = (line: string, id: string, status: string, by: string) =>
    call(api, line, { requestId: "m", RTPId: id, status }, {}, by);
  const state = async (id: string) =>
    ((await call(api, `GET /transferRequests/${id}`, undefined, {}, "agency")).body as { status: string }).status;
  const [one, two, three] = [await ask("t1"), await ask("t2"), await ask("t3")];
  assert.equal((await move(`POST /transferRequests/${one}`, one, "CAN", "other")).status, 404);
  await move(`POST /transferRequests/${one}`, one, "CAN", "agency");
  await move("POST /rtpResponse", two, "RJC", "bank");
  const now = testClock.now();
  testClock.advance(8 * 86_400_000);
  await workPaymentApi(api);
  assert.deepEqual([await state(one), await state(two), await state(three)], ["CAN", "RJC", "EXP"]);
  testClock.set(now);
});

const refused: readonly (readonly [string, Promise<{ readonly status: number }>, number])[] = [
  ["an unknown bill", inquire("nothing"), 404],
  ["no fields", call(api, "GET /bills/B1", undefined, {}, "bank"), 400],
  ["another payer's name", inquire("B1", { "PayerFI-Id": "BANK02" }), 400],
  ["callback elsewhere", inquire("B1", { "X-Callback-URL": "http://127.0.0.1/" }), 400],
  ["half a dollar", pay("h1", "B2", 0.5), 400],
  ["no amount", pay("h2", "B2", undefined), 400],
  ["a number of 21", present("B".repeat(21)), 400],
  ["less when late", present("B9", { amountAfterDueDate: 1 }), 400],
  ["no day", present("B9", { dueDate: "2026-02-30" }), 400],
];
for (const [name, answer, status] of refused)
  test(`refused: ${name}`, async () => {
    assert.equal((await answer).status, status);
  });
