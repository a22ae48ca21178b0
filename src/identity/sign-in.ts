import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { err, ok, randomToken, toBase64, uuidV7, type Refusal, type Result } from "#kernel";
import type { Session } from "./contract.ts";
import type { Identity } from "./identity.ts";
import { tokenHash } from "./keys.ts";
import { displayName, putPerson } from "./person.ts";
import { refuse } from "./problems.ts";
import { openSession } from "./session.ts";
import type { EventRow, IdentityStore } from "./store.ts";
import { validateAuthToken, type TokenReason } from "./web-eid/index.ts";

const challengeLifeMs = 5 * 60_000;

export interface SignInBegun {
  /** For the browser's pre-session cookie (`__Host-`, HttpOnly, Secure, SameSite=Lax). Not a session. */
  readonly browser: string;
  /** 32 random bytes in base64 (44 characters), for the card. */
  readonly challenge: string;
  /** The origin the card must sign; pass this one on, never one from the request. */
  readonly origin: string;
  readonly expiresAt: Date;
}

/**
 * Begins a sign-in: a challenge for this browser, good for five minutes and one attempt.
 * @param input.browser the pre-session cookie if the browser has one already
 * @param input.next where the person was going; only a path of this site is kept
 */
export async function beginSignIn(
  identity: Identity,
  input: { readonly browser?: string; readonly next?: string } = {},
): Promise<SignInBegun> {
  const browser = input.browser && /^[\w-]{43}$/.test(input.browser) ? input.browser : randomToken();
  const challenge = toBase64(randomBytes(32));
  const expiresAt = new Date(identity.clock.now().getTime() + challengeLifeMs);
  await identity.store.putChallenge({
    browserHash: tokenHash(browser),
    challenge,
    next: localPath(input.next),
    expiresAt,
  });
  return { browser, challenge, origin: identity.origin, expiresAt };
}

/** A path of this site, or `/`: whatever a browser would read as another site is refused (open redirect). */
export function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes("\\")) return "/";
  const base = "https://self.invalid";
  return URL.canParse(next, base) && new URL(next, base).origin === base ? next : "/";
}

export type SignInRefusal = Refusal<
  | "challenge-expired"
  | "token-invalid"
  | "card-revoked"
  | "certificate-expired"
  | "certificate-untrusted"
  | "revocation-unavailable"
  | "person-blocked"
>;

const refusals: Readonly<Record<TokenReason, SignInRefusal["code"]>> = {
  FORMAT: "token-invalid",
  SIGNATURE: "token-invalid",
  SUBJECT: "certificate-untrusted",
  CERT_WRONG_PURPOSE: "certificate-untrusted",
  CERT_POLICY: "certificate-untrusted",
  CERT_NOT_TRUSTED: "certificate-untrusted",
  CERT_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-expired",
  CERT_REVOKED: "card-revoked",
  CERT_STATUS_UNKNOWN: "card-revoked",
  REVOCATION_UNAVAILABLE: "revocation-unavailable",
};

/** The refusal a certificate check's reason is told to the person as. */
export function refusalOf(reason: TokenReason, detail: string): SignInRefusal {
  return refuse(refusals[reason], `${reason}: ${detail}`);
}

export interface SignInAnswer {
  /** The pre-session cookie set at {@link beginSignIn}. */
  readonly browser: string | undefined;
  /** The Web eID token, JSON text, as the reader posted it. */
  readonly token: string;
  /** The card's signature certificate (base64 DER) if the reader sent it along; kept with the session for signing. */
  readonly signingCertificate?: string;
  /** The session cookie's token this sign-in replaces, if there was one. */
  readonly replaces?: string;
  /** For the person's own sign-in history: cut to the network, and hashed. */
  readonly address?: string;
  readonly userAgent?: string;
}

export interface SignedIn {
  /** For the session cookie. Shown once; only its hash is stored. */
  readonly token: string;
  readonly session: Session;
  /** The path given at the beginning. */
  readonly next: string;
}

/**
 * Finishes a sign-in. The challenge is deleted before anything is checked, so a second attempt with the same answer finds
 * none. The POST comes from the reader's page and so carries no CSRF token: the challenge, bound to this browser's cookie
 * and signed by the card, stands in for it and stops a forged sign-in.
 */
export async function finishSignIn(identity: Identity, answer: SignInAnswer): Promise<Result<SignedIn, SignInRefusal>> {
  const taken = answer.browser ? await identity.store.takeChallenge(tokenHash(answer.browser)) : undefined;
  if (!taken || identity.clock.now() >= taken.expires_at) return refused(identity, answer, "challenge-expired");

  const verdict = await validateAuthToken({
    token: answer.token,
    origin: identity.origin,
    challenge: taken.challenge,
    trustedIssuers: identity.trustedIssuers,
    revocation: identity.revocation,
    clock: identity.clock,
    policy: identity.policy,
  });
  if (!verdict.valid)
    return refused(identity, answer, refusals[verdict.reason], `step ${verdict.step}: ${verdict.detail}`);

  const { certificate, issuer } = verdict;
  return identity.store.transaction(async (store) => {
    const person = await putPerson(identity, store, verdict.identity, displayName(certificate.subject));
    if (person.status !== "active") return refused(identity, answer, "person-blocked", person.status, store, person.id);
    const at = identity.clock.now();
    const credentialId = await store.putCredential({
      id: uuidV7(at),
      personId: person.id,
      fingerprint: certificate.fingerprint,
      issuerFingerprint: issuer.fingerprint,
      serial: certificate.serial,
      notAfter: certificate.notAfter,
      at,
    });
    if (answer.replaces) await store.endSessionByToken(tokenHash(answer.replaces), at);
    const { token, session } = await openSession(identity, store, {
      personId: person.id,
      credentialId,
      acr: "urn:taroko:loa:high",
      amr: ["sc", "pin", "mfa", "pop"],
      signingCertificate: answer.signingCertificate,
      agentHash: answer.userAgent ? identity.keys.agentHash(answer.userAgent) : null,
    });
    await store.putEvent({
      ...signInEvent(identity, answer),
      person_id: person.id,
      credential_id: credentialId,
      acr: session.acr,
      ok: true,
    });
    return ok({ token, session, next: taken.next });
  });
}

async function refused(
  identity: Identity,
  answer: SignInAnswer,
  code: SignInRefusal["code"],
  inside?: string,
  store: IdentityStore = identity.store,
  personId: string | null = null,
): Promise<Result<never, SignInRefusal>> {
  await store.putEvent({ ...signInEvent(identity, answer), reason: code, person_id: personId });
  return err(refuse(code, inside));
}

function signInEvent(identity: Identity, answer: SignInAnswer): EventRow {
  const at = identity.clock.now();
  return {
    id: uuidV7(at),
    person_id: null,
    principal_id: null,
    credential_id: null,
    what: "sign-in",
    acr: null,
    ok: false,
    reason: null,
    address: answer.address ? networkOf(answer.address) : null,
    agent_hash: answer.userAgent ? identity.keys.agentHash(answer.userAgent) : null,
    at,
  };
}

/** The network an address is in (IPv4 /24, IPv6 /48): enough to recognise a place, too little to find a person. */
export function networkOf(address: string): string | null {
  if (isIP(address) === 4) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  if (isIP(address) !== 6) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return networkOf(mapped[1]!);
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return `${groups.slice(0, 3).join(":")}::/48`;
}
