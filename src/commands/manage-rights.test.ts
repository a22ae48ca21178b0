import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generateLogKey } from "#ledger";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { manageRights, type RightsOptions } from "./manage-rights.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-rights-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const database = await testDatabase();
await migrate(database, "exchange", new URL("../exchange/migrations/", import.meta.url));
const example = JSON.parse(
  readFileSync(new URL("../../examples/sites/gateway.json", import.meta.url), "utf8"),
) as object;
const file = join(folder, "gateway.json");
const keys = join(folder, "keys");
const authority = { url: "http://127.0.0.1:9", anchor: "A".repeat(43) };
writeFileSync(file, JSON.stringify({ ...example, database: database.url, keys, authority, registers: [] }));

/** What the command says and how it ends, as a session: `$ taroko rights gateway.json <words>`. */
async function rights(words: string, options: RightsOptions = {}): Promise<string> {
  const said: string[] = [];
  for (const channel of ["log", "error"] as const) mock.method(console, channel, (text: string) => said.push(text));
  try {
    const [verb = "", ...rest] = words.split(" ");
    const status = await manageRights(file, verb, rest, { by: "Lin", ...options });
    return [...said, `exit ${status}`].join("\n");
  } finally {
    mock.restoreAll();
  }
}

const grant: RightsOptions = {
  service: "household/representation",
  subject: "TW/GOV/TPE-DOSW/welfare",
  method: "post",
  path: "/v1/search",
  purpose: ["confirm-representation", "subsidy"],
  basis: ["tw:household-registration-act"],
  field: ["name", "/address/city"],
  consent: "required",
  consentUnless: ["tw:household-registration-act"],
  timeWindow: "mon-fri 08:00-18:00 Asia/Taipei",
  sourceGateway: ["TW/GOV/TPE-DOSW/gw1"],
  quota: "100/day+10",
  until: "2028-01-01",
};

test("before the gateway's first start there is nothing to work on", async () => {
  assert.match(await rights("list"), /has not been started yet[^]*exit 2$/);
});

test("a right from the command line: proposed, approved by another, looked at, revoked", async () => {
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, "log.pem"), generateLogKey("log.moi.example/2026").exportPem());
  assert.equal(await rights("list"), "0 rights.\nexit 0");
  const proposed = await rights("propose", { ...grant, note: "asked in writing" });
  const id = /"id":"([0-9a-f-]{36})"/.exec(proposed)?.[1] ?? "";
  assert.match(proposed, /"state":"proposed"\}\nexit 0$/);
  assert.match(await rights("review"), /^waits-for-approval .*household\/representation[^]*1 to look at\.\nexit 0$/);
  assert.match(await rights(`approve ${id}`), /Whoever proposed a right cannot approve it[^]*exit 1$/);
  assert.match(await rights(`approve ${id}`, { by: "Chen" }), /"state":"active"\}\nexit 0$/);
  const shown = await rights(`show ${id}`);
  assert.match(
    shown,
    /fields +name, \/address\/city\nquota +100\/day\+10\nhours +mon-fri 08:00-18:00 Asia\/Taipei\ngateways +TW\/GOV\/TPE-DOSW\/gw1\n/,
  );
  assert.match(shown, /consent +required, unless the basis is tw:household-registration-act\n/);
  assert.match(shown, /1 {2}\S+ {2}proposed +Lin: asked in writing\n {2}2 {2}\S+ {2}approved +Chen\n/);
  assert.match(await rights("list", { state: "active" }), /until 2028-01-01\n1 right\.\nexit 0$/);
  assert.match(
    await rights("who-reads /address"),
    /^0 rights release[^]*Unknown, as no description says[^]*a part of it, with the person's consent unless the basis is tw:household-registration-act\n {4}TW\/GOV\/TPE-DOSW\/welfare\nexit 0$/,
  );
  assert.match(await rights("who-reads income"), /^Nobody could read income\.\nexit 0$/);
  assert.match(await rights(`simulate`, { revoke: [id] }), /^0 calls of 0 kinds[^]*No call would be judged otherwise/);
  assert.match(await rights(`revoke ${id}`), /"state":"revoked"\}\nexit 0$/);
  assert.match(await rights(`resume ${id}`), /not in a state for this \(state: revoked, act: resume\)[^]*exit 1$/);
});

test("a right on all of a register's GovStack service is proposed with a warning that it covers writes", async () => {
  const { method: _method, path: _path, ...whole } = grant;
  const service = "household/representation-dr";
  assert.match(
    await rights("propose", { ...whole, service }),
    /covers create, update and delete[^]*"state":"proposed"/,
  );
  assert.doesNotMatch(await rights("propose", { ...grant, service }), /covers create/);
  assert.doesNotMatch(await rights("propose", whole), /covers create/);
});

test("groups from the command line", async () => {
  assert.match(await rights("join cities TW/GOV/A/b"), /There is no such group[^]*exit 1$/);
  assert.match(await rights("group cities", { title: "Cities" }), /exit 0$/);
  assert.match(await rights("join cities TW/GOV/A/b"), /"changed":true\}\nexit 0$/);
  assert.match(await rights("groups"), /LOCALGROUP:cities {2}Cities\n {4}TW\/GOV\/A\/b\n/);
  assert.match(await rights("leave cities TW/GOV/A/b"), /"changed":true\}\nexit 0$/);
});

const misuses: [string, RightsOptions, RegExp][] = [
  ["everything", {}, /"everything" is none of: list, show/],
  ["show", {}, /this needs an id/],
  ["show no-such-id", {}, /There is no such right/],
  ["explain no-such-id", {}, /has no record of that exchange.*x-road-request-id/],
  ["propose", { ...grant, quota: "a lot" }, /--quota is missing or cannot be read/],
  ["propose", { ...grant, timeWindow: "sometimes" }, /--time-window is missing or cannot be read/],
  ["propose", { ...grant, until: "2027-02-31" }, /--dates is missing or cannot be read/],
  ["propose", { ...grant, subject: "LOCALGROUP:nobody" }, /There is no such group/],
  ["renew 0199f0a2-0000-7000-8000-000000000000", {}, /a date is needed/],
  ["simulate", {}, /simulate needs changes/],
  ["review", { days: "soon" }, /--days is a whole number/],
];
for (const [words, options, expected] of misuses) {
  test(`told and not done: ${words}`, async () => {
    const said = await rights(words, options);
    assert.match(said, expected);
    assert.doesNotMatch(said, /exit 0$|\bat .*\.ts:/);
  });
}

test("the command itself: options reach the verb, and the status is the exit's", () => {
  const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
  const words = ["rights", file, "list", "--state", "revoked", "--json"];
  const run = spawnSync(process.execPath, [cli, ...words], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.equal((JSON.parse(run.stdout) as object[]).length, 1);
});
