import type { Clock } from "#kernel";
import type { TimeStampAuthority } from "#ledger";
import { migrate, type Database } from "#store";
import type { Authenticator, PersonResolver } from "./authenticators/authenticator.ts";
import { webEid } from "./authenticators/card.ts";
import { identityKeys, type IdentityKeys } from "./keys.ts";
import type { IdentityLog } from "./log-act.ts";
import { keptFormStore } from "./kept-forms/store.ts";
import { passkeyStore } from "./passkeys/store.ts";
import { identityStore, type IdentityStore } from "./store.ts";
import {
  readCertificate,
  revocationBySettings,
  type CardCertificate,
  type RevocationCheck,
  type RevocationOptions,
  type TokenPolicy,
} from "./web-eid/index.ts";

export interface IdentityOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** 32 random bytes from the site's key store. Losing them loses every stored identity number. */
  readonly siteSecret: Uint8Array;
  /** The site's own origin as people see it, `https://host[:port]` without a slash at the end. Cards sign it. */
  readonly origin: string;
  /** DER of each issuing (not root) authority whose cards are accepted. */
  readonly trustedIssuers: readonly Uint8Array[];
  /** Whose numbers are meant where no country stands (ISO 3166-1 alpha-2), for example `TW`. */
  readonly country: string;
  readonly policy?: TokenPolicy;
  /** Ways of signing in, the first being the usual one. The card by Web eID, if not given. */
  readonly authenticators?: readonly Authenticator[];
  /** Confirms who holds a card that bears no number. Without it such a card cannot be bound. */
  readonly resolvePerson?: PersonResolver;
  /** How the issuers' responders and revocation lists are asked, when the addresses in the certificates do not serve. */
  readonly lists?: Omit<RevocationOptions, "clock" | "numbers">;
  /** Replaces asking responders and lists altogether. */
  readonly revocation?: RevocationCheck;
  /** Stamps signatures, so that they outlive their cards. Without one they stay at level B-B. */
  readonly timeStampAuthority?: TimeStampAuthority;
  /** Told of a time-stamp authority that could not be had; the signature is kept without a stamp. */
  readonly onStampMissing?: (fault: Error) => void;
  /** The log that offices and mandates are entered into, in the same database. None are, if not given. */
  readonly log?: IdentityLog;
}

/** What every verb of this module works with. Made by {@link openIdentity}; other modules pass it on unread. */
export interface Identity {
  readonly database: Database;
  readonly store: IdentityStore;
  readonly keys: IdentityKeys;
  readonly clock: Clock;
  readonly origin: string;
  readonly country: string;
  readonly trustedIssuers: readonly CardCertificate[];
  readonly revocation: RevocationCheck;
  readonly policy: TokenPolicy;
  readonly authenticators: readonly Authenticator[];
  readonly resolvePerson?: PersonResolver;
  readonly timeStampAuthority?: TimeStampAuthority;
  readonly onStampMissing?: (fault: Error) => void;
  readonly log?: IdentityLog;
}

/**
 * Opens the module on a site's database: brings its tables up to date and derives its keys.
 * @throws when the origin or an issuer's certificate cannot be used (`code` = `identity-options`)
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  if (!URL.canParse(options.origin) || new URL(options.origin).origin !== options.origin)
    throw Object.assign(new Error("origin must be scheme, host and port alone"), { code: "identity-options" });
  await migrate(options.database, "identity", new URL("./migrations/", import.meta.url));
  const store = identityStore(options.database);
  return {
    database: options.database,
    store,
    keys: identityKeys(options.siteSecret),
    clock: options.clock,
    origin: options.origin,
    country: options.country,
    trustedIssuers: options.trustedIssuers.map(readIssuer),
    revocation:
      options.revocation ??
      revocationBySettings({
        ...options.lists,
        clock: options.clock,
        numbers: { advance: (issuer, number) => store.advanceListNumber(issuer.fingerprint, number) },
      }),
    // A passport's number may read like somebody's national number; only the latter names a person to the registers.
    policy: { countries: [options.country], types: ["PNO"], ...options.policy },
    authenticators: options.authenticators ?? [webEid()],
    ...(options.resolvePerson && { resolvePerson: options.resolvePerson }),
    ...(options.timeStampAuthority && { timeStampAuthority: options.timeStampAuthority }),
    ...(options.onStampMissing && { onStampMissing: options.onStampMissing }),
    ...(options.log && { log: options.log }),
  };
}

function readIssuer(der: Uint8Array): CardCertificate {
  try {
    const issuer = readCertificate(der);
    if (!issuer.x509.ca) throw new Error("not an authority's certificate");
    return issuer;
  } catch (cause) {
    throw Object.assign(new Error("a trusted issuer's certificate cannot be used", { cause }), {
      code: "identity-options",
    });
  }
}

/** Deletes what has run out: challenges, unfinished signings, and sessions a day after their end. For a nightly job. */
export async function forgetExpired(identity: Identity): Promise<{ readonly forgotten: number }> {
  const now = identity.clock.now();
  const keys = await passkeyStore(identity.database).forgetExpired(now);
  const forms = await keptFormStore(identity.database).forgetExpired(now);
  return { forgotten: keys + forms + (await identity.store.forgetExpired(now)) };
}
