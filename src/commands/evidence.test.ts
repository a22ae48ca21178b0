import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { verifyEvidenceFile } from "#exchange";
import { freePort } from "#kernel";
import { formatPolicy } from "#ledger";
import { exportEvidenceAtSite, inviteMember, runSite } from "#sites";
import { testDatabase } from "#store/testing";

const root = fileURLToPath(new URL("../../", import.meta.url));
const country = join(root, "countries/taiwan/index.ts");

async function taroko(...args: string[]): Promise<readonly [status: number, output: string]> {
  const command = spawn(process.execPath, ["src/cli.ts", "evidence", ...args], { cwd: root });
  const ended = once(command, "close");
  const said = await Promise.all([text(command.stdout), text(command.stderr)]);
  const [status] = (await ended) as [number];
  return [status, said.join("")];
}

test("an operator exports the evidence of one exchange, and an auditor checks it without a network", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "taroko-evidence-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const listen = async () => ({ host: "127.0.0.1", port: await freePort() });
  const fileFrom = (example: string, changes: object): string => {
    const path = join(folder, example);
    const was = JSON.parse(readFileSync(join(root, "examples/sites", example), "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...was, ...changes }));
    return path;
  };
  const authorityFile = fileFrom("authority.json", {
    country,
    database: (await testDatabase()).url,
    keys: join(folder, "authority"),
    listen: await listen(),
  });
  const authority = await runSite(authorityFile);
  const sites = [authority];
  t.after(async () => {
    for (const { site } of sites.toReversed()) await site.close();
  });
  const trust = { url: String(authority.facts["url"]), anchor: String(authority.facts["anchor"]) };
  const { invitation } = await inviteMember(authorityFile, "TW/GOV/MOI");
  const [agency, log, peer] = [await listen(), await listen(), await listen()];
  const household = { memberClass: "GOV", memberCode: "MOI", subsystemCode: "household" };
  const gatewayFile = fileFrom("gateway.json", {
    country,
    database: (await testDatabase()).url,
    keys: join(folder, "gateway"),
    authority: trust,
    invitation,
    agency,
    peer: { ...peer, publicAddress: `127.0.0.1:${peer.port}` },
    public: log,
    witnesses: [],
    registers: [],
    rights: [{ subsystem: "household", serviceCode: "findUsage", subject: household }],
    keepMessages: [{ service: "TW/GOV/MOI/*", days: 30, bodies: true }],
  });
  const gateway = await runSite(gatewayFile);
  sites.push(gateway);
  const asked = await fetch(`http://127.0.0.1:${agency.port}/r1/TW/GOV/MOI/household/findUsage/v1/search`, {
    method: "POST",
    headers: { "x-road-client": "TW/GOV/MOI/household", "content-type": "application/json" },
    body: '{"subject":"A700000001"}',
  });
  assert.equal(asked.status, 200, await asked.text());
  const id = asked.headers.get("x-road-request-id") ?? "";

  const policy = join(folder, "policy.txt");
  const vkey = String(gateway.facts["log"]);
  writeFileSync(policy, formatPolicy({ logs: [vkey], witnesses: [], quorum: 0 }));
  const out = join(folder, "consumer.asice");
  const [written, told] = await taroko("export", gatewayFile, id, "--out", out, "--side", "consumer");
  assert.equal(written, 0, told);
  const [status, verdict] = await taroko("verify", out, "--anchor", trust.anchor, "--policy", policy);
  // A log without witnesses: what it says of the time is only its keeper's word.
  assert.equal(status, 2, verdict);
  assert.match(verdict, /^indeterminate 無法判定\n {2}sealed by {2}TW\/GOV\/MOI\n/);
  assert.match(verdict, /^unchecked: time: time-stamp-missing$/m);
  assert.equal(verdict.match(/^unchecked/gm)?.length, 1, verdict);

  const changed = readFileSync(out);
  changed[changed.indexOf("A700000001")]! ^= 1;
  const other = join(folder, "changed.asice");
  writeFileSync(other, changed);
  const found = await verifyEvidenceFile(other, { anchor: trust.anchor });
  assert.deepEqual([found.verdict, found.findings[0]?.code], ["invalid", "zip-damaged"]);
  assert.deepEqual(Object.keys(found.findings[0]?.words ?? {}), ["zh-Hant", "en"]);
  const form = { out: other, form: "exchange" } as const;
  const provider = await exportEvidenceAtSite(gatewayFile, id, { ...form, side: "provider" });
  assert.ok(provider.bytes > 5000);
  assert.equal((await verifyEvidenceFile(other, { anchor: trust.anchor })).facts.signer, "TW/GOV/MOI");
  const unknown = exportEvidenceAtSite(gatewayFile, "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21", form);
  await assert.rejects(unknown, { code: "evidence-unknown", refused: true });
  for (const { site } of sites.splice(0).toReversed()) await site.close();
  await assert.rejects(exportEvidenceAtSite(gatewayFile, id, form), { code: "seal-unavailable" });
});
