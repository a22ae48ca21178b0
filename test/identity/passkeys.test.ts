import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import {
  beginPasskey,
  beginPasskeySignIn,
  finishPasskey,
  finishPasskeySignIn,
  identityHistory,
  keepForm,
  keptForm,
  listPasskeys,
  readSession,
  removePasskey,
  renamePasskey,
  type ActingParty,
  type Session,
  type SignedIn,
} from "#identity";
import { cookieNames } from "../../src/sites/portal/request.ts";
import { passkeySite } from "./passkey-site.ts";
import { SoftKey, type Lie } from "./soft-key.ts";

const site = await passkeySite();
const { identity, clock } = site;
const here = { origin: site.origin, rpId: "localhost" };
const minutes = 60_000;
const days = 86_400_000;

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? "ok" : result.error.code;

/** Binds a key in a session, with whatever lie. */
async function bind(session: Session, key: SoftKey, lie: Lie = {}, name = "") {
  const begun = await beginPasskey(identity, session, "Taroko");
  assert.ok(begun.ok, codeOf(begun));
  return finishPasskey(identity, session, { answer: key.create(begun.value, here, lie), name });
}

async function bound(session: Session, key: SoftKey = new SoftKey()): Promise<SoftKey> {
  const done = await bind(session, key);
  assert.ok(done.ok, done.ok ? "" : `${done.error.code} ${done.error.inside}`);
  return key;
}

/** Signs in by a key, with whatever lie. */
async function enter(key: SoftKey, lie: Lie = {}, replaces?: string) {
  const begun = await beginPasskeySignIn(identity, { next: "/applications" });
  assert.ok(begun.ok);
  const answer = key.get(begun.value.options, here, lie);
  return finishPasskeySignIn(identity, { browser: begun.value.browser, answer, ...(replaces && { replaces }) });
}

async function entered(key: SoftKey): Promise<SignedIn> {
  const done = await enter(key);
  assert.ok(done.ok, done.ok ? "" : `${done.error.code} ${done.error.inside}`);
  return done.value;
}

for (const [algorithm, name] of [
  [-7, "ES256"],
  [-8, "EdDSA"],
  [-257, "RS256"],
] as const)
  test(`a passkey (${name}) is bound after the card and signs in as its person`, async () => {
    const { session } = await site.card("lin");
    const key = await bound(session, new SoftKey(algorithm, algorithm === -8));
    const by = await entered(key);
    assert.deepEqual(by.session.person, session.person);
    assert.equal(by.session.acr, "urn:taroko:loa:substantial");
    assert.deepEqual(by.session.amr, [algorithm === -8 ? "swk" : "hwk", "user", "mfa"]);
    assert.equal(by.next, "/applications");
    assert.ok(by.session.keySince);
  });

test("the options demand a discoverable, verified key of the offered algorithms, and name nobody", async () => {
  const { session } = await site.card("lin");
  await bound(session);
  const begun = await beginPasskey(identity, session, "Taroko");
  assert.ok(begun.ok);
  const { rp, user, authenticatorSelection, attestation, pubKeyCredParams, excludeCredentials } = begun.value;
  assert.equal(rp.id, "localhost");
  assert.equal(authenticatorSelection?.residentKey, "required");
  assert.equal(authenticatorSelection?.userVerification, "required");
  assert.equal(attestation, "none");
  assert.deepEqual(
    pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  );
  assert.ok(excludeCredentials && excludeCredentials.length > 0);
  assert.ok(!JSON.stringify(begun.value).includes("A700000001") && user.id.length === 43);
  const asked = await beginPasskeySignIn(identity, {});
  assert.ok(asked.ok);
  assert.equal(asked.value.options.userVerification, "required");
  assert.deepEqual(asked.value.options.allowCredentials ?? [], []);
});

const badBindings: readonly [string, Lie][] = [
  ["of another origin", { origin: "https://localhost.example" }],
  ["of another RP ID", { rpId: "evil.example" }],
  ["of the wrong type", { type: "webauthn.get" }],
  ["of another challenge", { challenge: "AAAA" }],
  ["without the person's unlocking", { flags: 0x41 }],
  ["without the person's presence", { flags: 0x44 }],
  ["without a key", { flags: 0x05 }],
];
for (const [title, lie] of badBindings)
  test(`a passkey ${title} is not bound`, async () => {
    const { session } = await site.card("wang");
    const before = (await listPasskeys(identity, session.person.id)).length;
    assert.equal(codeOf(await bind(session, new SoftKey(), lie)), "passkey-invalid");
    assert.equal((await listPasskeys(identity, session.person.id)).length, before);
  });

test("an algorithm that was not offered is not taken, nor is rubbish", async () => {
  const { session } = await site.card("wang");
  assert.equal(codeOf(await bind(session, new SoftKey(-36))), "passkey-invalid");
  for (const answer of [
    "",
    "null",
    "{}",
    "[]",
    '{"id":"a","rawId":"a","type":"public-key","response":{}}',
    "x".repeat(20_000),
  ]) {
    const begun = await beginPasskey(identity, session, "Taroko");
    assert.ok(begun.ok);
    assert.equal(codeOf(await finishPasskey(identity, session, { answer, name: "" })), "passkey-invalid");
    const entering = await beginPasskeySignIn(identity, {});
    assert.ok(entering.ok);
    assert.equal(
      codeOf(await finishPasskeySignIn(identity, { browser: entering.value.browser, answer })),
      "passkey-invalid",
    );
  }
});

test("without a card of the last five minutes nothing is bound, at the beginning and at the end", async () => {
  const { session, token } = await site.card("lin");
  const key = new SoftKey();
  const begun = await beginPasskey(identity, session, "Taroko");
  assert.ok(begun.ok);
  clock.advance(4 * minutes);
  const answer = key.create(begun.value, here);
  clock.advance(1 * minutes + 1);
  assert.notEqual(codeOf(await finishPasskey(identity, session, { answer, name: "" })), "ok");
  const now = await readSession(identity, token);
  assert.ok(now.ok);
  assert.equal(codeOf(await beginPasskey(identity, now.value, "Taroko")), "card-needed");

  const again = await site.card("lin");
  const own = await bound(again.session);
  const by = await entered(own);
  assert.equal(codeOf(await beginPasskey(identity, by.session, "Taroko")), "card-needed");
});

test("a binding is good once, for the session that began it, for five minutes", async () => {
  const lin = await site.card("lin");
  const wang = await site.card("wang");
  const begun = await beginPasskey(identity, lin.session, "Taroko");
  assert.ok(begun.ok);
  const answer = new SoftKey().create(begun.value, here);
  assert.equal(codeOf(await finishPasskey(identity, wang.session, { answer, name: "" })), "challenge-expired");
  assert.equal(codeOf(await finishPasskey(identity, lin.session, { answer, name: "" })), "ok");
  assert.equal(codeOf(await finishPasskey(identity, lin.session, { answer, name: "" })), "challenge-expired");
});

test("one key is bound to one person", async () => {
  const lin = await site.card("lin");
  const key = await bound(lin.session);
  assert.equal(codeOf(await bind((await site.card("wang")).session, new SoftKey(), { id: key.id })), "passkey-known");
  assert.equal(codeOf(await bind(lin.session, new SoftKey(), { id: key.id })), "passkey-known");
});

const badEntries: readonly [string, Lie][] = [
  ["from another origin", { origin: "http://localhost.evil.example" }],
  ["for another RP ID", { rpId: "example" }],
  ["of the wrong type", { type: "webauthn.create" }],
  ["to another challenge", { challenge: "AAAA" }],
  ["without the person's unlocking", { flags: 0x01 }],
  ["without the person's presence", { flags: 0x04 }],
  ["by another key", { key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }],
  ["of an unknown passkey", { id: "AAAAAAAAAAAAAAAAAAAAAA" }],
  ["kept under nobody's name", { userHandle: "" }],
  ["kept under another name", { userHandle: "A".repeat(43) }],
];
test("an answer that is not wholly right opens no session, and is listed as refused", async (t) => {
  const { session } = await site.card("lin");
  const key = await bound(session);
  for (const [title, lie] of badEntries)
    await t.test(title, async () => assert.equal(codeOf(await enter(key, lie)), "passkey-invalid"));
  const events = await identityHistory(identity, session.person.id, 50);
  const refused = events.filter(
    ({ ok, method, reason }) => !ok && method === "passkey" && reason === "passkey-invalid",
  );
  // All but the one whose passkey nobody has.
  assert.equal(refused.length, badEntries.length - 1);
  await entered(key);
});

test("another person's credential id does not make one that person", async () => {
  const lin = await bound((await site.card("lin")).session);
  const wang = await bound((await site.card("wang")).session);
  assert.equal(codeOf(await enter(wang, { id: lin.id })), "passkey-invalid");
  assert.equal(codeOf(await enter(wang, { id: lin.id, userHandle: lin.userHandle })), "passkey-invalid");
});

test("an answer is good once, and in the browser that asked", async () => {
  const key = await bound((await site.card("lin")).session);
  const mine = await beginPasskeySignIn(identity, {});
  const other = await beginPasskeySignIn(identity, {});
  assert.ok(mine.ok && other.ok);
  const answer = key.get(mine.value.options, here);
  assert.equal(
    codeOf(await finishPasskeySignIn(identity, { browser: other.value.browser, answer })),
    "passkey-invalid",
  );
  assert.equal(codeOf(await finishPasskeySignIn(identity, { browser: undefined, answer })), "challenge-expired");
  const together = await Promise.all(
    [1, 2].map(() => finishPasskeySignIn(identity, { browser: mine.value.browser, answer })),
  );
  assert.deepEqual(together.map(codeOf).sort(), ["challenge-expired", "ok"]);
  const late = await beginPasskeySignIn(identity, {});
  assert.ok(late.ok);
  clock.advance(5 * minutes);
  assert.equal(
    codeOf(
      await finishPasskeySignIn(identity, { browser: late.value.browser, answer: key.get(late.value.options, here) }),
    ),
    "challenge-expired",
  );
});

test("a counter that goes back suspends the passkey and ends what it opened; the person is told", async () => {
  const { session } = await site.card("lin");
  const key = new SoftKey();
  key.counter = 5;
  await bound(session, key);
  const open = await entered(key);
  assert.equal(codeOf(await enter(key, { counter: key.counter })), "passkey-suspended");
  assert.equal(codeOf(await enter(key)), "passkey-suspended", "the honest one, too: nobody knows which is the copy");
  assert.equal(codeOf(await readSession(identity, open.token)), "session-ended");
  const own = await listPasskeys(identity, session.person.id);
  assert.equal(own.filter(({ suspended }) => suspended).length, 1);
  const events = await identityHistory(identity, session.person.id, 10);
  assert.ok(events.some(({ what, reason }) => what === "passkey" && reason === "suspended"));
});

test("a passkey is renamed and removed by its person alone, and then signs nobody in", async () => {
  const { session } = await site.card("lin");
  const stranger = (await site.card("wang")).session;
  const key = await bound(session);
  const open = await entered(key);
  const { id } = (await listPasskeys(identity, session.person.id)).at(-1)!;
  for (const wrong of [id, "x", "00000000-0000-7000-8000-000000000000"]) {
    assert.equal(codeOf(await renamePasskey(identity, stranger, wrong, "mine")), "passkey-unknown");
    assert.equal(codeOf(await removePasskey(identity, stranger, wrong)), "passkey-unknown");
  }
  assert.deepEqual(await renamePasskey(identity, session, id, " 我的\u202e手機\n "), {
    ok: true,
    value: { name: "我的 手機" },
  });
  assert.deepEqual(await removePasskey(identity, session, id), { ok: true, value: { ended: 1 } });
  assert.equal(codeOf(await readSession(identity, open.token)), "session-ended");
  assert.equal(codeOf(await enter(key)), "passkey-invalid");
  const changes = (await identityHistory(identity, session.person.id, 20)).filter(({ what }) => what === "passkey");
  const told = new Set(changes.map(({ reason }) => reason));
  for (const change of ["bound", "renamed", "removed"]) assert.ok(told.has(change), change);
});

test("whom one acted for goes over to the stronger session of the same person, and of nobody else", async () => {
  const lin = await site.card("lin");
  const wang = await site.card("wang");
  const key = await bound(lin.session);
  const party: ActingParty = {
    personId: wang.session.person.id,
    name: "王大文",
    kind: "relative",
    source: { service: "TW/GOV/MOI/household/v1", exchangeId: "1", at: clock.now().toISOString() },
    scopes: ["*:apply"],
    validTo: new Date(clock.now().getTime() + days).toISOString(),
  };
  await identity.store.setActing(lin.session.id, party, clock.now());
  const stronger = await enter(key, {}, lin.token);
  assert.ok(stronger.ok);
  assert.deepEqual(stronger.value.session.acting, party);
  const read = await readSession(identity, stronger.value.token);
  assert.deepEqual(read.ok && read.value.acting, party);

  // A session planted in the browser of somebody else ends, and leaves them nothing.
  await identity.store.setActing(wang.session.id, { ...party, personId: lin.session.person.id }, clock.now());
  const victim = await enter(key, {}, wang.token);
  assert.ok(victim.ok);
  assert.deepEqual([victim.value.session.person.id, victim.value.session.acting], [lin.session.person.id, undefined]);
  assert.equal(codeOf(await readSession(identity, wang.token)), "session-ended");
});

test("a passkey outlives the last sign of a good card by ninety days, and a card wakes it up", async () => {
  const key = await bound((await site.card("wang")).session);
  await site.revoke("wang");
  clock.advance(89 * days);
  await entered(key);
  clock.advance(2 * days);
  assert.equal(codeOf(await enter(key)), "card-too-long-ago");
});

test("while the card is good, asking its issuer is enough", async () => {
  const key = await bound((await site.card("lin")).session);
  clock.advance(60 * days);
  await entered(key);
  clock.advance(60 * days);
  await entered(key);
});

test("a stronger proof opens a new session, and the old one is over", async () => {
  const key = await bound((await site.card("lin")).session);
  const weak = await entered(key);
  const strong = await site.card("lin", weak.token);
  assert.notEqual(strong.token, weak.token);
  assert.notEqual(strong.session.csrf, weak.session.csrf);
  assert.equal(strong.session.acr, "urn:taroko:loa:high");
  assert.equal(codeOf(await readSession(identity, weak.token)), "session-ended");
  clock.advance(10 * minutes);
  assert.ok((await readSession(identity, strong.token)).ok);
  clock.advance(5 * minutes + 1);
  const later = await readSession(identity, strong.token);
  assert.equal(later.ok && later.value.acr, "urn:taroko:loa:substantial");
});

test("what was kept opens to the same person for ten minutes, sealed", async () => {
  const { session } = await site.card("lin");
  const form = { action: "/apply/1/sign", page: "/apply/1/sign", fields: { remark: "只給我自己看" } };
  const id = await keepForm(identity, session, form);
  const key = await bound(session);
  const other = await entered(key);
  assert.deepEqual(await keptForm(identity, other.session, id), { ok: true, value: form });
  assert.equal(codeOf(await keptForm(identity, { ...session, person: { id, name: "" } }, id)), "kept-form-gone");
  assert.equal(codeOf(await keptForm(identity, session, "x")), "kept-form-gone");
  const stored = await site.rows("select encode(sealed, 'escape') as text from identity.kept_form");
  assert.ok(stored.length > 0 && !JSON.stringify(stored).includes("remark"));
  clock.advance(10 * minutes);
  assert.equal(codeOf(await keptForm(identity, session, id)), "kept-form-gone");
});

test("who is refused, or gives up at the reader, is still on the way to where they were going", async () => {
  const next = "/kept/01990000-0000-7000-8000-000000000000";
  const post = (path: string, cookie: string, body: Record<string, string> = {}) =>
    fetch(site.origin + path, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: { cookie },
      redirect: "manual",
    });
  const leads = async (answer: Response) =>
    (await answer.text()).includes(`action="/sign-in?next=${encodeURIComponent(next)}"`);
  const cookieFrom = (answer: Response) => answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

  const begun = await post(`/sign-in/passkey/begin?next=${encodeURIComponent(next)}`, "");
  assert.ok(await leads(await post("/sign-in/passkey", cookieFrom(begun), { answer: "{}" })));
  const carded = await post(`/sign-in?next=${encodeURIComponent(next)}`, "");
  assert.ok(await leads(await post("/sign-in/finish", cookieFrom(carded), { token: "rubbish" })));
  const again = await post(`/sign-in?next=${encodeURIComponent(next)}`, "");
  const cancelled = { headers: { cookie: cookieFrom(again) } };
  assert.ok(await leads(await fetch(`${site.origin}/sign-in/finish?error=CANCELLED`, cancelled)));
});

test("without the session's own token nothing is begun, bound, renamed or removed", async () => {
  const { session, token } = await site.card("lin");
  await bound(session);
  const { id } = (await listPasskeys(identity, session.person.id)).at(-1)!;
  const cookie = `${cookieNames(site.origin).session}=${token}`;
  for (const path of ["/account/passkeys/begin", "/account/passkeys", `/account/passkeys/${id}`])
    for (const csrf of [undefined, "", "x".repeat(43)]) {
      const body = new URLSearchParams({ do: "remove", ...(csrf !== undefined && { csrf }) });
      const answer = await fetch(site.origin + path, { method: "POST", body, headers: { cookie }, redirect: "manual" });
      assert.equal(answer.status, 422, `${path} with ${csrf}`);
    }
  assert.ok((await listPasskeys(identity, session.person.id)).some((key) => key.id === id));
});

test("no identity number stands in the record of events", async () => {
  const events = await site.rows("select e::text as text from identity.auth_event e");
  assert.ok(events.length > 0 && events.every(({ text }) => !String(text).includes("A70000000")));
});
