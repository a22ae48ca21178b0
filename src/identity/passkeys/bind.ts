import { createHash } from "node:crypto";
import {
  generateRegistrationOptions,
  verifyRegistrationResponse,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  type VerifiedRegistrationResponse,
} from "@simplewebauthn/server";
import { err, ok, toBase64Url, uuidV7, type Refusal, type Result } from "#kernel";
import { acrAtLeast } from "../assurance.ts";
import type { Session } from "../contract.ts";
import { deviceName } from "../device.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import {
  algorithms,
  holderOf,
  putChallenge,
  readAnswer,
  relyingPartyOf,
  takeChallenge,
  userHandleOf,
} from "./challenge.ts";
import { noteChange } from "./note.ts";
import { passkeyStore } from "./store.ts";

/** So fresh the card must have been shown. */
const freshCardMs = 5 * 60_000;
const mostPasskeys = 20;
const longestName = 60;

export type BindRefusal = Refusal<
  "card-needed" | "passkeys-full" | "passkey-invalid" | "passkey-known" | "challenge-expired"
>;

/**
 * Begins to bind a passkey to the signed-in person. Only within five minutes of showing a card: a passkey never says who
 * somebody is, it only remembers that a card did.
 * @param site what the person's device calls the site
 */
export async function beginPasskey(
  identity: Identity,
  session: Session,
  site: string,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, BindRefusal>> {
  const rpID = relyingPartyOf(identity);
  if (rpID === undefined) return err(refuse("passkey-invalid", "the site has no host name"));
  const card = await freshCard(identity, session);
  if (!card.ok) return card;
  const bound = await passkeyStore(identity.database).passkeysOf(session.person.id);
  if (bound.length >= mostPasskeys) return err(refuse("passkeys-full"));
  const challenge = await putChallenge(identity, holderOf("session", session.id), "/account/passkeys");
  const options = await generateRegistrationOptions({
    rpName: site,
    rpID,
    // Shown when the device lets the person choose; never the identity number.
    userName: session.person.name,
    userDisplayName: session.person.name,
    userID: userHandleOf(identity, session.person.id),
    challenge,
    timeout: 300_000,
    attestationType: "none",
    excludeCredentials: bound.map(({ web_id, transports }) => ({ id: toBase64Url(web_id), transports })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: algorithms,
  });
  return ok(options);
}

/** Binds the passkey that the device made. */
export async function finishPasskey(
  identity: Identity,
  session: Session,
  given: { readonly answer: string; readonly name: string; readonly userAgent?: string },
): Promise<Result<{ readonly id: string }, BindRefusal>> {
  const taken = await takeChallenge(identity, holderOf("session", session.id));
  if (!taken) return err(refuse("challenge-expired"));
  const card = await freshCard(identity, session);
  if (!card.ok) return card;
  const verified = await verify(identity, given.answer, taken.challenge);
  if (typeof verified === "string") return err(refuse("passkey-invalid", verified));
  const { credential, credentialDeviceType } = verified;
  const webId = Buffer.from(credential.id, "base64url");
  const at = identity.clock.now();
  const id = uuidV7(at);
  return identity.database.transaction(async (tx) => {
    const made = await passkeyStore(tx).putPasskey({
      id,
      personId: session.person.id,
      fingerprint: createHash("sha256").update(webId).digest(),
      webId,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: (credential.transports ?? []).filter((one) => /^[a-z-]{1,20}$/.test(one)).slice(0, 8),
      synced: credentialDeviceType === "multiDevice",
      name: passkeyName(given.name, given.userAgent),
      cardId: card.value,
      at,
    });
    if (!made) return err(refuse("passkey-known"));
    await noteChange(identity, tx, "bound", {
      personId: session.person.id,
      credentialId: id,
      cardId: card.value,
      acr: session.acr,
    });
    return ok({ id });
  });
}

const unnamed = "Passkey";

/** A name as it is kept: one line of at most 60 characters; that of the device where the person gave none. */
export function passkeyName(given: string, userAgent: string = ""): string {
  const name = Array.from(given.replaceAll(/\p{C}+/gu, " ").trim())
    .slice(0, longestName)
    .join("")
    .trim();
  return name === "" ? (deviceName(userAgent) ?? unnamed) : name;
}

/** Whether the person may add a passkey now. */
export async function mayAddPasskey(identity: Identity, session: Session): Promise<boolean> {
  return (await freshCard(identity, session)).ok;
}

/** The card that opened the session, if it was shown a moment ago. */
async function freshCard(identity: Identity, session: Session): Promise<Result<string, Refusal<"card-needed">>> {
  // Who signed in at an agency's own provider showed no card.
  const proof = session.officeOnly ? undefined : await passkeyStore(identity.database).proofOf(session.id);
  const age = identity.clock.now().getTime() - (proof?.auth_time.getTime() ?? 0);
  const fresh = proof?.by_card && acrAtLeast(session.acr, "urn:taroko:loa:substantial");
  return fresh && age <= freshCardMs ? ok(proof.credential_id) : err(refuse("card-needed"));
}

type Registered = NonNullable<VerifiedRegistrationResponse["registrationInfo"]>;

/** What the device made, or why it is not believed. */
async function verify(identity: Identity, answer: string, challenge: string): Promise<Registered | string> {
  const response = readAnswer(answer) as RegistrationResponseJSON | undefined;
  const rpID = relyingPartyOf(identity);
  if (!response || rpID === undefined) return "the answer is malformed";
  try {
    const outcome = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: identity.origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    return outcome.verified ? outcome.registrationInfo : "the attestation does not verify";
  } catch (fault) {
    // The library throws for whatever it does not believe; its words name no person.
    return fault instanceof Error ? fault.message : "not verified";
  }
}
