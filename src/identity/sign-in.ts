import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import {
  err,
  ok,
  randomToken,
  toBase64,
  toHex,
  uuidV7,
  type JsonValue,
  type Language,
  type Refusal,
  type Result,
} from "#kernel";
import {
  codeTold,
  rejected,
  type AuthenticationContext,
  type Authenticator,
  type ClientPart,
  type GivenIdentity,
  type Rejected,
  type RejectionReason,
  type Verified,
} from "./authenticators/authenticator.ts";
import { personOfCard } from "./authenticators/bind-card.ts";
import type { Session } from "./contract.ts";
import { eventAt } from "./event.ts";
import type { Identity } from "./identity.ts";
import { tokenHash } from "./keys.ts";
import { personRow } from "./person.ts";
import { refuse } from "./problems.ts";
import { enterSession } from "./sessions/enter.ts";
import type { ChallengeRow, EventRow, IdentityStore } from "./store.ts";
import type { TokenReason } from "./web-eid/index.ts";

const challengeLifeMs = 5 * 60_000;

export interface SignInBegun {
  /** For the browser's pre-session cookie (`__Host-`, HttpOnly, Secure, SameSite=Lax). Not a session. */
  readonly browser: string;
  /** 32 random bytes in base64 (44 characters), for the card. */
  readonly challenge: string;
  /** The origin the card must sign; pass this one on, never one from the request. */
  readonly origin: string;
  /** What the browser does next. */
  readonly client: ClientPart;
  readonly expiresAt: Date;
}

/**
 * Begins a sign-in: a challenge for this browser, good for five minutes and one attempt.
 * @param input.browser the pre-session cookie if the browser has one already
 * @param input.next where the person was going; only a path of this site is kept
 * @param input.authenticator the way chosen; the site's first unless it is one of the site's
 * @param input.given what the person typed, for ways that ask
 */
export async function beginSignIn(
  identity: Identity,
  input: {
    readonly browser?: string;
    readonly next?: string;
    readonly authenticator?: string;
    readonly given?: GivenIdentity;
    readonly language?: Language;
  } = {},
): Promise<SignInBegun> {
  const browser = input.browser && /^[\w-]{43}$/.test(input.browser) ? input.browser : randomToken();
  const challenge = toBase64(randomBytes(32));
  const expiresAt = new Date(identity.clock.now().getTime() + challengeLifeMs);
  const driver = authenticatorOf(identity, input.authenticator) ?? identity.authenticators[0]!;
  const given = input.given ?? {};
  const begun = await driver.begin(contextOf(identity, challenge, input.language), given);
  const browserHash = tokenHash(browser);
  const kept: KeptState = { state: begun.state, given: { ...given } };
  await identity.store.putChallenge({
    browserHash,
    challenge,
    next: localPath(input.next),
    authenticator: driver.id,
    state: identity.keys.seal(JSON.stringify(kept), browserHash.toString("hex")),
    expiresAt,
  });
  return { browser, challenge, origin: identity.origin, client: begun.client, expiresAt };
}

/** What is sealed between beginning and end. */
interface KeptState {
  readonly state: JsonValue;
  readonly given: GivenIdentity;
}

function authenticatorOf(identity: Identity, id: string | undefined): Authenticator | undefined {
  return identity.authenticators.find((one) => one.id === id);
}

function contextOf(identity: Identity, challenge: string, language: Language = "zh-Hant"): AuthenticationContext {
  const { origin, country, clock, trustedIssuers, revocation, policy } = identity;
  return { origin, challenge, language, country, clock, trustedIssuers, revocation, policy };
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
  | "no-card"
  | "no-reader"
  | "pin-wrong"
  | "pin-locked"
  | "reader-cancelled"
  | "sign-in-timeout"
  | "component-missing"
  | "component-old"
  | "authenticator-unavailable"
  | "card-not-bound"
  | "person-not-confirmed"
>;

const refusals: Readonly<Record<RejectionReason, SignInRefusal["code"]>> = {
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
  NO_CARD: "no-card",
  NO_READER: "no-reader",
  PIN_WRONG: "pin-wrong",
  PIN_LOCKED: "pin-locked",
  CANCELLED: "reader-cancelled",
  TIMEOUT: "sign-in-timeout",
  COMPONENT_MISSING: "component-missing",
  COMPONENT_OLD: "component-old",
  UNAVAILABLE: "authenticator-unavailable",
};

/** What the person's own device may say of itself; whatever it claims beyond that counts as cancelled. */
const deviceReasons = new Set<string>([
  "NO_CARD",
  "NO_READER",
  "PIN_WRONG",
  "PIN_LOCKED",
  "CANCELLED",
  "TIMEOUT",
  "COMPONENT_MISSING",
  "COMPONENT_OLD",
]);

/** The refusal a certificate check's reason is told to the person as. */
export function refusalOf(reason: TokenReason, detail: string): SignInRefusal {
  return refuse(refusals[reason], `${reason}: ${detail}`, { code: codeTold(reason) });
}

export interface SignInAnswer {
  /** The pre-session cookie set at {@link beginSignIn}. */
  readonly browser: string | undefined;
  /** The Web eID token, JSON text, as the reader posted it. */
  readonly token?: string;
  /** The card's signature certificate (base64 DER) if the reader sent it along; kept with the session for signing. */
  readonly signingCertificate?: string;
  /** What other ways of signing in post. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Why the person's device has no answer: a {@link RejectionReason}. */
  readonly error?: string;
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
  const open = openAttempt(identity, answer, taken);
  if (!open) return refused(identity, answer, "challenge-expired", undefined, { told: toldOfChallenge(taken) });
  const { driver, kept, context } = open;
  const { token, signingCertificate, fields, error } = answer;
  const outcome = error
    ? rejected(deviceReasons.has(error) ? (error as RejectionReason) : "CANCELLED", "said by the person's device")
    : await driver.finish(context, kept.state, {
        ...fields,
        ...(token !== undefined && { token }),
        ...(signingCertificate !== undefined && { signingCertificate }),
      });
  return stillGoing(await conclude(identity, answer, open, outcome), open.next);
}

/** Whoever tries again is still on the way to where they were going. */
function stillGoing<Done>(done: Result<Done, SignInRefusal>, next: string): Result<Done, SignInRefusal> {
  return done.ok ? done : err({ ...done.error, params: { ...done.error.params, next } });
}

/** Where the browser's open attempt leads, for when it is given up. */
export async function signInGoal(identity: Identity, browser: string | undefined): Promise<string> {
  const row = browser ? await identity.store.challenge(tokenHash(browser)) : undefined;
  return row?.next ?? "/";
}

/**
 * For ways that wait for an app: whether the person has answered there. While they have not, the attempt stays open; the
 * answer is taken once.
 */
export async function pollSignIn(
  identity: Identity,
  answer: Omit<SignInAnswer, "token" | "signingCertificate" | "fields" | "error">,
): Promise<Result<SignedIn | "pending", SignInRefusal>> {
  const hash = answer.browser ? tokenHash(answer.browser) : undefined;
  const open = openAttempt(identity, answer, hash && (await identity.store.challenge(hash)));
  if (!hash || !open?.driver.poll)
    return refused(identity, answer, "challenge-expired", undefined, { told: "CHALLENGE_UNKNOWN" });
  const outcome = await open.driver.poll(open.context, open.kept.state);
  if (outcome.status === "pending") return ok("pending");
  const taken = await identity.store.takeChallenge(hash);
  if (taken?.challenge !== open.context.challenge)
    return refused(identity, answer, "challenge-expired", undefined, { told: "CHALLENGE_UNKNOWN" });
  return stillGoing(await conclude(identity, answer, open, outcome), open.next);
}

/** An attempt that is there and too old, or none at all. */
const toldOfChallenge = (taken: ChallengeRow | undefined) => (taken ? "CHALLENGE_EXPIRED" : "CHALLENGE_UNKNOWN");

interface OpenAttempt {
  readonly driver: Authenticator;
  readonly kept: KeptState;
  readonly context: AuthenticationContext;
  readonly next: string;
}

function openAttempt(identity: Identity, answer: SignInAnswer, row: ChallengeRow | undefined): OpenAttempt | undefined {
  const driver = authenticatorOf(identity, row?.authenticator);
  if (!row?.state || !driver || !answer.browser || identity.clock.now() >= row.expires_at) return undefined;
  const kept = JSON.parse(identity.keys.open(row.state, tokenHash(answer.browser).toString("hex"))) as KeptState;
  return { driver, kept, context: contextOf(identity, row.challenge), next: row.next };
}

async function conclude(
  identity: Identity,
  answer: SignInAnswer,
  { driver, kept, next }: OpenAttempt,
  outcome: Verified | Rejected,
): Promise<Result<SignedIn, SignInRefusal>> {
  const method = driver.id;
  if (outcome.status === "rejected")
    return refused(identity, answer, refusals[outcome.reason], outcome.detail, {
      method,
      told: codeTold(outcome.reason),
    });
  const { certificate, issuer, claims, evidence } = outcome;
  // A register may be asked here, so it happens before the transaction.
  const bound =
    claims.number === undefined ? await personOfCard(identity, driver.credentialKind, outcome, kept.given) : undefined;
  if (bound && !bound.ok) return refused(identity, answer, bound.error.code, bound.error.inside, { method });

  const enter = (store: IdentityStore) =>
    enterSession(identity, store, answer, {
      person: bound?.value ?? personRow(identity, { ...claims, number: claims.number ?? "" }, claims.name),
      credential: {
        id: uuidV7(identity.clock.now()),
        kind: driver.credentialKind,
        fingerprint: certificate.fingerprint,
        issuerFingerprint: issuer.fingerprint,
        serial: certificate.serial,
        notAfter: certificate.notAfter,
        // By it the issuer is asked again while passkeys stand in for the card.
        sealed: identity.keys.seal(toBase64(certificate.der), sealNameOf(certificate.fingerprint)),
      },
      method,
      acr: driver.maxAcr,
      amr: driver.amr,
      signingCertificate: outcome.signingCertificate,
      evidence,
    });
  const entered = answer.replaces ? await identity.store.transaction(enter) : await enter(identity.store);
  if (!entered.active)
    return refused(identity, answer, "person-blocked", entered.status, { method, personId: entered.personId });
  return ok({ token: entered.token, session: entered.session, next });
}

/** What a card's certificate is sealed under. */
export function sealNameOf(fingerprint: Uint8Array): string {
  return `card/${toHex(fingerprint)}`;
}

async function refused(
  identity: Identity,
  answer: SignInAnswer,
  code: SignInRefusal["code"],
  inside?: string,
  known: {
    readonly method?: string;
    readonly personId?: string;
    /** The code for the browser: reference "Authenticator interface". */
    readonly told?: string;
  } = {},
): Promise<Result<never, SignInRefusal>> {
  const { method = null, personId = null, told } = known;
  await identity.store.putEvent({ ...signInEvent(identity, answer), reason: code, person_id: personId, method });
  return err(refuse(code, inside, told === undefined ? undefined : { code: told }));
}

/** An attempt to sign in, as the record has it until more is known. */
export function signInEvent(
  identity: Identity,
  answer: { readonly address?: string | undefined; readonly userAgent?: string | undefined },
): EventRow {
  const at = identity.clock.now();
  return eventAt(at, {
    person_id: null,
    what: "sign-in",
    ok: false,
    address: answer.address ? networkOf(answer.address) : null,
    agent_hash: answer.userAgent ? identity.keys.agentHash(answer.userAgent) : null,
  });
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
