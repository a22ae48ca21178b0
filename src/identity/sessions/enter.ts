import { createHash } from "node:crypto";
import { randomToken, uuidV7 } from "#kernel";
import type { Acr, PersonStatus, Session } from "../contract.ts";
import { deviceName } from "../device.ts";
import type { Identity } from "../identity.ts";
import { tokenHash } from "../keys.ts";
import { absoluteLimitMs, toSession } from "../session.ts";
import { networkOf, type SignInAnswer } from "../sign-in.ts";
import { carryOver } from "../step-up.ts";
import type { IdentityStore } from "../store.ts";
import type { EnteringRow } from "./store.ts";

/** Who proved to be whom, and by what. */
export interface Proof {
  readonly person: EnteringRow["person"];
  readonly credential: EnteringRow["credential"];
  readonly method: string;
  readonly acr: Acr;
  readonly amr: readonly string[];
  /** base64 DER; it bears the person's number and is kept sealed. */
  readonly signingCertificate?: string | undefined;
  /** The issuer's answer about the certificate, of which the hash is kept. */
  readonly evidence?: Uint8Array | undefined;
}

export type Entered =
  | { readonly active: true; readonly token: string; readonly session: Session }
  /** The person may not sign in; nothing was opened. */
  | { readonly active: false; readonly personId: string; readonly status: PersonStatus };

/**
 * Opens a session for a person who has just proved who they are, and writes the sign-in into their record. The token is
 * always new, so one planted in the browser beforehand (session fixation) never becomes a signed-in one. A session that this
 * one replaces ends, and hands over what it stood for.
 * @param store within a transaction, if there is a session to replace or more to be done at once
 */
export async function enterSession(
  identity: Identity,
  store: IdentityStore,
  answer: Pick<SignInAnswer, "replaces" | "address" | "userAgent">,
  proof: Proof,
): Promise<Entered> {
  const { person, credential, method, acr, amr, signingCertificate, evidence } = proof;
  const at = identity.clock.now();
  const [id, token] = [uuidV7(at), randomToken()];
  const network = answer.address ? networkOf(answer.address) : null;
  const replaced = answer.replaces ? tokenHash(answer.replaces) : undefined;
  const earlier = replaced && (await store.session(replaced, at));
  const row = await store.enter({
    id,
    at,
    tokenHash: tokenHash(token),
    person,
    credential,
    acr,
    amr,
    csrf: randomToken(),
    sealedCertificate: signingCertificate ? identity.keys.seal(signingCertificate, id) : null,
    agentHash: answer.userAgent ? identity.keys.agentHash(answer.userAgent) : null,
    expiresAt: new Date(at.getTime() + absoluteLimitMs),
    device: deviceName(answer.userAgent ?? ""),
    network: network ?? undefined,
    event: {
      id: uuidV7(at),
      address: network,
      method,
      evidenceHash: evidence ? createHash("sha256").update(evidence).digest() : null,
    },
  });
  if (row.id === null) return { active: false, personId: row.entered_id, status: row.status };
  if (replaced) await store.endSessionByToken(replaced, at);
  return { active: true, token, session: await carryOver(identity, store, earlier, toSession(row, at)) };
}
