import assert from "node:assert/strict";
import { test } from "node:test";
import { taiwan } from "#countries/taiwan";
import { fixedClock, uuidV7 } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { loadModel } from "#rules";
import {
  act,
  changedCases,
  migrateServices,
  openCase,
  ruleDraftsOf,
  startCase,
  whatIfOf,
  type Actor,
  type Case,
} from "#services";
import { testDatabase } from "#store/testing";
import { activateRule, draftRule } from "./draft-rule.ts";
import type { Portal } from "./portal.ts";
import { replayCase } from "./replay.ts";
import { openRuleBook } from "./rule-book.ts";
import { rowsApplied } from "./rows-applied.ts";
import { ruleOn } from "./rule-on.ts";
import { carryOnWhatIf } from "./what-if.ts";

const clock = fixedClock("2026-11-23T04:00:00Z");
const database = await testDatabase();
await migrateServices(database);
const definition = taiwan.services[0]!;
const xml = taiwan.models[definition.decision.model]![0]!;
const origin = "test.example/portal";
const log = await openLog({ database, origin, key: generateLogKey(origin), clock });
const rules = await openRuleBook({ database, clock, country: taiwan });
const portal = { database, clock, country: taiwan, rules, log, member: "TW/GOV/MODA" } as unknown as Portal;
const drafter = { person: uuidV7(), name: "涂立言" };
const colleague = { person: uuidV7(), name: "顏守中" };
const change = { model: definition.decision.model, agency: definition.metadata.agency, note: "", by: drafter };
const applicant: Actor = { person: uuidV7(), name: "林美惠", role: "applicant" };
const system: Actor = { person: null, name: "Taroko", role: "system" };

/** A sent application of a middle-low-income household for a walking frame: 800 × 75 % = 600. */
async function sent(incomeClass: string = "middle-low-income"): Promise<Case> {
  const person = { person: uuidV7(), name: "x" };
  const actor = { ...applicant, ...person };
  const state = await startCase(portal, definition, actor, { principal: person, applicant: person, mandate: null });
  const values: Readonly<Record<string, Record<string, never>>> = {
    household: { county: "臺北市" } as never,
    certificate: { categories: ["7"], severity: "mild", valid_until: "2029-03-31" } as never,
    welfare: { income_class: incomeClass, devices_in_two_years: 0, device_ids: [] } as never,
  };
  const facts = definition.dataNeeds.map(({ id }) => ({
    need: id,
    values: values[id]!,
    agency: { "zh-Hant": "機關", en: "agency" },
    service: "s",
    fetchedAt: clock.now().toISOString(),
    exchangeId: "e",
  }));
  const step = async (event: never, by: Actor, input: never) => {
    const done = await act(portal, { caseId: state.id, event, actor: by, input, idempotencyKey: event });
    assert.ok(done.ok, JSON.stringify(done));
    return done.value;
  };
  await step("facts-added" as never, system, { facts } as never);
  const answers = { device: "walker-standard", bought: false, account: { institution: "0120009", account: "1" } };
  const answered = await step("answered" as never, actor, { answers } as never);
  const ruling = ruleOn(portal, definition, answered, clock.now());
  assert.ok(ruling.ok);
  return step("submitted" as never, actor, {
    number: `AT-115-${state.id.slice(-6)}`,
    signature: "s",
    payloadHash: "p",
    ruling: ruling.value,
    dueAt: clock.now().toISOString(),
  } as never);
}

/** So many more of the same, by the database itself. */
async function copies(of: Case, count: number, prefix: string): Promise<void> {
  await database.run(
    `with ids as (select n, gen_random_uuid() as id from generate_series(1, $2::int) n),
     cases as (insert into services.case select ids.id, service, agency, definition_hash, definition, phase, status, $3 || lpad(ids.n::text, 6, '0'),
       gen_random_uuid(), gen_random_uuid(), submitted_at, due_at, summary, updated_at, seq from services.case c, ids where c.id = $1)
     insert into services.case_event select ids.id, seq, gen_random_uuid(), type, at, actor,
       case when type = 'submitted' then jsonb_set(input, '{number}', to_jsonb($3 || lpad(ids.n::text, 6, '0'))) else input end,
       hash, prev_hash, idempotency_key from services.case_event e, ids where e.case_id = $1`,
    [of.id, count, prefix],
  );
}

const first = await sent();

test("a ruling keeps what it rests on, and replays by the very text, also when no disk has it any more", async () => {
  const { ruling } = first;
  assert.deepEqual(
    [ruling?.amount, ruling?.model.version, ruling?.basis?.inputs["income class"]],
    [600, "1.0.0", "middle-low-income"],
  );
  const replayed = await replayCase(database, first.id);
  assert.ok(replayed.ok && replayed.value.same, JSON.stringify(replayed));
  // A platform that ships another text from the same day: the old one is known by its hash only.
  const other = xml.replace("<text>0.75</text>", "<text>0.9</text>").replace(">1.0.0<", ">1.0.1<");
  const later = await openRuleBook({ database, clock, country: { models: { [definition.decision.model]: [other] } } });
  assert.equal(later.families().get(definition.decision.model)!.versions.length, 1);
  const again = await replayCase(database, first.id);
  assert.ok(again.ok && again.value.same);
  const draft = await startCase(portal, definition, applicant, {
    principal: { person: uuidV7(), name: "x" },
    applicant: { person: applicant.person!, name: "x" },
    mandate: null,
  });
  const none = await replayCase(database, draft.id);
  assert.equal(none.ok ? "" : none.error.code, "ruling-not-replayable");
});

test("how often each row applied is counted from what is stored; a row that never did is not there", async () => {
  const counted = await rowsApplied(database, first.ruling!.model.hash);
  assert.equal(counted.cases, 1);
  assert.deepEqual([...counted.rows.get("decision-rate")!], [[2, 1]]);
  assert.deepEqual([...counted.rows.get("decision-device-covered")!], [[3, 1]]);
});

test("a trial counts every case once, whatever stops it in between, and holds few of them in memory", async () => {
  await copies(first, 450, "B-115-");
  await copies(await sent("general"), 200, "C-115-");
  await copies(await sent("low-income"), 100, "D-115-");
  const all = 450 + 200 + 100 + 3;
  const made = xml.replace("<text>0.75</text>", "<text>0.8</text>").replace("<text>0.5</text>", "<text>0.25</text>");
  const drafted = await draftRule(portal, { ...change, xml: made, from: "2027-01-01", version: "1.1.0" });
  assert.ok(drafted.ok, JSON.stringify(drafted));
  const { id } = drafted.value;
  const early = await activateRule(portal, id, colleague);
  assert.equal(early.ok ? "" : early.error.code, "rule-draft-untried");
  let steps = 0;
  const started = performance.now();
  for (;;) {
    // Every third step is torn down before it is written, as by a kill.
    if (steps % 3 === 2)
      await assert.rejects(
        database.transaction(async (tx) => {
          await carryOnWhatIf({ ...portal, database: tx as never });
          throw new Error("killed");
        }),
      );
    steps += 1;
    if (!(await carryOnWhatIf(portal))) break;
    assert.ok(steps < 100);
  }
  const seconds = (performance.now() - started) / 1_000;
  const run = (await whatIfOf(database, id))!;
  assert.deepEqual(
    [run.state, run.total, run.done, run.changed, run.gained, run.lost, run.unclear],
    ["done", all, all, 451 + 201, 0, 0, 0],
  );
  assert.deepEqual(
    [run.before, run.after],
    [451n * 600n + 201n * 400n + 101n * 800n, 451n * 640n + 201n * 200n + 101n * 800n],
  );
  assert.deepEqual(run.plot, { "1": 451, "-100": 201 });
  const listed = await changedCases(database, id, { limit: 3_000, offset: 0 });
  assert.equal(listed.length, run.changed);
  const one = listed.find(({ number }) => number === first.number);
  assert.deepEqual([one!.before?.amount, one!.after?.amount], [600n, 640n]);
  assert.deepEqual(
    one!.why.map(({ label, before, after }) => [label.en, before?.en, after?.en]),
    [
      ["Share for a middle-low-income household", "75%", "80%"],
      ["Subsidy", "600", "640"],
    ],
  );
  assert.ok(seconds < 20, `${all} cases took ${seconds} s`);
});

test("a second portal sees an activation at its next look, and judges by it from its first day on", async () => {
  const elsewhere = await openRuleBook({ database, clock, country: taiwan });
  const { drafts } = await ruleDraftsOf(database, change.agency, { limit: 1, offset: 0 });
  const own = await activateRule(portal, drafts[0]!.id, drafter);
  assert.equal(own.ok ? "" : own.error.code, "rule-by-second-person");
  const done = await activateRule(portal, drafts[0]!.id, colleague);
  assert.ok(done.ok, JSON.stringify(done));
  assert.equal(elsewhere.families().get(change.model)!.versions.length, 1);
  await elsewhere.refresh();
  const state = (await openCase(database, first.id))!.state;
  const on = (day: string) => {
    const ruling = ruleOn({ country: taiwan, rules: elsewhere }, definition, state, new Date(`${day}T00:00:00+08:00`));
    return ruling.ok ? [ruling.value.amount, ruling.value.model.version] : ruling.error;
  };
  assert.deepEqual(
    [on("2026-12-31"), on("2027-01-01")],
    [
      [600, "1.0.0"],
      [640, "1.1.0"],
    ],
  );
  const loaded = loadModel(xml);
  assert.ok(loaded.ok && loaded.value.hash === elsewhere.families().get(change.model)!.versions[0]!.model.hash);
});

test("two drafts for one day cannot both come into force, at whatever moment they are activated", async () => {
  const made = (share: string) => xml.replace("<text>0.75</text>", `<text>${share}</text>`);
  const drafts = [];
  for (const [share, version] of [
    ["0.6", "2.0.0"],
    ["0.7", "2.0.1"],
  ] as const) {
    const drafted = await draftRule(portal, { ...change, xml: made(share), from: "2027-06-01", version });
    assert.ok(drafted.ok);
    drafts.push(drafted.value.id);
  }
  while (await carryOnWhatIf(portal));
  const done = await Promise.all(drafts.map((id) => activateRule(portal, id, colleague)));
  assert.deepEqual(done.map((one) => (one.ok ? "active" : one.error.code)).toSorted(), [
    "active",
    "rules-versions-overlap",
  ]);
});
