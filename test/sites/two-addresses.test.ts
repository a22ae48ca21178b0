import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runSite } from "#sites";
import { askUsage, testSites } from "./test-sites.ts";

test("a second gateway of a member, set up as the guide says, serves when the first is gone, from the same log", async (t) => {
  const sites = await testSites();
  const first = await sites.gatewayFile("REG");
  const one = await runSite(first.path);
  const keys = join(sites.folder, "REG-2");
  mkdirSync(keys, { mode: 0o700 });
  for (const shared of ["log.pem", "persons.secret", "lookup.key"])
    cpSync(join(sites.folder, "REG", shared), join(keys, shared));
  const second = await sites.gatewayFile("REG", { serverCode: "gw2", keys, database: first.databaseUrl });
  const two = await runSite(second.path);
  const app = await sites.gatewayFile("APP");
  const consumer = await runSite(app.path);
  t.after(async () => {
    for (const { site } of [consumer, two]) await site.close();
  });
  assert.equal(one.facts["log"], two.facts["log"], "one log");
  const served = await askUsage(app.agency);
  assert.equal(served.status, 200, await served.text());
  await one.site.close();
  const began = performance.now();
  const again = await askUsage(app.agency);
  const took = performance.now() - began;
  assert.equal(again.status, 200, await again.text());
  assert.ok(took < 1000, `${took.toFixed(0)} ms`);
  const pinned = await askUsage(app.agency, {
    headers: { "x-road-client": "TW/GOV/APP/sys", "x-road-security-server": "TW/GOV/REG/gw1" },
  });
  assert.equal(((await pinned.json()) as { problem: string }).problem, "/problems/peer-unreachable");
});
