import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { toBase64 } from "#kernel";
import type { Alarm } from "#ledger";
import { openDatabase, startPostgres } from "#store";
import { someEntry, someLog, until } from "./testing.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-crash-"));
chmodSync(folder, 0o755); // as root the server runs as nobody, who must pass through
const postgres = join(folder, "postgres");
let server = await startPostgres({ folder: postgres });
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The server's address as the log knows it: it stays the same while servers die and start on other ports. */
const sockets = new Set<Socket>();
let port = Number(new URL(await server.database("crashed")).port);
const door = createServer((client) => {
  const behind = connect(port, "127.0.0.1");
  for (const [one, other] of [
    [client, behind],
    [behind, client],
  ] as const) {
    sockets.add(one);
    one.on("error", () => other.destroy()).on("close", () => (sockets.delete(one), other.destroy()));
    one.pipe(other);
  }
});
await new Promise<void>((ready) => door.listen(0, "127.0.0.1", ready));
after(() => {
  for (const socket of sockets) socket.destroy();
  door.close();
});

/** As when the machine loses its power: no shutdown, no last checkpoint, connections cut off. */
async function killServer(): Promise<void> {
  const pid = Number(readFileSync(join(postgres, "data", "postmaster.pid"), "utf8").split("\n")[0]);
  process.kill(pid, "SIGKILL");
  await until(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
}

async function startAgain(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      server = await startPostgres({ folder: postgres });
      break;
    } catch (fault) {
      if (attempt === 5) throw fault; // processes of the dead server are still on their way out
      await sleep(200);
    }
  }
  port = Number(new URL(await server.database("crashed")).port);
}

test("a database killed with -9 amid batches loses nothing acknowledged, repeats nothing, and the log goes on by itself", async () => {
  const url = new URL(await server.database("crashed"));
  const address = door.address();
  url.port = String(typeof address === "object" ? address?.port : "");
  const database = openDatabase(url.href, { max: 12 });
  const some = someLog();
  const alarms: Alarm[] = [];
  const log = await some.open(database, { onAlarm: (alarm) => alarms.push(alarm) });
  // Each batch takes a while, so that the kill falls into one.
  await database.query(
    "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.05); return new; end'",
  );
  await database.query("create trigger slow before update on ledger.tree for each row execute function slow()");
  log.start();
  const acknowledged: { id: bigint; idem: string }[] = [];
  const unsure: string[] = [];
  const stopping = new AbortController();
  async function appendOn(writer: number): Promise<void> {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const idem = `${writer}/${n}`;
      try {
        acknowledged.push({ id: await log.append(database, someEntry(), { idem }), idem });
      } catch {
        unsure.push(idem); // committed or not: the writer cannot know, and asks again with the same key
        await sleep(50);
      }
    }
  }
  const writers = Array.from({ length: 6 }, (_, at) => appendOn(at));
  let caughtUp = false;
  try {
    for (let round = 0; round < 2; round += 1) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 100, 5000);
      await until(async () => {
        const working = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";
        return (await database.query(working)).length > 0;
      });
      await killServer();
      await startAgain();
    }
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50, 5000);
    caughtUp = true;
  } finally {
    stopping.abort();
    await Promise.all(writers);
    if (!caughtUp) await log.stop();
  }
  for (const idem of unsure) acknowledged.push({ id: await log.append(database, someEntry(), { idem }), idem });
  const places = await Promise.all(acknowledged.map(({ id }) => log.wait(id, "published", 8000)));
  await log.stop();

  assert.ok(alarms.length > 0 && alarms.every(({ kind }) => kind === "fault"), JSON.stringify(alarms));
  assert.ok(
    places.every(({ stage }) => stage === "witnessed"),
    "nothing acknowledged is lost",
  );
  const { size, root, frozen } = await log.status();
  assert.equal(frozen, undefined);
  assert.equal(new Set(places.map(({ index }) => index)).size, acknowledged.length);
  assert.equal(Number(size), acknowledged.length, "and nothing stands there that nobody asked for");
  const entries = (await log.entries(0n, Number(size))).map(({ entry }) => Buffer.from(entry));
  assert.equal(toBase64(rootOf(extend(emptyEdge, entries).edge)), root);
  await database.close();
});
