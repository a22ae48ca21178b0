import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { bufferAccess } from "./open-file.ts";
import { packedFiles, unpackedFiles, type Files } from "./testing.ts";
import { trustFromSharedParams } from "./trust.ts";
import type { EvidenceVerdict } from "./verdict.ts";
import { verifyContainer } from "./verify.ts";

const read = (name: string): Buffer => readFileSync(new URL(`./vectors/${name}`, import.meta.url));
const trust = trustFromSharedParams(read("trust/shared-params.xml"));
const names = ["valid-non-batch-rest.asice", "valid-signed-hashchain.asice"] as const;
const verify = (bytes: Buffer): Promise<EvidenceVerdict> => verifyContainer(bufferAccess(bytes), { trust });
const first = async (bytes: Buffer): Promise<string | undefined> => (await verify(bytes)).findings[0]?.code;
const signatures = "META-INF/signatures.xml";
const rest = await unpackedFiles(read(names[0]));
const chained = await unpackedFiles(read(names[1]));

/** A published container with one file changed, packed anew. */
function changed(files: Files, name: string, change: (was: string) => string): Promise<Buffer> {
  const was = files.get(name)!.toString("latin1");
  const next = change(was);
  assert.notEqual(next, was, "the change must change something");
  return packedFiles(new Map(files).set(name, Buffer.from(next, "latin1")));
}

test("packed anew and untouched they are valid, so that the tables below can fail", async () => {
  for (const files of [rest, chained]) assert.equal((await verify(await packedFiles(files))).verdict, "valid");
});

for (const files of [rest, chained]) {
  test(`a bit changed anywhere in what was signed makes it invalid: ${[...files.keys()].length} files`, async () => {
    const untouched = packedFiles(files).then(verify);
    for (const [name, content] of files) {
      // The list of files is under no signature and says nothing that counts.
      if (name === "META-INF/manifest.xml") continue;
      const step = Math.max(1, Math.floor(content.length / 9));
      for (let at = 0; at < content.length; at += step) {
        const other = Buffer.from(content);
        other[at]! ^= 1;
        const { verdict, facts } = await verify(await packedFiles(new Map(files).set(name, other)));
        // Behind the signature lie answers and stamps that carry their own signatures, and copies of certificates which
        // nothing is believed from: there a bit may change, but never what the verdict says.
        const outside =
          name === "META-INF/timestamp.tst" ||
          (name === signatures && content.subarray(0, at).includes("<xades:UnsignedProperties>"));
        if (outside && verdict === "valid") assert.deepEqual(facts, (await untouched).facts);
        else assert.equal(verdict, "invalid", `${name} at ${at}: ${JSON.stringify(String.fromCharCode(content[at]!))}`);
      }
    }
  });
}

const bomb =
  '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';
const xmlAttacks: readonly (readonly [what: string, change: (was: string) => string, code: string])[] = [
  ["entities that grow", (was) => was.replace("?>", `?>${bomb}`), "xml-refused"],
  [
    "an external entity",
    (was) => was.replace("?>", '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "xml-refused",
  ],
  ["a document type in small letters and another encoding", (was) => was.replace("UTF-8", "UTF-7"), "xml-refused"],
  ["bytes that are no UTF-8", (was) => was.replace("<ds:Object>", "<!--\xff--><ds:Object>"), "xml-refused"],
  ["no XML", () => "{}", "xml-refused"],
  ["SHA-1 in a reference", (was) => was.replace("2001/04/xmlenc#sha512", "2000/09/xmldsig#sha1"), "algorithm-refused"],
  [
    "MD5 in a reference",
    (was) => was.replace("2001/04/xmlenc#sha512", "2001/04/xmldsig-more#md5"),
    "algorithm-refused",
  ],
  [
    "RSA with SHA-1",
    (was) => was.replace("2001/04/xmldsig-more#rsa-sha512", "2000/09/xmldsig#rsa-sha1"),
    "algorithm-refused",
  ],
  [
    "HMAC with the public key",
    (was) => was.replace("xmldsig-more#rsa-sha512", "xmldsig-more#hmac-sha256"),
    "algorithm-refused",
  ],
  [
    "a canonicalization that keeps comments",
    (was) => was.replace('xml-exc-c14n#"', 'xml-exc-c14n#WithComments"'),
    "algorithm-refused",
  ],
  [
    "a transform of a file",
    (was) =>
      was.replace(
        "<ds:DigestMethod",
        '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms><ds:DigestMethod',
      ),
    "signature-malformed",
  ],
  [
    "an id twice",
    (was) => was.replace("<ds:KeyInfo>", `<ds:KeyInfo Id="${/<xades:SignedProperties Id="([^"]+)/.exec(was)![1]}">`),
    "signature-ids-repeated",
  ],
  [
    "a second signature",
    (was) =>
      was
        .replace(
          "<ds:Signature ",
          '<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/><ds:Signature ',
        )
        .replace(/$/, "</asic:XAdESSignatures>"),
    "signature-malformed",
  ],
  [
    "a second Object before the signed one",
    (was) => was.replace("<ds:Object>", "<ds:Object/><ds:Object>"),
    "signature-malformed",
  ],
  [
    "signed properties wrapped, others in their place",
    (was) => {
      const [signed] = /<xades:SignedProperties.*<\/xades:SignedProperties>/s.exec(was)!;
      const other = signed
        .replace(/Id="[^"]+"/, 'Id="other"')
        .replace(/<xades:SigningTime>[^<]+/, "<xades:SigningTime>2020-01-01T00:00:00Z");
      const moved = signed.replace(
        "SignedProperties ",
        'SignedProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" ',
      );
      return was.replace(signed, other).replace("</ds:Object>", `${moved}</ds:Object>`);
    },
    "signature-malformed",
  ],
  [
    "no reference to the signed properties",
    (was) => was.replace(' Type="http://uri.etsi.org/01903#SignedProperties"', ""),
    "signature-malformed",
  ],
  [
    "a reference out of the container",
    (was) => was.replace('URI="/message.xml"', 'URI="file:///etc/passwd"'),
    "signature-malformed",
  ],
  ["no signature value", (was) => was.replace(/<ds:SignatureValue.*<\/ds:SignatureValue>/s, ""), "signature-malformed"],
];
for (const [what, change, code] of xmlAttacks) {
  test(`refused: ${what}`, async () => {
    assert.equal(await first(await changed(rest, signatures, change)), code);
  });
}

const chainAttacks: readonly (readonly [what: string, change: (was: string) => string, code: string])[] = [
  [
    "a step that leads to itself",
    (was) => was.replace(/<ns2:DataRef.*<\/ns2:DataRef>/s, '<ns2:StepRef URI="#STEP0"/>'),
    "hashchain-malformed",
  ],
  [
    "a step that is not there",
    (was) => was.replace(/<ns2:DataRef.*<\/ns2:DataRef>/s, '<ns2:StepRef URI="#STEP9"/>'),
    "hashchain-malformed",
  ],
  [
    "another file's digest in the message's place",
    (was) => was.replace(/mET[^<]+/, "A".repeat(86) + "=="),
    "digest-mismatch",
  ],
  ["SHA-1", (was) => was.replace("2001/04/xmlenc#sha512", "2000/09/xmldsig#sha1"), "algorithm-refused"],
  ["another part's digest", (was) => was.replace(/YoZ[^<]+/, `${"A".repeat(86)}==`), "hashchain-mismatch"],
];
for (const [what, change, code] of chainAttacks) {
  test(`a hash chain is refused: ${what}`, async () => {
    assert.equal(await first(await changed(chained, "sig-hashchain.xml", change)), code);
  });
}

test("an attachment that the chain does not cover, and one that it covers otherwise, are refused", async () => {
  const more = new Map(chained).set("attachment2", Buffer.from("x"));
  assert.equal(await first(await packedFiles(more)), "hashchain-unused-inputs");
  const other = new Map(chained).set("attachment1", Buffer.from("x"));
  assert.equal(await first(await packedFiles(other)), "digest-mismatch");
});

test("who is not trusted, was revoked, expired or stamped by nobody known is told apart", async () => {
  const bytes = read(names[0]);
  const by = async (o: Parameters<typeof verifyContainer>[1]) => {
    const { verdict, findings } = await verifyContainer(bufferAccess(bytes), o);
    return [verdict, findings[0]?.code];
  };
  assert.deepEqual(await by({}), ["indeterminate", "time-stamp-unchecked"]);
  assert.deepEqual(await by({ trust: { ...trust, timeStampAuthorities: "" } }), [
    "indeterminate",
    "time-stamp-unchecked",
  ]);
  assert.deepEqual(await by({ trust: { ...trust, authorities: [] } }), ["invalid", "certificate-untrusted"]);
  assert.deepEqual(await by({ trust: { ...trust, ocspFreshSeconds: 60 } }), ["invalid", "ocsp-stale"]);
  const [authority] = trust.authorities;
  const strange = { ...trust, authorities: [{ ...authority!, responders: [] }] };
  assert.deepEqual(await by({ trust: strange }), ["valid", undefined], "its authority made the responder for this");
  const otherStamps = { ...trust, timeStampAuthorities: authority!.responders.join("\n") };
  assert.deepEqual(await by({ trust: otherStamps }), ["invalid", "time-stamp-invalid"]);
});

/** A ZIP file written by hand, with whatever is wrong. */
function zip(
  entries: readonly {
    name: string;
    content?: Buffer;
    local?: string;
    packed?: Buffer;
    size?: number;
    flags?: number;
    attributes?: number;
  }[],
  o: { between?: Buffer; comment?: string; after?: Buffer } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    content = Buffer.from("x"),
    local = name,
    packed,
    size = content.length,
    flags = 0,
    attributes = 0,
  } of entries) {
    const data = packed ?? content;
    const [own, shown] = [Buffer.from(name), Buffer.from(local)];
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(flags, 6);
    head.writeUInt16LE(packed ? 8 : 0, 8);
    for (const [at, value] of [
      [14, crc32(content)],
      [18, data.length],
      [22, size],
    ] as const)
      head.writeUInt32LE(value, at);
    head.writeUInt16LE(shown.length, 26);
    const listed = Buffer.alloc(46);
    listed.writeUInt32LE(0x02014b50, 0);
    listed.writeUInt16LE(flags, 8);
    listed.writeUInt16LE(packed ? 8 : 0, 10);
    for (const [at, value] of [
      [16, crc32(content)],
      [20, data.length],
      [24, size],
      [38, attributes],
      [42, offset],
    ] as const)
      listed.writeUInt32LE(value, at);
    listed.writeUInt16LE(own.length, 28);
    directory.push(Buffer.concat([listed, own]));
    parts.push(head, shown, data);
    offset += head.length + shown.length + data.length;
  }
  const between = o.between ?? Buffer.alloc(0);
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset + between.length, 16);
  end.writeUInt16LE(o.comment?.length ?? 0, 20);
  return Buffer.concat([...parts, between, list, end, Buffer.from(o.comment ?? ""), o.after ?? Buffer.alloc(0)]);
}

const mimetype = { name: "mimetype", content: Buffer.from("application/vnd.etsi.asic-e+zip") };
const zeros = Buffer.alloc(20 * 1024 ** 2);
const zipAttacks: readonly (readonly [what: string, bytes: Buffer, code: string])[] = [
  ["nothing", Buffer.alloc(0), "zip-malformed"],
  ["no ZIP", Buffer.from("PK".repeat(100)), "zip-malformed"],
  ["bytes behind the end", zip([mimetype], { after: Buffer.from("x") }), "zip-malformed"],
  [
    "a second end inside the comment",
    zip([mimetype], { comment: zip([mimetype]).toString("latin1") }),
    "zip-malformed",
  ],
  ["bytes between entries and directory", zip([mimetype], { between: Buffer.from("hidden") }), "zip-malformed"],
  ["bytes before the first entry", Buffer.concat([Buffer.from("MZ"), zip([mimetype])]), "zip-malformed"],
  ["another name in the local header", zip([mimetype, { name: "message.xml", local: "massage.xml" }]), "zip-malformed"],
  ["an encrypted entry", zip([mimetype, { name: "a", flags: 1 }]), "zip-malformed"],
  ["a name twice", zip([mimetype, { name: "a" }, { name: "a" }]), "zip-duplicate-entry"],
  ["a name twice but for its case", zip([mimetype, { name: "a" }, { name: "A" }]), "zip-duplicate-entry"],
  ["a way out", zip([mimetype, { name: "../a" }]), "zip-name-refused"],
  ["a way out inside", zip([mimetype, { name: "a/../../b" }]), "zip-name-refused"],
  ["an absolute name", zip([mimetype, { name: "/etc/passwd" }]), "zip-name-refused"],
  ["a name with a backslash", zip([mimetype, { name: "a\\b" }]), "zip-name-refused"],
  ["a name with a drive", zip([mimetype, { name: "c:a" }]), "zip-name-refused"],
  ["a name that ends early", zip([mimetype, { name: "message.xml\0.txt" }]), "zip-name-refused"],
  ["a name that reads backwards", zip([mimetype, { name: "a\u202etxt" }]), "zip-name-refused"],
  ["a link", zip([mimetype, { name: "a", attributes: 0xa1ff0000 }]), "zip-name-refused"],
  ["a bomb", zip([mimetype, { name: "a", content: zeros, packed: deflateRawSync(zeros) }]), "zip-too-large"],
  [
    "an entry longer than it says",
    zip([{ ...mimetype, packed: deflateRawSync(Buffer.concat([mimetype.content, Buffer.alloc(9)])) }]),
    "zip-damaged",
  ],
  [
    "bytes behind a packed entry",
    zip([{ ...mimetype, packed: Buffer.concat([deflateRawSync(mimetype.content), Buffer.from("xx")]) }]),
    "zip-damaged",
  ],
  ["packed bytes that are none", zip([{ ...mimetype, packed: Buffer.alloc(20, 255) }]), "zip-damaged"],
  ["1,001 entries", zip([mimetype, ...Array.from({ length: 1000 }, (_, at) => ({ name: `a${at}` }))]), "zip-too-large"],
  ["no mimetype", zip([{ name: "message.xml" }]), "container-incomplete"],
  ["another mimetype", zip([{ name: "mimetype", content: Buffer.from("application/epub+zip") }]), "mimetype-wrong"],
  ["another comment", zip([mimetype], { comment: "hello" }), "mimetype-wrong"],
  ["no signature", zip([mimetype, { name: "message.xml" }]), "container-incomplete"],
];
for (const [what, bytes, code] of zipAttacks) {
  test(`a ZIP file is refused: ${what}`, async () => assert.equal(await first(bytes), code));
}

test("cut off anywhere, it is refused and never a fault", async () => {
  const bytes = read(names[0]);
  for (let length = 0; length < bytes.length; length += 97) {
    assert.equal((await verify(bytes.subarray(0, length))).verdict, "invalid");
  }
});
