import { createHash, sign, type KeyObject } from "node:crypto";
import type { Identity } from "../identity.ts";
import { readCertificate } from "../web-eid/index.ts";
import { pdfAdditions } from "./strengthen.ts";
import { completePdf, preparePdf } from "./sign-pdf.ts";
import { letterStore } from "./store.ts";
import { writeLetter, type Letter } from "./write-letter.ts";

/** An organisation's key for seals. A seal says where a document comes from; no person agreed to anything by it. */
export interface Seal {
  /** P-256 or P-384. */
  readonly key: KeyObject;
  /** DER, of an authority that the site trusts. */
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

/** Seals a PDF as of now, with time stamp and evidence where they are to be had. */
export async function sealPdf(identity: Identity, seal: Seal, pdf: Uint8Array): Promise<Uint8Array> {
  const { certificate, chain, key } = seal;
  const prepared = await preparePdf(pdf, { certificate, chain, at: identity.clock.now(), field: "Seal" });
  if (!prepared) throw Object.assign(new Error("seals are made with P-256 or P-384"), { code: "seal-key" });
  const signature = sign(prepared.hash.replace("-", ""), Buffer.from(prepared.attributes, "base64"), key);
  return completePdf(prepared, signature, await pdfAdditions(identity, readCertificate(certificate), signature));
}

/**
 * The sealed letter of this name: written, sealed and kept when it is first asked for, the same file ever after.
 * @param name of the letter among all of the site, for example `<case>/decision/7`
 */
export async function sealedLetter(
  identity: Identity,
  seal: Seal,
  name: string,
  write: () => Letter | Promise<Letter>,
): Promise<Uint8Array> {
  const store = letterStore(identity.database);
  const rowId = `letter/${name}`;
  const kept = await store.letter(name);
  if (kept) return Buffer.from(identity.keys.open(kept.sealed, rowId), "base64");
  const pdf = await sealPdf(identity, seal, await writeLetter(await write()));
  await store.keep({
    name,
    sha256: createHash("sha256").update(pdf).digest(),
    sealed: identity.keys.seal(Buffer.from(pdf).toString("base64"), rowId),
    made_at: identity.clock.now(),
  });
  // Of two that were made at once, the first that was kept counts.
  const first = await store.letter(name);
  return first ? Buffer.from(identity.keys.open(first.sealed, rowId), "base64") : pdf;
}
