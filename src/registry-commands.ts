import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import type { InitOptions } from "./registry-command.ts";

/** `taroko registry …`: a declaration from what is there, what is wrong with one, and one that answers. */
export function registryCommands(program: Command): void {
  const registry = program.command("registry").description("publish a table, a file or a REST service by declaration");
  registry
    .command("init")
    .description("look at a PostgreSQL database, a CSV or a Parquet file and write a first declaration")
    .argument("<place>", "postgres://… or a file")
    .option("--table <schema.table>", "of a database: which table or view")
    .option("--database <text>", "what the declaration shall say for the database", "env:REGISTER_DATABASE")
    .option("--subsystem <code>", "code of your agency's subsystem that provides it", "records")
    .option("--country <module>", "knows how the country's identity numbers look", country())
    .option("--out <file>", "where to write; - prints it. Beside the file, or in this folder, unless told")
    .addHelpText(
      "after",
      "\nExample: taroko registry init people.csv --subsystem household\nSee docs/guides/publishing-a-register.md.",
    )
    .action(async (place: string, options: InitOptions) => {
      process.exitCode = await told(async () => (await import("./registry-command.ts")).initRegister(place, options));
    });
  registry
    .command("check")
    .description("say all that is wrong with a declaration, each with its line; a file is read whole for it")
    .argument("<declaration>", "YAML or JSON")
    .addHelpText(
      "after",
      "\nExample: taroko registry check people.yaml\nExit status: 0 it can be served, 1 something is to be corrected, 2 could not look.",
    )
    .action(async (file: string) => {
      process.exitCode = await told(async () => (await import("./registry-command.ts")).checkRegister(file));
    });
  registry
    .command("serve")
    .description("answer as the declared register on this machine, with a page to try it")
    .argument("<declaration>", "YAML or JSON")
    .option("--port <number>", "on 127.0.0.1", port, 7080)
    .option("--gateway <file>", "also run this gateway, with the register published by it")
    .addHelpText(
      "after",
      "\nExample: taroko registry serve people.yaml\nSIGHUP reads the declaration anew; a changed CSV or Parquet file is noticed without.",
    )
    .action(async (file: string, options: { readonly port: number; readonly gateway?: string }) => {
      process.exitCode = await told(async () => {
        await (await import("./registry-command.ts")).serveRegisterFile(file, options);
        return 0;
      });
    });
}

function country(): string {
  return fileURLToPath(new URL("../countries/taiwan/index.ts", import.meta.url));
}

/** Runs a command; what cannot be served is refused (1), anything else could not be done (2). */
async function told(work: () => Promise<0 | 1>): Promise<0 | 1 | 2> {
  try {
    return await work();
  } catch (fault) {
    console.error(fault instanceof Error ? fault.message : String(fault));
    return (fault as { readonly code?: unknown }).code === "register-declaration" ? 1 : 2;
  }
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError("a port is a number up to 65535");
  return number;
}
