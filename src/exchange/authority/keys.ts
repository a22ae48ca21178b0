import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { keptKeyFile, keyFile, putKeyFile } from "../key-file.ts";
import { anchorKeyid, publicText } from "../configuration/root.ts";
import { makeCertificateAuthority, openCertificateAuthority, type CertificateAuthority } from "./certificates.ts";
import { issuersAt, readIssuers } from "./issuers.ts";

/**
 * The authority's secrets, in its keys folder; made on the first start. They are read when they are needed, since a
 * command line may have changed them beside a running authority.
 */
export interface AuthorityKeys {
  /** Public key of root 1, base64url: what gateways are given at set-up. */
  readonly anchor: string;
  /** The private key of an id, if it lies in this folder: keys that are kept offline do not. */
  key(keyid: string): Promise<KeyObject | undefined>;
  /** Makes a key for the configuration or the root role; durable before it is answered. */
  makeKey(): Promise<{ readonly keyid: string; readonly public: string; readonly key: KeyObject }>;
  /** Who issues certificates now, and the PEM of all whom gateways trust. */
  issuing(now: Date): Promise<{ readonly authority: CertificateAuthority; readonly trusted: string }>;
  /** Adds an issuer that is trusted at once and issues from `from` on. */
  addIssuer(now: Date, from: Date): Promise<void>;
}

const firstKey = "configuration.key.pem";
const issuersFile = "certificate-authority.json";

/** A new Ed25519 key as PKCS#8 PEM. */
export function newAuthorityKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

export async function authorityKeys(folder: string, instance: string, now: Date): Promise<AuthorityKeys> {
  const anchor = publicText(createPrivateKey(await keyFile(folder, firstKey, async () => newAuthorityKey())));
  const issuers = () =>
    keyFile(folder, issuersFile, async () => {
      const made = await makeCertificateAuthority(instance, now);
      return JSON.stringify({ issuers: [{ ...made, from: new Date(0).toISOString() }] });
    });
  await issuers();
  const opened = new Map<string, Promise<CertificateAuthority>>();
  const fileOf = (keyid: string): string => (keyid === anchorKeyid(anchor) ? firstKey : `authority-${keyid}.key.pem`);
  return {
    anchor,
    async key(keyid) {
      const pem = /^[A-Za-z0-9_-]{43}$/.test(keyid) ? await keptKeyFile(folder, fileOf(keyid)) : undefined;
      return pem === undefined ? undefined : createPrivateKey(pem);
    },
    async makeKey() {
      const pem = newAuthorityKey();
      const key = createPrivateKey(pem);
      const text = publicText(key);
      const keyid = anchorKeyid(text);
      await putKeyFile(folder, fileOf(keyid), pem);
      return { keyid, public: text, key };
    },
    async issuing(at) {
      const { issuing, trusted } = issuersAt(readIssuers(await issuers()), at);
      let authority = opened.get(issuing.cert);
      if (!authority) opened.set(issuing.cert, (authority = openCertificateAuthority(issuing)));
      return { authority: await authority, trusted: trusted.map(({ cert }) => `${cert.trim()}\n`).join("") };
    },
    async addIssuer(at, from) {
      const made = await makeCertificateAuthority(instance, at);
      const all = [...readIssuers(await issuers()), { ...made, from: from.toISOString() }];
      await putKeyFile(folder, issuersFile, JSON.stringify({ issuers: all }));
    },
  };
}
