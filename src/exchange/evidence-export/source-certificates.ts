import "reflect-metadata";
import { webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { TrustedRoot } from "../configuration/root.ts";

/** Where a configuration comes from, as `shared-params.xml` says it. */
export interface ConfigurationSource {
  /** Host name of the authority. */
  readonly address: string;
  /** The keys that sign the configuration, each in a certificate: DER in base64. */
  readonly certificates: readonly string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * The keys that sign a country's configuration, in the shape in which X-Road carries bare keys: certificates whose key is all that
 * is read. This gateway signs them; they are its word, as the whole file is.
 * @see X-Road PR-GCONF, `ConfigurationSourceType`
 */
export async function sourceOf(
  root: TrustedRoot,
  o: { readonly authorityUrl: string; readonly member: string; readonly key: KeyObject; readonly until: Date },
): Promise<ConfigurationSource> {
  const { keys, roles } = root.body;
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    o.key.export({ type: "pkcs8", format: "der" }),
    algorithm,
    false,
    ["sign"],
  );
  const speaking = keys.filter(({ keyid }) => roles.configuration.keyids.includes(keyid));
  const certificates = speaking.map(async ({ keyid, public: raw }) => {
    const publicKey = await webcrypto.subtle.importKey("raw", Buffer.from(raw, "base64url"), "Ed25519", true, [
      "verify",
    ]);
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(keyid).toString("hex").slice(0, 32),
      subject: new x509.Name([{ CN: [`configuration of ${root.body.instance}`] }]).toJSON(),
      issuer: new x509.Name([{ CN: [o.member] }]).toJSON(),
      notBefore: new Date(0),
      notAfter: o.until,
      signingAlgorithm: algorithm,
      publicKey: publicKey as unknown as CryptoKey,
      signingKey: signingKey as unknown as CryptoKey,
    });
    return Buffer.from(made.rawData).toString("base64");
  });
  return { address: new URL(o.authorityUrl).hostname, certificates: await Promise.all(certificates) };
}
