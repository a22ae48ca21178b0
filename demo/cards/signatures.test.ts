import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { describe, test } from "node:test";
import {
  beginSignIn,
  completePdf,
  ecdsaToDer,
  hashToSign,
  preparePdf,
  preparePdfSignature,
  signPdf,
  extendJades,
  finishPdfSignature,
  finishSignature,
  finishSignIn,
  openIdentity,
  prepareSignature,
  registerPerson,
  validateFile,
  verifySigned,
  type Session,
} from "#identity";
import { fromBase64, toBase64, toBase64Url, utf8 } from "#kernel";
import { testDatabase } from "#store/testing";
import { sealCountry, somePdf } from "./seal-testing.ts";

const country = await sealCountry();
const { clock, validated, sealed, sealedWhole } = country;
const identity = await openIdentity({
  ...country.options,
  database: await testDatabase(),
  timeStampAuthority: {
    name: "simulator",
    url: `${country.readerUrl}/authority/time-stamps`,
    roots: country.timeStamps.roots,
  },
});
await registerPerson(identity, { nationalId: "A700000001", name: "林美華" });

async function signIn(card: string): Promise<Session> {
  const { browser, challenge } = await beginSignIn(identity);
  const { token, signingCertificate } = (await country.authenticate({ card, challenge })).body;
  const result = await finishSignIn(identity, { browser, token: JSON.stringify(token), signingCertificate });
  assert.ok(result.ok);
  return result.value.session;
}

/** An application signed by a new card. */
async function signed(card: string): Promise<string> {
  await country.issue(card);
  const session = await signIn(card);
  const prepared = await prepareSignature(identity, session, { payload: { a: 1 }, contentType: "application/json" });
  assert.ok(prepared.ok);
  const { id, hash, hashFunction } = prepared.value;
  const { body } = await country.sign({ card, hash, hashFunction });
  const done = await finishSignature(identity, session, { id, ...body });
  assert.ok(done.ok, done.ok ? "" : done.error.inside);
  return done.value.jws;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const told = async (file: string | Uint8Array, change = {}, documents: Uint8Array[] = []) => {
  const report = await validateFile(
    typeof file === "string" ? bytes(file) : file,
    { ...country.trust, ...change },
    documents,
  );
  const [one] = report.signatures;
  return [report.indication, report.subIndication, one?.level, one?.selfContained && "whole"].filter(Boolean).join(" ");
};

describe("an application signed by card (JAdES)", () => {
  test("is stamped, and tells who, when and to which level", async () => {
    const jws = await signed("one");
    const { indication, signatures } = await validated(bytes(jws));
    assert.equal(indication, "TOTAL-PASSED");
    const { signer, provenBy, provenAt, claimedAt } = signatures[0]!;
    assert.deepEqual([signer?.kind, signer?.name], ["person", "林美華"]);
    assert.doesNotMatch(JSON.stringify(signatures), /A700000001/, "the number is not told");
    assert.match(provenBy!, /simulator/);
    assert.ok(provenAt!.getTime() - claimedAt!.getTime() < 5000);
  });

  test("stays valid when the card is revoked later, here and where there is no network", async () => {
    const jws = await signed("two");
    assert.equal(await told(jws), "TOTAL-PASSED B-T whole");
    clock.advance(3_600_000);
    await country.authority.revoke("two");
    clock.advance(10 * 60_000);
    assert.equal(await told(jws), "TOTAL-PASSED B-T whole");
    assert.equal((await verifySigned(identity, jws)).status, "valid");
    assert.equal(await told(jws, { revocation: undefined }), "TOTAL-PASSED B-T whole");
    const { header: _, ...bare } = JSON.parse(jws) as Record<string, unknown>;
    assert.equal(await told(JSON.stringify(bare)), "INDETERMINATE REVOKED_NO_POE B-B");
    assert.equal((await verifySigned(identity, JSON.stringify(bare))).status, "indeterminate");
  });

  test("is not saved by a stamp that came after the revocation, nor by one of nobody trusted", async () => {
    const jws = await signed("three");
    const { header: _, ...bare } = JSON.parse(jws) as { signature: string; header: unknown };
    assert.equal(await told(jws, { timeStampRoots: "" }), "TOTAL-PASSED B-B", "while the card stands");
    clock.advance(3_600_000);
    await country.authority.revoke("three");
    clock.advance(3_600_000);
    const late = extendJades(JSON.stringify(bare), { timeStamp: await country.stamp(utf8(bare.signature)) });
    assert.equal(await told(late), "INDETERMINATE REVOKED_NO_POE B-T");
    assert.equal(await told(jws, { timeStampRoots: "" }), "INDETERMINATE REVOKED_NO_POE B-B");
    const other = extendJades(JSON.stringify(bare), { timeStamp: await country.stamp(utf8("another signature")) });
    assert.equal(await told(other), "INDETERMINATE REVOKED_NO_POE B-B", "a stamp of something else");
  });

  test("without evidence, and with nobody to ask, is told to be tried later", async () => {
    const { header: _, ...bare } = JSON.parse(await signed("four")) as { signature: string; header: unknown };
    const stamped = extendJades(JSON.stringify(bare), { timeStamp: await country.stamp(utf8(bare.signature)) });
    assert.equal(await told(stamped, { revocation: undefined }), "INDETERMINATE TRY_LATER B-T");
    assert.equal(await told(JSON.stringify(bare), { revocation: undefined }), "INDETERMINATE TRY_LATER B-B");
    assert.equal(await told(stamped, { trustedIssuers: [] }), "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND B-T");
  });

  test("is refused in every other form", async () => {
    const jws = await signed("five");
    const parts = JSON.parse(jws) as { payload: string; protected: string; signature: string };
    const header = JSON.parse(Buffer.from(parts.protected, "base64url").toString()) as Record<string, unknown>;
    const withHeader = (change: Record<string, unknown>) =>
      JSON.stringify({ ...parts, protected: toBase64Url(utf8(JSON.stringify({ ...header, ...change }))) });
    const cases: Record<string, [string, string]> = {
      "another payload": [JSON.stringify({ ...parts, payload: "e30" }), "TOTAL-FAILED SIG_CRYPTO_FAILURE"],
      "critical parameter that is unknown": [withHeader({ crit: ["sigPl"], sigPl: {} }), "TOTAL-FAILED FORMAT_FAILURE"],
      "critical parameter that is not there": [withHeader({ crit: ["sigT"] }), "TOTAL-FAILED FORMAT_FAILURE"],
      "nothing critical": [withHeader({ crit: [] }), "TOTAL-FAILED FORMAT_FAILURE"],
      "payload as it is": [withHeader({ crit: ["b64"], b64: false }), "TOTAL-FAILED FORMAT_FAILURE"],
      none: [withHeader({ alg: "none" }), "TOTAL-FAILED FORMAT_FAILURE"],
      "no certificate": [withHeader({ x5c: undefined }), "INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND"],
      "another certificate": [withHeader({ x5c: [toBase64(country.seal.certificate)] }), "TOTAL-FAILED FORMAT_FAILURE"],
      "algorithm beside the signed header": [
        JSON.stringify({ ...parts, header: { alg: "ES256" } }),
        "TOTAL-FAILED FORMAT_FAILURE",
      ],
      "sigD that is not critical": [withHeader({ sigD: {} }), "TOTAL-FAILED FORMAT_FAILURE"],
      "two signatures": [
        JSON.stringify({ payload: parts.payload, signatures: [parts, parts] }),
        "TOTAL-FAILED FORMAT_FAILURE",
      ],
      "not one": ['{"a":1}', "TOTAL-FAILED FORMAT_FAILURE"],
    };
    for (const [name, [text, expected]] of Object.entries(cases)) assert.equal(await told(text), expected, name);
    const compact = `${parts.protected}.${parts.payload}.${parts.signature}`;
    assert.equal(await told(compact), "TOTAL-PASSED B-B", "the compact form holds the same signature");
  });
});

describe("a seal (PAdES)", () => {
  test("proves its time and stays valid later; without stamp it runs out with its certificate", async () => {
    const whole = await sealedWhole(await somePdf());
    const plain = await sealed(await somePdf());
    assert.equal(await told(whole), "TOTAL-PASSED B-T whole");
    assert.equal(await told(plain), "TOTAL-PASSED B-B");
    assert.equal(await told(plain, { revocation: undefined }), "INDETERMINATE TRY_LATER B-B");
    const later = { clock: { now: () => new Date("2040-01-01T00:00:00Z") } };
    assert.equal(await told(whole, later), "TOTAL-PASSED B-T whole");
    assert.equal(await told(plain, later), "INDETERMINATE OUT_OF_BOUNDS_NO_POE B-B");
    assert.equal(await told(whole, { trustedIssuers: [] }), "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND B-T");
    const before = { clock: { now: () => new Date("2000-01-01T00:00:00Z") } };
    assert.equal(await told(plain, before), "INDETERMINATE OUT_OF_BOUNDS_NO_POE B-B");
  });

  test("by a key that is not the certificate's does not count", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const how = { certificate: country.seal.certificate, chain: [], at: clock.now(), field: "Seal" };
    const forged = await signPdf(await somePdf(), how, (data) => Promise.resolve(sign("SHA256", data, privateKey)));
    assert.equal(await told(forged), "TOTAL-FAILED SIG_CRYPTO_FAILURE");
  });

  test("by a certificate for signing in does not count, nor by one that had run out", async () => {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const key = KeyObject.from(keys.privateKey);
    const holder = { nationalId: "A700000003", surname: "林", givenName: "小" };
    const by = async (certificate: Uint8Array) =>
      signPdf(
        await somePdf(),
        { certificate, chain: [], at: clock.now(), field: "Seal", timeStamp: country.stamp },
        (data) => Promise.resolve(sign("SHA256", data, key)),
      );
    const pair = await country.enrol("soft", holder, keys.publicKey);
    assert.equal(await told(await by(pair.signature)), "TOTAL-PASSED B-T");
    assert.equal(await told(await by(pair.authentication)), "INDETERMINATE CHAIN_CONSTRAINTS_FAILURE B-T");
    const at = (years: number) => new Date(clock.now().getTime() + years * 365 * 86_400_000);
    const both = { authentication: keys.publicKey, signature: keys.publicKey };
    const old = await country.authority.certify(holder, both, { from: at(-3), to: at(-1) });
    assert.equal(await told(await by(old.signature)), "INDETERMINATE OUT_OF_BOUNDS_NO_POE B-T");
    const next = await country.authority.certify(holder, both, { from: at(1), to: at(2) });
    assert.equal(await told(await by(next.signature)), "TOTAL-FAILED NOT_YET_VALID B-T");
  });

  test("and a card's signature after it stand side by side; the card's authentication key signs nothing", async () => {
    await country.issue("pdf");
    const { signingCertificate, token } = (
      await country.authenticate({ card: "pdf", challenge: toBase64(new Uint8Array(32)) })
    ).body;
    const first = await sealedWhole(await somePdf());
    const how = { chain: [country.authority.issuer], at: clock.now(), field: "Applicant" };
    const prepared = await preparePdf(first, { ...how, certificate: fromBase64(signingCertificate)! });
    assert.equal(prepared?.hash, "SHA-384");
    const { body } = await country.sign({
      card: "pdf",
      hash: toBase64(hashToSign(prepared)),
      hashFunction: prepared.hash,
    });
    const kept = JSON.parse(JSON.stringify(prepared)) as typeof prepared;
    const both = await completePdf(kept, ecdsaToDer(fromBase64(body.signature)!), { timeStamp: country.stamp });
    const { signatures, indication } = await validated(both);
    assert.equal(indication, "TOTAL-PASSED", JSON.stringify(signatures));
    assert.deepEqual(
      signatures.map(({ signer, changes }) => [signer?.kind, changes?.map(({ kind }) => kind)]),
      [
        ["seal", ["signature", "validation data"]],
        ["person", []],
      ],
    );
    const wrong = await preparePdf(first, { ...how, certificate: fromBase64(token.unverifiedCertificate)! });
    assert.ok(wrong);
    const other = await country.sign({ card: "pdf", hash: toBase64(hashToSign(wrong)), hashFunction: wrong.hash });
    assert.equal(
      await told(await completePdf(wrong, ecdsaToDer(fromBase64(other.body.signature)!))),
      "TOTAL-FAILED SIG_CRYPTO_FAILURE B-T whole",
      "signed with the other key",
    );
  });
});

describe("a person signs a PDF", () => {
  test("by the card in two passes, once, for the session it was prepared for", async () => {
    await country.issue("person");
    const session = await signIn("person");
    const code = (result: { ok: true } | { ok: false; error: { code: string } }) =>
      result.ok ? "ok" : result.error.code;
    const begin = async () => {
      const prepared = await preparePdfSignature(identity, session, { pdf: await sealedWhole(await somePdf()) });
      assert.ok(prepared.ok, prepared.ok ? "" : prepared.error.inside);
      const { id, hash, hashFunction } = prepared.value;
      return { id, signature: (await country.sign({ card: "person", hash, hashFunction })).body.signature };
    };
    const answer = await begin();
    assert.equal(code(await finishPdfSignature(identity, await signIn("person"), answer)), "signature-request-unknown");
    const other = await begin();
    const swapped = { id: other.id, signature: answer.signature };
    assert.equal(code(await finishPdfSignature(identity, session, swapped)), "signature-invalid");
    const done = await finishPdfSignature(identity, session, answer);
    assert.ok(done.ok, done.ok ? "" : done.error.inside);
    assert.deepEqual([done.value.report.signer?.kind, done.value.report.level], ["person", "B-T"]);
    const { indication, signatures } = await validated(done.value.pdf);
    assert.deepEqual([indication, signatures.length], ["TOTAL-PASSED", 2], "the seal before it still holds");
    assert.equal(code(await finishPdfSignature(identity, session, answer)), "signature-request-unknown", "once");
    assert.equal(code(await finishSignature(identity, session, await begin())), "signature-request-unknown");
    assert.equal(code(await preparePdfSignature(identity, session, { pdf: utf8("no PDF") })), "signature-invalid");
  });
});

test("a detached signature (sigD) names the document that it is over", async () => {
  const document = utf8("a document of its own");
  const make = (hashed: Uint8Array, change: Record<string, unknown> = {}) => {
    const hash = createHash("sha256").update(toBase64Url(hashed)).digest("base64url");
    const header = {
      alg: "ES256",
      crit: ["sigD"],
      iat: 1_795_320_000,
      x5c: [toBase64(country.seal.certificate)],
      "x5t#S256": createHash("sha256").update(country.seal.certificate).digest("base64url"),
      sigD: {
        mId: "http://uri.etsi.org/19182/ObjectIdByURIHash",
        pars: ["a.txt"],
        hashM: "S256",
        hashV: [hash],
        ...change,
      },
    };
    const head = toBase64Url(utf8(JSON.stringify(header)));
    const how = { key: country.seal.key, dsaEncoding: "ieee-p1363" } as const;
    return JSON.stringify({
      payload: "",
      protected: head,
      signature: sign("sha256", utf8(`${head}.`), how).toString("base64url"),
    });
  };
  assert.equal(await told(make(document), {}, [document]), "TOTAL-PASSED B-B");
  assert.equal(await told(make(document), {}, [utf8("another")]), "TOTAL-FAILED HASH_FAILURE");
  assert.equal(await told(make(document)), "INDETERMINATE SIGNED_DATA_NOT_FOUND");
  assert.equal(await told(make(document, { mId: "urn:x" }), {}, [document]), "TOTAL-FAILED FORMAT_FAILURE");
  assert.equal(await told(make(document, { hashV: [] }), {}, [document]), "TOTAL-FAILED FORMAT_FAILURE");
});
