import { err, isUuid, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { sealedRequest } from "./store.ts";

/** So long a signed file can be fetched; after that nobody has it but the person. */
const handOutMs = 10 * 60_000;

/** What stands ready for the person. */
export interface HandedOut {
  /** As the person called the file. */
  readonly name: string;
  readonly pdf: Uint8Array;
  readonly sha256: string;
}

/** Keeps a signed file for a while, sealed, for the session in which it was signed. Answers under which id. */
export async function handOut(
  identity: Identity,
  session: Session,
  file: HandedOut,
): Promise<{ readonly id: string; readonly expiresAt: Date }> {
  const at = identity.clock.now();
  const id = uuidV7(at);
  const expiresAt = new Date(at.getTime() + handOutMs);
  const kept = { name: file.name, sha256: file.sha256, signed: Buffer.from(file.pdf).toString("base64") };
  const sealed = identity.keys.seal(JSON.stringify(kept), id);
  await identity.store.putSignatureRequest({ id, sessionId: session.id, sealed, expiresAt });
  return { id, expiresAt };
}

/** The file, for whoever signed it and as long as it is kept. */
export async function handedOut(
  identity: Identity,
  session: Session,
  id: string,
): Promise<Result<HandedOut & { readonly expiresAt: Date }, Refusal<"signature-request-unknown">>> {
  const row = isUuid(id) ? await sealedRequest(identity.database, id, session.id) : undefined;
  if (!row || row.expires_at <= identity.clock.now()) return err(refuse("signature-request-unknown"));
  const { name, sha256, signed } = JSON.parse(identity.keys.open(row.sealed, id)) as {
    readonly name?: string;
    readonly sha256?: string;
    readonly signed?: string;
  };
  // What waits for the card lies in the same place.
  if (name === undefined || sha256 === undefined || signed === undefined)
    return err(refuse("signature-request-unknown"));
  return ok({ name, sha256, pdf: Buffer.from(signed, "base64"), expiresAt: row.expires_at });
}
