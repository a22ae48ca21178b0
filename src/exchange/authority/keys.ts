import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { keyFile } from "../key-file.ts";
import { makeCertificateAuthority } from "./certificates.ts";

/** The authority's secrets, from its keys folder; made on the first start. */
export interface AuthorityKeys {
  readonly signingKey: KeyObject;
  /** Raw public key of `signingKey`, base64url. */
  readonly anchor: string;
  readonly certificateAuthority: { readonly key: string; readonly cert: string };
}

export async function authorityKeys(folder: string, instance: string, now: Date): Promise<AuthorityKeys> {
  const pem = await keyFile(folder, "configuration.key.pem", async () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  const ca = JSON.parse(
    await keyFile(folder, "certificate-authority.json", async () =>
      JSON.stringify(await makeCertificateAuthority(instance, now)),
    ),
  ) as { key: string; cert: string };
  const signingKey = createPrivateKey(pem);
  const anchor = createPublicKey(signingKey).export({ format: "jwk" }).x;
  if (anchor === undefined) throw Object.assign(new Error("the authority's key is not Ed25519"), { code: "key-wrong" });
  return { signingKey, anchor, certificateAuthority: ca };
}
