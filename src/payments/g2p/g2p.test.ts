import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { canonicalJson, toBase64, utf8, type JsonValue } from "#kernel";
import type { ApiAnswer } from "../govstack/api.ts";
import { signAs, testApi, testClient, toldBy } from "../govstack/testing.ts";
import { workPaymentApi } from "../govstack/work.ts";
import { fileOf, reportXml, testChannel, testClock } from "../testing.ts";
import { deliverFiles } from "../bank/deliver.ts";
import { releasePayment } from "../release.ts";
import { instructionsInState } from "../store.ts";
import { receiveStatus } from "../bank/receive-status.ts";
import { answerG2p } from "./answer.ts";
import { signingText } from "./envelope.ts";

const sender = "spp.example.org";
const callback = "https://spp.example.org/g2p/callback";
const api = await testApi({
  clients: [
    await testClient(sender, { callbackOrigins: ["https://spp.example.org"] }),
    await testClient("other.example", { duties: [] }),
  ],
});
const seconds = Math.floor(testClock.now().getTime() / 1000);

/** A message as a sender makes it; `change` spoils it. */
function envelope(
  action: string,
  message: Record<string, unknown>,
  change: {
    header?: object;
    created?: number;
    expires?: number;
    from?: string;
    keyId?: string;
    spoil?: (body: Record<string, unknown>) => void;
  } = {},
): string {
  const { from = sender, created = seconds, expires = seconds + 3600, keyId = "k1" } = change;
  const lists = Object.values(message).filter((member) => Array.isArray(member));
  const header = {
    version: "1.0.0",
    message_id: randomUUID(),
    message_ts: "2026-01-05T09:30:00+08:00",
    action,
    sender_id: from,
    sender_uri: callback,
    receiver_id: "portal.example",
    total_count: lists[0]?.length ?? 1,
    is_msg_encrypted: false,
    ...change.header,
  };
  const content = canonicalJson({ header, message } as JsonValue);
  const signature = toBase64(signAs(from, utf8(signingText({ created, expires, content }))));
  const body = {
    signature: `Signature: namespace="g2p", kidId="${from}|${keyId}|ed25519", algorithm="ed25519", created="${created}", expires="${expires}", headers="(created) (expires) digest", signature="${signature}"`,
    header,
    message,
  };
  change.spoil?.(body);
  return JSON.stringify(body);
}
// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, compared as they are
type Said = any;
const post = (path: string, body: string): Promise<ApiAnswer> => answerG2p(api, { method: "POST", path, body });
const send = async (
  path: string,
  action: string,
  message: Record<string, unknown>,
  change?: Parameters<typeof envelope>[2],
): Promise<Said> => (await post(path, envelope(action, message, change))).body;

const when = { timestamp: "2026-01-05T09:30:00+08:00" };
const ann = {
  reference_id: "1",
  ...when,
  id: "vid:54321@nid",
  fa: "account:00012340560500@7000021.twncc",
  name: "林安",
  additional_info: [{ name: "holder_number", value: "A700000001" }],
};
const pay = (reference: string, change: object = {}): object => ({
  reference_id: reference,
  payer_fa: "programme:main@portal.example",
  payee_fa: "VID:54321@nid",
  amount: "1500.00",
  currency_code: "TWD",
  note: "救助",
  ...change,
});
const callbacks = async (): Promise<{ header: Record<string, unknown>; message: Record<string, unknown> }[]> =>
  (await toldBy(api)) as { header: Record<string, unknown>; message: Record<string, unknown> }[];

test("the mapper links, resolves, updates and unlinks at once; reasons are published ones", async () => {
  const linked = await send("/mapper/sync/link", "link", {
    transaction_id: "t1",
    link_request: [
      ann,
      { ...ann, reference_id: "2", id: "vid:2@nid", fa: "account:666@7000021.twncc" },
      { ...ann, reference_id: "1" },
      { reference_id: "4", ...when, id: "x", fa: "y" },
    ],
  });
  assert.equal(linked.header.status, "succ");
  assert.deepEqual(
    linked.message.link_response.map(
      (one: { status: string; status_reason_code?: string }) => one.status_reason_code ?? one.status,
    ),
    ["succ", "rjct.fa.invalid", "rjct.reference_id.duplicate", "rjct.id.invalid"],
  );
  const resolve = async (entry: object) =>
    (
      await send("/mapper/sync/resolve", "resolve", {
        transaction_id: "t2",
        resolve_request: [{ reference_id: "1", ...when, ...entry }],
      })
    ).message.resolve_response[0];
  const found = await resolve({ id: "vid:54321@nid", fa: ann.fa });
  assert.deepEqual([found.status_reason_code, found.fa], ["succ.fa.active", undefined]);
  assert.equal((await resolve({ id: "VID:54321@NID", scope: "details" })).fa, ann.fa);
  assert.equal(
    (await resolve({ id: ann.id, fa: "account:1@7000021.twncc" })).status_reason_code,
    "succ.fa.not_linked_to_id",
  );
  assert.equal((await resolve({ id: "vid:9@nid" })).status_reason_code, "succ.id.not_found");
  const updated = await send("/mapper/sync/update", "link", {
    transaction_id: "t3",
    update_request: [
      { ...ann, fa: "account:00012340560501@7000021.twncc" },
      { ...ann, reference_id: "2", id: "vid:9@nid" },
    ],
  });
  assert.deepEqual(
    updated.message.update_response.map(
      (one: { status: string; status_reason_code?: string }) => one.status_reason_code ?? one.status,
    ),
    ["succ", "rjct.reference_id.invalid"],
  );
  const status = await send("/mapper/sync/txn/status", "txn-status", {
    transaction_id: "t9",
    txnstatus_request: {
      reference_id: "1",
      txn_type: "update",
      attribute_type: "transaction_id",
      attribute_value: "t3",
    },
  });
  assert.deepEqual(status.message.txnstatus_response.txn_status.update_response, updated.message.update_response);
});

test("the mapper answers later at the sender's address", async () => {
  const ack = await send("/mapper/link", "link", { transaction_id: "t4", link_request: [{ ...ann, id: "vid:7@nid" }] });
  assert.deepEqual([ack.message.ack_status, typeof ack.message.correlation_id], ["ACK", "string"]);
  await workPaymentApi(api);
  const last = (await callbacks()).at(-1)!;
  assert.equal(last.header["action"], "on-link");
  assert.deepEqual(
    (last.message["link_response"] as { status: string }[]).map(({ status }) => status),
    ["succ"],
  );
});

test("a disbursement is received, waits for its second person, is paid and told", async () => {
  const lines = [
    pay("r1"),
    pay("r2", { payee_fa: "account:00099@7000021.twncc", payee_name: "王大明" }),
    pay("r2"),
    pay("r3", { amount: "1500" }),
    pay("r4", { amount: "1500.50" }),
    pay("r5", { amount: 1500 }),
    pay("r6", { payee_fa: "vid:nobody@nid" }),
    pay("r7", { payer_fa: "programme:other@portal.example" }),
    pay("r8", { currency_code: "USD" }),
    pay("r9", { scheduled_timestamp: "2030-01-01T00:00:00Z" }),
    pay("r10", { payee_fa: "account:1@7000021.twncc" }),
  ];
  const answer = await send("/disburse/sync/disburse", "disburse", { transaction_id: "d1", disbursements: lines });
  const statuses = Object.fromEntries(
    answer.message.disbursements_status.map(
      (one: { reference_id: string; status: string; status_reason_code?: string }) => [
        `${one.reference_id} ${one.status}`,
        one.status_reason_code,
      ],
    ),
  );
  assert.deepEqual(statuses, {
    "r1 rcvd": undefined,
    "r2 rcvd": undefined,
    "r2 rjct": "rjct.reference_id.duplicate",
    "r3 rjct": "rjct.amount.invalid",
    "r4 rjct": "rjct.amount.invalid",
    "r5 rjct": "rjct.amount.invalid",
    "r6 rjct": "rjct.payee_fa.invalid",
    "r7 rjct": "rjct.payer_fa.invalid",
    "r8 rjct": "rjct.currency_code.invalid",
    "r9 rjct": "rjct.schedule_ts.invalid",
    "r10 rjct": "rjct.payee_fa.invalid",
  });
  const again = await send("/disburse/sync/disburse", "disburse", { transaction_id: "d2", disbursements: [pay("r1")] });
  assert.equal(again.message.disbursements_status[0].status_reason_code, "rjct.reference_id.duplicate");

  const ack = await send("/disburse", "disburse", { transaction_id: "d3", disbursements: [pay("a1")] });
  assert.equal(ack.message.ack_status, "ACK");
  await workPaymentApi(api);
  for (const { entitlement } of await instructionsInState(api.payments.database, "approved-once", 10))
    assert.ok((await releasePayment(api.payments, { entitlementId: entitlement, releasedBy: "officer:wang" })).ok);
  const file = await fileOf(api.payments);
  await deliverFiles(api.payments, testChannel());
  await receiveStatus(api.payments, reportXml(file.id, "ACSC"));
  await workPaymentApi(api);
  const told = (await callbacks()).filter(({ message }) => message["transaction_id"] === "d3");
  assert.deepEqual(
    told
      .map(({ message }) => (message["disbursements_status"] as { status: string }[])[0]!.status)
      .sort((a, b) => (a < b ? -1 : 1)),
    ["rcvd", "succ"],
  );

  const status = async (type: string, value: unknown) =>
    (
      await send("/disburse/sync/txn/status", "txn-status", {
        transaction_id: "s1",
        txnstatus_request: { reference_id: "1", txn_type: "disburse", attribute_type: type, attribute_value: value },
      })
    ).message.txnstatus_response.txn_status.disbursements_status as {
      reference_id: string;
      status: string;
      amount: string;
    }[];
  assert.deepEqual(
    (await status("transaction_id", "d1")).map((one) => [one.reference_id, one.status, one.amount]),
    [
      ["r1", "succ", "1500.00"],
      ["r2", "succ", "1500.00"],
    ],
  );
  assert.deepEqual(
    (await status("reference_id_list", ["a1", "zz"])).map((one) => one.reference_id),
    ["a1"],
  );
  assert.equal((await status("correlation_id", ack.message.correlation_id)).length, 1);
  const search = async (type: string, value: string) =>
    (
      await send("/disburse/sync/search", "search", {
        transaction_id: "q",
        search_criteria: [
          { reference_id: "1", request_type: "disburse", attribute_type: type, attribute_value: value },
        ],
      })
    ).message.disbursements_status as { reference_id: string; status_reason_code?: string }[];
  assert.deepEqual(
    (await search("payee_fa", "vid:54321@nid")).map((one) => one.reference_id).sort((a, b) => (a < b ? -1 : 1)),
    ["a1", "r1"],
  );
  assert.equal((await search("payer_fa", "programme:main@portal.example")).length, 3);
  assert.equal((await search("payer_fa", "programme:other@x"))[0]?.status_reason_code, "rjct.srch_payer_fa.invalid");
});

test("the same message again gets the same answer and does nothing; its number for another is rejected", async () => {
  const body = envelope(
    "disburse",
    { transaction_id: "m1", disbursements: [pay("m1")] },
    { header: { message_id: "fixed" } },
  );
  const first = await post("/disburse/sync/disburse", body);
  assert.deepEqual(await post("/disburse/sync/disburse", body), first);
  const rows = await api.payments.database.query("select 1 from payments.api_batch_line where reference = 'm1'");
  assert.equal(rows.length, 1);
  const other = await send(
    "/disburse/sync/disburse",
    "disburse",
    { transaction_id: "m2", disbursements: [pay("m2")] },
    { header: { message_id: "fixed" } },
  );
  assert.equal(other.header.status_reason_code, "rjct.message_id.duplicate");
  // Played back at another path it is another message.
  assert.equal(
    ((await post("/disburse", body)).body as { header: { status_reason_code: string } }).header.status_reason_code,
    "rjct.message_id.duplicate",
  );
});

const good = { transaction_id: "h", disbursements: [pay("h1")] };
const hostile: readonly (readonly [string, string, number, RegExp])[] = [
  ["no signature", envelope("disburse", good, { spoil: (body) => delete body["signature"] }), 401, /signature.missing/],
  [
    "a changed amount",
    envelope("disburse", good, {
      spoil: (body) => ((body["message"] as typeof good).disbursements = [pay("h1", { amount: "9.00" })]),
    }),
    401,
    /signature.invalid/,
  ],
  [
    "a changed address for answers",
    envelope("disburse", good, { spoil: (body) => ((body["header"] as { sender_uri: string }).sender_uri += "x") }),
    401,
    /signature.invalid/,
  ],
  ["an unknown key", envelope("disburse", good, { keyId: "k2" }), 401, /signature.invalid/],
  [
    "another sender's name",
    envelope("disburse", good, {
      spoil: (body) => ((body["header"] as { sender_id: string }).sender_id = "other.example"),
    }),
    401,
    /signature.invalid/,
  ],
  [
    "a sender nobody knows",
    envelope("disburse", good, { spoil: (body) => ((body["header"] as { sender_id: string }).sender_id = "evil") }),
    401,
    /sender_id/,
  ],
  [
    "an expired signature",
    envelope("disburse", good, { created: seconds - 7200, expires: seconds - 1 }),
    401,
    /signature.invalid/,
  ],
  [
    "one from the future",
    envelope("disburse", good, { created: seconds + 600, expires: seconds + 700 }),
    401,
    /signature.invalid/,
  ],
  ["one for ever", envelope("disburse", good, { expires: seconds + 10 * 86_400 }), 401, /signature.invalid/],
  [
    "callback to the metadata service",
    envelope("disburse", good, { header: { sender_uri: "http://169.254.169.254/" } }),
    400,
    /sender_uri/,
  ],
  [
    "callback to ourselves",
    envelope("disburse", good, { header: { sender_uri: "http://localhost/" } }),
    400,
    /sender_uri/,
  ],
  ["no callback", envelope("disburse", good, { header: { sender_uri: undefined } }), 400, /sender_uri/],
  ["meant for another receiver", envelope("disburse", good, { header: { receiver_id: "bank" } }), 400, /receiver_id/],
  ["another version", envelope("disburse", good, { header: { version: "2.0.0" } }), 400, /version/],
  ["encrypted", envelope("disburse", good, { header: { is_msg_encrypted: true } }), 400, /encryption/],
  ["not JSON", "{", 400, /request.bad/],
  ["nested ten thousand deep", `{"header":${"[".repeat(10_000)}`, 400, /request.bad/],
  ["no disbursements", envelope("disburse", { transaction_id: "h" }), 400, /request.bad/],
  ["without the duty", envelope("disburse", good, { from: "other.example" }), 403, /forbidden/],
];
for (const [name, body, status, words] of hostile)
  test(`refused: ${name}`, async () => {
    const answer = await post("/disburse", body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(JSON.stringify(answer.body), words);
    assert.equal(
      (await api.payments.database.query("select 1 from payments.api_batch_line where reference = 'h1'")).length,
      0,
    );
  });

test("a header that does not fit its message is rejected in its own terms", async () => {
  const reason = async (action: string, header: object) =>
    (await send("/disburse/sync/disburse", action, good, { header })).header.status_reason_code as string;
  assert.equal(await reason("disburse", { total_count: 2 }), "rjct.total_count.invalid");
  assert.equal(await reason("unlink", {}), "rjct.action.invalid");
});
