import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fixedClock } from "#kernel";
import { readCertificate, validateAuthToken } from "./index.ts";
import type { RevocationStatus, TokenVerdict } from "./validate.ts";

interface Vector {
  readonly id: string;
  readonly origin: string;
  readonly nonce: string;
  readonly clock: string;
  readonly expect: "valid" | "invalid";
  readonly token: Record<string, string>;
}

const folder = new URL("../vectors/", import.meta.url);
const vectors = JSON.parse(readFileSync(new URL("tokens.json", folder), "utf8")) as {
  readonly trusted_ca: readonly string[];
  readonly tokens: readonly Vector[];
};
const trustedIssuers = vectors.trusted_ca.map((path) => readCertificate(readFileSync(new URL(path, folder))));

function vector(id: string): Vector {
  const found = vectors.tokens.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
}

type Change = {
  readonly token?: Record<string, unknown>;
  readonly text?: string;
  readonly origin?: string;
  readonly challenge?: string;
  readonly clock?: string;
  readonly issuers?: typeof trustedIssuers;
  readonly status?: RevocationStatus;
  readonly forbiddenPolicies?: readonly string[];
  readonly requiredPolicies?: readonly string[];
  readonly countries?: readonly string[];
  readonly types?: readonly string[];
};

function validate(one: Vector, change: Change = {}): Promise<TokenVerdict> {
  const { forbiddenPolicies, requiredPolicies, countries, types } = change;
  return validateAuthToken({
    token: change.text ?? JSON.stringify({ ...one.token, ...change.token }),
    origin: change.origin ?? one.origin,
    challenge: change.challenge ?? one.nonce,
    trustedIssuers: change.issuers ?? trustedIssuers,
    revocation: () => Promise.resolve(change.status ?? "good"),
    clock: fixedClock(change.clock ?? one.clock),
    policy: {
      ...(forbiddenPolicies && { forbiddenPolicies }),
      ...(requiredPolicies && { requiredPolicies }),
      ...(countries && { countries }),
      ...(types && { types }),
    },
  });
}

describe("tokens of web-eid-authtoken-validation-java", () => {
  const expected: Record<string, string> = {
    "valid-ee-es384": "valid PNO EE",
    "valid-fi-ps256": "valid PNO FI",
    "invalid-wrong-certificate": "9 SIGNATURE",
    "invalid-untrusted-issuer": "7 CERT_NOT_TRUSTED",
  };
  test("the expectations here are the publisher's", () => {
    assert.deepEqual(
      vectors.tokens.map(({ id, expect }) => [id, expect]),
      Object.entries(expected).map(([id, verdict]) => [id, verdict.startsWith("valid") ? "valid" : "invalid"]),
    );
  });
  for (const [id, verdict] of Object.entries(expected)) {
    test(id, async () => {
      const got = await validate(vector(id));
      const said = got.valid ? `valid ${got.identity.type} ${got.identity.country}` : `${got.step} ${got.reason}`;
      assert.equal(said, verdict);
    });
  }
});

test("no changed byte of the certificate or the signature passes", async () => {
  const ee = vector("valid-ee-es384");
  for (const field of ["unverifiedCertificate", "signature"]) {
    const bytes = Buffer.from(ee.token[field]!, "base64");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      const got = await validate(ee, { token: { [field]: changed.toString("base64") } });
      assert.equal(got.valid, false, `${field}, byte ${at}`);
    }
  }
});

describe("a valid token is refused when one thing changes", () => {
  const ee = vector("valid-ee-es384");
  const flipped = (field: "signature" | "unverifiedCertificate", at: number) => {
    const bytes = Buffer.from(ee.token[field]!, "base64");
    bytes[at]! ^= 1;
    return { [field]: bytes.toString("base64") };
  };
  const der = Buffer.from(ee.token["unverifiedCertificate"]!, "base64");
  const cases: Record<string, [Change, string]> = {
    "too short": [{ text: "{}" }, "1 FORMAT"],
    "too long": [{ token: { padding: "x".repeat(10_000) } }, "1 FORMAT"],
    "not JSON": [{ text: "x".repeat(200) }, "2 FORMAT"],
    "a list": [{ text: JSON.stringify([ee.token]) }, "2 FORMAT"],
    "next major version": [{ token: { format: "web-eid:2.0" } }, "2 FORMAT"],
    "version that only begins alike": [{ token: { format: "web-eid:11.0" } }, "2 FORMAT"],
    "algorithm none": [{ token: { algorithm: "none" } }, "2 FORMAT"],
    "symmetric algorithm": [{ token: { algorithm: "HS256" } }, "2 FORMAT"],
    "name of an inherited member as algorithm": [{ token: { algorithm: "constructor" } }, "2 FORMAT"],
    "signature spelled with a line break": [{ token: { signature: `${ee.token["signature"]}\n` } }, "2 FORMAT"],
    "no certificate": [{ token: { unverifiedCertificate: undefined } }, "3 FORMAT"],
    "bytes after the certificate": [
      { token: { unverifiedCertificate: Buffer.concat([der, Buffer.from([0])]).toString("base64") } },
      "3 FORMAT",
    ],
    "certificate cut short": [{ token: { unverifiedCertificate: der.subarray(0, -1).toString("base64") } }, "3 FORMAT"],
    "signature certificate instead": [
      {
        token: {
          unverifiedCertificate: readFileSync(new URL("ca/TEST_of_ESTEID2018.cer", folder)).toString("base64"),
        },
      },
      "4 CERT_WRONG_PURPOSE",
    ],
    "forbidden policy": [{ forbiddenPolicies: ["1.3.6.1.4.1.51361.1.2.1"] }, "5 CERT_POLICY"],
    "required policy absent": [{ requiredPolicies: ["2.999.1"] }, "5 CERT_POLICY"],
    "a day before it begins": [{ clock: "2021-07-21T00:00:00Z" }, "6 CERT_NOT_YET_VALID"],
    "a second after it ends": [{ clock: "2026-07-09T22:00:00Z" }, "6 CERT_EXPIRED"],
    "issuer removed from the list": [{ issuers: trustedIssuers.slice(1) }, "7 CERT_NOT_TRUSTED"],
    "one bit of the certificate's signature": [
      { token: flipped("unverifiedCertificate", der.length - 1) },
      "7 CERT_NOT_TRUSTED",
    ],
    revoked: [{ status: "revoked" }, "8 CERT_REVOKED"],
    "unknown to its issuer": [{ status: "unknown" }, "8 CERT_STATUS_UNKNOWN"],
    "no revocation answer": [{ status: "unavailable" }, "8 REVOCATION_UNAVAILABLE"],
    "another origin": [{ origin: "https://ria.ee.example" }, "9 SIGNATURE"],
    "origin with a slash": [{ origin: "https://ria.ee/" }, "9 SIGNATURE"],
    "another challenge": [{ challenge: "12345678123456781234567812345678912356789124" }, "9 SIGNATURE"],
    "one bit of the signature": [{ token: flipped("signature", 10) }, "9 SIGNATURE"],
    "algorithm of another curve": [{ token: { algorithm: "ES256" } }, "9 SIGNATURE"],
    "algorithm of another key kind": [{ token: { algorithm: "RS384" } }, "9 SIGNATURE"],
    "country not accepted": [{ countries: ["TW"] }, "10 SUBJECT"],
    "kind of number not accepted": [{ types: ["PAS"] }, "10 SUBJECT"],
  };
  for (const [name, [change, verdict]] of Object.entries(cases)) {
    test(name, async () => {
      const got = await validate(ee, change);
      assert.equal(got.valid ? "valid" : `${got.step} ${got.reason}`, verdict);
    });
  }
});
