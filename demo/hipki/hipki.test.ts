import assert from "node:assert/strict";
import { test } from "node:test";
import { hipki } from "#countries/taiwan";
import { beginSignIn, findPerson, finishSignIn, identityHistory, openIdentity, type PersonResolver } from "#identity";
import { cardCountry } from "../cards/testing.ts";
import { hipkiCodes, hipkiComponent } from "./component.ts";

const country = await cardCountry({ responder: true });
const { authority, cards, clock } = country;
const { app, fail } = hipkiComponent({ cards });
await country.issue("lin");
await cards.place("lin", true);

/** The household register, as far as it matters here. */
const asked: string[] = [];
const resolvePerson: PersonResolver = ({ number, birthDate, name }) => {
  asked.push(number);
  const known = number === "A700000001" && birthDate === "1974-05-18" && name === "林美華";
  return Promise.resolve(known ? "confirmed" : "not-confirmed");
};
const identity = await openIdentity({
  ...country.options,
  authenticators: [hipki({ trustedIssuers: [authority.issuer] })],
  resolvePerson,
});

type Given = { number?: string; birthDate?: string };
const right: Given = { number: "A700000001", birthDate: "1974-05-18" };

/** What the page's script does: hands the component what the site gave, and the site the component's answer. */
async function sign(tbs: string, change: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const asks = { func: "MakeSignature", tbs, tbsEncoding: "NONE", hashAlgorithm: "SHA256", signatureType: "PKCS7" };
  const tbsPackage = JSON.stringify({ ...asks, pin: "1111", withCardSN: "false", nonce: "", ...change });
  const response = await app.request("/sign", { method: "POST", body: new URLSearchParams({ tbsPackage }) });
  return (await response.json()) as Record<string, unknown>;
}

async function signIn(given: Given = {}, tamper: { tbs?: string; signature?: (text: string) => string } = {}) {
  const { browser, client } = await beginSignIn(identity, { given });
  assert.ok(client.kind === "element");
  const answer = await sign(tamper.tbs ?? client.data["tbs"]!);
  const signature = String(answer["signature"]);
  const fields = { signature: tamper.signature?.(signature) ?? signature };
  const result = await finishSignIn(identity, { browser, fields });
  return result.ok ? result.value : result.error.code;
}

test("a citizen's card is bound once with number and date of birth, then known by itself, and substantial", async () => {
  assert.equal(await signIn(), "card-not-bound");
  const first = await signIn(right);
  assert.ok(typeof first === "object");
  assert.equal(first.session.acr, "urn:taroko:loa:substantial");
  assert.deepEqual(first.session.person, await findPerson(identity, "A700000001"));
  const before = asked.length;
  const second = await signIn();
  assert.ok(typeof second === "object");
  assert.equal(second.session.person.id, first.session.person.id);
  assert.equal(asked.length, before, "the register is not asked again");
  assert.equal((await identityHistory(identity, first.session.person.id))[0]?.method, "hipki");
});

test("which of number, date of birth, name and card does not fit is not told, and it can be tried five times a day", async () => {
  await country.issue("other", { nationalId: "A700000002" }); // of the same name
  await cards.place("lin", false);
  try {
    const wrong: Given[] = [
      { number: "A700000009", birthDate: "1974-05-18" },
      { number: "A700000001", birthDate: "1974-05-18" },
      { number: "A700000002", birthDate: "1999-01-01" },
      { number: "A700000002", birthDate: "1974-05-18" },
      right,
    ];
    for (const given of wrong) assert.equal(await signIn(given), "person-not-confirmed");
    const before = asked.length;
    assert.equal(await signIn(right), "person-not-confirmed", "the sixth is not even asked about");
    assert.equal(asked.length, before);
  } finally {
    await cards.place("lin", true);
    await cards.place("other", false);
  }
});

test("a signature counts for this challenge, by an unchanged certificate that stands, and once", async () => {
  assert.equal(await signIn({}, { tbs: "another-challenge" }), "token-invalid");
  for (const at of [200, 900, 1200])
    assert.equal(
      await signIn(
        {},
        {
          signature: (text) => {
            const bytes = Buffer.from(text, "base64");
            bytes[Math.min(at, bytes.length - 3)]! ^= 1;
            return bytes.toString("base64");
          },
        },
      ),
      "token-invalid",
      `byte ${at}`,
    );
  assert.equal(await signIn({}, { signature: () => "" }), "token-invalid");
  const { browser, client } = await beginSignIn(identity);
  assert.ok(client.kind === "element");
  const fields = { signature: String((await sign(client.data["tbs"]!))["signature"]) };
  assert.ok((await finishSignIn(identity, { browser, fields })).ok);
  const again = await finishSignIn(identity, { browser, fields });
  assert.equal(again.ok || again.error.code, "challenge-expired");

  await authority.revoke("lin", "suspended");
  assert.equal(await signIn(), "card-revoked");
  await authority.lift("lin");
  assert.ok(typeof (await signIn()) === "object");
  clock.advance(6 * 365 * 86_400_000);
  assert.equal(await signIn(), "certificate-expired");
});

test("a certificate of one way is no token of the other", async () => {
  await country.issue("fresh", { nationalId: "A700000003" });
  const webEid = await openIdentity(country.options);
  const { browser, challenge } = await beginSignIn(webEid);
  const { body } = await country.authenticate({ card: "fresh", challenge });
  const certificate = Buffer.from((await cards.citizenCertificate("fresh"))!).toString("base64");
  const token = JSON.stringify({ ...body.token, unverifiedCertificate: certificate });
  const result = await finishSignIn(webEid, { browser, token });
  assert.equal(result.ok || result.error.code, "certificate-untrusted", "it names no person");
});

test("the component's codes are those of the reference", async () => {
  const code = async (change: Record<string, unknown> = {}) => {
    const answer = await sign("x", change);
    return [answer["ret_code"], answer["last_error"]];
  };
  assert.deepEqual(await code({ pin: "" }), [hipkiCodes.noPin, undefined]);
  assert.deepEqual(await code({ pin: "12" }), [hipkiCodes.logInFailed, hipkiCodes.pinLength]);
  assert.deepEqual(await code({ pin: "0000" }), [hipkiCodes.logInFailed, hipkiCodes.wrongPin]);
  await code({ pin: "0000" });
  assert.deepEqual(await code({ pin: "0000" }), [hipkiCodes.logInFailed, hipkiCodes.locked]);
  await cards.unblock("lin");
  assert.deepEqual(await code({ tbs: 1 }), [hipkiCodes.forbidden, undefined]);
  for (const [fault, expected] of [
    ["no-reader", hipkiCodes.noReader],
    ["no-card", hipkiCodes.noCard],
    ["cancelled", hipkiCodes.cancelled],
    ["forbidden", hipkiCodes.forbidden],
  ] as const) {
    fail(fault);
    assert.deepEqual(await code(), [expected, undefined], fault);
  }
  fail(undefined);
  const info = (await (await app.request("/pkcs11info?withcert=true")).json()) as {
    slots: { token: { certs: { usage: string }[] } }[];
  };
  assert.equal(info.slots[0]?.token.certs[0]?.usage, "digitalSignature");
  assert.equal((await app.request("/pkcs11info")).headers.get("access-control-allow-origin"), null);
});
