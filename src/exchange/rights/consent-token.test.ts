import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { checkConsentToken, signConsentToken, type ConsentGrant, type ConsentQuestion } from "./consent-token.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const now = new Date("2026-11-22T08:00:00Z");
const grant: ConsentGrant = {
  issuer: "TW/GOV/portal",
  consentId: "c-1",
  services: ["SERVICE:TW/GOV/mohw/disability/certificate"],
  subject: "A700000001",
  purpose: "assistive-device-subsidy",
  legalBasis: "tw:assistive-device-subsidy",
  fields: ["severity"],
  notBefore: now,
  expires: new Date(now.getTime() + 3_600_000),
};
const question: ConsentQuestion = {
  service: "SERVICE:TW/GOV/mohw/disability/certificate",
  subject: "A700000001",
  purpose: grant.purpose,
  legalBasis: grant.legalBasis,
  now,
};
const findKey = (keyid: string) => (keyid === "k" ? { key: publicKey, member: "TW/GOV/portal" } : undefined);
const token = await signConsentToken(grant, { keyid: "k", privateKey });

test("a token that covers the call is accepted and names the person nowhere", async () => {
  const checked = await checkConsentToken(token, question, findKey);
  assert.ok(checked.ok);
  assert.equal(checked.value.jti, "c-1");
  assert.deepEqual(checked.value.fields, ["severity"]);
  assert.ok(!Buffer.from(token.split(".")[1]!, "base64url").toString().includes("A700000001"));
});

const cases: [string, Partial<ConsentQuestion>, string, string][] = [
  ["another person", { subject: "A700000002" }, "consent-mismatch", "person"],
  ["nobody named in the call", { subject: undefined }, "consent-mismatch", "person"],
  ["another service", { service: "SERVICE:TW/GOV/mohw/disability/other" }, "consent-mismatch", "service"],
  ["another purpose", { purpose: "marketing" }, "consent-mismatch", "purpose"],
  ["another law", { legalBasis: "tw:other" }, "consent-mismatch", "legal-basis"],
  ["after it ended", { now: new Date(now.getTime() + 3_600_000) }, "consent-expired", "expired"],
  ["before it began", { now: new Date(now.getTime() - 60_000) }, "consent-expired", "not-yet"],
];
for (const [name, change, code, reason] of cases) {
  test(`refused: ${name}`, async () => {
    const checked = await checkConsentToken(token, { ...question, ...change }, findKey);
    assert.ok(!checked.ok);
    assert.deepEqual([checked.error.code, checked.error.params?.["reason"]], [code, reason]);
  });
}

test("refused: a signer nobody trusts, another's key, another's name, a changed claim, no token at all", async () => {
  const reasonOf = async (text: string, find: typeof findKey = findKey) => {
    const checked = await checkConsentToken(text, question, find);
    return checked.ok ? "accepted" : `${checked.error.code} ${String(checked.error.params?.["reason"])}`;
  };
  const [head, , signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString("base64url");
  const unsigned = Buffer.from('{"alg":"none","typ":"taroko-consent+jwt","kid":"k"}').toString("base64url");
  assert.equal(await reasonOf(token, () => undefined), "consent-invalid signer-unknown");
  assert.equal(
    await reasonOf(await signConsentToken(grant, { keyid: "k", privateKey: other.privateKey })),
    "consent-invalid signature-or-format",
  );
  assert.equal(
    await reasonOf(await signConsentToken({ ...grant, issuer: "TW/GOV/other" }, { keyid: "k", privateKey })),
    "consent-invalid issuer",
  );
  assert.equal(await reasonOf(`${head}.${changed}.${signature}`), "consent-invalid signature-or-format");
  assert.equal(await reasonOf(`${unsigned}.${changed}.`), "consent-invalid format");
  assert.equal(await reasonOf("yes"), "consent-invalid signature-or-format");
});
