import assert from "node:assert/strict";
import test from "node:test";
import { testDatabase } from "#store/testing";
import { openAuthority } from "../authority/authority.ts";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import { authorityLog, named, testFolder, testMember } from "../testing.ts";

const clock = { now: () => new Date("2026-11-22T08:00:00Z") };
const database = await testDatabase();
const log = await authorityLog(database, clock);
const authority = await openAuthority({ database, log, keysFolder: testFolder(), instance: "TW", clock });
test.after(() => authority.close());

const shown = (): ConfigurationBody => (JSON.parse(authority.current()) as { signed: ConfigurationBody }).signed;
const memberOf = (id: string) => shown().members.find((one) => one.id === id);

await authority.registerMember({
  id: testMember("CWA"),
  name: named("Weather"),
  subsystems: [{ code: "stations", name: named("Stations") }],
});

test("groups name registered members only, and the file's members are declared once, not at every start", async () => {
  const group = { code: "city", name: named("Cities"), members: ["TW/GOV/CWA", "TW/GOV/CWA/stations"] };
  assert.ok((await authority.setGroup(group, "Lin Mei")).ok);
  assert.deepEqual(shown().groups, [group]);
  const unknown = await authority.setGroup({ ...group, code: "x", members: ["TW/GOV/NONE"] }, "Lin Mei");
  assert.ok(!unknown.ok && unknown.error.code === "unknown-member");
  const twin = await authority.setGroup({ ...group, code: "CITY" }, "Lin Mei");
  assert.ok(!twin.ok && twin.error.code === "register-conflict");
  assert.ok(await authority.removeGroup("city", "Lin Mei"));
  assert.equal(shown().groups, undefined);

  const declared = {
    id: testMember("EPA"),
    name: named("Environment"),
    subsystems: [{ code: "air", name: named("Air") }],
  };
  await authority.declareMember(declared);
  await authority.registerMember({
    ...declared,
    name: named("Renamed"),
    subsystems: [{ code: "water", name: named("Water") }],
  });
  await authority.declareMember(declared);
  assert.deepEqual(memberOf("TW/GOV/EPA")?.name, named("Renamed"), "a restart undoes nothing");
  await authority.declareMember({ ...declared, name: named("Climate") });
  assert.deepEqual(
    [memberOf("TW/GOV/EPA")?.name, memberOf("TW/GOV/EPA")?.subsystems.map((one) => one.code)],
    [named("Climate"), ["air", "water"]],
  );
});
