import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, storyCountry, titleOf, type Visitor } from "./country.ts";

const country = await storyCountry(11_600);
const numberOf = (key: string): string => country.running.people.find((one) => one.key === key)!.nationalId;
const post = async (who: Visitor, page: string, action: string, fields: Readonly<Record<string, string>>) => {
  const answer = await who.ask(action, { form: await who.fill(page, action, fields) });
  assert.equal(answer.status, 303, titleOf(answer.html));
  return answer.headers.get("location")!;
};
const memberPath = (html: string, name: string): string =>
  new RegExp(`href="(/desk/staff/[0-9a-f-]{36})"[^>]*>\\s*(?:<[^>]*>)?${name}`).exec(html)?.[1] ??
  assert.fail(`no ${name}`);

test("two managers make a neighbour an approver, who then sees their team's cases; nobody appoints themself", async () => {
  const tsai = await country.visitor().signIn("officer-tsai");
  const lu = await country.visitor().signIn("officer-lu");
  const staff = (await tsai.open("/desk/staff")).html;
  for (const name of ["王", "陳國華", "蔡宜君", "呂明哲"]) assert.ok(staff.includes(name), name);

  const number = numberOf("huang-newtaipei");
  const empty = await tsai.ask("/desk/staff/new", {
    form: await tsai.fill("/desk/staff/new", "/desk/staff/new", { name: "黃小姐", number, months: "12" }),
  });
  assert.equal(empty.status, 422, "no role");
  assert.ok(!empty.html.includes(number), "the number is never shown back");
  const roles = await tsai.fill("/desk/staff/new", "/desk/staff/new", {});
  assert.equal(Object.hasOwn(roles, "role-4"), false, "the operator's role is not offered");
  const invited = await tsai.ask("/desk/staff/new", {
    form: await tsai.fill("/desk/staff/new", "/desk/staff/new", {
      name: "黃小姐",
      number,
      months: "12",
      "role-0": "caseworker",
      "role-1": "approver",
    }),
  });
  assert.equal(invited.status, 200, titleOf(invited.html));
  assert.match(invited.html, /(?:[2-9A-Z]{5}-){3}[2-9A-Z]{5}/);
  assert.ok(!invited.html.includes(number));
  assert.ok(!invited.html.includes("黃淑芬"), "nor whose it is");

  const huang = await country.visitor().signIn("huang-newtaipei");
  await assertRefused(huang, "not-an-officer", "/desk");
  const offices = (await huang.open("/desk/office")).html;
  assert.match(offices, /社會局/);
  const id = /name="invitation" value="([^"]+)"/.exec(offices)![1]!;
  await post(huang, "/desk/office", "/desk/office/accept", { invitation: id });
  assert.equal((await huang.open("/desk")).status, 200, "in force at once");

  const page = memberPath((await tsai.open("/desk/staff?search=黃淑芬")).html, "黃淑芬");
  assert.match((await tsai.open(page)).html, /等待第二位同意/);
  await post(lu, page, page, { step: "agree:approver" });
  assert.ok(!(await lu.open(page)).html.includes("等待第二位同意"));
  assert.match((await huang.open("/desk/office")).html, /放行人/);

  // Nobody extends themself, and a caseworker is no manager.
  const own = memberPath((await tsai.open("/desk/staff?search=蔡宜君")).html, "蔡宜君");
  const form = await tsai.fill(own, own, { step: "give:", role: "approver", months: "12" });
  const refused = await tsai.ask(own, { form });
  assert.equal(refused.status, 403);
  assert.match(refused.html, /不能任命自己/);
  await assertRefused(huang, "not-permitted", "/desk/staff");
  const decided = (await tsai.open("/decisions")).html;
  assert.match(decided, /邀請人員/);
  assert.match(decided, /給予或延長權限/);

  // A team sees its services first, and everything where asked.
  await post(tsai, "/desk/staff/teams", "/desk/staff/teams", {
    name: "輔具組",
    "service-0": "assistive-device-subsidy",
  });
  await post(tsai, page, page, { step: "teams:", "team-0": "輔具組" });
  assert.match((await huang.open("/desk")).html, /看全機關的案件/);
  assert.match((await huang.open("/desk?all=yes")).html, /只看小組的案件/);

  await post(tsai, "/desk/staff", "/desk/staff/review", { [`review-${page.split("/").at(-1)!}`]: "yes" });
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  assert.match((await tsai.open(`/desk/staff/past?day=${today}`)).html, /黃淑芬/);
  await post(tsai, page, page, { step: "dismiss:" });
  await assertRefused(huang, "not-an-officer", "/desk");
  assert.match((await huang.open("/account")).html, /職務/);
});

test("codes that open nothing, fields that are no fields, and pages of nobody are refused", async () => {
  const lu = await country.visitor().signIn("officer-lu");
  const wrong = await lu.ask("/desk/office/accept", {
    form: await lu.fill("/desk/office", "/desk/office/accept", { code: "AAAAA-AAAAA-AAAAA-AAAAA" }),
  });
  assert.equal(wrong.status, 422);
  await assertRefused(lu, "staff-unknown", "/desk/staff/nobody");
  await assertRefused(lu, "staff-unknown", "/desk/staff/00000000-0000-7000-8000-000000000000");
  assert.equal((await lu.ask("/desk/staff/past?day=yesterday")).status, 422);
  const xu = await country.visitor().signIn("officer-xu");
  assert.ok(!(await xu.open("/desk/staff")).html.includes("邀請人員"), "a security officer reads");
  await assertRefused(await country.visitor().signIn("lin-meihui"), "not-an-officer", "/desk/staff");
});
