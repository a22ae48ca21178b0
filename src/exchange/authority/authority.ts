import { createPublicKey, type KeyObject } from "node:crypto";
import { err, ok, randomToken, uuidV7, type JsonValue, type Refusal } from "#kernel";
import { entryInstant } from "#ledger";
import { migrate, type Sql } from "#store";
import { recordAct } from "../acts/store.ts";
import type { ConfigurationBody, RegisteredMember } from "../configuration/configuration.ts";
import type { SignedRoot } from "../configuration/root.ts";
import { openMembership } from "../membership/membership.ts";
import { identifierPath, isRegistrableCode } from "../r1/identifier.ts";
import type { Authority, AuthorityOptions, MemberRegistration } from "./face.ts";
import { digestOf, registrationDigest } from "./digests.ts";
import { enrol, invitationDigest, NotAdmitted } from "./enrol.ts";
import { openIssuing } from "./issue.ts";
import { authorityKeys } from "./keys.ts";
import { checkNextRoot, configurationKeys, nextRoot, signWithKept, type RootPlan } from "./roots.ts";
import { issueSeal, type SealApplicant } from "./seal-certificates.ts";
import { readStatement, statementDigest, type GatewayStatement } from "./statement.ts";
import * as store from "./store.ts";

export type { Admission, Authority, AuthorityOptions, MemberRegistration } from "./face.ts";

/** Opens the authority on its database, issues a configuration, and issues again every minute and at each change. */
export async function openAuthority(o: AuthorityOptions): Promise<Authority> {
  await migrate(o.database, "exchange", new URL("../migrations/", import.meta.url));
  const keys = await authorityKeys(o.keysFolder, o.instance, o.clock.now());
  const lifetime = { every: 60, soft: 600, hard: 259_200, ...o.lifetime };
  const issuing = await openIssuing(o, keys, lifetime);
  const { changing } = issuing;
  const now = (): string => entryInstant(o.clock.now());

  /** Writes a member and its entry, if that says anything new. */
  async function putMember(tx: Sql, entry: RegisteredMember): Promise<"done" | "taken"> {
    const change = await store.putMember(tx, entry);
    if (change === "taken") return "taken";
    if (change === "unchanged") return "done";
    const { id, name, subsystems } = entry;
    await o.log.append(tx, {
      v: 1,
      t: "member.registered",
      at: now(),
      member: id,
      change,
      dig: digestOf({ id, name, subsystems }),
    });
    return "done";
  }

  async function revokeIn(tx: Sql, keyid: string, reason: string): Promise<boolean> {
    if (!(await store.revokeKeyRow(tx, keyid, reason, o.clock.now()))) return false;
    await o.log.append(tx, { v: 1, t: "key.revoked", at: now(), key: keyid });
    return true;
  }

  async function retireIn(tx: Sql, path: string): Promise<boolean> {
    const row = await store.gatewayRow(tx, path);
    if (!row) return false;
    await store.retireGatewayRow(tx, path, o.clock.now());
    const [signing] = row.signing_keys;
    const { member } = row;
    if (signing) {
      const dig = registrationDigest(row);
      const key = signing.keyid;
      await o.log.append(tx, {
        v: 1,
        t: "gateway.enrolled",
        at: now(),
        member,
        gateway: path,
        change: "retired",
        key,
        dig,
      });
    }
    for (const { keyid } of row.signing_keys) await revokeIn(tx, keyid, "gateway retired");
    return true;
  }

  async function leaveIn(tx: Sql, member: string): Promise<boolean> {
    const row = await store.memberRow(tx, member);
    if (!row) return false;
    for (const gateway of await store.gatewayRows(tx)) if (gateway.member === member) await retireIn(tx, gateway.path);
    await store.letLeave(tx, member, o.clock.now());
    const dig = digestOf(row);
    await o.log.append(tx, { v: 1, t: "member.registered", at: now(), member, change: "left", dig });
    return true;
  }

  const membership = openMembership({
    database: o.database,
    instance: o.instance,
    clock: o.clock,
    log: o.log,
    register: { putMember, retireGateway: retireIn, leave: leaveIn },
    byRule: o.byRule ?? ["service.announce", "gateway.retire"],
    registeredKey,
    changing,
  });

  const installRoot: Authority["installRoot"] = async (document, by) => {
    const at = o.clock.now();
    const done = await changing(async (tx) => {
      await store.lockIssuing(tx);
      const checked = checkNextRoot((await issuing.root(tx)).trusted, document);
      if (!checked.ok) throw new NotInstalled(checked.error);
      const { body, digest } = checked.value;
      await configurationKeys(body, keys);
      await store.putRoot(tx, body.version, JSON.stringify(document), at);
      await o.log.append(tx, { v: 1, t: "root.changed", at: now(), ver: String(body.version), dig: digest });
      await recordAct(tx, { by, act: "root.installed", about: `root ${body.version}`, now: at });
      return body.version;
    }).catch((fault: unknown) => {
      if (fault instanceof NotInstalled) return fault;
      throw fault;
    });
    return done instanceof NotInstalled ? err(done.refusal) : ok({ version: done.value });
  };

  async function proposeRoot(plan: RootPlan): Promise<SignedRoot> {
    const { trusted } = await issuing.root(o.database);
    const signed = nextRoot(trusted.body, plan, o.clock.now());
    return signWithKept({ signed, signatures: [] }, trusted.body, keys);
  }

  return {
    instance: o.instance,
    anchor: keys.anchor,
    issue: issuing.issue,
    current: issuing.current,
    membership,
    async registerMember(member) {
      const fault = faultOf(member, o.instance);
      if (fault) return err(fault);
      const entry = entryOf(member);
      const { value } = await changing((tx) => putMember(tx, entry));
      return value === "taken" ? err({ code: "register-conflict" }) : ok({ member: entry.id });
    },
    async declareMember(member) {
      const fault = faultOf(member, o.instance);
      if (fault) return err(fault);
      const entry = entryOf(member);
      const declared = digestOf(entry);
      const known = await o.database.transaction((tx) => store.declaredMember(tx, entry.id));
      if (known === declared) return ok({ member: entry.id });
      const { value } = await changing(async (tx) => {
        const before = (await store.memberRow(tx, entry.id))?.subsystems ?? [];
        const others = before.filter((one) => entry.subsystems.every(({ code }) => code !== one.code));
        const done = await putMember(tx, { ...entry, subsystems: [...entry.subsystems, ...others] });
        if (done === "taken") return done;
        await store.setDeclared(tx, entry.id, declared);
        await recordAct(tx, { by: "site-file", act: "member.declared", about: entry.id, now: o.clock.now() });
        return done;
      });
      return value === "taken" ? err({ code: "register-conflict" }) : ok({ member: entry.id });
    },
    async invite(member, { by = "site-file", days = 14 } = {}) {
      const invitation = randomToken();
      const path = identifierPath(member);
      const digest = invitationDigest(invitation);
      const at = o.clock.now();
      const id = uuidV7(at);
      const expires = new Date(at.getTime() + days * 86_400_000);
      const made = await o.database.transaction(async (tx) => {
        if (!(await store.putInvitation(tx, { member: path, digest, id, by, now: at, expires }))) return false;
        const inv = digest.toString("base64url");
        await o.log.append(tx, { v: 1, t: "invitation.made", at: now(), member: path, inv });
        await recordAct(tx, { by, act: "invitation.made", about: path, detail: { id }, now: at });
        return true;
      });
      return made ? ok({ invitation, id, expires }) : err({ code: "unknown-member" });
    },
    invitations: () => store.invitationRows(o.database),
    withdrawInvitation: (id, by) =>
      o.database.transaction(async (tx) => {
        const withdrawn = await store.withdrawInvitation(tx, id, o.clock.now());
        if (!withdrawn) return err({ code: "invitation-unknown" });
        const { member } = withdrawn;
        await recordAct(tx, { by, act: "invitation.withdrawn", about: member, detail: { id }, now: o.clock.now() });
        return ok({ member });
      }),
    seal: (jws) => issueSeal({ ...o, applicant: sealApplicant }, jws),
    async admit(jws) {
      const read = await readStatement(jws, registeredKey);
      if (!read.ok) return read;
      const { statement } = read.value;
      if (statement.instance !== o.instance) return refused("instance");
      if (Math.abs(Date.parse(statement.issuedAt) - o.clock.now().getTime()) > 300_000) return refused("clock");
      const said = { ...read.value, digest: statementDigest(jws) };
      const done = await changing((tx) =>
        enrol(tx, { log: o.log, clock: o.clock, putMember, certify: (csr) => certify(statement, csr) }, said),
      ).catch((fault: unknown) => {
        if (fault instanceof NotAdmitted) return fault;
        throw fault;
      });
      if (done instanceof NotAdmitted) return refused(done.reason);
      const { value: certificate, version } = done;
      return ok({
        gateway: statement.gateway,
        version,
        ...(certificate ? { certificate: certificate.pem } : {}),
      });
    },
    members: () => store.members(o.database),
    gateways: () => store.gatewayRows(o.database),
    async retireGateway(path, by) {
      const { value } = await changing(async (tx) => {
        const done = await retireIn(tx, path);
        if (done) await recordAct(tx, { by, act: "gateway.retired", about: path, now: o.clock.now() });
        return done;
      });
      return value;
    },
    async setGroup(group, by) {
      if (!isRegistrableCode(group.code) || group.code.length > 80)
        return err({ code: "call-malformed", params: { reason: "identifier" } });
      const { value } = await changing(async (tx) => {
        const known = new Set(
          (await store.members(tx)).flatMap(({ id, subsystems }) => [id, ...subsystems.map((s) => `${id}/${s.code}`)]),
        );
        if (!group.members.every((one) => known.has(one))) return "unknown-member" as const;
        const members = [...new Set(group.members)].sort();
        if (!(await store.putGroup(tx, { ...group, members }))) return "register-conflict" as const;
        await recordAct(tx, { by, act: "group.set", about: group.code, detail: { members }, now: o.clock.now() });
        return "done" as const;
      });
      return value === "done" ? ok({ code: group.code }) : err({ code: value });
    },
    async removeGroup(code, by) {
      const { value } = await changing(async (tx) => {
        const done = await store.removeGroup(tx, code);
        if (done) await recordAct(tx, { by, act: "group.removed", about: code, now: o.clock.now() });
        return done;
      });
      return value;
    },
    groups: () => store.groups(o.database),
    async revokeKey(keyid, reason, by = "site-file") {
      return changing(async (tx) => {
        if (!(await revokeIn(tx, keyid, reason))) return;
        await recordAct(tx, { by, act: "key.revoked", about: keyid, detail: { reason }, now: o.clock.now() });
      });
    },
    async setWitnesses(next) {
      issuing.setWitnesses(next);
      return issuing.issue();
    },
    root: () => issuing.root(o.database),
    proposeRoot,
    installRoot,
    async rollKey(by) {
      const { trusted } = await issuing.root(o.database);
      const made = await keys.makeKey();
      const rootKeysHere = await Promise.all(trusted.body.roles.root.keyids.map((keyid) => keys.key(keyid)));
      const allHere = rootKeysHere.every((key) => key !== undefined);
      const document = await proposeRoot({
        configurationKeys: [made.public],
        configurationThreshold: 1,
        ...(allHere ? { rootKeys: [made.public], rootThreshold: 1 } : {}),
      });
      return installRoot(document as unknown as JsonValue, by);
    },
    async rollCertificateAuthority(by) {
      const at = o.clock.now();
      const issuesFrom = new Date(at.getTime() + lifetime.soft * 1000);
      await keys.addIssuer(at, issuesFrom);
      await changing((tx) => recordAct(tx, { by, act: "certificate-authority.rolled", about: o.instance, now: at }));
      return { issuesFrom };
    },
    versions: (limit) => store.contentChanges(o.database, limit),
    async version(version) {
      const kept = await store.issuedDocument(o.database, version);
      return kept && (JSON.parse(kept.document) as { signed: ConfigurationBody }).signed;
    },
    async close() {
      issuing.close();
    },
  };

  async function certify(statement: GatewayStatement, csrPem: string) {
    const at = o.clock.now();
    const host = statement.address.slice(0, statement.address.lastIndexOf(":"));
    const { authority } = await keys.issuing(at);
    return authority.issue({ csrPem, gateway: statement.gateway, host, now: at }).catch(() => "bad" as const);
  }

  /** A revoked key speaks for nobody: its gateway comes back with a new key and a new invitation. */
  async function registeredKey(gateway: string): Promise<KeyObject | undefined> {
    const known = await o.database.transaction((tx) => store.gatewayRow(tx, gateway));
    const key = known?.signing_keys.find((one) => one.use === "exchange");
    if (!key || (await store.revokedKeys(o.database)).includes(key.keyid)) return undefined;
    return createPublicKey({ key: { ...key.jwk }, format: "jwk" });
  }

  async function sealApplicant(gateway: string): Promise<SealApplicant | undefined> {
    const known = await o.database.transaction((tx) => store.gatewayRow(tx, gateway));
    const key = await registeredKey(gateway);
    const entry = known?.signing_keys.find((one) => one.use === "exchange");
    if (!known || !key || !entry) return undefined;
    const member = (await store.members(o.database)).find((one) => one.id === known.member);
    return { member: known.member, name: member?.name.en ?? known.member, signingKey: { keyid: entry.keyid, key } };
  }
}

class NotInstalled extends Error {
  readonly refusal: Refusal<"root-refused">;
  constructor(refusal: Refusal<"root-refused">) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

function refused(reason: string): { readonly ok: false; readonly error: Refusal<"enrolment-refused"> } {
  return err({ code: "enrolment-refused", params: { reason } });
}

function entryOf({ id, name, subsystems }: MemberRegistration): RegisteredMember {
  return { id: identifierPath(id), name, subsystems };
}

/** Why a registration cannot be written, by itself. */
function faultOf(
  { id, subsystems }: MemberRegistration,
  instance: string,
): Refusal<"register-conflict" | "call-malformed"> | undefined {
  const codes = [id.memberCode, id.memberClass, ...subsystems.map((one) => one.code)];
  if (id.instance !== instance || !codes.every((code) => isRegistrableCode(code)))
    return { code: "call-malformed", params: { reason: "identifier" } };
  const folded = new Set(subsystems.map((one) => one.code.toLowerCase()));
  return folded.size === subsystems.length ? undefined : { code: "register-conflict" };
}
