import "reflect-metadata";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
  Extension as CertificateExtension,
} from "@peculiar/x509";
import * as asn1js from "asn1js";
import * as fc from "fast-check";
import * as pkijs from "pkijs";
import { fixedClock } from "#kernel";
import { readCertificate, type CardCertificate } from "./certificate.ts";
import { children, readDer } from "./der.ts";
import { certificateId, ocspFault, readOcspResponse, type OcspSettings } from "./ocsp.ts";
import { revocationBySettings, type IssuerRevocation, type RevocationOptions } from "./revocation.ts";
import { checkCertificate, type RevocationAnswer } from "./validate.ts";

const folder = new URL("../vectors/", import.meta.url);
const published = (path: string) => new Uint8Array(readFileSync(new URL(path, folder)));

test("the three published answers", () => {
  const issuer = readCertificate(published("ca/TEST_of_ESTEID2018.cer"));
  const subject = readCertificate(published("ocsp/subject.cer"));
  const designated = readCertificate(published("ocsp/TEST_of_SK_OCSP_RESPONDER_2020.cer"));
  const certId = certificateId(subject, issuer);
  assert.deepEqual(subject.ocspUrls, ["http://aia.demo.sk.ee/esteid2018"]);
  const cases: [string, string, string, OcspSettings | undefined, string | undefined][] = [
    ["ocsp_response", "good", "2021-09-17T18:25:24Z", undefined, undefined],
    ["ocsp_response_revoked", "revoked", "2021-09-18T00:13:43Z", undefined, undefined],
    ["ocsp_response_unknown", "unknown", "2021-09-18T00:16:25Z", { responder: designated }, undefined],
    ["ocsp_response_unknown", "unknown", "2021-09-18T00:16:25Z", undefined, "responder is of another authority"],
    ["ocsp_response", "good", "2021-09-17T18:25:24Z", { responder: designated }, "not the designated responder"],
    ["ocsp_response", "good", "2021-09-17T18:28:24Z", undefined, "answer is too old"],
  ];
  for (const [name, status, now, settings, expected] of cases) {
    const response = readOcspResponse(published(`ocsp/${name}.der`));
    const fault = ocspFault(response, {
      certId,
      issuer,
      nonce: undefined,
      now: new Date(now),
      ...(settings && { settings }),
    });
    assert.deepEqual([response.responses[0]?.status, fault], [status, expected], `${name} at ${now}`);
    // The nonce that its question carried is not published, so none of ours can match.
    const asked = { certId, issuer, nonce: new Uint8Array(32), now: new Date(now), ...(settings && { settings }) };
    assert.equal(ocspFault(response, asked), expected ?? "another nonce");
  }
});

// --- an authority of our own, its answers written by another library than the one that reads them -------------------

const ecdsa = { name: "ECDSA", hash: "SHA-256" };
const makeKeys = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
const at = "2026-06-01T00:10:00Z";
const responderUrl = "http://responder.example/ocsp";
const ocspSigning = "1.3.6.1.5.5.7.3.9";

interface Authority {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly certificate: CardCertificate;
}

async function authority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const made = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: ecdsa,
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2030-01-01"),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { name, keys, certificate: readCertificate(new Uint8Array(made.rawData)) };
}

async function certify(
  by: Authority,
  change: { purpose?: string; notAfter?: string; serial?: string; extensions?: CertificateExtension[] } = {},
): Promise<{ readonly keys: CryptoKeyPair; readonly certificate: CardCertificate }> {
  const keys = await makeKeys();
  const made = await X509CertificateGenerator.create({
    serialNumber: change.serial ?? "0a0b0c",
    subject: "CN=somebody",
    issuer: by.name,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: ecdsa,
    notBefore: new Date("2026-01-01"),
    notAfter: new Date(change.notAfter ?? "2030-01-01"),
    extensions: change.extensions ?? [new ExtendedKeyUsageExtension([change.purpose ?? ocspSigning])],
  });
  return { keys, certificate: readCertificate(new Uint8Array(made.rawData)) };
}

const issuer = await authority("CN=Issuing authority, C=TW");
const other = await authority("CN=Other authority, C=TW");
const listUrl = "http://lists.example/cards.crl";
const card = await certify(issuer, {
  serial: "00a1b2c3",
  extensions: [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new AuthorityInfoAccessExtension({ ocsp: [responderUrl] }),
    new CRLDistributionPointsExtension([listUrl]),
  ],
});
const delegate = await certify(issuer);

type Signer = { readonly keys: CryptoKeyPair; readonly certificate: CardCertificate };
interface Answering {
  readonly status?: "good" | "revoked" | "unknown";
  readonly responseStatus?: number;
  readonly about?: CardCertificate;
  readonly twice?: boolean;
  readonly none?: boolean;
  readonly signer?: Signer;
  readonly certificates?: readonly CardCertificate[];
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
  readonly nonce?: "other" | "none";
  readonly flip?: boolean;
}

const pkijsCertificate = (certificate: CardCertificate) => pkijs.Certificate.fromBER(new Uint8Array(certificate.der));

/** What a responder would answer to this question, with one thing changed. */
async function answer(request: Uint8Array, change: Answering = {}): Promise<Uint8Array> {
  const asked = pkijs.OCSPRequest.fromBER(new Uint8Array(request)).tbsRequest;
  const one = asked.requestList[0]!;
  const single = async () => {
    const certID = new pkijs.CertID();
    if (change.about)
      await certID.createForCertificate(pkijsCertificate(change.about), {
        hashAlgorithm: "SHA-1",
        issuerCertificate: pkijsCertificate(issuer.certificate),
      });
    const status = { good: [0x80], revoked: undefined, unknown: [0x82] }[change.status ?? "good"];
    const made = new pkijs.SingleResponse({
      certID: change.about ? certID : one.reqCert,
      certStatus: status
        ? new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: status[0]! & 0x1f } })
        : new asn1js.Constructed({
            idBlock: { tagClass: 3, tagNumber: 1 },
            value: [new asn1js.GeneralizedTime({ valueDate: new Date("2026-05-01") })],
          }),
      thisUpdate: new Date(change.thisUpdate ?? at),
    });
    if (change.nextUpdate) made.nextUpdate = new Date(change.nextUpdate);
    return made;
  };
  const signer = change.signer ?? delegate;
  const basic = new pkijs.BasicOCSPResponse();
  basic.tbsResponseData.responderID = pkijsCertificate(signer.certificate).subject;
  basic.tbsResponseData.producedAt = new Date(at);
  basic.tbsResponseData.responses = change.none ? [] : [await single(), ...(change.twice ? [await single()] : [])];
  const nonce = asked.requestExtensions?.find(({ extnID }) => extnID === "1.3.6.1.5.5.7.48.1.2");
  if (nonce && change.nonce !== "none") {
    const extnValue = change.nonce === "other" ? new Uint8Array([4, 2, 1, 2]).buffer : nonce.extnValue.toBER();
    const value = change.nonce === "other" ? extnValue : new Uint8Array(nonce.extnValue.valueBlock.valueHexView).buffer;
    basic.tbsResponseData.responseExtensions = [new pkijs.Extension({ extnID: nonce.extnID, extnValue: value })];
  }
  basic.certs = (change.certificates ?? [signer.certificate]).map(pkijsCertificate);
  await basic.sign(signer.keys.privateKey, "SHA-256");
  if (change.flip) basic.signature.valueBlock.valueHexView[20]! ^= 1;
  const der = (schema: asn1js.AsnType) => new Uint8Array(schema.toBER());
  const whole = new pkijs.OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: change.responseStatus ?? 0 }),
    responseBytes: new pkijs.ResponseBytes({
      responseType: "1.3.6.1.5.5.7.48.1.1",
      response: new asn1js.OctetString({ valueHex: der(basic.toSchema()) }),
    }),
  });
  return der(whole.toSchema());
}

async function ask(
  change: Answering = {},
  settings?: IssuerRevocation,
): Promise<{ readonly status: string; readonly why: string | undefined }> {
  const faults: string[] = [];
  const check = revocationBySettings({
    clock: fixedClock(at),
    fetch: (_, __, request) => answer(request!, change),
    onFault: (_, why) => faults.push(why),
    ...(settings && { settingsFor: () => settings }),
  });
  const { status } = (await check(card.certificate, issuer.certificate)) as RevocationAnswer;
  return { status, why: faults[0] };
}

test("the rules of an answer, one by one", async () => {
  const wrongPurpose = await certify(issuer, { purpose: "1.3.6.1.5.5.7.3.2" });
  const expired = await certify(issuer, { notAfter: "2026-05-31" });
  const foreign = await certify(other);
  const neighbour = await certify(issuer, { serial: "00a1b2c4" });
  const designated: IssuerRevocation = { ocsp: { responder: foreign.certificate } };
  const cases: [string, Answering, string, (string | undefined)?, IssuerRevocation?][] = [
    ["good", {}, "good"],
    ["revoked", { status: "revoked" }, "revoked"],
    ["unknown", { status: "unknown" }, "unknown"],
    ["response status: try later", { responseStatus: 3 }, "unavailable", "response status 3"],
    ["response status: unauthorised", { responseStatus: 6 }, "unavailable", "response status 6"],
    ["no single response", { none: true }, "unavailable", "not exactly one response"],
    ["two single responses", { twice: true }, "unavailable", "not exactly one response"],
    ["another certificate", { about: neighbour.certificate }, "unavailable", "about another certificate"],
    ["no responder certificate", { certificates: [] }, "unavailable", "no responder certificate"],
    [
      "responder certificate not first",
      { certificates: [neighbour.certificate, delegate.certificate] },
      "unavailable",
      "signature does not verify",
    ],
    ["signature changed", { flip: true }, "unavailable", "signature does not verify"],
    ["delegate for another purpose", { signer: wrongPurpose }, "unavailable", "responder may not sign answers"],
    ["the issuer itself, no delegate", { signer: issuer }, "unavailable", "responder may not sign answers"],
    ["delegate out of date", { signer: expired }, "unavailable", "responder certificate is not valid now"],
    ["delegate of another authority", { signer: foreign }, "unavailable", "responder is of another authority"],
    ["designated responder", { signer: foreign }, "good", undefined, designated],
    ["not the designated responder", {}, "unavailable", "not the designated responder", designated],
    ["15 minutes ahead", { thisUpdate: "2026-06-01T00:25:00Z" }, "good"],
    ["more than 15 minutes ahead", { thisUpdate: "2026-06-01T00:25:01Z" }, "unavailable", "answer is from the future"],
    ["two minutes old", { thisUpdate: "2026-06-01T00:08:00Z" }, "good"],
    ["older than two minutes", { thisUpdate: "2026-06-01T00:07:59Z" }, "unavailable", "answer is too old"],
    [
      "older, where the issuer's responder needs it",
      { thisUpdate: "2026-05-31T13:00:00Z" },
      "good",
      undefined,
      { ocsp: { maxAgeMs: 12 * 3_600_000 } },
    ],
    ["next update 15 minutes past", { thisUpdate: "2026-06-01T00:08:00Z", nextUpdate: at }, "good"],
    [
      "next update longer past",
      { thisUpdate: "2026-05-31T23:00:00Z", nextUpdate: "2026-05-31T23:54:59Z" },
      "unavailable",
      "answer is out of date",
      { ocsp: { maxAgeMs: 12 * 3_600_000 } },
    ],
    [
      "next update before this one",
      { nextUpdate: "2026-06-01T00:09:59Z" },
      "unavailable",
      "next update before this one",
    ],
    ["another nonce", { nonce: "other" }, "unavailable", "another nonce"],
    ["no nonce", { nonce: "none" }, "unavailable", "another nonce"],
    ["no nonce, as known of this responder", { nonce: "none" }, "good", undefined, { ocsp: { nonce: false } }],
  ];
  for (const [name, change, status, why, settings] of cases)
    assert.deepEqual(await ask(change, settings), { status, why }, name);
});

test("no changed byte of an answer is believed", async () => {
  let request = new Uint8Array();
  const options = { clock: fixedClock(at), onFault: () => undefined };
  const whole = await new Promise<Uint8Array>((done) => {
    const check = revocationBySettings({
      ...options,
      fetch: async (_, __, asked) => {
        request = new Uint8Array(asked!);
        done(await answer(request));
        throw new Error("taken");
      },
    });
    void check(card.certificate, issuer.certificate);
  });
  const extensions = children(children(readDer(request))[0]!).find(({ tag }) => tag === 0xa2)!;
  const [, outer] = children(children(children(extensions)[0]!)[0]!);
  const asked = {
    certId: certificateId(card.certificate, issuer.certificate),
    issuer: issuer.certificate,
    nonce: readDer(outer!.content).content,
    now: new Date(at),
  };
  assert.equal(ocspFault(readOcspResponse(whole), asked), undefined);
  fc.assert(
    fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
      const changed = new Uint8Array(whole);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      try {
        return ocspFault(readOcspResponse(changed), asked) !== undefined;
      } catch {
        return true;
      }
    }),
    { numRuns: 400 },
  );
});

test("a responder that is down: a good answer stands in for two minutes, nothing else ever does", async () => {
  const clock = fixedClock(at);
  let mode: Answering | "down" = {};
  const check = revocationBySettings({
    clock,
    fetch: (_, __, request) => {
      if (mode === "down") return Promise.reject(new Error("down"));
      return answer(request!, { thisUpdate: clock.now().toISOString(), ...mode });
    },
  });
  const status = async () => ((await check(card.certificate, issuer.certificate)) as RevocationAnswer).status;
  mode = "down";
  assert.equal(await status(), "unavailable", "nothing known yet");
  mode = {};
  assert.equal(await status(), "good");
  mode = "down";
  clock.advance(2 * 60_000);
  assert.equal(await status(), "good");
  clock.advance(1_000);
  assert.equal(await status(), "unavailable");
  mode = {};
  assert.equal(await status(), "good");
  mode = { nonce: "other" };
  assert.equal(await status(), "unavailable", "a wrong answer is no outage");
  mode = "down";
  assert.equal(await status(), "unavailable", "and ends what stood in");
  mode = { status: "revoked" };
  assert.equal(await status(), "revoked", "at once, whatever was good before");
  mode = "down";
  assert.equal(await status(), "unavailable");
});

test("the list is a second source where the issuer's settings say so, and no excuse elsewhere", async () => {
  const list = async (revoked: boolean) =>
    new Uint8Array(
      (
        await X509CrlGenerator.create({
          issuer: issuer.name,
          thisUpdate: new Date("2026-06-01T00:00:00Z"),
          nextUpdate: new Date("2026-06-01T01:00:00Z"),
          signingKey: issuer.keys.privateKey,
          signingAlgorithm: ecdsa,
          entries: revoked ? [{ serialNumber: "00a1b2c3", revocationDate: new Date("2026-05-01") }] : [],
          extensions: [new CertificateExtension("2.5.29.20", false, Buffer.from([2, 1, 5]))],
        })
      ).rawData,
    );
  const lists = { standing: await list(false), revoked: await list(true) };
  const check = async (
    use: IssuerRevocation["list"],
    responder: Answering | "down",
    listed: keyof typeof lists | "down",
  ) => {
    const fetch: NonNullable<RevocationOptions["fetch"]> = async (url, _, request) => {
      if (request && responder !== "down") return answer(request, responder);
      if (!request && url === listUrl && listed !== "down") return lists[listed];
      throw new Error("down");
    };
    const settingsFor = () => ({ ...(use && { list: use }) });
    const ask = revocationBySettings({ clock: fixedClock(at), fetch, settingsFor });
    const got = await ask(card.certificate, issuer.certificate);
    return typeof got === "string" ? got : got.status;
  };
  const cases: [IssuerRevocation["list"], Answering | "down", keyof typeof lists | "down", string][] = [
    [undefined, "down", "standing", "unavailable"],
    [undefined, {}, "revoked", "good"],
    ["responder-silent", "down", "standing", "good"],
    ["responder-silent", "down", "revoked", "revoked"],
    ["responder-silent", "down", "down", "unavailable"],
    ["responder-silent", { nonce: "none" }, "revoked", "revoked"],
    ["responder-silent", { status: "revoked" }, "standing", "revoked"],
    ["always", {}, "standing", "good"],
    ["always", {}, "revoked", "revoked"],
    ["always", {}, "down", "unavailable"],
    ["always", "down", "standing", "unavailable"],
    ["always", { status: "unknown" }, "standing", "unknown"],
  ];
  for (const [use, responder, listed, expected] of cases)
    assert.equal(await check(use, responder, listed), expected, `${use} ${JSON.stringify(responder)} ${listed}`);
});

test("what the responder said goes with the verdict, so that its hash can be kept", async () => {
  const revocation = revocationBySettings({ clock: fixedClock(at), fetch: (_, __, request) => answer(request!) });
  const given = { trustedIssuers: [issuer.certificate], revocation, clock: fixedClock(at) };
  const checked = await checkCertificate(card.certificate, { ...given, purpose: "authentication" });
  assert.ok(checked.valid && checked.evidence);
  assert.equal(readOcspResponse(checked.evidence).responses[0]?.status, "good");
});
