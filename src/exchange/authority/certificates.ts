import "reflect-metadata";
import { createPublicKey, webcrypto, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const minute = 60_000;
const day = 24 * 60 * minute;

/** How long a gateway's TLS certificate lives: short enough that revocation is "do not renew" (reference 3.1). */
export const certificateDays = 7;

/** A certificate authority for gateways: ECDSA P-256, its own certificate for ten years. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  /** Issues a certificate for both ends of mutual TLS. @throws when the request's own signature is wrong */
  issue(o: { csrPem: string; gateway: string; host: string; now: Date }): Promise<IssuedCertificate>;
}

export interface IssuedCertificate {
  readonly pem: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly sha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

/** Makes the certificate authority's key and certificate, as PEM texts for the keys folder. */
export async function makeCertificateAuthority(instance: string, now: Date): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name([{ O: [instance] }, { CN: [`${instance} gateway authority`] }]).toJSON(),
    serialNumber: serial(),
    notBefore: new Date(now.getTime() - 5 * minute),
    notAfter: new Date(now.getTime() + 3650 * day),
    signingAlgorithm: algorithm,
    keys: keys as unknown as CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as unknown as CryptoKey),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), cert: cert.toString("pem") };
}

/** Opens a certificate authority from its PEM texts. */
export async function openCertificateAuthority(pem: { key: string; cert: string }): Promise<CertificateAuthority> {
  const der = x509.PemConverter.decodeFirst(pem.key);
  const signingKey = (await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, [
    "sign",
  ])) as unknown as CryptoKey;
  const own = new x509.X509Certificate(pem.cert);
  return {
    certificatePem: pem.cert,
    async issue({ csrPem, gateway, host, now }) {
      const request = new x509.Pkcs10CertificateRequest(csrPem);
      if (!(await request.verify())) throw new Error("the certificate request is not signed by its own key");
      const publicKey = await request.publicKey.export();
      if (createPublicKey(request.publicKey.toString("pem")).asymmetricKeyDetails?.namedCurve !== "prime256v1")
        throw new Error("gateway certificates use P-256 keys");
      const cert = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: new x509.Name([{ CN: [gateway] }]).toJSON(),
        issuer: own.subject,
        notBefore: new Date(now.getTime() - 5 * minute),
        notAfter: new Date(now.getTime() + certificateDays * day),
        signingAlgorithm: algorithm,
        publicKey,
        signingKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension([{ type: isIP(host) ? "ip" : "dns", value: host }]),
          await x509.AuthorityKeyIdentifierExtension.create(own),
          await x509.SubjectKeyIdentifierExtension.create(publicKey),
        ],
      });
      return {
        pem: cert.toString("pem"),
        sha256: Buffer.from(await cert.getThumbprint("SHA-256")).toString("hex"),
        notBefore: cert.notBefore.toISOString(),
        notAfter: cert.notAfter.toISOString(),
      };
    },
  };
}

/** A certificate request for a gateway's TLS key (PKCS#8 PEM, P-256). */
export async function certificateRequest(keyPem: string, key: KeyObject, gateway: string): Promise<string> {
  const privateKey = await webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(keyPem), algorithm, true, [
    "sign",
  ]);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const publicKey = await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name([{ CN: [gateway] }]).toJSON(),
    keys: { privateKey, publicKey } as unknown as CryptoKeyPair,
    signingAlgorithm: algorithm,
  });
  return request.toString("pem");
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40; // positive and of full length
  return Buffer.from(bytes).toString("hex");
}
