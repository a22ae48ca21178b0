import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginSignIn,
  changeMandate,
  chooseParty,
  finishSignIn,
  giveMandate,
  identityHistory,
  mandateFor,
  mandatesGiven,
  mandatesInForce,
  mandatesReceived,
  powersOver,
  prepareMandate,
  prepareSignature,
  readSession,
  setPersonStatus,
  type GivenMandate,
  type MandateStepName,
  type MandateWish,
  type Session,
} from "#identity";
import { cardCountry } from "./testing.ts";

const country = await cardCountry();
const { identity, clock } = country;
const numbers = { mother: "A700000001", daughter: "A700000002", stranger: "A700000003" } as const;
for (const [id, nationalId] of Object.entries(numbers)) await country.issue(id, { nationalId, givenName: id });
const dayMs = 86_400_000;

async function signIn(card: string): Promise<{ session: Session; token: string }> {
  const { browser, challenge } = await beginSignIn(identity);
  const { token, signingCertificate } = (await country.authenticate({ card, challenge })).body;
  const result = await finishSignIn(identity, { browser, token: JSON.stringify(token), signingCertificate });
  assert.ok(result.ok);
  return result.value;
}

function wish(change: Partial<MandateWish> = {}): MandateWish {
  const now = clock.now().getTime();
  return {
    kind: "attorney",
    representative: { nationalId: numbers.daughter, name: "林 daughter" },
    scopes: ["aid:apply"],
    validFrom: new Date(now),
    validTo: new Date(now + 30 * dayMs),
    ...change,
  };
}

/** Gives a mandate with the card's signature, as the pages do. */
async function give(card: string, session: Session, change: Partial<MandateWish> = {}): Promise<GivenMandate> {
  const prepared = await prepareMandate(identity, session, wish(change));
  assert.ok(prepared.ok, prepared.ok ? "" : JSON.stringify(prepared.error));
  const { id, hash, hashFunction } = prepared.value;
  const { body } = await country.sign({ card, hash, hashFunction });
  const done = await giveMandate(identity, session, { id, ...body });
  assert.ok(done.ok, done.ok ? "" : JSON.stringify(done.error));
  return done.value;
}

const codeOf = (
  result: { ok: true } | { ok: false; error: { code: string; params?: Readonly<Record<string, unknown>> } },
) => (result.ok ? "ok" : [result.error.code, ...Object.values(result.error.params ?? {})].join(" "));

const { session: mother } = await signIn("mother");
const { session: daughter, token: daughtersToken } = await signIn("daughter");
const { session: stranger } = await signIn("stranger");

test("a mandate covers nothing until it is accepted, then what it names, and nothing from the moment it is revoked", async () => {
  const mandate = await give("mother", mother);
  assert.deepEqual(await mandatesInForce(identity, daughter.person.id), []);
  assert.deepEqual(
    (await mandatesReceived(identity, daughter.person.id)).map(({ state }) => state),
    ["proposed"],
  );
  clock.advance(1000);
  assert.equal(codeOf(await changeMandate(identity, daughter, mandate.id, "accepted")), "ok");

  const [inForce] = await mandatesInForce(identity, daughter.person.id);
  assert.deepEqual([inForce?.kind, inForce?.scopes, inForce?.mandate], ["attorney", ["aid:apply"], mandate.id]);
  const acting = await chooseParty(identity, daughter, inForce);
  assert.ok(acting.ok);
  assert.equal(acting.value.acting?.personId, mother.person.id);
  const before = await readSession(identity, daughtersToken);
  assert.equal(before.ok && before.value.acting?.mandate, mandate.id);

  clock.advance(60_000);
  assert.equal(codeOf(await changeMandate(identity, mother, mandate.id, "revoked")), "ok");
  const after = await readSession(identity, daughtersToken);
  assert.ok(after.ok);
  assert.equal(after.value.acting, undefined, "at once, in the session that was under way");
  assert.deepEqual(await mandatesInForce(identity, daughter.person.id), []);
  assert.equal(codeOf(await chooseParty(identity, daughter, undefined)), "mandate-unknown");

  // Both see it, and on any past day it can be told who could act.
  const seen = (await identityHistory(identity, mother.person.id)).filter(({ what }) => what === "mandate");
  assert.deepEqual(seen.map(({ reason, actor }) => [reason, actor.name]).toReversed(), [
    ["given", mother.person.name],
    ["accepted", daughter.person.name],
    ["revoked", mother.person.name],
  ]);
  const on = (at: number) => powersOver(identity, mother.person.id, { from: new Date(at), to: new Date(at + 1) });
  const now = clock.now().getTime();
  assert.deepEqual(
    (await on(now - 30_000)).map(({ representative, because }) => [representative.id, because]),
    [[daughter.person.id, { mandate: mandate.id }]],
  );
  assert.deepEqual(await on(now + 1000), []);
});

test("what is not sound is not signed", async () => {
  const now = clock.now().getTime();
  const bad: readonly [Partial<MandateWish>, string][] = [
    [{ representative: { nationalId: numbers.mother, name: "myself" } }, "mandate-terms self"],
    [{ representative: { nationalId: ` ${numbers.mother.toLowerCase()} `, name: "x" } }, "mandate-terms self"],
    [{ representative: { nationalId: numbers.daughter, name: " " } }, "mandate-terms representative"],
    [{ scopes: [] }, "mandate-terms scopes"],
    [{ scopes: ["*:apply"] }, "mandate-terms scopes"],
    [{ validTo: new Date(now) }, "mandate-terms dates"],
    [{ validFrom: new Date(Number.NaN) }, "mandate-terms dates"],
    [{ validTo: new Date(now + 3 * 366 * dayMs) }, "mandate-terms length"],
    [{ kind: "employee" }, "mandate-not-yours-to-give"],
  ];
  for (const [change, code] of bad) assert.equal(codeOf(await prepareMandate(identity, mother, wish(change))), code);
});

test("who acts for somebody passes nothing on; who acts for a company as its officer gives for the company", async () => {
  const source = { service: "register", exchangeId: "x", at: clock.now().toISOString() };
  const party = (kind: "relative" | "company-officer") => ({
    kind,
    personId: stranger.person.id,
    name: "x",
    source,
    scopes: ["*:*"],
    validTo: "2099-01-01T00:00:00Z",
  });
  const asRelative: Session = { ...mother, acting: party("relative") };
  assert.equal(codeOf(await prepareMandate(identity, asRelative, wish())), "mandate-not-yours-to-give");
  const asOfficer: Session = { ...mother, acting: party("company-officer") };
  const employee = await give("mother", asOfficer, { kind: "employee" });
  assert.equal(employee.principal.id, stranger.person.id);
  const jointly: Session = { ...mother, acting: { ...party("company-officer"), scopes: ["company:view"] } };
  const alone = await prepareMandate(identity, jointly, wish({ kind: "employee" }));
  assert.equal(codeOf(alone), "mandate-not-yours-to-give", "who signs only with another appoints nobody alone");
  // The bytes were fixed for the company; the session has gone back to oneself meanwhile.
  const prepared = await prepareMandate(identity, asOfficer, wish({ kind: "employee" }));
  assert.ok(prepared.ok);
  const { id, hash, hashFunction } = prepared.value;
  const { body } = await country.sign({ card: "mother", hash, hashFunction });
  assert.equal(codeOf(await giveMandate(identity, mother, { id, ...body })), "mandate-not-yours-to-give");
});

test("another signed document is no mandate", async () => {
  const other = await prepareSignature(identity, mother, {
    payload: { kind: "attorney" },
    contentType: "application/json",
  });
  assert.ok(other.ok);
  const { id, hash, hashFunction } = other.value;
  const { body } = await country.sign({ card: "mother", hash, hashFunction });
  assert.equal(codeOf(await giveMandate(identity, mother, { id, ...body })), "mandate-terms document");
});

test("only the two sides know of a mandate, and each may only do their part", async () => {
  const { id } = await give("mother", mother);
  const attempts: readonly [Session, Exclude<MandateStepName, "given">, string][] = [
    [stranger, "accepted", "mandate-unknown"],
    [stranger, "revoked", "mandate-unknown"],
    [mother, "accepted", "mandate-unknown"],
    [daughter, "revoked", "mandate-unknown"],
    [daughter, "resigned", "mandate-wrong-state proposed"],
    [mother, "resumed", "mandate-wrong-state proposed"],
    [daughter, "accepted", "ok"],
    [daughter, "accepted", "mandate-wrong-state active"],
    [mother, "suspended", "ok"],
    [mother, "confirmed", "mandate-wrong-state suspended"],
    [mother, "resumed", "ok"],
    [daughter, "resigned", "ok"],
    [mother, "resumed", "mandate-wrong-state revoked"],
  ];
  for (const [who, what, expected] of attempts)
    assert.equal(codeOf(await changeMandate(identity, who, id, what)), expected, `${who.person.name} ${what}`);
  assert.equal(await mandateFor(identity, stranger, id), undefined);
  const seen = await mandateFor(identity, daughter, id);
  assert.deepEqual(
    seen?.steps.map(({ what }) => what),
    ["given", "accepted", "suspended", "resumed", "resigned"],
  );
  assert.equal(await mandateFor(identity, mother, "no-id"), undefined);
});

test("of two answers at once one counts", async () => {
  const { id } = await give("mother", mother);
  const answers = await Promise.all([
    changeMandate(identity, daughter, id, "accepted"),
    changeMandate(identity, daughter, id, "declined"),
  ]);
  assert.equal(answers.filter(({ ok }) => ok).length, 1);
});

test("it ends by itself: by its day, by a year without confirmation, by the death of the one who gave it", async () => {
  const long = await give("mother", mother, { validTo: new Date(clock.now().getTime() + 700 * dayMs) });
  const short = await give("mother", mother, { validTo: new Date(clock.now().getTime() + dayMs) });
  for (const { id } of [long, short]) assert.ok((await changeMandate(identity, daughter, id, "accepted")).ok);
  const ids = async () =>
    (await mandatesInForce(identity, daughter.person.id))
      .map(({ mandate }) => mandate)
      .filter((id) => id === long.id || id === short.id);
  assert.deepEqual(new Set(await ids()), new Set([long.id, short.id]));
  clock.advance(dayMs);
  assert.deepEqual(await ids(), [long.id]);
  clock.advance(366 * dayMs);
  assert.deepEqual(await ids(), [], "not confirmed for a year");
  const states = (await mandatesGiven(identity, mother)).filter(({ id }) => id === long.id || id === short.id);
  assert.deepEqual(new Set(states.map(({ state }) => state)), new Set(["expired", "unconfirmed"]));
  assert.ok((await changeMandate(identity, mother, long.id, "confirmed")).ok);
  assert.deepEqual(await ids(), [long.id]);
  await setPersonStatus(identity, mother.person.id, "deceased");
  assert.deepEqual(await ids(), []);
  assert.equal((await mandateFor(identity, daughter, long.id))?.mandate.state, "ended");
});

test("a stranger cannot be flooded", async () => {
  for (let n = 0; n < 20; n += 1) await give("stranger", stranger);
  assert.equal(codeOf(await prepareMandate(identity, stranger, wish())), "mandates-waiting");
});
