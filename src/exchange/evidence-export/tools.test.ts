import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { makeCertificateAuthority } from "../authority/certificates.ts";
import { issueSeal, signSealRequest } from "../authority/seal-certificates.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { putKeyFile } from "../key-file.ts";
import { testFolder } from "../testing.ts";
import { mediaType } from "./container.ts";
import { packedFiles, unpackedFiles } from "./testing.ts";
import { manifestOf } from "./xml-text.ts";
import { sealFiles } from "./xades-write.ts";

/** Programs that others wrote look at a container of ours; each is skipped where it is not installed. */
function missing(program: string, argument: string): string | false {
  return spawnSync(program, [argument]).error === undefined ? false : `${program} is not installed`;
}

const now = new Date();
const folder = testFolder();
const { key, cert } = await makeCertificateAuthority("TW", now);
await putKeyFile(folder, "certificate-authority.json", JSON.stringify({ key, cert }));
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keyid = jwkThumbprint(createPublicKey(privateKey).export({ format: "jwk" }));
const applicant = {
  member: "TW/GOV/REG",
  name: "戶政 & <registry>",
  signingKey: { keyid, key: createPublicKey(privateKey) },
};
const given = await issueSeal(
  { keysFolder: folder, instance: "TW", clock: { now: () => now }, applicant: async () => applicant },
  await signSealRequest(
    { instance: "TW", issuedAt: now.toISOString(), gateway: "TW/GOV/REG/gw1" },
    { keyid, privateKey },
  ),
);
assert.ok(given.ok);
const certificate = new X509Certificate(given.value.certificate);
const revocationAnswer = Buffer.from(given.value.revocationAnswer, "base64");
const contents = [
  {
    name: "message.xml",
    mediaType: "text/xml",
    content: Buffer.from("GET\r\n/r1/TW/GOV/REG/people/open\r\nx-road-id:1\r\n"),
  },
  { name: "evidence/record.json", mediaType: 'text/"odd" & <type>', content: Buffer.from("{}") },
];
const listed = contents.map((file) => ({ ...file, sha512: createHash("sha512").update(file.content).digest() }));
const container = join(folder, "made.asice");
writeFileSync(
  container,
  await packedFiles([
    ["mimetype", Buffer.from(mediaType)],
    ...contents.map(({ name, content }) => [name, content] as const),
    ["META-INF/signatures.xml", await sealFiles(listed, { key: privateKey, certificate, revocationAnswer }, now)],
    ["META-INF/manifest.xml", manifestOf(listed)],
  ]),
);
for (const [name, content] of await unpackedFiles(readFileSync(container))) {
  mkdirSync(join(folder, "out", dirname(name)), { recursive: true });
  writeFileSync(join(folder, "out", name), content);
}
writeFileSync(join(folder, "ca.pem"), cert);
writeFileSync(join(folder, "seal.pem"), given.value.certificate);
writeFileSync(join(folder, "ocsp.der"), revocationAnswer);

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${program}: ${stdout}${stderr}`);
  return stdout + stderr;
}

const signatures = "out/META-INF/signatures.xml";
const ids = ["--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "--trusted-pem", "ca.pem"];
const maps = contents.flatMap(({ name }) => [`--url-map:/${name}`, join(folder, "out", name)]);

test("xmlsec1 verifies the seal, and not over another message", { skip: missing("xmlsec1", "--version") }, () => {
  assert.match(run("xmlsec1", ["--verify", ...ids, ...maps, signatures]), /\(ok\/all\): 3\/3/);
  const wrong = maps.map((one) => (one.startsWith("--") ? one : join(folder, "ca.pem")));
  assert.throws(() => run("xmlsec1", ["--verify", ...ids, ...wrong, signatures]), /\(ok\/all\): 0\/1|FAIL/);
});

test("openssl accepts the certificate and its revocation answer", { skip: missing("openssl", "version") }, () => {
  assert.match(run("openssl", ["verify", "-CAfile", "ca.pem", "seal.pem"]), /seal\.pem: OK/);
  const said = run("openssl", [
    "ocsp",
    "-respin",
    "ocsp.der",
    "-issuer",
    "ca.pem",
    "-cert",
    "seal.pem",
    "-CAfile",
    "ca.pem",
  ]);
  assert.match(said, /Response verify OK/);
  assert.match(said, /seal\.pem: good/);
});

test(
  "unzip and Python read the container, mimetype first and stored",
  { skip: missing("unzip", "-v") || missing("python3", "-V") },
  () => {
    run("unzip", ["-tq", "made.asice"]);
    const script =
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.infolist()[0]; print(z.testzip(), i.filename, i.compress_type, len(i.extra), z.comment.decode())";
    assert.equal(run("python3", ["-c", script, container]).trim(), `None mimetype 0 0 mimetype=${mediaType}`);
  },
);
