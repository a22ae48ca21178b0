import assert from "node:assert/strict";
import { test } from "node:test";
import {
  collectStatuses,
  importRoster,
  listSuspense,
  openProgramme,
  proveBooks,
  quarantine,
  receiveNotification,
  tracePayment,
} from "#payments";
import { notificationXml } from "../../src/payments/testing.ts";
import { findFlaws } from "../pages/page-flaws.ts";
import { paymentSite, type Someone } from "./payment-site.ts";

const site = await paymentSite();
const { payments } = site.portal;
const wang = await site.person("王承辦", ["caseworker"]);
const chen = await site.person("陳放行", ["approver"]);
const shen = await site.person("沈出納", ["treasury"]);
const fang = await site.person("方出納", ["treasury"]);
const lin = await site.person("林美惠");

const made: Record<string, string> = {};
for (const ending of ["0500", "1001", "1302", "1601"])
  made[ending] = (await site.released(lin, wang, chen, ending)).number;
await site.settle();
await collectStatuses(payments, site.portal.bank);
const idOf = async (ending: string): Promise<string> => (await site.payment(made[ending]!)).id;
const at = async (ending: string, more = ""): Promise<string> => `/desk/payments/${await idOf(ending)}${more}`;

const idPath = (id: string, act: string): string => `/desk/payments/${id}/${act}`;

/** The hidden fields of the form on a page. */
function kept(body: string): Record<string, string> {
  const found = [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(found.flatMap(([, name, value]) => (name === "csrf" ? [] : [[name!, value!]])));
}

test("every page of the desk is sound in both languages, and names no payee", async () => {
  const paths = [
    "/desk/payments",
    "/desk/payments?state=rejected&reason=ask-person&days=1",
    "/desk/payments?search=nothing-like-that",
    await at("0500"),
    await at("1001"),
    await at("0500", "/correct"),
    await at("0500", "/recover"),
    "/desk/payments/states",
    "/desk/payments/books?prove=yes",
    "/desk/payments/files",
    "/desk/payments/reconcile",
    "/desk/payments/batches/new",
  ];
  for (const path of paths)
    for (const lang of ["zh-Hant", "en"] as const) {
      const page = await site.get(path, shen, lang);
      assert.equal(page.status, 200, path);
      assert.deepEqual(findFlaws(page.body, lang), [], path);
      assert.ok(!page.body.includes("林美惠") && !page.body.includes("林"), `${path} names the payee`);
      assert.ok(!/A7\d{8}|00012340560500/.test(page.body), path);
    }
});

test("a payment is found by its case and by its id, and followed from the rule to the books", async () => {
  const id = await idOf("0500");
  for (const search of [made["0500"]!, id]) {
    const list = await site.get(`/desk/payments?search=${search}`, chen);
    assert.ok(list.body.includes(`/desk/payments/${id}`));
    assert.ok(!list.body.includes(await idOf("1001")));
  }
  const page = (await site.get(`/desk/payments/${id}`, chen)).body;
  for (const said of [
    "Assistive-device subsidy",
    "Cap of the schedule",
    "Ministry of Health and Welfare",
    "王承辦",
    "陳放行",
    "Released by the second person",
    "pain.001.xml",
    "ACSC",
    "Free budget",
    "In transit",
    "SHA-256",
  ])
    assert.ok(page.includes(said), said);
  const csv = await site.get("/desk/payments/list.csv?state=rejected", chen);
  assert.match(csv.body, /^payment,case,programme/);
  assert.equal(csv.body.trim().split("\r\n").length, 3);
});

test("only those who may: nobody, a payee, another role, a weak sign-in, a forged form", async () => {
  const path = await at("0500");
  assert.equal((await site.get("/desk/payments")).status, 303);
  assert.equal((await site.get("/desk/payments", lin)).status, 403);
  const manager = await site.person("蔡管理", ["staff-manager"]);
  assert.equal((await site.get(path, manager)).status, 403);
  const weak = await site.person("弱登入", ["approver"], { acr: "low" });
  assert.match((await site.get("/desk/payments", weak)).location, /^\/prove/);
  const forbidden: readonly [Someone, string][] = [
    [wang, "/correct"],
    [chen, "/correct"],
    [chen, "/reroute"],
  ];
  for (const [who, act] of forbidden) assert.equal((await site.get(await at("1001", act), who)).status, 403, act);
  assert.equal(
    (await site.post(await at("1001", "/correct"), wang, { to: "settled", statement: "S", line: "1" })).status,
    403,
  );
  const file = (await payments.database.one<{ id: string }>("select id from payments.file limit 1", []))!.id;
  assert.equal((await site.get(`/desk/payments/files/${file}/content`, wang)).status, 403);
  assert.match((await site.get(`/desk/payments/files/${file}/content`, shen)).body, /pain\.001\.001\.12/);
  const forged = await site.post(await at("0500", "/correct"), shen, {
    csrf: "x",
    to: "rejected",
    statement: "S",
    line: "1",
  });
  assert.notEqual(forged.status, 303);
  assert.equal((await site.payment(made["0500"]!)).state, "settled");
  for (const odd of ["/desk/payments/1;drop", "/desk/payments/files/nothing", "/desk/payments/batches/x"])
    assert.ok([404, 303].includes((await site.get(odd, chen)).status), odd);
});

test("a correction: fields first, then a second treasury officer, once", async () => {
  const path = await at("1302", "/correct");
  const form = kept((await site.get(path, shen)).body);
  const empty = await site.post(path, shen, form);
  assert.equal(empty.status, 422);
  assert.ok(empty.body.includes('href="#statement"'));
  const filled = { ...form, to: "rejected", statement: "S-7", line: "12", reason: "AC04" };
  const asked = await site.post(path, shen, filled);
  assert.match(asked.location, /done=asked/);
  assert.match((await site.post(path, shen, filled)).location, /done=asked/);
  assert.equal((await site.post(path, fang, filled)).status, 409);
  assert.equal((await site.payment(made["1302"]!)).state, "settled");
  assert.ok((await site.get("/desk/payments/reconcile", fang)).body.includes("/asked"));

  const own = (await site.get(await at("1302", "/asked"), shen)).body;
  assert.ok(!own.includes('value="confirm"') && own.includes("Take it back"));
  const page = (await site.get(await at("1302", "/asked"), fang)).body;
  assert.ok(page.includes("S-7") && page.includes("沈出納"));
  const action = /action="([^"]*\/asked\/[^"]+)"/.exec(page)![1]!;
  assert.equal((await site.post(action, shen, { answer: "confirm" })).status, 409);
  assert.equal((await site.post(action, chen, { answer: "confirm" })).status, 403);
  assert.match((await site.post(action, fang, { answer: "confirm" })).location, /done=confirm/);
  assert.match((await site.post(action, fang, { answer: "confirm" })).location, /done=confirm/);
  assert.equal((await site.payment(made["1302"]!)).state, "rejected");
  assert.deepEqual(await quarantine(payments), []);
  assert.ok((await site.get(await at("1302"), chen)).body.includes("Corrected from the statement"));
});

test("what was asked for one payment is not confirmed on another", async () => {
  const path = await at("0500", "/recover");
  const form = { ...kept((await site.get(path, shen)).body), amount: "600", why: "x", law: "y", due: "2030-12-31" };
  assert.match((await site.post(path, shen, form)).location, /done=asked/);
  const page = (await site.get(await at("0500", "/asked"), fang)).body;
  const ask = /action="[^"]*\/asked\/([^"]+)"/.exec(page)![1]!;
  const other = await site.released(lin, wang, chen, "0501");
  await site.settle();
  await collectStatuses(payments, site.portal.bank);
  const { id } = await site.payment(other.number);
  for (const answer of ["confirm", "decline"])
    assert.equal((await site.post(`/desk/payments/${id}/asked/${ask}`, fang, { answer })).status, 409, answer);
  assert.equal((await site.payment(other.number)).state, "settled");
  assert.ok((await site.get(await at("0500", "/asked"), fang)).body.includes('value="confirm"'));
  assert.match((await site.post(await at("0500", `/asked/${ask}`), shen, { answer: "decline" })).location, /decline/);
});

test("a payment whose case waits for its release is not released or cancelled past the case", async () => {
  const { number } = await site.approved(lin, wang, "0777");
  const { id } = await site.payment(number);
  const form = kept((await site.get(idPath(id, "release"), chen)).body);
  const binding = (await tracePayment(payments, id))!.attempts.at(-1)!.binding;
  const sent = { ...form, attempt: id, seq: "3", binding };
  assert.equal((await site.post(idPath(id, "release"), chen, sent)).status, 409);
  assert.equal((await site.post(idPath(id, "cancel"), shen, sent)).status, 409);
  assert.equal((await site.payment(number)).state, "approved-once");
});

test("a page gone stale changes nothing", async () => {
  const path = await at("0500", "/recover");
  const form = { ...kept((await site.get(path, shen)).body), amount: "600", why: "x", law: "y", due: "2026-12-31" };
  const stale = await site.post(path, shen, { ...form, seq: "1" });
  assert.equal(stale.status, 409);
  assert.match(stale.body, /changed after you looked at it/);
  assert.equal((await site.payment(made["0500"]!)).state, "settled");
});

test("refused money goes to another account, is released by another, and nobody releases what they approved", async () => {
  const path = await at("1001", "/reroute");
  const form = {
    ...kept((await site.get(path, wang)).body),
    institution: "700",
    branch: "0021",
    account: "00012340560777",
  };
  const wrong = await site.post(path, wang, { ...form, branch: "9999" });
  assert.equal(wrong.status, 422);
  const first = await site.post(path, wang, form);
  assert.match(first.location, /-02\?done=reroute/);
  const second = await site.post(path, wang, form);
  assert.equal(second.location, first.location);
  assert.ok(["held", "approved-once"].includes((await site.payment(made["1001"]!)).state));
  assert.ok([403, 409].includes((await site.get(await at("1001", "/release"), wang)).status));
});

test("a released payment is held and let go by the desk, and must be released anew", async () => {
  const { number } = await site.released(lin, wang, chen, "0900");
  const here = async (act: string) => `/desk/payments/${(await site.payment(number)).id}/${act}`;
  const hold = await here("hold");
  assert.equal((await site.get(hold, chen)).status, 403);
  const form = { ...kept((await site.get(hold, wang)).body), why: "looked at again" };
  assert.match((await site.post(hold, wang, form)).location, /done=hold/);
  assert.match((await site.post(hold, wang, form)).location, /done=hold/);
  assert.equal((await site.payment(number)).state, "held");
  const end = await here("end-hold");
  const back = { ...kept((await site.get(end, shen)).body), why: "all is well" };
  assert.match((await site.post(end, shen, back)).location, /done=end-hold/);
  const release = await here("release");
  const binding = kept((await site.get(release, chen)).body);
  assert.match((await site.post(release, chen, binding)).location, /done=release/);
  assert.equal((await site.payment(number)).state, "approved");
});

test("an incident says what to do, and is closed by the treasury with what was done", async () => {
  const page = (await site.get("/desk/payments/reconcile", shen)).body;
  assert.ok(page.includes("The payee has died"));
  const href = /href="(\/desk\/payments\/reconcile\/incident\/[^"]+)"/.exec(page)![1]!;
  assert.equal((await site.get(href, chen)).status, 403);
  assert.equal((await site.post(href, shen, { note: "" })).status, 422);
  assert.match((await site.post(href, shen, { note: "the heirs were told" })).location, /done=done/);
  assert.ok(!(await site.get("/desk/payments/reconcile", shen)).body.includes(href));
});

test("a line that nothing explains is explained by two when it is large", async () => {
  const xml = notificationXml("N-9", [{ ref: "BR-9", way: "CRDT", amount: "5000" }]);
  const told = await receiveNotification(payments, xml.replace("00000012345678", "00000000001234"));
  assert.ok(told.ok, JSON.stringify(told));
  const page = (await site.get("/desk/payments/reconcile", shen)).body;
  const href = /href="(\/desk\/payments\/reconcile\/suspense\/[^"]+)"/.exec(page)![1]!;
  assert.equal((await site.post(href, shen, { kind: "instruction", subject: "", note: "x" })).status, 422);
  const form = { kind: "not-ours", subject: "", note: "a stranger's transfer, sent back" };
  assert.match((await site.post(href, shen, form)).location, /done=asked/);
  assert.ok((await site.get(href, shen)).body.includes("Take it back"));
  assert.equal((await site.post(href, shen, { answer: "confirm" })).status, 403);
  assert.match((await site.post(href, fang, { answer: "confirm" })).location, /done=done/);
  assert.deepEqual(await listSuspense(payments), []);
  assert.deepEqual(await proveBooks(payments), []);
});

test("a batch is proposed by one, released by another after a tick, and its page renews itself", async () => {
  const opened = await openProgramme(payments, {
    id: "relief",
    title: { "zh-Hant": "紓困", en: "Relief" },
    law: "Relief Act",
    purpose: { code: "GOVT", text: "紓困" },
    budget: 1_000_000n,
    openedBy: wang.id,
  });
  assert.ok(opened.ok);
  const rows = [
    "reference,name,institution,account,amount",
    "R-1,林甲,7000021,00012340560011,6000",
    "R-2,林乙,7000021,00012340560012,6000",
    "R-3,林丙,1,12,6000",
  ];
  const read = await importRoster(
    payments,
    (async function* () {
      yield Buffer.from(rows.join("\n"));
    })(),
    { programme: "relief", name: "roster.csv", decision: "Decree 1", importedBy: wang.id, ownersChecked: true },
  );
  assert.ok(read.ok);
  const files = (await site.get("/desk/payments/files", shen)).body;
  const rosterHref = /href="(\/desk\/payments\/rosters\/[^"]+)"/.exec(files)![1]!;
  assert.ok((await site.get(rosterHref, shen)).body.includes("errors.csv"));
  assert.match((await site.get(`${rosterHref}/errors.csv`, shen)).body, /institution-unknown|account/);

  assert.equal((await site.get("/desk/payments/batches/new", chen)).status, 403);
  assert.equal((await site.post("/desk/payments/batches/new", shen, {})).status, 422);
  const proposed = await site.post("/desk/payments/batches/new", shen, { programme: "relief" });
  assert.match(proposed.location, /batches\/.*done=proposed/);
  const path = proposed.location.split("?")[0]!;
  assert.ok(!(await site.get(path, shen)).body.includes('value="yes"'), "the maker is not offered the release");
  const page = (await site.get(path, chen)).body;
  assert.ok(page.includes("林甲"), "the checker sees samples");
  const form = kept(page);
  assert.equal((await site.post(`${path}/release`, chen, form)).status, 422);
  assert.equal((await site.post(`${path}/release`, shen, { ...form, sure: "yes" })).status, 403);
  assert.match((await site.post(`${path}/release`, chen, { ...form, sure: "yes" })).location, /done=released/);
  assert.match((await site.post(`${path}/release`, chen, { ...form, sure: "yes" })).location, /done=released/);
  const answer = await fetch(new URL(path, site.origin), { headers: { cookie: chen.cookie, "accept-language": "en" } });
  assert.equal(answer.headers.get("refresh"), "10");
  const still = await fetch(new URL(`${path}?renew=no`, site.origin), { headers: { cookie: chen.cookie } });
  assert.equal(still.headers.get("refresh"), null);
  assert.deepEqual(findFlaws(await answer.text(), "en"), []);
});

test("the books are proved, each movement leads to its payment, and both can be taken along", async () => {
  const page = (await site.get("/desk/payments/books?prove=yes&account=paid", shen)).body;
  assert.ok(page.includes("Proved"));
  assert.ok(page.includes(`/desk/payments/${await idOf("0500")}`));
  const csv = await site.get("/desk/payments/books/movements.csv?account=paid", shen);
  assert.match(csv.body, /^id,at,programme,from,to,amount/);
  assert.ok(csv.body.includes("in-transit,paid,600"));
});
