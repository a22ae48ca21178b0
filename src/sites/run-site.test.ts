import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "#kernel";
import { forgetAtSite, inviteMember, readSiteFile, runSite } from "#sites";
import { testDatabase } from "#store/testing";

const examples = new URL("../../examples/sites/", import.meta.url);
const country = fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "taroko-sites-"));

/** An example as it lies in the repository, with this test's addresses in it. */
function fileFrom(example: string, changes: object): string {
  const path = join(folder, `${Math.random().toString(36).slice(2)}-${example}`);
  writeFileSync(
    path,
    JSON.stringify({
      ...(JSON.parse(readFileSync(new URL(example, examples), "utf8")) as object),
      country,
      ...changes,
    }),
  );
  return path;
}

/** A connection that lay idle may be closed by the server at the very moment it is used again: then once more. */
function get(url: string, init?: RequestInit): Promise<Response> {
  return fetch(url, init).catch(() => fetch(url, init));
}

test("the example files start an authority, a witness and a gateway that know each other", async (t) => {
  const listen = async () => ({ host: "127.0.0.1", port: await freePort() });
  const authorityFile = fileFrom("authority.json", {
    database: (await testDatabase()).url,
    keys: join(folder, "authority"),
    listen: await listen(),
  });
  const authority = await runSite(authorityFile);
  const sites = [authority];
  // Also when the test fails: what runs on would keep the file from ending.
  t.after(async () => {
    for (const { site } of sites.toReversed()) await site.close();
  });
  const trust = { url: authority.facts["url"], anchor: authority.facts["anchor"] };
  const { country: _none, ...witnessChanges } = {
    country: "",
    database: (await testDatabase()).url,
    keys: join(folder, "witness"),
    listen: await listen(),
    authority: trust,
  };
  const witnessPath = fileFrom("witness.json", witnessChanges);
  writeFileSync(
    witnessPath,
    JSON.stringify({ ...(JSON.parse(readFileSync(witnessPath, "utf8")) as object), country: undefined, mlDsa: true }),
  );
  const witness = await runSite(witnessPath);
  sites.push(witness);

  const registers = await testDatabase();
  await registers.run("create schema household");
  await registers.run(
    "create table household.representation (representative_id text, principal_id text, principal_name text, kind text, valid_until date, primary key (representative_id, principal_id))",
  );
  const { invitation } = await inviteMember(authorityFile, "TW/GOV/MOI");
  const [agency, log, peer] = [await listen(), await listen(), await listen()];
  const gatewayFile = fileFrom("gateway.json", {
    database: (await testDatabase()).url,
    keys: join(folder, "gateway"),
    authority: trust,
    invitation,
    agency,
    peer: { ...peer, publicAddress: `127.0.0.1:${peer.port}` },
    public: log,
    mlDsa: true,
    witnesses: [{ name: "witness.example/audit-office", ...witness.facts }],
    registers: [{ service: "representation", database: registers.url }, { file: "guardians.yaml" }],
    groups: [{ code: "own", title: "Own systems", members: ["TW/GOV/MOI/household"] }],
    rights: [{ subsystem: "household", serviceCode: "findUsage", subject: { localGroup: "own" } }],
  });
  const declare = (service: string): void =>
    writeFileSync(
      join(folder, "guardians.yaml"),
      `subsystem: household\nservice: ${service}\nsource: { csv: guardians.csv }\nkey: ward\nfields: [ward]\n`,
    );
  declare("guardians");
  writeFileSync(join(folder, "guardians.csv"), "ward\n1\n");
  await assert.rejects(forgetAtSite(gatewayFile, "A700000001", "pdpa-11"), { code: "site-file" }, "it has no keys yet");
  const gateway = await runSite(gatewayFile);
  sites.push(gateway);
  const answer = await get(`http://127.0.0.1:${agency.port}/listClients`, {
    headers: { accept: "application/json" },
  });
  const clients = (await answer.json()) as { member: { id: { subsystem_code?: string } }[] };
  assert.ok(clients.member.some((one) => one.id.subsystem_code === "household"));
  const offered = async (): Promise<string> => {
    const headers = { "x-road-client": "TW/GOV/MOI/household" };
    const methods = await get(`http://127.0.0.1:${agency.port}/r1/TW/GOV/MOI/household/listMethods`, { headers });
    const { service } = (await methods.json()) as { service: { service_code: string }[] };
    return service.map(({ service_code: code }) => code).join();
  };
  assert.equal(await offered(), "representation,guardians,findUsage");
  declare("wards");
  await gateway.site.reload!();
  assert.equal(await offered(), "representation,wards,findUsage");
  // Both keys of the log signed its head, and both of the witness.
  let head = "";
  for (let tries = 0; tries < 100 && head.split("\n").length < 9; tries += 1) {
    head = await (await get(`http://127.0.0.1:${log.port}/checkpoint`)).text();
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const signers = head.split("\n").flatMap((line) => (line.startsWith("\u2014") ? line.split(" ")[1] : []));
  assert.deepEqual(signers, [
    "log.moi.example/2026",
    "log.moi.example/2026",
    "witness.example/audit-office",
    "witness.example/audit-office",
  ]);
  const asked = await get(`http://127.0.0.1:${agency.port}/r1/TW/GOV/MOI/household/findUsage/v1/search`, {
    method: "POST",
    headers: { "x-road-client": "TW/GOV/MOI/household", "content-type": "application/json" },
    body: '{"subject":"A700000001"}',
  });
  assert.equal(asked.status, 200, await asked.text());
  const forget = async (input: string): Promise<[number | null, string]> => {
    // Not waited for in one go: the gateway runs in this process, and may hold a lock that the command waits for.
    const command = spawn(process.execPath, ["src/cli.ts", "forget", gatewayFile, "--basis", "pdpa-11"], { cwd: root });
    command.stdin.end(input);
    const ended = once(command, "close");
    const said = await Promise.all([text(command.stdout), text(command.stderr)]);
    const [status] = (await ended) as [number | null];
    return [status, said.join("")];
  };
  // Both ends of that look-up lie here: its two records are all there is about her.
  assert.deepEqual(await forget("A700000001\n"), [0, '{"forgotten":true,"keys":true,"records":2,"basis":"pdpa-11"}\n']);
  for (const [input, said] of [
    ["A700000001", "nothing is known of this person here"],
    ["", "standard input must be one identifier"],
    ["A700000001\nA700000002\n", "standard input must be one identifier"],
  ] as const) {
    const [status, output] = await forget(input);
    assert.deepEqual([status, output.startsWith(said), output.includes("A7000")], [1, true, false], output);
  }
  await assert.rejects(forgetAtSite(authorityFile, "A700000001", "pdpa-11"), { code: "site-file" });
  assert.match(gateway.facts["logMlDsa"] ?? "", /^log\.moi\.example\/2026\+[0-9a-f]{8}\+B/);
  assert.deepEqual(await authorityEntries(authority.facts["url"]!), [
    "ledger.policy",
    "configuration.issued",
    "member.registered",
    "configuration.issued",
    "member.registered",
    "configuration.issued",
    "invitation.made",
    "gateway.enrolled",
    "certificate.issued",
    "configuration.issued",
  ]);
});

/** The kinds of the authority's log as anybody reads them: the first partial bundle, once all is there. */
async function authorityEntries(url: string): Promise<string[]> {
  const read = (path: string): Promise<Response> => get(`${url}/log/${path}`);
  let size = 0;
  for (let tries = 0; tries < 200 && size < 10; tries += 1) {
    size = Number((await (await read("checkpoint")).text()).split("\n")[1]);
    await new Promise((next) => setTimeout(next, 20));
  }
  const bundle = await (await read(`tile/entries/000.p/${size}`)).text();
  return [...bundle.matchAll(/"t":"([a-z.-]+)"/g)].map(([, kind]) => kind!);
}

test("a file with faults says all of them at once, and an invitation needs a registered member", async () => {
  assert.throws(
    () => readSiteFile(fileFrom("gateway.json", { database: "mysql://x", agency: { port: 99_999 }, typo: 1 })),
    (fault: Error & { code: string }) => {
      assert.equal(fault.code, "site-file");
      for (const wanted of ["database", "agency.port", "typo"]) assert.match(fault.message, new RegExp(wanted));
      return true;
    },
  );
  assert.throws(() => readSiteFile(join(folder, "nothing.json")), { code: "site-file" });
  const file = fileFrom("authority.json", { database: (await testDatabase()).url, keys: join(folder, "authority-2") });
  await assert.rejects(inviteMember(file, "TW/GOV/NOBODY"), { code: "unknown-member" });
  await assert.rejects(inviteMember(file, "MOI"), { code: "member-malformed" });
});
