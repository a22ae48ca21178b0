import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { verifyEvidenceFile } from "#exchange";
import { formatPolicy } from "#ledger";
import { exportEvidenceAtSite, runSite } from "#sites";
import { askUsage, testSites } from "./test-sites.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function taroko(...args: string[]): Promise<readonly [status: number, output: string]> {
  const command = spawn(process.execPath, ["src/cli.ts", "evidence", ...args], { cwd: root });
  const ended = once(command, "close");
  const said = await Promise.all([text(command.stdout), text(command.stderr)]);
  const [status] = (await ended) as [number];
  return [status, said.join("")];
}

test("an operator exports the evidence of one exchange, and an auditor checks it without a network", async (t) => {
  const sites = await testSites();
  const { folder, anchor } = sites;
  const { path, agency } = await sites.gatewayFile("REG", {
    rights: [
      {
        subsystem: "sys",
        serviceCode: "findUsage",
        subject: { memberClass: "GOV", memberCode: "REG", subsystemCode: "sys" },
      },
    ],
    keepMessages: [{ service: "TW/GOV/REG/*", days: 30, bodies: true }],
  });
  const gateway = await runSite(path);
  t.after(() => gateway.site.close());
  const asked = await askUsage(agency, {
    headers: { "x-road-client": "TW/GOV/REG/sys", "content-type": "application/json" },
  });
  assert.equal(asked.status, 200, await asked.text());
  const id = asked.headers.get("x-road-request-id") ?? "";

  const policy = join(folder, "policy.txt");
  const vkey = String(gateway.facts["log"]);
  writeFileSync(policy, formatPolicy({ logs: [vkey], witnesses: [], quorum: 0 }));
  const out = join(folder, "consumer.asice");
  const [written, told] = await taroko("export", path, id, "--out", out, "--side", "consumer");
  assert.equal(written, 0, told);
  const [status, verdict] = await taroko("verify", out, "--anchor", anchor, "--policy", policy);
  // A log without witnesses: what it says of the time is only its keeper's word.
  assert.equal(status, 2, verdict);
  assert.match(verdict, /^indeterminate 無法判定\n {2}sealed by {2}TW\/GOV\/REG\n/);
  assert.match(verdict, /^unchecked: time: time-stamp-missing$/m);
  assert.equal(verdict.match(/^unchecked/gm)?.length, 1, verdict);

  const changed = readFileSync(out);
  changed[changed.indexOf("A700000001")]! ^= 1;
  const other = join(folder, "changed.asice");
  writeFileSync(other, changed);
  const found = await verifyEvidenceFile(other, { anchor });
  assert.deepEqual([found.verdict, found.findings[0]?.code], ["invalid", "zip-damaged"]);
  assert.deepEqual(Object.keys(found.findings[0]?.words ?? {}), ["zh-Hant", "en"]);
  const form = { out: other, form: "exchange" } as const;
  const provider = await exportEvidenceAtSite(path, id, { ...form, side: "provider" });
  assert.ok(provider.bytes > 5000);
  assert.equal((await verifyEvidenceFile(other, { anchor })).facts.signer, "TW/GOV/REG");
  const unknown = exportEvidenceAtSite(path, "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21", form);
  await assert.rejects(unknown, { code: "evidence-unknown", refused: true });
  const file = JSON.parse(readFileSync(path, "utf8")) as { authority: object };
  writeFileSync(path, JSON.stringify({ ...file, authority: { ...file.authority, url: "http://127.0.0.1:9" } }));
  await assert.rejects(exportEvidenceAtSite(path, id, form), { code: "seal-unavailable" });
});
