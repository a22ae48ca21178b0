import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import {
  canonicalJson,
  err,
  ok,
  randomToken,
  type Clock,
  type JsonValue,
  type Localised,
  type Refusal,
  type Result,
} from "#kernel";
import { entryInstant, type Log } from "#ledger";
import { migrate, type Database, type Sql } from "#store";
import {
  contentDigest,
  signConfiguration,
  type ConfigurationBody,
  type Purpose,
  type RegisteredKey,
  type WitnessEntry,
} from "../configuration/configuration.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { identifierPath, isRegistrableCode, memberOf, parseServerPath, type MemberId } from "../r1/identifier.ts";
import { openCertificateAuthority, type IssuedCertificate } from "./certificates.ts";
import { authorityKeys } from "./keys.ts";
import { readStatement, type GatewayStatement, type PublicJwk, type ReadStatement } from "./statement.ts";
import * as store from "./store.ts";
import type { GatewayRow } from "./store.ts";

export interface AuthorityOptions {
  readonly database: Database;
  /** Where the authority's signing key and the certificate authority's key live; made at first start, mode 0700. */
  readonly keysFolder: string;
  readonly instance: string;
  readonly clock: Clock;
  /** The authority's own log, in the same database: every act below is an entry of it. */
  readonly log: Log;
  /** Where the public reads that log's files. */
  readonly logUrl?: string | undefined;
  readonly purposes?: readonly Purpose[];
  readonly witnesses?: readonly WitnessEntry[];
  /** Members whose consent tokens providers accept: the portals. */
  readonly consentIssuers?: readonly MemberId[];
  readonly logger?: { error(what: object, message: string): void };
  /** Seconds: re-issue (60), soft expiry (600), hard expiry (259,200 = 72 h). */
  readonly lifetime?: { readonly every?: number; readonly soft?: number; readonly hard?: number };
}

export interface MemberRegistration {
  readonly id: MemberId;
  readonly name: Localised;
  readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
}

/**
 * The one central party: registers who takes part, vouches for keys, and is in no call's path. What it does stands in its
 * log, in the transaction that does it.
 */
export interface Authority {
  readonly instance: string;
  /** What gateways are given at set-up, by a way that is trusted: the raw Ed25519 public key, base64url. */
  readonly anchor: string;
  /** Registers a member and its subsystems, or changes their names. Repeating it changes nothing. */
  registerMember(
    member: MemberRegistration,
  ): Promise<Result<{ member: string }, Refusal<"register-conflict" | "call-malformed">>>;
  /** A one-time invitation for one gateway of a member. Only its digest is stored. */
  invite(member: MemberId): Promise<Result<{ invitation: string }, Refusal<"unknown-member">>>;
  /** Enrols a gateway (with an invitation) or takes its signed changes; issues a TLS certificate if one is asked for. */
  admit(jws: string): Promise<Result<Admission, Refusal<"enrolment-refused">>>;
  /** From the next issue on nothing signed by this key is accepted. */
  revokeKey(keyid: string, reason: string): Promise<{ version: number }>;
  setWitnesses(witnesses: readonly WitnessEntry[]): Promise<{ version: number }>;
  /** Issues the next version now. */
  issue(): Promise<{ version: number }>;
  /** The newest signed configuration, as text. */
  current(): string;
  close(): Promise<void>;
}

export interface Admission {
  readonly gateway: string;
  readonly certificate?: string;
  readonly version: number;
}

/** Opens the authority on its database, issues a configuration, and issues again every minute and at each change. */
export async function openAuthority(o: AuthorityOptions): Promise<Authority> {
  await migrate(o.database, "exchange", new URL("../migrations/", import.meta.url));
  const keys = await authorityKeys(o.keysFolder, o.instance, o.clock.now());
  const ca = await openCertificateAuthority(keys.certificateAuthority);
  const lifetime = { every: 60, soft: 600, hard: 259_200, ...o.lifetime };
  let witnesses = o.witnesses ?? [];
  let text = "";

  async function issueIn(tx: Sql): Promise<{ version: number; document: string }> {
    const version = Number(await store.lockIssuing(tx)) + 1;
    const now = o.clock.now();
    const after = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
    const gateways = await store.gatewayRows(tx);
    const body: ConfigurationBody = {
      type: "configuration",
      specVersion: "1",
      instance: o.instance,
      version,
      issued: now.toISOString(),
      softExpires: after(lifetime.soft),
      expires: after(lifetime.hard),
      members: await store.members(tx),
      gateways: gateways.map((row) => ({
        id: row.path,
        member: row.member,
        address: row.address,
        tlsFingerprints: row.certificates
          .filter((one) => Date.parse(one.notAfter) > now.getTime())
          .map((c) => c.sha256),
        clients: row.clients,
        signingKeys: row.signing_keys,
        logs: row.logs,
      })),
      certificateAuthority: ca.certificatePem,
      consentIssuers: (o.consentIssuers ?? []).map(identifierPath),
      witnesses,
      purposes: o.purposes ?? [],
      revokedKeys: await store.revokedKeys(tx),
      logs: [{ origin: o.log.origin, vkey: o.log.vkey, ...(o.logUrl ? { url: o.logUrl } : {}) }],
    };
    const content = contentDigest(body);
    if (content !== (await store.newestContent(tx))) {
      const ver = String(version);
      await o.log.append(tx, { v: 1, t: "configuration.issued", at: entryInstant(now), ver, dig: content });
    }
    const document = JSON.stringify(signConfiguration(body, [keys.signingKey]));
    await store.putIssued(tx, { version, document, content, at: now });
    return { version, document };
  }

  const now = (): string => entryInstant(o.clock.now());

  /** Changes the register and issues the version that shows the change, both or neither. */
  async function changing<Value>(work: (tx: Sql) => Promise<Value>): Promise<{ value: Value; version: number }> {
    const { value, issued } = await o.database.transaction(async (tx) => {
      const value = await work(tx);
      return { value, issued: await issueIn(tx) };
    });
    text = issued.document;
    return { value, version: issued.version };
  }

  const issue = async (): Promise<{ version: number }> => ({
    version: (await changing(async () => undefined)).version,
  });
  await issue();
  const timer = setInterval(
    () => void issue().catch((fault: unknown) => o.logger?.error({ cause: String(fault) }, "configuration not issued")),
    lifetime.every * 1000,
  );
  timer.unref();

  return {
    instance: o.instance,
    anchor: keys.anchor,
    issue,
    current: () => text,
    async registerMember(member) {
      const codes = [member.id.memberCode, member.id.memberClass, ...member.subsystems.map((one) => one.code)];
      if (member.id.instance !== o.instance || !codes.every((code) => isRegistrableCode(code)))
        return err({ code: "call-malformed", params: { reason: "identifier" } });
      const folded = new Set(member.subsystems.map((one) => one.code.toLowerCase()));
      if (folded.size !== member.subsystems.length) return err({ code: "register-conflict" });
      const id = identifierPath(member.id);
      const entry = { id, name: member.name, subsystems: member.subsystems };
      const { value: change } = await changing(async (tx) => {
        const change = await store.putMember(tx, entry);
        if (change !== "registered" && change !== "changed") return change;
        const dig = digestOf({ id, name: { ...entry.name }, subsystems: entry.subsystems as unknown as JsonValue });
        await o.log.append(tx, { v: 1, t: "member.registered", at: now(), member: id, change, dig });
        return change;
      });
      return change === "taken" ? err({ code: "register-conflict" }) : ok({ member: id });
    },
    async invite(member) {
      const invitation = randomToken();
      const path = identifierPath(member);
      const digest = invitationDigest(invitation);
      const made = await o.database.transaction(async (tx) => {
        if (!(await store.putInvitation(tx, path, digest, o.clock.now()))) return false;
        await o.log.append(tx, {
          v: 1,
          t: "invitation.made",
          at: now(),
          member: path,
          inv: digest.toString("base64url"),
        });
        return true;
      });
      return made ? ok({ invitation }) : err({ code: "unknown-member" });
    },
    async admit(jws) {
      const read = await readStatement(jws, registeredKey);
      if (!read.ok) return read;
      const { statement, signedBy } = read.value;
      if (statement.instance !== o.instance) return refused("instance");
      if (Math.abs(Date.parse(statement.issuedAt) - o.clock.now().getTime()) > 300_000) return refused("clock");
      const certificate = statement.csr === undefined ? undefined : await certify(statement, statement.csr);
      if (certificate === "bad") return refused("certificate-request");
      const done = await changing((tx) => enrol(tx, statement, signedBy, certificate)).catch((fault: unknown) => {
        if (fault instanceof NotAdmitted) return fault;
        throw fault;
      });
      if (done instanceof NotAdmitted) return refused(done.reason);
      return ok({
        gateway: statement.gateway,
        version: done.version,
        ...(certificate ? { certificate: certificate.pem } : {}),
      });
    },
    async revokeKey(keyid, reason) {
      return changing(async (tx) => {
        if (!(await store.revokeKeyRow(tx, keyid, reason, o.clock.now()))) return;
        await o.log.append(tx, { v: 1, t: "key.revoked", at: now(), key: keyid });
      });
    },
    async setWitnesses(next) {
      witnesses = next;
      return issue();
    },
    async close() {
      clearInterval(timer);
    },
  };

  function certify(statement: GatewayStatement, csrPem: string) {
    const host = statement.address.slice(0, statement.address.lastIndexOf(":"));
    return ca.issue({ csrPem, gateway: statement.gateway, host, now: o.clock.now() }).catch(() => "bad" as const);
  }

  /** A revoked key speaks for nobody: its gateway comes back with a new key and a new invitation. */
  async function registeredKey(gateway: string): Promise<KeyObject | undefined> {
    const known = await o.database.transaction((tx) => store.gatewayRow(tx, gateway));
    const key = known?.signing_keys.find((one) => one.use === "exchange");
    if (!key || (await store.revokedKeys(o.database)).includes(key.keyid)) return undefined;
    return createPublicKey({ key: { ...key.jwk }, format: "jwk" });
  }

  async function enrol(
    tx: Sql,
    statement: GatewayStatement,
    signedBy: ReadStatement["signedBy"],
    certificate: IssuedCertificate | undefined,
  ): Promise<void> {
    const id = parseServerPath(statement.gateway);
    if (!id.ok || identifierPath(id.value) !== statement.gateway || !isRegistrableCode(id.value.serverCode)) {
      throw new NotAdmitted("gateway");
    }
    const owner = memberOf(id.value);
    const member = identifierPath(owner);
    const registered = (await store.members(tx)).find((one) => one.id === member);
    if (!registered) throw new NotAdmitted("member");
    const unknown = statement.subsystems.find((code) => registered.subsystems.every((one) => one.code !== code));
    if (unknown !== undefined) throw new NotAdmitted("subsystem");
    const known = await store.gatewayRow(tx, statement.gateway);
    let invited: Buffer | undefined;
    if (signedBy === "itself") {
      invited = invitationDigest(statement.invitation ?? "");
      if (!(await store.useInvitation(tx, member, invited, o.clock.now()))) throw new NotAdmitted("invitation");
      if (!certificate) throw new NotAdmitted("certificate-request");
    }
    const signing = keyEntry(statement.signingKey, member, "exchange");
    const revoked = await store.revokedKeys(tx);
    if (revoked.includes(signing.keyid)) throw new NotAdmitted("key-revoked");
    const row: GatewayRow = {
      path: statement.gateway,
      member,
      address: statement.address,
      clients: [member, ...statement.subsystems.map((code) => identifierPath({ ...owner, subsystemCode: code }))],
      // The one before stays valid beside the new one until peers have heard of it.
      certificates: [
        ...(certificate ? [{ sha256: certificate.sha256, notAfter: certificate.notAfter }] : []),
        ...(known?.certificates ?? []),
      ].slice(0, 2),
      signing_keys: [signing, ...statement.consentKeys.map((jwk) => keyEntry(jwk, member, "consent"))],
      logs: statement.logs,
    };
    await store.putGateway(tx, row);
    const written = { v: 1, at: now(), member, gateway: row.path } as const;
    const dig = registrationDigest(row);
    if (invited || !known || registrationDigest(known) !== dig) {
      await o.log.append(tx, {
        ...written,
        t: "gateway.enrolled",
        change: known ? "changed" : "enrolled",
        ...(invited ? { inv: invited.toString("base64url") } : {}),
        key: signing.keyid,
        dig,
      });
    }
    if (!certificate) return;
    await o.log.append(tx, {
      ...written,
      t: "certificate.issued",
      dig: Buffer.from(certificate.sha256, "hex").toString("base64url"),
      until: entryInstant(new Date(certificate.notAfter)),
    });
  }
}

class NotAdmitted extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

function refused(reason: string): { readonly ok: false; readonly error: Refusal<"enrolment-refused"> } {
  return err({ code: "enrolment-refused", params: { reason } });
}

function invitationDigest(invitation: string): Buffer {
  return createHash("sha256").update(invitation).digest();
}

function keyEntry(jwk: PublicJwk, member: string, use: RegisteredKey["use"]): RegisteredKey {
  const alg = jwk.kty === "EC" ? "ecdsa-p256-sha256" : "ed25519";
  return { keyid: jwkThumbprint(jwk), jwk, alg, member, use };
}

/** What is said of a gateway, its certificates left out: they have entries of their own. */
function registrationDigest(row: GatewayRow): string {
  const registration = { ...row, certificates: undefined };
  return digestOf(JSON.parse(JSON.stringify(registration)) as JsonValue);
}

/** SHA-256 of a public text in its canonical form, base64url. */
function digestOf(value: JsonValue): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}
