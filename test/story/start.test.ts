import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { root, serversOn, startCommand, stopServersAtEnd, until } from "./command.ts";
import { freeBlock, temporaryFolder } from "./country.ts";

const isRoot = process.getuid?.() === 0;
const folder = temporaryFolder("taroko-start-");
const data = join(folder, "data");
const port = await freeBlock(9700);
stopServersAtEnd(folder);

test("a taken port: the message names it and the option, before anything is started", async () => {
  const taken = port + 6;
  const other = createServer();
  await new Promise<void>((done) => other.listen(taken, "127.0.0.1", done));
  try {
    const spoken = startCommand({ port, data, arguments: ["--once"] });
    assert.equal(await spoken.ended, 1);
    assert.match(spoken.output(), new RegExp(`Port ${taken} is taken`));
    assert.match(spoken.output(), /--port/);
    const json = startCommand({ port, data, arguments: ["--once", "--json"] });
    assert.equal(await json.ended, 1);
    const said = JSON.parse(json.output()) as Record<string, unknown>;
    assert.deepEqual([said["ok"], said["step"], said["problem"]], [false, "start", "port-taken"]);
    assert.ok(String(said["message"]).includes(String(taken)));
    assert.ok(!existsSync(data), "nothing was made");
  } finally {
    other.close();
  }
});

test("Ctrl-C stops everything; meanwhile a second start on the folder is refused and harms nothing", async () => {
  const first = startCommand({ port, data });
  await first.line(/Ctrl-C stops/);
  assert.equal(serversOn(folder).length > 0, true, "the test sees the database server");

  for (const fresh of [[], ["--fresh"]]) {
    const second = startCommand({
      port: await freeBlock(port + 30),
      data: `${data}/../data`,
      arguments: ["--once", "--json", ...fresh],
    });
    assert.equal(await second.ended, 1, second.output());
    const said = JSON.parse(second.output()) as Record<string, unknown>;
    assert.equal(said["problem"], "already-running");
    assert.ok(String(said["message"]).includes(data));
  }
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(page.status, 200, "the first one still answers");
  await page.text();

  first.child.kill("SIGINT");
  assert.equal(await first.ended, 0, first.output());
  await until("PostgreSQL to be gone", () => serversOn(folder).length === 0);
});

test("Ctrl-C while it is still starting leaves nothing running either", async () => {
  const command = startCommand({ port, data });
  await command.line(/witness\/audit-office/);
  command.child.kill("SIGINT");
  assert.equal(await command.ended, 0, command.output());
  await until("PostgreSQL to be gone", () => serversOn(folder).length === 0);
});

test("two starts at the same moment: one runs, the other is refused", async () => {
  const ports = [port, await freeBlock(port + 30)];
  const both = ports.map((first) => startCommand({ port: first, data }));
  const outcomes = await Promise.all(
    both.map(async (command) =>
      Promise.race([command.line(/Ctrl-C stops/).then(() => "runs"), command.ended]).catch(() => command.ended),
    ),
  );
  assert.deepEqual(outcomes.map(String).toSorted(), ["1", "runs"]);
  const refused = both[outcomes.indexOf(1)]!;
  assert.match(refused.output(), /already runs/);
  const running = both[outcomes.indexOf("runs")]!;
  running.child.kill("SIGTERM");
  assert.equal(await running.ended, 0);
});

test("an ordinary user, without a home, from another folder", async (t) => {
  if (!isRoot) return t.skip("we are an ordinary user already; the tests above are this one");
  const nobody = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === "nobody");
  if (!nobody) return t.skip("this machine has no user nobody");
  const user = { uid: Number(nobody[2]), gid: Number(nobody[3]) };
  const readable = spawnSync(
    process.execPath,
    ["-e", `fs.readFileSync(${JSON.stringify(join(root, "src/cli.ts"))})`],
    user,
  );
  if (readable.status !== 0) return t.skip("nobody may not read this checkout");
  const own = join(folder, "nobody");
  spawnSync("install", ["-d", "-o", String(user.uid), "-g", String(user.gid), own]);
  const command = startCommand({
    port,
    data: join(own, "data"),
    arguments: ["--once", "--json"],
    from: folder,
    user,
    environment: { PATH: process.env["PATH"] ?? "" },
  });
  assert.equal(await command.ended, 0, command.output());
  assert.equal((JSON.parse(command.output()) as { verified: boolean }).verified, true);
  assert.equal(statSync(join(own, "data/postgres/data")).uid, user.uid);
});

test("below /root, where PostgreSQL's user cannot look", async (t) => {
  if (!isRoot) return t.skip("needs root: only then PostgreSQL runs as somebody else");
  if ((statSync("/root").mode & 0o001) !== 0)
    t.diagnostic("/root is open to everybody here, so this shows less than it could");
  const home = mkdtempSync("/root/taroko-test-");
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const part of ["src", "countries", "demo", "web", "package.json"])
    cpSync(join(root, part), join(home, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  const command = startCommand({
    checkout: home,
    port,
    data: join(home, ".taroko"),
    arguments: ["--once", "--json"],
    from: home,
    // What is put where PostgreSQL's user can reach it goes when the test goes.
    environment: { PATH: process.env["PATH"] ?? "", HOME: "/root", TMPDIR: folder },
  });
  assert.equal(await command.ended, 0, command.output());
  assert.equal((JSON.parse(command.output()) as { verified: boolean }).verified, true);
  assert.ok(!existsSync(join(home, ".taroko/postgres")), "the database lies elsewhere");
});
