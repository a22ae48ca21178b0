import { type Command, InvalidArgumentError } from "commander";
import type { ExportEvidenceOptions, VerifyEvidenceOptions } from "./evidence.ts";

/** `taroko evidence …`: evidence of one exchange, to hand to others and to check. */
export function evidenceCommands(program: Command): void {
  const evidence = program.command("evidence").description("evidence of one exchange, to hand to others and to check");

  evidence
    .command("verify")
    .description(
      "check a signed container (ASiC-E): one of an exchange here, or one that an X-Road security server wrote",
    )
    .argument("<file>", "the container")
    .option("--anchor <key>", "the country's anchor: for exchanges of ours it is all that is needed", anchorKey)
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
  npx taroko evidence verify exchange.asice --anchor 3q2-…   npx taroko evidence verify message.asice --trust shared-params.xml

Nobody is asked: the check runs without a network. Exit status: 0 valid, 1 invalid, 2 indeterminate or not readable.
See docs/guides/evidence-of-an-exchange.md.`,
    )
    .action(async (file: string, options: VerifyEvidenceOptions) => {
      const { verifyEvidence } = await import("./evidence.ts");
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
      "\n  npx taroko evidence export gateway.json 0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21 --out exchange.asice\n\nThe gateway may be running; the authority is asked for a certificate to seal with.\nExit status: 0 written, 1 not known or not kept, 2 could not.",
    )
    .action(async (file: string, exchange: string, options: ExportEvidenceOptions) => {
      const { exportEvidence } = await import("./evidence.ts");
      process.exitCode = await exportEvidence(file, exchange, options);
    });
}

function evidenceForm(text: string): ExportEvidenceOptions["form"] {
  if (text === "exchange" || text === "x-road") return text;
  throw new InvalidArgumentError("the form is exchange or x-road");
}

function evidenceSide(text: string): "consumer" | "provider" {
  if (text === "consumer" || text === "provider") return text;
  throw new InvalidArgumentError("the side is consumer or provider");
}

/** A mistyped anchor must not make a sound container look forged. */
function anchorKey(text: string): string {
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return text;
  throw new InvalidArgumentError("an anchor is 43 letters, digits, - and _, as the authority publishes it");
}
