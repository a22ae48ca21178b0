import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedClock, uuidV7 } from "#kernel";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { assert as holds, constantFrom, property, shuffledSubarray } from "fast-check";
import {
  corePolicies,
  forgetDecisions,
  judge,
  openPolicies,
  policySet,
  readPolicies,
  type PolicyEntity,
  type PolicyRequest,
  type PolicySet,
} from "./index.ts";

const now = new Date("2026-03-02T09:00:00Z");
const core = readPolicies([corePolicies]);
const [officer, colleague, applicant, mother] = Array.from({ length: 4 }, () => uuidV7(now)) as [
  string,
  string,
  string,
  string,
];
const person = (id: string): PolicyEntity => ({ type: "Person", id });
const agency = (id: string): PolicyEntity => ({ type: "Agency", id });
const high = { acr: "urn:taroko:loa:high", authTime: now } as const;

function ago(minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000);
}

function official(roles: readonly string[], more: Readonly<Record<string, PolicyEntity | PolicyEntity[]>> = {}) {
  const attributes = { person: person(officer), agency: agency("moi"), roles, related: [], ...more };
  return { type: "Official", id: officer, attributes };
}

function application(more: Readonly<Record<string, PolicyEntity | PolicyEntity[]>> = {}): PolicyEntity {
  const parties = [person(applicant), person(mother)];
  return { type: "Case", id: "c1", attributes: { agency: agency("moi"), service: "aid", parties, ...more } };
}

const rows: readonly [string, Omit<PolicyRequest, "proof"> & { proof?: PolicyRequest["proof"] }, true | string][] = [
  ["a caseworker opens the own desk", ask("desk:open", official(["caseworker"]), agency("moi")), true],
  ["not another agency's", ask("desk:open", official(["caseworker"]), agency("tax")), "not-permitted"],
  ["not without a role", ask("desk:open", official([]), agency("moi")), "not-permitted"],
  ["a caseworker decides", ask("case:decide", official(["caseworker"])), true],
  ["an approver does not", ask("case:decide", official(["approver"])), "not-permitted"],
  ["an approver releases", ask("case:release", official(["approver"])), true],
  [
    "nobody releases what they approved",
    ask("case:release", official(["approver"]), application({ decidedBy: person(officer) })),
    "second-person-needed",
  ],
  [
    "a colleague does",
    ask("case:release", official(["approver"]), application({ decidedBy: person(colleague) })),
    true,
  ],
  [
    "nobody decides about themself",
    ask("case:decide", official(["caseworker"]), application({ parties: [person(officer)] })),
    "own-case",
  ],
  [
    "nor about a relative",
    ask("case:decide", official(["caseworker"], { related: [person(mother)] })),
    "relatives-case",
  ],
  ["nor reads it", ask("case:view", official(["caseworker"], { related: [person(mother)] })), "relatives-case"],
  [
    "nobody decides after a weak sign-in",
    { ...ask("case:decide", official(["caseworker"])), proof: { ...high, acr: "urn:taroko:loa:low" } },
    "stronger-sign-in-needed",
  ],
  [
    "nobody releases on a proof of twenty minutes ago",
    { ...ask("case:release", official(["approver"])), proof: { ...high, authTime: ago(20) } },
    "stronger-sign-in-needed",
  ],
  [
    "deciding on it is in order",
    { ...ask("case:decide", official(["caseworker"])), proof: { ...high, authTime: ago(20) } },
    true,
  ],
  [
    "a passkey of today does not decide",
    { ...ask("case:decide", official(["caseworker"])), proof: { ...high, keySince: ago(23 * 60) } },
    "stronger-sign-in-needed",
  ],
  [
    "one of yesterday does",
    { ...ask("case:decide", official(["caseworker"])), proof: { ...high, keySince: ago(24 * 60) } },
    true,
  ],
  [
    "nobody sees a case after a weak sign-in",
    { ...ask("case:view", official(["caseworker"])), proof: { ...high, acr: "urn:taroko:loa:low" } },
    "stronger-sign-in-needed",
  ],
  [
    "a passkey of today gives no role",
    {
      ...ask("staff:give", official(["staff-manager"]), post("caseworker")),
      proof: { ...high, keySince: ago(60) },
    },
    "stronger-sign-in-needed",
  ],
  ["a card does", ask("staff:give", official(["staff-manager"]), post("caseworker")), true],
  ["a citizen has no desk", ask("case:decide", person(applicant)), "policy-fault"],
  ["an unknown action", ask("case:burn", official(["caseworker"])), "policy-fault"],
  ["one reads why oneself was refused", ask("decision:explain", person(applicant), decision(applicant)), true],
  ["not why somebody else was", ask("decision:explain", person(mother), decision(applicant)), "not-permitted"],
  ["a security officer of the agency may", ask("decision:explain", official(["security"]), decision(applicant)), true],
];

function ask(action: string, principal: PolicyEntity, resource: PolicyEntity = application()) {
  return { principal, action, resource };
}

function post(role: string): PolicyEntity {
  const attributes = { agency: agency("moi"), role, ofOperator: false, givers: [] };
  return { type: "Post", id: `new/${role}`, attributes };
}

function decision(concerns: string): PolicyEntity {
  return { type: "Decision", id: "d1", attributes: { concerns: person(concerns), agency: agency("moi") } };
}

for (const [title, request, expected] of rows)
  test(`policies: ${title}`, () => {
    const judgement = judge(core, { proof: high, ...request }, now);
    assert.equal(judgement.allowed, expected === true, JSON.stringify(judgement));
    assert.equal(judgement.reason, expected === true ? undefined : expected);
    if (expected === true) assert.ok(judgement.policies.length > 0, "a permit is named");
  });

test("a policy that cannot be evaluated denies, although Cedar would skip it", () => {
  const schema = `entity Person = { "age"?: Long }; action "a" appliesTo { principal: [Person], resource: [Person], context: { "acr": Long, "authAge": Long, "newKey": Bool } };`;
  // 9223372036854775807 + 1 fails at evaluation, not at validation.
  const set = policySet(schema, [
    {
      name: "t.cedar",
      text: `@id("all") @en("e") @zh_Hant("z") permit (principal, action, resource);
        @id("overflow") @en("e") @zh_Hant("z") @reason("x") forbid (principal, action, resource)
          when { principal has age && principal.age + 9223372036854775807 < 0 };`,
    },
  ]);
  const of = (age?: number) =>
    judge(
      set,
      { principal: { type: "Person", id: "p", attributes: { age } }, action: "a", resource: person("q"), proof: high },
      now,
    );
  assert.equal(of().allowed, true);
  const failed = of(1);
  assert.deepEqual([failed.allowed, failed.reason, failed.errors.length], [false, "policy-fault", 1]);
});

test("a set that is not sound is not taken, and the message says where", () => {
  const schema = core.schema;
  const named = '@id("x") @zh_Hant("z") @en("e")';
  const bad: readonly [string, RegExp][] = [
    [`permit (principal, action, resource);`, /bad\.cedar: a policy has no @id/],
    [`@id("x") permit (principal, action, resource);`, /x lacks @zh_Hant or @en/],
    [`${named} forbid (principal, action, resource);`, /x forbids and has no @reason/],
    [`${named} permit (principal, action, resource) when { principal.rank > 3 };`, /^x: /],
    [`@id("x") permit (`, /bad\.cedar: /],
    [`${named} permit (principal, action, resource); ${named} permit (principal, action, resource);`, /two policies/],
  ];
  for (const [text, message] of bad)
    assert.throws(() => policySet(schema, [{ name: "bad.cedar", text }]), { code: "policies-invalid", message });
});

test("no permit is lost or won by the order of the files, and deny is what nobody permits", () => {
  const texts = core.rules.map(({ text }, n) => ({ name: `${n}.cedar`, text }));
  const nothing = policySet(core.schema, []);
  holds(
    property(
      shuffledSubarray(texts, { minLength: texts.length }),
      constantFrom(...rows.map(([, request]) => request)),
      (shuffled, request) => {
        const full: PolicyRequest = { proof: high, ...request };
        assert.equal(judge(policySet(core.schema, shuffled), full, now).allowed, judge(core, full, now).allowed);
        assert.equal(judge(nothing, full, now).allowed, false);
      },
    ),
    { numRuns: 25 },
  );
});

test("a decision is kept with the text that made it, is explained, replayed by another set, and forgotten", async () => {
  const database = await testDatabase();
  await migrate(database, "identity", new URL("../migrations/", import.meta.url));
  const clock = fixedClock(now);
  const policies = openPolicies({ database, clock, set: core });
  const allowed = await policies.decide({ ...ask("case:decide", official(["caseworker"])), proof: high }, officer);
  assert.ok(allowed.ok);
  assert.deepEqual(allowed.value.policies, ["caseworkers-decide"]);
  const refused = await policies.decide({ ...ask("case:release", official(["caseworker"])), proof: high }, officer);
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, "not-permitted");

  const why = await policies.explain(String(refused.error.params?.["decision"]));
  assert.deepEqual(
    why?.wouldPermit.map(({ id }) => id),
    ["approvers-release"],
  );
  // Another set comes into force: what was decided is still explained by the text that decided it.
  const rules = core.rules.filter(({ id }) => id !== "caseworkers-decide");
  const stricter: PolicySet = policySet(
    core.schema,
    rules.map(({ id, text }) => ({ name: id, text })),
  );
  const later = openPolicies({ database, clock, set: stricter });
  const old = await later.explain(allowed.value.decision);
  assert.equal(old?.version, core.version);
  assert.match(old?.decided[0]?.text ?? "", /principal\.roles\.contains\("caseworker"\)/);
  const decided = new Map((await later.sets()).map(({ version, decisions }) => [version, decisions]));
  assert.deepEqual([decided.size, decided.get(core.version)], [1, 2]);
  const replay = await policies.replay(stricter, new Date(0));
  assert.equal(replay.judged, 2);
  assert.deepEqual(
    replay.differences.map(({ id, would }) => [id, would.allowed]),
    [[allowed.value.decision, false]],
  );
  assert.ok((await later.decide({ ...ask("case:release", official(["approver"])), proof: high }, colleague)).ok);
  assert.equal((await later.sets()).length, 2);
  assert.equal((await policies.about({ person: officer, limit: 10 })).length, 2);
  assert.equal(await forgetDecisions(database, officer), 2);
  assert.equal(await policies.explain(allowed.value.decision), undefined);
});

test("an official is on duty only while they act for nobody, and knows their relatives", async () => {
  const database = await testDatabase();
  await migrate(database, "identity", new URL("../migrations/", import.meta.url));
  const policies = openPolicies({ database, clock: fixedClock(now), set: core });
  const session = {
    person: { id: officer, name: "x" },
    officer: { personId: officer, agency: "moi", roles: ["security"], office: "o1", teams: [] },
  };
  for (const id of [officer, mother])
    await database.run(
      `insert into identity.person (id, national_id_enc, national_id_bidx, name, created_at)
       values ($1::uuid, '', uuid_send($1::uuid), 'x', now())`,
      [id],
    );
  await database.run(
    `insert into identity.auth_event (id, person_id, principal_id, what, ok, at)
     values (gen_random_uuid(), $1, $2, 'party', true, now())`,
    [officer, mother],
  );
  const principal = await policies.principal(session);
  assert.deepEqual([principal.type, principal.attributes?.["related"]], ["Official", [person(mother)]]);
  const acting = { personId: mother } as never;
  assert.equal((await policies.principal({ ...session, acting })).type, "Person");
});
