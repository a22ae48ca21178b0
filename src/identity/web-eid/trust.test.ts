import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readCertificate, type CardCertificate } from "./certificate.ts";
import { issuedBy } from "./trust.ts";

const folder = new URL("../vectors/", import.meta.url);
const read = (path: string): CardCertificate => readCertificate(readFileSync(new URL(path, folder)));
const [issuer, other] = [read("ca/TEST_of_ESTEID2018.cer"), read("ca/VRK_TEST_CA_for_Test_Purposes_-_G4.crt")];
const { tokens } = JSON.parse(readFileSync(new URL("tokens.json", folder), "utf8")) as {
  tokens: { id: string; token: { unverifiedCertificate: string } }[];
};
const encoded = tokens.find(({ id }) => id === "valid-ee-es384")!.token.unverifiedCertificate;
const certificate = readCertificate(Buffer.from(encoded, "base64"));
const now = new Date("2024-08-01T00:00:00Z");

test("that an issuer signed a certificate is remembered; for other bytes, issuers and times it is asked again", () => {
  const issued = issuedBy();
  assert.equal(issued(certificate, issuer, now), true);
  assert.equal(issued(certificate, issuer, now), true);
  assert.equal(issued(certificate, other, now), false);
  assert.equal(issued(certificate, issuer, new Date(issuer.notAfter.getTime() + 1000)), false, "the issuer is over");
  const altered = Uint8Array.from(certificate.der);
  altered[altered.length - 1]! ^= 1; // the last bit of the signature
  assert.equal(issued(readCertificate(altered), issuer, now), false);
  assert.equal(issued(certificate, issuer, now), true);
});
