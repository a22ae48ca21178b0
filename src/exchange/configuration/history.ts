import { createHash } from "node:crypto";

/** A signed configuration in two parts: what re-issues share, and what each has of its own. */
export interface SplitConfiguration {
  /** SHA-256 of `frame`. */
  readonly digest: Buffer;
  readonly frame: string;
  readonly issue: string;
}

const ofTheIssue = ["version", "issued", "softExpires", "expires"] as const;

/** Takes a signed configuration apart. Its signature is over a canonical form, so that the order of members is free. */
export function splitConfiguration(text: string): SplitConfiguration {
  const { signed, signatures, ...rest } = JSON.parse(text) as {
    readonly signed: Record<string, unknown>;
    readonly signatures: unknown;
  };
  const shared = Object.entries(signed).filter(([name]) => !ofTheIssue.some((one) => one === name));
  const frame = JSON.stringify({ signed: Object.fromEntries(shared), ...rest });
  const issue = JSON.stringify({
    signed: Object.fromEntries(ofTheIssue.map((name) => [name, signed[name]])),
    signatures,
  });
  return { digest: createHash("sha256").update(frame).digest(), frame, issue };
}

/** Puts the two together again. */
export function joinConfiguration(frame: string, issue: unknown): string {
  const { signed, ...rest } = JSON.parse(frame) as { readonly signed: object };
  const own = issue as { readonly signed: object; readonly signatures: unknown };
  return JSON.stringify({ signed: { ...signed, ...own.signed }, signatures: own.signatures, ...rest });
}
