import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { signConfiguration, type ConfigurationBody } from "./configuration.ts";
import { followConfiguration, type Conflict, type FollowOptions } from "./follow.ts";
import { publicText } from "./root.ts";
import { emptyConfiguration } from "./testing.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const start = Date.parse("2026-11-22T08:00:00Z");
let offset = 0;
const clock = { now: () => new Date(start + offset) };
const minute = 60_000;
const hour = 60 * minute;

function document(version: number, change: Partial<ConfigurationBody> = {}): string {
  return JSON.stringify(signConfiguration(emptyConfiguration(clock.now(), { version, ...change }), [privateKey]));
}

/** An address that answers what it is told to; nothing means it is away. */
async function source(first?: string): Promise<{ url: string; answer: string | undefined; asked: number }> {
  const said = { url: "", answer: first, asked: 0 };
  const server = createServer((_request, response) => {
    said.asked += 1;
    if (said.answer === undefined) response.destroy();
    else response.end(said.answer);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  after(() => server.close());
  said.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return said;
}

async function follow(urls: readonly string[], more: Partial<FollowOptions> = {}) {
  const database = more.database ?? (await testDatabase());
  await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
  const warned: string[] = [];
  const conflicts: Conflict[] = [];
  const follower = await followConfiguration({
    instance: "TW",
    authorityUrl: urls,
    anchor: publicText(privateKey),
    clock,
    every: 3600,
    warn: ({ event, detail = "" }) => void warned.push(`${event} ${detail.split(" ")[0]}`.trim()),
    onConflict: async (_tx, conflict) => void conflicts.push(conflict),
    ...more,
    database,
  });
  after(() => follower.close());
  return { follower, warned, conflicts, database };
}

test("an authority that is away: fresh, stale from the soft expiry, expired at the hard one, warned once each; back again", async () => {
  offset = 0;
  const authority = await source(document(1));
  const { follower, warned } = await follow([authority.url]);
  assert.equal(follower.state(), "fresh");
  authority.answer = undefined;
  for (const [after, state] of [
    [10 * minute - 1, "fresh"],
    [10 * minute, "stale"],
    [71 * hour, "stale"],
    [72 * hour, "expired"],
    [73 * hour, "expired"],
  ] as const) {
    offset = after;
    await follower.refresh();
    assert.equal(follower.state(), state);
  }
  assert.deepEqual(warned, [
    "authority-unreachable TypeError:",
    "configuration-stale soft",
    "configuration-expired soft",
  ]);
  assert.equal(follower.status().version, 1);
  authority.answer = document(2);
  assert.ok(await follower.refresh());
  assert.deepEqual([follower.state(), warned.at(-1)], ["fresh", "configuration-fresh soft"]);
});

test("a stale gateway takes a revocation as soon as any of the addresses has it", async () => {
  offset = 0;
  const [authority, mirror] = [await source(document(1)), await source()];
  const { follower } = await follow([authority.url, mirror.url]);
  assert.equal(mirror.asked, 0, "a mirror is not asked while the authority gives a fresh one");
  authority.answer = undefined;
  offset = hour;
  mirror.answer = document(2, { revokedKeys: ["lost"] });
  assert.ok(await follower.refresh());
  assert.deepEqual(follower.directory()?.body.revokedKeys, ["lost"]);
  assert.deepEqual(
    follower.status().sources.map(({ last }) => last.split(":")[0]),
    ["authority-unreachable", "ok"],
  );
});

test("an address that stands still does not keep what another has from being seen", async () => {
  offset = 0;
  const old = document(1);
  const [frozen, mirror] = [await source(old), await source(old)];
  const { follower, database } = await follow([frozen.url, mirror.url]);
  offset = 11 * minute;
  mirror.answer = document(2);
  assert.ok(await follower.refresh());
  assert.equal(follower.status().version, 2);
  offset = 12 * minute;
  await follower.refresh();
  assert.equal(follower.state(), "fresh");
  assert.equal(follower.status().sources[0]?.last, "configuration-refused: version-went-back");

  const restarted = await follow([frozen.url], { database });
  assert.equal(restarted.follower.status().version, 2, "what was accepted outlives the process");
  assert.deepEqual(restarted.warned, ["configuration-refused version-went-back"]);
});

test("two contents of one version: an alarm, an entry with both digests, once, and the first stays", async () => {
  offset = 0;
  const honest = document(5);
  const authority = await source(honest);
  const { follower, conflicts, warned, database } = await follow([authority.url]);
  authority.answer = document(5, { revokedKeys: ["k"] });
  await follower.refresh();
  await follower.refresh();
  assert.equal(conflicts.length, 1);
  assert.deepEqual(follower.directory()?.body.revokedKeys, []);
  assert.deepEqual(follower.status().conflict, conflicts[0]);
  assert.notEqual(conflicts[0]?.accepted, conflicts[0]?.other);
  assert.deepEqual(warned, ["configuration-refused two-contents-one-version"]);
  const restarted = await follow([authority.url], { database });
  assert.deepEqual(restarted.conflicts, [], "it is in the log already");
  assert.ok(restarted.follower.status().conflict, "but still shown");
});

test("a clock that is wrong, another country, or no signature at all change nothing", async () => {
  offset = 0;
  const authority = await source(document(1));
  const { follower, warned } = await follow([authority.url]);
  offset = 2 * minute;
  const early = document(2);
  offset = 0;
  for (const answer of [
    early,
    document(2, { instance: "EE" }),
    document(2).replace("pem", "PEM"),
    "{}",
    "x".repeat(99),
  ]) {
    authority.answer = answer;
    assert.equal(await follower.refresh(), false);
    assert.equal(follower.status().version, 1);
  }
  assert.deepEqual(
    warned.map((one) => one.split(" ")[1]),
    ["issued-in-the-future", "instance", "signature", "format"],
  );
});
