#!/usr/bin/env node
/** The `taroko` command: words in, one call each, words out. Faults become one line and an exit status. */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import type { UpOptions } from "#demo";
import { membershipCommands } from "./membership-commands.ts";
import type { EventsCommandOptions } from "./events-command.ts";
import type { ExportEvidenceOptions, VerifyEvidenceOptions } from "./evidence-command.ts";
import type { MonitorLogsOptions } from "./monitor-logs.ts";
import type { OpenapiOptions } from "./openapi-command.ts";
import { readIdentifier } from "./read-identifier.ts";
import { registryCommands } from "./registry-commands.ts";
import type { RightsOptions } from "./rights-command.ts";
import { rightsHelp } from "./rights-help.ts";
import { verifyFile, type VerifyFileOptions } from "./verify-file.ts";

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
  .version;
const demonstrationPolicy = "http://127.0.0.1:8080/record/policy.txt";
const program = new Command("taroko")
  .description("A digital government platform: one sign-in, services, data exchange, a record nobody can rewrite.")
  .version(version)
  .showHelpAfterError();

program
  .command("up")
  .description("start a whole demonstration country on this machine and stay up until Ctrl-C")
  .option("--story", "play the main story once, or go on where it was stopped")
  .option("--fresh", "begin anew: throws away the demonstration's databases and keys")
  .option("--once", "play, verify, and stop instead of staying up (implies --story)")
  .option("--json", "print one JSON summary and nothing else")
  .option("--port <first>", "first of 23 ports in a row; the portal answers at the first", port, 8080)
  .option("--data <folder>", "where databases and keys live", new URL("../.taroko", import.meta.url).pathname)
  .option("--publish <declaration>", "also publish this register, by the agency of its subsystem; SIGHUP reads it anew")
  .option("--allow <client>", "who may call that register", "TW/GOV/TPE-DOSW/welfare")
  .addHelpText(
    "after",
    "\nDATABASE_URL=postgres://… uses a PostgreSQL server of yours instead of the embedded one.\nTAROKO_LOG=info prints what the sites log.",
  )
  .action(async (options: UpOptions) => {
    // Read only when wanted: checking a receipt needs none of the country.
    const { up } = await import("#demo");
    process.exitCode = await up({ ...options, databaseUrl: process.env["DATABASE_URL"] });
  });

program
  .command("verify")
  .description(
    "check a receipt, or a whole list of entries about a person, against a log that independent witnesses signed",
  )
  .argument("<file>", "the receipt's or the list's JSON file")
  .option("--policy <file or address>", "logs and witnesses to trust (C2SP tlog-policy)", demonstrationPolicy)
  .option("--anchors <folder or address>", "the log's published files: also prove when at the latest it was recorded")
  .option("--anchor-roots <file>", "root certificates (PEM) of the time-stamp authorities to trust")
  .option("--log <folder or address>", "for a list: read every entry of the log with the person's key")
  .option("--json", "print the verdict as JSON")
  .addHelpText(
    "after",
    "\nNothing is asked of the log: with a policy file the check runs without a network.\nExit status: 0 verified, 1 not verified, 2 could not be checked.",
  )
  .action(async (receipt: string, options: VerifyFileOptions) => {
    process.exitCode = await verifyFile(receipt, options);
  });

program
  .command("run")
  .description("run one site in production: an authority, a gateway or a witness, as a file describes it")
  .argument("<file>", "the site's configuration, JSON")
  .option("--workers <count>", "for a gateway: so many processes behind the same addresses", workerCount, 1)
  .addHelpText(
    "after",
    "\nExample: taroko run gateway.json --workers 4\nSee docs/guides/run-in-production.md and examples/sites. SIGINT or SIGTERM stops the site cleanly;\nSIGHUP reads the declarations of a gateway's registers anew.",
  )
  .action(async (file: string, { workers }: { workers: number }) => {
    process.exitCode = await told(async () => {
      const { isSupervisor, readSiteFile, runSite, runWorkers, tellRunning } = await import("#sites");
      const ending = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
      if (workers > 1 && isSupervisor()) {
        if (readSiteFile(file).file.site !== "gateway")
          throw Object.assign(new Error("--workers is for gateways"), { code: "site-file" });
        const tell = (line: object): void => console.log(JSON.stringify(line));
        const program = fileURLToPath(import.meta.url);
        return runWorkers({ program, arguments: ["run", file], count: workers, tell, ending: ending.signal });
      }
      const { site, facts } = await runSite(file);
      const running = { running: site.name, ...facts };
      if (!tellRunning(running)) console.log(JSON.stringify(running));
      process.on("SIGHUP", () => {
        site.reload?.().catch((fault: unknown) => console.error(String(fault)));
      });
      await new Promise<void>((stop) => {
        if (ending.signal.aborted) stop();
        ending.signal.addEventListener("abort", () => stop());
      });
      await site.close();
    });
    const { tellEnded } = await import("#sites");
    tellEnded();
  });

membershipCommands(program);

program
  .command("openapi")
  .description("show what an OpenAPI description would publish and check, and what it would change")
  .argument("<file>", "the description, OpenAPI 3.0 or 3.1, JSON or YAML")
  .option("--against <file>", "the description in use now")
  .option("--json", "print the result as JSON")
  .addHelpText(
    "after",
    "\nExample: taroko openapi people-2.yaml --against people-1.yaml\nExit status: 0 usable whole, 1 not or only in part, 2 a file could not be read.",
  )
  .action(async (file: string, options: OpenapiOptions) => {
    const { tellDescription } = await import("./openapi-command.ts");
    process.exitCode = tellDescription(file, options);
  });

program
  .command("operator")
  .description("make a one-time sign-in link to a site's desk for a named person, or remove one")
  .argument("<file>", "the site's configuration; it names the desk's address")
  .argument("<name>", "under which the person's acts are recorded")
  .option("--remove", "end the person's sessions and links instead")
  .addHelpText("after", '\nExample: taroko operator gateway.json "Lin Mei"\nA link works once, within fifteen minutes.')
  .action(async (file: string, name: string, { remove }: { remove?: boolean }) => {
    process.exitCode = await told(async () => {
      const { linkOperator, removeOperator } = await import("#sites");
      const by = `cli:${userInfo().username}`;
      if (!remove) return console.log(JSON.stringify(await linkOperator(file, name, by), null, 2));
      if (!(await removeOperator(file, name, by))) throw new Error(`${file} has no operator named "${name}"`);
      console.log(JSON.stringify({ removed: name }));
    });
  });

program
  .command("diagnose")
  .description(
    "look at everything a running gateway's calls need: database, clock, certificate, and each peer by a call",
  )
  .argument("<file>", "the gateway's configuration; it names the desk's address")
  .option("--json", "print what was found as JSON")
  .addHelpText("after", "\nExit status: 0 all good, 1 something needs attention, 2 the gateway cannot be asked.")
  .action(async (file: string, options: { json?: boolean }) => {
    const { diagnoseGateway } = await import("./diagnose-gateway.ts");
    process.exitCode = await diagnoseGateway(file, options);
  });

program
  .command("rights")
  .description("who may use a gateway's data services: list, propose, approve, review, explain, simulate")
  .argument("<file>", "the gateway's configuration, JSON")
  .argument("<verb>", "list, show, explain, try, propose, approve, … (below)")
  .argument("[words...]", "an id, a field, a group, a client, as the verb needs")
  .option("--service <subsystem/service>", "one of the agency's own services")
  .option(
    "--subject <path or group>",
    "whose right: TW/GOV/code/subsystem, TW/GOV/code, LOCALGROUP:code, GLOBALGROUP:code",
  )
  .option("--client <path>", "of try: who would call")
  .option("--method <method>", "one method; all unless told")
  .option("--path <glob>", "for example /v1/people/*; all unless told")
  .option("--purpose <code...>", "purposes that may be stated")
  .option("--basis <code...>", "legal bases that may be stated")
  .option("--field <name or pointer...>", "fields that are released; all unless told")
  .option("--consent <none|required>", "whether the person must have agreed")
  .option("--quota <number/unit>", "for example 1000/day, or 1000/day+50 with a burst of 50")
  .option("--people <number>", "how many different people a day")
  .option("--payload-check <off|report|enforce>", "instead of the service's own check against its description")
  .option("--from <date>", "first day; now unless told")
  .option("--until <date>", "the day it ends; two years unless told, five at most")
  .option("--review <date>", "when somebody must look at it again")
  .option("--owner <role>", "the responsible unit")
  .option("--replaces <id>", "the right that ends when this one is approved")
  .option("--draft", "propose: write it down only")
  .option("--hold", "approve: without activating it")
  .option("--with-consent", "try: suppose that the person agreed")
  .option("--revoke <id...>", "simulate: suppose these revoked")
  .option("--state <state>", "list: only those in this state")
  .option("--days <number>", "review: how far ahead; simulate: how far back")
  .option("--title <text>", "of a group")
  .option("--by <name>", "who does it; cli:<user> unless told")
  .option("--note <text>", "why; kept in the right's history")
  .option("--json", "print JSON")
  .addHelpText("after", rightsHelp)
  .action(async (file: string, verb: string, words: string[], options: RightsOptions) => {
    const { manageRights } = await import("./rights-command.ts");
    process.exitCode = await manageRights(file, verb, words, options);
  });

program
  .command("recover")
  .description("rebuild a site's log whose database was set back, from its published files, and let it go on")
  .argument("<file>", "the site's configuration, JSON")
  .option("--from <address or folder>", "where the published files are; without it, where the file publishes to")
  .addHelpText(
    "after",
    `
After a restored back-up the log's witnesses remember more entries than the database has: the log freezes, so that it
never signs a second history. This command takes the entries back from the published files, checked against the
log's own signature and against what its witnesses saw last; entries written since the restore follow after them.
The site may be running; it goes on by itself. Nothing is signed here. Only the log is rebuilt: other tables stay as
the back-up had them. If files are missing the origin is finished, and this command says so and changes nothing.
See docs/guides/run-in-production.md.`,
  )
  .action(async (file: string, { from }: { from?: string }) => {
    process.exitCode = await told(async () => {
      const { recoverSite } = await import("#sites");
      const { origin, size, regained, restaged } = await recoverSite(file, from);
      console.log(
        JSON.stringify({ recovered: origin, size: Number(size), regained: Number(regained), requeued: restaged }),
      );
    });
  });

program
  .command("forget")
  .description("destroy what ties a person to a gateway's log and records; the identifier is read from standard input")
  .argument("<file>", "the gateway's configuration, JSON")
  .requiredOption("--basis <code>", "code of the law or request that demands it; published in the log", basisCode)
  .addHelpText(
    "after",
    `
Standard input is the identifier as the agency's services receive it, and nothing else; it is never an argument:

  read -rs NUMBER; printf %s "$NUMBER" | taroko forget gateway.json --basis pdpa-11; unset NUMBER

The keys of the person's entries are destroyed, and in each record of an exchange about them the salts, digests and
signatures by which somebody who knows them could tell that it is theirs. What stays says that two agencies exchanged
something, when, why and how it ended. No entry of the log is touched: every receipt still verifies. It cannot be undone.
It does not reach: registers and case files, records of refused calls, other agencies' records, back-ups, files people
were given. The gateway may be running. Exit status: 0 destroyed, 1 refused, or nothing is known of the person here.
See docs/guides/run-in-production.md.`,
  )
  .action(async (file: string, { basis }: { basis: string }) => {
    process.exitCode = await told(async () => {
      const { forgetAtSite } = await import("#sites");
      const { keys, records, messages } = await forgetAtSite(file, await readIdentifier(process.stdin), basis);
      if (!keys && records === 0 && messages === 0)
        throw new Error(
          "nothing is known of this person here: nothing was changed; is the identifier spelt as in calls?",
        );
      console.log(JSON.stringify({ forgotten: true, keys, records, ...(messages > 0 ? { messages } : {}), basis }));
    });
  });

const evidence = program.command("evidence").description("evidence of one exchange, to hand to others and to check");

evidence
  .command("verify")
  .description(
    "check a signed container (ASiC-E): one of an exchange here, or one that an X-Road security server wrote",
  )
  .argument("<file>", "the container")
  .option("--anchor <key>", "the country's anchor: for exchanges of ours it is all that is needed")
  .option(
    "--configuration <file or address>",
    "a newer signed configuration, for what was revoked since; needs --anchor",
  )
  .option("--policy <file or address>", "logs and witnesses to trust instead of those of the configuration")
  .option("--trust <file>", "X-Road's shared-params.xml, for containers of X-Road or in its layout")
  .option("--time-stamp-roots <file>", "certificates (PEM) of time-stamp authorities to trust")
  .option("--json", "print the verdict as JSON")
  .addHelpText(
    "after",
    `
  taroko evidence verify exchange.asice --anchor 3q2-…   taroko evidence verify message.asice --trust shared-params.xml

Nobody is asked: the check runs without a network. Exit status: 0 valid, 1 invalid, 2 indeterminate or not readable.
See docs/guides/evidence-of-an-exchange.md.`,
  )
  .action(async (file: string, options: VerifyEvidenceOptions) => {
    const { verifyEvidence } = await import("./evidence-command.ts");
    process.exitCode = await verifyEvidence(file, options);
  });

evidence
  .command("export")
  .description("write the evidence of one exchange into a sealed container")
  .argument("<file>", "the gateway's configuration, JSON")
  .argument("<exchange>", "the exchange's id: x-road-request-id of its answer")
  .requiredOption("--out <file>", "where to")
  .option(
    "--form <form>",
    "exchange: both members' signatures and the log's proof; x-road: the message sent, as X-Road's tools read it",
    evidenceForm,
    "exchange",
  )
  .option("--side <side>", "consumer or provider, where both ends are this gateway's", evidenceSide)
  .addHelpText(
    "after",
    "\n  taroko evidence export gateway.json 0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21 --out exchange.asice\n\nThe gateway may be running; the authority is asked for a certificate to seal with.\nExit status: 0 written, 1 not known or not kept, 2 could not.",
  )
  .action(async (file: string, exchange: string, options: ExportEvidenceOptions) => {
    const { exportEvidence } = await import("./evidence-command.ts");
    process.exitCode = await exportEvidence(file, exchange, options);
  });

program
  .command("monitor")
  .description("follow logs as an outsider: what was recorded by one end only, rewritten, held back or not witnessed")
  .option("--policy <file or address>", "logs and witnesses to trust (C2SP tlog-policy)", demonstrationPolicy)
  .option("--log <address or folder...>", "where a log's files are; without it, where the policy says")
  .option("--state <file>", "what to remember between runs; without it all is read anew at every start")
  .option("--window <minutes>", "both ends of an exchange must be recorded within this time", minutes, 24 * 60)
  .option("--every <minutes>", "time between two looks", minutes, 1)
  .option("--once", "look once and stop")
  .option("--json", "print each report as one line of JSON")
  .addHelpText(
    "after",
    "\nOf the demonstration on port 8080: --log http://127.0.0.1:8094 … 8097 and http://127.0.0.1:8080/log\nExit status: 0 nothing found, 1 findings, 2 could not look.",
  )
  .action(async (options: MonitorLogsOptions) => {
    const { monitorLogs } = await import("./monitor-logs.ts");
    process.exitCode = await monitorLogs(options);
  });

const events = program.command("events").description("look after the events of a gateway's rooms");
for (const [work, about, example] of [
  ["status", "what waits for whom, what was delivered, what was given up", ""],
  ["dead", "list dead letters: events that were given up", ""],
  [
    "replay",
    "send dead letters once more, or everything from a sequence on",
    " --subscription 0b7a4f7e-… --sequence 17",
  ],
  ["discard", "give dead letters up for good", " --subscription 0b7a4f7e-… --sequence 17"],
] as const) {
  const command = events
    .command(work)
    .description(about)
    .argument("<file>", "the gateway's configuration, JSON")
    .addHelpText(
      "after",
      `\n  taroko events ${work} gateway.json${example}\n\nThe gateway may be running. Exit status: 0 done, 1 nothing to do, 2 could not.\nSee docs/guides/events-between-agencies.md.`,
    )
    .action(async (file: string, options: EventsCommandOptions) => {
      const { eventsCommand } = await import("./events-command.ts");
      process.exitCode = await eventsCommand(work, file, options);
    });
  if (work === "status" || work === "dead") command.option("--json", "print it as JSON");
  else
    command
      .requiredOption("--subscription <id>", "whose, as `status` lists them")
      .option("--sequence <number>", "one event; all dead letters of the subscription unless told", sequenceNumber);
  if (work === "replay") command.option("--from <number>", "every event from this sequence on", sequenceNumber);
}

registryCommands(program);

await program.parseAsync();

/** Runs a command; a fault becomes its message and exit status 1. */
async function told(work: () => Promise<void>): Promise<0 | 1> {
  try {
    await work();
    return 0;
  } catch (fault) {
    console.error(fault instanceof Error ? fault.message : String(fault));
    return 1;
  }
}

function sequenceNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError("a sequence counts from 0");
  return number;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_000)
    throw new InvalidArgumentError("a port is a number from 1 to 65000");
  return number;
}

function workerCount(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError("a number of processes is a number from 1 to 64");
  return number;
}

function evidenceForm(text: string): ExportEvidenceOptions["form"] {
  if (text === "exchange" || text === "x-road") return text;
  throw new InvalidArgumentError("the form is exchange or x-road");
}

function evidenceSide(text: string): "consumer" | "provider" {
  if (text === "consumer" || text === "provider") return text;
  throw new InvalidArgumentError("the side is consumer or provider");
}

function basisCode(text: string): string {
  if (!/^[\x21-\x7e]{1,64}$/.test(text))
    throw new InvalidArgumentError("a basis is a code of at most 64 letters, digits and signs, without spaces");
  return text;
}

function minutes(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1_000_000)) throw new InvalidArgumentError("a time is a number of minutes above 0");
  return number;
}
