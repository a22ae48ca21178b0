import { X509Certificate } from "node:crypto";
import type { Clock } from "#kernel";
import type { FollowedConfiguration } from "../configuration/follow.ts";
import type { GatewayLogger } from "./context.ts";
import {
  announce,
  gatewayKeys,
  keptCertificate,
  needsRenewal,
  nextSigningKey,
  registrationStands,
  settleSigningKey,
  type GatewayKeys,
  type WantedRegistration,
} from "./enrol.ts";
import type { TlsIdentity } from "./peer-pool.ts";

/** A gateway's standing with the authority: enrolled, its certificate renewed, its keys those that are registered. */
export interface Registration {
  /** What it shows to peers, and whom it trusts, now. */
  identity(): TlsIdentity;
  keys(): GatewayKeys;
  /** Thumbprint of the signing key. */
  keyid(): string;
  certificate(): { readonly notBefore: Date; readonly notAfter: Date };
  /** Rolls the signing key: the old one stays good for a day. @throws as `announce` */
  rollKey(): Promise<{ readonly keyid: string }>;
  /** Looks whether something is to be renewed or was changed by another process. Never throws. */
  check(): Promise<void>;
  /** Called whenever what is shown or trusted has changed. */
  onIdentity(listener: () => void): void;
  close(): Promise<void>;
}

export interface RegistrationOptions {
  readonly follower: FollowedConfiguration;
  readonly authorityUrl: string;
  readonly keysFolder: string;
  readonly wanted: WantedRegistration;
  readonly invitation: string | undefined;
  readonly clock: Clock;
  readonly logger: GatewayLogger;
}

/**
 * Opens the registration: enrols at the first start, announces what changed, renews what is due.
 * @throws `authority-unreachable` at a first start without authority; `enrolment-refused`
 */
export async function openRegistration(o: RegistrationOptions): Promise<Registration> {
  const { follower, authorityUrl, keysFolder, wanted, invitation, clock, logger } = o;
  const listeners: (() => void)[] = [];
  let keys = await gatewayKeys(keysFolder);
  let certificate = await keptCertificate(keysFolder);
  let shown = "";
  let checking: Promise<void> | undefined;

  const registered = () => follower.directory()?.gateway(wanted.gatewayId);
  const registeredKey = (): string | undefined =>
    registered()?.signingKeys.find((key) => key.use === "exchange" && key.notAfter === undefined)?.keyid;
  const trusted = (): string => follower.directory()?.body.certificateAuthority ?? "";
  const identity = (): TlsIdentity => ({ key: keys.tlsKey, cert: certificate, ca: trusted() });

  async function register(): Promise<void> {
    certificate = await announce({ authorityUrl, keysFolder, keys, wanted, invitation, clock });
    await follower.refresh();
  }

  /** A roll-over that was killed, or made by a command line beside this process, is taken over. */
  async function settle(): Promise<void> {
    const speaks = registeredKey();
    if (speaks === undefined || speaks === keys.signing.keyid) return;
    await settleSigningKey(keysFolder, speaks);
    const kept = await gatewayKeys(keysFolder);
    if (kept.signing.keyid !== speaks) return;
    keys = kept;
    certificate = await keptCertificate(keysFolder);
    logger.info({ keyid: speaks }, "signs with the new key from now on");
  }

  function tell(): void {
    const now = Object.values(identity()).join("|");
    if (now === shown) return;
    shown = now;
    for (const listener of listeners) listener();
  }

  async function look(): Promise<void> {
    await settle();
    const kept = await keptCertificate(keysFolder);
    if (!needsRenewal(kept, clock.now(), trusted())) certificate = kept; // another process may have renewed it
    else await register();
    tell();
  }

  await settle();
  if (!registrationStands(registered(), wanted, keys, certificate)) await register();
  else if (needsRenewal(certificate, clock.now(), trusted()))
    await register().catch((fault: unknown) => logger.warn({ cause: String(fault) }, "certificate not renewed yet"));
  shown = Object.values(identity()).join("|");

  const check = (): Promise<void> => {
    checking ??= look()
      .catch((fault: unknown) => logger.warn({ cause: String(fault) }, "certificate not renewed yet"))
      .finally(() => {
        checking = undefined;
      });
    return checking;
  };
  const timer = setInterval(() => void check(), 3_600_000);
  timer.unref();

  return {
    identity,
    keys: () => keys,
    keyid: () => keys.signing.keyid,
    certificate() {
      const { validFrom, validTo } = new X509Certificate(certificate);
      return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
    },
    async rollKey() {
      await checking;
      const next = await nextSigningKey(keysFolder);
      certificate = await announce({ authorityUrl, keysFolder, keys, wanted, invitation, clock, next });
      await settleSigningKey(keysFolder, next.keyid);
      keys = await gatewayKeys(keysFolder);
      await follower.refresh();
      tell();
      return { keyid: next.keyid };
    },
    check,
    onIdentity: (listener) => void listeners.push(listener),
    async close() {
      clearInterval(timer);
      await checking;
    },
  };
}
