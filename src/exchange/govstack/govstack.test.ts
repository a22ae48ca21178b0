import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { systemClock } from "#kernel";
import { schema, testRoom } from "../events/testing.ts";
import { openGovStackAdapter, type GovStackOptions } from "./adapter.ts";

const { room, other, taker } = await testRoom();
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((one) => one.close())));

async function adapter(of: typeof room, more: Partial<GovStackOptions> = {}): Promise<string> {
  const { gateway, agencyUrl } = of;
  const made = await openGovStackAdapter({
    host: "127.0.0.1",
    port: 0,
    agencyUrl,
    instance: "TW",
    rights: () => gateway.rights.all(),
    clock: systemClock,
    logger,
    ...more,
  });
  opened.push(made);
  return made.url;
}

const [mine, theirs] = [await adapter(room, { token: "secret" }), await adapter(other)];
const base = "/r1/TW/GOV/REG/births";

async function ask(
  url: string,
  line: string,
  o: { client?: string; body?: unknown; headers?: Record<string, string> } = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, compared as they are
): Promise<{ status: number; type: string; body: any }> {
  const [method = "", path = ""] = line.split(" ");
  const answer = await fetch(url + path, {
    method,
    headers: { ...(o.client === undefined ? {} : { "X-GovStack-Client": o.client }), ...o.headers },
    ...(o.body === undefined ? {} : { body: JSON.stringify(o.body) }),
  });
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  return { status: answer.status, type, body: type.includes("json") && text !== "" ? JSON.parse(text) : text };
}

const reg = { client: "TW/GOV/REG/births" };
const tax = { client: "TW/GOV/TAX/people" };

test("the directory lists clients, services and what is allowed, in GovStack's shapes", async () => {
  const clients = await ask(theirs, "GET /listClients");
  assert.deepEqual(
    clients.body.member.map((one: { id: { objectType: string } }) => one.id.objectType),
    ["MEMBER", "APPLICATION", "MEMBER", "APPLICATION"],
  );
  const id = {
    objectType: "APPLICATION",
    instanceId: "TW",
    memberClass: "GOV",
    memberCode: "REG",
    applicationCode: "births",
  };
  assert.deepEqual(clients.body.member[1], { name: "births", id });
  assert.deepEqual((await ask(theirs, "GET /r1/listClients?instanceId=TW")).body, clients.body);
  assert.deepEqual((await ask(theirs, "GET /listClients?instanceId=ELSEWHERE")).body.member ?? [], []);

  const methods = await ask(theirs, `GET ${base}/listMethods`, tax);
  const codes = (listed: { member: { serviceCode: string }[] }): string[] =>
    listed.member.map((one) => one.serviceCode);
  assert.deepEqual(codes(methods.body), ["api", "pub", "pull", "findUsage"]);
  assert.deepEqual(methods.body.member[2], {
    ...id,
    objectType: "SERVICE",
    serviceType: "REST",
    serviceCode: "pull",
    endpointList: {
      member: [
        { method: "GET", path: "/v1/*" },
        { method: "DELETE", path: "/v1/*/*" },
      ],
    },
  });
  assert.deepEqual(codes((await ask(theirs, `GET ${base}/allowedMethods`, tax)).body), ["api", "pull"]);
  assert.deepEqual(codes((await ask(theirs, `GET ${base}/listMethods?serviceId=pub`, tax)).body), ["pub"]);
  assert.equal((await ask(theirs, `GET ${base}/listMethods`)).status, 400);
  assert.equal((await ask(theirs, `GET ${base}/getOpenAPI?serviceCode=pub`, tax)).status, 400);
  assert.equal((await ask(theirs, "GET /r1/TW/GOV/NONE/births/listMethods", tax)).status, 400);
});

test("publish, subscribe and pull in GovStack's paths and answers", async () => {
  const type = { eventType: "newBirth", schema };
  const rows: [string, string, object | undefined, object, number][] = [
    [mine, `POST ${base}/api/v1/eventType`, type, reg, 200],
    [mine, `POST ${base}/api/v1/eventType`, type, reg, 409],
    [theirs, `GET ${base}/api/v1/eventType/newBirth`, undefined, tax, 200],
    [theirs, `GET ${base}/api/v1/eventType/none`, undefined, tax, 204],
    [theirs, `POST ${base}/api/v1/subs/newBirth`, { eventType: "newBirth", delivery: "PULL" }, tax, 200],
    [theirs, `GET ${base}/pull/v1/newBirth`, undefined, tax, 404],
    [mine, `POST ${base}/pub/v1/newBirth`, { eventType: "newBirth", event: {} }, reg, 400],
    [mine, `POST ${base}/pub/v1/none`, { eventType: "none", event: { n: 1 } }, reg, 404],
  ];
  for (const [url, line, body, who, status] of rows)
    assert.equal((await ask(url, line, { ...who, ...(body ? { body } : {}) })).status, status, line);
  const published = await ask(mine, `POST ${base}/pub/v1/newBirth`, {
    ...reg,
    body: { eventType: "newBirth", event: { n: 1 } },
  });
  assert.equal(published.status, 201);
  const pulled = await ask(theirs, `GET ${base}/pull/v1/newBirth`, tax);
  assert.deepEqual(pulled.body, {
    id: published.body.id,
    sequence: 1,
    publisherId: { instanceId: "TW", memberClass: "GOV", memberCode: "REG", applicationCode: "births" },
    eventType: "newBirth",
    event: { n: 1 },
  });
  assert.equal((await ask(theirs, `DELETE ${base}/pull/v1/newBirth/${pulled.body.id}`, tax)).status, 204);
  assert.equal(taker.taken.length, 0);
});

test("says the instance and the object type as it is set to", async () => {
  const url = await adapter(other, { settings: { instanceName: "instanceCode", objectType: "object" } });
  const [member] = (await ask(url, "GET /listClients")).body.member;
  assert.deepEqual(
    [member.id.instanceCode, member.id.objectType],
    ["TW", { objectType: "MEMBER", object_type: "MEMBER" }],
  );
  const bare = await adapter(other, { settings: { objectType: "none" } });
  assert.equal("objectType" in (await ask(bare, "GET /listClients")).body.member[0].id, false);
});

test("the configuration is read by who has the token, page by page, and changed by nobody", async () => {
  const headers = { authorization: "Bearer secret" };
  for (const wrong of [{}, { authorization: "Bearer secreT" }, { authorization: "secret" }])
    assert.equal((await ask(mine, "GET /api/v1/config", { headers: wrong })).status, 401);
  assert.equal((await ask(theirs, "GET /api/v1/config", { headers })).status, 401);
  const { body } = await ask(mine, "GET /api/v1/config", { headers });
  assert.deepEqual([body.instance, body.members.length, body.members[1].applications[0].id], ["TW", 2, "people"]);
  assert.equal((await ask(mine, "GET /api/v1/status", { headers })).status, 200);

  const pages: { service: string; application: string }[] = [];
  let token = "";
  for (let page = 0; page < 10; page += 1) {
    const { body: one } = await ask(mine, `GET /api/v1/rights/allow?pageSize=1${token && `&nextPageToken=${token}`}`, {
      headers,
    });
    for (const { serviceId, rights } of one.allowList)
      pages.push({ service: serviceId, application: rights[0].application });
    token = one.nextPageToken;
    if (token === undefined) break;
  }
  assert.deepEqual(
    pages.map((one) => `${one.service} ${one.application}`),
    ["api births", "api people", "pub births", "pull people"],
  );
  const filtered = await ask(mine, "GET /api/v1/rights/allow?serviceId=pull&memberCode=REG", { headers });
  assert.deepEqual(
    filtered.body.allowList.map((one: { serviceId: string }) => one.serviceId),
    ["pull"],
  );
  assert.equal((await ask(mine, "GET /api/v1/rights/allow?pageSize=0", { headers })).status, 400);
  for (const line of ["PATCH /api/v1/rights/allow", "PATCH /api/v1/rights/deny", "POST /api/v1/config"])
    assert.equal((await ask(mine, line, { headers, body: {} })).status, 405);
});

test("answers under addresses and localhost only, and refuses two clients in one call", async () => {
  const { hostname, port } = new URL(theirs);
  for (const [host, status] of [
    ["localhost:1", 200],
    ["evil.test", 421],
    ["127.0.0.1.evil.test", 421],
  ] as const) {
    const sent = request({ hostname, port, path: "/listClients", headers: { host } }).end();
    const [answer] = await once(sent, "response");
    answer.resume();
    assert.equal(answer.statusCode, status, host);
  }
  const headers = { "X-Road-Client": "TW/GOV/TAX/other" };
  assert.equal((await ask(theirs, `GET ${base}/listMethods`, { ...tax, headers })).status, 400);
});

/** What stands where a gateway would, and says as much as it is asked to. */
async function talkative(): Promise<string> {
  const block = Buffer.alloc(64 * 1024, " ");
  const server = createServer((incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" });
    if (incoming.url?.includes("short")) return void outgoing.end("{}");
    const say = (): void => {
      while (!outgoing.destroyed && outgoing.write(block));
    };
    outgoing.on("drain", say);
    say();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  opened.push({
    async close() {
      server.close();
      server.closeAllConnections();
    },
  });
  const { port } = server.address() as AddressInfo;
  return adapter({ ...room, agencyUrl: `http://127.0.0.1:${port}` });
}

test("callers that go away amid an answer hold no connection to the gateway", async () => {
  const url = await talkative();
  await Promise.all(
    Array.from({ length: 130 }, async () => {
      const leaving = new AbortController();
      const answer = await fetch(`${url}${base}/long`, {
        signal: leaving.signal,
        headers: { "X-GovStack-Client": "c" },
      });
      await answer.body?.getReader().read();
      leaving.abort();
    }),
  );
  const signal = AbortSignal.timeout(3000);
  const answer = await fetch(`${url}${base}/short`, { signal, headers: { "X-GovStack-Client": "c" } });
  assert.deepEqual(await answer.json(), {});
});

test("a description without end is refused before it fills the memory", async () => {
  const url = await talkative();
  const answer = await fetch(`${url}${base}/getOpenAPI?serviceCode=x`, {
    headers: { "X-GovStack-Client": "c" },
    signal: AbortSignal.timeout(5000),
  });
  assert.equal(answer.status, 502);
});
