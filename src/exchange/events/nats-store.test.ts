import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { freePort } from "#kernel";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { eventStoreBehaviour, type OpenStore } from "./behaviour.ts";
import { natsEventStore } from "./nats-store.ts";

/** The server as Debian's package installs it, or wherever PATH has it. */
const program = ["/usr/sbin", ...(process.env["PATH"] ?? "").split(":")]
  .map((folder) => join(folder, "nats-server"))
  .find((file) => existsSync(file));

if (program === undefined) {
  test(
    "events in NATS JetStream",
    { skip: "no nats-server found: install the package nats-server to run these" },
    () => undefined,
  );
} else {
  const folder = mkdtempSync(join(tmpdir(), "taroko-nats-"));
  const port = await freePort();
  const server = spawn(program, ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  after(() => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await listening(port);
  const database = await testDatabase();
  await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
  const leases = { pushMs: 400, pullMs: 400 };
  const url = `nats://127.0.0.1:${port}`;
  const open: OpenStore = (rooms) => natsEventStore({ url, database, rooms, leases, retentionDays: 30 });
  eventStoreBehaviour(database, open, { runs: 4 });
}

async function listening(port: number): Promise<void> {
  for (let left = 100; ; left -= 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => done(true)).once("error", () => done(false));
      socket.once("close", () => undefined);
      setTimeout(() => socket.destroy(), 50);
    });
    if (open) return;
    if (left === 0) throw new Error("nats-server did not start");
    await new Promise((next) => setTimeout(next, 50));
  }
}
