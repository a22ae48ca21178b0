import { type Command, InvalidArgumentError } from "commander";
import { operatorName, told } from "./answer.ts";
import { readIdentifier } from "./read-identifier.ts";
import { wholeNumber } from "./read-number.ts";

/** Commands for whoever runs a site. `programFile` is started again for each further process of a gateway. */
export function siteCommands(program: Command, programFile: string): void {
  program
    .command("run")
    .description("run one site in production: an authority, a gateway or a witness, as a file describes it")
    .argument("<file>", "the site's configuration, JSON")
    .option("--workers <count>", "for a gateway: so many processes behind the same addresses", processes, 1)
    .addHelpText(
      "after",
      "\nExample: npx taroko run gateway.json --workers 4\nSee docs/guides/run-in-production.md and examples/sites. SIGINT or SIGTERM stops the site cleanly;\nSIGHUP reads the declarations of a gateway's registers anew.",
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
          return runWorkers({
            program: programFile,
            arguments: ["run", file],
            count: workers,
            tell,
            ending: ending.signal,
          });
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

  program
    .command("operator")
    .description("make a one-time sign-in link to a site's desk for a named person, or remove one")
    .argument("<file>", "the site's configuration; it names the desk's address")
    .argument("<name>", "under which the person's acts are recorded")
    .option("--remove", "end the person's sessions and links instead")
    .addHelpText(
      "after",
      '\nExample: npx taroko operator gateway.json "Lin Mei"\nA link works once, within fifteen minutes.',
    )
    .action(async (file: string, name: string, { remove }: { remove?: boolean }) => {
      process.exitCode = await told(async () => {
        const { linkOperator, removeOperator } = await import("#sites");
        const by = operatorName();
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
    .description(
      "destroy what ties a person to a gateway's log and records; the identifier is read from standard input",
    )
    .argument("<file>", "the gateway's configuration, JSON")
    .requiredOption("--basis <code>", "code of the law or request that demands it; published in the log", basisCode)
    .addHelpText(
      "after",
      `
Standard input is the identifier as the agency's services receive it, and nothing else; it is never an argument:

  read -rs NUMBER; printf %s "$NUMBER" | npx taroko forget gateway.json --basis pdpa-11; unset NUMBER

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
}

const processes = wholeNumber(1, 64, "a number of processes is a number from 1 to 64");

function basisCode(text: string): string {
  if (!/^[\x21-\x7e]{1,64}$/.test(text))
    throw new InvalidArgumentError("a basis is a code of at most 64 letters, digits and signs, without spaces");
  return text;
}
