import assert from "node:assert/strict";
import { createHash, verify, X509Certificate } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { fromBase64, systemClock, toBase64 } from "#kernel";
import { openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import { openCardAuthority } from "./card-authority.ts";
import { openCards } from "./cards.ts";

const database = await testDatabase();
const folder = await mkdtemp(join(tmpdir(), "taroko-cards-"));
const listUrl = "http://127.0.0.1:1/authority/cards.crl";
const authority = await openCardAuthority({ folder, database, clock: systemClock, listUrl });
const cards = openCards(database, authority);
const holder = { nationalId: "A700000001", surname: "林", givenName: "美華" };
const origin = "https://portal.example";
const challenge = "A".repeat(43) + "=";

test("a card is made once and keeps its keys; the authority keeps its own", async () => {
  assert.deepEqual(await cards.make({ id: "lin", holder, pin1: "1111", pin2: "22222" }), { made: true });
  assert.deepEqual(await cards.make({ id: "lin", holder, pin1: "9999", pin2: "99999" }), { made: false });
  const again = await openCardAuthority({ folder, database, clock: systemClock, listUrl });
  assert.deepEqual(again.issuer, authority.issuer);
  assert.ok((await cards.authenticate({ card: "lin", pin: "1111", challenge, origin })).ok);
});

for (const curve of ["P-256", "P-384"] as const) {
  test(`a ${curve} chip signs a hash it is given, and the usual verifier accepts it`, async () => {
    await cards.make({ id: curve, holder, pin1: "1111", pin2: "22222", curve });
    const [hashFunction, name] =
      curve === "P-256" ? (["SHA-256", "sha256"] as const) : (["SHA-384", "sha384"] as const);
    for (let round = 0; round < 20; round++) {
      const message = Buffer.from(`round ${round}`);
      const hash = toBase64(createHash(name).update(message).digest());
      const signed = await cards.sign({ card: curve, pin: "22222", hash, hashFunction: hashFunction });
      assert.ok(signed.ok);
      const key = new X509Certificate(fromBase64(signed.value.certificate)!).publicKey;
      assert.ok(verify(name, message, { key, dsaEncoding: "ieee-p1363" }, fromBase64(signed.value.signature)!));
    }
  });
}

test("three wrong PINs lock the card, and a restart does not unlock it; PIN2 has its own counter", async () => {
  await cards.make({ id: "chen", holder: { ...holder, nationalId: "A700000002" }, pin1: "1111", pin2: "22222" });
  const attempt = (at: typeof cards, pin: string) => at.authenticate({ card: "chen", pin, challenge, origin });
  assert.deepEqual(await attempt(cards, "0000"), { ok: false, error: { code: "PIN_WRONG", triesLeft: 2 } });
  assert.ok((await attempt(cards, "1111")).ok, "the right PIN fills the counter again");
  for (const triesLeft of [2, 1])
    assert.deepEqual(await attempt(cards, "0000"), { ok: false, error: { code: "PIN_WRONG", triesLeft } });
  assert.deepEqual(await attempt(cards, "0000"), { ok: false, error: { code: "PIN_LOCKED" } });

  const reopened = openDatabase(database.url);
  const afterRestart = openCards(reopened, authority);
  assert.deepEqual(await attempt(afterRestart, "1111"), { ok: false, error: { code: "PIN_LOCKED" } });
  const hash = toBase64(createHash("sha384").update("x").digest());
  assert.ok((await afterRestart.sign({ card: "chen", pin: "22222", hash, hashFunction: "SHA-384" })).ok);
  await afterRestart.unblock("chen");
  assert.ok((await attempt(afterRestart, "1111")).ok);
  await reopened.close();
});

test("parallel wrong PINs cannot buy more than three tries", async () => {
  await cards.make({ id: "many", holder: { ...holder, nationalId: "A700000003" }, pin1: "1111", pin2: "22222" });
  const tries = await Promise.all(
    Array.from({ length: 8 }, () => cards.authenticate({ card: "many", pin: "0000", challenge, origin })),
  );
  assert.equal(tries.filter((one) => !one.ok && one.error.code === "PIN_WRONG").length, 2);
  assert.ok(!(await cards.authenticate({ card: "many", pin: "1111", challenge, origin })).ok);
});

test("a card outside the reader, and a hash of another kind, are refused without spending a try", async () => {
  await cards.place("lin", false);
  const absent = await cards.authenticate({ card: "lin", pin: "0000", challenge, origin });
  assert.deepEqual(absent, { ok: false, error: { code: "NO_CARD" } });
  await cards.place("lin", true);
  const hash = toBase64(createHash("sha256").update("x").digest());
  for (const hashFunction of ["SHA-256", "SHA-384", "MD5"])
    assert.deepEqual(await cards.sign({ card: "lin", pin: "0000", hash, hashFunction }), {
      ok: false,
      error: { code: "HASH_UNSUPPORTED" },
    });
  assert.deepEqual((await cards.list()).find(({ id }) => id === "lin")?.triesLeft, { 1: 3, 2: 3 });
});

test("how long the answer takes says neither whether there is such a card nor whether it is locked", async () => {
  await cards.make({ id: "timed", holder: { ...holder, nationalId: "A700000008" }, pin1: "1111", pin2: "22222" });
  await cards.make({ id: "shut", holder: { ...holder, nationalId: "A700000009" }, pin1: "1111", pin2: "22222" });
  const ask = (card: string) => cards.authenticate({ card, pin: "0000", challenge, origin });
  for (let tried = 0; tried < 3; tried++) await ask("shut");
  await cards.place("timed", true);
  const times: Record<string, number[]> = { timed: [], shut: [], nobody: [] };
  for (let round = 0; round < 40; round++) {
    for (const [card, list] of Object.entries(times)) {
      const from = performance.now();
      await ask(card);
      list.push(performance.now() - from);
    }
    await cards.unblock("timed");
  }
  const median = (card: string) => times[card]!.sort((a, b) => a - b)[20]!;
  // Without the work for the PIN an answer would take a small part of the time.
  for (const card of ["shut", "nobody"])
    assert.ok(median(card) > median("timed") * 0.4, `${card}: ${median(card)} of ${median("timed")} ms`);
});

test("a card that is not there and one outside the reader are told alike", async () => {
  await cards.place("timed", false);
  const absent = await cards.authenticate({ card: "timed", pin: "0000", challenge, origin });
  assert.deepEqual(await cards.authenticate({ card: "nobody", pin: "0000", challenge, origin }), absent);
  const byCode = (card: string) => cards.unblockByCode({ card, puk: "00000000", pin: 1, newPin: "4321" });
  assert.deepEqual(await byCode("nobody"), await byCode("timed"));
});
