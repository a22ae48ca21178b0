import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import test from "node:test";
import { makeCertificateAuthority } from "../authority/certificates.ts";
import { issueSeal, signSealRequest, type SealCredentials } from "../authority/seal-certificates.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { putKeyFile } from "../key-file.ts";
import { testFolder } from "../testing.ts";
import { trustSigner, type TrustedAuthority } from "./certificates.ts";
import { Refused } from "./findings.ts";
import { checkOcsp, makeOcspAnswer } from "./ocsp.ts";

const now = new Date("2026-03-01T12:00:00Z");
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

/** An authority of its own, and a certificate for one member. */
async function authority() {
  const { key, cert } = await makeCertificateAuthority("TW", now);
  const keysFolder = testFolder();
  await putKeyFile(keysFolder, "certificate-authority.json", JSON.stringify({ key, cert }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyid = jwkThumbprint(createPublicKey(privateKey).export({ format: "jwk" }));
  const request = { instance: "TW", issuedAt: now.toISOString(), gateway: "TW/GOV/REG/gw1" };
  const ask = async (o: { by?: typeof privateKey; at?: Date; known?: boolean } = {}) =>
    issueSeal(
      {
        keysFolder,
        instance: "TW",
        clock: { now: () => o.at ?? now },
        applicant: async () =>
          o.known === false
            ? undefined
            : { member: "TW/GOV/REG", name: "Registry", signingKey: { keyid, key: createPublicKey(privateKey) } },
      },
      await signSealRequest(request, { keyid, privateKey: o.by ?? privateKey }),
    );
  const given = await ask();
  assert.ok(given.ok);
  const seal: SealCredentials = given.value;
  const issuer = new X509Certificate(cert);
  return { ask, issuer, issuerKey: createPrivateKey(key), certificate: new X509Certificate(seal.certificate), seal };
}

const { ask, issuer, issuerKey, certificate, seal } = await authority();
const stranger = await authority();
const answer = Buffer.from(seal.revocationAnswer, "base64");

function codeOf(work: () => unknown): string {
  try {
    work();
    return "good";
  } catch (fault) {
    if (fault instanceof Refused) return fault.code;
    throw fault;
  }
}

const about = { certificate, issuer, responders: [], at: later(5), freshSeconds: 3600 };
const made = { certificate, issuer, issuerKey, now };
const cases: readonly (readonly [what: string, der: Uint8Array, o: Partial<typeof about>, code: string])[] = [
  ["a good answer", answer, {}, "good"],
  ["one that is too old", answer, { at: later(61) }, "ocsp-stale"],
  ["one from much later", answer, { at: later(-61) }, "ocsp-stale"],
  ["one about another certificate", answer, { certificate: stranger.certificate }, "ocsp-invalid"],
  ["one by another authority", makeOcspAnswer({ ...made, issuerKey: stranger.issuerKey }), {}, "ocsp-invalid"],
  ["one that says revoked", makeOcspAnswer({ ...made, revokedAt: now }), {}, "certificate-revoked"],
  ["one that says revoked afterwards", makeOcspAnswer({ ...made, revokedAt: later(6) }), {}, "good"],
  ["one cut off", answer.subarray(0, -1), {}, "ocsp-invalid"],
  ["nothing", new Uint8Array(), {}, "ocsp-invalid"],
];
for (const [what, der, o, code] of cases) {
  test(`a revocation answer: ${what}`, () =>
    assert.equal(
      codeOf(() => checkOcsp(der, { ...about, ...o })),
      code,
    ));
}

test("a bit changed in a revocation answer makes it no good answer, or changes nothing that it says", () => {
  const said = checkOcsp(answer, about);
  let unharmed = 0;
  for (let at = 0; at < answer.length; at += 1) {
    const other = Buffer.from(answer);
    other[at]! ^= 1;
    if (codeOf(() => checkOcsp(other, about)) !== "good") continue;
    assert.deepEqual(checkOcsp(other, about), said, `byte ${at}`);
    unharmed += 1;
  }
  assert.ok(unharmed < 8, "only the wrapper around what is signed bears a change");
});

test("a seal's certificate is believed of its authority only, in its time only, and for binding signatures only", () => {
  const trusted = (top: X509Certificate): TrustedAuthority[] => [
    { name: "", top, intermediates: [], responders: [], profile: "basic" },
  ];
  assert.equal(
    codeOf(() => trustSigner(certificate, trusted(issuer), now)),
    "good",
  );
  assert.equal(
    codeOf(() => trustSigner(certificate, trusted(stranger.issuer), now)),
    "certificate-untrusted",
  );
  assert.equal(
    codeOf(() => trustSigner(certificate, trusted(issuer), later(60 * 24 * 8))),
    "certificate-expired",
  );
  assert.equal(
    codeOf(() => trustSigner(certificate, trusted(issuer), later(-60))),
    "certificate-expired",
  );
  assert.equal(
    codeOf(() => trustSigner(issuer, trusted(issuer), now)),
    "certificate-purpose",
  );
});

test("the authority certifies the registered key of a registered gateway that asks itself and now", async () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const reasons = [];
  for (const o of [{ by: other }, { at: later(6) }, { known: false }]) {
    const given = await ask(o);
    reasons.push(given.ok ? "given" : given.error.params?.["reason"]);
  }
  assert.deepEqual(reasons, ["signature-or-format", "clock", "gateway"]);
});
