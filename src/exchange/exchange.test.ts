import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { uuidV4, type Clock } from "#kernel";
import { testDatabase } from "#store/testing";
import { openPeerPool } from "./gateway/peer-pool.ts";
import { signRequest } from "./hop/profile.ts";
import { jwkThumbprint } from "./hop/thumbprint.ts";
import { openGateway, publicJwkOf, signConsentToken, type ServiceDeclaration, type UsageAnswer } from "./index.ts";
import { digestBody } from "./r1/message-hash.ts";
import { named, testAuthority, testGateway, testMember, type TestGateway } from "./testing.ts";

let offset = 0;
const clock: Clock = { now: () => new Date(Date.now() + offset) };
const portal = testMember("PORTAL");
const registry = testMember("REG");
const at = await testAuthority({ clock, consentIssuers: [portal] });

/** A register's table would do; what matters here is the exchange, so the service is a few lines over real rows. */
const registryDatabase = await testDatabase();
await registryDatabase.query("create table person (id text primary key, name text not null, income int not null)");
await registryDatabase.query("insert into person values ('A700000001', '林小明', 7), ('A700000002', '王大同', 9)");

let hold: (() => Promise<void>) | undefined;
const person = (code: string, more: Partial<ServiceDeclaration> = {}): ServiceDeclaration => ({
  subsystem: "people",
  code,
  title: named("People"),
  endpoints: [{ method: "POST", path: "/v1/lookup" }],
  subject: { from: "body", pointer: "/id" },
  target: {
    call: async ({ body }) => {
      await hold?.();
      const { id } = JSON.parse(Buffer.from(body).toString()) as { id: string };
      const row = await registryDatabase.one<object>("select id, name, income from person where id = $1", [id]);
      const type: [string, string][] = [
        ["Content-Type", "application/json"],
        ["X-Road-Error", "Server.Forged"],
      ];
      return { status: row ? 200 : 404, headers: type, body: Buffer.from(JSON.stringify(row ?? { title: "none" })) };
    },
  },
  ...more,
});

const provider = await testGateway(at, {
  member: registry,
  subsystems: ["people"],
  clock,
  services: [
    person("open", { openapi: { openapi: "3.1.0" } }),
    person("guarded", { purposeRequired: true }),
    person("agreed", { purposeRequired: true, consent: "required" }),
    person("closed"),
  ],
});
const consentKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const consumer = await testGateway(at, {
  member: portal,
  subsystems: ["app"],
  services: [],
  clock,
  consentKeys: [publicJwkOf(consentKey)],
});
const stranger = await testGateway(at, { member: testMember("OTHER"), subsystems: ["sys"], services: [], clock });
await provider.gateway.refresh();
await consumer.gateway.refresh();
const app = { ...portal, subsystemCode: "app" };
const law = { purposes: ["subsidy"], legalBases: ["tw:law"] };
for (const grant of [
  { serviceCode: "open" },
  { serviceCode: "guarded", ...law, fields: ["id", "name"] },
  { serviceCode: "agreed", ...law },
  { serviceCode: "findUsage" },
]) {
  const granted = await provider.gateway.rights.grant({ subsystem: "people", subject: app, ...grant });
  assert.ok(granted.ok);
}

interface Call {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly method?: string;
}
const ask = '{"id":"A700000001"}';
const stated = { "taroko-purpose": "subsidy", "taroko-legal-basis": "tw:law" };

async function call(service: string, o: Call = {}, from: TestGateway = consumer) {
  const method = o.method ?? "POST";
  const headers = { "x-road-client": "TW/GOV/PORTAL/app", "content-type": "application/json", ...o.headers };
  const answer = await fetch(
    `${from.agencyUrl}/r1/TW/GOV/${service.includes("/") ? "" : "REG/people/"}${service}${o.path ?? "/v1/lookup"}`,
    {
      method,
      headers: Object.entries(headers).filter(([, value]) => value !== ""),
      ...(method === "GET" ? {} : { body: o.body ?? ask }),
    },
  );
  const text = await answer.text();
  const body = (text.startsWith("{") ? JSON.parse(text) : text) as Record<string, string>;
  return { status: answer.status, headers: answer.headers, body, id: answer.headers.get("x-road-request-id") ?? "" };
}

async function logged(gateway: TestGateway): Promise<Record<string, string>[]> {
  const rows = await gateway.database.query<{ log_entry: bigint }>(
    "select log_entry from exchange.evidence where done_at is not null order by record_id",
  );
  await gateway.log.wait(rows.at(-1)?.log_entry ?? 0n, "integrated", 3000);
  const entries = (await gateway.log.entries(0n, 1000)).map((one) => JSON.parse(one.entry) as Record<string, string>);
  return entries.filter((entry) => entry["t"] === "exchange.call");
}

test("a call crosses both gateways and both logs", async () => {
  const answer = await call("open", { headers: { "x-road-id": "m-1", "x-road-issue": "case-7" } });
  assert.deepEqual([answer.status, answer.body], [200, { id: "A700000001", name: "林小明", income: 7 } as unknown]);
  assert.equal(answer.headers.get("x-road-id"), "m-1");
  assert.equal(answer.headers.get("x-road-client"), "TW/GOV/PORTAL/app");
  assert.equal(answer.headers.get("x-road-service"), "TW/GOV/REG/people/open");
  assert.match(answer.headers.get("x-road-request-hash") ?? "", /^[A-Za-z0-9+/]{86}==$/);
  assert.equal(answer.headers.get("x-road-error"), null, "a provider cannot forge a gateway error");

  const [sent] = await consumer.gateway.evidence(answer.id);
  const [received] = await provider.gateway.evidence(answer.id);
  assert.ok(sent && received);
  const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
  assert.deepEqual([mine["role"], theirs["role"]], ["consumer", "provider"]);
  assert.deepEqual([mine["member"], mine["peer"]], [theirs["peer"], theirs["member"]]);
  for (const member of ["pair", "req", "res", "service", "out"]) assert.equal(mine[member], theirs[member], member);
  assert.ok(theirs["sub"] && mine["sub"] === undefined);
  for (const entry of [mine, theirs]) assert.doesNotMatch(JSON.stringify(entry), /A7000|case-7|m-1|林/);
  assert.equal(sent.salts.req, received.salts.req);
  assert.deepEqual((JSON.parse(received.record!) as Record<string, unknown>)["fieldsReleased"], [
    "id",
    "name",
    "income",
  ]);
});

test("a provider's own refusal passes unchanged, and is no gateway error", async () => {
  const answer = await call("open", { body: '{"id":"A700000009"}' });
  assert.deepEqual([answer.status, answer.body, answer.headers.get("x-road-error")], [404, { title: "none" }, null]);
});

test("only the fields of the right leave the provider", async () => {
  const answer = await call("guarded", { headers: stated });
  assert.deepEqual(answer.body, { id: "A700000001", name: "林小明" });
  const [received] = await provider.gateway.evidence(answer.id);
  assert.deepEqual((JSON.parse(received!.record!) as Record<string, unknown>)["fieldsDropped"], ["income"]);
});

const consentFor = (change: Partial<Parameters<typeof signConsentToken>[0]> = {}, key = consentKey): Promise<string> =>
  signConsentToken(
    {
      issuer: "TW/GOV/PORTAL",
      consentId: "consent-1",
      services: ["SERVICE:TW/GOV/REG/people/agreed"],
      subject: "A700000001",
      purpose: "subsidy",
      legalBasis: "tw:law",
      fields: ["name"],
      notBefore: new Date(clock.now().getTime() - 1000),
      expires: new Date(clock.now().getTime() + 60_000),
      ...change,
    },
    { keyid: jwkThumbprint(publicJwkOf(key)), privateKey: key },
  );

test("with consent the agreed fields are released, and both the record and the log say so", async () => {
  const answer = await call("agreed", { headers: { ...stated, "taroko-consent": await consentFor() } });
  assert.deepEqual([answer.status, answer.body], [200, { name: "林小明" }]);
  assert.match((await logged(provider)).at(-1)!["con"]!, /^[A-Za-z0-9_-]{43}$/);
});

const foreignKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const refusals: [string, string, string, () => Call | Promise<Call>, string][] = [
  [
    "missing-client",
    "ClientProxy.InvalidClientIdentifier",
    "no client header",
    () => ({ headers: { "x-road-client": "" } }),
    "open",
  ],
  [
    "invalid-client",
    "ClientProxy.InternalError",
    "half a client",
    () => ({ headers: { "x-road-client": "TW/GOV" } }),
    "open",
  ],
  [
    "unknown-member",
    "ClientProxy.UnknownMember",
    "a forged client: another agency's",
    () => ({ headers: { "x-road-client": "TW/GOV/OTHER/sys" } }),
    "open",
  ],
  [
    "unknown-member",
    "ClientProxy.UnknownMember",
    "a client nobody registered",
    () => ({ headers: { "x-road-client": "TW/GOV/NOBODY/x" } }),
    "open",
  ],
  ["unknown-member", "ClientProxy.UnknownMember", "an unknown provider", () => ({}), "NOBODY/people/open"],
  [
    "call-malformed",
    "ClientProxy.InvalidRequest",
    "a purpose that is a sentence",
    () => ({ headers: { "taroko-purpose": "because I say so" } }),
    "open",
  ],
  ["service-unknown", "ServerProxy.UnknownService", "an unknown service", () => ({}), "nothing"],
  ["access-denied", "ServerProxy.AccessDenied", "no right", () => ({}), "closed"],
  [
    "access-denied",
    "ServerProxy.AccessDenied",
    "a path with an escaped slash",
    () => ({ path: "/v1%2Flookup" }),
    "open",
  ],
  [
    "access-denied",
    "ServerProxy.AccessDenied",
    "a purpose the right does not name",
    () => ({ headers: { ...stated, "taroko-purpose": "curiosity" } }),
    "guarded",
  ],
  ["purpose-missing", "ServerProxy.AccessDenied", "no purpose", () => ({}), "guarded"],
  ["consent-missing", "ServerProxy.AccessDenied", "no consent", () => ({ headers: stated }), "agreed"],
  [
    "consent-mismatch",
    "ServerProxy.AccessDenied",
    "another person's consent",
    async () => ({ headers: { ...stated, "taroko-consent": await consentFor({ subject: "A700000002" }) } }),
    "agreed",
  ],
  [
    "consent-mismatch",
    "ServerProxy.AccessDenied",
    "consent for another service",
    async () => ({
      headers: { ...stated, "taroko-consent": await consentFor({ services: ["SERVICE:TW/GOV/REG/people/open"] }) },
    }),
    "agreed",
  ],
  [
    "consent-expired",
    "ServerProxy.AccessDenied",
    "consent that has ended",
    async () => ({
      headers: { ...stated, "taroko-consent": await consentFor({ expires: new Date(clock.now().getTime() - 1) }) },
    }),
    "agreed",
  ],
  [
    "consent-invalid",
    "ServerProxy.AccessDenied",
    "consent by an unknown key",
    async () => ({ headers: { ...stated, "taroko-consent": await consentFor({}, foreignKey) } }),
    "agreed",
  ],
];
for (const [problem, type, name, build, service] of refusals) {
  test(`refused: ${name}`, async () => {
    const before = (await logged(provider)).length;
    const answer = await call(service, await build());
    assert.equal(answer.status, 500, "what deployed servers answer");
    assert.equal(answer.body["type"], `Server.${type}`);
    assert.equal(answer.headers.get("x-road-error"), `Server.${type}`);
    assert.equal(answer.body["problem"], `/problems/${problem}`);
    assert.doesNotMatch(JSON.stringify(answer.body), /A7000|127\.0\.0\.1/);
    const entries = await logged(provider);
    if (type.startsWith("ServerProxy")) assert.equal(entries.at(-1)?.["out"], problem);
    else assert.equal(entries.length, before, "it never left the consumer");
  });
}

test("a caller that prefers it gets the problem's own status", async () => {
  const answer = await call("closed", { headers: { prefer: "taroko-status" } });
  assert.deepEqual([answer.status, answer.headers.get("taroko-reason")], [403, "no-right-for-client"]);
});

test("a revoked right ends with the next call", async () => {
  const granted = await provider.gateway.rights.grant({ subsystem: "people", serviceCode: "closed", subject: app });
  assert.ok(granted.ok);
  assert.equal((await call("closed")).status, 200);
  assert.ok((await provider.gateway.rights.revoke(granted.value.id)).ok);
  assert.equal((await call("closed")).body["problem"], "/problems/access-denied");
});

test("metaservices answer without a right", async () => {
  const listed = await fetch(`${consumer.agencyUrl}/listClients`, { headers: { accept: "application/json" } });
  assert.equal(((await listed.json()) as { member: unknown[] }).member.length, 6);
  const services = (await call("listMethods", { method: "GET", path: "" })).body as unknown as {
    service: { service_code: string }[];
  };
  assert.deepEqual(
    services.service.map((one) => one.service_code),
    ["open", "guarded", "agreed", "closed", "findUsage"],
  );
  const allowed = (await call("allowedMethods", { method: "GET", path: "" })).body as unknown as typeof services;
  assert.deepEqual(
    allowed.service.map((one) => one.service_code),
    ["open", "guarded", "agreed", "findUsage"],
  );
  const described = await call("getOpenAPI", { method: "GET", path: "?serviceCode=open" });
  assert.deepEqual(described.body, { openapi: "3.1.0" } as unknown);
  assert.equal(
    (await call("getOpenAPI", { method: "GET", path: "" })).body["message"],
    "Missing serviceCode in message body",
  );
});

test("a person sees who used their data, newest first, and nobody else's", async () => {
  const found = await call("findUsage", { path: "/v1/search", body: '{"subject":"A700000001"}' });
  const { records, next } = found.body as unknown as UsageAnswer;
  assert.ok(records.length >= 4 && next === null);
  const agreed = records.find((one) => one.service.endsWith("/agreed"));
  assert.deepEqual(
    [agreed?.client, agreed?.purpose, agreed?.legalBasis, agreed?.fields, agreed?.outcome],
    [{ id: "TW/GOV/PORTAL/app", name: named("app") }, "subsidy", "tw:law", ["name"], "200"],
  );
  assert.deepEqual(
    records.map((one) => one.id),
    records
      .map((one) => one.id)
      .toSorted()
      .toReversed(),
  );
  const nobody = await call("findUsage", { path: "/v1/search", body: '{"subject":"A700000003"}' });
  assert.deepEqual((nobody.body as unknown as UsageAnswer).records, []);
});

/** Signs a message as a gateway would, with its own keys, so that it can be sent changed, twice or from elsewhere. */
function forged(from: TestGateway, o: { client?: string; requestId?: string; clock?: Clock } = {}) {
  const key = createPrivateKey(readFileSync(join(from.options.keysFolder, "signing.key.pem"), "utf8"));
  const body = Buffer.from(ask);
  const rawTarget = "/r1/TW/GOV/REG/people/open/v1/lookup";
  const signed = signRequest(
    {
      method: "POST",
      authority: provider.options.peer.publicAddress,
      rawTarget,
      headers: [
        ["x-road-client", o.client ?? "TW/GOV/PORTAL/app"],
        ["content-type", "application/json"],
        ["x-road-request-id", o.requestId ?? uuidV4()],
        ["x-road-id", "m"],
        ["taroko-salt", Buffer.alloc(32, 7).toString("base64url")],
      ],
      body: digestBody(body),
    },
    { keyid: jwkThumbprint(publicJwkOf(key)), alg: "ecdsa-p256-sha256", key },
    o.clock ?? clock,
  );
  return { method: "POST", rawTarget, headers: signed.headers, body, timeoutMs: 5000, maxBody: 1_000_000 };
}

async function configured() {
  const { signed } = JSON.parse(at.authority.current()) as {
    signed: { certificateAuthority: string; gateways: { id: string }[] };
  };
  return signed;
}

async function sendAs(from: TestGateway, message: ReturnType<typeof forged>) {
  const body = await configured();
  const keys = from.options.keysFolder;
  const pool = openPeerPool(() => ({
    key: readFileSync(join(keys, "tls.key.pem"), "utf8"),
    cert: readFileSync(join(keys, "tls.cert.pem"), "utf8"),
    ca: body.certificateAuthority,
  }));
  try {
    const peer = body.gateways.find((one) => one.id === provider.gateway.id) as Parameters<typeof pool.send>[0];
    const answer = await pool.send(peer, message);
    const said = JSON.parse(Buffer.from(answer.body).toString()) as Record<string, string>;
    return { status: answer.status, problem: said["problem"], reason: said["reason"] };
  } finally {
    await pool.close();
  }
}

test("a message that was signed and sent whole is served; the same message again is not", async () => {
  const message = forged(consumer);
  assert.equal((await sendAs(consumer, message)).status, 200);
  const entries = (await logged(provider)).length;
  assert.deepEqual(await sendAs(consumer, message), { status: 409, problem: "replayed", reason: undefined });
  assert.equal((await logged(provider)).length, entries, "one exchange, one entry");
});

test("a tampered message is refused, recorded, and does not use up the exchange id", async () => {
  const requestId = uuidV4();
  const message = forged(consumer, { requestId });
  const body = Buffer.from('{"id":"A700000002"}');
  const refused = { status: 401, problem: "call-signature-invalid" };
  assert.deepEqual(await sendAs(consumer, { ...message, body }), {
    ...refused,
    status: 400,
    reason: "digest-mismatch",
  });
  const rawTarget = message.rawTarget.replace("open", "closed");
  assert.deepEqual(await sendAs(consumer, { ...message, rawTarget }), { ...refused, reason: "signature-invalid" });
  const headers = message.headers.filter(([name]) => name !== "signature");
  assert.equal((await sendAs(consumer, { ...message, headers })).problem, "call-signature-invalid");
  const late: Clock = { now: () => new Date(clock.now().getTime() - 100_000) };
  assert.deepEqual(await sendAs(consumer, forged(consumer, { clock: late })), {
    ...refused,
    reason: "signature-expired",
  });
  assert.equal((await logged(provider)).at(-1)?.["out"], "call-signature-invalid");
  assert.equal((await sendAs(consumer, message)).status, 200);
});

test("a member cannot speak for another, nor through another's gateway", async () => {
  const asPortal = await sendAs(stranger, forged(stranger));
  assert.deepEqual([asPortal.problem, asPortal.reason], ["call-signature-invalid", "signed-by-another-member"]);
  assert.equal((await sendAs(stranger, forged(consumer))).problem, "peer-untrusted");
});

test("a peer without a certificate of this country does not come in", async () => {
  const { certificateAuthority } = await configured();
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const pool = openPeerPool(() => ({ key: String(key), cert: "", ca: certificateAuthority }));
  const peer = (await configured()).gateways.find((one) => one.id === provider.gateway.id) as Parameters<
    typeof pool.send
  >[0];
  await assert.rejects(pool.send(peer, forged(consumer)), { name: "Error" });
  await pool.close();
});

test("a peer that is down leaves an entry and a clear refusal; back up, calls go through again", async () => {
  const down = await testGateway(at, {
    member: testMember("DOWN"),
    subsystems: ["people"],
    services: [person("open")],
    clock,
  });
  await down.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  await consumer.gateway.refresh();
  assert.equal((await call("DOWN/people/open")).status, 200);
  await down.gateway.close();
  const refused = await call("DOWN/people/open");
  assert.equal(refused.body["type"], "Server.ClientProxy.NetworkError");
  assert.equal(refused.body["problem"], "/problems/peer-unreachable");
  assert.equal((await logged(consumer)).at(-1)?.["out"], "peer-unreachable");
  const again = await openGateway(down.options);
  await again.listen();
  assert.equal((await call("DOWN/people/open")).status, 200);
  await again.close();
});

test("killed between sent and answered: the next start closes the record, and nothing is answered late", async () => {
  let release = (): void => undefined;
  const called = new Promise<void>((reached) => {
    hold = () => {
      reached();
      return new Promise((done) => (release = done));
    };
  });
  const pending = call("open");
  await called;
  hold = undefined;
  // What a kill -9 leaves is what the databases hold; both gateways start anew on exactly that.
  const next = await Promise.all([openGateway(consumer.options), openGateway(provider.options)]);
  for (const side of [consumer, provider]) assert.equal((await logged(side)).at(-1)?.["out"], "unanswered");
  const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
  assert.deepEqual([mine["pair"], mine["req"], mine["res"]], [theirs["pair"], theirs["req"], theirs["res"]]);
  release();
  const late = await pending;
  assert.equal(late.body["problem"], "/problems/log-unavailable", "the old process may not answer what was closed");
  assert.equal((await logged(provider)).filter((entry) => entry["pair"] === theirs["pair"]).length, 1);
  await Promise.all(next.map((gateway) => gateway.close()));
});

test("without a durable record nothing is released, on either side", async () => {
  let broken: "consumer" | "provider" | undefined;
  const failing = (side: typeof broken, log: TestGateway["log"]): TestGateway["log"] => ({
    ...log,
    append: (tx, entry, o) =>
      broken === side && entry.t === "exchange.call"
        ? Promise.reject(new Error("disk full"))
        : log.append(tx, entry, o),
  });
  const services = [person("open")];
  const own = await testGateway(at, { member: testMember("LOGS"), subsystems: ["people"], services, clock });
  await own.gateway.rights.grant({ subsystem: "people", serviceCode: "open", subject: app });
  await own.gateway.close();
  const there = await openGateway({ ...own.options, log: failing("provider", own.log) });
  await there.listen();
  // A second process beside the running one: it needs a peer port of its own, and announces nothing by it.
  const beside = { ...consumer.options.peer, port: 0 };
  const here = await openGateway({ ...consumer.options, peer: beside, log: failing("consumer", consumer.log) });
  const { agencyUrl } = await here.listen();
  for (const side of ["provider", "consumer"] as const) {
    broken = side;
    const refused = await call("LOGS/people/open", {}, { ...consumer, agencyUrl });
    const prefix = side === "provider" ? "ServerProxy" : "ClientProxy";
    assert.equal(refused.body["type"], `Server.${prefix}.LoggingFailed`);
    assert.doesNotMatch(JSON.stringify(refused.body), /income/);
  }
  broken = undefined;
  await Promise.all([there.close(), here.close()]);
});

test("an authority that is away hurts nobody until the hard expiry; then every call is refused", async () => {
  await at.stop();
  offset = 11 * 60_000;
  const stale = await call("open");
  assert.equal(stale.status, 200);
  const [sent] = await consumer.gateway.evidence(stale.id);
  assert.equal((JSON.parse(sent!.record!) as Record<string, unknown>)["configStale"], true);
  offset = 73 * 3_600_000;
  const refused = await call("open");
  assert.equal(refused.body["type"], "Server.ClientProxy.OutdatedGlobalConf");
  assert.equal(refused.body["problem"], "/problems/configuration-expired");
  const provided = await sendAs(consumer, forged(consumer));
  assert.equal(provided.problem, "configuration-expired");
  const listed = await fetch(`${consumer.agencyUrl}/listClients`);
  assert.equal(listed.status, 200, "the directory still answers");
  offset = 0;
});
