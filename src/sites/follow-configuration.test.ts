import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openAuthority } from "#exchange";
import { listen } from "#http";
import { systemClock } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { testDatabase } from "#store/testing";
import { followConfiguration } from "./follow-configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-follow-"));
const database = await testDatabase();
const origin = "log.test/authority";
const authority = await openAuthority({
  database,
  log: await openLog({ database, origin, key: generateLogKey(origin), clock: systemClock }),
  keysFolder: join(folder, "authority"),
  instance: "TW",
  clock: systemClock,
});
let served = authority.current();
const server = await listen(() => new Response(served), { host: "127.0.0.1", port: 0, option: "--port" });
after(async () => {
  await server.close();
  await authority.close();
  rmSync(folder, { recursive: true, force: true });
});
const follow = (kept?: string) =>
  followConfiguration({
    url: server.url,
    anchor: authority.anchor,
    clock: systemClock,
    serves: -1,
    ...(kept === undefined ? {} : { kept }),
  });

test("a site that starts anew is not led back behind the version it had accepted", async () => {
  const kept = join(folder, "configuration.json");
  const older = served;
  const { version } = await authority.issue();
  served = authority.current();
  assert.equal((await follow(kept).current()).version, version);
  for (const answer of [older, "no configuration"]) {
    served = answer;
    const restarted = follow(kept);
    const [one, other] = await Promise.all([restarted.current(), restarted.current()]);
    assert.deepEqual([one.version, other.version], [version, version]);
  }
  served = older;
  assert.equal((await follow().current()).version, version - 1, "without a file nothing is remembered");
});
