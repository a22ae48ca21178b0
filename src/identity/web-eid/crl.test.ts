import "reflect-metadata";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";
import { fixedClock } from "#kernel";
import { readCertificate, revocationByList } from "./index.ts";

const signingAlgorithm = { name: "ECDSA", hash: "SHA-384" };
const makeKeys = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
const keys = await makeKeys();
const name = "CN=Issuing authority, C=TW";
const dates = { notBefore: new Date("2026-01-01"), notAfter: new Date("2030-01-01") };
const issuer = readCertificate(
  new Uint8Array(
    (
      await X509CertificateGenerator.createSelfSigned({
        name,
        keys,
        signingAlgorithm,
        ...dates,
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
      })
    ).rawData,
  ),
);
const certify = async (serialNumber: string) =>
  readCertificate(
    new Uint8Array(
      (
        await X509CertificateGenerator.create({
          serialNumber,
          subject: "CN=Holder",
          issuer: name,
          publicKey: (await makeKeys()).publicKey,
          signingKey: keys.privateKey,
          signingAlgorithm,
          ...dates,
          extensions: [new CRLDistributionPointsExtension(["http://lists.example/cards.crl"])],
        })
      ).rawData,
    ),
  );
const [standing, revoked] = [await certify("00a1b2c3"), await certify("00fedcba")];

async function list(
  change: {
    number?: number;
    thisUpdate?: string;
    nextUpdate?: string;
    by?: CryptoKey;
    issuer?: string;
    critical?: string;
  } = {},
): Promise<Uint8Array> {
  const made = await X509CrlGenerator.create({
    issuer: change.issuer ?? name,
    thisUpdate: new Date(change.thisUpdate ?? "2026-06-01T00:00:00Z"),
    nextUpdate: new Date(change.nextUpdate ?? "2026-06-01T01:00:00Z"),
    signingKey: change.by ?? keys.privateKey,
    signingAlgorithm,
    entries: [{ serialNumber: "00fedcba", revocationDate: new Date("2026-05-01") }],
    extensions: [
      new Extension("2.5.29.20", false, Buffer.from([2, 1, change.number ?? 5])),
      ...(change.critical ? [new Extension(change.critical, true, Buffer.from([0x30, 0]))] : []),
    ],
  });
  return new Uint8Array(made.rawData);
}

test("a fresh, signed list tells the standing certificate from the revoked one; one fetch serves two minutes", async () => {
  const clock = fixedClock("2026-06-01T00:10:00Z");
  const fetched: string[] = [];
  const check = revocationByList({
    clock,
    fetch: async (url) => {
      fetched.push(url);
      return list();
    },
  });
  assert.deepEqual(await Promise.all([check(standing, issuer), check(revoked, issuer), check(standing, issuer)]), [
    "good",
    "revoked",
    "good",
  ]);
  clock.advance(119_000);
  await check(standing, issuer);
  assert.deepEqual(fetched, ["http://lists.example/cards.crl"]);
  clock.advance(1_000);
  await check(standing, issuer);
  assert.equal(fetched.length, 2);
});

test("every list that cannot be believed means unavailable, never good", async () => {
  const stranger = await makeKeys();
  const cases: Record<string, () => Promise<Uint8Array>> = {
    "no answer": () => Promise.reject(new Error("down")),
    "not a list": () => Promise.resolve(Buffer.from("<html>")),
    "another key": () => list({ by: stranger.privateKey }),
    "another issuer's name": () => list({ issuer: "CN=Other" }),
    "out of date": () => list({ nextUpdate: "2026-06-01T00:10:00Z" }),
    "from the future": () => list({ thisUpdate: "2026-06-01T00:10:01Z" }),
    "a delta list": () => list({ critical: "2.5.29.27" }),
    "a partial list": () => list({ critical: "2.5.29.28" }),
    "one bit changed": async () => {
      const bytes = await list();
      bytes[bytes.length - 5]! ^= 1;
      return bytes;
    },
  };
  for (const [name, fetch] of Object.entries(cases)) {
    const faults: string[] = [];
    const clock = fixedClock("2026-06-01T00:10:00Z");
    const check = revocationByList({ clock, fetch, onFault: (_, why) => faults.push(why) });
    assert.equal(await check(standing, issuer), "unavailable", name);
    assert.equal(faults.length, 1, `${name}: somebody is told why`);
  }
});

test("an older list cannot come back, and a failure is tried again at once", async () => {
  const clock = fixedClock("2026-06-01T00:10:00Z");
  let next = await list({ number: 6 });
  const check = revocationByList({ clock, maxAgeMs: 0, fetch: () => Promise.resolve(next) });
  assert.equal(await check(standing, issuer), "good");
  next = await list({ number: 5 });
  assert.equal(await check(standing, issuer), "unavailable");
  next = await list({ number: 7 });
  assert.equal(await check(standing, issuer), "good");
});
