import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { assert as checkProperty, oneof, property, tuple, uint8Array } from "fast-check";
import { derFromRaw, keyFits, rawFromDer, signBytes, verifyBytes } from "./algorithms.ts";

const bytes = Buffer.from("to be signed");
const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const k256 = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
const ed25519 = generateKeyPairSync("ed25519");

test("r ‖ s and DER carry the same numbers, leading zeros and high bits included", () => {
  const number = oneof(
    uint8Array({ minLength: 32, maxLength: 32 }),
    uint8Array({ maxLength: 31 }).map((tail) => Uint8Array.from([...new Uint8Array(32 - tail.length), ...tail])),
  );
  checkProperty(
    property(tuple(number, number), ([r, s]) => {
      const raw = Uint8Array.from([...r, ...s]);
      assert.deepEqual(rawFromDer(derFromRaw(raw)), raw);
    }),
  );
  assert.deepEqual(
    derFromRaw(Uint8Array.from([...new Uint8Array(31), 0x80, ...new Uint8Array(31), 0x7f])),
    Uint8Array.from([0x30, 7, 2, 2, 0, 0x80, 2, 1, 0x7f]),
  );
});

test("our conversion agrees with Node's own, both ways", () => {
  for (let round = 0; round < 40; round += 1) {
    const ours = signBytes(bytes, "ecdsa-p256-sha256", p256.privateKey);
    assert.ok(verify("sha256", bytes, { key: p256.publicKey, dsaEncoding: "ieee-p1363" }, ours));
    const theirs = sign("sha256", bytes, { key: p256.privateKey, dsaEncoding: "ieee-p1363" });
    assert.ok(verifyBytes(bytes, theirs, "ecdsa-p256-sha256", p256.publicKey));
  }
});

test("what is no signature is false, never a throw: DER, wrong lengths, zeros", () => {
  const der = sign("sha256", bytes, p256.privateKey);
  for (const bad of [der, new Uint8Array(0), new Uint8Array(63), new Uint8Array(64), new Uint8Array(64).fill(255)]) {
    assert.equal(verifyBytes(bytes, bad, "ecdsa-p256-sha256", p256.publicKey), false);
    assert.equal(verifyBytes(bytes, bad, "ed25519", ed25519.publicKey), false);
  }
});

test("a key serves only its own algorithm", () => {
  assert.ok(keyFits(p256.publicKey, "ecdsa-p256-sha256") && keyFits(ed25519.privateKey, "ed25519"));
  assert.ok(!keyFits(k256.publicKey, "ecdsa-p256-sha256"));
  assert.ok(!keyFits(ed25519.publicKey, "ecdsa-p256-sha256"));
  assert.ok(!keyFits(p256.publicKey, "ed25519"));
  assert.ok(!keyFits(p256.publicKey, "rsa-pss-sha512"));
  const signature = signBytes(bytes, "ed25519", ed25519.privateKey);
  assert.equal(verifyBytes(bytes, signature, "ecdsa-p256-sha256", ed25519.publicKey), false);
});
