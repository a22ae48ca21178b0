import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { toBase64Url } from "#kernel";
import { testClock, testPayments } from "../testing.ts";
import { sha256, type PaymentApi } from "./api.ts";
import { mayCallBack, sendCallbacks, tellClient } from "./callbacks.ts";
import { testApi, testClient, toldBy } from "./testing.ts";

const taken: { readonly request: IncomingMessage; readonly body: string }[] = [];
let answers: number[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part: Buffer) => (body += part.toString()));
  request.on("end", () => {
    taken.push({ request, body });
    response.writeHead(answers.shift() ?? 200, { Location: "http://127.0.0.1:1/" }).end();
  });
});
await new Promise<void>((done) => {
  server.listen(0, "127.0.0.1", () => done());
});
after(() => server.close());
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const payments = await testPayments();
const client = await testClient("source", { callbackOrigins: [origin, "https://source.example"] });
const api = await testApi({ payments, clients: [client] });
const tell = (body: object, path = "/told?x=1"): Promise<void> => {
  // So that ids, which begin with the time, sort as they were made.
  testClock.advance(1000);
  return payments.database.transaction((tx) => tellClient(api, tx, { client: "source", url: origin + path, body }));
};
const row = () =>
  payments.database.one<{
    attempts: number;
    body: string;
    last_fault: string | null;
    next_at: Date;
    given_up_at: Date | null;
    taken_at: Date | null;
  }>("select * from payments.api_callback order by id desc limit 1");

test("a callback is signed for its address and body, tried again with growing pauses, and forgotten when it was taken", async () => {
  answers = [500, 302, 200];
  await tell({ voucherNumber: "123456789012345678" });
  assert.doesNotMatch((await row())!.body, /1234567890/);
  assert.doesNotMatch(Buffer.from((await row())!.body, "base64").toString("latin1"), /1234567890/);
  const pauses: number[] = [];
  for (let n = 0; n < 2; n += 1) {
    assert.equal(await sendCallbacks(api), 1);
    assert.equal(await sendCallbacks(api), 0);
    const { next_at: next } = (await row())!;
    pauses.push((next.getTime() - testClock.now().getTime()) / 1000);
    testClock.set(next);
  }
  assert.deepEqual(pauses, [5, 10]);
  // A redirect is no answer, and nobody goes where it leads.
  assert.equal((await row())!.last_fault, "status 302");
  await sendCallbacks(api);
  const done = (await row())!;
  assert.deepEqual([done.attempts, done.body, done.last_fault], [3, "", null]);
  assert.ok(done.taken_at);
  const { request, body } = taken.at(-1)!;
  assert.deepEqual(JSON.parse(body), { voucherNumber: "123456789012345678" });
  const claims = Object.fromEntries(
    (request.headers.authorization ?? "")
      .replace("Bearer ", "")
      .split(";")
      .map((claim) => claim.split("=") as [string, string]),
  );
  assert.deepEqual([claims["aud"], claims["htm"], claims["digest"]], ["source", "POST", toBase64Url(sha256(body))]);
  assert.equal(request.url, "/told?x=1");
});

test("it is given up in the end, and not sent to a client or an origin that was taken away", async () => {
  answers = Array.from({ length: 16 }, () => 503);
  await tell({ n: 1 });
  for (let n = 0; n < 16; n += 1) {
    await sendCallbacks(api);
    testClock.set((await row())!.next_at);
  }
  assert.ok((await row())!.given_up_at);
  assert.equal((await row())!.body, "");
  await tell({ n: 2 });
  const before = taken.length;
  const closed: PaymentApi = await testApi({ payments, clients: [{ ...client, callbackOrigins: [] }] });
  await sendCallbacks(closed);
  assert.deepEqual([taken.length, (await row())!.last_fault], [before, "not allowed any more"]);
  assert.equal((await toldBy(api)).length, 1);
});

const addresses: readonly (readonly [string, boolean])[] = [
  [`${origin}/x`, true],
  ["https://source.example/a?b=c", true],
  ["https://source.example:8443/", false],
  ["http://source.example/", false],
  ["https://source.example.evil.example/", false],
  ["https://user@source.example/", false],
  ["https://source.example@evil.example/", false],
  ["http://localhost/", false],
  ["http://127.0.0.1/", false],
  ["http://[::1]/", false],
  ["http://169.254.169.254/latest/meta-data", false],
  ["http://2130706433/", false],
  ["file:///etc/passwd", false],
  ["javascript:alert(1)", false],
  ["//source.example/", false],
  ["", false],
  [`https://source.example/${"x".repeat(500)}`, false],
];
for (const [address, may] of addresses)
  test(`callback to ${address.slice(0, 60) || "nothing"}: ${may ? "may" : "may not"} be`, () => {
    assert.equal(mayCallBack(client, address), may);
  });
