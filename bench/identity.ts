import { rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { startPostgres } from "#store";
import { corePolicies, readPolicies, type PolicyRequest } from "#identity";
import { judge } from "../src/identity/authorisation/index.ts";
import { benchFolder } from "./country.ts";
import { printTable, quantile } from "./figures.ts";
import { bindKeys, signInByKey } from "./identity-passkeys.ts";
import { startProvider, type Doing } from "./identity-provider.ts";
import { checkSession, registerMany, signInOnce, startIdentity, type BenchIdentity } from "./identity-cards.ts";

/** What a part did: how often a second, how long each took, and the processor time of this process for each. */
interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly cpu: number;
}

/** Runs `work` by so many callers for a while; the first tenth does not count. */
async function drive(callers: number, seconds: number, work: (at: number) => Promise<unknown>): Promise<Figures> {
  const from = performance.now();
  const [counts, ends] = [from + seconds * 100, from + seconds * 1100];
  const times: number[] = [];
  let at = 0;
  let cpu: NodeJS.CpuUsage | undefined;
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < ends; now = performance.now()) {
      at += 1;
      await work(at);
      if (now < counts) continue;
      cpu ??= process.cpuUsage();
      times.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const used = process.cpuUsage(cpu);
  return {
    perSecond: times.length / ((performance.now() - counts) / 1000),
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    cpu: (used.user + used.system) / 1000 / times.length,
  };
}

/**
 * The identity module of a portal on a PostgreSQL of its own, with `fsync` on: complete card and passkey sign-ins and session
 * checks, with a thousand registered persons and with a million; then relying parties' sign-ins and introspection, and policies. `TAROKO_BENCH_PERSONS` names other numbers, `TAROKO_BENCH_SECONDS` how
 * long each figure is taken.
 */
export async function benchIdentity(): Promise<void> {
  const sizes = (process.env["TAROKO_BENCH_PERSONS"] ?? "1000,100000,1000000").split(",").map(Number);
  const seconds = Number(process.env["TAROKO_BENCH_SECONDS"] ?? 5);
  const folder = benchFolder();
  const server = await startPostgres({ folder: join(folder, "data", "postgres") });
  const bench = await startIdentity(server, { folder, count: 50 });
  try {
    const load = loadavg().map((value) => value.toFixed(1));
    console.log(
      `Load before it: ${load.join(", ")} on ${availableParallelism()} processors (${cpus()[0]?.model ?? ""}).\n`,
    );
    const rows: (string | number)[][] = [];
    let registered = 0;
    for (const size of sizes) {
      await registerMany(bench, registered, size);
      registered = size;
      for (const [what, callers, work] of parts(bench)) {
        const { perSecond, p50, p95, cpu } = await drive(callers, seconds, await work());
        rows.push([size, what, callers, perSecond, p50, p95, cpu]);
      }
    }
    printTable(["persons", "what", "callers", "a second", "p50, ms", "p95, ms", "CPU of Node each, ms"], rows);
    console.log();
    await benchProvider(bench, seconds);
    benchPolicies();
  } finally {
    await bench.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Part = readonly [what: string, callers: number, work: () => Promise<(at: number) => Promise<unknown>>];

function parts(bench: BenchIdentity): readonly Part[] {
  const sessions = async () => {
    const tokens: string[] = [];
    for (let at = 0; at < 100; at += 1) tokens.push(await signInOnce(bench, bench.identity, at));
    return (at: number) => checkSession(bench, tokens[at % tokens.length]!);
  };
  const signIns = async () => (at: number) => signInOnce(bench, bench.identity, at);
  const keys = async () => {
    const bound = await bindKeys(bench, 20);
    return (at: number) => signInByKey(bench, bound[at % bound.length]!);
  };
  const asking = async () => (at: number) => signInOnce(bench, bench.byResponder, at);
  return [
    ["complete card sign-in", 1, signIns],
    ["complete card sign-in", 16, signIns],
    ["the same, asking a responder in this process", 16, asking],
    ["passkey sign-in", 16, keys],
    ["session check", 1, sessions],
    ["session check", 16, sessions],
  ];
}

/** Relying parties over HTTP, whose own cryptography runs in a thread of theirs and is not in the processor time. */
async function benchProvider(bench: BenchIdentity, seconds: number): Promise<void> {
  const provider = await startProvider(bench);
  const rows: (string | number)[][] = [];
  const doings: readonly (readonly [string, Doing])[] = [
    ["sign-in at a plain client: code, PKCE, consent, tokens", "plain"],
    ["the library alone, artifacts in memory, no page", "library"],
    ["the same by FAPI 2.0: PAR, DPoP, private_key_jwt", "fapi"],
    ["introspection by private_key_jwt", "introspect"],
  ];
  try {
    for (const [what, doing] of doings)
      for (const callers of [1, 8]) {
        const { times, elapsed, cpu } = await provider.drive(doing, callers, seconds);
        const each = (cpu.user + cpu.system) / 1000 / times.length;
        rows.push([what, callers, times.length / (elapsed / 1000), quantile(times, 0.5), quantile(times, 0.95), each]);
      }
  } finally {
    await provider.close();
  }
  printTable(["what", "callers", "a second", "p50, ms", "p95, ms", "CPU of the provider's thread each, ms"], rows);
}

/** One decision of the core's policies: a caseworker decides a case. */
function benchPolicies(): void {
  const set = readPolicies([corePolicies]);
  const now = new Date();
  const entity = (type: string, id: string) => ({ type, id });
  const agency = entity("Agency", "bench");
  const request: PolicyRequest = {
    principal: {
      ...entity("Official", "o"),
      attributes: { person: entity("Person", "o"), agency, roles: ["caseworker"], related: [] },
    },
    action: "case:decide",
    resource: {
      ...entity("Case", "c"),
      attributes: { agency, service: "aid", parties: [entity("Person", "a"), entity("Person", "b")] },
    },
    proof: { acr: "urn:taroko:loa:high", authTime: now },
  };
  const count = 5000;
  for (let at = 0; at < 500; at += 1) if (!judge(set, request, now).allowed) throw new Error("a decision was refused");
  const used = process.threadCpuUsage();
  for (let at = 0; at < count; at += 1) judge(set, request, now);
  const { user, system } = process.threadCpuUsage(used);
  console.log(
    `\nA decision by ${set.rules.length} policies: ${((user + system) / count).toFixed(0)} µs of processor time.`,
  );
}
