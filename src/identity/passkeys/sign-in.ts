import {
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { err, ok, randomToken, toBase64Url, type Refusal, type Result } from "#kernel";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { enterSession } from "../sessions/enter.ts";
import { localPath, sealNameOf, signInEvent, type SignedIn, type SignInAnswer } from "../sign-in.ts";
import { identityStore } from "../store.ts";
import { readCertificate } from "../web-eid/index.ts";
import { holderOf, putChallenge, readAnswer, relyingPartyOf, takeChallenge, userHandleOf } from "./challenge.ts";
import { noteChange } from "./note.ts";
import { passkeyStore, type PasskeyRow } from "./store.ts";

/** So long a passkey goes on after the person's card was last known to be good. */
const withoutCardMs = 90 * 86_400_000;
/** A card's issuer is asked again after this. */
const askAgainMs = 86_400_000;

export type PasskeyRefusal = Refusal<
  "challenge-expired" | "passkey-invalid" | "passkey-suspended" | "card-too-long-ago" | "person-blocked"
>;

export interface PasskeyBegun {
  /** For the browser's pre-session cookie. Not a session. */
  readonly browser: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
}

/**
 * Begins a sign-in by passkey. No name is asked: the device offers the passkeys it has for this site.
 * @param input.browser the pre-session cookie if the browser has one already
 */
export async function beginPasskeySignIn(
  identity: Identity,
  input: { readonly browser?: string; readonly next?: string },
): Promise<Result<PasskeyBegun, PasskeyRefusal>> {
  const rpID = relyingPartyOf(identity);
  if (rpID === undefined) return err(refuse("passkey-invalid", "the site has no host name"));
  const browser = input.browser && /^[\w-]{43}$/.test(input.browser) ? input.browser : randomToken();
  const challenge = await putChallenge(identity, holderOf("browser", browser), localPath(input.next));
  const options = await generateAuthenticationOptions({
    rpID,
    challenge,
    timeout: 300_000,
    userVerification: "required",
  });
  return ok({ browser, options });
}

/**
 * Finishes a sign-in by passkey. Like a card's it carries no CSRF token: the challenge, bound to this browser's cookie and
 * signed by the device, stands in for it.
 */
export async function finishPasskeySignIn(
  identity: Identity,
  answer: PasskeyAnswer,
): Promise<Result<SignedIn, PasskeyRefusal>> {
  const taken = answer.browser ? await takeChallenge(identity, holderOf("browser", answer.browser)) : undefined;
  if (!taken) return refused(identity, answer, "challenge-expired");
  const done = await conclude(identity, answer, taken);
  // Whoever tries again is still on the way there.
  return done.ok ? done : err({ ...done.error, params: { next: taken.next } });
}

type PasskeyAnswer = Pick<SignInAnswer, "browser" | "replaces" | "address" | "userAgent"> & {
  /** What the browser's `PublicKeyCredential.toJSON()` gave, as text. */
  readonly answer: string;
};

async function conclude(
  identity: Identity,
  answer: PasskeyAnswer,
  taken: { readonly challenge: string; readonly next: string },
): Promise<Result<SignedIn, PasskeyRefusal>> {
  const response = readAnswer(answer.answer) as AuthenticationResponseJSON | undefined;
  const found = response && (await passkeyStore(identity.database).byWebId(idOf(response)));
  if (!found) return refused(identity, answer, "passkey-invalid", "no passkey here has this id");
  const counter = await verify(identity, response, found, taken.challenge);
  if (typeof counter === "string") return refused(identity, answer, "passkey-invalid", counter, found);
  await askAboutCard(identity, found.person_id);

  return identity.database.transaction(async (tx): Promise<Result<SignedIn, PasskeyRefusal>> => {
    const at = identity.clock.now();
    const keys = passkeyStore(tx);
    const store = identityStore(tx);
    const key = await keys.lock(found.credential_id);
    if (!key) return refused(identity, answer, "passkey-invalid", "removed meanwhile", found, store);
    if (key.suspended_at) return refused(identity, answer, "passkey-suspended", undefined, key, store);
    const before = Number(key.counter);
    if (before !== 0 && counter <= before) {
      await keys.suspend(key.credential_id, at);
      await keys.endSessionsOf(key.credential_id, at);
      const { person_id: personId, credential_id: credentialId, card_id: cardId } = key;
      await noteChange(identity, tx, "suspended", { personId, credentialId, cardId, acr: null });
      return refused(identity, answer, "passkey-suspended", "its counter went back", key, store);
    }
    if (!key.card_good_at || at.getTime() - key.card_good_at.getTime() > withoutCardMs)
      return refused(identity, answer, "card-too-long-ago", undefined, key, store);
    const entered = await enterSession(identity, store, answer, {
      person: { id: key.person_id },
      credential: { id: key.credential_id },
      method: "passkey",
      acr: "urn:taroko:loa:substantial",
      amr: [key.synced ? "swk" : "hwk", "user", "mfa"],
    });
    if (!entered.active) return refused(identity, answer, "person-blocked", undefined, key, store);
    await keys.used(key.credential_id, counter, at);
    return ok({ token: entered.token, session: entered.session, next: taken.next });
  });
}

function idOf(response: AuthenticationResponseJSON): Buffer {
  return /^[\w-]{1,1400}$/.test(response.id) ? Buffer.from(response.id, "base64url") : Buffer.alloc(0);
}

/** The device's counter, or why its answer is not believed. */
async function verify(
  identity: Identity,
  response: AuthenticationResponseJSON,
  key: PasskeyRow,
  challenge: string,
): Promise<number | string> {
  const handle = toBase64Url(userHandleOf(identity, key.person_id));
  if (response.response.userHandle !== handle) return "the passkey is kept under another person's name";
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: identity.origin,
      expectedRPID: relyingPartyOf(identity) ?? "",
      requireUserVerification: true,
      // The counter is judged under the row's lock, where a copy can be told from a bad answer.
      credential: { id: response.id, publicKey: new Uint8Array(key.public_key), counter: 0 },
    });
    return verified ? authenticationInfo.newCounter : "the signature does not verify";
  } catch (fault) {
    return fault instanceof Error ? fault.message : "not verified";
  }
}

/**
 * Asks once a day whether the person's card is still good, since a passkey outlives it by 90 days only. A responder that is
 * silent stops nobody: the days count from the last good answer.
 */
async function askAboutCard(identity: Identity, personId: string): Promise<void> {
  const keys = passkeyStore(identity.database);
  const now = identity.clock.now();
  const goodAt = await keys.cardGoodAt(personId);
  if (goodAt && now.getTime() - goodAt.getTime() < askAgainMs) return;
  const card = await keys.newestCard(personId);
  if (!card) return;
  const issuer = identity.trustedIssuers.find((one) => card.issuer_fingerprint.equals(one.fingerprint));
  const certificate = readCertificate(
    Buffer.from(identity.keys.open(card.certificate_enc, sealNameOf(card.fingerprint)), "base64"),
  );
  if (!issuer || now > certificate.notAfter || now > issuer.notAfter) return;
  const said = await identity.revocation(certificate, issuer);
  if ((typeof said === "string" ? said : said.status) === "good") await keys.setCardGood(card.id, now);
}

async function refused(
  identity: Identity,
  answer: Parameters<typeof signInEvent>[1],
  code: PasskeyRefusal["code"],
  inside?: string,
  key?: Pick<PasskeyRow, "person_id" | "credential_id">,
  store = identity.store,
): Promise<Result<never, PasskeyRefusal>> {
  await store.putEvent({
    ...signInEvent(identity, answer),
    reason: code,
    method: "passkey",
    person_id: key?.person_id ?? null,
    credential_id: key?.credential_id ?? null,
  });
  return err(refuse(code, inside));
}
