import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import test from "node:test";
import { uuidV7 } from "#kernel";
import { testDatabase } from "#store/testing";
import { listActs } from "../acts/store.ts";
import { openAuthority, type AuthorityOptions } from "../authority/authority.ts";
import { certificateRequest } from "../authority/certificates.ts";
import { signStatement, type GatewayStatement } from "../authority/statement.ts";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import { publicJwkOf } from "../gateway/enrol.ts";
import { jwkThumbprint } from "../hop/thumbprint.ts";
import { authorityLog, named, testFolder, testMember } from "../testing.ts";
import { signQuestion, signRequest, type MembershipRequest, type RequestContent } from "./request.ts";

let now = Date.parse("2026-11-22T08:00:00Z");
const clock = { now: () => new Date(now) };
const database = await testDatabase();
const log = await authorityLog(database, clock);
const options: AuthorityOptions = { database, log, keysFolder: testFolder(), instance: "TW", clock };
const authority = await openAuthority(options);
const { membership } = authority;
test.after(() => authority.close());

const key = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const moi = key();
const tls = key();
const csr = await certificateRequest(
  tls.export({ type: "pkcs8", format: "pem" }).toString(),
  tls,
  "a gateway's TLS key; the name is the authority's business",
);
const shown = (): ConfigurationBody => (JSON.parse(authority.current()) as { signed: ConfigurationBody }).signed;
const memberOf = (id: string) => shown().members.find((one) => one.id === id);

async function enrol(change: Partial<GatewayStatement>, by: KeyObject): Promise<string> {
  const statement: GatewayStatement = {
    instance: "TW",
    issuedAt: clock.now().toISOString(),
    gateway: "TW/GOV/MOI/gw1",
    address: "10.0.0.1:5600",
    subsystems: ["household"],
    signingKey: publicJwkOf(by),
    consentKeys: [],
    logs: [],
    csr,
    nonce: uuidV7(),
    ...change,
  };
  const admitted = await authority.admit(await signStatement(statement, { keyid: "any", privateKey: by }));
  return admitted.ok ? "admitted" : String(admitted.error.params?.["reason"]);
}

async function ask(
  content: RequestContent,
  change: Partial<MembershipRequest> = {},
  by = moi,
  caller?: string,
): Promise<string> {
  const request: MembershipRequest = {
    instance: "TW",
    id: uuidV7(),
    issuedAt: clock.now().toISOString(),
    gateway: "TW/GOV/MOI/gw1",
    signingKey: publicJwkOf(by),
    content,
    ...change,
  };
  const taken = await membership.take(await signRequest(request, { keyid: "any", privateKey: by }), caller);
  return taken.ok ? taken.value.state : String(taken.error.params?.["reason"]);
}

/** Asks and decides; answers the state, or why it could not be decided so. */
async function settle(content: RequestContent, decision: "approved" | "rejected" = "approved"): Promise<string> {
  const id = uuidV7();
  assert.equal(await ask(content, { id }), "pending");
  const done = await membership.decide({ id, decision, by: "Lin Mei", reason: "as agreed" });
  return done.ok ? done.value.state : done.error.code;
}

const invited = async (member: string): Promise<string> => {
  const made = await authority.invite(testMember(member));
  assert.ok(made.ok);
  return made.value.invitation;
};

await authority.registerMember({
  id: testMember("MOI"),
  name: named("Interior"),
  subsystems: [{ code: "household", name: named("Households") }],
});
assert.equal(await enrol({ invitation: await invited("MOI") }, moi), "admitted");

test("one network cannot fill the list of those who want to join; others still can, and itself once it is decided", async () => {
  let asked = 0;
  const join = (caller: string, id: string = uuidV7()): Promise<string> => {
    const gateway = `TW/GOV/NEW${(asked += 1)}/gw1`;
    return ask({ kind: "member.join", name: named("New"), subsystems: [] }, { gateway, id }, key(), caller);
  };
  const first = uuidV7();
  const answers = [await join("192.0.2.1", first)];
  while (answers.length < 11) answers.push(await join("192.0.2.1"));
  assert.deepEqual(answers, [...Array.from({ length: 10 }, () => "pending"), "too-many-from-here"]);
  assert.equal(await join("192.0.2.2"), "pending");
  assert.ok((await membership.decide({ id: first, decision: "rejected", by: "Lin", reason: "unknown" })).ok);
  assert.equal(await join("192.0.2.1"), "pending");
});

test("only the gateway itself asks for its member, freshly, and once", async () => {
  const add: RequestContent = { kind: "subsystem.add", code: "land", name: named("Land") };
  const id = uuidV7();
  assert.equal(await ask(add, {}, key()), "signature-or-format", "signed by a key that is not registered");
  assert.equal(await ask(add, { gateway: "TW/GOV/MOI/gw9" }), "signature-or-format", "a gateway that is not enrolled");
  assert.equal(
    await ask(add, { signingKey: publicJwkOf(key()) }),
    "pending",
    "the registered key counts, not the named",
  );
  assert.equal(await ask(add, { instance: "EE" }), "instance");
  assert.equal(await ask(add, { issuedAt: "2026-11-22T07:50:00.000Z" }), "clock");
  assert.equal(await ask({ kind: "member.join", name: named("x"), subsystems: [] }), "signature-or-format");
  assert.equal(await ask({ kind: "subsystem.add", code: "", name: named("x") }), "signature-or-format");
  assert.equal(
    await ask({ kind: "service.announce", subsystem: "none", service: "x", title: named("x") }),
    "subsystem",
  );
  assert.equal(await ask(add, { id }), "pending");
  assert.equal(await ask({ ...add, code: "other" }, { id }), "id-used", "another request under the same id");
  const before = (await membership.list()).length;
  const jws = await signRequest(
    {
      instance: "TW",
      id: uuidV7(),
      issuedAt: clock.now().toISOString(),
      gateway: "TW/GOV/MOI/gw1",
      signingKey: publicJwkOf(moi),
      content: add,
    },
    { keyid: "any", privateKey: moi },
  );
  assert.ok((await membership.take(jws)).ok && (await membership.take(jws)).ok);
  assert.equal((await membership.list()).length, before + 1, "a replayed request is the same request");
});

test("approved, each kind changes the register and is an act under the registrar's name", async () => {
  assert.equal(await settle({ kind: "subsystem.add", code: "tax", name: named("Tax") }), "approved");
  assert.deepEqual(memberOf("TW/GOV/MOI")?.subsystems.at(-1), { code: "tax", name: named("Tax") });
  assert.equal(await settle({ kind: "subsystem.add", code: "TAX", name: named("x") }), "register-conflict");
  assert.equal(await settle({ kind: "subsystem.add", code: "a/b", name: named("x") }), "request-refused");
  assert.equal(await settle({ kind: "subsystem.rename", code: "tax", name: named("Taxes") }), "approved");
  assert.deepEqual(memberOf("TW/GOV/MOI")?.subsystems.at(-1)?.name, named("Taxes"));
  assert.equal(await settle({ kind: "subsystem.rename", code: "none", name: named("x") }), "request-refused");
  assert.equal(await settle({ kind: "member.rename", name: named("Home affairs") }), "approved");
  assert.deepEqual(memberOf("TW/GOV/MOI")?.name, named("Home affairs"));
  assert.equal(await settle({ kind: "subsystem.remove", code: "household" }), "subsystem-in-use");
  assert.equal(await settle({ kind: "subsystem.remove", code: "tax" }), "approved");
  assert.equal(
    await ask({ kind: "service.announce", subsystem: "household", service: "people", title: named("People") }),
    "approved",
    "by rule",
  );
  const acts = await listActs(database, { about: "TW/GOV/MOI" });
  assert.ok(acts.some(({ by, act }) => by === "Lin Mei" && act === "request.approved"));
  assert.ok(acts.some(({ by, act }) => by === "rule" && act === "request.approved"));
});

test("rejected with a reason, which the gateway reads; without one it is not rejected", async () => {
  const id = uuidV7();
  assert.equal(await ask({ kind: "member.rename", name: named("Z") }, { id }), "pending");
  const none = await membership.decide({ id, decision: "rejected", by: "Lin Mei", reason: " " });
  assert.ok(!none.ok && none.error.code === "request-refused");
  assert.ok((await membership.decide({ id, decision: "rejected", by: "Lin Mei", reason: "a name by law" })).ok);
  const question = {
    instance: "TW",
    issuedAt: clock.now().toISOString(),
    gateway: "TW/GOV/MOI/gw1",
    signingKey: publicJwkOf(moi),
    taken: [],
    answered: [],
  };
  const own = await membership.answer(await signQuestion(question, { keyid: "any", privateKey: moi }));
  assert.ok(own.ok);
  const told = own.value.requests.find((one) => one.id === id);
  assert.deepEqual([told?.state, told?.reason], ["rejected", "a name by law"]);
  const stranger = key();
  const foreign = { ...question, signingKey: publicJwkOf(stranger) };
  const theirs = await membership.answer(await signQuestion(foreign, { keyid: "any", privateKey: stranger }));
  assert.deepEqual(theirs.ok && theirs.value, { requests: [], rights: [] }, "another key sees nothing of the member's");
  const unknown = await membership.decide({ id: uuidV7(), decision: "approved", by: "x" });
  assert.ok(!unknown.ok && unknown.error.code === "request-unknown");
});

test("of two registrars one decides, and a decision that cannot be issued did not happen", async () => {
  const id = uuidV7();
  assert.equal(await ask({ kind: "subsystem.add", code: "race", name: named("Race") }, { id }), "pending");
  const other = await openAuthority(options); // another process on the same database
  const answers = await Promise.all([
    membership.decide({ id, decision: "approved", by: "Lin Mei" }),
    other.membership.decide({ id, decision: "rejected", by: "Wang Shu", reason: "no" }),
  ]);
  await other.close();
  assert.deepEqual(answers.map((one) => (one.ok ? "decided" : one.error.code)).sort(), ["decided", "request-decided"]);
  const row = await membership.request(id);
  assert.equal(
    row?.state === "approved",
    shown().members.some((one) => one.subsystems.some((s) => s.code === "race")),
  );

  const again = uuidV7();
  assert.equal(await ask({ kind: "subsystem.add", code: "late", name: named("Late") }, { id: again }), "pending");
  let broken = false;
  const failing = await openAuthority({
    ...options,
    log: {
      ...log,
      append: (tx, entry) =>
        broken && entry.t === "configuration.issued" ? Promise.reject(new Error("killed")) : log.append(tx, entry),
    },
  });
  broken = true;
  await assert.rejects(failing.membership.decide({ id: again, decision: "approved", by: "Lin Mei" }));
  await failing.close();
  assert.equal((await membership.request(again))?.state, "pending");
  await authority.issue();
  assert.ok(!memberOf("TW/GOV/MOI")?.subsystems.some((one) => one.code === "late"));
});

test("an agency without an invitation asks, and its key enrols one gateway once that is approved", async () => {
  const applicant = key();
  const gateway = "TW/GOV/CWA/gw1";
  const join = {
    kind: "member.join",
    name: named("Weather"),
    subsystems: [{ code: "stations", name: named("Stations") }],
  } as const;
  const start = () => enrol({ gateway, subsystems: ["stations"] }, applicant);
  const id = uuidV7();
  assert.equal(await ask(join, { id, gateway }, applicant), "pending");
  assert.equal(await start(), "member");
  assert.ok((await membership.decide({ id, decision: "approved", by: "Lin Mei" })).ok);
  assert.equal(await enrol({ gateway, subsystems: ["stations"] }, key()), "invitation", "another key");
  assert.equal(
    await enrol({ gateway: "TW/GOV/CWA/gw2", subsystems: ["stations"] }, applicant),
    "invitation",
    "another gateway",
  );
  assert.equal(await start(), "admitted");
  assert.equal(await ask(join, { gateway: "TW/GOV/CWA/gw7" }, key()), "already-member");
  const twin = uuidV7();
  assert.equal(await ask(join, { id: twin, gateway: "TW/GOV/cwa/gw1" }, key()), "pending");
  const done = await membership.decide({ id: twin, decision: "approved", by: "Lin Mei" });
  assert.ok(!done.ok && done.error.code === "register-conflict", "a code that differs only by case");
});

test("a further gateway is let in by its key after the first one asked for it; a retired one is out", async () => {
  const second = key();
  const gateway = "TW/GOV/MOI/gw2";
  const start = () => enrol({ gateway, address: "10.0.0.2:5600" }, second);
  assert.equal(await start(), "invitation");
  const keyid = jwkThumbprint(publicJwkOf(second));
  assert.equal(await settle({ kind: "gateway.add", serverCode: "gw2", keyid }), "approved");
  assert.equal(await start(), "admitted");
  assert.equal(await ask({ kind: "gateway.retire", serverCode: "gw2" }), "approved");
  assert.deepEqual(
    shown().gateways.filter((one) => one.id === gateway),
    [],
  );
  assert.ok(shown().revokedKeys.includes(keyid));
  assert.equal(await start(), "invitation", "the voucher was used up");
});

test("an invitation is for one member, once, until it ends or is withdrawn", async () => {
  const fresh = key();
  const gateway = "TW/GOV/MOI/gw3";
  const other = await invited("CWA");
  assert.equal(await enrol({ gateway, invitation: other }, fresh), "invitation", "of another member");
  const made = await authority.invite(testMember("MOI"), { by: "Lin Mei", days: 1 });
  assert.ok(made.ok);
  now += 86_400_000;
  assert.equal(await enrol({ gateway, invitation: made.value.invitation }, fresh), "invitation", "it has ended");
  const open = await authority.invite(testMember("MOI"));
  assert.ok(open.ok);
  assert.ok((await authority.withdrawInvitation(open.value.id, "Lin Mei")).ok);
  assert.equal(await enrol({ gateway, invitation: open.value.invitation }, fresh), "invitation", "it was withdrawn");
  const twice = await authority.withdrawInvitation(open.value.id, "Lin Mei");
  assert.ok(!twice.ok && twice.error.code === "invitation-unknown");
  const listed = (await authority.invitations()).find((one) => one.id === open.value.id);
  assert.ok(listed?.withdrawn_at);
  assert.ok(!JSON.stringify(await authority.invitations()).includes(open.value.invitation), "no token is kept");
});

test("who comes with an invitation brings its first systems along, later ones are asked for", async () => {
  await authority.registerMember({ id: testMember("MOF"), name: named("Finance"), subsystems: [] });
  const finance = key();
  const gateway = "TW/GOV/MOF/gw1";
  const names = { subsystems: ["tax"], subsystemNames: { tax: named("Tax") } };
  const invitation = await invited("MOF");
  assert.equal(await enrol({ gateway, subsystems: ["tax"], invitation }, finance), "subsystem", "it has no name");
  assert.equal(
    await enrol(
      { gateway, subsystems: ["tax", "TAX"], subsystemNames: { tax: named("a"), TAX: named("b") }, invitation },
      finance,
    ),
    "subsystem",
  );
  assert.equal(await enrol({ gateway, ...names, invitation }, finance), "admitted");
  assert.deepEqual(memberOf("TW/GOV/MOF")?.subsystems, [{ code: "tax", name: named("Tax") }]);
  const more = { subsystems: ["tax", "toll"], subsystemNames: { toll: named("Toll") } };
  assert.equal(await enrol({ gateway, ...more }, finance), "subsystem");
});

test("a statement is heard once; a new signing key proves itself and the old one stays good for a day", async () => {
  const said = {
    instance: "TW",
    issuedAt: clock.now().toISOString(),
    gateway: "TW/GOV/CWA/gw1",
    address: "10.0.0.9:5600",
    subsystems: ["stations"],
    consentKeys: [],
    logs: [],
    nonce: "one",
  };
  const old = key();
  assert.equal(
    await enrol({ gateway: said.gateway, subsystems: ["stations"], invitation: await invited("CWA") }, old),
    "admitted",
  );
  const jws = await signStatement({ ...said, signingKey: publicJwkOf(old) }, { keyid: "any", privateKey: old });
  assert.ok((await authority.admit(jws)).ok);
  const replayed = await authority.admit(jws);
  assert.deepEqual(!replayed.ok && replayed.error.params, { reason: "replayed" });

  const fresh = key();
  const { signKeyProof } = await import("../authority/statement.ts");
  const roll = async (keyProof: string | undefined, by = old) => {
    const statement = { ...said, signingKey: publicJwkOf(fresh), nonce: uuidV7(), keyProof };
    const admitted = await authority.admit(await signStatement(statement, { keyid: "any", privateKey: by }));
    return admitted.ok ? "admitted" : String(admitted.error.params?.["reason"]);
  };
  const proof = (by: KeyObject, gateway = said.gateway) =>
    signKeyProof({ instance: "TW", gateway, issuedAt: said.issuedAt }, { keyid: "any", privateKey: by });
  assert.equal(await roll(undefined), "key-proof");
  assert.equal(await roll(await proof(key())), "key-proof");
  assert.equal(await roll(await proof(fresh, "TW/GOV/MOI/gw1")), "key-proof", "a proof for another gateway");
  assert.equal(await roll(await proof(fresh), key()), "signature-or-format");
  assert.equal(await roll(await proof(fresh)), "admitted");
  const keys = () => shown().gateways.find((one) => one.id === said.gateway)?.signingKeys ?? [];
  assert.deepEqual(
    keys().map(({ keyid, notAfter }) => [keyid, notAfter !== undefined]),
    [
      [jwkThumbprint(publicJwkOf(fresh)), false],
      [jwkThumbprint(publicJwkOf(old)), true],
    ],
  );
  now += 86_400_000;
  await authority.issue();
  assert.equal(keys().length, 1, "the old key is out after a day");
});

test("a member leaves: gateways out, keys revoked, and it may come back only as a newcomer", async () => {
  const id = uuidV7();
  const keyid = jwkThumbprint(publicJwkOf(moi));
  assert.equal(await ask({ kind: "member.leave" }, { id }), "pending");
  assert.ok((await membership.decide({ id, decision: "approved", by: "Lin Mei" })).ok);
  assert.equal(memberOf("TW/GOV/MOI"), undefined);
  assert.deepEqual(
    shown().gateways.filter((one) => one.member === "TW/GOV/MOI"),
    [],
  );
  assert.ok(shown().revokedKeys.includes(keyid));
  assert.equal(await ask({ kind: "member.rename", name: named("x") }), "signature-or-format");
  assert.ok(!(await authority.invite(testMember("MOI"))).ok);
});
