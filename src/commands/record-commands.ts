import { type Command, InvalidArgumentError } from "commander";
import type { MonitorLogsOptions } from "./monitor-logs.ts";
import { verifyFile, type VerifyFileOptions } from "./verify-file.ts";

const demonstrationPolicy = "http://127.0.0.1:8080/record/policy.txt";

/** Commands for whoever reads the public record, as a person concerned or as an outsider. */
export function recordCommands(program: Command): void {
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
}

function minutes(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1_000_000)) throw new InvalidArgumentError("a time is a number of minutes above 0");
  return number;
}
