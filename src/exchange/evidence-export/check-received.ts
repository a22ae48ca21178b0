import { createHash } from "node:crypto";
import { checkCovers, checkSigner, type SealedDigest } from "./check-seal.ts";
import type { Container } from "./container.ts";
import { must } from "./findings.ts";
import { nativeFiles as files } from "./native-files.ts";
import { bodyDigestOf, readBase } from "./signed-half.ts";
import type { Trust } from "./trust.ts";
import type { Report } from "./verdict.ts";
import { readSignature } from "./xades-read.ts";

const emptyDigest = createHash("sha512").digest("base64");

/** The other member's own seal over what it sent, read as a container of its own; signatures by both are checked before. */
export async function checkReceived(
  container: Container,
  { sent, sender }: { readonly sent: "request" | "response"; readonly sender: string },
  trust: Trust | undefined,
  report: Report,
): Promise<void> {
  if (!container.has(files.receivedSeal)) {
    if (container.has(files.receivedMessage)) report.say("received-seal-missing");
    return;
  }
  must(container.has(files.receivedMessage), "container-incomplete", files.receivedMessage);
  const signature = readSignature(await container.bytes(files.receivedSeal));
  const wanted: SealedDigest[] = [
    { name: "message.xml", sha512: await container.digest(files.receivedMessage, "sha512") },
  ];
  // A body that was not kept is sealed all the same: by the digest that its sender signed, compared with the body before.
  const baseFile = sent === "request" ? files.requestBase : files.responseBase;
  const body = bodyDigestOf(readBase(await container.bytes(baseFile)));
  if (body !== emptyDigest) wanted.push({ name: "attachment1", sha512: Buffer.from(body, "base64") });
  checkCovers(signature, wanted);
  if (!trust) return;
  const signer = checkSigner(signature, signature.signingTime, trust, report);
  must(signer === sender, "sender-mismatch", `sealed by ${signer}, sent by ${sender}`);
  report.facts.receivedSigner = signer;
  report.facts.receivedSignedAt = signature.signingTime.toISOString();
}
