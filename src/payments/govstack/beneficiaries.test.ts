import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { call, testApi, testClient } from "./testing.ts";
import { linkEvents } from "./store-mapper.ts";
import { payeeIndex } from "./mapper.ts";
import { workPaymentApi } from "./work.ts";

const told: unknown[] = [];
const listener = createServer((incoming, outgoing) => {
  let body = "";
  incoming.on("data", (part: Buffer) => (body += part.toString()));
  incoming.on("end", () => {
    told.push({ path: incoming.url, ...(JSON.parse(body) as object) });
    outgoing.end();
  });
});
await new Promise<void>((done) => {
  listener.listen(0, "127.0.0.1", () => done());
});
after(() => listener.close());
const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;

const social = await testClient("social.gov.example", { callbackOrigins: [origin] });
const tax = await testClient("tax.gov.example", { institution: "tax", systems: ["TAXBB0000001"] });
const api = await testApi({ clients: [social, tax] });

const id = (n: number): string => String(n).padStart(20, "0");
const newer = (request: string, ...payees: object[]): object => ({ RequestID: request, Beneficiaries: payees });
const ann = {
  payeeIdentity: "ann",
  PaymentModality: "00",
  FinancialAddress: "7000021-00012340560500",
  payeeName: "林安",
  payeeNumber: "A700000001",
};

test("a beneficiary is registered, looked up, changed and ended, each change once and with an event", async () => {
  const body = newer("915251236706", ann);
  const answer = await call(api, "POST /identityAccountMapper/beneficiary", body, {
    "X-Callback-URL": `${origin}/told`,
  });
  assert.deepEqual(answer, {
    status: 200,
    body: { responseCode: "00", responseDescription: "Request successfully received", requestID: "915251236706" },
  });
  assert.deepEqual(
    await call(api, "POST /identityAccountMapper/beneficiary", body, { "X-Callback-URL": `${origin}/told` }),
    answer,
  );
  await workPaymentApi(api);
  assert.equal(await workPaymentApi(api), 0);
  assert.equal(told.length, 1);
  const { requestId, ...said } = told[0] as { requestId: string };
  assert.match(requestId, /^\d{12}$/);
  assert.deepEqual(said, { path: "/told", registerRequestId: "915251236706", numberFailedCases: 0, failedCases: [] });

  const found = {
    requestId: "q1",
    paymentModalityList: [
      {
        payeeIdentity: "ann",
        paymentModality: "00",
        financialAddress: "00012340560500",
        bankingInstitutionCode: "7000021",
      },
    ],
  };
  assert.deepEqual((await call(api, "GET /beneficiary/?payeeIdentity=ann&requestId=q1")).body, found);
  assert.deepEqual(
    (await call(api, "PUT /beneficiary", { requestId: "q1", payeePartyIds: ["ann", "nobody"] })).body,
    found,
  );
  // Another institution's clients do not even learn that she is known.
  assert.deepEqual((await call(api, "GET /beneficiary?payeeIdentity=ann&requestId=q1", undefined, {}, tax.id)).body, {
    requestId: "q1",
    paymentModalityList: [],
  });

  const update = (status: string | number, change: object): object => ({
    requestID: `u${status}`,
    sourceBBID: "SOCIALBB0001",
    beneficiaries: [{ payeeIdentity: "ann", status, ...change }],
  });
  assert.equal(
    (
      await call(
        api,
        "PUT /identityAccountMapper/beneficiary",
        update(1, { bankingInstitutionCode: "0040001", financialAddress: "77", paymentModality: "00" }),
      )
    ).status,
    200,
  );
  await workPaymentApi(api);
  const moved = (await call(api, "GET /beneficiary?payeeIdentity=ann&requestId=q")).body as typeof found;
  assert.deepEqual(moved.paymentModalityList[0]?.financialAddress, "00000000000077");
  await call(api, "PUT /identityAccountMapper/beneficiary", update(0, {}));
  await workPaymentApi(api);
  assert.deepEqual((await call(api, "GET /beneficiary?payeeIdentity=ann&requestId=q")).body, {
    requestId: "q",
    paymentModalityList: [],
  });
  const events = await linkEvents(api.payments.database, "social-affairs", payeeIndex(api, "social-affairs", "ann"));
  assert.deepEqual(
    events.map(({ event, verdict }) => `${event} ${verdict}`),
    ["linked match", "updated match", "unlinked match"],
  );
});

test("the older spellings take exact lengths, and tell who failed", async () => {
  told.length = 0;
  const one = (n: number, address: string): object => ({
    PayeeFunctionalID: id(n),
    PaymentModality: "00",
    FinancialAddress: address,
    PayeeName: "王",
    PayeeNumber: "A700000002",
  });
  const body = {
    RequestID: "915251236707",
    SourceBBID: "SOCIALBB0001",
    Beneficiaries: [
      one(1, "7000021-00012340560501"),
      one(2, "7000021-666"),
      one(3, "9999999-1"),
      { PayeeFunctionalID: id(4) },
    ],
  };
  const answer = await call(api, "POST /register-beneficiary", body, { "X-Callback_URL": `${origin}/told` });
  assert.deepEqual(answer.body, {
    ResponseCode: "00",
    ResponseDescription: "Request successfully received",
    RequestID: "915251236707",
  });
  await workPaymentApi(api);
  const { failedCases } = told[0] as { failedCases: object[] };
  assert.deepEqual(failedCases, [
    {
      payeeFunctionalId: id(2),
      paymentModality: "00",
      failureReason: "the bank says that the account is not the payee's",
    },
    { payeeFunctionalId: id(3), paymentModality: "00", failureReason: "account not usable" },
    { payeeFunctionalId: id(4), paymentModality: "00", failureReason: "no address" },
  ]);
  // Registered already with another account: that is an update, and has to be asked for as one.
  await call(
    api,
    "POST /registerBeneficiaries",
    { ...body, RequestID: "915251236708", Beneficiaries: [one(1, "7000021-5")] },
    { "X-Callback-URL": `${origin}/told` },
  );
  await workPaymentApi(api);
  assert.deepEqual(
    (told[1] as { failedCases: { failureReason: string }[] }).failedCases[0]?.failureReason,
    "already registered",
  );
  await call(api, "POST /update-beneficiary-details", {
    ...body,
    RequestID: "915251236709",
    Beneficiaries: [one(1, "7000021-5")],
  });
  await workPaymentApi(api);
  const found = (await call(api, `GET /beneficiary?requestId=q&payeeIdentity=${id(1)}`)).body as {
    paymentModalityList: { financialAddress: string }[];
  };
  assert.equal(found.paymentModalityList[0]?.financialAddress, "00000000000005");
});

/** What is wrong, and the line that says so. */
const hostile: readonly (readonly [string, object | string, RegExp, Record<string, string>?])[] = [
  ["not JSON", "{", /the body/],
  ["nested ten thousand deep", "[".repeat(10_000), /the body/],
  ["one member in two spellings", '{"RequestID":"a","requestId":"b","Beneficiaries":[]}', /the body/],
  ["no beneficiary", newer("1"), /beneficiaries/],
  ["request number too long", newer("1234567890123", ann), /requestid: 1 to 12/],
  ["identity too long", newer("1", { ...ann, payeeIdentity: "x".repeat(21) }), /payeeidentity/],
  ["modality unknown", newer("1", { ...ann, PaymentModality: "05" }), /paymentmodality/],
  ["address too long", newer("1", { ...ann, FinancialAddress: "9".repeat(31) }), /financialaddress/],
  ["a NUL", newer("1", { ...ann, payeeIdentity: "a\0b" }), /control/],
  ["a lone surrogate", newer("1", { ...ann, payeeName: "\ud800" }), /control/],
  ["one beneficiary twice", newer("1", ann, ann), /twice/],
  ["another institution", newer("1", ann), /not yours/, { "X-Registering-Institution-ID": "tax" }],
  ["another system", { ...newer("1", ann), sourceBBID: "TAXBB0000001" }, /not yours/],
  ...[
    "http://localhost/x",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    `${origin}@evil.example/`,
    "https://evil.example/",
    "x",
  ].map(
    (url) => [`callback to ${url}`, newer("1", ann), /not an address of yours/, { "X-Callback-URL": url }] as const,
  ),
];

for (const [name, body, words, headers] of hostile)
  test(`refused: ${name}`, async () => {
    const answer = await call(api, "POST /identityAccountMapper/beneficiary", body, headers);
    assert.equal(answer.status, 400);
    const { ResponseCode, ResponseDescription } = answer.body as { ResponseCode: string; ResponseDescription: string };
    assert.equal(ResponseCode, "01");
    assert.match(ResponseDescription, words);
  });

test("a number used for something else is refused, and who may not is told so", async () => {
  await call(api, "POST /identityAccountMapper/beneficiary", newer("n1", { ...ann, payeeIdentity: "bob" }));
  const other = await call(
    api,
    "POST /identityAccountMapper/beneficiary",
    newer("n1", { ...ann, payeeIdentity: "eve" }),
  );
  assert.equal(other.status, 400);
  const weak = await testApi({ payments: api.payments, clients: [await testClient("weak", { duties: ["bills"] })] });
  assert.deepEqual((await call(weak, "GET /beneficiary")).body, {
    code: "api-duty-missing",
    params: { duty: "beneficiaries" },
  });
  assert.deepEqual((await call(api, "DELETE /beneficiary")).body, {
    code: "api-method",
    params: { allow: "GET, PUT" },
  });
  assert.deepEqual((await call(api, "GET /nothing")).body, { code: "api-path-unknown" });
});

test("the database names no payee", async () => {
  const rows = await api.payments.database.query<{ row: string }>(
    `select row_to_json(t)::text as row from payments.api_link t
     union all select row_to_json(t)::text from payments.api_wish t
     union all select row_to_json(t)::text from payments.api_link_event t`,
  );
  assert.ok(rows.length > 5);
  for (const { row } of rows) assert.doesNotMatch(row, /ann|林|A700000001|12340560500/);
});
