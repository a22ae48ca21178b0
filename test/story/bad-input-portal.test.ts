import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { demoPins } from "#demo";
import { openCase } from "#services";
import {
  assertRefused,
  changesNothing,
  mandateKeys,
  storyCountry,
  titleOf,
  written,
  type Answer,
  type Visitor,
} from "./country.ts";

const country = await storyCountry(9530);
const { portal } = country.running.portal;
const register = country.database("moi_register");
const [daughter, mother] = ["lin-meihui", "lin-chen-xiuying"].map((key) =>
  country.running.people.find((one) => one.key === key)!,
);
const csrfOf = async (visitor: Visitor): Promise<string> =>
  /name="csrf" value="([^"]+)"/.exec((await visitor.open("/act-for")).html)![1]!;

/** Enters in the household register that somebody may act for the mother. */
function represents(person: { readonly nationalId: string }): Promise<number> {
  return register.run(
    "insert into household.representation (representative_id, principal_id, principal_name, kind) values ($1, $2, $3, 'relative')",
    [person.nationalId, mother!.nationalId, mother!.surname + mother!.givenName],
  );
}

/** Demands that a page answers 422 with these words, in both languages. */
async function assertAsksAgain(
  visitor: Visitor,
  path: string,
  form: Readonly<Record<string, string>>,
  words: { readonly "zh-Hant": string; readonly en: string },
): Promise<void> {
  for (const language of ["zh-Hant", "en"] as const) {
    const page = await visitor.ask(path, { form, language });
    assert.equal(page.status, 422, `${path}: ${titleOf(page.html)}`);
    assert.ok(page.html.includes(words[language]), `${path} does not say "${words[language]}"`);
  }
}

describe("at the door", () => {
  test("a wrong PIN is counted, the third locks the card, and the portal says so", async () => {
    const visitor = country.visitor();
    const reader = await visitor.beginSignIn();
    const page = await fetch(`${country.running.readerUrl}/authenticate`, {
      method: "POST",
      headers: { origin: country.running.readerUrl },
      body: new URLSearchParams({
        ...Object.fromEntries(reader.searchParams),
        lang: "en",
        card: "wu-rare",
        pin: "0000",
      }),
    });
    assert.equal(page.status, 422);
    assert.match(await page.text(), /The PIN is wrong\s+\(tries left: 2\)/);
    await assert.rejects(visitor.cardAnswer(reader, "wu-rare", "0001"), { code: "PIN_WRONG", triesLeft: 1 });
    await assert.rejects(visitor.cardAnswer(reader, "wu-rare", "0002"), { code: "PIN_LOCKED" });
    await assert.rejects(visitor.cardAnswer(reader, "wu-rare"), { code: "PIN_LOCKED" }, "the right PIN comes too late");
    await assertRefused(visitor, "pin-locked", "/sign-in/finish?error=PIN_LOCKED");
    await country.running.cards.unblock("wu-rare");
    await visitor.signIn("wu-rare");
  });

  test("a revoked card opens nothing", async () => {
    const visitor = country.visitor();
    await assertRefused(visitor, "card-revoked", "/sign-in/finish", async () =>
      visitor.cardAnswer(await visitor.beginSignIn(), "zhou-revoked"),
    );
    assert.equal(visitor.cookies.has("taroko-session"), false);
  });

  test("a token works once, and only where the sign-in began", async () => {
    const visitor = country.visitor();
    const form = await visitor.cardAnswer(await visitor.beginSignIn(), "li-nothing");
    assert.equal((await visitor.ask("/sign-in/finish", { form })).status, 303);
    await assertRefused(country.visitor(), "challenge-expired", "/sign-in/finish", form);
    const thief = country.visitor();
    await assertRefused(thief, "token-invalid", "/sign-in/finish", async () => {
      await thief.beginSignIn();
      return form;
    });
    assert.equal(thief.cookies.has("taroko-session"), false);

    const begun = country.visitor();
    const fresh = await begun.cardAnswer(await begun.beginSignIn(), "li-nothing");
    await assertRefused(country.visitor(), "challenge-expired", "/sign-in/finish", fresh);
    assert.equal((await begun.ask("/sign-in/finish", { form: fresh })).status, 303, "the rightful browser still can");
  });

  test("nobody is sent to another site", async () => {
    const places = [
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "https://evil.example/",
      "/a\r\nx: y",
      "evil",
    ];
    for (const next of places) {
      const visitor = country.visitor();
      const form = await visitor.cardAnswer(await visitor.beginSignIn(next), "li-nothing");
      const ends = [
        await visitor.ask("/sign-in/finish", { form }),
        await visitor.ask(`/act-for?next=${encodeURIComponent(next)}`, {
          form: { csrf: await csrfOf(visitor), for: "self" },
        }),
        await visitor.ask(`/language?to=en&back=${encodeURIComponent(next)}`),
      ];
      for (const end of ends)
        assert.equal(end.headers.get("location"), "/", `${JSON.stringify(next)} at ${end.url.pathname}`);
    }
  });
});

describe("acting for somebody", () => {
  test("a forged choice names nobody", async () => {
    const visitor = await country.visitor().signIn("zhang-zhiming");
    const hers = await country.visitor().signIn("lin-meihui");
    const [foreign] = mandateKeys((await hers.open("/act-for")).html);
    for (const forged of [foreign!, mother!.nationalId, "", "__proto__"])
      await assertRefused(visitor, "mandate-unknown", "/act-for", { csrf: await csrfOf(visitor), for: forged });
    assert.ok(!(await visitor.open("/")).html.includes(mother!.givenName));
  });

  test("a mandate that ended between choosing and signing covers nothing", async () => {
    const visitor = await country.visitor().signIn("lin-meihui");
    await visitor.actForFirst();
    const id = await visitor.draft();
    const form = { csrf: await csrfOf(visitor), agree: "yes" };
    await register.run("delete from household.representation where representative_id = $1", [daughter!.nationalId]);
    await changesNothing(country, () => assertRefused(visitor, "not-confirmed", `/apply/${id}/sign`, form));
    await represents(daughter!);
    assert.equal((await openCase(portal.database, id))!.state.phase, "draft", "the draft is kept");
    await visitor.prepareSignature(id);
  });
});

describe("the application", () => {
  test("a form left half-filled asks again; one with a field of its own invention is not taken", async () => {
    const visitor = await country.visitor().signIn("zhang-zhiming");
    const id = await visitor.draft();
    const csrf = await csrfOf(visitor);
    const account = `/apply/${id}/question/account`;
    await changesNothing(country, async () => {
      const asks: [string, Record<string, string>, { "zh-Hant": string; en: string }][] = [
        [`/apply/${id}/question/device`, {}, { "zh-Hant": "請選一項", en: "Choose one item" }],
        [`/apply/${id}/question/device`, { device: "yacht" }, { "zh-Hant": "請選一項", en: "Choose one item" }],
        [
          `/apply/${id}/question/bought`,
          { bought: "perhaps" },
          { "zh-Hant": "請選「是」或「否」", en: "Choose yes or no" },
        ],
        [account, { institution: "012" }, { "zh-Hant": "請輸入帳號", en: "Enter the account number" }],
        [
          account,
          { institution: "012", branch: "0009", account: "00000000000118", amount: "900000" },
          { "zh-Hant": "沒有這個欄位", en: "no such field" },
        ],
        [`/apply/${id}/sign`, {}, { "zh-Hant": "請勾選聲明", en: "Tick the declaration" }],
      ];
      for (const [path, form, words] of asks) await assertAsksAgain(visitor, path, { csrf, ...form }, words);
    });
  });

  test("an account that the bank calls closed is asked for again while the person is on the page, and not kept", async () => {
    const visitor = await country.visitor().signIn("zhang-zhiming");
    const id = await visitor.draft();
    const csrf = await csrfOf(visitor);
    const closed = { institution: "012", branch: "0009", account: "00000000001004" };
    await assertAsksAgain(
      visitor,
      `/apply/${id}/question/account`,
      { csrf, ...closed },
      { "zh-Hant": "這個帳戶已經結清", en: "This account is closed" },
    );
    const { answers } = (await openCase(portal.database, id))!.state;
    assert.deepEqual(answers["account"], { institution: "0120009", account: "00000000000118" });
  });

  test("nothing is signed before everything is answered", async () => {
    const visitor = await country.visitor().signIn("li-nothing");
    const start = await visitor.open("/services/assistive-device-subsidy/start?for=self");
    const id = start.url.pathname.split("/")[2]!;
    const form = { csrf: await csrfOf(visitor), agree: "yes" };
    await changesNothing(country, async () => {
      await assertRefused(visitor, "answers-incomplete", `/apply/${id}/sign`, form);
      await assertRefused(visitor, "form-tampered", `/apply/${id}/consent`, {
        csrf: form.csrf,
        answer: "agree",
        version: "assistive-device-subsidy@0.0.1",
      });
    });
  });

  test("a form with another session's token, or none, does nothing", async () => {
    const visitor = await country.visitor().signIn("zhang-zhiming");
    const other = await country.visitor().signIn("cai-full");
    const id = await visitor.draft();
    await changesNothing(country, async () => {
      for (const csrf of ["", "x", await csrfOf(other)])
        for (const path of [
          `/apply/${id}/question/bought`,
          `/apply/${id}/sign`,
          `/applications/${id}/withdraw`,
          "/act-for",
        ])
          await assertRefused(visitor, "form-tampered", path, { csrf, bought: "yes", agree: "yes", for: "self" });
      await assertRefused(visitor, "form-tampered", "/sign-out", {});
    });
    assert.equal((await visitor.ask("/applications")).status, 200, "and nobody was signed out");
  });

  test("somebody else's case does not exist, and neither does a case whose id is none", async () => {
    const owner = await country.visitor().signIn("zhang-zhiming");
    const id = await owner.draft();
    const visitor = await country.visitor().signIn("cai-full");
    const csrf = await csrfOf(visitor);
    await changesNothing(country, async () => {
      for (const wrong of [id, "-".repeat(36), "a".repeat(36), "x", `${id}'--`]) {
        for (const path of [`/apply/${wrong}/check`, `/applications/${wrong}`, `/applications/${wrong}/proof/2`])
          await assertRefused(visitor, "case-unknown", path);
        for (const path of [`/apply/${wrong}/question/bought`, `/applications/${wrong}/withdraw`])
          await assertRefused(visitor, "case-unknown", path, { csrf, bought: "yes" });
        await assertRefused(visitor, "consent-unknown", `/my-data/agreements/${wrong}/withdraw`, { csrf });
      }
    });
  });

  test("what is signed is what is sent, by the person who signs, once", async () => {
    const visitor = await country.visitor().signIn("zhang-zhiming");
    const id = await visitor.draft();
    const sign = async (card: string, keep: (signed: Record<string, string>) => Record<string, string>) => {
      const { path, reader } = await visitor.prepareSignature(id);
      return { path, form: keep(await visitor.cardSignature(card, reader)) };
    };
    const refused = async (code: string, status: number, sent: { path: string; form: Record<string, string> }) => {
      const answer = await visitor.ask(sent.path, { form: sent.form, accept: "application/json" });
      assert.equal(answer.status, status, answer.html);
      assert.match(answer.html, new RegExp(`/problems/${code}"`));
    };
    const before = await written(country);
    await refused("signature-other-person", 422, await sign("cai-full", (signed) => signed));
    await refused("signature-invalid", 422, await sign("cai-full", ({ signature }) => ({ signature: signature! })));
    await refused("signature-invalid", 422, await sign("zhang-zhiming", () => ({ signature: "" })));
    const used = await sign("zhang-zhiming", () => ({ signature: "AAAA" }));
    await refused("signature-invalid", 422, used);
    await assertRefused(visitor, "signature-request-unknown", used.path, used.form);
    assert.deepEqual(await written(country), before, "and nothing was sent");

    const first = await sign("zhang-zhiming", (signed) => signed);
    await visitor.send(`/apply/${id}/question/device`, { device: "cane-custom" });
    const changed = await written(country);
    await refused("case-changed", 409, first);
    assert.deepEqual(await written(country), changed, "an answer changed after the signature was prepared");

    const [one, other] = [
      await sign("zhang-zhiming", (signed) => signed),
      await sign("zhang-zhiming", (signed) => signed),
    ];
    const ends = await Promise.all([one, other].map(({ path, form }) => visitor.ask(path, { form })));
    assert.deepEqual(
      ends.map((end) => end.status),
      [303, 303],
    );
    await assertRefused(visitor, "signature-request-unknown", one.path, one.form);
    const { state } = (await openCase(portal.database, id))!;
    assert.equal(state.events.filter((event) => event.type === "submitted").length, 1, "sent once");
    await changesNothing(country, () =>
      assertRefused(visitor, "case-wrong-phase", `/apply/${id}/sign`, async () => ({
        csrf: await csrfOf(visitor),
        agree: "yes",
      })),
    );
  });
});

describe("the desk", () => {
  let sent = 0;
  const applicants = ["lin-meihui", "wu-rare", "cai-full", "huang-newtaipei"];
  async function submitted(card: string = applicants[sent++ % 2]!): Promise<string> {
    const visitor = await country.visitor().signIn(card);
    const id = await visitor.draft(card === "lin-meihui" ? { device: "walker-standard" } : {});
    await visitor.submit(id, card);
    return id;
  }
  const officer = (card: "officer-wang" | "officer-chen"): Promise<Visitor> => country.visitor().signIn(card, "/desk");
  /** The action of the form on a case's page, with the state it was made for. */
  const actionOf = (page: Answer, ending: string): string =>
    [...page.html.matchAll(/action="([^"]+)"/g)].map((match) => match[1]!).find((one) => one.includes(`/${ending}?`))!;
  const eventsOf = async (id: string, type: string): Promise<number> =>
    (await openCase(portal.database, id))!.state.events.filter((event) => event.type === type).length;

  /** A case that the rule allows: the mother's. */
  async function mothersCase(): Promise<string> {
    const visitor = await country.visitor().signIn("lin-meihui");
    await visitor.actForFirst();
    const id = await visitor.draft();
    await visitor.submit(id, "lin-meihui");
    return id;
  }

  test("approves nothing that the rule refuses, and refuses nothing without a reason", async () => {
    const applicant = await country.visitor().signIn("huang-newtaipei");
    const id = await applicant.draft({ device: "wheelchair-b" });
    await applicant.submit(id, "huang-newtaipei");
    const visitor = await officer("officer-wang");
    const page = await visitor.open(`/desk/${id}`);
    const action = actionOf(page, "decide");
    const csrf = await csrfOf(visitor);
    await changesNothing(country, async () => {
      await assertRefused(visitor, "amount-not-decided", action, { csrf, decision: "approve" });
      await assertRefused(visitor, "form-tampered", action, { csrf, decision: "perhaps" });
      await assertRefused(visitor, "form-tampered", action, { csrf: "x", decision: "refuse", reason: "rule" });
      for (const reason of ["", "because"])
        await assertAsksAgain(
          visitor,
          action,
          { csrf, decision: "refuse", reason },
          { "zh-Hant": "須選一個理由", en: "Choose a reason" },
        );
      await assertRefused(visitor, "case-unknown", "/desk/x/decide?seq=1", { csrf, decision: "approve" });
      await assertRefused(visitor, "case-changed", `/desk/${id}/decide`, { csrf, decision: "refuse", reason: "rule" });
    });
    const evil = `<script>alert(1)</script>"&`;
    await changesNothing(country, () =>
      assertRefused(visitor, "form-tampered", action, { csrf, decision: "refuse", reason: "rule", remark: "\0" }),
    );
    const done = await visitor.ask(action, { form: { csrf, decision: "refuse", reason: "rule", remark: evil } });
    assert.equal(done.status, 303, titleOf(done.html));
    const seen = await applicant.open(`/applications/${id}`);
    assert.equal(seen.status, 200);
    assert.ok(seen.html.includes("&lt;script&gt;alert(1)") && !seen.html.includes("<script>alert"));
  });

  test("decides once, on the page as it stands; a colleague who only looks spoils nothing", async () => {
    const id = await mothersCase();
    const [wang, chen] = [await officer("officer-wang"), await officer("officer-chen")];
    const action = actionOf(await wang.open(`/desk/${id}`), "decide");
    const stale = actionOf(await chen.open(`/desk/${id}`), "decide");
    const form = { csrf: await csrfOf(wang), decision: "approve", remark: "" };
    const both = await Promise.all([wang.ask(action, { form }), wang.ask(action, { form })]);
    assert.deepEqual(
      both.map((answer) => answer.status),
      [303, 303],
      both.map((answer) => titleOf(answer.html)).join(),
    );
    assert.equal(await eventsOf(id, "approved"), 1);
    await changesNothing(country, async () => {
      assert.equal((await wang.ask(action, { form })).status, 303, "the same form again is the same decision");
      const csrf = await csrfOf(chen);
      await assertRefused(chen, "case-changed", stale, { csrf, decision: "approve" });
      await assertRefused(chen, "case-changed", stale, { csrf, decision: "refuse", reason: "rule" });
      await assertRefused(wang, "case-changed", action, { csrf: form.csrf, decision: "refuse", reason: "rule" });
      const now = stale.replace(/seq=\d+/, `seq=${(await openCase(portal.database, id))!.state.seq}`);
      await assertRefused(chen, "case-wrong-phase", now, { csrf, decision: "approve" });
    });
  });

  test("releases by a second person, once, what that person saw", async () => {
    const [{ id }] = (await country
      .database("portal")
      .query<{ id: string }>("select id from services.case where phase = 'approved'")) as [{ id: string }];
    const [wang, chen] = [await officer("officer-wang"), await officer("officer-chen")];
    const page = await chen.open(`/desk/${id}`);
    const action = actionOf(page, "release");
    const form = await chen.fill(`/desk/${id}`, action, { release: "yes" });
    await changesNothing(country, async () => {
      await assertRefused(wang, "second-person-needed", action, { ...form, csrf: await csrfOf(wang) });
      await assertRefused(chen, "payment-changed", action, { ...form, digest: "0".repeat(64) });
      await assertRefused(chen, "form-tampered", action, { csrf: form["csrf"]!, digest: form["digest"]! });
    });
    const both = await Promise.all([chen.ask(action, { form }), chen.ask(action, { form })]);
    assert.deepEqual(
      both.map((answer) => answer.status),
      [303, 303],
    );
    assert.equal(await eventsOf(id, "released"), 1);
    for (let n = 0; n < 100 && (await eventsOf(id, "paid")) === 0; n += 1)
      await new Promise((done) => setTimeout(done, 50));
    assert.equal(await eventsOf(id, "paid"), 1);
    await changesNothing(country, async () => {
      assert.equal((await chen.ask(action, { form })).status, 303);
      const later = action.replace(/seq=\d+/, `seq=${(await openCase(portal.database, id))!.state.seq}`);
      await assertRefused(chen, "case-wrong-phase", later, form);
    });
  });

  test("lets nobody release what they approved, and pays once what was sent back and approved again", async () => {
    const id = await mothersCase();
    const [wang, chen] = [await officer("officer-wang"), await officer("officer-chen")];
    await chen.send(`/desk/${id}`, { decision: "approve" }, actionOf(await chen.open(`/desk/${id}`), "decide"));
    const { seq, number } = (await openCase(portal.database, id))!.state;
    const csrf = await csrfOf(chen);
    await changesNothing(country, () =>
      assertRefused(chen, "second-person-needed", `/desk/${id}/release?seq=${seq}`, {
        csrf,
        release: "yes",
        digest: "x",
      }),
    );
    const back = await chen.ask(`/desk/${id}/release?seq=${seq}`, {
      form: { csrf, release: "no", remark: "again" },
    });
    assert.equal(back.status, 303, titleOf(back.html));
    await wang.send(`/desk/${id}`, { decision: "approve" }, actionOf(await wang.open(`/desk/${id}`), "decide"));
    const page = await chen.open(`/desk/${id}`);
    await chen.send(`/desk/${id}`, { release: "yes" }, actionOf(page, "release"));
    for (let n = 0; n < 100 && (await eventsOf(id, "paid")) === 0; n += 1)
      await new Promise((done) => setTimeout(done, 50));
    const rows = await country
      .database("bank")
      .query<{ times: number }>(
        "select (length(xml) - length(replace(xml, $1, ''))) / length($1) as times from bank.file",
        [number],
      );
    assert.equal(
      rows.reduce((sum, row) => sum + row.times, 0),
      1,
      "one line in all files",
    );
    const live = await country.database("portal").query(
      `select 1 from payments.instruction one join payments.entitlement right_to on right_to.id = one.entitlement
        where right_to.case_ref = $1 and one.state not in ('cancelled', 'settled')`,
      [number],
    );
    assert.equal(live.length, 0, "the payment that was sent back cannot be released any more");
  });

  test("is closed to citizens, to nobody signed in, and to an officer who acts for somebody", async () => {
    const id = await submitted("cai-full");
    const citizen = await country.visitor().signIn("zhang-zhiming");
    const csrf = await csrfOf(citizen);
    const wang = country.running.people.find((one) => one.key === "officer-wang")!;
    await represents(wang);
    const acting = await officer("officer-wang");
    await acting.actForFirst();
    const actingCsrf = await csrfOf(acting);
    await changesNothing(country, async () => {
      for (const [visitor, token] of [
        [citizen, csrf],
        [acting, actingCsrf],
      ] as const) {
        await assertRefused(visitor, "not-an-officer", "/desk");
        await assertRefused(visitor, "not-an-officer", `/desk/${id}`);
        await assertRefused(visitor, "not-an-officer", `/desk/${id}/decide?seq=1`, {
          csrf: token,
          decision: "approve",
        });
        await assertRefused(visitor, "not-an-officer", `/desk/${id}/release?seq=1`, { csrf: token, release: "yes" });
      }
      const nobody = await country.visitor().ask(`/desk/${id}`);
      assert.equal(nobody.status, 303);
      assert.match(nobody.headers.get("location")!, /^\/sign-in/);
    });
    await register.run("delete from household.representation where representative_id = $1", [wang.nationalId]);

    // Whom an officer once acted for is no stranger to them, also after the power ended.
    const back = await officer("officer-wang");
    const mothers = await mothersCase();
    await assertRefused(back, "relatives-case", `/desk/${mothers}`);
    const page = await back.ask(`/desk/${mothers}`);
    const why = /href="(\/decisions\/[0-9a-f-]{36})"/.exec(page.html)?.[1];
    const explained = await back.open(why!);
    assert.match(explained.html, /no-relatives-case/);
    await assertRefused(acting, "page-unknown", why!.replace(/[0-9a-f]{4}$/, "0000"));
    await assertRefused(citizen, "page-unknown", why!);
    assert.match((await back.open("/decisions")).html, new RegExp(why!));
  });
});

describe("any page", () => {
  test("an address that leads nowhere says so", async () => {
    const visitor = await country.visitor().signIn("wu-rare");
    const unknown: [string, string][] = [
      ["/nowhere", "page-unknown"],
      ["/life/nothing", "page-unknown"],
      ["/problems/nothing", "page-unknown"],
      ["/problems/constructor", "page-unknown"],
      ["/problems/__proto__", "page-unknown"],
      ["/services/nothing", "public-service-unknown"],
      ["/my-data/usage/receipt?gateway=x&id=x", "page-unknown"],
      ["/my-data/usage/receipt?gateway=%00&id=%00", "page-unknown"],
    ];
    for (const [path, code] of unknown) await assertRefused(visitor, code, path);
    for (const path of ["/my-data/usage?page=1e999", "/my-data/usage?page=1e30", "/my-data/usage?page=-1", "/%E0%A4%A"])
      assert.ok((await visitor.ask(path)).status < 500, path);
  });

  test("a form of any size beyond reason is refused before it is read", async () => {
    const visitor = await country.visitor().signIn("wu-rare");
    const csrf = await csrfOf(visitor);
    await assertRefused(visitor, "form-too-large", "/act-for", `csrf=${csrf}&for=${"x".repeat(70_000)}`);
    await assertRefused(visitor, "form-too-large", "/sign-in/finish", `token=${"x".repeat(70_000)}`);
    await assertRefused(visitor, "form-tampered", "/act-for", `csrf=${csrf}${"&a=1".repeat(200)}`);
  });

  test("what people type or are called is text, never markup", async () => {
    const evil = `"><script>alert(1)</script>'`;
    const visitor = country.visitor();
    await country.running.cards.make({
      id: "markup",
      holder: { nationalId: "A700000777", surname: "<i>王", givenName: evil },
      ...demoPins,
      curve: "P-256",
    });
    await visitor.signIn("markup");
    const pages = [
      await visitor.open("/"),
      await visitor.open(`/search?q=${encodeURIComponent(evil)}`),
      await visitor.open(`/nowhere/${encodeURIComponent(evil)}?x=${encodeURIComponent(evil)}`),
      await visitor.open(`/sign-in?next=/${encodeURIComponent(evil)}`),
      await visitor.open(`/act-for?next=/${encodeURIComponent(evil)}`),
      await visitor.open(`/desk?queue=${encodeURIComponent(evil)}`),
    ];
    const id = await visitor.draft();
    const csrf = await csrfOf(visitor);
    pages.push(
      await visitor.ask(`/apply/${id}/question/account`, {
        form: { csrf, institution: evil, branch: evil, account: evil },
      }),
      await visitor.open(`/apply/${id}/question/device?q=${encodeURIComponent(evil)}`),
      await visitor.open(`/apply/${id}/check`),
      await visitor.open("/applications"),
      await visitor.open("/my-data/agreements"),
    );
    for (const page of pages) {
      assert.ok(page.status < 500, page.url.pathname);
      assert.ok(!page.html.includes("<script>alert") && !page.html.includes("<i>王"), page.url.href);
      assert.match(page.headers.get("content-security-policy") ?? "", /script-src/, page.url.pathname);
    }
    assert.ok(pages[0]!.html.includes("&lt;i&gt;王"), "the name is shown as it is");
  });
});
