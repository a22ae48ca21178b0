import assert from "node:assert/strict";
import { test } from "node:test";
import {
  actForSelf,
  beginSignIn,
  chooseParty,
  finishSignature,
  finishSignIn,
  mandateAllows,
  prepareSignature,
  readCertificate,
  readSession,
  identityHistory,
  verifyJades,
  verifySigned,
  type Mandate,
  type Session,
} from "#identity";
import { fromBase64, fromBase64Url, toBase64, toBase64Url, utf8, type JsonValue } from "#kernel";
import { cardCountry } from "./testing.ts";

const country = await cardCountry();
const { identity, clock } = country;
await country.issue("lin");
await country.issue("other", { nationalId: "A700000002", givenName: "小明" });
const contentType = "application/vnd.taroko.application+json";
const payload: JsonValue = { service: "assistive-device", device: "walker", b: 2, a: "林美華𠮷" };

async function signIn(card: string): Promise<{ session: Session; token: string }> {
  const { browser, challenge } = await beginSignIn(identity);
  const { token, signingCertificate } = (await country.authenticate({ card, challenge })).body;
  const result = await finishSignIn(identity, { browser, token: JSON.stringify(token), signingCertificate });
  assert.ok(result.ok);
  return result.value;
}

async function prepared(session: Session, certificate?: string) {
  const result = await prepareSignature(identity, session, {
    payload,
    contentType,
    ...(certificate && { certificate }),
  });
  assert.ok(result.ok, result.ok ? "" : result.error.code);
  return result.value;
}

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? "ok" : result.error.code;
const { session } = await signIn("lin");

test("an application is signed in one visit to the reader and verifies anywhere", async () => {
  const { id, hash, hashFunction, canonical, payloadHash } = await prepared(session);
  assert.equal(canonical, '{"a":"林美華𠮷","b":2,"device":"walker","service":"assistive-device"}');
  const { body } = await country.sign({ card: "lin", hash, hashFunction });
  const result = await finishSignature(identity, session, { id, ...body });
  assert.ok(result.ok, result.ok ? "" : result.error.inside);
  assert.deepEqual(result.value.signer, { personId: session.person.id, name: "林美華" });
  assert.equal(result.value.payloadHash, payloadHash);

  const anchors = {
    trustedIssuers: [readCertificate(country.authority.issuer)],
    revocation: identity.revocation,
    clock,
  };
  const verdict = await verifyJades(result.value.jws, anchors);
  assert.equal(verdict.status, "valid");
  assert.deepEqual(verdict.status === "valid" && [verdict.payload, verdict.signer.number, verdict.contentType], [
    payload,
    "A700000001",
    contentType,
  ]);
  assert.equal(codeOf(await finishSignature(identity, session, { id, ...body })), "signature-request-unknown", "once");
});

test("what is not a signature by this person's signature key is refused", async () => {
  const attempt = async (answer: (request: { hash: string; hashFunction: string; id: string }) => Promise<Answer>) => {
    const request = await prepared(session);
    return codeOf(await finishSignature(identity, session, { id: request.id, ...(await answer(request)) }));
  };
  type Answer = { signature: string; certificate?: string };
  assert.equal(await attempt(() => Promise.resolve({ signature: "not base64!" })), "signature-invalid");
  assert.equal(await attempt(() => Promise.resolve({ signature: toBase64(new Uint8Array(96)) })), "signature-invalid");
  const byOther = async (request: { hash: string; hashFunction: string }) =>
    (await country.sign({ card: "other", ...request })).body;
  assert.equal(await attempt(byOther), "signature-other-person");
  assert.equal(
    await attempt(async (request) => ({ signature: (await byOther(request)).signature })),
    "signature-invalid",
  );
  const earlier = await prepared(session);
  const body = (await country.sign({ card: "lin", ...earlier })).body;
  clock.advance(1000); // the time of signing is under the signature, too
  assert.equal(
    await attempt(() => Promise.resolve({ signature: body.signature })),
    "signature-invalid",
    "another hash",
  );
});

test("the authentication certificate, another person's and none at all cannot begin a signature", async () => {
  const begin = async (certificate: string) =>
    codeOf(await prepareSignature(identity, session, { payload, contentType, certificate }));
  const { challenge } = await beginSignIn(identity);
  const lin = (await country.authenticate({ card: "lin", challenge })).body;
  const other = (await country.authenticate({ card: "other", challenge })).body;
  assert.equal(await begin(lin.token.unverifiedCertificate), "certificate-untrusted");
  assert.equal(await begin(other.signingCertificate), "signature-other-person");
  assert.equal(await begin("AAAA"), "signature-invalid");
  assert.equal(await begin(""), "signature-invalid");
});

test("a signing belongs to its session and lasts ten minutes", async () => {
  const { session: second } = await signIn("lin");
  const request = await prepared(session);
  const { body } = await country.sign({ card: "lin", ...request });
  const finish = (by: Session, id = request.id) => finishSignature(identity, by, { id, signature: body.signature });
  assert.equal(codeOf(await finish(second)), "signature-request-unknown");
  assert.equal(codeOf(await finish(session, "' or true --")), "signature-request-unknown");
  clock.advance(10 * 60_000);
  assert.equal(codeOf(await finish(session)), "signature-request-unknown");
});

test("a kept signature says why it does not hold", async () => {
  const request = await prepared((await signIn("lin")).session);
  const { body } = await country.sign({ card: "lin", ...request });
  const { session: again } = await signIn("lin");
  clock.advance(1000);
  const own = await prepared(again);
  const signed = await finishSignature(identity, again, {
    id: own.id,
    ...(await country.sign({ card: "lin", ...own })).body,
  });
  assert.ok(signed.ok);
  const { jws } = signed.value;
  const parts = JSON.parse(jws) as { payload: string; protected: string; signature: string };
  const header = JSON.parse(Buffer.from(parts.protected, "base64url").toString()) as Record<string, unknown>;
  const withHeader = (change: Record<string, unknown>) =>
    JSON.stringify({ ...parts, protected: toBase64Url(utf8(JSON.stringify({ ...header, ...change }))) });
  const why = async (text: string) => {
    const verdict = await verifySigned(identity, text);
    return verdict.status === "valid" ? "valid" : `${verdict.status} ${verdict.why}`;
  };
  assert.equal(await why(jws), "valid");
  const forged = toBase64Url(utf8('{"a":1}'));
  const spaced = toBase64Url(utf8('{"a": 1}'));
  const cases: Record<string, [string, string]> = {
    "another payload": [JSON.stringify({ ...parts, payload: forged }), "invalid SIG_CRYPTO_FAILURE"],
    "payload that is not canonical": [JSON.stringify({ ...parts, payload: spaced }), "invalid FORMAT_FAILURE"],
    "signature of another document": [
      JSON.stringify({ ...parts, signature: toBase64Url(fromBase64(body.signature)!) }),
      "invalid SIG_CRYPTO_FAILURE",
    ],
    "algorithm none": [withHeader({ alg: "none" }), "invalid FORMAT_FAILURE"],
    "algorithm of another curve": [withHeader({ alg: "ES256" }), "invalid SIG_CRYPTO_FAILURE"],
    "critical header": [withHeader({ crit: ["b64"], b64: false }), "invalid FORMAT_FAILURE"],
    "certificate of another card": [
      withHeader({ x5c: [toBase64(country.authority.issuer)] }),
      "invalid FORMAT_FAILURE",
    ],
    "time moved": [withHeader({ iat: 1 }), "invalid SIG_CRYPTO_FAILURE"],
    "unprotected header": [JSON.stringify({ ...parts, header: { alg: "ES384" } }), "invalid FORMAT_FAILURE"],
    "compact form": [`${parts.protected}.${parts.payload}.${parts.signature}`, "invalid FORMAT_FAILURE"],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) assert.equal(await why(text), expected, name);
  assert.ok(fromBase64Url(parts.signature)?.length === 96);

  const stranger = { ...identity, trustedIssuers: [] };
  const unknown = await verifyJades(jws, stranger);
  assert.equal(unknown.status === "indeterminate" && unknown.why, "NO_CERTIFICATE_CHAIN_FOUND");
  await country.authority.revoke("lin");
  clock.advance(2 * 60_000);
  assert.equal(await why(jws), "indeterminate REVOKED_NO_POE");
});

test("a person acts only under a mandate that a register confirmed for them", async () => {
  const { session: self, token } = await signIn("other");
  const mandate: Mandate = {
    kind: "relative",
    representative: { nationalId: "A700000002" },
    principal: { nationalId: "A700000009", name: "林媽媽" },
    source: { service: "household/mandates", exchangeId: "x-1", at: clock.now().toISOString() },
    scopes: ["assistive-device:apply"],
    validTo: new Date(clock.now().getTime() + 60_000).toISOString(),
  };
  const refusals: Record<string, [Mandate | undefined, string]> = {
    "none confirmed": [undefined, "mandate-unknown"],
    "made out to another": [{ ...mandate, representative: { nationalId: "A700000001" } }, "mandate-unknown"],
    "made out to nobody here": [{ ...mandate, representative: { nationalId: "A700000099" } }, "mandate-unknown"],
    "for oneself": [{ ...mandate, principal: { nationalId: "a700000002", name: "x" } }, "mandate-unknown"],
    "ended this instant": [{ ...mandate, validTo: clock.now().toISOString() }, "mandate-expired"],
  };
  for (const [name, [attempt, code]] of Object.entries(refusals))
    assert.equal(codeOf(await chooseParty(identity, self, attempt)), code, name);

  const chosen = await chooseParty(identity, self, mandate);
  assert.ok(chosen.ok);
  const read = await readSession(identity, token);
  assert.ok(read.ok);
  assert.deepEqual(read.value.acting, chosen.value.acting, "the choice is in the session, not in the browser");
  const { acting } = read.value;
  assert.equal(acting?.name, "林媽媽");
  const wish = { service: "assistive-device", action: "apply", at: clock.now() };
  assert.equal(codeOf(mandateAllows(acting, wish)), "ok");
  assert.equal(codeOf(mandateAllows(acting, { ...wish, action: "view-tax" })), "mandate-scope");
  assert.equal(
    codeOf(mandateAllows(acting, { ...wish, at: new Date(clock.now().getTime() + 60_000) })),
    "mandate-expired",
  );
  const [event] = await identityHistory(identity, acting.personId, 1);
  assert.equal(event?.what, "party");
  assert.deepEqual(event.actor, self.person, "the principal sees who chose to act for them");
  assert.equal(event.principal?.name, "林媽媽");

  const back = await actForSelf(identity, read.value);
  assert.ok(back.ok && back.value.acting === undefined);
});
