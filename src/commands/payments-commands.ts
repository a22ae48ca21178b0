import type { Command } from "commander";
import { wholeNumber } from "./read-number.ts";
import type { BatchOptions, ExportOptions, ImportOptions, PaymentsOptions } from "./payments-open.ts";

const statuses = "\nExit status: 0 done, 1 refused, 2 could not be done.";

/** `taroko payments …`: rosters, batches, files and books of a portal's payments, at its database. */
export function paymentsCommands(program: Command, country: string): void {
  const payments = program.command("payments").description("pay many people: rosters, batches, bank files, books");
  const add = (name: string, description: string): Command =>
    payments
      .command(name)
      .description(description)
      .option("--database <address>", "the portal's database, postgres://…; DATABASE_URL unless told")
      .option("--country <module>", "knows banks, accounts and banking days", country)
      .option("--payer <file>", "JSON of who pays where a programme names nobody: see docs/guides/pay-many.md")
      .option("--json", "print JSON");

  add("programmes", "list what is paid, by which law, within which limits").action(async (options: PaymentsOptions) =>
    run(async (does) => does.listProgrammes(options)),
  );
  add("open", "open a programme that a JSON file describes")
    .argument("<file>", "id, title, law, purpose, payer, budget, limits")
    .option("--by <name>", "who opens it; cli:<user> unless told")
    .addHelpText("after", statuses)
    .action(async (file: string, options: ImportOptions) => run(async (does) => does.openFrom(file, options)));
  add("import", "read a list of payees: CSV or JSON lines, from a file or - for standard input")
    .argument("<file>", "columns reference, name, institution, account, amount; perhaps currency, programme")
    .requiredOption("--programme <id>", "the programme that pays")
    .requiredOption("--decision <text>", "the act that orders these payments, as it is cited")
    .option("--name <text>", "the list's name; the file's unless told. An import that was killed goes on under it")
    .option("--by <name>", "who answers for the list; cli:<user> unless told")
    .option("--owners-checked", "the payees' banks confirmed the accounts before")
    .option("--errors <file>", "where to write the refused rows, CSV")
    .option("--most-refusals <number>", "stop when more rows are refused", wholeNumber(0, 100_000_000, "a number"))
    .addHelpText(
      "after",
      `\nExample: taroko payments import relief.csv --programme relief-2026 --decision "Decree 12" --errors refused.csv\nKilled, it is called again as before.${statuses}`,
    )
    .action(async (file: string, options: ImportOptions) => run(async (does) => does.importFrom(file, options)));
  add("refused", "write the rows of a roster that were refused, as CSV")
    .argument("<roster>", "its id")
    .option("--out <file>", "where to; printed unless told")
    .action(async (id: string, options: ImportOptions) => run(async (does) => does.writeRefused(id, options)));
  add("batch", "propose, list, show, release or recall a batch of payments")
    .argument("<verb>", "propose, list, show, release, recall")
    .argument("[id]", "the batch")
    .option("--programme <id>", "propose, list: which programme")
    .option("--decision <text>", "propose: only payments of this decision")
    .option("--pay-on <day>", "propose: YYYY-MM-DD; the banks' next day unless told")
    .option("--by <name>", "propose: the maker; cli:<user> unless told. Who releases or recalls is always cli:<user>")
    .option("--sha256 <hash>", "release: the hash that `show` prints; it is released, and nothing else")
    .option("--reason <text>", "recall: why")
    .addHelpText(
      "after",
      `\nWhere the database holds a public log, batches are released and recalled at the desk, which enters it there.${statuses}`,
    )
    .action(async (verb: string, id: string | undefined, options: BatchOptions) =>
      run(async (does) => does.workOnBatch(verb, id, options)),
    );
  add("files", "make the bank files of released batches, and list those that wait for the bank")
    .option("--make", "make what is due")
    .action(async (options: ExportOptions) => tell(async (does) => does.tellFiles(options)));
  add("progress", "how far rosters and batches have come")
    .option("--programme <id>", "of one programme")
    .action(async (options: ExportOptions) => tell(async (does) => does.tellProgress(options)));
  add("books", "where the money of every programme is").action(async (options: PaymentsOptions) =>
    tell(async (does) => does.tellBooks(options)),
  );
  add("prove", "prove the books from every payment they rest on")
    .addHelpText("after", "\nExit status: 0 they prove, 1 they do not, 2 could not look.")
    .action(async (options: PaymentsOptions) => tell(async (does) => does.prove(options)));
  add("follow", "follow one dollar: from the decision to the bank's statement")
    .argument("<id>", "an EndToEndId or a case's number")
    .action(async (id: string, options: PaymentsOptions) => tell(async (does) => does.follow(id, options)));
  add("export", "write payments as CSV, without names and accounts")
    .option("--programme <id>", "of one programme")
    .option("--state <state...>", "only in these states")
    .option("--out <file>", "where to; printed unless told")
    .action(async (options: ExportOptions) => tell(async (does) => does.exportPayments(options)));
  payments
    .command("graph")
    .description("draw the states of a payment and what moves it between them")
    .option("--format <dot|mermaid|svg>", "in which language", "dot")
    .action(async ({ format }: { readonly format: string }) => tell(async (does) => does.drawStates(format)));
}

type Does = typeof import("./payments.ts");
type Tells = typeof import("./payments-tell.ts");

async function run(work: (does: Does) => Promise<0 | 1 | 2>): Promise<void> {
  process.exitCode = await work(await import("./payments.ts"));
}

async function tell(work: (tells: Tells) => Promise<0 | 1 | 2>): Promise<void> {
  process.exitCode = await work(await import("./payments-tell.ts"));
}
