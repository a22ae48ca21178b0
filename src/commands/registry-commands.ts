import type { Command } from "commander";
import { messageOf } from "./answer.ts";
import { wholeNumber } from "./read-number.ts";
import type { InitOptions } from "./registry.ts";
import type { OpenapiOptions } from "./tell-description.ts";

/** For whoever publishes data: what a description says, a declaration from what is there, what is wrong with it, and one that answers. */
export function registryCommands(program: Command, country: string): void {
  program
    .command("openapi")
    .description("show what an OpenAPI description would publish and check, and what it would change")
    .argument("<file>", "the description, OpenAPI 3.0 or 3.1, JSON or YAML")
    .option("--against <file>", "the description in use now")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExample: npx taroko openapi people-2.yaml --against people-1.yaml\nExit status: 0 usable whole, 1 not or only in part, 2 a file could not be read.",
    )
    .action(async (file: string, options: OpenapiOptions) => {
      const { tellDescription } = await import("./tell-description.ts");
      process.exitCode = tellDescription(file, options);
    });

  const registry = program.command("registry").description("publish a table, a file or a REST service by declaration");
  registry
    .command("init")
    .description(
      "look at a PostgreSQL database, a CSV or Parquet file, or a REST service's OpenAPI, and write a first declaration",
    )
    .argument("<place>", "postgres://…, a file, or the address of an OpenAPI description")
    .option("--table <schema.table>", "of a database: which table or view")
    .option("--operation <id>", "of a REST service: operationId or path of the look-up of one record")
    .option("--database <text>", "what the declaration shall say for the database", "env:REGISTER_DATABASE")
    .option("--subsystem <code>", "code of your agency's subsystem that provides it", "records")
    .option("--country <module>", "knows how the country's identity numbers look", country)
    .option("--out <file>", "where to write; - prints it. Beside the file, or in this folder, unless told")
    .addHelpText(
      "after",
      "\nExample: npx taroko registry init people.csv --subsystem household\nSee docs/guides/publishing-a-register.md.",
    )
    .action(async (place: string, options: InitOptions) => {
      process.exitCode = await told(async () => (await import("./registry.ts")).initRegister(place, options));
    });
  registry
    .command("check")
    .description("say all that is wrong with a declaration, each with its line; a file is read whole for it")
    .argument("<declaration>", "YAML or JSON")
    .addHelpText(
      "after",
      "\nExample: npx taroko registry check people.yaml\nExit status: 0 it can be served, 1 something is to be corrected, 2 could not look.",
    )
    .action(async (file: string) => {
      process.exitCode = await told(async () => (await import("./registry.ts")).checkRegister(file));
    });
  registry
    .command("serve")
    .description("answer as the declared register on this machine, with a page to try it")
    .argument("<declaration>", "YAML or JSON")
    .option("--port <number>", "on 127.0.0.1", port, 7080)
    .option("--gateway <file>", "also run this gateway, with the register published by it")
    .addHelpText(
      "after",
      "\nExample: npx taroko registry serve people.yaml\nSIGHUP reads the declaration anew; a changed CSV or Parquet file is noticed without.",
    )
    .action(async (file: string, options: { readonly port: number; readonly gateway?: string }) => {
      process.exitCode = await told(async () => {
        await (await import("./registry.ts")).serveRegisterFile(file, options);
        return 0;
      });
    });
}

const port = wholeNumber(0, 65_535, "a port is a number up to 65535");

/** Runs a command; what cannot be served is refused (1), anything else could not be done (2). */
async function told(work: () => Promise<0 | 1>): Promise<0 | 1 | 2> {
  try {
    return await work();
  } catch (fault) {
    console.error(messageOf(fault));
    return (fault as { readonly code?: unknown }).code === "register-declaration" ? 1 : 2;
  }
}
