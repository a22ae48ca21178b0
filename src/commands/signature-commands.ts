import type { Command } from "commander";
import type { VerifySignatureOptions } from "./verify-signature.ts";

/** `taroko signature …`: documents signed by card or sealed by an organisation. */
export function signatureCommands(program: Command): void {
  const signature = program.command("signature").description("documents signed by card or sealed by an organisation");
  signature
    .command("verify")
    .description("check the signatures of a PDF (PAdES) or of a JSON web signature (JAdES), and say why")
    .argument("<file>", "the file")
    .requiredOption("--issuers <file or address>", "certificates (PEM) of the authorities whose signers are trusted")
    .option("--time-stamp-roots <file or address>", "certificates (PEM) of time-stamp authorities to trust")
    .option("--document <file...>", "what a detached signature is over")
    .option("--ask", "ask the issuers how certificates stand now; without it nobody is asked")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
  taroko signature verify decision.pdf --issuers issuers.pem --time-stamp-roots time-stamps.pem

A portal publishes both files on its page /check-signature.
Exit status: 0 TOTAL-PASSED, 1 TOTAL-FAILED, 2 INDETERMINATE or not readable. See docs/guides/check-a-signature.md.`,
    )
    .action(async (file: string, options: VerifySignatureOptions) => {
      const { verifySignature } = await import("./verify-signature.ts");
      process.exitCode = await verifySignature(file, options);
    });
}
