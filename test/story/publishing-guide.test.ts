import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root, startCommand, stopServersAtEnd, until } from "./command.ts";
import { freeBlock, temporaryFolder } from "./country.ts";

/** The commands of docs/guides/publishing-a-register.md, in their order, in a home and on ports of their own. */
const guide = readFileSync(join(root, "docs/guides/publishing-a-register.md"), "utf8");
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```(?:\n```\n([\s\S]*?)^```)?/gm)].map(
  ([, commands = "", shown = ""]) => ({ commands, shown }),
);
const home = temporaryFolder("taroko-guide-");
const data = join(home, "country");
const port = await freeBlock(10_300);
const running = startCommandLater();
stopServersAtEnd(home);

function startCommandLater(): { command?: ReturnType<typeof startCommand> } {
  const later: { command?: ReturnType<typeof startCommand> } = {};
  after(async () => {
    later.command?.child.kill("SIGINT");
    await later.command?.ended;
  });
  return later;
}

const inGuide = { cwd: root, encoding: "utf8", env: { ...process.env, HOME: home } } as const;

/** Addresses on ports of the demonstration are moved to ours. */
function shellOf(commands: string): string {
  return commands
    .replaceAll("npx taroko", `"${process.execPath}" "${join(root, "src/cli.ts")}"`)
    .replaceAll(/127\.0\.0\.1:80(\d\d)/g, (_, offset: string) => `127.0.0.1:${port + Number(offset) - 80}`);
}

/** Runs what a reader types. */
function typed(commands: string): string {
  const run = spawnSync("bash", ["-euo", "pipefail", "-c", shellOf(commands)], inGuide);
  assert.equal(run.status, 0, `${commands}\n${run.stderr}`);
  return run.stdout;
}

const blockWith = (part: string): { readonly commands: string; readonly shown: string } => {
  const block = blocks.find(({ commands }) => commands.includes(part));
  assert.ok(block, `the guide has no command with ${part}`);
  return block;
};
const call = `${blockWith("guardians/v1/lookup").commands.trim()}\n`;
const answer = (printed: string): Readonly<Record<string, unknown>> =>
  JSON.parse(printed.slice(printed.indexOf("\r\n\r\n") + 4)) as Readonly<Record<string, unknown>>;

test("a declaration is written, corrected and checked as the guide shows", () => {
  typed(blockWith("guardians.csv <<").commands);
  const drafted = typed(blockWith("registry init").commands);
  const [, end = ""] = /It looks at the file[\s\S]*?^```\n([\s\S]*?)^```/m.exec(guide) ?? [];
  assert.ok(end.split("\n").length > 5);
  for (const line of end.split("\n").filter((text) => text !== "…")) assert.ok(drafted.includes(line), line);
  const checked = blockWith("registry check");
  assert.ok(typed(checked.commands).trim().endsWith(checked.shown.trim().replace(/^…/, "")));
});

test("it is published and called from another agency, as the guide shows", async () => {
  const [, options = ""] = /taroko up --data \S+ (.*)/.exec(blockWith("taroko up").commands) ?? [];
  const command = startCommand({ port, data, arguments: options.replaceAll("~", home).split(" ") });
  running.command = command;
  await command.line(/Ctrl-C stops/);
  const printed = typed(call);
  const shown = blockWith("guardians/v1/lookup").shown;
  assert.match(printed, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(printed.includes("x-road-service: TW/GOV/MOI/household/guardians"));
  assert.deepEqual(answer(printed), answer(shown.replaceAll("\n", "\r\n")));
  for (const [change, expected] of [
    [
      (text: string) => text.replace('"A700000021"', '"A700000021","fields":["guardian_name"]'),
      { guardian_name: "林雅婷" },
    ],
    [(text: string) => text.replace("A700000021", "A700000058"), { status: 404 }],
    [(text: string) => text.replace(/-H 'Taroko-Purpose[^']*'/, ""), { reason: "purpose-missing" }],
    [
      (text: string) => text.replace("8084", "8081").replace("TPE-DOSW/welfare", "MODA/portal"),
      { reason: "no-right-for-client" },
    ],
  ] as const) {
    const got = answer(typed(change(call)));
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(got[name], value, JSON.stringify(got));
  }
  assert.match(
    typed(
      `GATEWAY=http://127.0.0.1:8084\nCLIENT='X-Road-Client: TW/GOV/TPE-DOSW/welfare'\n${blockWith("getOpenAPI").commands}`,
    ),
    /監護關係 \/ Guardians/,
  );
});

test("the call is explained, its evidence exported and checked, as the guide shows; a changed file is refused", async () => {
  const [, id = ""] = /^x-road-request-id: (\S+)\r$/m.exec(typed(call)) ?? [];
  const asked = (part: string): string =>
    typed(
      blockWith(part)
        .commands.replace(/^EXCHANGE=.*$/m, "")
        .replaceAll("$EXCHANGE", id),
    );
  const explained = asked("explain $EXCHANGE");
  assert.match(explained, /TPE-DOSW\/welfare -> TW\/GOV\/MOI\/household\/guardians {2}POST \/v1\/lookup/);
  assert.match(explained, /✓ A signed call +listMethods 200/);
  const check = () => spawnSync("bash", ["-c", shellOf(blockWith("evidence verify").commands)], inGuide);
  let checked = { status: null as number | null, stdout: "" };
  // The entry is provable once the witnesses have signed a checkpoint that covers it.
  await until("the evidence", () => {
    asked("evidence export");
    checked = check();
    return checked.status === 0;
  });
  assert.match(
    checked.stdout,
    new RegExp(`^valid[\\s\\S]*exchange +${id}[\\s\\S]*witness.*audit-office[\\s\\S]*witness.*university`),
  );
  const file = join(home, "guardians/exchange.asice");
  const bytes = readFileSync(file);
  const at = bytes.indexOf("guardian_name");
  assert.ok(at > 0, "the answer is in it");
  bytes.write("G", at);
  writeFileSync(file, bytes);
  const changed = check();
  assert.deepEqual([changed.status, changed.stdout.startsWith("invalid")], [1, true]);
});

test("changed data and a changed declaration are taken over, wrong ones not", async () => {
  const csv = join(home, "guardians/guardians.csv");
  const declaration = join(home, "guardians/guardians.yaml");
  const [before, sound] = [readFileSync(csv, "utf8"), readFileSync(declaration, "utf8")];
  const guardian = (): unknown => answer(typed(call))["guardian_name"];
  writeFileSync(`${csv}.new`, before.replace("林雅婷", "林大同"));
  renameSync(`${csv}.new`, csv);
  await until("the new rows", () => guardian() === "林大同");
  writeFileSync(declaration, sound.replace("key: ward_id", "key: nobody"));
  running.command!.child.kill("SIGHUP");
  await new Promise((done) => setTimeout(done, 500));
  assert.equal(guardian(), "林大同");
  writeFileSync(declaration, sound.replace(/ {2}since.*\n/, ""));
  running.command!.child.kill("SIGHUP");
  await until("the new declaration", () => !("since" in answer(typed(call))));
});

test("the desk's page to try a service sends such a call, and shows it as curl", async () => {
  const desk = `http://127.0.0.1:${port + 21}`;
  const form = (fields: Readonly<Record<string, string>>): RequestInit => ({
    method: "POST",
    body: new URLSearchParams(fields),
    redirect: "manual",
  });
  const signedIn = await fetch(`${desk}/sign-in`, form({ as: "Lin Mei" }));
  const headers = { cookie: signedIn.headers.get("set-cookie")!.split(";")[0]!, "accept-language": "en" };
  const chosen = {
    client: "TW/GOV/TPE-DOSW/welfare",
    provider: "TW/GOV/MOI/household",
    service: "guardians",
    operation: "POST /v1/lookup",
  };
  const page = await (await fetch(`${desk}/try?${new URLSearchParams(chosen).toString()}`, { headers })).text();
  assert.match(page, /name="field\.ward_id"/);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)![1]!;
  const values = {
    "field.ward_id": "A700000030",
    "header.purpose": "confirm-representation",
    "header.basis": "tw:household-registration-act",
  };
  const sent = await (await fetch(`${desk}/try`, { ...form({ csrf, ...chosen, ...values }), headers })).text();
  assert.match(sent, /王小明/);
  const curl = /(curl -s &#39;[\s\S]*?)<\/code>/.exec(sent)![1]!.replaceAll("&#39;", "'").replaceAll("&quot;", '"');
  assert.equal((JSON.parse(typed(curl)) as Record<string, unknown>)["guardian_name"], "王小明");
  assert.equal(
    (await fetch(`${desk}/try`, { ...form({ ...chosen, ...values }), headers })).status,
    422,
    "a form of nobody",
  );
});
