import "reflect-metadata";
import { createPrivateKey, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const day = 86_400_000;
export const ecdsa = (hash: string): { readonly name: "ECDSA"; readonly hash: string } => ({ name: "ECDSA", hash });

/** The authority's certificates and the keys it signs with. */
export interface AuthorityKeys {
  readonly root: X509Certificate;
  readonly issuer: X509Certificate;
  readonly key: CryptoKey;
  /** Signs the responder's answers, so that the issuing key stays out of reach of those who ask. */
  readonly delegate: X509Certificate;
  readonly delegateKey: CryptoKey;
}

const nameOf = (commonName: string) =>
  new Name([
    { C: [{ printableString: "TW" }] },
    { O: [{ utf8String: "Taroko demonstration" }] },
    { CN: [{ utf8String: commonName }] },
  ]);

/** A serial number of full length, hexadecimal. */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40; // positive and of full length in DER
  return bytes.toString("hex");
}

async function makeKeys(folder: string, now: Date): Promise<AuthorityKeys> {
  const curve = { name: "ECDSA", namedCurve: "P-384" };
  const rootKeys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const issuerKeys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const from = new Date(now.getTime() - 30 * 365 * day); // the demonstration has personas whose cards have expired
  const usages = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: nameOf("Taroko demonstration card root"),
    notBefore: from,
    notAfter: new Date(now.getTime() + 20 * 365 * day),
    keys: rootKeys,
    signingAlgorithm: ecdsa("SHA-384"),
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      usages,
      await SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const issuer = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: nameOf("Taroko demonstration citizen cards"),
    issuer: root.subjectName,
    notBefore: from,
    notAfter: new Date(now.getTime() + 10 * 365 * day),
    publicKey: issuerKeys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ecdsa("SHA-384"),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      usages,
      await SubjectKeyIdentifierExtension.create(issuerKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  // The root's key is not kept: its one certificate is made.
  const set = {
    root: root.toString("base64"),
    issuer: issuer.toString("base64"),
    issuerKey: await pemOf(issuerKeys.privateKey),
    ...(await makeDelegate(issuer, issuerKeys.privateKey)),
  };
  await keep(folder, set);
  return readKeys(folder);
}

async function pemOf(key: CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", key));
  return String(
    createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" }),
  );
}

/** One rename makes the whole set appear or nothing of it. */
async function keep(folder: string, set: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "authority.json.new"), JSON.stringify(set), { mode: 0o600 });
  await rename(join(folder, "authority.json.new"), join(folder, "authority.json"));
}

/** The responder's certificate: by the authority it answers for (RFC 6960 section 4.2.2.2), and not itself asked about. */
async function makeDelegate(
  issuer: X509Certificate,
  key: CryptoKey,
): Promise<{ readonly delegate: string; readonly delegateKey: string }> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: nameOf("Taroko demonstration card status"),
    issuer: issuer.subjectName,
    notBefore: issuer.notBefore,
    notAfter: issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey: key,
    signingAlgorithm: ecdsa("SHA-384"),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.9"]),
      new Extension("1.3.6.1.5.5.7.48.1.5", false, Buffer.from([5, 0])),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { delegate: certificate.toString("base64"), delegateKey: await pemOf(keys.privateKey) };
}

async function readKeys(folder: string): Promise<AuthorityKeys> {
  let set = JSON.parse(await readFile(join(folder, "authority.json"), "utf8")) as Record<string, string>;
  const keyOf = (name: string) =>
    crypto.subtle.importKey(
      "pkcs8",
      createPrivateKey(set[name]!).export({ format: "der", type: "pkcs8" }),
      { name: "ECDSA", namedCurve: "P-384" },
      false,
      ["sign"],
    );
  const issuer = new X509Certificate(set["issuer"]!);
  const key = await keyOf("issuerKey");
  if (!set["delegate"]) {
    set = { ...set, ...(await makeDelegate(issuer, key)) };
    await keep(folder, set);
  }
  return {
    root: new X509Certificate(set["root"]!),
    issuer,
    key,
    delegate: new X509Certificate(set["delegate"]!),
    delegateKey: await keyOf("delegateKey"),
  };
}

/** The authority's keys; made at the first start, readable by this user only. */
export async function openAuthorityKeys(folder: string, now: Date): Promise<AuthorityKeys> {
  return existsSync(join(folder, "authority.json")) ? readKeys(folder) : makeKeys(folder, now);
}
