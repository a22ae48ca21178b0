import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { beginSignIn, finishSignIn } from "#identity";
import { cardReader } from "./card-reader.ts";
import { responderFaults, type ResponderFault } from "./responder.ts";
import { cardCountry, portalOrigin } from "./testing.ts";

const country = await cardCountry({ responder: true });
const { authority, cards, clock, identity, office } = country;

/** What the portal says to a sign-in with this card. */
async function signIn(card: string, pin = "1111"): Promise<string> {
  const { browser, challenge } = await beginSignIn(identity);
  const { body } = await country.authenticate({ card, challenge, pin });
  if (body.code) return body.code;
  const result = await finishSignIn(identity, { browser, token: JSON.stringify(body.token) });
  return result.ok ? "ok" : result.error.code;
}

const numberOf = async (card: string) => (await cards.list()).find(({ id }) => id === card)!.number;
const act = async (card: string, what: Parameters<typeof office.act>[0]["what"], reason = "reported by the holder") => {
  clock.advance(1_000);
  return office.act({ number: await numberOf(card), what, reason, officer: "Lin Mei" });
};

test("whatever the responder answers wrongly, nobody signs in; put right, they do at once", async () => {
  await country.issue("lin");
  assert.equal(await signIn("lin"), "ok");
  const expected: Record<ResponderFault, string> = {
    revoked: "card-revoked",
    unknown: "card-revoked",
    stale: "revocation-unavailable",
    "wrong-nonce": "revocation-unavailable",
    "two-responses": "revocation-unavailable",
    down: "revocation-unavailable",
  };
  for (const fault of responderFaults) {
    await authority.misanswer("lin", fault);
    assert.equal(await signIn("lin"), expected[fault], fault);
  }
  await authority.misanswer("lin", undefined);
  assert.equal(await signIn("lin"), "ok");
  await authority.misanswer("*", "down");
  assert.equal(await signIn("lin"), "ok", "the good answer of this moment stands in");
  clock.advance(121_000);
  assert.equal(await signIn("lin"), "revocation-unavailable");
  await authority.misanswer("*", undefined);
});

test("the record of a sign-in keeps the way and the hash of the issuer's answer, and of a refusal its reason", async () => {
  const rows = await country.options.database.query<{ ok: boolean; method: string; reason: string; bytes: number }>(
    "select ok, method, reason, length(evidence_hash) as bytes from identity.auth_event order by at, id",
  );
  assert.ok(rows.length > 7);
  for (const row of rows) {
    assert.equal(row.method, "web-eid");
    assert.deepEqual([row.bytes, row.reason === null], row.ok ? [32, true] : [null, false]);
  }
});

test("suspending, lifting, renewing and revoking count at the next sign-in, and stand in the record", async () => {
  await country.issue("chen", { nationalId: "A700000002" });
  const before = (await office.find(await numberOf("chen")))!;
  assert.deepEqual([before.state, before.acts], ["standing", []]);
  assert.ok((await act("chen", "suspend")).ok);
  assert.equal(await signIn("chen"), "card-revoked");
  assert.ok((await act("chen", "lift")).ok);
  assert.equal(await signIn("chen"), "ok");

  const citizen = await cards.citizenCertificate("chen");
  clock.advance(4.9 * 365 * 86_400_000);
  assert.ok((await act("chen", "renew")).ok);
  assert.equal(await signIn("chen"), "ok", "same card, same PIN, new certificates");
  const renewed = await cards.citizenCertificate("chen");
  assert.notDeepEqual(renewed, citizen, "the citizen's certificate, too");
  clock.advance(365 * 86_400_000);
  assert.equal(await signIn("chen"), "ok", "beyond the old ones' end");

  assert.ok((await act("chen", "revoke")).ok);
  assert.equal(await signIn("chen"), "card-revoked");
  for (const what of ["lift", "renew", "suspend", "unblock"] as const)
    assert.deepEqual(await act("chen", what), { ok: false, error: { code: "NOT_NOW" } }, `${what} after revoking`);
  const { acts, state } = (await office.find(await numberOf("chen")))!;
  assert.equal(state, "withdrawn");
  assert.deepEqual(
    acts.map(({ what, officer, reason }) => `${what} ${officer} ${reason}`),
    ["revoke", "renew", "lift", "suspend"].map((what) => `${what} Lin Mei reported by the holder`),
  );
  assert.deepEqual(await act("chen", "replace", "  "), { ok: false, error: { code: "REASON_MISSING" } });
  assert.deepEqual(await office.act({ number: "TD0000000000", what: "revoke", reason: "x", officer: "x" }), {
    ok: false,
    error: { code: "CARD_UNKNOWN" },
  });
});

test("a replaced card works with its new codes, the old one nowhere, and both are the same person", async () => {
  await country.issue("wu", { nationalId: "A700000003" });
  const replaced = await act("wu", "replace", "lost");
  assert.ok(replaced.ok && replaced.value.codes);
  assert.equal(await signIn("wu"), "NO_CARD");
  await cards.place("wu", true);
  assert.equal(await signIn("wu"), "card-revoked", "found again and put into a reader");
  assert.equal(await signIn("wu-2", replaced.value.codes.pin1), "ok");
  assert.equal((await office.find(replaced.value.number))?.acts[0]?.what, "issue");
});

test("a card is issued for an invented number only", async () => {
  const issue = (nationalId: string) =>
    office.issue({
      holder: { nationalId, surname: "張", givenName: "小美" },
      reason: "first card",
      officer: "Lin Mei",
    });
  const made = await issue("A700000009");
  assert.ok(made.ok && made.value.codes);
  const { id } = (await cards.list()).find(({ number }) => number === made.value.number)!;
  assert.equal(await signIn(id, made.value.codes.pin1), "ok");
  for (const wrong of ["A000000000", "A7", ""])
    assert.deepEqual(await issue(wrong), { ok: false, error: { code: "HOLDER" } }, wrong);
});

test("a locked PIN is unblocked by code at home, with three tries, or at the counter", async () => {
  const holder = { nationalId: "A700000004", surname: "黃", givenName: "大同" };
  await cards.make({ id: "huang", holder, pin1: "1111", pin2: "22222", puk: "87654321" });
  for (let tried = 0; tried < 3; tried++) await signIn("huang", "0000");
  assert.equal(await signIn("huang"), "PIN_LOCKED");
  const byCode = (puk: string, newPin = "4321") => cards.unblockByCode({ card: "huang", puk, pin: 1, newPin });
  assert.deepEqual(await byCode("87654321", "12"), { ok: false, error: { code: "PIN_FORM" } });
  assert.deepEqual(await byCode("00000000"), { ok: false, error: { code: "PUK_WRONG", triesLeft: 2 } });
  assert.ok((await byCode("87654321")).ok);
  assert.equal(await signIn("huang", "1111"), "PIN_WRONG", "the old PIN is gone");
  assert.equal(await signIn("huang", "4321"), "ok");
  for (let tried = 0; tried < 3; tried++) await byCode("00000000");
  assert.deepEqual(await byCode("87654321"), { ok: false, error: { code: "PUK_LOCKED" } });
  for (let tried = 0; tried < 3; tried++) await signIn("huang", "0000");
  assert.ok((await act("huang", "unblock")).ok);
  assert.equal(await signIn("huang", "4321"), "ok");
});

test("the desk's pages: nobody acts unseated, a number not found says no more than that, the address holds no person", async () => {
  await country.issue("desk", { nationalId: "A700000005" });
  const app = cardReader({ cards, authority, office, officers: ["Lin Mei"], allowedOrigins: [portalOrigin] });
  const self = "http://reader.example";
  const post = (path: string, form: Record<string, string>, cookie = "", origin = self) =>
    app.request(`${self}${path}?lang=en`, {
      method: "POST",
      headers: { Origin: origin, Cookie: cookie },
      body: new URLSearchParams(form),
    });
  const number = await numberOf("desk");
  const revoke = { act: "revoke", reason: "stolen" };
  assert.equal((await post(`/office/cards/${number}`, revoke)).status, 303, "sent to the door");
  assert.equal((await post("/office/enter", { officer: "Somebody" })).headers.get("set-cookie"), null);
  const seat = (await post("/office/enter", { officer: "Lin Mei" })).headers.get("set-cookie")!.split(";")[0]!;
  assert.equal((await post(`/office/cards/${number}`, revoke, seat, "https://elsewhere.example")).status, 403);
  assert.equal(await signIn("desk"), "ok", "and nothing was done");

  const pages = await Promise.all(
    ["TD0000000000", "A700000005", "'; drop"].map(async (number) => {
      const response = await post("/office/find", { number }, seat);
      return [response.status, await response.text()] as const;
    }),
  );
  const bare = pages.map(([status, page]) => [status, page.replaceAll(/nonce="[^"]*"/g, "")]);
  assert.deepEqual(bare[1], bare[0]);
  assert.deepEqual(bare[2], bare[0]);
  const found = await post("/office/find", { number: number.toLowerCase() }, seat);
  assert.equal(found.headers.get("location"), `/office/cards/${number}?lang=en`);
  const page = await (
    await app.request(`${self}/office/cards/${number}?lang=en`, { headers: { Cookie: seat } })
  ).text();
  assert.match(page, /Valid/);
  assert.ok(!page.includes("A700000005"));
  const done = await (await post(`/office/cards/${number}`, revoke, seat)).text();
  assert.match(done, /Done\. It counts/);
  assert.match(done, /Revoke for good: stolen \(Lin Mei\)/);
  assert.equal(await signIn("desk"), "card-revoked");
});

test("OpenSSL believes the responder, too", (t) => {
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  try {
    openssl("version");
  } catch {
    return t.skip("openssl is not installed");
  }
  return (async () => {
    const folder = mkdtempSync(join(tmpdir(), "taroko-ocsp-"));
    const at = (name: string) => join(folder, name);
    await country.issue("openssl", { nationalId: "A700000006" });
    const { browser: _, challenge } = await beginSignIn(identity);
    const { body } = await country.authenticate({ card: "openssl", challenge });
    writeFileSync(at("card.der"), Buffer.from(body.token.unverifiedCertificate, "base64"));
    writeFileSync(at("issuer.der"), authority.issuer);
    writeFileSync(at("root.der"), authority.root);
    for (const name of ["card", "issuer", "root"])
      openssl("x509", "-inform", "der", "-in", at(`${name}.der`), "-out", at(`${name}.pem`));
    writeFileSync(at("chain.pem"), readFileSync(at("issuer.pem"), "utf8") + readFileSync(at("root.pem"), "utf8"));
    openssl("ocsp", "-issuer", at("issuer.pem"), "-cert", at("card.pem"), "-reqout", at("question"));
    writeFileSync(at("answer"), (await authority.answer(readFileSync(at("question"))))!);
    const attime = String(Math.floor(clock.now().getTime() / 1000));
    const verdict = spawnSync(
      "openssl",
      ["ocsp", "-reqin", at("question"), "-respin", at("answer"), "-resp_text", "-CAfile", at("chain.pem")].concat([
        "-attime",
        attime,
      ]),
      { encoding: "utf8" },
    );
    assert.match(verdict.stderr, /Response verify OK/);
    assert.match(verdict.stdout, /Cert Status: good/);
  })();
});
