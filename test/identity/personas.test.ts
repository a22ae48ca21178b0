import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import * as client from "openid-client";
import { faultNames, faults, runPersonas, type FaultName } from "#demo";
import { startPostgres } from "#store";
import { personaDatabases } from "../../demo/personas/index.ts";
import { freeBlock, temporaryFolder } from "../story/country.ts";

const folder = temporaryFolder("taroko-personas-");
const databaseUrl = process.env["TAROKO_TEST_POSTGRES"];
const databasePrefix = `test_${randomBytes(4).toString("hex")}`;
const port = await freeBlock(12_400);
const began = performance.now();
const personas = await runPersonas({ folder, port, databaseUrl, databasePrefix });
const startMs = performance.now() - began;
after(async () => {
  await personas.close();
  if (!databaseUrl) return;
  const server = await startPostgres({ folder: "", url: databaseUrl });
  for (const name of personaDatabases(databasePrefix)) await server.drop(name);
});
const { origin, provider } = personas.site;
const insecure = { execute: [client.allowInsecureRequests] };
const metadata = { id_token_signed_response_alg: "ES256" };
const plain = await client.discovery(new URL(provider.issuer), "sandbox-simple", metadata, client.None(), insecure);

async function keyed(id: string): Promise<client.Configuration> {
  const jwk = JSON.parse(readFileSync(personas.site.keyFile, "utf8")) as JsonWebKey & { kid: string };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  return client.discovery(
    new URL(provider.issuer),
    id,
    metadata,
    client.PrivateKeyJwt({ key, kid: jwk.kid }),
    insecure,
  );
}

const api = async (method: string, path: string, body: object): Promise<Record<string, string>> => {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${origin}/personas/api/${path}`, { method, headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, string>;
};
const setFaults = (id: string, ...on: FaultName[]) => api("PUT", `faults/${id}`, { faults: on });

interface How {
  readonly persona?: string;
  readonly actFor?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly redirectUri?: string;
}

/** The whole way of a relying party, with nobody at a browser. */
async function signIn(config: client.Configuration, how: How = {}) {
  const government = config !== plain;
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const proof = government ? client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) : undefined;
  const options = proof ? { DPoP: proof } : {};
  const query = {
    redirect_uri: how.redirectUri ?? "http://localhost:3000/callback",
    scope: "openid name",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...how.parameters,
  };
  const url = government
    ? await client.buildAuthorizationUrlWithPAR(config, query, options)
    : client.buildAuthorizationUrl(config, query);
  const wish = { url: url.href, persona: how.persona ?? "lin-meihui", ...(how.actFor && { actFor: how.actFor }) };
  const back = await api("POST", "authorize", wish);
  if (!back["redirect"]) throw Object.assign(new Error(JSON.stringify(back)), { code: back["code"] });
  const tokens = await client.authorizationCodeGrant(config, new URL(back["redirect"]), checks, undefined, options);
  const claims = tokens.claims()!;
  const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub, options);
  return { claims, user, tokens, callback: back["redirect"] };
}

test("six personas sign in by an ordinary library, at whatever port and path the developer has", async () => {
  for (const [persona, name, redirectUri] of [
    ["lin-meihui", "林美惠", "http://localhost:3000/callback"],
    ["wu-rare", "吳𡘙美", "http://localhost:5173/api/auth/callback/taroko"],
    ["smith-foreign", "Anna Smith", "http://127.0.0.1:9999/cb"],
    ["single-name", "Suyanto", "http://localhost:3000/callback"],
    ["ke-low", "柯低保證", "http://localhost:3000/callback"],
    ["xu-eighteen", "徐予安", "http://localhost:3000/callback"],
  ] as const) {
    const { claims, user, callback } = await signIn(plain, { persona, redirectUri });
    assert.equal(user.name, name);
    assert.ok(callback.startsWith(redirectUri));
    assert.equal(claims["acr"], persona === "ke-low" ? "urn:taroko:loa:low" : "urn:taroko:loa:high");
  }
  await assert.rejects(signIn(plain, { redirectUri: "https://evil.example/callback" }), /cannot be carried out/);
});

test("personas whose card or life forbids it are refused, each for its reason", async () => {
  for (const [persona, code] of [
    ["zhou-revoked", "card-revoked"],
    ["mo-expired", "certificate-expired"],
    ["shen-locked", "pin-locked"],
    ["cao-deceased", "person-blocked"],
    ["fang-child", "no-card"],
  ] as const)
    await assert.rejects(signIn(plain, { persona }), { code });
});

test("people act for those whom the registers and mandates name, and for nobody else", async () => {
  await personas.seeded;
  const config = await keyed("sandbox-representing");
  const representing = async (persona: string, actFor: string) => {
    const { claims } = await signIn(config, { persona, actFor });
    return (claims["representing"] as { name: string; kind: string } | undefined)?.kind;
  };
  for (const [persona, actFor, kind] of [
    ["luo-parent", "方安安", "guardian"],
    ["he-guardian", "何清泉", "ward"],
    ["xie-director", "示範木工有限公司", "company-officer"],
    ["fu-joint", "示範雙印股份有限公司", "company-officer"],
    ["jiang-employee", "示範木工有限公司", "employee"],
    ["tang-accountant", "示範商行30有限公司", "intermediary"],
  ] as const)
    assert.equal(await representing(persona, actFor), kind, persona);
  for (const [persona, actFor] of [
    ["peng-separated", "高小悅"],
    ["xu-parent", "徐予安"],
    ["ye-former", "示範木工有限公司"],
  ] as const)
    await assert.rejects(representing(persona, actFor), /stopped/, persona);
});

test("attributes come from the registers; what a register does not have, or does not answer, is named", async () => {
  const config = await keyed("sandbox-government");
  const parameters = { scope: "openid name birth_date address.registered disability.severity" };
  const { user } = await signIn(config, { persona: "fang-everything", parameters });
  assert.equal((user["birth_date"] as unknown as { value: string }).value, "1986-04-09");
  for (const [persona, scope, reason] of [
    ["yuan-no-address", "address.registered", "no-data"],
    ["li-nothing", "disability.severity", "no-data"],
    ["yu-silent", "birth_date", "source-unavailable"],
  ] as const) {
    const gone = (await signIn(config, { persona, parameters })).user["unavailable"] as unknown as {
      scope: string;
      reason: string;
    }[];
    assert.equal(gone.find((one) => one.scope === scope)?.reason, reason, persona);
  }
});

/** What openid-client says of each fault, or the person's refusal. Those missing here are tested on their own below. */
const refusals: Partial<Record<FaultName, RegExp>> = {
  "ocsp-down": /revocation-unavailable/,
  "ocsp-stale": /revocation-unavailable/,
  "ocsp-revoked": /card-revoked/,
  "ocsp-unknown": /card-revoked/,
  slow: /timed? ?out|aborted/i,
  "token-500": /status 500/,
  "id-token-expired": /"exp"/,
  "id-token-issuer": /"iss"/,
  "id-token-nonce": /"nonce"/,
  "clock-skew": /"nbf"/,
  "consent-refused": /access_denied/,
  "level-too-low": /unmet_authentication_requirements/,
  "mandate-revoked": /invalid_token|WWW-Authenticate/,
};

for (const [fault, expected] of Object.entries(refusals) as [FaultName, RegExp][])
  test(`${fault}: ${faults[fault].title.en}`, async () => {
    await setFaults("sandbox-simple", fault);
    if (fault === "slow") plain.timeout = 2;
    const said = await signIn(plain).then(
      () => "nothing",
      (error: unknown) => inFull(error),
    );
    plain.timeout = 30;
    assert.match(said, expected);
    await setFaults("sandbox-simple");
    assert.equal((await signIn(plain)).user.name, "林美惠", "and all is well again");
  });

test("level-lowered: no library notices, the level is there to be compared", async () => {
  await setFaults("*", "level-lowered");
  assert.equal((await signIn(plain)).claims["acr"], "urn:taroko:loa:low");
  await setFaults("*");
});

test("userinfo-partial: attributes are named as unavailable, with when to ask again", async () => {
  const config = await keyed("sandbox-government");
  await setFaults("sandbox-government", "userinfo-partial");
  const { user } = await signIn(config, { parameters: { scope: "openid name birth_date" } });
  assert.equal(user["birth_date"], undefined);
  assert.deepEqual(user["unavailable"], [{ scope: "birth_date", reason: "source-unavailable", retry_after: 30 }]);
  await setFaults("sandbox-government");
});

test("logout-lost: the logout token is refused on its way, and comes once the fault is gone", async () => {
  const heard: string[] = [];
  const ear = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => heard.push(new URLSearchParams(chunk.toString()).get("logout_token") ?? ""));
    request.on("end", () => response.writeHead(204).end());
  }).listen(0, "127.0.0.1");
  after(() => ear.close());
  await new Promise((done) => ear.once("listening", done));
  await api("PUT", "logout/sandbox-simple", { uri: `http://127.0.0.1:${(ear.address() as { port: number }).port}/` });
  const deliver = () =>
    fetch(`${origin}/personas/logout/sandbox-simple`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: "x.y.z" }),
    });
  await setFaults("sandbox-simple", "logout-lost");
  assert.equal((await deliver()).status, 503);
  assert.deepEqual(heard, []);
  await setFaults("sandbox-simple");
  assert.equal((await deliver()).status, 204);
  assert.deepEqual(heard, ["x.y.z"]);
});

test("every fault has a test", () => {
  const others: FaultName[] = ["level-lowered", "userinfo-partial", "logout-lost"];
  assert.deepEqual([...Object.keys(refusals), ...others].sort(), [...faultNames].sort());
});

test("the pages work by forms: one press signs in, and a foreign page cannot press", async () => {
  const press = (from: string) =>
    fetch(`${origin}/personas/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: from },
      body: new URLSearchParams({ persona: "lin-meihui", next: "/account" }),
    });
  const pressed = await press(origin);
  assert.equal(pressed.status, 303);
  const cookie = pressed.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  assert.match(await (await fetch(`${origin}/account`, { headers: { cookie } })).text(), /林美惠/);
  assert.equal((await press("https://evil.example")).status, 403);
  const page = await (await fetch(`${origin}/personas`)).text();
  for (const key of personas.site.personas.keys()) assert.ok(page.includes(`>${key}<`), key);
  const asked = await fetch(`${origin}/oidc/auth?client_id=sandbox-simple&login_hint=wu-rare`, { redirect: "manual" });
  assert.match(asked.headers.getSetCookie().join(), /personas-as=wu-rare/);
});

test("it is up in ten seconds, and not where people are real", async (context) => {
  context.diagnostic(`started in ${(startMs / 1000).toFixed(1)} s`);
  const { personasUp } = await import("#demo");
  process.env["NODE_ENV"] = "production";
  context.after(() => delete process.env["NODE_ENV"]);
  const said = context.mock.method(console, "error", () => undefined);
  assert.equal(await personasUp({ port, data: folder }), 1);
  assert.match(String(said.mock.calls[0]?.arguments[0]), /production/);
});

/** The error with its causes, as a developer reads them. */
function inFull(error: unknown): string {
  if (error instanceof Response) return `status ${error.status}`;
  if (!(error instanceof Error)) return String(error);
  const { error: code, claim } = error as Error & { error?: string; claim?: string };
  return [error.message, code, claim, error.cause === undefined ? "" : inFull(error.cause)].filter(Boolean).join("; ");
}
