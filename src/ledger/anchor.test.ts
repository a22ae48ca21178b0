import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { utf8 } from "#kernel";
import { logRoutes, type Alarm, type Anchor, type AnchorHead, type Log } from "#ledger";
import { testDatabase } from "#store/testing";
import { parseDay } from "./anchor-files.ts";
import { pauseAfter } from "./anchor-heads.ts";
import { publishAnchors } from "./anchor-publish.ts";
import { addAnchor } from "./anchor-store.ts";
import { folderTarget } from "./publish-folder.ts";
import type { PublishTarget } from "./publish-target.ts";
import { running, someEntry, someLog, until } from "./testing.ts";

const database = await testDatabase();
const folder = mkdtempSync(join(tmpdir(), "taroko-anchor-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** An anchor that remembers in memory. `fail` makes it throw. */
function someAnchor(name: string): Anchor & { fail: string | undefined; hang: boolean; heads: AnchorHead[] } {
  const anchor = {
    name,
    fail: undefined as string | undefined,
    hang: false,
    heads: [] as AnchorHead[],
    publish: async (head: AnchorHead, signal?: AbortSignal) => {
      if (anchor.hang)
        await new Promise((_, stop) => signal?.addEventListener("abort", () => stop(new Error("ended"))));
      if (anchor.fail !== undefined) throw Object.assign(new Error(anchor.fail), { code: "anchor-failed" });
      anchor.heads.push(head);
      const body = utf8(JSON.stringify({ by: name, size: Number(head.size) }));
      return { at: new Date(), suffix: "json", body } as const;
    },
    verify: () => Promise.reject(new Error("not asked")),
  };
  return anchor;
}

async function grow(log: Log, count: number = 1): Promise<void> {
  for (let at = 0; at < count; at += 1) await log.wait(await log.append(database, someEntry()), "witnessed", 4000);
}

async function get(log: Log, path: string): Promise<Response> {
  return logRoutes(log, "/log/")(new Request(`http://log.example/log/${path}`));
}

const today = (): string => new Date().toISOString().slice(0, 10);

test("the newest witnessed head is recorded, served, published and shown; nothing new, nothing recorded", async () => {
  const some = someLog();
  const [one, two] = [someAnchor("one"), someAnchor("two")];
  const log = await some.open(database, { anchors: [one, two], anchorEveryMs: 30 });
  assert.equal((await get(log, "anchors/index.json")).status, 404);
  await running(log, async () => {
    await grow(log, 2);
    await until(() => one.heads.at(-1)?.size === 2n && two.heads.at(-1)?.size === 2n);
    await until(async () => (await log.status()).anchors.every(({ newest }) => newest?.size === 2n));
    const asked = one.heads.length;
    await new Promise((wake) => setTimeout(wake, 150));
    assert.equal(one.heads.length, asked, "a log that stands still is not anchored again");
  });
  const { root } = await log.status();
  const index = (await (await get(log, "anchors/index.json")).json()) as Record<string, never>;
  assert.deepEqual(Object.keys(index), ["v", "origin", "days"]);
  const response = await get(log, `anchors/${today()}.json`);
  assert.equal(response.headers.get("cache-control"), "no-cache");
  const list = (await response.json()) as { anchors: { size: number; name: string; root: string; at: string }[] };
  const last = list.anchors.filter(({ size }) => size === 2).map((one) => ({ ...one, at: "" }));
  const record = (name: string) => ({ size: 2, root, name, at: "", file: `2-${name}.json`, text: "2.txt" });
  assert.deepEqual(last, [record("one"), record("two")]);
  assert.equal(await (await get(log, "anchors/2-one.json")).text(), '{"by":"one","size":2}');
  assert.equal(await (await get(log, "anchors/2.txt")).text(), `${some.origin}\n2\n${root}\n`);
  for (const absent of ["3.txt", "2-three.json", "2-one.tsr", "2026-13-01.json", "2026-02-31.json", "x", ""])
    assert.equal((await get(log, `anchors/${absent}`)).status, 404, absent);

  await log.publishTo(folder);
  for (const file of ["index.json", `${today()}.json`, "2-one.json", "2-two.json", "2.txt"]) {
    const served = Buffer.from(await (await get(log, `anchors/${file}`)).arrayBuffer());
    assert.deepEqual(readFileSync(join(folder, "anchors", file)), served, file);
  }
  assert.equal((await log.publishTo(folder)).written, 0);
  // A database that lost a record does not take it from the readers.
  await database.run("delete from ledger.anchor where name = 'one' and size = 2");
  const again = someAnchor("three");
  const later = await some.open(database, { anchors: [again], anchorEveryMs: 30 });
  await running(later, () => until(async () => (await later.status()).anchors[0]?.newest?.size === 2n));
  await later.publishTo(folder);
  const lists = JSON.parse(readFileSync(join(folder, `anchors/${today()}.json`), "utf8")) as typeof list;
  const names = lists.anchors.filter(({ size }) => size === 2).map(({ name }) => name);
  assert.deepEqual(names, ["one", "three", "two"]);
});

test("a day's list that another process replaced meanwhile is completed by the next pass", async () => {
  const some = someLog();
  await some.open(database);
  const { origin } = some;
  const { log } = (await database.one<{ log: number }>("select log from ledger.tree where origin = $1", [origin]))!;
  const record = { at: new Date(), suffix: "json", body: utf8("{}") } as const;
  await addAnchor(database, log, { size: 2n, root: Buffer.alloc(32), name: "tsa", record });
  const place = join(folder, "raced");
  const target = folderTarget(place);
  const slower: PublishTarget = {
    ...target,
    replace: async (path, body, kind) => path !== `anchors/${today()}.json` && target.replace(path, body, kind),
  };
  await publishAnchors({ database, log, origin }, slower);
  await publishAnchors({ database, log, origin }, target);
  const list = readFileSync(join(place, "anchors", `${today()}.json`), "utf8");
  assert.deepEqual(
    parseDay(Buffer.from(list)).map(({ file }) => file),
    ["2-tsa.json"],
  );
});

test("a failing anchor alarms once for each change, holds up neither the log nor another anchor, and is asked again", async () => {
  const [bad, hanging, good] = [someAnchor("bad"), someAnchor("hanging"), someAnchor("good")];
  bad.fail = "status 503";
  hanging.hang = true;
  const alarms: Alarm[] = [];
  const some = someLog();
  const { origin } = some;
  const log = await some.open(database, {
    anchors: [bad, hanging, good],
    anchorEveryMs: 20,
    onAlarm: (alarm) => alarms.push(alarm),
  });
  await running(log, async () => {
    await grow(log, 3);
    await until(() => good.heads.at(-1)?.size === 3n);
    await new Promise((wake) => setTimeout(wake, 100));
    assert.deepEqual(
      alarms,
      [{ kind: "anchor-failing", origin, anchor: "bad", detail: "status 503" }],
      "once, not for each try",
    );
    assert.equal((await log.status()).anchors.find(({ name }) => name === "bad")?.failing, "status 503");
    bad.fail = "no answer";
    await until(() => alarms.length === 2);
    bad.fail = undefined;
    await until(() => alarms.length === 3);
    assert.deepEqual(alarms.at(-1), {
      kind: "anchor-failing",
      origin,
      over: true,
      anchor: "bad",
      detail: "3 entries are anchored",
    });
    assert.equal((await log.status()).anchors.find(({ name }) => name === "bad")?.failing, undefined);
  });
});

test("after a restart the interval goes on, and an empty log is not anchored", async () => {
  const some = someLog();
  const anchor = someAnchor("tsa");
  const first = await some.open(database, { anchors: [anchor], anchorEveryMs: 60_000 });
  await running(first, async () => {
    await new Promise((wake) => setTimeout(wake, 50));
    assert.deepEqual(anchor.heads, []);
    await grow(first);
    await until(() => anchor.heads.length === 1);
  });
  const second = await some.open(database, { anchors: [anchor], anchorEveryMs: 60_000 });
  await running(second, async () => {
    await grow(second);
    await new Promise((wake) => setTimeout(wake, 100));
    assert.equal(anchor.heads.length, 1);
  });
});

test("pauses double and end at the interval", () => {
  assert.deepEqual(
    [1, 2, 3, 99].map((failures) => pauseAfter(failures, 600_000)),
    [5000, 10_000, 20_000, 600_000],
  );
  assert.equal(pauseAfter(1, 100), 100);
});

test("names that cannot stand in file names, or two of a kind, are refused", async () => {
  for (const names of [["A"], ["a.b"], ["../x"], [""], ["a", "a"]]) {
    await assert.rejects(someLog().open(database, { anchors: names.map(someAnchor) }), { code: "ledger-anchor-name" });
  }
});
