import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Seal } from "#identity";
import type { CardAuthority, SealHolder } from "./card-authority.ts";

/** An organisation's seal, certified by the demonstration's authority; key and certificate are made at the first start and kept. */
export async function openSiteSeal(folder: string, authority: CardAuthority, holder: SealHolder): Promise<Seal> {
  const file = join(folder, "seal.json");
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    const certificate = await authority.certifySeal(holder, spki, "P-256");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const kept = {
      key: privateKey.export({ type: "pkcs8", format: "pem" }),
      certificate: Buffer.from(certificate).toString("base64"),
    };
    writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const { key, certificate } = JSON.parse(readFileSync(file, "utf8")) as { key: string; certificate: string };
  return {
    key: createPrivateKey(key),
    certificate: new Uint8Array(Buffer.from(certificate, "base64")),
    chain: [authority.issuer],
  };
}
