import { rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { freePort } from "#kernel";
import { benchFolder } from "./country.ts";
import { hasWrk, load, type LoadFigures, type Target } from "./exchange-load.ts";
import { startNginx } from "./exchange-nginx.ts";
import { startProgram, usedBy } from "./exchange-processes.ts";
import { personPath, servicePath, startBenchCountry, type BenchCountry } from "./exchange-sites.ts";
import { median, printTable } from "./figures.ts";

const seconds = Number(process.env["TAROKO_BENCH_SECONDS"] ?? 2);
const runs = Number(process.env["TAROKO_BENCH_RUNS"] ?? 3);

/** One way to the same service. */
interface Way {
  readonly name: string;
  readonly target: Target;
  /** Processes that stand between caller and service. */
  readonly pids: readonly number[];
}

interface Measured extends LoadFigures {
  /** Milliseconds of processor time a call, of what stands between caller and service. */
  readonly cpu: number;
  readonly rssMiB: number;
}

async function measure(
  folder: string,
  way: Way,
  connections: number,
  o: { readonly rate?: number; readonly seconds?: number } = {},
): Promise<Measured> {
  const before = usedBy(way.pids);
  const figures = await load(folder, { ...way.target, connections, seconds, ...o });
  const after = usedBy(way.pids);
  if (figures.failed > 0) throw new Error(`${figures.failed} of ${figures.calls} calls failed: ${way.name}`);
  return { ...figures, cpu: ((after.cpu - before.cpu) * 1000) / figures.calls, rssMiB: after.rssMiB };
}

async function tryOnce({ name, target }: Way): Promise<void> {
  const body = target.body + " ".repeat(target.padding ?? 0);
  const answer = await fetch(target.url, { method: "POST", headers: { ...target.headers }, body });
  const said = await answer.text();
  if (answer.status !== 200) throw new Error(`${name} answers ${answer.status}: ${said}`);
}

/** How often something is measured, and for how many seconds. */
interface Plan {
  readonly runs: number;
  readonly seconds: number;
}

/**
 * Runs in turn, so that a busy moment of the machine meets all ways; each figure is the median of its own runs. The direct
 * call, which nothing stands between, is measured once.
 */
async function inTurn(
  folder: string,
  ways: readonly Way[],
  connections: number,
  plan: Plan,
): Promise<Map<Way, Measured>> {
  const all = new Map<Way, Measured[]>(ways.map((way) => [way, []]));
  for (let run = 0; run < plan.runs; run += 1)
    for (const way of ways.filter(({ pids }) => run === 0 || pids.length > 0))
      all.get(way)!.push(await measure(folder, way, connections, { seconds: plan.seconds }));
  const middle = (of: readonly Measured[], what: keyof Measured): number => median(of.map((one) => one[what]));
  return new Map(
    [...all].map(([way, of]) => [
      way,
      {
        calls: middle(of, "calls"),
        failed: 0,
        rate: middle(of, "rate"),
        p50: middle(of, "p50"),
        p95: middle(of, "p95"),
        p99: middle(of, "p99"),
        cpu: middle(of, "cpu"),
        rssMiB: middle(of, "rssMiB"),
      },
    ]),
  );
}

const loadHead = ["connections", "way", "calls a second", "p50, ms", "p95, ms", "p99, ms", "CPU a call, ms"];

async function benchLoad(
  folder: string,
  ways: readonly Way[],
  connections: readonly number[],
  plan: Plan = { runs, seconds },
): Promise<number> {
  const rows: (string | number)[][] = [];
  let most = 0;
  for (const each of connections) {
    const found = await inTurn(folder, ways, each, plan);
    const rateOf = (name: string): number =>
      [...found].find(([way]) => way.name.startsWith(name))?.[1].rate ?? Number.NaN;
    for (const [way, one] of found) {
      if (way.name.startsWith("Taroko")) most = Math.max(most, one.rate);
      const ratios = [rateOf("nginx"), rateOf("direct")].map((other) =>
        Number.isNaN(other) ? "" : (one.rate / other).toFixed(3),
      );
      const times = [one.p50, one.p95, one.p99];
      rows.push([each, way.name, Math.round(one.rate), ...times, one.cpu, Math.round(one.rssMiB), ...ratios]);
    }
  }
  printTable([...loadHead, "memory, MiB", "of nginx", "of direct"], rows);
  return most;
}

/** Half of the most calls that came through, each started when it is due: what the way itself adds to a call. */
async function benchLatency(folder: string, ways: readonly Way[], most: number): Promise<void> {
  const rate = Math.max(1, Math.round(most / 2));
  const found: { way: Way; of: LoadFigures[] }[] = ways.map((way) => ({ way, of: [] }));
  for (let run = 0; run < runs; run += 1)
    for (const { way, of } of found) of.push(await measure(folder, way, 128, { rate }));
  const middle = (of: readonly LoadFigures[], what: keyof LoadFigures): number => median(of.map((one) => one[what]));
  const direct = found[0]!.of;
  const head = ["way", "calls a second", "p50, ms", "p95, ms", "p99, ms", "p50 added", "p95 added"];
  printTable(
    head,
    found.map(({ way, of }) => [
      way.name,
      Math.round(middle(of, "rate")),
      middle(of, "p50"),
      middle(of, "p95"),
      middle(of, "p99"),
      middle(of, "p50") - middle(direct, "p50"),
      middle(of, "p95") - middle(direct, "p95"),
    ]),
  );
}

/** Where the processor time of a call goes, and what PostgreSQL counts. */
async function benchParts(folder: string, country: BenchCountry, way: Way): Promise<void> {
  const rows: (string | number)[][] = [];
  const counts = async (): Promise<{ commits: number; wal: number; syncs: number }> => {
    await new Promise((done) => setTimeout(done, 1100)); // PostgreSQL counts a second late
    const all = await Promise.all(
      country.databases.map((database) =>
        database.one<{ commits: number; wal: number; syncs: number }>(
          `select (select xact_commit from pg_stat_database where datname = 'gateway')::float8 as commits,
             (select wal_bytes from pg_stat_wal)::float8 as wal,
             (select sum(fsyncs) from pg_stat_io where object = 'wal')::float8 as syncs`,
        ),
      ),
    );
    const sum = (what: "commits" | "wal" | "syncs"): number => all.reduce((most, one) => most + one![what], 0);
    return { commits: sum("commits"), wal: sum("wal"), syncs: sum("syncs") };
  };
  for (const connections of [1, 32]) {
    const groups = Object.entries(country.groups);
    const before = groups.map(([, pids]) => usedBy(pids).cpu);
    const countsBefore = await counts();
    const own = process.cpuUsage();
    const { calls } = await measure(folder, way, connections);
    const { user, system } = process.cpuUsage(own);
    const after = groups.map(([, pids]) => usedBy(pids).cpu);
    const countsAfter = await counts();
    rows.push([
      connections,
      ...after.map((cpu, at) => ((cpu - before[at]!) * 1000) / calls),
      (user + system) / 1000 / calls,
      (countsAfter.commits - countsBefore.commits) / calls,
      (countsAfter.syncs - countsBefore.syncs) / calls,
      (countsAfter.wal - countsBefore.wal) / calls / 1024,
    ]);
  }
  printTable(
    [
      "connections",
      ...Object.keys(country.groups),
      "witness and authority",
      "transactions a call",
      "fsyncs",
      "PostgreSQL's log, KiB",
    ],
    rows,
  );
}

/** One process and two of each gateway, by `taroko run --workers`, and nginx with as many. A country of its own for each. */
async function benchWorkers(folder: string, servicePort: number, { headers, body }: Target): Promise<void> {
  for (const workers of [1, 2]) {
    console.log(`\n### ${workers === 1 ? "One worker" : "Two workers"} of each gateway, by \`taroko run\`\n`);
    const nginx = await startNginx(folder, servicePort, workers);
    try {
      const country = await startBenchCountry(folder, servicePort, workers);
      try {
        const way = (name: string, url: string, pids: readonly number[]): Way[] => [
          { name, target: { url, headers, body }, pids },
        ];
        const ways = [
          ...(nginx ? way("nginx", `${nginx.url}/v1/answers/1024`, nginx.pids) : []),
          ...way("Taroko", `${country.url}${servicePath}/1024`, Object.values(country.groups).flat()),
        ];
        await load(folder, { ...ways.at(-1)!.target, connections: 32, seconds: 2 });
        await benchLoad(folder, ways, [32]);
      } finally {
        await country.close();
      }
    } finally {
      await nginx?.stop();
    }
  }
}

const allParts = ["load", "latency", "parts", "bodies", "persons", "workers"];

/**
 * The same small service called directly, through two nginx with mutual TLS, and through two gateways with everything on.
 * `TAROKO_BENCH_PARTS` names the parts to run, `TAROKO_BENCH_SECONDS` and `TAROKO_BENCH_RUNS` how long and how often each
 * is measured, `TAROKO_BENCH_CONNECTIONS` at how many connections.
 */
export async function benchExchange(): Promise<void> {
  const wanted = process.env["TAROKO_BENCH_PARTS"]?.split(",") ?? allParts;
  const connections = (process.env["TAROKO_BENCH_CONNECTIONS"] ?? "1,8,32,128").split(",").map(Number);
  const folder = benchFolder();
  const servicePort = await freePort();
  const script = fileURLToPath(new URL("exchange-provider.ts", import.meta.url));
  const service = await startProgram(process.execPath, [script, String(servicePort)]);
  const nginx = await startNginx(folder, servicePort, 1);
  const country = await startBenchCountry(folder, servicePort).catch(async (fault: unknown) => {
    await nginx?.stop();
    await service.stop();
    throw fault;
  });
  const said = [
    nginx ? "" : "nginx is skipped: it is not on this machine. ",
    (await hasWrk()) ? "Load by wrk." : "Load by Node: wrk is not on this machine.",
  ];
  console.log(
    `Load before it: ${loadavg()
      .map((value) => value.toFixed(1))
      .join(", ")} on ${availableParallelism()} processors (${cpus()[0]?.model ?? ""}). ${said.join("")}\n`,
  );

  const { headers } = country;
  const body = JSON.stringify({ id: "A700000001" });
  const waysTo = (bytes: number, path: string = servicePath, padding: number = 0): Way[] => {
    const to = (url: string): Target => ({ url: `${url}/${bytes}`, headers, body, padding });
    return [
      { name: "direct", target: to(`http://127.0.0.1:${servicePort}/v1/answers`), pids: [] },
      ...(nginx ? [{ name: "nginx", target: to(`${nginx.url}/v1/answers`), pids: nginx.pids }] : []),
      { name: "Taroko", target: to(`${country.url}${path}`), pids: Object.values(country.groups).flat() },
    ];
  };
  const kilobyte = waysTo(1024);
  const taroko = kilobyte.at(-1)!;
  try {
    await tryOnce(taroko);
    await load(folder, { ...taroko.target, connections: 32, seconds: 3 }); // until the compiler has seen it all
    let most = 0;
    if (wanted.includes("load")) {
      console.log("### Answers of 1 KB\n");
      most = await benchLoad(folder, kilobyte, connections);
    }
    if (wanted.includes("latency")) {
      console.log("\n### At half of the most calls\n");
      if (most === 0) most = (await measure(folder, taroko, 32)).rate;
      await benchLatency(folder, kilobyte, most);
    }
    if (wanted.includes("parts")) {
      console.log("\n### Where a call's processor time goes, ms\n");
      await benchParts(folder, country, taroko);
    }
    if (wanted.includes("bodies")) {
      // Of 10 MB one longer run each: a call takes as long as thousands of small ones.
      for (const [size, bytes, connections, plan] of [
        ["100 KB", 100 * 1024, 32, { runs, seconds }],
        ["10 MB", 10 * 1024 * 1024, 4, { runs: 1, seconds: seconds * 2.5 }],
      ] as const) {
        console.log(`\n### Answers of ${size}\n`);
        await benchLoad(folder, waysTo(bytes).slice(1), [connections], plan);
        console.log(`\n### Requests of ${size}, answers of 1 KB\n`);
        await benchLoad(folder, waysTo(1024, servicePath, bytes).slice(1), [connections], plan);
      }
    }
    if (wanted.includes("persons")) {
      console.log("\n### Answers of 1 KB about a person, whose list each call goes on\n");
      await benchLoad(folder, [taroko, { ...waysTo(1024, personPath).at(-1)!, name: "Taroko, about a person" }], [32]);
    }
    if (wanted.includes("workers")) {
      await country.close();
      await benchWorkers(folder, servicePort, kilobyte[0]!.target);
    }
  } finally {
    await country.close();
    await nginx?.stop();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
