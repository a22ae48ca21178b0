import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { checksumFits, fido, writeChecksum } from "#countries/taiwan";
import { beginSignIn, openIdentity, pollSignIn, type Identity } from "#identity";
import { cardCountry } from "../cards/testing.ts";
import { startFidoSimulator } from "./service.ts";

const country = await cardCountry({ responder: true });
const { authority, cards, clock } = country;
await country.issue("lin");
const key = new Uint8Array(32).fill(7);
const serviceId = "taroko";
const simulator = await startFidoSimulator({
  cards,
  clock,
  serviceId,
  key,
  phones: new Map([["A700000001", "lin"]]),
  host: "127.0.0.1",
  port: 0,
  option: "--fido-port",
});
after(() => simulator.close());

const site = (change: { key?: Uint8Array; url?: string; answersAfterMs?: number } = {}): Promise<Identity> =>
  openIdentity({
    ...country.options,
    authenticators: [
      fido({ url: simulator.url, serviceId, key, trustedIssuers: [authority.issuer], answersAfterMs: 0, ...change }),
    ],
    resolvePerson: ({ birthDate }) => Promise.resolve(birthDate === "1974-05-18" ? "confirmed" : "not-confirmed"),
  });
const identity = await site();
const right = { number: "a700000001", birthDate: "1974-05-18" };

async function begin(given: { number?: string; birthDate?: string } = right, at = identity) {
  const begun = await beginSignIn(at, { given, language: "en" });
  assert.ok(begun.client.kind === "app");
  return { browser: begun.browser, code: begun.client.code };
}
const poll = async (browser: string, at = identity) => {
  clock.advance(4_000);
  const result = await pollSignIn(at, { browser });
  return result.ok ? (result.value === "pending" ? "pending" : result.value.session.acr) : result.error.code;
};
const screen = async () => (await fetch(simulator.url)).text();
const press = async (answer: "approve" | "refuse") => {
  const id = /action="\/tickets\/([^"]+)"/.exec(await screen())?.[1];
  await fetch(`${simulator.url}/tickets/${id}`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: simulator.url },
    body: new URLSearchParams({ answer }),
  });
};

test("the phone shows the page's code, signs our challenge, and the person is in, once", async () => {
  const { browser, code } = await begin();
  assert.equal(await poll(browser), "pending");
  assert.match(await screen(), new RegExp(`Code ${code}`));
  await press("approve");
  assert.equal(await poll(browser), "urn:taroko:loa:substantial");
  assert.equal(await poll(browser), "challenge-expired");
});

test("refused is refused; ignored ends after a minute", async () => {
  const refused = await begin();
  await press("refuse");
  assert.equal(await poll(refused.browser), "reader-cancelled");
  const ignored = await begin();
  for (let waited = 0; waited < 56; waited += 4) assert.equal(await poll(ignored.browser), "pending");
  assert.notEqual(await poll(ignored.browser), "pending");
});

test("a number without a phone, one asked too often and a text that is none look the same to the end", async () => {
  const looks: string[][] = [];
  for (const number of ["A700000009", "A700000001", "nonsense"]) {
    const { browser, code } = await begin({ ...right, number });
    assert.match(code, /^\d\d$/);
    const said: string[] = [];
    for (let waited = 0; waited < 60; waited += 4) said.push(await poll(browser));
    looks.push(said);
  }
  assert.deepEqual(looks[1], looks[0], "the fourth request of the hour reaches no phone");
  assert.deepEqual(looks[2], looks[0]);
  assert.equal(looks[0]?.at(-1), "sign-in-timeout");
  assert.match(await screen(), /No request/);
  clock.advance(3_600_000);
});

test("how long an answer takes says nothing about a number either", async () => {
  // A service that takes its time; whoever is not asked for would be answered at once.
  const slow = createServer((_request, answer) => void setTimeout(() => answer.writeHead(500).end(), 60));
  await new Promise<void>((done) => slow.listen(0, "127.0.0.1", done));
  after(() => slow.close());
  const url = `http://127.0.0.1:${(slow.address() as { port: number }).port}`;
  const at = await site({ url, answersAfterMs: 150 });
  const takes = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  for (const number of [right.number, "nonsense"]) {
    let browser = "";
    const began = await takes(async () => ({ browser } = await begin({ ...right, number }, at)));
    const polled = await takes(() => pollSignIn(at, { browser }));
    const again = await takes(() => pollSignIn(at, { browser }));
    for (const time of [began, polled, again]) assert.ok(time > 145 && time < 400, `${number} ${time}`);
  }
});

test("a phone that never answers, and one whose request the service gave up, end alike", async () => {
  clock.advance(3_600_000);
  const ends: string[] = [];
  for (const number of [right.number, "A700000009"]) {
    const { browser } = await begin({ ...right, number });
    for (let waited = 0; waited < 56; waited += 4) await poll(browser);
    ends.push(await poll(browser));
  }
  assert.deepEqual(ends, ["sign-in-timeout", "sign-in-timeout"]);
});

test("the service is asked every four seconds at most", async () => {
  const { browser } = await begin();
  assert.equal(await poll(browser), "pending");
  await press("approve");
  const soon = await pollSignIn(identity, { browser });
  assert.ok(soon.ok && soon.value === "pending");
  assert.equal(await poll(browser), "urn:taroko:loa:substantial");
});

test("a service with another key, and one that is down, end like silence", async () => {
  for (const change of [{ key: new Uint8Array(32) }, { url: "http://127.0.0.1:1" }]) {
    const other = await site(change);
    const { browser } = await begin(right, other);
    assert.equal(await poll(browser, other), "pending");
    clock.advance(60_000);
    assert.equal(await poll(browser, other), "sign-in-timeout");
  }
  assert.match(await screen(), /No request/);
});

test("a revoked certificate does not sign in by phone either", async () => {
  clock.advance(3_600_000);
  await authority.revoke("lin");
  const { browser } = await begin();
  await press("approve");
  assert.equal(await poll(browser), "card-revoked");
});

test("checksums: form, fields and key count; an IV of zeros repeats itself, a random one does not", () => {
  const fields = ["t", "s", undefined, "A700000001"];
  for (const iv of ["zero", "random"] as const) {
    const sum = writeChecksum(key, fields, iv);
    assert.match(sum, /^[0-9a-f]{184}$/);
    assert.ok(checksumFits(key, fields, sum));
    assert.ok(!checksumFits(new Uint8Array(32), fields, sum));
    assert.ok(!checksumFits(key, [...fields, "x"], sum));
    assert.ok(!checksumFits(key, fields, `${sum.slice(0, -1)}${sum.endsWith("0") ? "1" : "0"}`));
    assert.equal(writeChecksum(key, fields, iv) === sum, iv === "zero");
  }
  for (const malformed of [undefined, "", "xyz", "00"]) assert.ok(!checksumFits(key, fields, malformed));
});
