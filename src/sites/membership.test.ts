import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  decideRequest,
  inviteMember,
  joinCountry,
  linkOperator,
  listInvitations,
  listRequests,
  readSiteFile,
  requestStatus,
  applyToJoin,
  rollMemberKey,
  rollAuthorityKey,
  runSite,
  sendRequest,
  type SiteFacts,
} from "#sites";
import { testDatabase } from "#store/testing";

const country = fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "taroko-membership-"));
const running: SiteFacts[] = [];
after(async () => {
  for (const { site } of running.toReversed()) await site.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The first of so many free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 30_000);
    const taken = await Promise.all(Array.from({ length: count }, (_, at) => isTaken(first + at)));
    if (!taken.includes(true)) return first;
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(false)));
  });
}

async function start(file: string): Promise<SiteFacts> {
  const facts = await runSite(file);
  running.push(facts);
  return facts;
}

const authorityPort = await freePorts(2);
const authorityFile = join(folder, "authority.json");
writeFileSync(
  authorityFile,
  JSON.stringify({
    site: "authority",
    database: (await testDatabase()).url,
    keys: "./keys/authority",
    instance: "TW",
    listen: { port: authorityPort },
    desk: { port: authorityPort + 1 },
    logOrigin: "authority.example/log",
    country,
    members: [],
  }),
);
const authority = await start(authorityFile);

async function joinFlags(name: string, subsystem: string) {
  const port = await freePorts(4);
  return {
    subsystem: [subsystem],
    publicAddress: `localhost:${port + 1}`,
    database: (await testDatabase()).url,
    port,
    out: join(folder, `${name}.json`),
    country,
  };
}

/** A browser with a session of a named operator. */
async function signIn(file: string, name: string) {
  const { link } = await linkOperator(file, name, "cli:test");
  const address = new URL(link);
  const opened = await fetch(new URL("/sign-in", address), {
    method: "POST",
    body: new URLSearchParams({ link: address.searchParams.get("link") ?? "" }),
    redirect: "manual",
  });
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(new URL(path, address), { headers: { cookie: `${cookie}; taroko-lang=en` } });
    return answer.text();
  };
  return {
    get,
    async post(path: string, fields: Record<string, string>, from = path): Promise<{ status: number; text: string }> {
      const [, csrf = ""] = /name="csrf" value="([^"]+)"/.exec(await get(from)) ?? [];
      const answer = await fetch(new URL(path, address), {
        method: "POST",
        headers: { cookie: `${cookie}; taroko-lang=en` },
        body: new URLSearchParams({ ...fields, csrf }),
        redirect: "manual",
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const invitation = join(folder, "invitation.json");
const moi = await joinFlags("moi", "registry:民政登記|Civil registry");

test("an agency joins by one file, which nobody else can read and nobody can use twice", async () => {
  const name = { "zh-Hant": "內政部", en: "Interior" };
  await assert.rejects(inviteMember(authorityFile, "TW/GOV/MOI"), { code: "unknown-member" });
  const invited = await inviteMember(authorityFile, "TW/GOV/MOI", { name, out: invitation, by: "Lin Mei" });
  assert.equal(statSync(invitation).mode & 0o777, 0o600);
  const { file, next } = joinCountry(invitation, moi);
  assert.throws(() => joinCountry(invitation, moi), { code: "join-options" }, "a file is never overwritten");
  assert.ok(next.some((line) => line.startsWith("npx taroko run")));
  const read = readSiteFile(file).file;
  assert.ok(read.site === "gateway" && read.authority.root?.version === 1);
  await start(file);
  const health = (await (await fetch(`http://127.0.0.1:${moi.port}/health`)).json()) as { status: string };
  assert.equal(health.status, "ok");
  const used = (await listInvitations(authorityFile)).find(({ id }) => id === invited.id);
  assert.equal(used?.used_by, "TW/GOV/MOI/gw1");

  const again = await joinFlags("moi-2", "registry:登記|Registry");
  joinCountry(invitation, { ...again, serverCode: "gw2" });
  await assert.rejects(runSite(again.out), { code: "enrolment-refused" });
});

test("what is no invitation, or is over, says so before anything is written", async () => {
  const flags = await joinFlags("none", "x:X");
  const over = { ...(JSON.parse(readFileSync(invitation, "utf8")) as object), expires: "2020-01-01T00:00:00Z" };
  writeFileSync(join(folder, "over.json"), JSON.stringify(over));
  assert.throws(() => joinCountry(join(folder, "over.json"), flags), { code: "invitation-file" });
  assert.throws(() => joinCountry(authorityFile, flags), { code: "invitation-file" });
  assert.throws(() => joinCountry(join(folder, "nothing"), flags), { code: "invitation-file" });
  assert.throws(() => joinCountry(invitation, { ...flags, subsystem: ["unnamed"] }), /is not registered yet/);
  assert.throws(() => joinCountry(invitation, { ...flags, publicAddress: "gw" }), /host:port/);
});

const cwa = await joinFlags("cwa", "stations:氣象站|Weather stations");

test("an agency without an invitation asks; a registrar approves at the desk; it starts", async () => {
  const applied = await applyToJoin(
    {
      instance: "TW",
      member: { memberClass: "GOV", memberCode: "CWA" },
      authority: { url: authority.facts["url"]!, anchor: authority.facts["anchor"]! },
    },
    { ...cwa, name: { "zh-Hant": "中央氣象署", en: "Weather Administration" }, contact: "IT office" },
  );
  assert.equal(applied.state, "pending");
  await assert.rejects(runSite(cwa.out), { code: "enrolment-refused" });
  const registrar = await signIn(authorityFile, "Lin Mei");
  assert.match(await registrar.get("/requests"), /Weather Administration/);
  assert.match(await registrar.get(`/requests/${applied.id}`), /IT office/);
  const unexplained = await registrar.post(`/requests/${applied.id}`, { decision: "rejected", reason: "" });
  assert.equal(unexplained.status, 422);
  assert.equal((await registrar.post(`/requests/${applied.id}`, { decision: "approved" })).status, 303);
  const late = await registrar.post(`/requests/${applied.id}`, { decision: "approved" }, "/members");
  assert.equal(late.status, 409);
  await start(cwa.out);
  const [own] = (await requestStatus(cwa.out)) as { state: string }[];
  assert.equal(own?.state, "approved");
  const members = await registrar.get("/members");
  assert.match(members, /TW\/GOV\/CWA\/gw1/);
  const versions = await registrar.get("/configuration");
  assert.match(versions, /TW\/GOV\/CWA/);
  assert.match(await registrar.get("/acts"), /request\.approved/);
});

test("a right is asked through the authority, becomes a proposal at the provider, and the answer comes back", async () => {
  const asker = await signIn(cwa.out, "Wang Shu");
  const provider = await signIn(moi.out, "Chen Yu");
  const wanted = { provider: "TW/GOV/MOI/registry", service: "people", client: "TW/GOV/CWA/stations" };
  const form = { ...wanted, "purposes.confirm-representation": "yes", "bases.tw:household-registration-act": "yes" };
  const wrong = await asker.post("/membership/right", { ...form, provider: "TW/GOV/MOI/none" }, "/membership");
  assert.equal(wrong.status, 422);
  const free = await asker.post("/membership/right", { ...wanted, purposes: "warn-people" }, "/membership");
  assert.equal(free.status, 422);
  assert.match(free.text, /configuration does not list warn-people/);
  assert.match(free.text, /Confirming whom a person may act for \(confirm-representation\)/);
  assert.equal((await asker.post("/membership/right", form, "/membership")).status, 303);
  const right = { service: "registry/people", subject: wanted.client, method: "*", path: "**", consent: "none" };
  assert.match(await provider.get("/rights/new"), /type="checkbox"\s+id="legalBases\.tw:household-registration-act"/);
  for (const strange of [{ purposes: "warn-people" }, { "legalBases.tw:weather-act": "yes" }]) {
    const refused = await provider.post("/rights/new", { ...right, ...strange, as: "proposed" });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /Nothing of this name is registered/);
  }
  assert.equal((await provider.post("/membership/refresh", {}, "/membership")).status, 303);
  const page = await provider.get("/membership");
  assert.match(page, /TW\/GOV\/CWA\/stations → TW\/GOV\/MOI\/registry\/people/);
  const [asked] = await listRequests(authorityFile, "pending");
  assert.equal(asked?.kind, "right.ask");
  await assert.rejects(
    decideRequest(authorityFile, { id: asked.id, decision: "approved", by: "Lin Mei" }),
    { code: "request-refused" },
    "the registrar does not decide about another agency's data",
  );
});

test("a subsystem is asked for at the desk and by command; keys roll without a stop", async () => {
  const operator = await signIn(moi.out, "Chen Yu");
  const bad = await operator.post("/membership/subsystem", { code: "a/b", nameZh: "", nameEn: "" }, "/membership");
  assert.equal(bad.status, 422);
  const add = { code: "tax", nameZh: "稅務", nameEn: "Tax" };
  assert.equal((await operator.post("/membership/subsystem", add, "/membership")).status, 303);
  const named = { "zh-Hant": "地政", en: "Land" };
  const { id } = await sendRequest(moi.out, { kind: "subsystem.add", code: "land", name: named }, "cli:test");
  const [byDesk] = (await listRequests(authorityFile, "pending")).filter(
    ({ content }) => "code" in content && content.code === "tax",
  );
  await decideRequest(authorityFile, { id: byDesk!.id, decision: "approved", by: "Lin Mei" });
  await decideRequest(authorityFile, { id, decision: "rejected", by: "Lin Mei", reason: "ask the land office" });
  // A command line's decision is served once the running authority has seen it.
  const page = await until(operator, (text) => text.includes("<code>tax</code>"));
  assert.match(page, /ask the land office/);

  const key = (text: string) => /<code class="wrap-any">([A-Za-z0-9_-]{43})<\/code>/.exec(text)?.[1];
  const first = key(page);
  assert.equal((await operator.post("/membership/roll-key", {}, "/membership")).status, 303);
  const second = key(await operator.get("/membership"));
  const { keyid: third } = await rollMemberKey(moi.out);
  await rollAuthorityKey(authorityFile, "cli:test");
  const last = await until(operator, (text) => key(text) === third && /Root<\/dt>\s*<dd>2/.test(text));
  assert.equal(new Set([first, second, third]).size, 3);
  assert.equal(key(last), third, "the running gateway took over the key that a command line rolled");
  assert.match(last, /Root<\/dt>\s*<dd>2/, "and followed the authority's new key");
});

/** The membership page, once it says something; after six seconds as it is. */
async function until(operator: Awaited<ReturnType<typeof signIn>>, says: (text: string) => boolean): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    await operator.post("/membership/refresh", {}, "/membership");
    const text = await operator.get("/membership");
    if (says(text) || tries > 40) return text;
    await new Promise((wake) => setTimeout(wake, 150));
  }
}
