import { memberOfCertificate, trustSigner } from "./certificates.ts";
import { sha512Uri } from "./algorithms.ts";
import { must } from "./findings.ts";
import { checkOcsp } from "./ocsp.ts";
import type { Trust } from "./trust.ts";
import type { Report } from "./verdict.ts";
import type { ReadSignature } from "./xades-read.ts";

/** Who made a seal, path form, if somebody trusted says so: certificate, its issuer and its revocation answer. */
export function checkSigner(signature: ReadSignature, at: Date, trust: Trust, report: Pick<Report, "say">): string {
  const { certificate } = signature;
  const { authority, issuer } = trustSigner(certificate, trust.authorities, at);
  const [answer] = signature.revocationAnswers;
  if (answer) {
    const { responders } = authority;
    checkOcsp(answer, { certificate, issuer, responders, at, freshSeconds: trust.ocspFreshSeconds });
  } else report.say("ocsp-missing");
  return memberOfCertificate(certificate, authority.profile, trust.instance);
}

/** What a seal over one message must cover. */
export interface SealedDigest {
  readonly name: string;
  readonly sha512: Uint8Array;
}

/** A seal covers exactly these files with these digests: none more, none less. @throws `received-seal-mismatch` */
export function checkCovers({ files }: ReadSignature, wanted: readonly SealedDigest[]): void {
  must(files.length === wanted.length, "received-seal-mismatch", `${files.length} files are sealed`);
  for (const { name, sha512 } of wanted) {
    const found = files.filter((file) => file.name === name);
    const same = found.length === 1 && found[0]!.digestUri === sha512Uri && found[0]!.digest.equals(sha512);
    must(same, "received-seal-mismatch", name);
  }
}
