import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { taiwan } from "#countries/taiwan";
import { fixedClock, uuidV7 } from "#kernel";
import { testDatabase } from "#store/testing";
import {
  act,
  availableEvents,
  chainIsWhole,
  checkDefinition,
  mayHappen,
  migrateServices,
  openCase,
  queueOf,
  startCase,
  type Actor,
  type Case,
  type Ruling,
  type ServiceDefinition,
} from "#services";

const assistiveDeviceSubsidy = taiwan.services[0]!;
const clock = fixedClock("2026-11-22T06:00:00Z");
const database = await testDatabase();
const context = { database, clock };
const applicant: Actor = { person: uuidV7(), name: "林美惠", role: "applicant" };
const mother = { person: uuidV7(), name: "林陳秀英𡘙" };
const caseworker: Actor = { person: uuidV7(), name: "王科員", role: "caseworker" };
const approver: Actor = { person: uuidV7(), name: "陳股長", role: "approver" };
const system: Actor = { person: null, name: "system", role: "system" };
const ruling: Ruling = {
  eligible: true,
  amount: 600,
  lines: [],
  model: { id: "m", version: "1", hash: "h", name: { "zh-Hant": "規", en: "rule" } },
};

let serial = 0;
async function draft(): Promise<Case> {
  serial += 1;
  const person = { person: uuidV7(), name: applicant.name };
  return startCase(
    context,
    assistiveDeviceSubsidy,
    { ...applicant, ...person },
    { principal: mother, applicant: person, mandate: null },
  );
}

async function submitted(): Promise<Case> {
  const state = await draft();
  const sent = await act(context, {
    caseId: state.id,
    event: "submitted",
    actor: { ...applicant, person: state.applicant.person },
    input: {
      number: `T-${serial}-${state.id}`,
      signature: "jws",
      payloadHash: "p",
      ruling,
      dueAt: "2026-12-02T00:00:00.000Z",
    },
    idempotencyKey: "submit",
  });
  assert.ok(sent.ok);
  return sent.value;
}

before(() => migrateServices(database));

describe("a case", () => {
  test("runs from draft to paid; the second click changes nothing", async () => {
    const state = await submitted();
    const approve = {
      caseId: state.id,
      event: "approved",
      actor: caseworker,
      input: { ruling },
      idempotencyKey: "k1",
      expectedSeq: state.seq,
    } as const;
    const first = await act(context, approve);
    assert.ok(first.ok && first.value.phase === "approved");
    const again = await act(context, approve);
    assert.ok(again.ok && again.value.seq === first.value.seq);
    const twice = await act(context, { ...approve, idempotencyKey: "k2", expectedSeq: first.value.seq });
    assert.deepEqual(twice, { ok: false, error: { code: "case-wrong-phase" } });
    const released = await act(context, {
      caseId: state.id,
      event: "released",
      actor: approver,
      input: { entitlement: "e" },
      idempotencyKey: "k3",
    });
    assert.ok(released.ok);
    const paid = await act(context, {
      caseId: state.id,
      event: "paid",
      actor: system,
      input: { paidAt: "2026-11-23", reference: "r" },
      idempotencyKey: "k4",
    });
    assert.ok(paid.ok && paid.value.phase === "paid" && paid.value.payment?.state === "paid");
    const opened = (await openCase(database, state.id))!;
    assert.ok(chainIsWhole(opened.state.events));
    const forged = opened.state.events.map((event, at) => (at === 2 ? { ...event, actor: approver } : event));
    assert.ok(!chainIsWhole(forged));
  });

  test("is opened, decided and released by nobody who is a party to it", async () => {
    const state = await submitted();
    for (const person of [state.applicant.person, state.principal.person]) {
      for (const [role, event] of [
        ["caseworker", "viewed"],
        ["caseworker", "approved"],
        ["caseworker", "refused"],
      ] as const)
        assert.equal(mayHappen(assistiveDeviceSubsidy, state, event, { person, name: "王科員", role }), "own-case");
    }
    const input = { ruling };
    const actor = { ...caseworker, person: state.principal.person };
    const own = await act(context, { caseId: state.id, event: "approved", actor, input, idempotencyKey: "own" });
    assert.deepEqual(own, { ok: false, error: { code: "own-case" } });
    const by = { caseId: state.id, event: "approved", actor: caseworker, input, idempotencyKey: "other" } as const;
    const approved = await act(context, by);
    assert.ok(approved.ok);
    const payee = { ...approver, person: state.applicant.person };
    assert.equal(mayHappen(assistiveDeviceSubsidy, approved.value, "released", payee), "own-case");
    assert.equal(mayHappen(assistiveDeviceSubsidy, approved.value, "returned", payee), "own-case");
  });

  test("is released by another human than the one who approved", async () => {
    const state = await submitted();
    await act(context, {
      caseId: state.id,
      event: "approved",
      actor: caseworker,
      input: { ruling },
      idempotencyKey: "a",
    });
    const same = { ...caseworker, role: "approver" } as const;
    const refused = await act(context, {
      caseId: state.id,
      event: "released",
      actor: same,
      input: { entitlement: "e" },
      idempotencyKey: "b",
    });
    assert.deepEqual(refused, { ok: false, error: { code: "second-person-needed" } });
    const now = (await openCase(database, state.id))!.state;
    assert.ok(!availableEvents(assistiveDeviceSubsidy, now, same).includes("released"));
    assert.ok(availableEvents(assistiveDeviceSubsidy, now, approver).includes("released"));
  });

  test("is refused to strangers, to stale pages and to reused keys", async () => {
    const state = await submitted();
    const stranger: Actor = { person: uuidV7(), name: "x", role: "applicant" };
    assert.deepEqual(
      await act(context, { caseId: state.id, event: "withdrawn", actor: stranger, input: {}, idempotencyKey: "w" }),
      { ok: false, error: { code: "case-not-yours" } },
    );
    assert.deepEqual(
      await act(context, {
        caseId: state.id,
        event: "approved",
        actor: caseworker,
        input: { ruling },
        idempotencyKey: "s",
        expectedSeq: 1,
      }),
      { ok: false, error: { code: "case-changed" } },
    );
    assert.deepEqual(
      await act(context, {
        caseId: state.id,
        event: "approved",
        actor: caseworker,
        input: { ruling },
        idempotencyKey: "submit",
      }),
      { ok: false, error: { code: "key-reused" } },
    );
    assert.deepEqual(
      await act(context, {
        caseId: uuidV7(),
        event: "approved",
        actor: caseworker,
        input: { ruling },
        idempotencyKey: "s",
      }),
      { ok: false, error: { code: "case-unknown" } },
    );
  });

  test("stays as it was when an effect fails", async () => {
    const state = await submitted();
    await assert.rejects(
      act(context, {
        caseId: state.id,
        event: "approved",
        actor: caseworker,
        input: { ruling },
        idempotencyKey: "x",
        effects: [
          async () => {
            throw new Error("disk full");
          },
        ],
      }),
      /disk full/,
    );
    assert.equal((await openCase(database, state.id))!.state.phase, "review");
  });

  test("twenty concurrent approvals leave one", async () => {
    const state = await submitted();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        act(context, {
          caseId: state.id,
          event: "approved",
          actor: caseworker,
          input: { ruling },
          idempotencyKey: `c${at}`,
        }),
      ),
    );
    assert.equal(answers.filter((answer) => answer.ok).length, 1);
  });

  test("opening a draft twice gives the same draft", async () => {
    const person = { person: uuidV7(), name: "a" };
    const open = () =>
      startCase(
        context,
        assistiveDeviceSubsidy,
        { ...applicant, ...person },
        { principal: mother, applicant: person, mandate: null },
      );
    const [one, two] = await Promise.all([open(), open()]);
    assert.equal(one.id, two.id);
  });

  test("the queue shows what is due first, finds by name, and hides drafts", async () => {
    await submitted();
    const { cases, total } = await queueOf(database, "taipei-social", { phases: ["review"], search: "秀英" });
    assert.ok(total >= 1 && cases.every((line) => line.phase === "review" && line.principalName.includes("秀英")));
    assert.equal((await queueOf(database, "taipei-social", { search: "%" })).total, 0);
  });
});

describe("a definition", () => {
  test("of the country has no finding", () => assert.deepEqual(checkDefinition(assistiveDeviceSubsidy), []));

  const broken: [string, (definition: ServiceDefinition) => unknown][] = [
    ["data", (d) => ({ ...d, numberPrefix: () => "AT" })],
    [
      "reachable",
      (d) => ({
        ...d,
        phases: [...d.phases, { id: "limbo", status: "closed", title: { "zh-Hant": "界", en: "limbo" } }],
      }),
    ],
    ["dead-end", (d) => ({ ...d, events: d.events.filter((rule) => !rule.from.includes("released")) })],
    [
      "phase",
      (d) => ({
        ...d,
        events: [
          ...d.events,
          { event: "viewed", from: ["nowhere"], by: ["approver"], title: { "zh-Hant": "看", en: "view" } },
        ],
      }),
    ],
    [
      "second-person",
      (d) => ({
        ...d,
        events: d.events.map((rule) =>
          Object.fromEntries(Object.entries(rule).filter(([key]) => key !== "differentFrom")),
        ),
      }),
    ],
    [
      "inputs",
      (d) => ({
        ...d,
        decision: {
          ...d.decision,
          inputs: { ...d.decision.inputs, extra: { from: "fact", need: "household", path: "religion" } },
        },
      }),
    ],
    [
      "minimal",
      (d) => ({
        ...d,
        questions: [
          ...d.questions,
          {
            id: "shoe-size",
            kind: "yes-no",
            title: { "zh-Hant": "鞋", en: "Shoe" },
            hint: { "zh-Hant": "鞋", en: "Shoe" },
          },
        ],
      }),
    ],
    ["lawful", (d) => ({ ...d, dataNeeds: d.dataNeeds.map((need) => ({ ...need, legalBasis: "tw:none" })) })],
    ["payout", (d) => ({ ...d, payout: { ...d.payout, account: "device" } })],
    ["texts", (d) => ({ ...d, remedies: { "zh-Hant": "訴願" } })],
  ];
  for (const [check, plant] of broken) {
    test(`with a planted fault is caught by "${check}"`, () => {
      assert.ok(
        checkDefinition(plant(assistiveDeviceSubsidy) as ServiceDefinition).some((finding) => finding.check === check),
      );
    });
  }
});
