import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerInvitation,
  answerRole,
  appointOfficer,
  arrangeTeam,
  chooseOffice,
  dismissStaff,
  endRole,
  giveRole,
  identityHistory,
  invitationsOf,
  inviteManagers,
  inviteStaff,
  officesFor,
  openPolicies,
  readSession,
  registerPerson,
  reviewRoles,
  rolesHeld,
  rolesToGive,
  servicesOfTeams,
  setTeams,
  staffDue,
  staffMember,
  staffOf,
  watchStaff,
  type Acr,
  type Session,
  type StaffDesk,
} from "#identity";
import { fixedClock, type Refusal, type Result } from "#kernel";
import { testDatabase } from "#store/testing";
import { openSession } from "../session.ts";
import { testIdentity } from "../testing.ts";

const database = await testDatabase();
const clock = fixedClock("2026-03-02T01:00:00Z");
const identity = await testIdentity(database, clock);
const policies = openPolicies({ database, clock });
const dayMs = 86_400_000;
let serial = 0;

/** A person with a live session, as one of the staff of `agency` where roles are given. */
async function person(name: string, agency?: string, roles: readonly string[] = []) {
  const nationalId = `A7${String(++serial).padStart(8, "0")}`;
  const { id } = await registerPerson(identity, { nationalId, name });
  if (agency) await appointOfficer(identity, { personId: id, agency, roles });
  return { id, name, nationalId, signIn: (o: Parameters<typeof signIn>[1] = {}) => signIn(id, o) };
}

async function signIn(personId: string, o: { acr?: Acr; network?: string } = {}) {
  const bytes = Buffer.from(`${personId}${++serial}`);
  const at = clock.now();
  const credentialId = await identity.store.putCredential({
    id: personId.slice(0, 24) + String(serial).padStart(12, "0"),
    kind: "webeid",
    personId,
    fingerprint: bytes,
    issuerFingerprint: bytes,
    serial: "1",
    notAfter: at,
    at,
  });
  const { acr = "urn:taroko:loa:high", network } = o;
  return openSession(identity, identity.store, {
    personId,
    credentialId,
    acr,
    amr: [],
    signingCertificate: undefined,
    agentHash: null,
    network,
  });
}

const deskOf = (session: Session): StaffDesk => ({ identity, policies, session, operator: "moda" });
const codeOf = <Value>(result: Result<Value, Refusal>): string =>
  result.ok ? "ok" : [result.error.code, result.error.params?.["why"]].filter(Boolean).join(" ");
const inAYear = () => new Date(clock.now().getTime() + 365 * dayMs);
const wish = (roles: readonly string[], nationalId?: string) => ({
  name: "新同事",
  roles,
  until: inAYear(),
  teams: [],
  ...(nationalId !== undefined && { nationalId }),
});
const rolesOf = async (token: string) => {
  const read = await readSession(identity, token);
  return read.ok ? (read.value.officer?.roles ?? []) : [];
};
function value<Value>(result: Result<Value, Refusal>): Value {
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.error));
  return result.value;
}

const first = await person("管理一", "social", ["staff-manager"]);
const second = await person("管理二", "social", ["staff-manager"]);
const foreign = await person("別機關", "tax", ["staff-manager"]);
const clerk = await person("承辦", "social", ["caseworker"]);
const one = deskOf((await first.signIn()).session);
const other = deskOf((await foreign.signIn()).session);

test("an invitation is the same for a number that is known and one that is not, and shows neither", async () => {
  const known = await person("林小明");
  const answers = [
    value(await inviteStaff(one, wish(["caseworker"], known.nationalId))),
    value(await inviteStaff(one, wish(["caseworker"], "A799999999"))),
  ];
  const { members } = await staffOf(identity, "social", { search: "新同事", limit: 10, offset: 0 });
  assert.deepEqual(
    members.map(({ name, accepted, roles }) => [name, accepted, roles[0]?.state]),
    [
      ["新同事", false, "invited"],
      ["新同事", false, "invited"],
    ],
  );
  assert.doesNotMatch(JSON.stringify([answers, members]), /A7\d{8}|林小明/);
  const own = await identityHistory(identity, first.id);
  assert.ok(
    own.every(({ principal }) => principal === undefined),
    "not even the manager's own events say whose it is",
  );
  const rows = JSON.stringify(await database.query("select * from identity.office"));
  assert.doesNotMatch(rows, new RegExp(known.nationalId), "sealed in the database");

  const { session, token } = await known.signIn();
  const [invitation] = await invitationsOf(identity, known.id);
  assert.ok(invitation);
  assert.deepEqual([invitation.agency, invitation.roles], ["social", ["caseworker"]]);
  assert.deepEqual(await rolesOf(token), [], "nothing before it is accepted");
  assert.equal(
    codeOf(await answerInvitation(deskOf((await clerk.signIn()).session), { id: invitation.id })),
    "staff-invitation-unknown",
  );
  value(await answerInvitation(deskOf(session), { id: invitation.id }));
  assert.deepEqual(await rolesOf(token), ["caseworker"], "in the session under way");
  const events = (await identityHistory(identity, known.id)).filter(({ what }) => what === "office");
  assert.deepEqual(
    events.map(({ reason, principal }) => [reason, principal?.name]),
    [["accepted", "管理一"]],
    "both sides see it",
  );
  assert.deepEqual(
    await database.query("select 1 from identity.office where person_id is not null and invited_number is not null"),
    [],
  );
});

test("a code is for one acceptance, in any spelling; nobody accepts what they gave themself", async () => {
  const { code } = value(await inviteStaff(one, wish(["caseworker"])));
  assert.match(code, /^(?:[2-9A-Z]{5}-){3}[2-9A-Z]{5}$/);
  assert.equal(codeOf(await answerInvitation(one, { code })), "own-office");
  const friend = await person("同事甲");
  const { session } = await friend.signIn();
  assert.equal(
    codeOf(await answerInvitation(deskOf(session), { code: code.replace(/.$/, "!") })),
    "staff-invitation-unknown",
  );
  const weak = await friend.signIn({ acr: "urn:taroko:loa:low" });
  assert.equal(codeOf(await answerInvitation(deskOf(weak.session), { code })), "stronger-sign-in-needed");
  value(await answerInvitation(deskOf(session), { code: ` ${code.toLowerCase().replaceAll("-", " ")} ` }));
  assert.equal(codeOf(await answerInvitation(deskOf(session), { code })), "staff-invitation-unknown");
  const late = value(await inviteStaff(one, wish(["caseworker"])));
  clock.advance(31 * dayMs);
  const { session: tardy } = await (await person("遲到")).signIn();
  assert.equal(codeOf(await answerInvitation(deskOf(tardy), late)), "staff-invitation-unknown");
});

test("roles that take two managers are in force only when a second one agrees", async () => {
  const again = { one: deskOf((await first.signIn()).session), two: deskOf((await second.signIn()).session) };
  const [row] = (await staffOf(identity, "social", { search: "承辦", limit: 1, offset: 0 })).members;
  const { token, session } = await clerk.signIn();
  const until = inAYear();
  assert.deepEqual(value(await giveRole(again.one, row!.id, { role: "approver", until })), { state: "asked" });
  assert.deepEqual(await rolesOf(token), ["caseworker"]);
  assert.equal(
    codeOf(await answerRole(again.one, row!.id, { role: "approver", agree: true })),
    "second-manager-needed",
  );
  assert.equal(codeOf(await answerRole(deskOf(session), row!.id, { role: "approver", agree: true })), "own-office");
  value(await answerRole(again.two, row!.id, { role: "approver", agree: true }));
  assert.deepEqual(await rolesOf(token), ["approver", "caseworker"]);
  assert.equal(codeOf(await answerRole(again.two, row!.id, { role: "approver", agree: true })), "staff-wrong-state");

  // What is held stays as it is while a longer end waits, and after it is turned down.
  clock.advance(dayMs);
  value(await giveRole(again.one, row!.id, { role: "approver", until: inAYear() }));
  value(await answerRole(again.two, row!.id, { role: "approver", agree: false }));
  const held = await staffMember(again.one, row!.id);
  assert.equal(held?.member.roles.find(({ role }) => role === "approver")?.until?.getTime(), until.getTime());
  value(await endRole(again.one, row!.id, "approver"));
  clock.advance(1);
  assert.deepEqual(await rolesOf((await clerk.signIn()).token), ["caseworker"]);
});

test("nobody gives, extends or reviews a role of their own, or any of another agency, or after a weak sign-in", async () => {
  const desk = deskOf((await first.signIn()).session);
  const [self] = (await staffOf(identity, "social", { search: "管理一", limit: 1, offset: 0 })).members;
  const until = inAYear();
  const tries: readonly [string, string, Promise<Result<unknown, Refusal>>][] = [
    ["oneself a role", "own-office", giveRole(desk, self!.id, { role: "security", until })],
    ["oneself longer", "own-office", giveRole(desk, self!.id, { role: "staff-manager", until })],
    ["one's own review", "own-office", reviewRoles(desk, self!.id, ["staff-manager"])],
    ["one's own number", "own-office", inviteStaff(desk, wish(["caseworker"], ` ${first.nationalId.toLowerCase()}`))],
    ["another agency's", "staff-unknown", giveRole(other, self!.id, { role: "caseworker", until })],
    ["no such office", "staff-unknown", endRole(desk, "x", "caseworker")],
    ["the operator's role", "role-of-the-operator", inviteStaff(desk, wish(["client-approver"]))],
    [
      "more than a year",
      "staff-terms until",
      inviteStaff(desk, { ...wish(["caseworker"]), until: new Date(clock.now().getTime() + 400 * dayMs) }),
    ],
    ["until no day", "staff-terms until", inviteStaff(desk, { ...wish(["caseworker"]), until: new Date(Number.NaN) })],
    ["no role", "staff-terms roles", inviteStaff(desk, wish([]))],
    ["no name", "staff-terms name", inviteStaff(desk, { ...wish(["caseworker"]), name: " " })],
    ["a caseworker", "not-permitted", inviteStaff(deskOf((await clerk.signIn()).session), wish(["caseworker"]))],
    [
      "a weak sign-in",
      "stronger-sign-in-needed",
      inviteStaff(deskOf((await first.signIn({ acr: "urn:taroko:loa:low" })).session), wish(["caseworker"])),
    ],
  ];
  for (const [title, code, result] of tries) assert.equal(codeOf(await result), code, title);
  assert.deepEqual(await rolesToGive(desk, ["caseworker", "client-approver"]), ["caseworker"]);
  const recorded = await policies.about({ person: first.id, limit: 100 });
  assert.ok(
    recorded.some(({ action, reason }) => action === "staff:give" || reason === "own-office"),
    "decisions are kept",
  );
});

test("a role ends when it ends, or 120 days after somebody last looked at it, in sessions under way too", async () => {
  const manager = await person("複核者", "health", ["staff-manager"]);
  const nurse = await person("護理", "health", ["caseworker"]);
  const [row] = (await staffOf(identity, "health", { search: "護理", limit: 1, offset: 0 })).members;
  const began = clock.now();
  const soon = async () =>
    (await staffOf(identity, "health", { soon: true, limit: 9, offset: 0 })).members.map(({ name }) => name);
  assert.deepEqual(await soon(), []);
  clock.advance(90 * dayMs + 1);
  assert.ok((await soon()).includes("護理"), "listed after 90 days");
  value(await reviewRoles(deskOf((await manager.signIn()).session), row!.id, ["caseworker"]));
  clock.advance(29 * dayMs);
  assert.ok(!(await soon()).includes("護理"), "one click was enough");
  const reviewed = clock.now().getTime() - 29 * dayMs;
  clock.advance(91 * dayMs - 10_000);
  const { token } = await nurse.signIn();
  assert.deepEqual(await rolesOf(token), ["caseworker"]);
  clock.advance(10_000);
  assert.deepEqual(await rolesOf(token), [], "at once, before any job has run");
  assert.equal(
    (await staffOf(identity, "health", { search: "護理", limit: 1, offset: 0 })).members[0]?.roles[0]?.state,
    "suspended",
  );
  assert.ok((await watchStaff(identity)).suspended >= 2, "the manager's own among them: nobody reviews themself");
  assert.equal((await watchStaff(identity)).suspended, 0, "told once");
  assert.equal((await identityHistory(identity, nurse.id))[0]?.reason, "suspended");

  // Who held it on a past day, with no gap at the review and none invented afterwards.
  const on = async (at: number) =>
    (await rolesHeld(identity, { agency: "health", person: nurse.id, from: new Date(at), to: new Date(at + 1) })).map(
      ({ role }) => role,
    );
  assert.deepEqual(await on(began.getTime()), ["caseworker"]);
  assert.deepEqual(await on(reviewed), ["caseworker"]);
  assert.deepEqual(await on(reviewed + 119 * dayMs), ["caseworker"]);
  assert.deepEqual(await on(reviewed + 121 * dayMs), []);
});

test("who has several offices chooses one, and leaves the others' roles behind", async () => {
  await appointOfficer(identity, { personId: foreign.id, agency: "tax", roles: ["staff-manager"] });
  const both = await person("兼任", "social", ["caseworker"]);
  const { token, session } = await both.signIn();
  assert.equal(
    (await readSession(identity, token)).ok && session.officer?.agency,
    "social",
    "the only one goes without saying",
  );
  await appointOfficer(identity, { personId: both.id, agency: "tax", roles: ["security"] });
  assert.deepEqual(await rolesOf(token), [], "with two, none is anybody's guess");
  const offices = await officesFor(identity, both.id);
  assert.deepEqual(offices.map(({ agency }) => agency).toSorted(), ["social", "tax"]);
  value(await chooseOffice(identity, session, offices.find(({ agency }) => agency === "tax")!.office));
  assert.deepEqual(await rolesOf(token), ["security"]);
  assert.equal(codeOf(await chooseOffice(identity, session, session.id)), "staff-unknown");
  const [tax] = (await staffOf(identity, "tax", { search: "兼任", limit: 1, offset: 0 })).members;
  value(await dismissStaff(deskOf((await foreign.signIn()).session), tax!.id));
  assert.deepEqual(await rolesOf(token), [], "the chosen one is over; the other is not slipped in");
  value(await chooseOffice(identity, session, undefined));
  assert.deepEqual(await rolesOf(token), ["caseworker"]);
});

test("teams look after services; signing in from two networks at once is told, without where", async () => {
  await appointOfficer(identity, { personId: first.id, agency: "social", roles: ["staff-manager"] });
  await appointOfficer(identity, { personId: clerk.id, agency: "social", roles: ["caseworker"] });
  const desk = deskOf((await first.signIn()).session);
  value(await arrangeTeam(desk, { name: "輔具組", services: ["assistive-device"] }));
  const [row] = (await staffOf(identity, "social", { search: "承辦", limit: 1, offset: 0 })).members;
  value(await setTeams(desk, row!.id, ["輔具組"]));
  const { session } = await clerk.signIn({ network: "203.0.113.0/24" });
  assert.deepEqual(session.officer?.teams, ["輔具組"]);
  assert.deepEqual(await servicesOfTeams(identity, "social", ["輔具組"]), ["assistive-device"]);
  assert.deepEqual(
    (await staffOf(identity, "social", { team: "輔具組", limit: 9, offset: 0 })).members.map(({ name }) => name),
    ["承辦"],
  );
  assert.equal((await watchStaff(identity)).twoNetworks, 0);
  await clerk.signIn({ network: "198.51.100.0/24" });
  assert.equal((await watchStaff(identity)).twoNetworks, 1);
  assert.equal((await watchStaff(identity)).twoNetworks, 0, "once a day");
  const seen = await staffMember(desk, row!.id);
  assert.ok(seen?.member.twoNetworks);
  assert.doesNotMatch(JSON.stringify(seen), /203\.0|198\.51/);
});

test("an agency's first managers are invited by the operator; from two in force on it invites its people itself", async () => {
  const invited = value(await inviteManagers(identity, "water", ["甲", "乙"]));
  const [one, two] = [await person("甲"), await person("乙")];
  const again = value(await inviteManagers(identity, "water", ["甲", "乙"]));
  const accept = async (who: typeof one, code: string) => {
    const { session } = await who.signIn();
    return codeOf(await answerInvitation({ identity, policies, session }, { code }));
  };
  assert.equal(await accept(one, invited[0]!.code), "staff-invitation-unknown", "an earlier code opens nothing");
  assert.equal(await accept(one, again[0]!.code), "ok");
  assert.equal(await accept(one, again[1]!.code), "staff-wrong-state", "one person is not two");
  assert.equal(await accept(two, again[1]!.code), "ok");
  assert.deepEqual(await rolesOf((await two.signIn()).token), ["staff-manager"]);
  assert.equal(codeOf(await inviteManagers(identity, "water", ["丙", "丁"])), "staff-has-managers");
  for (const names of [["丙"], ["丙", "丙"], ["丙", " "], []])
    assert.equal(codeOf(await inviteManagers(identity, "roads", names)), "staff-terms name", JSON.stringify(names));
  const both = await Promise.all([1, 2].map(() => inviteManagers(identity, "parks", ["丙", "丁"])));
  assert.ok(both.every(({ ok }) => ok));
  assert.equal((await staffOf(identity, "parks", { limit: 9, offset: 0 })).total, 2, "the later ones alone stand");
});

test("managers are told once when a role's review comes due and when its end comes near", async () => {
  const { id: bossId, signIn: bossIn } = await person("主管", "library", ["staff-manager"]);
  const { id } = await person("館員", "library");
  const began = clock.now().getTime();
  await appointOfficer(identity, {
    personId: id,
    agency: "library",
    roles: ["caseworker"],
    validTo: new Date(began + 200 * dayMs),
  });
  const told = async (whose: string) =>
    (await identityHistory(identity, whose))
      .map(({ reason }) => reason)
      .filter((reason) => /due|soon/.test(reason ?? ""));
  await watchStaff(identity);
  assert.deepEqual(await told(bossId), []);
  clock.advance(90 * dayMs);
  assert.deepEqual(await staffDue(identity, "library"), { review: 2, ending: 0, asked: 0 });
  assert.ok((await watchStaff(identity)).due >= 2);
  assert.equal((await watchStaff(identity)).due, 0, "once");
  assert.deepEqual(await told(bossId), ["review-due", "review-due"], "their own, and their clerk's");
  assert.deepEqual(await told(id), ["review-due"]);
  const [row] = (await staffOf(identity, "library", { search: "館員", limit: 1, offset: 0 })).members;
  value(await reviewRoles(deskOf((await bossIn()).session), row!.id, ["caseworker"]));
  assert.equal((await staffDue(identity, "library")).review, 1, "the manager's own");
  clock.advance(80 * dayMs);
  await watchStaff(identity);
  assert.deepEqual(await told(id), ["ends-soon", "review-due"], "newest first");
  assert.equal((await staffDue(identity, "library")).ending, 1);
});
