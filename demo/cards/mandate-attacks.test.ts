import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginSignIn,
  changeMandate,
  chooseParty,
  finishSignIn,
  giveMandate,
  idleLimitMs,
  mandateFor,
  mandatesGiven,
  mandatesInForce,
  prepareMandate,
  readSession,
  type ActingParty,
  type GivenMandate,
  type MandateWish,
  type Session,
} from "#identity";
import { cardCountry } from "./testing.ts";

const country = await cardCountry();
const { identity, clock } = country;
const numbers = { owner: "A700000011", clerk: "A700000012", firm: "A700000013", rival: "A700000014" } as const;
for (const [id, nationalId] of Object.entries(numbers)) await country.issue(id, { nationalId, givenName: id });
const dayMs = 86_400_000;

async function signIn(card: string, replaces?: string): Promise<{ session: Session; token: string }> {
  const { browser, challenge } = await beginSignIn(identity);
  const { token, signingCertificate } = (await country.authenticate({ card, challenge })).body;
  const answer = { browser, token: JSON.stringify(token), signingCertificate, ...(replaces && { replaces }) };
  const result = await finishSignIn(identity, answer);
  assert.ok(result.ok);
  return result.value;
}

async function give(card: string, session: Session, change: Partial<MandateWish> = {}): Promise<GivenMandate> {
  const now = clock.now().getTime();
  const prepared = await prepareMandate(identity, session, {
    kind: "attorney",
    representative: { nationalId: numbers.clerk, name: "林 clerk" },
    scopes: ["aid:apply"],
    validFrom: new Date(now),
    validTo: new Date(now + 30 * dayMs),
    ...change,
  });
  assert.ok(prepared.ok, prepared.ok ? "" : JSON.stringify(prepared.error));
  const { id, hash, hashFunction } = prepared.value;
  const { body } = await country.sign({ card, hash, hashFunction });
  const done = await giveMandate(identity, session, { id, ...body });
  assert.ok(done.ok, done.ok ? "" : JSON.stringify(done.error));
  return done.value;
}

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? "ok" : result.error.code;

const { session: owner } = await signIn("owner");
const { session: clerk } = await signIn("clerk");
const { session: firm } = await signIn("firm");
const { session: rival } = await signIn("rival");

/** The firm is a person here; what counts is how a session stands to it. */
function officerOf(session: Session, scopes: readonly string[] = ["company:view", "company:appoint"]): Session {
  const source = { service: "company-register", exchangeId: "x", at: clock.now().toISOString() };
  const acting: ActingParty = {
    kind: "company-officer",
    personId: firm.person.id,
    name: "firm",
    source,
    scopes,
    validTo: "2099-01-01T00:00:00Z",
  };
  return { ...session, acting };
}

test("who was the company's officer has no say any more in what they appointed, nor sees it", async () => {
  const { id } = await give("owner", officerOf(owner), { kind: "employee" });
  assert.equal(codeOf(await changeMandate(identity, clerk, id, "accepted")), "ok");
  // Another officer of the company suspends it; the one who gave it acts for the company no longer.
  assert.equal(codeOf(await changeMandate(identity, officerOf(rival), id, "suspended")), "ok");
  for (const what of ["resumed", "confirmed", "revoked"] as const)
    assert.equal(codeOf(await changeMandate(identity, owner, id, what)), "mandate-unknown", what);
  assert.equal(await mandateFor(identity, owner, id), undefined);
  assert.deepEqual(
    (await mandatesGiven(identity, owner)).map((one) => one.id),
    [],
  );
  assert.deepEqual(
    (await mandatesGiven(identity, officerOf(rival))).map((one) => one.id),
    [id],
  );
});

test("an officer who signs only with another may stop what the company gave, never bring it back alone", async () => {
  const jointly = officerOf(rival, ["company:view"]);
  const { id } = await give("owner", officerOf(owner), { kind: "employee" });
  assert.equal(codeOf(await changeMandate(identity, clerk, id, "accepted")), "ok");
  assert.equal(codeOf(await changeMandate(identity, jointly, id, "confirmed")), "mandate-not-yours-to-give");
  assert.equal(codeOf(await changeMandate(identity, jointly, id, "suspended")), "ok");
  assert.equal(codeOf(await changeMandate(identity, jointly, id, "resumed")), "mandate-not-yours-to-give");
  assert.equal((await mandateFor(identity, jointly, id))?.may.includes("resumed"), false);
  assert.equal(codeOf(await changeMandate(identity, officerOf(owner), id, "resumed")), "ok");
  assert.equal(codeOf(await changeMandate(identity, jointly, id, "revoked")), "ok");
});

test("a mandate revoked between being looked up and being taken up is not taken up", async () => {
  const { id } = await give("owner", owner);
  assert.equal(codeOf(await changeMandate(identity, clerk, id, "accepted")), "ok");
  const found = (await mandatesInForce(identity, clerk.person.id)).find(({ mandate }) => mandate === id);
  assert.ok(found);
  assert.equal(codeOf(await changeMandate(identity, owner, id, "suspended")), "ok");
  assert.equal(codeOf(await chooseParty(identity, clerk, found)), "mandate-unknown");
  assert.equal(codeOf(await changeMandate(identity, owner, id, "resumed")), "ok");
  assert.equal(codeOf(await chooseParty(identity, clerk, found)), "ok");
});

test("a session that has run out hands nothing over: who signs in again acts for themself", async () => {
  const first = await signIn("clerk");
  const [mandate] = await mandatesInForce(identity, clerk.person.id);
  assert.equal(codeOf(await chooseParty(identity, first.session, mandate)), "ok");
  const second = await signIn("clerk", first.token);
  assert.equal(second.session.acting?.mandate, mandate?.mandate, "in time it does");
  clock.advance(idleLimitMs);
  assert.equal((await readSession(identity, second.token)).ok, false);
  assert.equal((await signIn("clerk", second.token)).session.acting, undefined);
});

test("somebody who proposes again and again does not push what stands out of sight", async () => {
  const standing = (await mandatesInForce(identity, clerk.person.id)).map(({ mandate }) => mandate);
  assert.equal(standing.length, 1);
  const { id } = await give("rival", rival);
  // As 200 rounds of proposing and revoking would leave it.
  await identity.database.run(
    `insert into identity.mandate (id, kind, principal_id, given_by, representative_index, representative_name, scopes,
       valid_from, valid_to, status, signature, proposed_at)
     select gen_random_uuid(), kind, principal_id, given_by, representative_index, representative_name, scopes,
       valid_from, valid_to, 'revoked', signature, proposed_at + interval '1 second'
     from identity.mandate, generate_series(1, 250) where id = $1`,
    [id],
  );
  assert.deepEqual(
    (await mandatesInForce(identity, clerk.person.id)).map(({ mandate }) => mandate),
    standing,
  );
});
