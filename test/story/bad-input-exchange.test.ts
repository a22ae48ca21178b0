import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { exchangeProblems, jwkThumbprint, publicJwkOf, signConsentToken, type ConsentGrant } from "#exchange";
import type { Clock } from "#kernel";
import { openCase } from "#services";
import { changesNothing, storyCountry, titleOf, type Visitor } from "./country.ts";

let ahead = 0;
const clock: Clock = { now: () => new Date(Date.now() + ahead) };
const hours = 60 * 60 * 1000;
const country = await storyCountry(9560, { clock });
const { portal } = country.running.portal;
const [zhang, wu] = ["zhang-zhiming", "wu-rare"].map((key) => country.running.people.find((one) => one.key === key)!);
const need = portal.country.services[0]!.dataNeeds.find((one) => one.id === "certificate")!;
const certificate = "TW/GOV/MOHW/disability/certificate";
const stated = { "taroko-purpose": need.purpose.code, "taroko-legal-basis": need.legalBasis };

/** A consent of Mr Zhang's for his certificate, as the portal would sign it, but for what a test changes. */
function consent(change: Partial<ConsentGrant> = {}, key: typeof portal.consentKey = portal.consentKey) {
  const now = clock.now().getTime();
  return signConsentToken(
    {
      issuer: portal.member,
      consentId: "01900000-0000-7000-8000-000000000000",
      services: [`SERVICE:${certificate}`],
      subject: zhang!.nationalId,
      purpose: need.purpose.code,
      legalBasis: need.legalBasis,
      fields: need.fields.map((field) => field.path),
      notBefore: new Date(now - 60_000),
      expires: new Date(now + 60_000),
      ...change,
    },
    key,
  );
}

interface Call {
  readonly service?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Agency side that is called, counted from the portal operator's. */
  readonly gateway?: number;
}

/** A call from outside, as any program of an agency makes it. */
function call({ service = certificate, path = "/v1/lookup", headers = {}, gateway = 0 }: Call): Promise<Response> {
  return fetch(`http://127.0.0.1:${country.port + 1 + gateway}/r1/${service}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      prefer: "taroko-status",
      "x-road-client": "TW/GOV/MODA/portal",
      ...headers,
    },
    body: JSON.stringify({ national_id: zhang!.nationalId }),
  });
}

/** Records that a gateway has begun and not ended: there must never be one. */
async function leftOpen(): Promise<number> {
  let open = 0;
  for (const site of ["moda", "moi", "mohw", "taipei-social"])
    open += (await country.database(site).query("select 1 from exchange.evidence where done_at is null")).length;
  return open;
}

describe("a call from outside", () => {
  const forged = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const forgedKey = { keyid: jwkThumbprint(publicJwkOf(forged)), privateKey: forged };
  const withConsent = async (change: Partial<ConsentGrant> = {}, key?: typeof portal.consentKey): Promise<Call> => ({
    headers: { ...stated, "taroko-consent": await consent(change, key) },
  });
  const past = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

  const refusals: [what: string, code: keyof typeof exchangeProblems, () => Call | Promise<Call>][] = [
    ["to a member that nobody registered", "unknown-member", () => ({ service: "TW/GOV/NOBODY/people/person" })],
    ["without a client", "missing-client", () => ({ headers: { "x-road-client": "" } })],
    ["with half a client", "invalid-client", () => ({ headers: { "x-road-client": "TW/GOV" } })],
    [
      "in the name of another agency's system",
      "unknown-member",
      () => ({ headers: { ...stated, "x-road-client": "TW/GOV/TPE-DOSW/welfare" } }),
    ],
    ["to a service that does not exist", "service-unknown", () => ({ service: "TW/GOV/MOHW/disability/diagnoses" })],
    [
      "of an agency without the right",
      "access-denied",
      () => ({ gateway: 3, headers: { ...stated, "x-road-client": "TW/GOV/TPE-DOSW/welfare" } }),
    ],
    ["to a path the right does not cover", "access-denied", () => ({ path: "/v1/everything", headers: stated })],
    ["for another purpose", "access-denied", () => ({ headers: { ...stated, "taroko-purpose": "curiosity" } })],
    ["without a purpose", "purpose-missing", () => ({})],
    ["without a consent", "consent-missing", () => ({ headers: stated })],
    ["with somebody else's consent", "consent-mismatch", () => withConsent({ subject: wu!.nationalId })],
    [
      "with a consent for another service",
      "consent-mismatch",
      () => withConsent({ services: ["SERVICE:TW/GOV/MOI/household/household"] }),
    ],
    ["with a consent that ran out", "consent-expired", () => withConsent({ notBefore: past(90), expires: past(30) })],
    ["with a consent of tomorrow", "consent-expired", () => withConsent({ notBefore: past(-60), expires: past(-120) })],
    ["with a consent that it signed itself", "consent-invalid", () => withConsent({}, forgedKey)],
    ["with a consent that is none", "consent-invalid", () => ({ headers: { ...stated, "taroko-consent": "agreed" } })],
  ];
  for (const [what, code, made] of refusals)
    test(`${what} is refused as ${code}, and gives away nothing`, async () => {
      const answer = await call(await made());
      const text = await answer.text();
      assert.equal(answer.status, exchangeProblems[code].status, text);
      const body = JSON.parse(text) as { readonly type: string; readonly xroadType: string };
      assert.equal(body.type, `${country.running.portalUrl}/problems/${code}`);
      assert.equal(answer.headers.get("x-road-error"), body.xroadType, "r1 clients find their error type");
      for (const word of ["severe", "2030-12-31", zhang!.nationalId, zhang!.givenName])
        assert.ok(!text.includes(word), `the refusal says ${word}`);
      for (const language of ["zh-Hant", "en"] as const) {
        const page = await country.visitor().ask(new URL(body.type).pathname, { language });
        assert.equal(page.status, 200);
        assert.ok(
          page.html.includes(exchangeProblems[code].title[language].replaceAll("'", "&#39;")),
          titleOf(page.html),
        );
      }
    });

  test("with everything in order is answered: the refusals above are not the fault of the call", async () => {
    const answer = await call(await withConsent());
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { categories: ["7"], severity: "severe", valid_until: "2030-12-31" });
  });

  test("refused or answered, leaves no record open, and one in each log that took part", async () => {
    assert.equal(await leftOpen(), 0);
    const rows = await country
      .database("mohw")
      .query<{ outcome: string; placed: boolean }>(
        `select outcome, log_entry is not null as placed from exchange.evidence where side = 'provider' and service like $1`,
        [`%${certificate}%`],
      );
    assert.ok(rows.every((row) => row.placed));
    assert.equal(rows.filter((row) => row.outcome === "200").length, 1, "one answer was given");
    assert.ok(rows.length > 5, "and the refusals are on record");
  });
});

describe("an application whose sources or consent fail", () => {
  let visitor: Visitor;
  let id = "";
  const facts = async (): Promise<string[]> =>
    Object.keys((await openCase(country.running.portal.portal.database, id))!.state.facts).sort();
  const exchangesOf = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      Object.entries((await openCase(country.running.portal.portal.database, id))!.state.facts).map(([name, fact]) => [
        name,
        fact.exchangeId,
      ]),
    );

  test("a provider's gateway is away: what came is kept, the rest can be asked for again", async () => {
    visitor = await country.visitor().signIn("zhang-zhiming");
    await country.stop("gateway of MOHW");
    const start = await visitor.open("/services/assistive-device-subsidy/start?for=self");
    id = start.url.pathname.split("/")[2]!;
    await visitor.send(`/apply/${id}/consent`, { answer: "agree" });
    assert.deepEqual(await facts(), ["household", "welfare"]);
    const before = await exchangesOf();
    const csrf = /name="csrf" value="([^"]+)"/.exec(start.html)![1]!;
    for (const [language, words] of [
      ["zh-Hant", "資料來源暫時沒有回應"],
      ["en", "A source of data does not answer right now"],
    ] as const) {
      const again = await visitor.ask(`/apply/${id}/fetched`, { form: { csrf }, language });
      assert.ok(again.html.includes(words), titleOf(again.html));
    }
    assert.deepEqual(await exchangesOf(), before, "nothing was fetched twice");
    const on = await visitor.ask(`/apply/${id}/question/device`);
    assert.equal(on.status, 303, "one cannot go on without it");
    const refused = await call({ headers: { ...stated, "taroko-consent": await consent() } });
    assert.equal(refused.status, exchangeProblems["peer-unreachable"].status);
    assert.match(await refused.text(), /\/problems\/peer-unreachable"/);
  });

  test("who used my data: an agency that does not answer is named, and what the others say is shown", async () => {
    const said = (language: "zh-Hant" | "en"): Promise<string> =>
      visitor.ask("/my-data/usage", { language }).then(({ html }) => html);
    const page = await said("en");
    assert.match(page, /No answer just now from: Ministry of Health and Welfare\. Readings there may be missing/);
    assert.match(page, /Ministry of the Interior: Household record/);
    assert.match(await said("zh-Hant"), /衛生福利部現在沒有回覆/);
  });

  test("a consent withdrawn on the portal fetches nothing more, and a new one is asked for", async () => {
    await country.running.close();
    await country.restart();
    const { database } = country.running.portal.portal;
    const { consentId } = (await openCase(database, id))!.state;
    const csrf = /name="csrf" value="([^"]+)"/.exec((await visitor.open("/act-for")).html)![1]!;
    await visitor.send(`/my-data/agreements/${consentId}/withdraw`, {});
    await changesNothing(country, async () => {
      const answer = await visitor.ask(`/apply/${id}/fetched`, { form: { csrf } });
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get("location"), `/apply/${id}/consent`);
    });
    assert.deepEqual(await facts(), ["household", "welfare"], "what came while it stood is kept");
    const rows = await country.database("portal").query("select 1 from consent.record where id = $1", [consentId]);
    assert.equal(rows.length, 2, "given and withdrawn, both on record");
  });

  test("with the gateway back and a new consent, only the rest is fetched", async () => {
    const before = await exchangesOf();
    await visitor.send(`/apply/${id}/consent`, { answer: "agree" });
    const after = await exchangesOf();
    assert.deepEqual(Object.keys(after).sort(), ["certificate", "household", "welfare"]);
    assert.deepEqual({ household: after["household"], welfare: after["welfare"] }, before);
  });

  test("a consent that ran out before the fetch asks anew", async () => {
    const other = await country.visitor().signIn("wu-rare");
    await country.stop("gateway of MOI");
    const start = await other.open("/services/assistive-device-subsidy/start?for=self");
    const draft = start.url.pathname.split("/")[2]!;
    await other.send(`/apply/${draft}/consent`, { answer: "agree" });
    ahead = 2 * hours;
    try {
      const later = await country.visitor().signIn("wu-rare");
      const csrf = /name="csrf" value="([^"]+)"/.exec((await later.open("/applications")).html)![1]!;
      await changesNothing(country, async () => {
        const answer = await later.ask(`/apply/${draft}/fetched`, { form: { csrf } });
        assert.equal(answer.headers.get("location"), `/apply/${draft}/consent`);
      });
    } finally {
      ahead = 0;
    }
  });

  test("with the authority away until the configuration has expired, gateways refuse; once it is back, they serve", async () => {
    await country.stop("authority");
    ahead = 100 * 24 * hours;
    const late = await call({ headers: { ...stated, "taroko-consent": await consent() } });
    assert.equal(late.status, exchangeProblems["configuration-expired"].status);
    assert.match(await late.text(), /\/problems\/configuration-expired"/);
    const citizen = await country.visitor().signIn("li-nothing");
    await changesNothing(country, async () => {
      const choice = await citizen.ask("/act-for");
      assert.equal(choice.status, 200);
      assert.match(choice.html, /名單可能不完整/, "one can act for oneself; what cannot be asked is named");
    });
    assert.equal(await leftOpen(), 0);
    ahead = 0;
    await country.running.close();
    await country.restart();
    const again = await call({ headers: { ...stated, "taroko-consent": await consent() } });
    assert.equal(again.status, 200, await again.text());
  });
});
