import { Option, type Command } from "commander";

/** `taroko rules …`: decision models before and after they are in force. `country`: the module that is taken unless told. */
export function rulesCommands(program: Command, country: string): void {
  const rules = program.command("rules").description("decision models (DMN): check, compare, try out, judge anew");
  rules
    .command("check")
    .description("find gaps, overlaps, rows nobody reaches, rows without law and unreadable cells in decision tables")
    .argument("<files...>", "DMN files")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example: npx taroko rules check my-change.dmn

Exit status: 0 nothing to mend (notes aside), 1 something to mend, 2 a file cannot be read. See docs/guides/change-a-rule.md.`,
    )
    .action(async (files: string[], options: { json?: boolean }) => {
      const { checkRules } = await import("./check-rules.ts");
      process.exitCode = checkRules(files, options);
    });
  rules
    .command("compare")
    .description(
      "what a new version of a model changes, cell by cell; with a database also which past cases would change",
    )
    .argument("<old>", "DMN file of the version in force")
    .argument("<new>", "DMN file of the changed one")
    .option(
      "--database <address>",
      "a portal's database, postgres://…, to try the new one over its cases; nothing is written",
    )
    .option("--country <module>", "the country's module, for its services", country)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit status: 0 nothing changes, 1 something does, 2 could not be compared.")
    .action(async (before: string, after: string, options: { database?: string; country: string; json?: boolean }) => {
      const { compareRules } = await import("./compare-rules.ts");
      process.exitCode = await compareRules(before, after, options);
    });
  rules
    .command("replay")
    .description("judge a sent application anew, by the model, the facts and the instant that are stored with it")
    .argument("<number>", "the case's number, for example AT-115-000001")
    // By its name, since a default would stand in the help with its password.
    .addOption(
      new Option("--database <address>", "the portal's database, postgres://…")
        .env("DATABASE_URL")
        .makeOptionMandatory(),
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit status: 0 the same result, 1 another one, 2 could not be judged anew.")
    .action(async (number: string, options: { database: string; json?: boolean }) => {
      const { replayRules } = await import("./replay-rules.ts");
      process.exitCode = await replayRules(number, options);
    });
}
