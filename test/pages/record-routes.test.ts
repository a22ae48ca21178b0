import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { Hono } from "hono";
import { taiwan } from "#countries/taiwan";
import type { ConfigurationBody } from "#exchange";
import { systemClock, type Language } from "#kernel";
import { generateLogKey, logRoutes, logVkey, verifyReceipt, type LogEntry, type Receipt } from "#ledger";
import { formatCheckpoint, formatNote } from "#ledger/contract";
import { testDatabase } from "#store/testing";
import { signAsLog } from "../../src/ledger/keys.ts";
import { listen, running, someDigest, someLog, someWitness, until } from "../../src/ledger/testing.ts";
import type { PortalContext } from "../../src/sites/portal/portal-site.ts";
import { openPublicLogs } from "../../src/sites/portal/public-logs.ts";
import { recordRoutes } from "../../src/sites/portal/record-routes.ts";
import type { PortalEnv } from "../../src/sites/portal/request.ts";
import { watchLogs } from "../../src/sites/portal/watch-logs.ts";
import { findFlaws } from "./page-flaws.ts";

const markup = "<script>alert(1)</script>";
const database = await testDatabase();

/** The portal's own log, with a witness. Nothing in it is about a person, so no index has to cover it. */
const own = someLog();
const witness = await someWitness("audit.example", own);
const log = await own.open(database, { witnesses: [witness] });
await running(log, async () => {
  const entries = Array.from({ length: 600 }, (_, index) => {
    const at = `${new Date(Date.now() - (600 - index) * 60_000).toISOString().slice(0, 19)}Z`;
    const entry: LogEntry = { v: 1, t: "invitation.made", at, member: "TW/GOV/MOI", inv: someDigest() };
    return { entry, idem: `${index}` };
  });
  const staged = await database.transaction((tx) => log.appendAll(tx, entries));
  assert.equal((await log.wait(staged.at(-1)!, "witnessed", 4000)).stage, "witnessed");
});

/** A log that its keeper wrote by hand: any bytes, well signed. `change` may spoil what is served. */
async function handmade(
  name: string,
  entries: readonly Uint8Array[],
  change = (_path: string, body: Uint8Array) => body,
  further: Readonly<Record<string, unknown>> = {},
) {
  const origin = `log.example/${name}`;
  const key = generateLogKey(origin);
  const hash = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
  const leaves = entries.map((entry) => hash(Buffer.of(0), entry));
  assert.ok(leaves.length <= 2);
  const root = leaves.length === 1 ? leaves[0]! : hash(Buffer.of(1), leaves[0]!, leaves[1]!);
  const text = formatCheckpoint(origin, BigInt(entries.length), root);
  const files: Readonly<Record<string, Uint8Array>> = {
    checkpoint: Buffer.from(formatNote(text, [signAsLog(key, text)])),
    [`tile/0/000.p/${leaves.length}`]: Buffer.concat(leaves),
    [`tile/entries/000.p/${leaves.length}`]: Buffer.concat(
      entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 255), entry]),
    ),
  };
  const url = await listen(async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const body = files[path] ?? (path in further ? Buffer.from(JSON.stringify(further[path])) : undefined);
    return body ? new Response(new Uint8Array(change(path, Uint8Array.from(body)))) : new Response("", { status: 404 });
  });
  return { origin, vkey: logVkey(key), url };
}

const accepted = { v: 1, t: "configuration.accepted", at: "2026-11-22T08:00:00Z", ver: "1" } as const;
const hostile = { ...accepted, member: markup, dig: someDigest(), cnt: someDigest() } satisfies LogEntry;
const sorted = Object.fromEntries(Object.entries(hostile).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const rogue = await handmade("rogue", [Buffer.from(JSON.stringify(sorted)), Buffer.from(`${markup}\u0000`)]);
const forged = await handmade("forged", [Buffer.from("{}")], (path, body) => {
  if (path.startsWith("tile/entries")) body[2]! ^= 1;
  return body;
});
const garbage = await handmade("garbage", [Buffer.from("{}")], () => Buffer.from(markup));
/** Takes every connection and never says a word. */
const mute = createServer(() => undefined).listen(0, "127.0.0.1");
await once(mute, "listening");
const silent = {
  origin: "log.example/silent",
  vkey: logVkey(generateLogKey("log.example/silent")),
  url: `http://127.0.0.1:${(mute.address() as AddressInfo).port}`,
};
const nowhere = { origin: "log.example/nowhere", vkey: logVkey(generateLogKey("log.example/nowhere")) };
const impostor = { origin: "log.example/impostor", vkey: rogue.vkey, url: rogue.url };

/** One exchange as both sides recorded it, one that only one side did, and a stranger's copy of the pair. */
const shared = someDigest();
function call(role: "consumer" | "provider", pair: string): Uint8Array {
  const [member, peer] = role === "consumer" ? ["TW/GOV/MOHW", "TW/GOV/MOI"] : ["TW/GOV/MOI", "TW/GOV/MOHW"];
  const digests = { pair, rec: someDigest(), req: someDigest(), res: someDigest(), sub: someDigest() };
  const about = { service: `${peer}/household/lookup`, purpose: "bench", basis: "bench", out: "200" };
  const all = { v: 1, t: "exchange.call", at: "2026-11-22T08:00:00Z", role, member, peer, ...about, ...digests };
  return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)))));
}
const asker = await handmade("asker", [call("consumer", shared), call("consumer", someDigest())]);
const anchored = { root: Buffer.alloc(32).toString("base64"), name: "tsa", at: "2026-11-22T08:10:00Z" };
const answerer = await handmade("answerer", [call("consumer", shared), call("provider", shared)], undefined, {
  "anchors/index.json": { days: [{ day: "2026-11-22", from: 1, to: 2, records: 7 }, { day: markup }] },
  "anchors/2026-11-22.json": {
    anchors: [1, 2].map((size) => ({ ...anchored, size, file: `${size}-tsa.tsr` })),
  },
});

const alone = await handmade("alone", [call("provider", someDigest())]);

const others = [rogue, forged, garbage, silent, nowhere, impostor];
const member = { id: "TW/GOV/MOI", name: { "zh-Hant": "內政部", en: "Interior" }, subsystems: [] };
const health = { id: "TW/GOV/MOHW", name: { "zh-Hant": "衛福部", en: "Health" }, subsystems: [] };
const configuration = {
  members: [member, health],
  gateways: [
    { id: "TW/GOV/MOI/gw1", member: member.id, logs: [...others, answerer, alone] },
    { id: "TW/GOV/MOHW/gw1", member: health.id, logs: [asker] },
  ],
  logs: [],
  witnesses: [{ name: witness.name, vkey: witness.vkey, url: witness.url }],
} as unknown as ConfigurationBody;

const ownUrl = await listen(logRoutes(log));
const publicLogs = openPublicLogs({
  configuration: { current: async () => configuration },
  clock: systemClock,
  own: { origin: own.origin, vkey: own.vkey, url: ownUrl, read: async (path) => (await log.read(path))?.body },
});
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const onlyOwn = async (): Promise<string> =>
  (await publicLogs.announced()).policy
    .split("\n")
    .filter((line) => !line.startsWith("log ") || line.includes(own.origin))
    .join("\n");
let policy = onlyOwn;
const logWatch = watchLogs({ policy: () => policy(), clock: systemClock, logger: quiet, every: 50 });

function appWith(context: Partial<PortalContext>): Hono<PortalEnv> {
  const whole = {
    portal: { country: taiwan, clock: systemClock },
    options: { origin: "http://portal.test", logger: quiet },
    publicLogs,
    logWatch,
    ...context,
  } as unknown as PortalContext;
  return new Hono<PortalEnv>()
    .use(async (c, next) => {
      c.set("visit", { lang: (c.req.header("x-lang") ?? "en") as Language, session: undefined });
      await next();
    })
    .route("/", recordRoutes(whole));
}
const app = appWith({});
const base = `/record/${encodeURIComponent(own.origin)}`;

async function ask(
  path: string,
  lang: Language = "en",
): Promise<{ status: number; body: string; ms: number; type: string }> {
  const begun = performance.now();
  const answer = await app.request(path, { headers: { "x-lang": lang } });
  const body = await answer.text();
  return { status: answer.status, body, ms: performance.now() - begun, type: answer.headers.get("content-type") ?? "" };
}

before(async () => until(() => logWatch.report !== undefined));
after(async () => {
  await logWatch.stop();
  mute.close();
});

test("the list names every log, waits for no silent one, and believes no key that is another's", async () => {
  const first = await ask("/record");
  assert.equal(first.status, 200);
  // A silent log is given a second, and its connection five.
  assert.ok(first.ms < 2500, `${first.ms} ms`);
  for (const { origin } of [own, rogue, forged, garbage, silent, nowhere])
    assert.ok(first.body.includes(origin), origin);
  assert.ok(!first.body.includes(impostor.origin));
  assert.match(first.body, /600/);
  assert.match(first.body, /Silent/);
  assert.match(first.body, /Wrong signature/);
  const second = await ask("/record");
  assert.ok(second.ms < 300, `${second.ms} ms`);
  assert.match((await ask("/record", "zh-Hant")).body, /讀不到/);
});

test("every page is sound in both languages", async () => {
  const pages = [
    "/record",
    base,
    `${base}?rate=day`,
    `${base}?kind=invitation.made&before=300`,
    `${base}/0`,
    `${base}/599`,
    "/record/rogue",
    "/record/rogue/0",
    "/record/rogue/1",
    "/record/forged",
    "/record/forged/0",
    "/record/garbage",
    "/record/silent",
    "/record/silent/0",
    "/record/nowhere",
    "/record/findings",
    "/record/check",
  ];
  for (const path of pages)
    for (const lang of ["zh-Hant", "en"] as const) {
      const { body, type, ms } = await ask(path, lang);
      assert.match(type, /text\/html/, path);
      assert.deepEqual(findFlaws(body, lang), [], `${path} in ${lang}`);
      assert.ok(ms < 1500, `${path}: ${ms} ms`);
      assert.ok(!body.includes(markup), `${path} lets markup through`);
    }
});

test("entries are listed newest first, by kind, page by page, each once", async () => {
  const seen: number[] = [];
  let path: string | undefined = `${base}?kind=invitation.made`;
  for (let pages = 0; path && pages < 40; pages += 1) {
    const { body }: { body: string } = await ask(path);
    for (const [, index] of body.matchAll(/<td[^>]*>\s*<a href="[^"]*\/(\d+)"/g)) seen.push(Number(index));
    path = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll("&amp;", "&");
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 600 }, (_, at) => 599 - at),
  );
  assert.match((await ask(`${base}?kind=right.changed`)).body, /None of this kind/);
  assert.match((await ask(base)).body, /600 entries|600<\/b>/);
});

test("the plot counts the entries of each hour, with a table behind it", async () => {
  const { body } = await ask(base);
  const bars = [...body.matchAll(/<rect\s+class="bar"/g)];
  assert.equal(bars.length, 24);
  const rows = /<caption>Last 24 hours[\s\S]*?<\/table>/.exec(body)![0];
  const counts = [...rows.matchAll(/data-label="Entries"[^>]*>\s*(\d+)/g)].map(([, count]) => Number(count));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    600,
  );
  assert.ok(counts.filter((count) => count === 60).length >= 8);
});

test("an entry's page draws its proof, and what it hands out verifies", async () => {
  const { body } = await ask(`${base}/257`);
  assert.match(body, /The way from entry 257 to the root of 600 entries/);
  assert.match(body, /A member(?:'|&#39;)s gateway was invited/);
  // Ten levels: one own and one given hash each, and the root.
  assert.equal([...body.matchAll(/<rect\s+class="own/g)].length, 11);
  assert.equal([...body.matchAll(/<rect\s+class="given/g)].length, 10);
  const receipt = JSON.parse((await ask(`${base}/257/receipt.json`)).body) as Receipt;
  const whole = (await ask("/record/policy.txt")).body;
  const verdict = await verifyReceipt(receipt, whole);
  assert.ok(verdict.ok, JSON.stringify(verdict));
  assert.equal(verdict.index, 257);
  assert.ok(body.includes(verdict.root));
  assert.equal((await ask(`${base}/257/entry.tlog-proof`)).body, receipt.proof);
  assert.equal((await ask(`${base}/257/entry.bin`)).type, "application/octet-stream");
  assert.match(whole, new RegExp(`^log \\S+ ${rogue.url}$`, "m"));
  assert.equal((await ask(`${base}/key.txt`)).body, `${own.vkey}\n`);
  assert.ok((await ask(`${base}/checkpoint.txt`)).body.startsWith(`${own.origin}\n600\n`));
});

test("an exchange's page leads to the other side's entry, and not to a stranger's copy of the pair", async () => {
  const asked = (await ask("/record/asker/0")).body;
  assert.match(asked, /The other side recorded the same exchange: <a href="\/record\/answerer\/1"/);
  const answered = (await ask("/record/answerer/1")).body;
  assert.match(answered, /<a href="\/record\/asker\/0"\s*>Health, Entry 0/);
  assert.match((await ask("/record/alone/0", "zh-Hant")).body, /沒有找到另一方的那一筆/);
  // Interior keeps a log that is silent: nobody may say that its entry is not there.
  assert.match((await ask("/record/asker/1")).body, /cannot be read right now; look again later/);
  assert.ok(!(await ask(`${base}/257`)).body.includes("The other side"));
  for (const path of ["/record/asker/0", "/record/asker/1"])
    assert.deepEqual(findFlaws((await ask(path, "zh-Hant")).body, "zh-Hant"), []);
});

test("a log that is anchored outside says since when and by whom, and another says nothing of it", async () => {
  const { body } = await ask("/record/answerer");
  assert.match(body, /tsa: the first 2 entries[\s\S]*not checked here[\s\S]*\/anchors\/index\.json"\s*>All 7 records/);
  assert.ok(!body.includes("the first 1 entries") && !body.includes(markup));
  assert.ok(!(await ask("/record/asker")).body.includes("vouched for outside"));
});

describe("addresses that name nothing", () => {
  for (const [path, status] of [
    [`${base}/600`, 404],
    [`${base}/-1`, 404],
    [`${base}/1.5`, 404],
    [`${base}/01`, 404],
    [`${base}/1e3`, 404],
    [`${base}/%20`, 404],
    [`${base}/9007199254740993`, 404],
    [`${base}/${"9".repeat(400)}`, 404],
    [`${base}/600/receipt.json`, 404],
    [`${base}/x/entry.bin`, 404],
    ["/record/nobody", 404],
    ["/record/nobody/0", 404],
    ["/record/nobody/key.txt", 404],
    ["/record/%ff", 404],
    [`/record/${"x".repeat(5000)}`, 404],
    ["/record/impostor", 404],
    [`${base}?before=-5&kind=__proto__&rate=year`, 200],
    [`${base}?before=99999999999999999999`, 200],
    [`${base}?before=0`, 200],
    [`${base}/entry?entry=12`, 303],
    [`${base}/entry?entry=//evil.example`, 303],
    ["/record//evil.example/entry?entry=1", 404],
    ["/record/silent/0", 503],
    ["/record/silent/0/receipt.json", 503],
    ["/record/forged/0", 503],
  ] as const)
    test(`${path.slice(0, 80)} → ${status}`, async () => {
      const answer = await app.request(path);
      assert.equal(answer.status, status);
      if (status === 303) assert.ok(answer.headers.get("location")?.startsWith("/record/"));
    });
});

test("what does not fit is said plainly and not shown", async () => {
  assert.match((await ask("/record/forged/0")).body, /File does not fit/);
  assert.match((await ask("/record/garbage")).body, /was not signed by this log/);
  assert.match((await ask("/record/nowhere")).body, /announces no address/);
  const unknown = (await ask("/record/rogue/1")).body;
  assert.match(unknown, /no published kind/);
  assert.match(unknown, /3c7363726970743e/, "bytes with control characters are shown as hexadecimal");
  const known = (await ask("/record/rogue/0")).body;
  assert.match(known, /A gateway took a new common configuration into use/);
  assert.ok(known.includes("&lt;script&gt;alert(1)"));
  assert.match(known, /The witnesses have not signed this root yet/);
});

test("the findings say when nothing was found, and what was", async () => {
  const none = (await ask("/record/findings")).body;
  assert.match(none, /Nothing was found[\s\S]*600 entries in 1 logs were checked, and each of them fits/);
  const exported = JSON.parse((await ask("/record/findings.json")).body) as { report: { findings: unknown[] } };
  assert.deepEqual(exported.report.findings, []);

  // Nobody cosigns the log written by hand, and the monitor would wait for it.
  policy = async () => (await onlyOwn()).replace(/^quorum .*$/m, `log ${rogue.vkey} ${rogue.url}\nquorum none`);
  await until(() => logWatch.report?.findings.some(({ kind }) => kind === "schema") === true, 9000);
  const some = (await ask("/record/findings")).body;
  assert.match(some, /Not on the list[\s\S]*What happens next/);
  assert.match(some, /href="\/record\/rogue\/1"/);
  assert.deepEqual(findFlaws(some, "en"), []);
  assert.match((await ask("/record")).body, /href="\/record\/findings"\s*>\s*\d/);

  policy = async () => "no policy at all";
  await until(() => logWatch.fault !== undefined, 9000);
  assert.match((await ask("/record/findings")).body, /The monitor could not look[\s\S]*monitor-policy-invalid/);
});

test("from memory a page takes milliseconds", async (t) => {
  for (const path of ["/record", base, `${base}/257`, "/record/findings"]) {
    const times: number[] = [];
    for (let round = 0; round < 40; round += 1) times.push((await ask(path)).ms);
    times.sort((a, b) => a - b);
    t.diagnostic(`${path.slice(0, 12)}: median ${times[20]!.toFixed(1)} ms, p95 ${times[37]!.toFixed(1)} ms`);
    assert.ok(times[20]! < 30, `${path}: median ${times[20]} ms`);
  }
});
