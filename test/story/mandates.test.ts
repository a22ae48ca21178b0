import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, mandateKeys, storyCountry, titleOf, Visitor } from "./country.ts";

const country = await storyCountry(10_400);
const numberOf = (key: string): string => country.running.people.find((one) => one.key === key)!.nationalId;

/** Gives a mandate by the form and the card, as a person does; answers its page's path. */
async function give(giver: Visitor, card: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const form = await giver.fill("/mandates/new", "/mandates/new", {
    kind: "attorney",
    "scope-0": subsidy,
    months: "12",
    ...fields,
  });
  const answer = await giver.ask("/mandates/new", { form });
  assert.equal(answer.status, 303, titleOf(answer.html));
  const reader = new URL(answer.headers.get("location")!);
  const path = new URL(reader.searchParams.get("return")!).pathname;
  const done = await giver.ask(path, { form: await giver.cardSignature(card, reader) });
  assert.equal(done.status, 303, titleOf(done.html));
  return done.headers.get("location")!;
}

const subsidy = "assistive-device-subsidy:apply";
const step = async (who: Visitor, path: string, name: string): Promise<void> => {
  const form = await who.fill(path, path, { step: name });
  const answer = await who.ask(path, { form });
  assert.equal(answer.status, 303, titleOf(answer.html));
};

test("a mother lets a neighbour apply for her, and takes it back in the middle", async () => {
  const mother = await country.visitor().signIn("lin-chen-xiuying");
  assert.match((await mother.open("/mandates")).html, /還沒有委任/);
  const path = await give(mother, "lin-chen-xiuying", { name: "黃淑芬", number: numberOf("huang-newtaipei") });
  const shown = await mother.open(path);
  assert.match(shown.html, /等待接受/);
  assert.ok(!shown.html.includes(numberOf("huang-newtaipei")), "the number is nowhere on the page");

  const neighbour = await country.visitor().signIn("huang-newtaipei");
  assert.deepEqual(mandateKeys((await neighbour.open("/act-for")).html), [], "nothing before it is accepted");
  assert.match((await neighbour.open("/mandates")).html, /林陳秀英/);
  await step(neighbour, path, "accepted");
  await neighbour.actForFirst();
  assert.match((await neighbour.open("/mandates")).html, /林陳秀英/);
  await assertRefused(neighbour, "mandate-not-yours-to-give", "/mandates/new");

  const id = await neighbour.draft({ device: "cane-custom" });
  await neighbour.submit(id, "huang-newtaipei");
  assert.match((await mother.open("/my-data/usage")).html, /黃淑芬|輔具/);

  const second = await neighbour.draft({ device: "walker-standard" });
  await step(mother, path, "revoked");
  const sign = await neighbour.ask(`/apply/${second}/sign`);
  assert.equal(sign.status, 303, "back to whom one acts for");
  assert.match(sign.headers.get("location")!, /^\/act-for/);
  assert.deepEqual(mandateKeys((await neighbour.open("/act-for")).html), []);
});

test("the form asks again for what is missing, and never shows the number back", async () => {
  const giver = await country.visitor().signIn("zhang-zhiming");
  const form = await giver.fill("/mandates/new", "/mandates/new", {
    kind: "attorney",
    name: "林美惠",
    number: "A700000999",
  });
  for (const [fields, words] of [
    [{ "scope-0": subsidy }, "請選擇期間"],
    [{ months: "12" }, "請至少選一項"],
    [{ months: "12", "scope-0": "everything:apply" }, "請至少選一項"],
    [{ months: "12", "scope-0": subsidy, number: numberOf("zhang-zhiming") }, "不能委任自己"],
    [{ months: "12", "scope-0": subsidy, name: "" }, "請填受任人的姓名"],
    [{ months: "12", "scope-0": subsidy, kind: "guardian" }, "請選擇種類"],
  ] as const) {
    const answer = await giver.ask("/mandates/new", { form: { ...form, ...fields } });
    assert.equal(answer.status, 422, words);
    assert.ok(answer.html.includes(words), `${words}: ${titleOf(answer.html)}`);
    assert.ok(!answer.html.includes("A700000999"));
  }
  await assertRefused(giver, "form-tampered", "/mandates/new", { ...form, csrf: "x" });
  await assertRefused(giver, "mandate-unknown", "/mandates/00000000-0000-7000-8000-000000000000");
});

test("a security officer tells who could act for whom on a day; the person sees that it was looked up", async () => {
  const daughter = await country.visitor().signIn("lin-meihui");
  await daughter.actForFirst();
  const security = await country.visitor().signIn("officer-xu", "/desk/powers");
  const today = /value="(\d{4}-\d{2}-\d{2})"/.exec((await security.open("/desk/powers")).html)![1]!;
  const form = await security.fill("/desk/powers", "/desk/powers", {
    number: numberOf("lin-chen-xiuying"),
    day: today,
  });
  const answer = await security.ask("/desk/powers", { form });
  assert.equal(answer.status, 200, titleOf(answer.html));
  for (const words of ["林美惠", "household/representation", "黃淑芬"]) assert.ok(answer.html.includes(words), words);
  assert.ok(!answer.html.includes(numberOf("lin-chen-xiuying")));
  const before = await security.ask("/desk/powers", { form: { ...form, day: "2020-01-01" } });
  assert.match(before.html, /沒有人可以代理/);
  assert.equal((await security.ask("/desk/powers", { form: { ...form, day: "soon" } })).status, 422);

  const events = await country
    .database("portal")
    .query<{ count: number }>(
      "select count(*)::int as count from identity.auth_event e join identity.person p on p.id = e.principal_id where e.what = 'looked-up' and p.name = '林陳秀英'",
    );
  assert.equal(events[0]!.count, 2);

  const caseworker = await country.visitor().signIn("officer-wang", "/desk");
  await assertRefused(caseworker, "not-permitted", "/desk/powers");
  await assertRefused(daughter, "not-an-officer", "/desk/powers");
});

test("the company register says who represents a company; who signs only with another appoints nobody", async () => {
  const director = await country.visitor().signIn("xie-director");
  const choice = (await director.open("/act-for")).html;
  assert.match(choice, /示範木工有限公司/);
  assert.doesNotMatch(choice, /名單可能不完整/);
  await director.actForFirst();
  const path = await give(director, "xie-director", {
    kind: "employee",
    name: "黃淑芬",
    number: numberOf("huang-newtaipei"),
  });
  const employee = await country.visitor().signIn("huang-newtaipei");
  await step(employee, path, "accepted");
  assert.match((await employee.open("/act-for")).html, /示範木工有限公司/);

  const former = await country.visitor().signIn("ye-former");
  assert.deepEqual(mandateKeys((await former.open("/act-for")).html), [], "left yesterday");
  const joint = await country.visitor().signIn("ding-joint");
  await joint.actForFirst();
  const form = await joint.fill("/mandates/new", "/mandates/new", {
    kind: "employee",
    "scope-0": subsidy,
    months: "12",
    name: "黃淑芬",
    number: numberOf("huang-newtaipei"),
  });
  await assertRefused(joint, "mandate-not-yours-to-give", "/mandates/new", form);
});

test("where no register answers, given mandates can still be chosen, and the page says what is missing", async () => {
  await country.stop("gateway of MODA");
  const employee = await country.visitor().signIn("huang-newtaipei");
  const page = (await employee.open("/act-for")).html;
  assert.match(page, /名單可能不完整/);
  assert.match(page, /戶籍資料、公司登記/);
  assert.match(page, /示範木工有限公司/);
  await employee.actForFirst();
});
