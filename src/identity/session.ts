import { timingSafeEqual } from "node:crypto";
import { err, ok, randomToken, uuidV7, type Refusal, type Result } from "#kernel";
import { presentAcr } from "./assurance.ts";
import type { Acr, ActingParty, Session } from "./contract.ts";
import { eventAt } from "./event.ts";
import type { Identity } from "./identity.ts";
import { tokenHash } from "./keys.ts";
import { mandateEnded } from "./mandate.ts";
import { refuse } from "./problems.ts";
import type { IdentityStore, SessionRow } from "./store.ts";

/** A session ends after this long without a request … */
export const idleLimitMs: number = 15 * 60_000;
/** … an official's sooner: their screens show other people's data. */
export const officialIdleLimitMs: number = 10 * 60_000;
/** … and after this long in any case. */
export const absoluteLimitMs: number = 8 * 3_600_000;
/** How often use is written down at most. A session so ends between 14 and 15 idle minutes. */
const touchEveryMs = 60_000;

/** Pure: whether a session's times still allow it. */
export function sessionAlive(session: Pick<Session, "lastSeenAt" | "expiresAt" | "officer">, now: Date): boolean {
  const idle = session.officer ? officialIdleLimitMs : idleLimitMs;
  return now < session.expiresAt && now.getTime() - session.lastSeenAt.getTime() < idle;
}

/** For whom the session acts; nobody any more once the mandate is over, wherever the session is used. */
function actingOf(row: SessionRow, now: Date): ActingParty | undefined {
  if (!row.acting || row.acting_person_id === null || mandateEnded(row.acting, now)) return undefined;
  return { ...row.acting, personId: row.acting_person_id, name: row.acting_name ?? "" };
}

/** Pure: a session as it stands now. */
export function toSession(row: SessionRow, now: Date): Session {
  const acting = actingOf(row, now);
  return {
    id: row.id,
    person: { id: row.person_id, name: row.name },
    ...(row.agency !== null &&
      row.office_id !== null && {
        officer: {
          personId: row.person_id,
          agency: row.agency,
          roles: row.roles ?? [],
          office: row.office_id,
          teams: row.teams ?? [],
        },
      }),
    ...(row.office_only && { officeOnly: true as const }),
    acr: presentAcr(row.acr, row.auth_time, now),
    amr: row.amr,
    authTime: row.auth_time,
    ...(row.key_since && { keySince: row.key_since }),
    ...(acting && { acting }),
    csrf: row.csrf,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    canSign: row.can_sign,
    ...(row.device !== null && { device: row.device }),
    ...(row.network !== null && { network: row.network }),
  };
}

/**
 * Opens a session for a person who has just proved who they are. The token is always new, so one planted in the browser
 * beforehand (session fixation) never becomes a signed-in one.
 */
export async function openSession(
  identity: Identity,
  store: IdentityStore,
  proof: {
    readonly personId: string;
    readonly credentialId: string;
    readonly acr: Acr;
    readonly amr: readonly string[];
    /** base64 DER; it bears the person's number and is kept sealed. */
    readonly signingCertificate: string | undefined;
    readonly agentHash: Buffer | null;
    /** As the browser described itself, and the network it came from: for the person's list of sessions. */
    readonly device?: string | undefined;
    readonly network?: string | undefined;
    /** Good for this office alone, and without these roles. */
    readonly office?: { readonly id: string; readonly withheld: readonly string[] };
  },
): Promise<{ readonly token: string; readonly session: Session }> {
  const at = identity.clock.now();
  const token = randomToken();
  const hash = tokenHash(token);
  const expiresAt = new Date(at.getTime() + absoluteLimitMs);
  const id = uuidV7(at);
  const { signingCertificate, ...rest } = proof;
  const sealedCertificate = signingCertificate ? identity.keys.seal(signingCertificate, id) : null;
  await store.putSession({ ...rest, id, sealedCertificate, tokenHash: hash, csrf: randomToken(), at, expiresAt });
  const row = await store.session(hash, at);
  if (!row) throw Object.assign(new Error("a session just opened is not there"), { code: "session-lost" });
  return { token, session: toSession(row, at) };
}

/**
 * The session a cookie's token belongs to. One indexed read; use is written down at most once a minute.
 * Every way of not having a session gives the same refusal.
 */
export async function readSession(
  identity: Identity,
  token: string | undefined,
): Promise<Result<Session, Refusal<"session-ended">>> {
  if (token === undefined || !/^[\w-]{43}$/.test(token)) return err(refuse("session-ended"));
  const now = identity.clock.now();
  const row = await identity.store.session(tokenHash(token), now);
  if (!row) return err(refuse("session-ended"));
  const session = toSession(row, now);
  if (!sessionAlive(session, now)) return err(refuse("session-ended"));
  if (now.getTime() - row.last_seen_at.getTime() >= touchEveryMs) await identity.store.touchSession(row.id, now);
  return ok(session);
}

/** Whether a form carries this session's CSRF token; compared in constant time. */
export function csrfMatches(session: Session, given: string | undefined): boolean {
  const expected = Buffer.from(session.csrf);
  const actual = Buffer.from(given ?? "");
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Signs out. Answers whether there was a session to end. */
export async function endSession(identity: Identity, session: Session): Promise<{ readonly ended: boolean }> {
  return endOwnSession(identity, session, session.id);
}

/** Ends another of the person's own sessions (remote sign-out); of anyone else's it knows nothing. */
export async function endOwnSession(
  identity: Identity,
  session: Session,
  sessionId: string,
): Promise<{ readonly ended: boolean }> {
  const at = identity.clock.now();
  const own = await identity.store.sessionsOf(session.person.id, at);
  if (!own.some(({ id }) => id === sessionId)) return { ended: false };
  return identity.store.transaction(async (store) => {
    const ended = await store.endSession(sessionId, at);
    if (ended) await store.putEvent(eventAt(at, { person_id: session.person.id, what: "sign-out" }));
    return { ended };
  });
}

/** Ends all of a person's sessions but the one they ask from. Answers which, so that relying parties can be told. */
export async function endOtherSessions(identity: Identity, session: Session): Promise<Session[]> {
  const others = (await listSessions(identity, session.person.id)).filter(({ id }) => id !== session.id);
  const ended: Session[] = [];
  for (const other of others) if ((await endOwnSession(identity, session, other.id)).ended) ended.push(other);
  return ended;
}

/** "Where am I signed in": the person's live sessions, newest first. */
export async function listSessions(identity: Identity, personId: string): Promise<Session[]> {
  const now = identity.clock.now();
  const rows = await identity.store.sessionsOf(personId, now);
  return rows.map((row) => toSession(row, now)).filter((session) => sessionAlive(session, now));
}
