import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, mock, test } from "node:test";
import { fromBER, GeneralizedTime, Integer, Sequence, type AsnType } from "asn1js";
import { Certificate, ContentInfo, SignedData, TimeStampResp } from "pkijs";
import type { AnchorVerdict } from "../anchor.ts";
import { formatCheckpoint } from "../checkpoint.ts";
import { openTimeStampAnchor } from "./rfc3161.ts";
import {
  fileOf,
  openssl,
  opensslMissing,
  pemOf,
  someIntermediate,
  someRoot,
  someSigner,
  stamp,
  timeStampServer,
  timeStamping,
  type Certified,
} from "./testing.ts";
import { readRoots, timeStampRequest, verifyTimeStamp } from "./time-stamp.ts";

const head = { origin: "log.example/2026", size: 20n, root: randomBytes(32) };
const text = formatCheckpoint(head.origin, head.size, head.root);
const nonce = randomBytes(8);

describe("a time stamp by openssl", { skip: opensslMissing }, () => {
  const root = someRoot();
  const signer = someSigner(root);
  const roots = readRoots(pemOf(root));
  // Certificates that a test makes are valid from its second on.
  const soon = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19).replaceAll(/\D/g, "")}Z`;
  const good = stamp(signer, timeStampRequest(text, nonce));

  const check = (answer: Uint8Array, over: string = text): Promise<AnchorVerdict> =>
    verifyTimeStamp(answer, over, roots, { nonce });
  async function refuses(step: string, answer: Uint8Array, trusted = roots): Promise<void> {
    const verdict = await verifyTimeStamp(answer, text, trusted, { nonce });
    assert.deepEqual({ ...verdict, reason: "" }, { ok: false, step, reason: "" }, JSON.stringify(verdict));
  }

  test("is asked for by HTTP, kept, and verified by openssl too", async () => {
    const server = await timeStampServer((request) => stamp(signer, request));
    const anchor = openTimeStampAnchor({ name: "tsa", url: server.url, roots: pemOf(root) });
    const before = Date.now();
    const record = await anchor.publish(head);
    assert.ok(record.at.getTime() >= before && record.at.getTime() < Date.now() + 2000, "accuracy of 1.5 s included");
    assert.deepEqual(await anchor.verify(head, record), { ok: true, at: record.at, by: "Test Time Stamps" });
    const files = ["-data", fileOf(text), "-in", fileOf(record.body), "-CAfile", root.certificate];
    assert.match(openssl(["ts", "-verify", ...files]).toString(), /Verification: OK/);
    const other = await anchor.verify({ ...head, size: 21n }, record);
    assert.equal(!other.ok && other.step, "imprint");
    assert.equal((await anchor.verify(head, { ...record, suffix: "json" })).ok, false);
  });

  test("our request says version 1, SHA-256, our nonce, and wants the certificate", () => {
    const query = openssl(["ts", "-query", "-in", fileOf(timeStampRequest(text, nonce)), "-text"]).toString();
    assert.match(query, /Version: 1\nHash Algorithm: sha256/);
    assert.match(query, new RegExp(`Nonce: 0x0*${BigInt(`0x${nonce.toString("hex")}`).toString(16)}\n`, "i"));
    assert.match(query, /Certificate required: yes/);
  });

  test("stays good when the certificates have run out, because they were valid at its time", async () => {
    mock.timers.enable({ apis: ["Date"], now: new Date("2099-01-01") });
    try {
      assert.equal((await check(good)).ok, true);
    } finally {
      mock.timers.reset();
    }
  });

  for (const named of ["sha1", "sha256", "sha512"] as const) {
    test(`names its certificate by ${named}`, async () => {
      assert.equal((await check(stamp(signer, timeStampRequest(text, nonce), { named }))).ok, true);
    });
  }

  for (const kind of ["rsa", "P-384"] as const) {
    test(`may be signed with ${kind} and SHA-512`, async () => {
      const other = someRoot("Other Root", undefined, kind);
      const answer = stamp(someSigner(other, undefined, undefined, kind), timeStampRequest(text, nonce), {
        digest: "sha512",
      });
      const verdict = await verifyTimeStamp(answer, text, readRoots(pemOf(root) + pemOf(other)), { nonce });
      assert.equal(verdict.ok, true, JSON.stringify(verdict));
    });
  }

  test("may come by an intermediate authority that is in the answer", async () => {
    const between = someIntermediate(root);
    const below = someSigner(between);
    const request = timeStampRequest(text, nonce);
    assert.equal((await check(stamp(below, request, { chain: [between] }))).ok, true);
    await refuses("chain", stamp(below, request));
  });

  test("may be signed by any program", async () => assert.equal((await check(forge(signer))).ok, true));

  describe("is refused", () => {
    test("when the authority refused", async () => {
      // openssl refuses a hash that it is not configured for, in an answer of status 2 without a token.
      const query = openssl(["ts", "-query", "-data", fileOf(text), "-sha512"]);
      await refuses("status", stamp(signer, query));
    });
    test("with another nonce, or none", async () => {
      await refuses("nonce", stamp(signer, timeStampRequest(text, randomBytes(8))));
      const query = openssl(["ts", "-query", "-data", fileOf(text), "-sha256", "-no_nonce", "-cert"]);
      await refuses("nonce", stamp(signer, query));
    });
    test("over another text", async () => {
      await refuses("imprint", stamp(signer, timeStampRequest(`${text}x`, nonce)));
      const verdict = await check(good, `${text}— a signature line\n`);
      assert.equal(!verdict.ok && verdict.step, "imprint");
    });
    test("without its certificate", async () => {
      const query = openssl(["ts", "-query", "-data", fileOf(text), "-sha256"]);
      const verdict = await verifyTimeStamp(stamp(signer, query), text, roots);
      assert.equal(!verdict.ok && verdict.step, "certificate");
    });
    test("by an authority below another root, or one that was not valid at that time", async () => {
      await refuses("chain", good, readRoots(pemOf(someRoot())));
      await refuses("chain", good, readRoots(pemOf(someRoot("Another Root"))));
      for (const time of ["20010101000000Z", "20990101000000Z"]) {
        await refuses("chain", forge(signer, { time }));
      }
    });
    test("below a root that is no authority, and where the root allows no authority between", async () => {
      const weak = someRoot("No Authority", ["basicConstraints=critical,CA:FALSE"]);
      await refuses("chain", forge(someSigner(weak)), readRoots(pemOf(weak)));
      for (const longest of [1, 0]) {
        const limits = [`basicConstraints=critical,CA:TRUE,pathlen:${longest}`, "keyUsage=critical,keyCertSign"];
        const short = someRoot("Short", limits);
        const between = someIntermediate(short);
        const answer = forge(someSigner(between), { also: [between] });
        if (longest === 0) await refuses("chain", answer, readRoots(pemOf(short)));
        else assert.equal((await verifyTimeStamp(answer, text, readRoots(pemOf(short)))).ok, true);
      }
    });
    for (const [what, extensions] of [
      ["no purpose", ["basicConstraints=CA:FALSE"]],
      ["a purpose that is not critical", ["extendedKeyUsage=timeStamping"]],
      ["two purposes", ["extendedKeyUsage=critical,timeStamping,codeSigning"]],
      ["another purpose", ["extendedKeyUsage=critical,codeSigning"]],
    ] as const) {
      test(`by a certificate with ${what}`, () => refuses("purpose", forge(someSigner(root, extensions))));
    }
    test("when the signature does not name its certificate, or another one", async () => {
      await refuses("certificate", forge(signer, { named: false }));
      // The signature holds under another certificate for the same key; only the named hash tells them apart.
      const query = fileOf("");
      openssl(["req", "-new", "-key", signer.key, "-subj", "/CN=Twin", "-out", query]);
      const twin: Certified = { certificate: `${query}.pem`, key: signer.key };
      const extensions = fileOf(timeStamping.join("\n"));
      const ca = ["-CA", root.certificate, "-CAkey", root.key, "-CAcreateserial", "-extfile", extensions];
      openssl(["x509", "-req", "-in", query, ...ca, "-out", twin.certificate]);
      assert.equal((await check(forge(twin))).ok, true, "the twin itself is good");
      await refuses("certificate", swapCertificate(forge(signer), forge(twin)));
    });
    test("with content of another type, or signed as another type", async () => {
      await refuses("content", forge(signer, { type: "1.2.840.113549.1.7.1" }));
    });
    test("signed with SHA-1", () => refuses("signature", forge(signer, { digest: "sha1" })));
    test("with a time that is not in UTC", () => refuses("content", forge(signer, { time: "20261122080000+0800" })));
    test("with two signatures", async () => {
      const second = someSigner(root, timeStamping, "Second");
      await refuses("format", forge(signer, { second }));
    });
    test("cut off, lengthened, empty", async () => {
      for (const bytes of [good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), Buffer.alloc(0), randomBytes(99)])
        await refuses("format", bytes);
    });
    test("with any bit changed that a signature covers; the others change nothing in what it says", async () => {
      const token = signedOf(good);
      const certificate = token.certificates?.find((one) => one instanceof Certificate);
      const covered = [
        new Uint8Array(token.encapContentInfo.eContent!.getValue()),
        certificate!.tbsView,
        new Uint8Array(token.signerInfos[0]!.signedAttrs!.encodedValue).subarray(1), // the first byte is signed as another
      ].map((part) => {
        const from = good.indexOf(part);
        assert.ok(from > 0 && part.length > 90);
        return [from, from + part.length] as const;
      });
      const expected = await check(good);
      for (let at = 0; at < good.length; at += 4) {
        const changed = Buffer.from(good);
        changed[at]! ^= 1 << (at % 7);
        const verdict = await check(changed);
        const inside = covered.some(([from, to]) => at >= from && at < to);
        if (verdict.ok) assert.deepEqual([inside, verdict], [false, expected], `byte ${at}`);
      }
    });
  });

  /** A token signed by `openssl cms`, which signs what `openssl ts` would refuse to. */
  function forge(
    by: Certified,
    change: {
      readonly time?: string;
      readonly type?: string;
      readonly digest?: string;
      readonly named?: false;
      readonly second?: Certified;
      readonly also?: readonly Certified[];
    } = {},
  ): Buffer {
    const info = infoOf(good);
    info.valueBlock.value[4] = new GeneralizedTime({ value: change.time ?? soon });
    const out = fileOf("");
    const signers = [by, ...(change.second ? [change.second] : [])];
    openssl([
      ..."cms -sign -binary -nodetach -nosmimecap -outform DER".split(" "),
      ...`-md ${change.digest ?? "sha256"} -econtent_type ${change.type ?? "1.2.840.113549.1.9.16.1.4"}`.split(" "),
      ...(change.named === false ? [] : ["-cades"]),
      ...(change.also ?? []).flatMap(({ certificate }) => ["-certfile", certificate]),
      ...`-in ${fileOf(Buffer.from(info.toBER()))} -out ${out}`.split(" "),
      ...signers.flatMap(({ certificate, key }) => ["-signer", certificate, "-inkey", key]),
    ]);
    return wrap(fromBER(new Uint8Array(readFileSync(out)).buffer).result);
  }
});

test(
  "a server that does not answer, answers something else or too much is a fault with a code",
  { skip: opensslMissing },
  async () => {
    const server = await timeStampServer(() => 503);
    const roots = pemOf(someRoot());
    const anchor = openTimeStampAnchor({ name: "tsa", url: server.url, roots });
    for (const [answer, message] of [
      [() => 503, /status 503/],
      [() => Buffer.alloc(70_000), /longer/],
      [() => randomBytes(100), /^format/],
    ] as const) {
      server.answer = answer;
      await assert.rejects(anchor.publish(head), { code: "anchor-failed", message });
    }
    const nobody = openTimeStampAnchor({ name: "tsa", url: "http://127.0.0.1:1/", roots });
    await assert.rejects(nobody.publish(head), { code: "anchor-failed", message: "no answer" });
  },
);

test("roots that are none are refused", () => {
  for (const pem of ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
    assert.throws(() => readRoots(pem), { code: "anchor-roots-invalid" });
  }
});

function signedOf(answer: Uint8Array): SignedData {
  const { timeStampToken } = TimeStampResp.fromBER(new Uint8Array(answer).buffer);
  return new SignedData({ schema: timeStampToken!.content });
}

function infoOf(answer: Uint8Array): Sequence {
  return fromBER(signedOf(answer).encapContentInfo.eContent!.getValue()).result as Sequence;
}

/** An answer of status 0 with this token. */
function wrap(token: AsnType): Buffer {
  const status = new Sequence({ value: [new Integer({ value: 0 })] });
  return Buffer.from(new Sequence({ value: [status, token] }).toBER());
}

/** Puts the certificate of one answer, and its name, into another; both are outside the signature. */
function swapCertificate(answer: Uint8Array, other: Uint8Array): Buffer {
  const [one, two] = [signedOf(answer), signedOf(other)];
  one.certificates = two.certificates!;
  one.signerInfos[0]!.sid = two.signerInfos[0]!.sid;
  const content = new ContentInfo({ contentType: ContentInfo.SIGNED_DATA, content: one.toSchema(true) });
  return wrap(content.toSchema());
}
