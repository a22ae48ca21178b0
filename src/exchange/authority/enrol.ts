import { createHash } from "node:crypto";
import { entryInstant, type Log } from "#ledger";
import type { Clock } from "#kernel";
import type { Sql } from "#store";
import type { RegisteredKey, RegisteredMember } from "../configuration/configuration.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { useVoucher } from "../membership/store.ts";
import { identifierPath, isRegistrableCode, memberOf, parseServerPath } from "../r1/identifier.ts";
import { registrationDigest } from "./digests.ts";
import type { IssuedCertificate } from "./certificates.ts";
import { keyProofHolds, type PublicJwk, type ReadStatement } from "./statement.ts";
import * as store from "./store.ts";
import type { GatewayRow } from "./store.ts";

/** How long a signing key that was rolled is good beside the new one: until every peer has heard of it. */
export const keyOverlapMs: number = 24 * 3_600_000;

/** Why a gateway is not admitted; ends the transaction. */
export class NotAdmitted extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Takes what a gateway says about itself into the register. Its registered key vouches for it, or an invitation, or a
 * request for this key that a registrar approved. @returns the certificate that it asked for @throws `NotAdmitted`
 */
export async function enrol(
  tx: Sql,
  o: {
    readonly log: Log;
    readonly clock: Clock;
    putMember(tx: Sql, member: RegisteredMember): Promise<"done" | "taken">;
    /** Signs a certificate for the key of the request; `bad` for one that cannot be. Asked only for who is admitted. */
    certify(csr: string): Promise<IssuedCertificate | "bad">;
  },
  { statement, signedBy, digest }: ReadStatement & { readonly digest: Uint8Array },
): Promise<IssuedCertificate | undefined> {
  const now = o.clock.now();
  if (!(await store.hear(tx, digest, now))) throw new NotAdmitted("replayed");
  const id = parseServerPath(statement.gateway);
  if (!id.ok || identifierPath(id.value) !== statement.gateway || !isRegistrableCode(id.value.serverCode)) {
    throw new NotAdmitted("gateway");
  }
  const owner = memberOf(id.value);
  const member = identifierPath(owner);
  const others = await store.registeredByOthers(tx, member);
  const registered = await store.memberRow(tx, member);
  if (!registered) throw new NotAdmitted("member");
  const known = await store.gatewayRow(tx, statement.gateway);
  const signing = keyEntry(statement.signingKey, member, "exchange");
  let invited: Buffer | undefined;
  if (signedBy === "itself") {
    const heldInvitation = invitationDigest(statement.invitation ?? "");
    const asked = { member, gateway: statement.gateway, now };
    if (await store.useInvitation(tx, { ...asked, digest: heldInvitation })) invited = heldInvitation;
    else if (known || !(await useVoucher(tx, { ...asked, keyid: signing.keyid }))) throw new NotAdmitted("invitation");
    if (statement.csr === undefined) throw new NotAdmitted("certificate-request");
  }
  const unknown = statement.subsystems.filter((code) => registered.subsystems.every((one) => one.code !== code));
  const named = unknown.map((code) => ({ code, name: statement.subsystemNames?.[code] }));
  // Who comes with an invitation may bring its first systems along; later ones are asked for.
  if (named.length > 0 && (signedBy !== "itself" || named.some(({ code, name }) => !name || !isRegistrableCode(code))))
    throw new NotAdmitted("subsystem");
  if (named.length > 0) {
    const subsystems = [...registered.subsystems, ...named.map(({ code, name }) => ({ code, name: name! }))];
    if (new Set(subsystems.map((one) => one.code.toLowerCase())).size !== subsystems.length)
      throw new NotAdmitted("subsystem");
    await o.putMember(tx, { ...registered, subsystems });
  }
  if ((await store.revokedKeys(tx)).includes(signing.keyid)) throw new NotAdmitted("key-revoked");
  const before = known?.signing_keys.find((key) => key.use === "exchange");
  const rolled = signedBy === "registered" && before !== undefined && before.keyid !== signing.keyid;
  if (rolled && !(await keyProofHolds(statement))) throw new NotAdmitted("key-proof");
  const retiring = rolled
    ? [{ ...before, notAfter: new Date(now.getTime() + keyOverlapMs).toISOString() }]
    : (known?.signing_keys ?? []).filter(
        (key) => key.keyid !== signing.keyid && key.notAfter !== undefined && Date.parse(key.notAfter) > now.getTime(),
      );
  const listed = [
    signing,
    ...(signedBy === "registered" ? retiring : []),
    ...statement.consentKeys.map((jwk) => keyEntry(jwk, member, "consent")),
  ];
  // A key or a log stands for one member: listed by a second, calls and heads of the first would be taken for the second's.
  if (listed.some(({ keyid }) => others.keyids.has(keyid))) throw new NotAdmitted("key-of-another");
  if (statement.logs.flatMap(store.logNames).some((name) => others.logNames.has(name) || name === o.log.origin))
    throw new NotAdmitted("log-of-another");
  // Only now: nobody who is not admitted gets a signature of the certificate authority, or makes it work.
  const certificate = statement.csr === undefined ? undefined : await o.certify(statement.csr);
  if (certificate === "bad") throw new NotAdmitted("certificate-request");
  const row: GatewayRow = {
    path: statement.gateway,
    member,
    address: statement.address,
    clients: [member, ...statement.subsystems.map((subsystemCode) => identifierPath({ ...owner, subsystemCode }))],
    // The one before stays valid beside the new one until peers have heard of it.
    certificates: [
      ...(certificate ? [{ sha256: certificate.sha256, notAfter: certificate.notAfter }] : []),
      ...(known?.certificates ?? []),
    ].slice(0, 2),
    signing_keys: listed,
    logs: statement.logs,
  };
  await store.putGateway(tx, row);
  const written = { v: 1, at: entryInstant(now), member, gateway: row.path } as const;
  const dig = registrationDigest(row);
  if (signedBy === "itself" || !known || registrationDigest(known) !== dig) {
    await o.log.append(tx, {
      ...written,
      t: "gateway.enrolled",
      change: known ? "changed" : "enrolled",
      ...(invited ? { inv: invited.toString("base64url") } : {}),
      key: signing.keyid,
      dig,
    });
  }
  if (!certificate) return undefined;
  await o.log.append(tx, {
    ...written,
    t: "certificate.issued",
    dig: Buffer.from(certificate.sha256, "hex").toString("base64url"),
    until: entryInstant(new Date(certificate.notAfter)),
  });
  return certificate;
}

export function invitationDigest(invitation: string): Buffer {
  return createHash("sha256").update(invitation).digest();
}

function keyEntry(jwk: PublicJwk, member: string, use: RegisteredKey["use"]): RegisteredKey {
  const alg = jwk.kty === "EC" ? "ecdsa-p256-sha256" : "ed25519";
  return { keyid: jwkThumbprint(jwk), jwk, alg, member, use };
}
