import { InvalidArgumentError, Option, type Command } from "commander";

/** `taroko policies …`: who may do what, before it is taken into use. */
export function policiesCommands(program: Command): void {
  const policies = program.command("policies").description("who may do what at the desks: check and try out policies");
  policies
    .command("check")
    .description(
      "check the platform's policies together with folders of your own (*.cedar), strictly against the schema",
    )
    .argument("[folders...]", "folders with policies that join the platform's")
    .option("--json", "print the set as JSON")
    .addHelpText("after", "\nExit status: 0 sound, 1 not sound.")
    .action(async (folders: string[], options: { json?: boolean }) => {
      const { checkPolicies } = await import("./try-policies.ts");
      process.exitCode = checkPolicies(folders, options);
    });
  policies
    .command("replay")
    .description("judge a portal's recorded decisions anew, as if these policies had been in force; nothing is written")
    .argument("[folders...]", "folders with policies that join the platform's")
    // By its name, since a default would stand in the help with its password.
    .addOption(
      new Option("--database <address>", "the portal's database, postgres://…")
        .env("DATABASE_URL")
        .makeOptionMandatory(),
    )
    .option("--days <number>", "how far back", days, 30)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit status: 0 nothing would change, 1 something would, 2 could not be tried.")
    .action(async (folders: string[], options: { database: string; days: number; json?: boolean }) => {
      const { replayPolicies } = await import("./try-policies.ts");
      process.exitCode = await replayPolicies(folders, options);
    });
}

function days(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 3_660)) throw new InvalidArgumentError("a number of days above 0");
  return number;
}
