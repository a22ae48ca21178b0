import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removePostgres, startPostgres } from "#store";
import { allowedClient } from "./allowed-client.ts";
import { personas } from "./people.ts";
import { demoPins } from "./pins.ts";
import { databaseNamesOf, portsOf, runCountry, type RunningCountry } from "./run-country.ts";
import { playOthers, playStory, StoryFault, type StorySummary } from "./story.ts";

export interface UpOptions {
  readonly story?: boolean;
  readonly fresh?: boolean;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly port: number;
  readonly data: string;
  readonly databaseUrl?: string | undefined;
  /** A declaration's file, to be published by the agency of its subsystem. */
  readonly publish?: string;
  /** Who may call it, path form. */
  readonly allow: string;
}

/**
 * `taroko up`: the demonstration country, the story, and staying up until Ctrl-C.
 * @returns the exit status: 0, or 1 with the step that failed
 */
export async function up(options: UpOptions): Promise<0 | 1> {
  const say = (line: string = ""): void => void (options.json || console.log(line));
  const folder = resolve(options.data);
  let lock: Server | undefined;
  let country: RunningCountry | undefined;
  let step = "start";
  const stopping = new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
  try {
    lock = await lockFolder(folder);
    await portsAreFree(options.port);
    if (options.fresh || existsSync(removalMark(folder))) await throwAway(folder, options.databaseUrl);
    const from = performance.now();
    say("Starting the demonstration country …");
    const publish =
      options.publish === undefined ? [] : [{ file: resolve(options.publish), client: allowedClient(options.allow) }];
    country = await runCountry({
      folder,
      port: options.port,
      databaseUrl: options.databaseUrl,
      publish,
      onStarted: (name, url) => say(`  ✓ ${name.padEnd(44)} ${url}`),
    });
    say(`  up after ${seconds(from)} s`);
    if (options.story || options.once) {
      step = "story";
      say("\nThe story: Mrs Lin applies for her mother's walking frame");
      const summary = await playStory(country, (line) => say(`  ✓ ${line}`));
      if (options.json) console.log(JSON.stringify({ ...summary, startSeconds: Number(seconds(from)) }, null, 2));
      else tell(summary, say);
      if (!summary.verified) return 1;
    }
    if (options.once) return 0;
    if (options.story) {
      const { applied } = await playOthers(country);
      if (applied > 0) say(`\n  ${applied} other people applied, so that the desk has a queue.`);
    }
    addresses(country, folder, say);
    const { sites } = country;
    process.on("SIGHUP", () => {
      for (const site of sites) site.reload?.().catch((fault: unknown) => say(String(fault)));
    });
    step = "run";
    await stopping;
    say("\nStopping …");
    return 0;
  } catch (fault) {
    const failed = fault instanceof StoryFault ? fault.step : step;
    const message = fault instanceof Error ? fault.message : String(fault);
    if (options.json)
      console.log(
        JSON.stringify(
          { ok: false, step: failed, problem: (fault as { code?: string }).code ?? "fault", message },
          null,
          2,
        ),
      );
    else console.error(`\n✗ ${message}`);
    if (process.env["TAROKO_LOG"]) console.error(fault);
    return 1;
  } finally {
    await country?.close();
    lock?.close();
  }
}

function tell(summary: StorySummary, say: (line?: string) => void): void {
  say("\nWhat happened");
  for (const exchange of summary.exchanges) say(`  exchange   ${exchange.service}  ${exchange.exchangeId}`);
  say(`  decision   ${summary.case.number}: ${summary.decision.outcome}, NT$${summary.decision.amount}`);
  say(
    `  rule       ${summary.decision.rule.id} ${summary.decision.rule.version} (${summary.decision.rule.hash.slice(0, 12)}…)`,
  );
  for (const line of summary.decision.lines) say(`             ${line.label}: ${line.value}`);
  say(`  payment    ${summary.payment.file} (${summary.payment.sha256.slice(0, 12)}…): ${summary.payment.state}`);
  for (const entry of summary.log)
    say(
      `  log        ${entry.origin} #${entry.index} of ${entry.size}: ${entry.verified ? `verified, ${entry.witnesses.length} witnesses` : `NOT verified: ${entry.witnesses.join()}`}`,
    );
  say(
    `  ${summary.verified ? "verified" : "NOT VERIFIED"}${summary.resumed ? " (went on where an earlier run left it)" : ""}, story in ${summary.seconds} s`,
  );
}

function addresses(country: RunningCountry, folder: string, say: (line?: string) => void): void {
  say("\nWhere to look");
  say(`  portal      ${country.portalUrl}            sign in as anybody below`);
  say(`  desk        ${country.portalUrl}/desk       sign in as an officer`);
  say(`  record      ${country.portalUrl}/record     logs, witnesses, policy`);
  say(
    `  card reader ${country.readerUrl}            a simulator: the cards, PIN ${demoPins.pin1} to sign in, ${demoPins.pin2} to sign`,
  );
  say(`  bank        ${country.bankUrl}            a simulator: files and statuses`);
  say(`  fees        ${country.payUrl}            a simulator: where people pay fees, with test cards`);
  say(
    `  accounts    ${country.agencyAccounts.url}            a simulator: the welfare department's own accounts, who left`,
  );
  for (const { of, url } of country.desks)
    say(
      `  ${of.padEnd(11)} ${url}            the ${of === "authority" ? "authority's" : "gateway's"} desk; press an invented name`,
    );
  say(
    `  site files  ${join(folder, "sites")}            for taroko operator, diagnose, rights, evidence, member, authority`,
  );
  const gateway = (offset: number): string =>
    country.portalUrl.replace(/\d+$/, (port) => String(Number(port) + offset));
  say("\nThe exchange from outside, as an agency's own system calls it (X-Road REST r1)");
  say(`  curl -H 'Accept: application/json' ${gateway(1)}/listClients`);
  say(
    `  curl -H 'X-Road-Client: TW/GOV/TPE-DOSW/welfare' -H 'Taroko-Purpose: confirm-representation' -H 'Taroko-Legal-Basis: tw:household-registration-act' --json '{"representative_id":"${personas[0]!.nationalId}"}' ${gateway(4)}/r1/TW/GOV/MOI/household/representation/v1/search`,
  );
  say("\nPeople (all invented)");
  for (const { key, nationalId, note } of personas) say(`  ${key.padEnd(18)} ${nationalId}  ${note.en}`);
  say("\nCtrl-C stops everything; the data stays. npm start -- --fresh begins anew.");
}

/**
 * One running country per folder: a second one would take the first one's database away. Freed when the process ends,
 * however it ends. On Linux the name lives in the kernel alone, so that of two starts at one moment only one gets it.
 */
async function lockFolder(folder: string): Promise<Server> {
  const name = `taroko-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
  const file =
    process.platform === "win32" || process.platform === "linux" ? undefined : join(tmpdir(), `${name}.sock`);
  const path = file ?? (process.platform === "win32" ? `\\\\.\\pipe\\${name}` : `\0${name}`);
  const taken = await new Promise<boolean>((done) => {
    const probe = createConnection(path, () => {
      probe.destroy();
      done(true);
    });
    probe.once("error", () => done(false));
  });
  const refused = (): Error =>
    Object.assign(
      new Error(
        `A demonstration country already runs on ${folder}. Stop it first, or choose another folder with --data (and another --port).`,
      ),
      { code: "already-running" },
    );
  if (taken) throw refused();
  if (file) rmSync(file, { force: true });
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (cause: NodeJS.ErrnoException) => fail(cause.code === "EADDRINUSE" ? refused() : cause));
    server.listen(path, () => done(server));
    server.unref();
  });
}

async function portsAreFree(first: number): Promise<void> {
  for (const port of portsOf(first)) {
    await new Promise<void>((done, fail) => {
      const probe = createServer();
      probe.once("error", (cause: NodeJS.ErrnoException) =>
        fail(
          Object.assign(
            new Error(
              `Port ${port} is ${cause.code === "EADDRINUSE" ? "taken" : `not usable (${cause.code})`}. The country needs ports ${first} to ${portsOf(first).at(-1)}: stop the other program, or choose another first port with --port.`,
            ),
            { code: "port-taken" },
          ),
        ),
      );
      probe.listen(port, "127.0.0.1", () => probe.close(() => done()));
    });
  }
}

/** Says that a removal has begun. A start that finds it ends the removal first: nobody can go on with half a country. */
const removalMark = (folder: string): string => join(folder, "being-removed");

async function throwAway(folder: string, databaseUrl: string | undefined): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(removalMark(folder), "");
  if (databaseUrl) {
    const server = await startPostgres({ folder, url: databaseUrl });
    for (const name of databaseNamesOf()) await server.drop(name);
  } else removePostgres(join(folder, "postgres"));
  rmSync(folder, { recursive: true, force: true });
}

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1);
}
