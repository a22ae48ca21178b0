// GovStack's payments API and G2P Connect as callers see them: over HTTP, each answer compared with its published shape.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { Hono } from "hono";
import { z } from "zod";
import { canonicalJson, toBase64, utf8 } from "#kernel";
import { listen } from "#http";
import { workPaymentApi } from "#payments";
import { signingText } from "../../src/payments/g2p/envelope.ts";
import { signAs, testApi, testClient, testToken, toldBy } from "../../src/payments/govstack/testing.ts";
import { testClock } from "../../src/payments/testing.ts";
import { paymentApiPath, paymentApiRoutes } from "../../src/sites/portal/payment-api-routes.ts";
import type { PortalEnv } from "../../src/sites/portal/request.ts";
import { shapes, type ShapeName } from "./payments-api-shapes.ts";

const origin = "https://source.example";
const client = "social.gov.example";
const api = await testApi({
  clients: [await testClient(client, { callbackOrigins: [origin] })],
  voucherGroups: [
    { id: "food", programme: "main", largest: 5000n, most: 100, validDays: 30, approvedBy: "officer:lin" },
  ],
});
const faults: string[] = [];
const app = new Hono<PortalEnv>();
app.route(
  paymentApiPath,
  paymentApiRoutes(api, {
    problemBase: "https://portal.example",
    keys: () => ({ keys: [] }),
    soon: () => undefined,
    onFault: ({ message }) => faults.push(message),
  }),
);
const server = await listen((request, caller) => app.fetch(request, { caller }), {
  host: "127.0.0.1",
  port: 0,
  option: "--port",
  maxBody: 8 * 1024 * 1024,
});
after(() => server.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}
async function send(
  line: string,
  body?: object | string,
  o: { readonly headers?: Record<string, string>; readonly token?: string | null } = {},
): Promise<Answer> {
  const [method = "", target = ""] = line.split(" ");
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const token =
    o.token === undefined ? testToken(client, { method, target, body: text, headers: o.headers ?? {} }) : o.token;
  const answer = await fetch(server.url + paymentApiPath + target, {
    method,
    headers: {
      ...(text !== "" && { "Content-Type": "application/json" }),
      ...(token !== null && { Authorization: `Bearer ${token}` }),
      ...o.headers,
    },
    ...(text !== "" && { body: text }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}
const fits = (name: ShapeName, body: unknown): void => {
  const judged = z.fromJSONSchema(shapes[name] as Parameters<typeof z.fromJSONSchema>[0]).safeParse(body);
  assert.ok(judged.success, `${name}: ${JSON.stringify(body)} ${judged.error?.message ?? ""}`);
};

const id = (n: number): string => String(n).padStart(20, "0");
const callback = { "X-Callback-URL": `${origin}/told` };
const older = (request: number, lines: object[]): object => ({
  RequestID: String(request).padStart(12, "0"),
  SourceBBID: "SOCIALBB0001",
  BatchID: `B${String(request).padStart(11, "0")}`,
  CreditInstructions: lines,
});
const line = (n: number): object => ({
  InstructionID: String(n).padStart(16, "0"),
  PayeeFunctionalID: id(1),
  Amount: 10,
  Currency: "TWD",
  Narration: "x",
});
const olderBeneficiaries = (request: number): object => ({
  RequestID: String(request).padStart(12, "0"),
  SourceBBID: "SOCIALBB0001",
  Beneficiaries: [{ PayeeFunctionalID: id(request), PaymentModality: "00", FinancialAddress: "7000021-1" }],
});
const newerBeneficiaries = (request: string): object => ({
  RequestID: request,
  Beneficiaries: [{ payeeIdentity: request, PaymentModality: "00", FinancialAddress: "7000021-1" }],
});
const batchHeaders = (correlation: string): Record<string, string> => ({
  "X-CorrelationID": correlation,
  "Platform-TenantId": "t",
  ...callback,
});
const raw = (n: string): object[] => [
  {
    requestId: n,
    creditParty: [{ key: "payeeIdentity", value: id(1) }],
    debitParty: [],
    paymentMode: "account",
    amount: 10.0,
    currency: "TWD",
    descriptionText: "x",
  },
];
const voucher = {
  voucher_amount: "15.00",
  voucher_currency: "TWD",
  voucher_group: "food",
  Gov_Stack_BB: "SOCIALBB0001",
  voucher_comment: "c",
};

/** Every operation in every published spelling: line, body, headers, status, shape. */
const calls: readonly (readonly [string, object | undefined, Record<string, string>, number, ShapeName])[] = [
  ["POST /identityAccountMapper/beneficiary", newerBeneficiaries("a1"), callback, 200, "newerResponse"],
  ["POST /identityAccountMapper/beneficiary", {}, {}, 400, "olderResponse"],
  [
    "PUT /identityAccountMapper/beneficiary",
    {
      requestID: "a2",
      sourceBBID: "SOCIALBB0001",
      beneficiaries: [
        {
          payeeIdentity: "a1",
          bankingInstitutionCode: "7000021",
          paymentModality: "00",
          financialAddress: "2",
          status: 1,
        },
      ],
    },
    {},
    200,
    "newerResponse",
  ],
  ["POST /register-beneficiary", olderBeneficiaries(1), callback, 200, "olderResponse"],
  ["POST /registerBeneficiaries", olderBeneficiaries(2), { "X-Callback_URL": `${origin}/told` }, 200, "olderResponse"],
  ["POST /register-beneficiary", { ...olderBeneficiaries(3), RequestID: "1" }, {}, 400, "olderResponse"],
  ["POST /update-beneficiary-details", olderBeneficiaries(1), {}, 200, "olderResponse"],
  ["POST /updateBeneficiaryDetails", olderBeneficiaries(2), {}, 200, "olderResponse"],
  [`GET /beneficiary/?payeeIdentity=${id(1)}&requestId=q`, undefined, {}, 200, "modalities"],
  [
    "PUT /beneficiary",
    { requestId: "q", payeePartyIds: ["a1"] },
    { registeringInstitutionId: "social-affairs" },
    200,
    "modalities",
  ],
  ["POST /bulk-payment", older(10, [line(10)]), {}, 200, "olderResponse"],
  ["POST /credit-instructions", older(11, [line(11)]), {}, 200, "olderResponse"],
  ["POST /bulkPayment", older(12, [line(12)]), {}, 200, "newerResponse"],
  ["POST /bulk-payment", older(13, []), {}, 400, "olderResponse"],
  ["POST /batchtransactions?type=raw", raw("n1"), batchHeaders("c1"), 202, "batchAccepted"],
  ["POST /batchtransactions", raw("n2"), batchHeaders("c2"), 400, "olderResponse"],
  ["POST /prepayment-validation", older(14, [line(14)]), {}, 200, "olderResponse"],
  ["POST /prepayment-validation", {}, {}, 200, "olderResponse"],
  ["POST /prepaymentValidation", older(15, [line(15)]), {}, 200, "newerResponse"],
  [
    "POST /beneficiaries?command=validate",
    {
      batchId: "b",
      destinationDFSPID: "7000021",
      creditInstructions: [{ instructionID: "i", financialAddress: "1", amount: 1, currency: "TWD", narration: "" }],
    },
    callback,
    202,
    "batchAccepted",
  ],
  [
    "GET /api/v1/batch/detail?batchId=B00000000010&direction=DESC&pageNo=0&pageSize=10&status=ongoing",
    undefined,
    {},
    200,
    "batchDetail",
  ],
  ["GET /api/v1/batch?batchId=B00000000010", undefined, {}, 200, "batchStatus"],
  ["GET /api/v1/batch/detail?batchId=nothing", undefined, {}, 404, "olderResponse"],
  [
    "POST /batches/B00000000010",
    { batchID: "B00000000010", payerIdentifier: "p", currency: "TWD", amount: 10 },
    callback,
    202,
    "batchAccepted",
  ],
  ["POST /vouchers/voucher_preactivation", voucher, { "X-CorrelationID": randomUUID() }, 200, "preactivated"],
  ["POST /vouchers/voucherPreactivation", voucher, {}, 200, "preactivated"],
  ["POST /vouchers/voucher_preactivation", { ...voucher, voucher_amount: "x" }, {}, 452, "message"],
  ["POST /vouchers/voucher_preactivation", { ...voucher, voucher_currency: "EUR" }, {}, 453, "message"],
  ["POST /vouchers/voucher_preactivation", { ...voucher, voucher_group: "x" }, {}, 454, "message"],
  ["POST /vouchers/voucher_preactivation", { ...voucher, Gov_Stack_BB: "x" }, {}, 460, "message"],
  ["POST /vouchers/voucher_preactivation", {}, {}, 400, "message"],
  [
    "PATCH /vouchers/voucher_activation",
    { voucher_serial_number: "1", Gov_Stack_BB: "SOCIALBB0001" },
    {},
    456,
    "message",
  ],
  ["PATCH /vouchers/voucherActivation", { voucher_serial_number: 1, Gov_Stack_BB: "x" }, {}, 460, "message"],
  [
    "POST /vouchers/voucher_redeemption",
    {
      voucher_number: "1",
      Gov_Stack_BB: "SOCIALBB0001",
      merchant_name: "m",
      merchant_bank_details: "7000021-1",
      merchant_voucher_group: "food",
      override: false,
    },
    {},
    461,
    "message",
  ],
  [
    "POST /vouchers/voucherRedeemption",
    {
      voucher_number: "1",
      Gov_Stack_BB: "SOCIALBB0001",
      merchant_name: "m",
      merchant_bank_details: "x",
      merchant_voucher_group: "food",
      override: false,
    },
    {},
    463,
    "message",
  ],
  ["GET /vouchers/voucherstatuscheck/111111111111111111", undefined, {}, 200, "voucherStatus"],
  ["GET /vouchers/voucherStatusCheck/x", undefined, {}, 456, "message"],
  [
    "PATCH /vouchers/voucherstatuscheck/111111111111111111",
    { voucherserialnumber: "111111111111111111", Gov_Stack_BB: "SOCIALBB0001" },
    {},
    463,
    "message",
  ],
  [
    "POST /vouchers",
    {
      requestID: "v1",
      batchID: "b",
      voucherInstructions: [
        { instructionID: "i1", groupCode: "food", currency: "TWD", amount: 5, payeeFunctionalID: "p", narration: "n" },
      ],
    },
    callback,
    202,
    "newerResponse",
  ],
  [
    "PUT /vouchers?command=activate",
    { requestID: "v2", batchID: "b", voucherInstructions: [{ serialNumber: "1", status: "02" }] },
    {},
    202,
    "newerResponse",
  ],
  [
    "POST /vouchers?command=cancel",
    { requestID: "v3", voucherInstructions: [{ serialNumber: "1" }] },
    {},
    202,
    "newerResponse",
  ],
  ["PUT /vouchers?command=burn", { requestID: "v4" }, {}, 400, "olderResponse"],
  [
    "PUT /bills/B1",
    { requestId: "b1", billerId: "W", billerName: "W", dueDate: "2026-01-31", amountonDueDate: 5, currency: "TWD" },
    {},
    200,
    "billAnswer",
  ],
  ["GET /bills/B1?fields=inquiry", undefined, { "X-CorrelationID": "c", "PayerFI-Id": "SOCIALBB0001" }, 202, "bill"],
  ["GET /bills/none?fields=inquiry", undefined, { "X-PayerFI-Id": "SOCIALBB0001" }, 404, "bill"],
  [
    "POST /rtpRequest",
    { requestId: "b2", billId: "B1", requestType: "00", aliasType: "00", alias: "x" },
    {},
    202,
    "billAnswer",
  ],
  ["POST /rtpUpdate", { requestId: "b3", RTPId: "1", status: "CAN" }, {}, 404, "billAnswer"],
  ["POST /rtpResponse", { requestId: "b4", RTPId: "1", status: "RJC" }, {}, 404, "billAnswer"],
  ["GET /transferRequests/1", undefined, {}, 404, "billAnswer"],
  ["POST /transferRequests/1", { requestId: "b5", status: "CAN" }, {}, 404, "billAnswer"],
  [
    "POST /billTransferRequests",
    { requestId: "b6", billId: "B1", paymentReferenceID: "r", amount: 5.0, currency: "TWD" },
    {},
    202,
    "billAnswer",
  ],
  ["POST /billTransferRequests", {}, {}, 400, "billAnswer"],
];
for (const [request, body, headers, status, shape] of calls)
  test(`${request} answers ${status} as ${shape}`, async () => {
    const answer = await send(request, body, { headers });
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    fits(shape, answer.body);
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
  });

test("what we send to the source has the published shapes", async () => {
  await workPaymentApi(api);
  const bodies = (await toldBy(api)) as Record<string, unknown>[];
  const with_ = (member: string): Record<string, unknown>[] => bodies.filter((body) => member in body);
  const told: readonly (readonly [string, ShapeName])[] = [
    ["registerRequestId", "beneficiariesTold"],
    ["failedAccountLookups", "validationTold"],
    ["status", "fundsTold"],
    ["voucherDetails", "vouchersTold"],
  ];
  for (const [member, shape] of told) {
    assert.ok(with_(member).length > 0, member);
    for (const body of with_(member)) fits(shape, body);
  }
});

const path = "/beneficiary?payeeIdentity=a&requestId=q";
const made = (change: object, call: object = {}): string =>
  testToken(client, { method: "GET", target: path, ...call }, change as Record<string, unknown>);
const now = Math.floor(testClock.now().getTime() / 1000);
const stale: readonly (readonly [string, string | null, string])[] = [
  ["no token", null, "api-token-missing"],
  ["not a token", "x.y.z", "api-token-invalid"],
  [
    "unsigned (alg none)",
    `${Buffer.from('{"alg":"none","kid":"k1"}').toString("base64url")}.${made({}).split(".")[1]}.`,
    "api-token-invalid",
  ],
  ["another issuer", made({ iss: "evil" }), "api-token-invalid"],
  ["another audience", made({ aud: "https://elsewhere" }), "api-token-invalid"],
  ["expired", made({ iat: now - 600, exp: now - 300 }), "api-token-invalid"],
  ["from the future", made({ iat: now + 3600, exp: now + 3660 }), "api-token-invalid"],
  ["for an hour", made({ exp: now + 3600 }), "api-token-invalid"],
  ["without jti", made({ jti: undefined }), "api-token-invalid"],
  ["for another method", made({}, { method: "PUT" }), "api-token-invalid"],
  ["for another address", made({}, { target: "/beneficiary?payeeIdentity=b&requestId=q" }), "api-token-invalid"],
  ["for another body", made({}, { body: "{}" }), "api-token-invalid"],
];
for (const [name, token, problem] of stale)
  test(`no entry: ${name}`, async () => {
    const answer = await send(`GET ${path}`, undefined, { token });
    assert.equal(answer.status, 401);
    assert.equal(answer.body["type"], `https://portal.example/problems/${problem}`);
    assert.match(answer.headers.get("WWW-Authenticate") ?? "", /^Bearer/);
  });

test("headers that say what is to be done are signed too: none can be added, changed or taken away", async () => {
  const target = "/bulk-payment";
  const body = JSON.stringify(older(90, [line(90)]));
  const sent = async (signed: Record<string, string>, headers: Record<string, string>): Promise<number> =>
    (
      await send(`POST ${target}`, body, {
        headers,
        token: testToken(client, { method: "POST", target, body, headers: signed }),
      })
    ).status;
  const programme = { "X-Program-Id": "main" };
  assert.equal(await sent({}, programme), 401);
  assert.equal(await sent(programme, {}), 401);
  assert.equal(await sent(programme, { "X-Program-Id": "other" }), 401);
  assert.equal(await sent({}, callback), 401);
  assert.equal(await sent(programme, programme), 200);
});

test("a token is good once", async () => {
  const token = made({});
  assert.equal((await send(`GET ${path}`, undefined, { token })).status, 200);
  const again = await send(`GET ${path}`, undefined, { token });
  assert.equal(again.body["type"], "https://portal.example/problems/api-token-used");
});

test("paths, methods and bodies out of bounds", async () => {
  const type = async (request: string, body?: string) => (await send(request, body)).body["type"];
  assert.match(String(await type("GET /nothing")), /api-path-unknown/);
  assert.match(String(await type("GET /api/v1/batch?batchId=%00")), /api-path-unknown/);
  const method = await send("DELETE /vouchers");
  assert.deepEqual([method.status, method.headers.get("Allow")], [405, "POST, PUT"]);
  assert.match(String(await type("POST /bulk-payment", " ".repeat(4 * 1024 * 1024 + 1))), /api-body-too-large/);
  const deep = await send("POST /bulk-payment", "[".repeat(1_000_000));
  assert.equal(deep.status, 400);
  assert.deepEqual(faults, []);
});

test("G2P Connect over HTTP", async () => {
  const header = {
    version: "1.0.0",
    message_id: randomUUID(),
    message_ts: "2026-01-05T09:30:00+08:00",
    action: "disburse",
    sender_id: client,
    sender_uri: `${origin}/on`,
    receiver_id: "portal.example",
    total_count: 1,
    is_msg_encrypted: false,
  };
  const message = {
    transaction_id: "t",
    disbursements: [
      {
        reference_id: "g1",
        payer_fa: "programme:main@portal.example",
        payee_fa: "account:00012@7000021.twncc",
        payee_name: "王大明",
        amount: "15.00",
      },
    ],
  };
  const post = async (target: string, change: object = {}, spoiled = ""): Promise<Answer> => {
    const head = { ...header, message_id: randomUUID(), ...change };
    const content = canonicalJson({ header: head, message });
    const signature = toBase64(signAs(client, utf8(signingText({ created: now, expires: now + 60, content }))));
    const words = `Signature: namespace="g2p", kidId="${client}|k1|ed25519", algorithm="ed25519", created="${now}", expires="${now + 60}", headers="(created) (expires) digest", signature="${signature}${spoiled}"`;
    return send(`POST /g2p${target}`, { signature: words, header: head, message }, { token: null });
  };
  const done = await post("/disburse/sync/disburse");
  assert.equal(done.status, 200);
  fits("g2pDisburse", done.body);
  const again = await post("/v1.0.0/disburse");
  fits("g2pAck", again.body);
  const forged = await post("/disburse", {}, "A");
  assert.equal(forged.status, 401);
  fits("g2pErrors", forged.body);
  const strange = await post("/disburse", { sender_uri: "http://169.254.169.254/" });
  fits("g2pAck", strange.body);
  assert.equal((strange.body["message"] as { ack_status: string }).ack_status, "ERR");
});
