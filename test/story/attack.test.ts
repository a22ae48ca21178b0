import assert from "node:assert/strict";
import { test } from "node:test";
import { findPerson } from "#identity";
import { personas } from "#demo";
import { casesOf, openCase } from "#services";
import { consentsOf, usageOf } from "#consent";
import { refreshDataUse } from "#flows";
import { verifyReceipt, type Receipt } from "#ledger/contract";
import { storyCountry } from "./country.ts";

/**
 * What an attacker with a card of their own tries: being on both sides of a case, going on after a mandate, pages that a
 * shared computer keeps. Ordinary wrong input is in the tests beside this one.
 */
const country = await storyCountry(9820);
const { portal } = country.running.portal;

async function personOf(key: string): Promise<string> {
  const { nationalId } = personas.find((one) => one.key === key)!;
  return (await findPerson(portal.identity, nationalId))!.id;
}

test("an officer neither opens nor decides nor releases a case of their own", async () => {
  const officer = await country.visitor().signIn("officer-chen");
  const id = await officer.draft();
  await officer.submit(id, "officer-chen");
  const before = (await openCase(portal.database, id))!.state;

  await officer.signIn("officer-chen", "/desk");
  const opened = await officer.ask(`/desk/${id}`);
  assert.equal(opened.status, 403);
  assert.match(opened.html, /迴避/);
  const csrf = /name="csrf" value="([^"]+)"/.exec((await officer.ask("/applications")).html)![1]!;
  for (const decision of ["approve", "refuse"]) {
    const form = { csrf, decision, reason: "rule" };
    const answer = await officer.ask(`/desk/${id}/decide?seq=${before.seq}`, { form, accept: "application/json" });
    assert.equal(answer.status, 403);
    assert.match(answer.html, /problems\/own-case/);
  }
  assert.equal((await openCase(portal.database, id))!.state.seq, before.seq, "nothing happened to the case");

  const colleague = await country.visitor().signIn("officer-wang", "/desk");
  assert.equal((await colleague.ask(`/desk/${id}`)).status, 200);
});

test("a draft for somebody else goes on only while one acts for them", async () => {
  const daughter = await country.visitor().signIn("lin-meihui");
  await daughter.actForFirst();
  const start = await daughter.open("/services/assistive-device-subsidy/start");
  const id = start.url.pathname.split("/")[2]!;
  const form = await daughter.fill(`/apply/${id}/consent`, `/apply/${id}/consent`, { answer: "agree" });

  // Back to herself, with the form of a moment ago.
  await daughter.send("/act-for", { for: "self" });
  const agreed = await daughter.ask(`/apply/${id}/consent`, { form, accept: "application/json" });
  assert.equal(agreed.status, 403);
  assert.match(agreed.html, /problems\/not-confirmed/);
  const shown = await daughter.ask(`/apply/${id}/fetched`);
  assert.equal(shown.headers.get("location"), `/act-for?next=${encodeURIComponent(`/apply/${id}`)}`);
  const state = (await openCase(portal.database, id))!.state;
  assert.deepEqual([state.consentId, Object.keys(state.facts)], [null, []]);
  assert.deepEqual(await consentsOf(portal.database, await personOf("lin-chen-xiuying")), []);
});

test("two clicks on agree make one consent, and a case that was sent takes none", async () => {
  const citizen = await country.visitor().signIn("wu-rare");
  const start = await citizen.open("/services/assistive-device-subsidy/start?for=self");
  const id = start.url.pathname.split("/")[2]!;
  const path = `/apply/${id}/consent`;
  const form = await citizen.fill(path, path, { answer: "agree" });
  const clicks = await Promise.all(Array.from({ length: 4 }, () => citizen.ask(path, { form })));
  assert.deepEqual(new Set(clicks.map(({ status }) => status)), new Set([303]));
  const person = await personOf("wu-rare");
  const given = await consentsOf(portal.database, person);
  assert.equal(given.length, 1);

  await citizen.submit(await citizen.draft(), "wu-rare");
  await citizen.send(`/my-data/agreements/${given[0]!.id}/withdraw`, {});
  const late = await citizen.ask(path, { form, accept: "application/json" });
  assert.equal(late.status, 409);
  assert.match(late.html, /problems\/case-wrong-phase/);
  const after = await consentsOf(portal.database, person);
  assert.deepEqual([after.length, after[0]!.state], [1, "withdrawn"]);
});

test("what arrives after the consent was withdrawn is not kept", async () => {
  const citizen = await country.visitor().signIn("cai-full");
  const start = await citizen.open("/services/assistive-device-subsidy/start?for=self");
  const id = start.url.pathname.split("/")[2]!;
  const path = `/apply/${id}/consent`;
  const form = await citizen.fill(path, path, { answer: "agree" });
  const person = await personOf("cai-full");
  // One register takes its time: its table is locked while the person changes their mind.
  const agreed = await country.database("mohw_register").transaction(async (tx) => {
    await tx.run("lock table disability.certificate in access exclusive mode");
    const answer = citizen.ask(path, { form });
    const [consent] = await until("the consent to be given", async () => {
      const given = await consentsOf(portal.database, person);
      return given.length > 0 ? given : undefined;
    });
    const elsewhere = await country.visitor().signIn("cai-full");
    await elsewhere.send(`/my-data/agreements/${consent!.id}/withdraw`, {});
    return { answer };
  });
  // And the person is told so at once: they are asked for their consent again.
  assert.equal((await agreed.answer).headers.get("location"), path);
  assert.deepEqual(Object.keys((await openCase(portal.database, id))!.state.facts), []);
});

test("nothing of a signed-in person is kept by a cache, and no answer lacks the security headers", async () => {
  const citizen = await country.visitor().signIn("zhang-zhiming");
  const id = await citizen.draft();
  await citizen.submit(id, "zhang-zhiming");
  const [consent] = await consentsOf(portal.database, await personOf("zhang-zhiming"));
  const submitted = (await openCase(portal.database, id))!.state.events.find((event) => event.type === "submitted")!;
  assert.equal((await casesOf(portal.database, await personOf("zhang-zhiming"))).length, 1);
  const proof = `/applications/${id}/proof/${submitted.seq}`;
  await until("the receipt of what was sent", async () => (await citizen.ask(proof)).status === 200 || undefined);
  // With the status of each: the page for an address that does not exist has these headers too.
  const personal: readonly (readonly [number, string])[] = [
    [200, "/"],
    [200, "/applications"],
    [200, `/applications/${id}`],
    [200, proof],
    [200, `/apply/${id}/receipt`],
    [200, "/my-data/usage"],
    [200, "/my-data/agreements"],
    [200, `/my-data/agreements/${consent!.id}/record`],
    [200, `/my-data/agreements/${consent!.id}/withdraw`],
    [200, "/act-for"],
    [403, "/desk"],
    [303, "/services/assistive-device-subsidy/start"],
  ];
  for (const [status, path] of personal) {
    const answer = await citizen.ask(path);
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("cache-control"), "no-store", `${path} may be cached`);
  }
  const open = [
    [200, "/healthz"],
    [200, "/log/checkpoint"],
    [200, "/record/policy.txt"],
    [404, "/nowhere"],
    [404, "/assets/none"],
  ] as const;
  for (const [status, path] of [...personal, ...open]) {
    const { headers, ...answer } = await citizen.ask(path);
    assert.equal(answer.status, status, path);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY", path);
  }
});

test("names of JavaScript's own are addresses of nothing", async () => {
  const visitor = country.visitor();
  for (const name of ["constructor", "__proto__", "toString"]) {
    for (const path of [`/rules/${name}`, `/rules/${name}/model.dmn`, `/rules/${name}/x`, `/problems/${name}`])
      assert.equal((await visitor.ask(path)).status, 404, path);
  }
});

test("the portal's database names nobody by number, and a downloaded receipt still opens", async () => {
  const { nationalId } = personas.find((one) => one.key === "zhang-zhiming")!;
  const person = await personOf("zhang-zhiming");
  const citizen = await country.visitor().signIn("zhang-zhiming");
  const records = await until("three readings with a receipt", async () => {
    await refreshDataUse(portal, person);
    const found = await usageOf(portal.database, person, { limit: 10, offset: 0 });
    const proven = found.records.filter((one) => one.receipt !== null && one.gateway !== portal.member);
    return proven.length >= 3 ? proven : undefined;
  });
  const tables = await portal.database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  assert.ok(tables.length > 10, "the tables are seen");
  for (const { name } of tables) {
    const found = await portal.database.query(`select 1 from ${name} t where t::text like $1 limit 1`, [
      `%${nationalId}%`,
    ]);
    assert.equal(found.length, 0, `${name} holds an identity number`);
  }

  const policy = (await citizen.ask("/record/policy.txt")).html;
  for (const { gateway, id } of records) {
    const file = await citizen.ask(`/my-data/usage/receipt?gateway=${encodeURIComponent(gateway)}&id=${id}`);
    const receipt = JSON.parse(file.html) as Receipt;
    assert.ok(file.html.includes(nationalId), "it opens the commitment to the person");
    assert.ok((await verifyReceipt(receipt, policy)).ok);
  }
});

test("a representative has no receipt of a reading that the list hides", async () => {
  const mother = await country.visitor().signIn("lin-chen-xiuying");
  await mother.draft();
  const daughter = await country.visitor().signIn("lin-meihui");
  await daughter.actForFirst();
  const start = await daughter.open("/services/assistive-device-subsidy/start");
  const id = start.url.pathname.split("/")[2]!;
  await daughter.send(`/apply/${id}/consent`, { answer: "agree" });
  const person = await personOf("lin-chen-xiuying");
  const records = await until("six readings with a receipt", async () => {
    await refreshDataUse(portal, person);
    const found = await usageOf(portal.database, person, { limit: 50, offset: 0 });
    return found.records.length >= 6 && found.records.every(({ receipt }) => receipt) ? found.records : undefined;
  });
  const seen = { mother: 0, daughter: 0 };
  for (const { gateway, id: reading, record } of records) {
    const path = `/my-data/usage/receipt?${new URLSearchParams({ gateway, id: reading })}`;
    const caused = (record as { issue: string }).issue === id;
    assert.equal((await mother.ask(path)).status, 200);
    const answer = await daughter.ask(path, { accept: "application/json" });
    assert.equal(answer.status, caused ? 200 : 404, `a reading for ${caused ? "her" : "another"} application`);
    if (!caused) assert.match(answer.html, /problems\/page-unknown/);
    seen[caused ? "daughter" : "mother"] += 1;
  }
  assert.deepEqual(seen, { mother: 3, daughter: 3 });
  const listed = (await daughter.ask("/my-data/usage")).html.match(/data-receipt=/g) ?? [];
  assert.equal(listed.length, 3, "the list shows what her application caused");
  const home = (await daughter.ask("/", { language: "en" })).html;
  assert.match(home, /3 times this month/, "and the home page counts no more");
});

test("an approved case goes back only with a word to the caseworker, who reads it", async () => {
  const citizen = await country.visitor().signIn("zhang-zhiming");
  const id = await citizen.draft();
  await citizen.submit(id, "zhang-zhiming");
  // The case runs under the law it was begun under, whatever the country's definition says by now.
  await portal.database.run(
    `update services.case set definition = jsonb_set(definition, '{dataNeeds,0,legalBasis}', '"law-of-then"') where id = $1`,
    [id],
  );
  const wang = await country.visitor().signIn("officer-wang", "/desk");
  const { seq } = (await openCase(portal.database, id))!.state;
  await wang.send(`/desk/${id}`, { decision: "approve" }, `/desk/${id}/decide?seq=${seq + 1}`);
  const { records } = await usageOf(portal.database, await personOf("zhang-zhiming"), { limit: 50, offset: 0 });
  const opened = records.map(({ record }) => record as Record<string, unknown>).filter((one) => one["caseId"] === id);
  assert.deepEqual(
    opened.map(({ legalBasis, fields }) => [legalBasis, fields]),
    [["law-of-then", ["household", "certificate", "welfare"]]],
  );
  await until("the proof of the officer's look to be kept", async () => {
    await citizen.ask("/my-data/usage");
    const found = await usageOf(portal.database, await personOf("zhang-zhiming"), { limit: 50, offset: 0 });
    return found.records.find((one) => one.gateway === portal.member)?.receipt ?? undefined;
  });

  const chen = await country.visitor().signIn("officer-chen", "/desk");
  const head = (await openCase(portal.database, id))!.state.seq + 1;
  const action = `/desk/${id}/release?seq=${head}`;
  const page = await chen.open(`/desk/${id}`, { language: "en" });
  assert.match(page.html, /bound to this decision, amount and account/);
  assert.doesNotMatch(page.html, /Nothing changed/);
  const form = await chen.fill(`/desk/${id}`, action, { release: "no", remark: " " });
  assert.equal((await chen.ask(action, { form })).status, 422);
  assert.equal((await openCase(portal.database, id))!.state.phase, "approved");
  const back = await chen.ask(action, { form: { ...form, remark: "帳戶請再核對" } });
  assert.equal(back.status, 303);
  assert.equal((await openCase(portal.database, id))!.state.phase, "review");
  assert.match((await wang.open(`/desk/${id}`)).html, /帳戶請再核對/);
});

test("the desk shows every case of a queue, page by page", async () => {
  await portal.database.run(
    `insert into services.case (id, service, agency, definition_hash, definition, phase, status, number, principal, applicant, submitted_at, due_at, summary, updated_at, seq)
     select gen_random_uuid(), service, agency, definition_hash, definition, 'withdrawn', 'closed', 'OLD-' || n, principal, applicant, submitted_at, due_at, summary, updated_at, seq
     from (select * from services.case where number is not null limit 1) one, generate_series(1, 85) n`,
  );
  const wang = await country.visitor().signIn("officer-wang", "/desk");
  const numbers = new Set<string>();
  let path: string | undefined = "/desk?queue=closed";
  for (let pages = 0; path !== undefined && pages < 10; pages += 1) {
    const page: string = (await wang.ask(path)).html;
    for (const [number] of page.matchAll(/OLD-\d+/g)) numbers.add(number);
    path = /rel="next" href="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
  }
  assert.equal(numbers.size, 85);
  await portal.database.run("delete from services.case where number like 'OLD-%'");
});

test("one address begins only so many sign-ins a minute", async () => {
  const from = (address: string) =>
    fetch(new URL("/sign-in", country.running.portalUrl), {
      method: "POST",
      body: new URLSearchParams(),
      redirect: "manual",
      headers: { "x-forwarded-for": address, accept: "application/json" },
    });
  const answers: Response[] = [];
  for (let tries = 0; tries < 75; tries += 1) answers.push(await from("198.51.100.7"));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && answers.slice(0, 60).every(({ status }) => status === 303), "some, after sixty");
  assert.match(await refused[0]!.text(), /problems\/too-many-sign-ins/);
  assert.match(refused[0]!.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.equal((await from("198.51.100.8")).status, 303, "others go on");
});

test("one address leaves only so many failed answers in the record a minute", async () => {
  const { origin } = new URL(country.running.portalUrl);
  const lines = async () =>
    (await portal.database.one<{ count: number }>(
      "select count(*)::int as count from identity.auth_event where not ok",
    ))!.count;
  for (const path of ["/sign-in/finish", "/sign-in/passkey"]) {
    const before = await lines();
    const answers: number[] = [];
    for (let tries = 0; tries < 130; tries += 1)
      answers.push(
        (
          await fetch(origin + path, {
            method: "POST",
            body: new URLSearchParams({ token: "x" }),
            headers: { "x-forwarded-for": "198.51.100.9", accept: "application/json" },
          })
        ).status,
      );
    assert.ok(answers.includes(429), path);
    assert.ok((await lines()) - before < 130, path);
  }
});

test("another site's page begins no sign-in here: with an app it would end in the attacker's account, in the victim's browser", async () => {
  const begin = (path: string, headers: Record<string, string>) =>
    fetch(new URL(path, country.running.portalUrl), {
      method: "POST",
      redirect: "manual",
      headers: { accept: "application/json", ...headers },
      body: new URLSearchParams({ number: "A700000009" }),
    });
  for (const path of ["/sign-in?way=fido", "/sign-in/passkey/begin", "/desk/sign-in/TW%2FGOV%2FMOI"])
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      const answer = await begin(path, headers);
      assert.equal(answer.status, 422, `${path} ${JSON.stringify(headers)}`);
      assert.match(await answer.text(), /problems\/form-tampered/);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
  const { origin } = new URL(country.running.portalUrl);
  for (const headers of [{ "sec-fetch-site": "same-origin" }, { origin }, {}])
    assert.equal((await begin("/sign-in?way=fido", headers as Record<string, string>)).status, 200);
});

test("sign-ins that were begun and never finished do not pile up", async () => {
  const pile = () =>
    country.running.portal.portal.database.one<{ n: bigint }>(
      "select count(*) as n from identity.challenge where expires_at < now()",
    );
  await portal.database.run(
    `insert into identity.challenge (browser_hash, challenge, next, authenticator, expires_at)
     select sha256(n::text::bytea), 'x', '/', 'card-reader', now() - interval '1 minute' from generate_series(1, 50) n`,
  );
  assert.equal((await pile())!.n, 50n);
  await country.running.close();
  await country.restart();
  await until("the pile to go", async () => (await pile())!.n === 0n || undefined);
});

/** @throws after ten seconds, and says for what it waited */
async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited too long for ${what}`);
}
