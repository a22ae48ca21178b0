import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { systemClock, uuidV7 } from "#kernel";
import { generateLogKey, openLog } from "#ledger";
import { testDatabase } from "#store/testing";
import { openAuthority } from "../authority/authority.ts";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import { publicJwkOf } from "../gateway/enrol.ts";
import { named, testFolder } from "../testing.ts";
import { signRequest } from "./request.ts";

const database = await testDatabase();
const origin = "authority.test/log";
const logKey = generateLogKey(origin);
const log = await openLog({ database, origin, key: logKey, clock: systemClock });
const options = { database, log, keysFolder: testFolder(), instance: "TW", clock: systemClock };
const authority = await openAuthority(options);
test.after(() => authority.close());

/** Another process of the authority that approves and is killed once the decision stands and before the issue is kept, or when all is committed. */
async function approveAndDie(id: string, at: "configuration.issued" | "committed"): Promise<void> {
  const script = `
    import { openDatabase } from "#store";
    import { importLogKey, openLog } from "#ledger";
    import { systemClock } from "#kernel";
    import { openAuthority } from "#exchange";
    const [url, keysFolder, id, at, pem] = process.argv.slice(1);
    const die = () => process.kill(process.pid, "SIGKILL");
    const database = openDatabase(url);
    const origin = "authority.test/log";
    const log = await openLog({ database, origin, key: importLogKey(origin, pem), clock: systemClock });
    let armed = false;
    const append = async (tx, entry) => {
      const position = await log.append(tx, entry);
      if (armed && entry.t === at) { die(); await new Promise(() => undefined); }
      return position;
    };
    const authority = await openAuthority({ database, log: { ...log, append }, keysFolder, instance: "TW", clock: systemClock });
    armed = true;
    await authority.membership.decide({ id, decision: "approved", by: "Lin Mei" });
    die();`;
  const args = ["--input-type=module", "-e", script, database.url, options.keysFolder, id, at, logKey.exportPem()];
  const child = spawn(process.execPath, args, {
    cwd: new URL("../../..", import.meta.url),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.equal(signal, "SIGKILL");
}

test("killed between approval and issue: neither is there; killed after both: both are", async () => {
  for (const [code, at, there] of [
    ["TWO", "configuration.issued", false],
    ["THREE", "committed", true],
  ] as const) {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const id = uuidV7();
    const request = {
      instance: "TW",
      id,
      issuedAt: new Date().toISOString(),
      gateway: `TW/GOV/${code}/gw1`,
      signingKey: publicJwkOf(key),
      content: { kind: "member.join" as const, name: named(code), subsystems: [] },
    };
    const taken = await authority.membership.take(await signRequest(request, { keyid: "any", privateKey: key }));
    assert.ok(taken.ok);
    await approveAndDie(id, at);
    const row = await authority.membership.request(id);
    assert.equal(row?.state, there ? "approved" : "pending", at);
    await authority.issue();
    const { signed } = JSON.parse(authority.current()) as { signed: ConfigurationBody };
    assert.equal(
      signed.members.some((one) => one.id === `TW/GOV/${code}`),
      there,
      at,
    );
    if (there) continue;
    const again = await authority.membership.decide({ id, decision: "approved", by: "Lin Mei" });
    assert.ok(again.ok, "the registrar approves again");
  }
});
