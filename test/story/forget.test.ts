import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { consentsOf, usageOf } from "#consent";
import { playStory } from "#demo";
import { forgetPerson, refreshDataUse, stepReceipt } from "#flows";
import { findPerson, nationalIdOf } from "#identity";
import { toBase64Url } from "#kernel";
import { commitSync, subjectCommitmentSync, verifyReceipt } from "#ledger";
import { loggedActs, paymentFor } from "#payments";
import { openCase } from "#services";
import { wholeDatabase } from "#store/testing";
import { logEntries, storyCountry } from "./country.ts";

const country = await storyCountry(9590);
const { portal } = country.running.portal;
const summary = await playStory(country.running, () => undefined);
const { state } = (await openCase(portal.database, summary.case.id))!;
const mother = state.principal.person;
const policy = await (await fetch(`${country.running.portalUrl}/record/policy.txt`)).text();

/** The entries of the portal's log that open to one of these values under any 32 bytes in a copy of its database. */
async function opened(person: string, values: readonly string[]): Promise<number[]> {
  const copy = await wholeDatabase(portal.database);
  const texts = copy.matchAll(/(?<![\w+/-])(?:([\w-]{43})|([A-Za-z0-9+/]{43}=)|\\+x([0-9a-f]{64}))(?![\w+/=-])/g);
  const secrets = new Set(
    [...texts].map(([, url64, plain64, hex]) =>
      Buffer.from(url64 ?? plain64 ?? hex!, url64 ? "base64url" : plain64 ? "base64" : "hex").toString("hex"),
    ),
  );
  const entries = await logEntries(country, "portal");
  const found = new Set<number>();
  for (const hex of secrets) {
    const secret = Buffer.from(hex, "hex");
    const commitments = new Set(values.map((value) => commitSync(value, secret)));
    for (const [at, entry] of entries.entries()) {
      const nonce = entry["pair"] ?? entry["con"] ?? entry["rec"] ?? "";
      const salt = createHmac("sha256", secret).update(`taroko/person-salt/v1\0${nonce}`).digest();
      const subjects = [secret, salt].map((tried) => subjectCommitmentSync(person, tried));
      if (subjects.includes(entry["sub"]!) || Object.values(entry).some((value) => commitments.has(value)))
        found.add(at);
    }
  }
  return [...found].sort((a, b) => a - b);
}

test("nobody is forgotten amid a case", async () => {
  const visitor = await country.visitor().signIn("zhang-zhiming");
  await visitor.draft();
  const applicant = country.running.people.find(({ key }) => key === "zhang-zhiming")!;
  const { id } = (await findPerson(portal.identity, applicant.nationalId))!;
  assert.deepEqual(await forgetPerson(portal, id, "pdpa-11"), { ok: false, error: { code: "case-not-closed" } });
  assert.equal((await consentsOf(portal.database, id)).length, 1);
});

test("after a closed case the portal and the gateways forget a person; nothing opens to them and all receipts verify", async () => {
  await refreshDataUse(portal, mother);
  const payment = (await paymentFor(portal.payments, summary.case.number))!;
  const acts = await loggedActs(portal.database, payment.instructionId);
  assert.ok(acts.length > 0);
  const consents = await consentsOf(portal.database, mother);
  const values = [
    mother,
    summary.case.number,
    ...state.events.map(({ hash }) => hash),
    ...consents.map(({ digest }) => toBase64Url(digest)),
    ...acts.flatMap(({ opening }) => Object.values(opening).map(({ value }) => value)),
  ];
  const kindsAt = async (indexes: readonly number[]): Promise<string[]> => {
    const entries = await logEntries(country, "portal");
    return [...new Set(indexes.map((at) => entries[at]!["t"]!))].sort();
  };
  const before = await opened(mother, values);
  assert.deepEqual(await kindsAt(before), ["case.event", "consent.granted", "mandate.changed", "payment.released"]);
  const receipts = (await Promise.all(state.events.map(({ seq }) => stepReceipt(portal, state, seq)))).filter(
    (receipt) => receipt !== undefined,
  );
  const { total } = await usageOf(portal.database, mother, { limit: 1, offset: 0 });
  assert.ok(receipts.length >= 4 && total >= 3);

  const number = await nationalIdOf(portal.identity, mother);
  for (const agency of ["MOI", "MOHW", "TPE-DOSW"]) {
    const site = country.running.sites.find(({ name }) => name === `gateway of ${agency}`) as unknown as {
      gateway: { forget(subject: string, basis: string): Promise<{ ok: boolean; value?: { records: number } }> };
    };
    const done = await site.gateway.forget(number, "pdpa-11");
    assert.ok(done.ok && done.value!.records >= 1, agency);
  }
  const forgotten = await forgetPerson(portal, mother, "pdpa-11");
  assert.ok(forgotten.ok);
  assert.ok(forgotten.value.keys);
  for (const [what, count] of Object.entries(forgotten.value)) assert.ok(count, `${what}: ${count}`);

  assert.deepEqual(await opened(mother, values), []);
  for (const receipt of receipts) assert.ok((await verifyReceipt(receipt, policy)).ok);
  assert.equal(await stepReceipt(portal, state, state.events[0]!.seq), undefined);
  await refreshDataUse(portal, mother);
  assert.equal(
    (await usageOf(portal.database, mother, { limit: 1, offset: 0 })).total,
    0,
    "no gateway answers any more",
  );
  const again = await forgetPerson(portal, mother, "pdpa-11");
  assert.ok(again.ok && !again.value.keys, "there is nothing left to forget");

  const daughter = await country.visitor().signIn("lin-meihui");
  for (const path of [
    `/applications/${summary.case.id}`,
    "/applications",
    "/my-data/usage",
    "/my-data/agreements",
    "/",
  ])
    assert.equal((await daughter.open(path)).status, 200, path);
});

test("the portal keeps the newest signed configuration beside its keys", () => {
  assert.ok(existsSync(join(country.folder, "keys", "portal", "configuration.json")), "the file is there");
});
