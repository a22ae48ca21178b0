import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { beginSignIn, finishSignIn } from "#identity";
import { toBase64 } from "#kernel";
import { cardReader } from "./card-reader.ts";
import { cardCountry, otherOrigin, portalOrigin } from "./testing.ts";

const country = await cardCountry();
const { authority, cards, identity } = country;
const reader = cardReader({ cards, authority, allowedOrigins: [portalOrigin] });
await country.issue("lin");
await country.issue("spare", { nationalId: "A700000002", givenName: "小明" });

const self = "http://reader.example";
const challenge = `${"A".repeat(43)}=`;
const request = { challenge, origin: portalOrigin, return: `${portalOrigin}/signin/card?uid=1` };
const get = (path: string, query: Record<string, string>) =>
  reader.request(`${self}${path}?${new URLSearchParams(query)}`);
const post = (path: string, form: Record<string, string>, origin = self) =>
  reader.request(`${self}${path}`, { method: "POST", headers: { Origin: origin }, body: new URLSearchParams(form) });

/** The hidden fields of a page's form, as a browser without scripts would send them. */
function fieldsOf(page: string): Record<string, string> {
  const unescape = (text: string) => text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  const found = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name, value]) => [name!, unescape(value!)]));
}

test("without a script: the site redirects, the person gives the PIN, a button carries the answer back", async () => {
  const begun = await beginSignIn(identity);
  const page = await (await get("/authenticate", { ...request, challenge: begun.challenge, lang: "en" })).text();
  assert.match(page, /<html lang="en">/);
  assert.ok(page.includes(portalOrigin) && page.includes("林美華"));
  assert.match(page, /模擬讀卡機/);
  assert.match(page, /Card-reader simulator/);
  const answered = await post("/authenticate", { ...fieldsOf(page), card: "lin", pin: "1111" });
  const handOver = await answered.text();
  assert.equal(answered.status, 200);
  assert.ok(handOver.includes(`method="post" action="${request.return}"`));
  assert.match(handOver, /<button type="submit">Continue<\/button>/);
  assert.ok(answered.headers.get("content-security-policy")?.includes(`form-action 'self' ${portalOrigin};`));
  const { token, signingCertificate } = fieldsOf(handOver);
  const result = await finishSignIn(identity, {
    browser: begun.browser,
    token: token!,
    signingCertificate: signingCertificate!,
  });
  assert.ok(result.ok && result.value.session.canSign);
});

test("a request for or to a site that is not allowed gets no page to type a PIN into", async () => {
  const cases: Record<string, Record<string, string>> = {
    "origin not allowed": { ...request, origin: otherOrigin, return: `${otherOrigin}/` },
    "answer to another site": { ...request, return: `${otherOrigin}/` },
    "no address": { ...request, return: "javascript:alert(1)" },
    "no challenge": { origin: request.origin, return: request.return },
    "challenge of another form": { ...request, challenge: "short" },
  };
  for (const [name, query] of Object.entries(cases)) {
    const response = await get("/authenticate", query);
    assert.equal(response.status, 400, name);
    assert.ok(!(await response.text()).includes('name="pin"'), name);
    assert.equal((await post("/authenticate", { ...query, card: "spare", pin: "1111" })).status, 400, name);
  }
  assert.equal((await post("/authenticate", { ...request, card: "spare", pin: "0000" }, otherOrigin)).status, 403);
  assert.deepEqual((await cards.list())[1]?.triesLeft, { 1: 3, 2: 3 }, "and no try was spent");
});

test("wrong PINs are counted down on the page, then the card is locked; the way back says why", async () => {
  const attempt = async () => {
    const response = await post("/authenticate", { ...request, lang: "en", card: "spare", pin: "0000" });
    return { status: response.status, page: await response.text() };
  };
  const first = await attempt();
  assert.equal(first.status, 422);
  assert.match(first.page, /The PIN is wrong\s+\(tries left: 2\)/);
  assert.match(first.page, /\?uid=1&amp;error=CANCELLED/);
  await attempt();
  const third = await attempt();
  assert.match(third.page, /the card is locked/);
  assert.match(third.page, /error=PIN_LOCKED/);
  assert.ok(!third.page.includes("0000"), "a PIN is never sent back");

  assert.equal((await post("/cards/spare/unblock?lang=en", {})).headers.get("location"), "/?lang=en");
  assert.equal((await post("/authenticate", { ...request, card: "spare", pin: "1111" })).status, 200);
});

test("an empty reader says so and leads back", async () => {
  for (const id of ["lin", "spare"]) await post(`/cards/${id}/remove`, {});
  const page = await (await get("/authenticate", request)).text();
  assert.match(page, /讀卡機裡沒有卡片/);
  assert.match(page, /error=NO_CARD/);
  assert.equal((await post("/authenticate", { ...request, card: "lin", pin: "1111" })).status, 422);
  for (const id of ["lin", "spare"]) await post(`/cards/${id}/insert`, {});
});

test("signing shows what is signed, escaped, and sends signature and certificate back", async () => {
  const hash = toBase64(createHash("sha384").update("application").digest());
  const query = {
    hash,
    hashFunction: "SHA-384",
    origin: portalOrigin,
    return: `${portalOrigin}/sign`,
    display: "<b>walker</b>",
  };
  const page = await (await get("/sign", query)).text();
  assert.ok(page.includes("&lt;b&gt;walker&lt;/b&gt;") && !page.includes("<b>walker"));
  assert.match(page, /PIN2/);
  const done = await post("/sign", { ...fieldsOf(page), card: "lin", pin: "22222" });
  assert.deepEqual(Object.keys(fieldsOf(await done.text())), ["signature", "certificate", "algorithm"]);
  const wrong = await post("/sign", { ...query, card: "lin", pin: "1111" });
  assert.equal(wrong.status, 422, "PIN1 does not sign");
});

test("no answer is cached, framed, or runs a script that is not its own", async () => {
  const { headers } = await get("/authenticate", request);
  assert.equal(headers.get("cache-control"), "no-store");
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /script-src 'nonce-[^']+';/);
});
