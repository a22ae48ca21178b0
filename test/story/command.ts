import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";

export const root: string = new URL("../..", import.meta.url).pathname;

export interface CommandOptions {
  readonly port: number;
  readonly data: string;
  readonly arguments?: readonly string[];
  /** Where the command is started from; the machine's root folder unless told. */
  readonly from?: string;
  /** The checkout whose command runs. */
  readonly checkout?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running `taroko up`, as a person at a terminal has it. */
export interface Command {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  output(): string;
  /** Waits for a line; fails when the command ends without having printed it. */
  line(pattern: RegExp): Promise<string>;
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts `taroko up` as a process of its own, on the embedded database. */
export function startCommand(options: CommandOptions): Command {
  const { DATABASE_URL: _own, TAROKO_LOG: _log, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      join(options.checkout ?? root, "src/cli.ts"),
      "up",
      "--port",
      String(options.port),
      "--data",
      options.data,
      ...(options.arguments ?? []),
    ],
    {
      cwd: options.from ?? "/",
      env: options.environment ?? environment,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    },
  );
  let printed = "";
  const listeners = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const ended = new Promise<number | NodeJS.Signals>((done) =>
    child.once("close", (status, signal) => {
      done(status ?? signal ?? -1);
      for (const listener of listeners) listener();
    }),
  );
  return {
    child,
    ended,
    output: () => printed,
    line: (pattern) =>
      new Promise((done, fail) => {
        const look = (): void => {
          const found = printed.split("\n").find((line) => pattern.test(line));
          if (found !== undefined) done(found);
          else if (child.exitCode !== null || child.signalCode !== null)
            fail(new Error(`ended without ${pattern}:\n${printed}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Waits until something is so; looks often, because what the tests wait for passes quickly. */
export async function until(what: string, so: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!so()) {
    if (Date.now() > deadline) throw new Error(`waited 30 seconds for ${what}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

/** The PostgreSQL servers that run on data below a folder: process ids. */
export function serversOn(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        const [program = "", ...rest] = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
        return program.endsWith("/postgres") && rest.some((word) => word.startsWith(folder));
      } catch {
        return false; // it ended while we looked
      }
    })
    .map(Number);
}

/** Ends, when the test file is done, the server that a killed command left behind on its data. */
export function stopServersAtEnd(folder: string): void {
  after(() => {
    for (const id of serversOn(folder)) spawnSync("kill", ["-9", String(id)]);
  });
}
