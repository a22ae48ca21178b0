#!/usr/bin/env node
/** The `taroko` command: words in, one call each, words out. What works on one site is in `commands/`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { addCommands, portNumber } from "#commands";
import type { PersonasUpOptions, UpOptions } from "#demo";

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
  .version;
const program = new Command("taroko")
  .description("A digital government platform: one sign-in, services, data exchange, a record nobody can rewrite.")
  .version(version)
  .showHelpAfterError()
  // 1 says that something was looked at and is not good; a command that was not understood has looked at nothing.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

program
  .command("up")
  .description("start a whole demonstration country on this machine and stay up until Ctrl-C")
  .option("--story", "play the main story once, or go on where it was stopped")
  .option("--fresh", "begin anew: throws away the demonstration's databases and keys")
  .option("--once", "play, verify, and stop instead of staying up (implies --story)")
  .option("--json", "print one JSON summary and nothing else")
  .option("--port <first>", "first of 27 ports in a row; the portal answers at the first", portNumber, 8080)
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
  .command("personas")
  .description(
    "start the OpenID provider with invented people and switchable faults, for developers of relying parties",
  )
  .option("--fresh", "begin anew: throws away the personas' databases and keys")
  .option("--json", "print endpoints, clients and personas as JSON")
  .option("--port <first>", "first of 4 ports in a row; relying parties use the first", portNumber, 8090)
  .option("--data <folder>", "where databases and keys live", new URL("../.taroko/personas", import.meta.url).pathname)
  .addHelpText(
    "after",
    "\nDemonstration only: anybody can be signed in as anybody. It listens on this machine alone and does not start where\nNODE_ENV is production. See docs/guides/personas.md.",
  )
  .action(async (options: PersonasUpOptions) => {
    const { personasUp } = await import("#demo");
    process.exitCode = await personasUp({ ...options, databaseUrl: process.env["DATABASE_URL"] });
  });

addCommands(program, {
  programFile: fileURLToPath(import.meta.url),
  country: fileURLToPath(new URL("../countries/taiwan/index.ts", import.meta.url)),
});

await program.parseAsync();
