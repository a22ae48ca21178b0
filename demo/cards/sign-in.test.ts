import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import {
  appointOfficer,
  beginSignIn,
  chooseParty,
  csrfMatches,
  endOwnSession,
  endSession,
  findPerson,
  finishSignIn,
  forgetExpired,
  listSessions,
  nationalIdOf,
  openIdentity,
  readSession,
  registerPerson,
  setPersonStatus,
  identityHistory,
  type SignedIn,
} from "#identity";
import { cardCountry, otherOrigin } from "./testing.ts";

const country = await cardCountry();
const { identity, clock } = country;
await country.issue("lin");

type Change = { origin?: string; challenge?: string; replaces?: string };

/** Challenge, card, token: everything up to the portal. */
async function begunSignIn(card: string, change: Change = {}) {
  const begun = await beginSignIn(identity, { next: "/cases" });
  const { body } = await country.authenticate({
    card,
    challenge: change.challenge ?? begun.challenge,
    ...(change.origin && { origin: change.origin }),
  });
  const answer = {
    browser: begun.browser,
    token: JSON.stringify(body.token),
    signingCertificate: body.signingCertificate,
    ...(change.replaces && { replaces: change.replaces }),
    address: "203.0.113.77",
    userAgent: "test",
  };
  return answer;
}

async function signIn(card: string, change: Change = {}) {
  const answer = await begunSignIn(card, change);
  return { answer, result: await finishSignIn(identity, answer) };
}

async function signedIn(card: string, replaces?: string): Promise<SignedIn> {
  const { result } = await signIn(card, replaces ? { replaces } : {});
  assert.ok(result.ok, result.ok ? "" : `${result.error.code} ${result.error.inside}`);
  return result.value;
}

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? "ok" : result.error.code;

test("a card and its PIN open a session; the number is kept only sealed", async () => {
  const { session, token, next } = await signedIn("lin");
  assert.equal(next, "/cases");
  assert.equal(session.person.name, "林美華");
  assert.equal(session.acr, "urn:taroko:loa:high");
  assert.ok(session.canSign);
  assert.deepEqual(await readSession(identity, token), { ok: true, value: session });
  assert.equal(await nationalIdOf(identity, session.person.id), "A700000001");
  assert.deepEqual(await findPerson(identity, "a700000001"), session.person);
  const stored = await country.options.database.query<{ text: string }>(
    "select p::text || s::text || e::text as text from identity.person p, identity.session s, identity.auth_event e",
  );
  assert.ok(stored.length > 0);
  const secrets = ["A700000001", Buffer.from("A700000001").toString("hex"), token];
  for (const { text } of stored) assert.ok(!secrets.some((secret) => text.includes(secret)));
});

test("a second sign-in of the same card finds the same person, whoever holds the site's secret", async () => {
  const [first, second] = [await signedIn("lin"), await signedIn("lin")];
  assert.equal(second.session.person.id, first.session.person.id);
  const elsewhere = await openIdentity({ ...country.options, siteSecret: new Uint8Array(32).fill(2) });
  assert.equal(await findPerson(elsewhere, "A700000001"), undefined);
});

test("an answer is good once: a replayed token, another browser and an old challenge find no challenge", async () => {
  const { answer, result } = await signIn("lin");
  assert.equal(codeOf(result), "ok");
  assert.equal(codeOf(await finishSignIn(identity, answer)), "challenge-expired");

  const twice = await begunSignIn("lin");
  const both = await Promise.all([finishSignIn(identity, twice), finishSignIn(identity, twice)]);
  assert.deepEqual(both.map(codeOf).sort(), ["challenge-expired", "ok"], "not even at the same moment");

  const { browser, challenge } = await beginSignIn(identity);
  const token = JSON.stringify((await country.authenticate({ card: "lin", challenge })).body.token);
  assert.equal(codeOf(await finishSignIn(identity, { browser: undefined, token })), "challenge-expired");
  const other = await beginSignIn(identity);
  assert.equal(codeOf(await finishSignIn(identity, { browser: other.browser, token })), "token-invalid");
  clock.advance(5 * 60_000);
  assert.equal(codeOf(await finishSignIn(identity, { browser, token })), "challenge-expired");
});

test("a failed attempt uses the challenge up, too", async () => {
  const { answer, result } = await signIn("lin", { challenge: `${"B".repeat(43)}=` });
  assert.equal(codeOf(result), "token-invalid");
  assert.equal(codeOf(await finishSignIn(identity, answer)), "challenge-expired");
});

test("a token made for another site is refused, and so is rubbish", async () => {
  assert.equal(codeOf((await signIn("lin", { origin: otherOrigin })).result), "token-invalid");
  const { browser } = await beginSignIn(identity);
  assert.equal(codeOf(await finishSignIn(identity, { browser, token: "{}" })), "token-invalid");
});

test("a revoked card, an expired one and one of an unknown authority are told apart", async () => {
  await country.issue("revoked", { nationalId: "A700000002" });
  await signedIn("revoked");
  await country.authority.revoke("revoked");
  clock.advance(2 * 60_000); // no list is used for longer
  assert.equal(codeOf((await signIn("revoked")).result), "card-revoked");

  const validity = { from: new Date("2020-01-01"), to: new Date("2026-01-01") };
  await country.issue("expired", { nationalId: "A700000003", validity });
  assert.equal(codeOf((await signIn("expired")).result), "certificate-expired");

  const stranger = await cardCountry();
  await stranger.issue("stranger");
  const { browser, challenge } = await beginSignIn(identity);
  const { body } = await stranger.authenticate({ card: "stranger", challenge });
  const answer = { browser, token: JSON.stringify(body.token) };
  assert.equal(codeOf(await finishSignIn(identity, answer)), "certificate-untrusted");
});

test("without a revocation list nobody signs in", async () => {
  const cutOff = await openIdentity({ ...country.options, lists: { urlFor: () => "http://127.0.0.1:1/none" } });
  const { browser, challenge } = await beginSignIn(cutOff);
  const { body } = await country.authenticate({ card: "lin", challenge });
  const answer = { browser, token: JSON.stringify(body.token) };
  assert.equal(codeOf(await finishSignIn(cutOff, answer)), "revocation-unavailable");
});

test("signing in gives a new session and ends the one it replaces", async () => {
  const before = await signedIn("lin");
  const planted = "P".repeat(43);
  const after = await signedIn("lin", before.token);
  assert.notEqual(after.token, before.token);
  assert.notEqual(after.session.csrf, before.session.csrf);
  assert.equal(codeOf(await readSession(identity, before.token)), "session-ended");
  const { browser } = await beginSignIn(identity, { browser: planted });
  assert.equal(codeOf(await readSession(identity, browser)), "session-ended", "the pre-session cookie is no session");
});

test("a session ends when idle, after eight hours, and on request; use keeps it alive", async () => {
  const { token, session } = await signedIn("lin");
  clock.advance(14 * 60_000);
  assert.equal(codeOf(await readSession(identity, token)), "ok");
  clock.advance(14 * 60_000);
  assert.equal(codeOf(await readSession(identity, token)), "ok", "fourteen minutes after the last use");
  clock.advance(15 * 60_000);
  assert.equal(codeOf(await readSession(identity, token)), "session-ended");
  assert.ok(!(await listSessions(identity, session.person.id)).some(({ id }) => id === session.id));

  const long = await signedIn("lin");
  for (let minutes = 0; minutes < 8 * 60 - 10; minutes += 10) {
    clock.advance(10 * 60_000);
    assert.equal(codeOf(await readSession(identity, long.token)), "ok", `${minutes} minutes`);
  }
  clock.advance(10 * 60_000);
  assert.equal(codeOf(await readSession(identity, long.token)), "session-ended");

  const brief = await signedIn("lin");
  assert.deepEqual(await endSession(identity, brief.session), { ended: true });
  assert.equal(codeOf(await readSession(identity, brief.token)), "session-ended");
  for (const wrong of [undefined, "", "x".repeat(43), `${brief.token}x`])
    assert.equal(codeOf(await readSession(identity, wrong)), "session-ended");
  clock.advance(48 * 3_600_000);
  assert.ok((await forgetExpired(identity)).forgotten > 0);
});

test("a person ends their own sessions and nobody else's", async () => {
  await country.issue("wang", { nationalId: "A700000004", givenName: "大明" });
  const [mine, theirs] = [await signedIn("lin"), await signedIn("wang")];
  assert.deepEqual(await endOwnSession(identity, mine.session, theirs.session.id), { ended: false });
  assert.equal(codeOf(await readSession(identity, theirs.token)), "ok");
  const elsewhere = await signedIn("lin");
  assert.deepEqual(await endOwnSession(identity, mine.session, elsewhere.session.id), { ended: true });
  assert.equal(codeOf(await readSession(identity, elsewhere.token)), "session-ended");
  assert.ok(csrfMatches(mine.session, mine.session.csrf));
  for (const forged of [undefined, "", theirs.session.csrf]) assert.ok(!csrfMatches(mine.session, forged));
});

test("a person who is blocked loses the session at once and cannot sign in", async () => {
  await country.issue("late", { nationalId: "A700000005" });
  const { token, session } = await signedIn("late");
  await setPersonStatus(identity, session.person.id, "deceased");
  assert.equal(codeOf(await readSession(identity, token)), "session-ended");
  assert.equal(codeOf((await signIn("late")).result), "person-blocked");
});

test("an officer is one until the office ends", async () => {
  const officer = await registerPerson(identity, { nationalId: "A700000006", name: "王承辦" });
  await country.issue("officer", { nationalId: "A700000006" });
  const citizen = await signedIn("lin");
  assert.equal(citizen.session.officer, undefined);
  const validTo = new Date(clock.now().getTime() + 600_000);
  await appointOfficer(identity, { personId: officer.id, agency: "social", roles: ["caseworker"], validTo });
  const { session, token } = await signedIn("officer");
  assert.equal(session.person.id, officer.id);
  assert.deepEqual(session.officer?.roles, ["caseworker"]);
  clock.advance(600_000);
  const later = await readSession(identity, token);
  assert.ok(later.ok);
  assert.equal(later.value.officer, undefined);
});

test("the person sees what was tried in their name, with the network and not the address", async () => {
  const { session } = await signedIn("lin");
  const [latest] = await identityHistory(identity, session.person.id, 1);
  assert.ok(latest?.ok);
  assert.equal(latest.what, "sign-in");
  assert.equal(latest.network, "203.0.113.0/24");
});

test("reading a session is cheap: typically under a millisecond, and never several", async () => {
  const { token } = await signedIn("lin");
  for (let round = 0; round < 50; round++) await readSession(identity, token);
  const times: number[] = [];
  for (let round = 0; round < 200; round++) {
    const from = performance.now();
    await readSession(identity, token);
    times.push(performance.now() - from);
  }
  const median = times.sort((a, b) => a - b)[100]!;
  assert.ok(median < 5, `median ${median.toFixed(2)} ms, even with the machine busy`);
});

test("a session acts for somebody only until the mandate is over", async () => {
  const { session, token } = await signedIn("lin");
  const validTo = new Date(clock.now().getTime() + 60_000).toISOString();
  const chosen = await chooseParty(identity, session, {
    kind: "relative",
    representative: { nationalId: "A700000001" },
    principal: { nationalId: "A700000009", name: "林陳秀英" },
    source: { service: "TW/GOV/MOI/household/representation", exchangeId: "x", at: clock.now().toISOString() },
    scopes: ["*:*"],
    validTo,
  });
  assert.ok(chosen.ok);
  const during = await readSession(identity, token);
  assert.equal(during.ok && during.value.acting?.name, "林陳秀英");
  clock.advance(60_000);
  const after = await readSession(identity, token);
  assert.ok(after.ok);
  assert.equal(after.value.acting, undefined);
});

test("a passport's number is never taken for a national number", async () => {
  const { store, keys } = identity;
  const id = "00000000-0000-7000-8000-00000000000a";
  const passport = "PASTW-A700000001";
  const row = {
    id,
    sealed: keys.seal(passport, id),
    index: keys.blindIndex(passport),
    name: "林美華",
    at: clock.now(),
  };
  await store.putPerson(row);
  await assert.rejects(nationalIdOf(identity, id), { code: "person-without-number" });
});

test("a browser is told the code of the closed list and no more", async () => {
  await country.issue("codes", { nationalId: "A700000011" });
  const told = async (change: { browser?: string; token?: string; error?: string }, wait = 0) => {
    const answer = await begunSignIn("codes");
    clock.advance(wait);
    const result = await finishSignIn(identity, { ...answer, ...change });
    return result.ok ? "ok" : result.error.params?.["code"];
  };
  assert.equal(await told({ browser: "x".repeat(43) }), "CHALLENGE_UNKNOWN");
  assert.equal(await told({}, 5 * 60_000), "CHALLENGE_EXPIRED");
  assert.equal(await told({ token: "{}" }), "FORMAT");
  assert.equal(await told({ error: "PIN_LOCKED" }), "PIN_LOCKED");
  assert.equal(await told({ error: "<script>" }), "CANCELLED", "whatever else a device says");
  await country.authority.revoke("codes");
  clock.advance(2 * 60_000);
  assert.equal(await told({}), "CERT_REVOKED");
});
