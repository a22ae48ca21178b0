import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

const startMs = 60_000;

/** A program of the benchmark, with what it said when it was ready. */
export interface Running {
  readonly pid: number;
  readonly said: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts a program and waits for the one line of JSON with `running` by which it says that it is ready, and for the lines
 * of so many workers.
 */
export async function startProgram(command: string, args: readonly string[], workers: number = 0): Promise<Running> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const last: string[] = [];
  const said = await new Promise<Record<string, string>>((done, fail) => {
    let facts: Record<string, string> | undefined;
    let stand = 0;
    lines.on("line", (line) => {
      last.push(line.slice(0, 500));
      if (last.length > 3) last.shift();
      if (line.startsWith('{"worker"')) stand += 1;
      if (line.startsWith('{"running"')) facts = JSON.parse(line) as Record<string, string>;
      if (facts && stand >= workers) done(facts);
    });
    child.once("exit", (status) => fail(new Error(`${args.join(" ")} ended with ${status}: ${last.join(" ")}`)));
    setTimeout(() => {
      if (facts && stand >= workers) return;
      fail(new Error(`${args.join(" ")} is not ready: ${last.join(" ")}`));
      child.kill("SIGKILL");
    }, startMs).unref();
  });
  return { pid: child.pid!, said, stop: () => stopChild(child) };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(late);
}

/** What processes and all their children used so far: seconds of processor time (user and system), and memory now. */
export interface Used {
  readonly cpu: number;
  readonly rssMiB: number;
}

const ticksPerSecond = 100; // Linux's USER_HZ, the same on every architecture that Node runs on

/** Reads /proc; zeroes on a system without it. */
export function usedBy(pids: readonly number[]): Used {
  let cpu = 0;
  let rss = 0;
  for (const pid of pids.flatMap(withChildren)) {
    try {
      // After the name, which may hold anything: state, ppid, … utime, stime, cutime, cstime are fields 14 to 17.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cpu += [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / ticksPerSecond;
      rss += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    } catch {
      // It ended meanwhile; its time is in its parent's.
    }
  }
  return { cpu, rssMiB: rss };
}

function withChildren(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(withChildren)];
  } catch {
    return [pid];
  }
}

/** The parent of a process. */
export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
