// A batch that came over the payments API, at the agency's desk: seen, proposed, released by its pages, paid and told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, testApi, testClient, toldBy } from "../../src/payments/govstack/testing.ts";
import { makeBatchFile, workPaymentApi } from "#payments";
import { paymentSite } from "./payment-site.ts";

const site = await paymentSite();
const { payments } = site.portal;
const wang = await site.person("王承辦", ["caseworker"]);
const chen = await site.person("陳放行", ["approver"]);
const api = await testApi({
  payments,
  clients: [await testClient("welfare.agency.example", { callbackOrigins: ["https://welfare.invalid"] })],
  owners: site.portal.owners!,
});
const id = (n: number): string => String(n).padStart(20, "0");

test("the desk pays what another system proposed", async () => {
  await call(api, "POST /register-beneficiary", {
    RequestID: "100000000001",
    SourceBBID: "SOCIALBB0001",
    Beneficiaries: [1, 2].map((n) => ({
      PayeeFunctionalID: id(n),
      PaymentModality: "00",
      FinancialAddress: `7000021-0001234056${n === 1 ? "0500" : "1001"}`,
      PayeeName: "林美惠",
      PayeeNumber: `A70000000${n}`,
    })),
  });
  await workPaymentApi(api);
  const lines = [1, 2].map((n) => ({
    InstructionID: String(n).padStart(16, "0"),
    PayeeFunctionalID: id(n),
    Amount: 1500,
    Currency: "TWD",
    Narration: "急難救助",
  }));
  await call(
    api,
    "POST /bulk-payment",
    { RequestID: "100000000002", SourceBBID: "SOCIALBB0001", BatchID: "202611230001", CreditInstructions: lines },
    { "X-Callback-URL": "https://welfare.invalid/told" },
  );
  await workPaymentApi(api);

  const [first] = await payments.database.query<{ id: string }>(
    "select i.id from payments.instruction i join payments.entitlement t on t.id = i.entitlement where t.case_ref = '202611230001-1'",
  );
  const page = await site.get(`/desk/payments/${first!.id}`, chen);
  assert.equal(page.status, 200);
  assert.ok(page.body.includes("welfare.agency.example"), "the page does not say who approved first");
  assert.ok(!page.body.includes("林美惠"));
  assert.ok((await site.get("/desk/payments?search=202611230001-1", chen)).body.includes(first!.id));

  const proposed = await site.post("/desk/payments/batches/new", wang, { programme: "main", payOn: "", decision: "" });
  assert.match(proposed.location, /^\/desk\/payments\/batches\/[^?]+\?done=proposed/);
  const batch = proposed.location.split("?")[0]!;
  const shown = (await site.get(batch, chen)).body;
  const sha256 = /name="sha256" value="([0-9a-f]{64})"/.exec(shown)?.[1] ?? "";
  assert.match(
    (await site.post(`${batch}/release`, wang, { sha256, sure: "yes" })).location || "refused",
    /refused|error/,
  );
  assert.match((await site.post(`${batch}/release`, chen, { sha256, sure: "yes" })).location, /done=released/);
  const told = async () => (await call(api, "GET /api/v1/batch?batchId=202611230001")).body as Record<string, unknown>;
  assert.equal((await told())["note"], "released");
  assert.ok((await makeBatchFile(payments)).ok);
  await site.settle();
  await workPaymentApi(api);
  const summary = await told();
  assert.deepEqual([summary["completed"], summary["failed"], summary["note"]], [1, 1, "released"]);
  const detail = (await call(api, "GET /api/v1/batch/detail?batchId=202611230001&status=failed")).body as {
    failureReason: string;
  }[];
  assert.match(detail[0]!.failureReason, /\S/);
  assert.equal((await toldBy(api, "welfare.agency.example")).length, 1);
});
