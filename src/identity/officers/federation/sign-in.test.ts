import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { base64url, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { Provider } from "oidc-provider";
import {
  appointOfficer,
  identityHistory,
  inviteStaff,
  officesFor,
  openPolicies,
  openStaffSignIn,
  readSession,
  registerPerson,
  staffOf,
  type Session,
  type StaffProvider,
  type StaffSignIn,
} from "#identity";
import { fixedClock, type Refusal, type Result } from "#kernel";
import { testDatabase } from "#store/testing";
import { openSession } from "../../session.ts";
import { testIdentity } from "../../testing.ts";

const database = await testDatabase();
const clock = fixedClock(new Date().toISOString());
const identity = await testIdentity(database, clock);
const policies = openPolicies({ database, clock });
const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const redirectUri = (agency: string) => `https://portal.test/desk/sign-in/${agency}/return`;
const faults: string[] = [];
let serial = 0;

function open(providers: readonly StaffProvider[]): StaffSignIn {
  const onFault = (fault: unknown) => void faults.push((fault as Error).message);
  return openStaffSignIn({ identity, policies, providers, key, redirectUri, allowLoopback: true, onFault });
}

async function server(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const listening = createServer((request, response) => handle(request, response));
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  after(() => listening.close());
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function signIn(personId: string): Promise<Session> {
  const at = clock.now();
  const bytes = Buffer.from(`${personId}${++serial}`);
  const credentialId = await identity.store.putCredential({
    id: personId.slice(0, 24) + String(serial).padStart(12, "0"),
    kind: "webeid",
    personId,
    fingerprint: bytes,
    issuerFingerprint: bytes,
    serial: "1",
    notAfter: at,
    at,
  });
  const proof = { acr: "urn:taroko:loa:high", amr: [], signingCertificate: undefined, agentHash: null } as const;
  return (await openSession(identity, identity.store, { personId, credentialId, ...proof })).session;
}

async function officer(nationalId: string, name: string, agency: string, roles: readonly string[]) {
  const { id } = await registerPerson(identity, { nationalId, name });
  await appointOfficer(identity, { personId: id, agency, roles });
  return { id, session: await signIn(id) };
}

const codeOf = <Value>(result: Result<Value, Refusal>): string => (result.ok ? "ok" : result.error.code);
function value<Value>(result: Result<Value, Refusal>): Value {
  assert.ok(result.ok, result.ok ? "" : `${JSON.stringify(result.error)} ${faults.at(-1)}`);
  return result.value;
}
const visit = (browser: string | undefined, session?: Session) => ({ browser, session });

/** A real provider (oidc-provider) at which whoever comes is signed in as `account.sub`. */
async function realProvider(jwks: StaffSignIn["jwks"], agency: string) {
  const account = { sub: "staff-1", groups: [] as string[] };
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const issuer = await server((request, response) => handle(request, response));
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "taroko",
        redirect_uris: [redirectUri(agency)],
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        id_token_signed_response_alg: "ES256",
        jwks: jwks,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "one", alg: "ES256", use: "sig" }] },
    cookies: { keys: ["for this test alone"] },
    claims: { openid: ["sub", "groups"] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, groups: account.groups }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: "taroko",
        ...(context.oidc.session?.accountId && { accountId: context.oidc.session.accountId }),
      });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  handle = (request, response) => {
    if (request.url?.startsWith("/interaction/"))
      void provider.interactionFinished(request, response, { login: { accountId: account.sub } });
    else void callback(request, response);
  };
  /** A browser's way from our redirect to the address that the answer comes back to. */
  const authorise = async (start: URL): Promise<URL> => {
    const cookies = new Map<string, string>();
    let url = start;
    for (let hop = 0; hop < 10; hop += 1) {
      const cookie = [...cookies].map(([name, text]) => `${name}=${text}`).join("; ");
      const answer = await fetch(url, { redirect: "manual", headers: { cookie } });
      for (const line of answer.headers.getSetCookie()) {
        const [name, text] = line.split(";")[0]!.split("=") as [string, string];
        cookies.set(name, text);
      }
      const to = answer.headers.get("location");
      assert.ok(to, `${answer.status} ${await answer.text()}`);
      url = new URL(to, url);
      if (url.origin === "https://portal.test") return url;
    }
    return assert.fail("too many redirects");
  };
  return { issuer, account, authorise };
}

test("an account is bound after the card was shown, then signs in for that office alone, with what both sides name", async () => {
  const real = await realProvider(open([]).jwks, "social");
  const provider: StaffProvider = {
    agency: "social",
    issuer: real.issuer,
    clientId: "taroko",
    worth: "urn:taroko:loa:substantial",
    roles: { claim: "groups", words: { aid: "caseworker", it: "auditor" } },
  };
  const staff = open([provider]);
  const { id, session } = await officer("A700000001", "承辦", "social", ["caseworker", "archivist"]);

  // Nobody's yet: the provider's word makes nobody an officer, whatever roles it names.
  real.account.groups = ["aid", "it"];
  const stranger = value(await staff.begin("social", {}));
  const back = await real.authorise(stranger.url);
  assert.deepEqual(value(await staff.finish("social", back, visit(stranger.browser))), { what: "code-needed" });
  assert.equal(codeOf(await staff.finish("social", back, visit(stranger.browser))), "staff-sign-in-failed", "once");

  clock.advance(1000);
  const begun = value(await staff.begin("social", { bind: session }));
  const answer = await real.authorise(begun.url);
  assert.deepEqual(value(await staff.finish("social", answer, visit(begun.browser, session))), { what: "bound" });
  assert.equal((await identityHistory(identity, id))[0]?.reason, "account-bound");

  const again = async () => {
    const { url, browser } = value(await staff.begin("social", { next: "/desk/staff" }));
    const done = value(await staff.finish("social", await real.authorise(url), visit(browser)));
    assert.ok(done.what === "signed-in");
    assert.equal(done.next, "/desk/staff");
    return value(await readSession(identity, done.token));
  };
  const on = await again();
  assert.deepEqual([on.person.id, on.officeOnly, on.acr], [id, true, "urn:taroko:loa:substantial"]);
  assert.deepEqual(on.officer?.roles, ["archivist", "caseworker"], "never a role that no manager gave");
  real.account.groups = [];
  assert.deepEqual((await again()).officer?.roles, ["archivist"], "nor one that the provider took away");
  assert.equal(codeOf(await staff.begin("social", { bind: on })), "not-an-officer", "it binds nothing itself");

  // Another office at another agency stays out of reach.
  await appointOfficer(identity, { personId: id, agency: "tax", roles: ["security"] });
  assert.equal((await again()).officer?.agency, "social");

  // Another account of the same provider is not this person's, and this one is not another's.
  const { session: other } = await officer("A700000002", "同事", "social", ["caseworker"]);
  const steal = value(await staff.begin("social", { bind: other }));
  assert.equal(
    codeOf(await staff.finish("social", await real.authorise(steal.url), visit(steal.browser, other))),
    "staff-sign-in-failed",
  );
  const slipped = value(await staff.begin("social", { bind: other }));
  assert.equal(
    codeOf(await staff.finish("social", await real.authorise(slipped.url), visit(slipped.browser, session))),
    "staff-sign-in-failed",
  );
  clock.advance(16 * 60_000);
  assert.equal(codeOf(await staff.begin("social", { bind: session })), "stronger-sign-in-needed", "an old proof");
  await appointOfficer(identity, { personId: id, agency: "social", roles: [] });
  const gone = value(await staff.begin("social", {}));
  assert.equal(
    codeOf(await staff.finish("social", await real.authorise(gone.url), visit(gone.browser))),
    "staff-account-unknown",
  );
});

test("an invitation's code makes the account the invited person's, where the manager named their number", async () => {
  const real = await realProvider(open([]).jwks, "health");
  const staff = open([
    { agency: "health", issuer: real.issuer, clientId: "taroko", worth: "urn:taroko:loa:substantial" },
  ]);
  const { session } = await officer("A700000011", "管理", "health", ["staff-manager"]);
  const desk = { identity, policies, session, operator: "moda" };
  const wish = { name: "護理師", roles: ["caseworker"], until: new Date(clock.now().getTime() + 1e9), teams: [] };
  const named = value(await inviteStaff(desk, { ...wish, nationalId: "A700000012" }));
  const bare = value(await inviteStaff(desk, wish));
  const own = value(await inviteStaff(desk, { ...wish, nationalId: "A700000013" }));
  real.account.sub = "nurse-7";
  const arrive = async () => {
    const { url, browser } = value(await staff.begin("health", {}));
    assert.deepEqual(value(await staff.finish("health", await real.authorise(url), visit(browser))), {
      what: "code-needed",
    });
    return browser;
  };
  const browser = await arrive();
  assert.equal(
    codeOf(await staff.redeem("health", bare.code, visit(browser))),
    "staff-invitation-unknown",
    "a code alone names nobody",
  );
  assert.equal(codeOf(await staff.redeem("health", named.code, visit("x".repeat(43)))), "staff-sign-in-failed");
  const done = value(await staff.redeem("health", named.code, visit(browser)));
  assert.ok(done.what === "signed-in");
  const on = value(await readSession(identity, done.token));
  assert.deepEqual([on.person.name, on.officer?.roles, on.officeOnly], ["護理師", ["caseworker"], true]);
  assert.equal((await officesFor(identity, on.person.id)).length, 1);
  assert.equal(
    (await staffOf(identity, "health", { search: "護理師", limit: 9, offset: 0 })).members.filter(
      ({ accepted }) => accepted,
    ).length,
    1,
  );

  real.account.sub = "thief";
  const guesser = await arrive();
  for (let round = 0; round < 5; round += 1)
    assert.equal(
      codeOf(await staff.redeem("health", "AAAAA-AAAAA-AAAAA-AAAAA", visit(guesser))),
      "staff-invitation-unknown",
    );
  assert.equal(codeOf(await staff.redeem("health", own.code, visit(guesser))), "staff-sign-in-failed", "five tries");
  const rows = JSON.stringify(await database.query("select * from identity.office_login"));
  assert.doesNotMatch(rows, /nurse-7/);
});

test("answers that do not hold open nothing", async () => {
  const state = {
    key: await generateKeyPair("ES256"),
    kid: "k1",
    down: false,
    claims: {},
    token: undefined as undefined | ((o: Made) => Promise<string>),
  };
  interface Made {
    readonly issuer: string;
    readonly nonce: string;
    readonly key: CryptoKey;
  }
  let nonce = "";
  const issuer: string = await server((request, response) => {
    const send = (body: unknown, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const answer = async () => {
      if (state.down) return send({ error: "server_error" }, 503);
      if (request.url === "/.well-known/openid-configuration")
        return send({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256", "none", "HS256"],
          authorization_response_iss_parameter_supported: true,
        });
      if (request.url === "/jwks")
        return send({
          keys: [{ ...(await exportJWK(state.key.publicKey)), kid: state.kid, alg: "ES256", use: "sig" }],
        });
      const made = { issuer, nonce, key: state.key.privateKey };
      const id_token = await (state.token ?? ((o: Made) => idToken(o)))(made);
      return send({ access_token: "a", token_type: "Bearer", id_token });
    };
    void answer();
  });
  const idToken = (o: Made, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: o.issuer,
      aud: "taroko",
      sub: "staff-9",
      nonce: o.nonce,
      iat: now,
      exp: now + 60,
      acr: "two-factor",
      ...claims,
    })
      .setProtectedHeader({ alg: "ES256", kid: state.kid, ...header })
      .sign(o.key);
  };
  const provider = {
    issuer,
    clientId: "taroko",
    worth: "urn:taroko:loa:substantial",
    acrValues: ["two-factor"],
  } as const;
  const staff = open([
    { agency: "land", ...provider },
    { agency: "roads", ...provider },
  ]);
  const arrive = async (o: { agency?: string; change?: (answer: URL) => void; twice?: boolean } = {}) => {
    const begun = value(await staff.begin("land", {}));
    nonce = begun.url.searchParams.get("nonce")!;
    const back = new URL(redirectUri(o.agency ?? "land"));
    back.search = new URLSearchParams({
      code: "c",
      state: begun.url.searchParams.get("state")!,
      iss: issuer,
    }).toString();
    o.change?.(back);
    const first = await staff.finish(o.agency ?? "land", back, visit(begun.browser));
    return o.twice ? staff.finish("land", back, visit(begun.browser)) : first;
  };
  assert.deepEqual(value(await arrive()), { what: "code-needed" }, "the sound one is taken");

  const stranger = await generateKeyPair("ES256");
  const bad: readonly [string, typeof state.token, Parameters<typeof arrive>[0]?][] = [
    ["alg none", async (o) => `${base64url.encode('{"alg":"none"}')}.${(await idToken(o)).split(".")[1]!}.`],
    [
      "the public key as a shared secret",
      async (o) =>
        new SignJWT({ iss: issuer, aud: "taroko", sub: "staff-9", nonce: o.nonce, acr: "two-factor" })
          .setProtectedHeader({ alg: "HS256", kid: state.kid })
          .setIssuedAt()
          .setExpirationTime("1m")
          .sign(createSecretKey(Buffer.from(JSON.stringify(await exportJWK(state.key.publicKey))))),
    ],
    ["somebody else's key", (o) => idToken({ ...o, key: stranger.privateKey })],
    ["another issuer", (o) => idToken(o, { iss: "https://evil.test" })],
    ["another client", (o) => idToken(o, { aud: "somebody" })],
    ["another nonce", (o) => idToken(o, { nonce: "x" })],
    ["no nonce", (o) => idToken(o, { nonce: undefined })],
    ["run out", (o) => idToken(o, { exp: 1 })],
    ["an empty subject", (o) => idToken(o, { sub: "" })],
    ["a subject that is no text", (o) => idToken(o, { sub: 7 })],
    ["a lower level than asked for", (o) => idToken(o, { acr: "password" })],
    ["no level", (o) => idToken(o, { acr: undefined })],
    ["another state", undefined, { change: (back) => back.searchParams.set("state", "x") }],
    [
      "another issuer's answer (mix-up)",
      undefined,
      { change: (back) => back.searchParams.set("iss", "https://evil.test") },
    ],
    ["no issuer where one was promised", undefined, { change: (back) => back.searchParams.delete("iss") }],
    ["an answer to another agency's address", undefined, { agency: "roads" }],
    ["the same answer again", undefined, { twice: true }],
    [
      "the provider's own refusal",
      undefined,
      { change: (back) => (back.search = back.search.replace("code=c", "error=access_denied")) },
    ],
  ];
  for (const [title, token, how] of bad) {
    state.token = token;
    assert.equal(codeOf(await arrive(how)), "staff-sign-in-failed", title);
  }
  state.token = undefined;

  // A key that is changed between two sign-ins is learnt at once.
  state.key = await generateKeyPair("ES256");
  state.kid = "k2";
  assert.deepEqual(value(await arrive()), { what: "code-needed" });

  state.down = true;
  assert.equal(codeOf(await arrive()), "staff-provider-unavailable", "it fails while signing in");
  assert.equal(codeOf(await open([{ agency: "land", ...provider }]).begin("land", {})), "staff-provider-unavailable");
  const nobody = open([{ agency: "land", ...provider, issuer: "http://127.0.0.1:1" }]);
  assert.equal(codeOf(await nobody.begin("land", {})), "staff-provider-unavailable", "nobody there");
  assert.doesNotMatch(JSON.stringify(faults), /staff-9/, "no subject in what is logged");
});

test("what the operator says of providers is checked before anybody signs in", () => {
  const sound = { agency: "a", issuer: "https://id.test", clientId: "c", worth: "urn:taroko:loa:substantial" } as const;
  const bad: readonly [readonly StaffProvider[], RegExp][] = [
    [[{ ...sound, issuer: "http://id.test" }], /https/],
    [[sound, sound], /one provider/],
    [[{ ...sound, subjectClaim: "email" }], /does not name a person/],
    [[{ ...sound, worth: "urn:taroko:loa:high" as never }], /substantial at most/],
    [[{ ...sound, roles: { claim: "g", words: { boss: "staff-manager" } } }], /takes two managers/],
  ];
  for (const [providers, message] of bad)
    assert.throws(() => open(providers), { code: "staff-provider-options", message });
  open([sound]);
});
