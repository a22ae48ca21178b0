import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { taiwan } from "#countries/taiwan";
import { freePort, systemClock } from "#kernel";
import { startAuthoritySite, startWitnessSite, witnessVerifierKey, type GatewaySiteOptions } from "#sites";
import { openDatabase, startPostgres, type Database, type PostgresServer } from "#store";
import { parentOf, startProgram, type Running } from "./exchange-processes.ts";

/** Groups of processes whose processor time is told apart. */
export type Group = "consumer" | "consumer's PostgreSQL" | "provider" | "provider's PostgreSQL";

/** A country of two agencies: two gateways in processes of their own, each with a PostgreSQL server of its own. */
export interface BenchCountry {
  /** The consumer's agency side. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<Group, readonly number[]>>;
  /** PostgreSQL of the consumer and of the provider. */
  readonly databases: readonly Database[];
  close(): Promise<void>;
}

const instance = "TW";
const consumer = { instance, memberClass: "GOV", memberCode: "CALLER" };
const provider = { instance, memberClass: "GOV", memberCode: "ANSWERER" };
const named = (text: string) => ({ "zh-Hant": text, en: text });

/** What every call asks for: a service of the provider before which everything else stands. */
export const servicePath: string = `/r1/${instance}/GOV/ANSWERER/data/answers/v1/answers`;
/** The same, but each call is about a person, whose list it goes on. */
export const personPath: string = `/r1/${instance}/GOV/ANSWERER/data/persons/v1/answers`;

/**
 * Starts authority and witness in this process, which has nothing else to do meanwhile, and the gateways as
 * `taroko run` would. Everything a gateway does is on: rights with purposes, signatures, durable records, the log.
 * @param workers the gateways are run by `taroko run FILE --workers N` itself; then there is no service about persons,
 * which only a register's declaration can name in a site's file
 */
export async function startBenchCountry(folder: string, servicePort: number, workers?: number): Promise<BenchCountry> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await start(folder, servicePort, workers, closing)), close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function start(
  folder: string,
  servicePort: number,
  workers: number | undefined,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<BenchCountry, "close">> {
  const own = join(folder, workers === undefined ? "country" : `country-${workers}`);
  mkdirSync(own);
  const local = async () => ({ host: "127.0.0.1", port: await freePort(), option: "" });

  const servers: PostgresServer[] = [];
  for (const name of ["consumer", "provider"]) {
    const server = await startPostgres({ folder: join(own, name, "pg") });
    servers.push(server);
    closing.push(() => server.stop());
  }
  const [ofConsumer, ofProvider] = servers as [PostgresServer, PostgresServer];

  const witnessName = "witness.bench/audit";
  const witnessKeys = join(own, "witness");
  const witnessAt = await local();
  const witness = {
    name: witnessName,
    vkey: witnessVerifierKey(witnessName, witnessKeys),
    url: `http://127.0.0.1:${witnessAt.port}`,
  };
  const authority = await startAuthoritySite({
    databaseUrl: await ofProvider.database("authority"),
    keysFolder: join(own, "authority"),
    listen: await local(),
    logOrigin: "authority.bench/log",
    instance,
    clock: systemClock,
    purposes: taiwan.purposes,
    witnesses: [witness],
    consentIssuers: [],
    members: [
      { id: consumer, name: named("Caller"), subsystems: [{ code: "app", name: named("App") }] },
      { id: provider, name: named("Answerer"), subsystems: [{ code: "data", name: named("Data") }] },
    ],
  });
  const witnessSite = await startWitnessSite({
    name: witnessName,
    databaseUrl: await ofProvider.database("witness"),
    keysFolder: witnessKeys,
    listen: witnessAt,
    clock: systemClock,
    authority: { url: authority.url, anchor: authority.authority.anchor },
  });
  closing.push(
    () => witnessSite.close(),
    () => authority.close(),
  );

  async function gateway(
    member: typeof consumer,
    server: PostgresServer,
    more: Pick<GatewaySiteOptions, "subsystems" | "services" | "rights">,
  ): Promise<Running> {
    const invited = await authority.authority.invite(member);
    if (!invited.ok) throw new Error(invited.error.code);
    const peer = await local();
    const options: Omit<GatewaySiteOptions, "clock" | "logger"> = {
      ...more,
      name: member.memberCode,
      databaseUrl: await server.database("gateway"),
      keysFolder: join(own, member.memberCode),
      enrolmentToken: invited.value.invitation,
      member,
      serverCode: "gw1",
      authorityUrl: authority.url,
      authorityAnchor: authority.authority.anchor,
      agency: await local(),
      peer: { ...peer, publicAddress: `127.0.0.1:${peer.port}` },
      publicSide: await local(),
      logOrigin: `log.bench/${member.memberCode}`,
      witnesses: [witness],
      registers: [],
    };
    const file = join(own, `${member.memberCode}.json`);
    const settings = workers === undefined ? options : siteFile(options);
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    const profile = process.env["TAROKO_BENCH_PROFILE"]; // a folder: both gateways write what `node --cpu-prof` saw
    const running =
      workers === undefined
        ? await startProgram(process.execPath, [
            ...(profile
              ? ["--cpu-prof", `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${member.memberCode}.cpuprofile`]
              : []),
            fileURLToPath(new URL("exchange-gateway.ts", import.meta.url)),
            file,
          ])
        : await startProgram(
            process.execPath,
            [command, "run", file, "--workers", String(workers)],
            workers === 1 ? 0 : workers,
          );
    closing.push(() => running.stop());
    return running;
  }

  const stated = { purpose: "confirm-representation", basis: "tw:household-registration-act" };
  const service = {
    subsystem: "data",
    title: named("Answers"),
    endpoints: [{ method: "POST", path: "/v1/answers/*" }],
    target: { url: `http://127.0.0.1:${servicePort}` },
    purposeRequired: true,
  };
  const right = {
    subsystem: "data",
    subject: { ...consumer, subsystemCode: "app" },
    method: "POST",
    pathGlob: "/v1/answers/*",
    purposes: [stated.purpose],
    legalBases: [stated.basis],
  };
  const providing = await gateway(provider, ofProvider, {
    subsystems: ["data"],
    services: [
      { ...service, code: "answers" },
      { ...service, code: "persons", subject: { from: "body", pointer: "/id" } },
    ],
    rights: [
      { ...right, serviceCode: "answers" },
      { ...right, serviceCode: "persons" },
    ],
  });
  const consuming = await gateway(consumer, ofConsumer, { subsystems: ["app"], rights: [] });

  const databases: Database[] = [];
  const postmasters: number[] = [];
  for (const server of servers) {
    const database = openDatabase(await server.database("gateway"), { max: 1 });
    databases.push(database);
    postmasters.push(parentOf((await database.one<{ pid: number }>("select pg_backend_pid() as pid"))!.pid));
    closing.push(() => database.close());
  }
  return {
    url: consuming.said["agency"]!,
    headers: {
      "x-road-client": `${instance}/GOV/CALLER/app`,
      "content-type": "application/json",
      "taroko-purpose": stated.purpose,
      "taroko-legal-basis": stated.basis,
    },
    databases,
    groups: {
      consumer: [consuming.pid],
      "consumer's PostgreSQL": [postmasters[0]!],
      provider: [providing.pid],
      "provider's PostgreSQL": [postmasters[1]!],
    },
  };
}

const command = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

/** The same settings as the file that `taroko run` reads. */
function siteFile(o: Omit<GatewaySiteOptions, "clock" | "logger">): object {
  const address = ({ host, port }: { host: string; port: number }) => ({ host, port });
  return {
    site: "gateway",
    instance,
    country: fileURLToPath(new URL("../countries/taiwan/index.ts", import.meta.url)),
    database: o.databaseUrl,
    keys: o.keysFolder,
    member: { memberClass: o.member.memberClass, memberCode: o.member.memberCode },
    subsystems: o.subsystems,
    authority: { url: o.authorityUrl, anchor: o.authorityAnchor },
    invitation: o.enrolmentToken,
    agency: address(o.agency),
    peer: { ...address(o.peer), publicAddress: o.peer.publicAddress },
    public: address(o.publicSide),
    logOrigin: o.logOrigin,
    witnesses: o.witnesses,
    services: (o.services ?? [])
      .filter(({ subject }) => subject === undefined)
      .map(({ target, ...service }) => ({ ...service, url: "url" in target ? target.url : "" })),
    rights: o.rights
      .filter(({ serviceCode }) => serviceCode !== "persons")
      .map((right) => ({ ...right, subject: { memberClass: "GOV", memberCode: "CALLER", subsystemCode: "app" } })),
  };
}
