import { base64, bytesOfBase64, bytesOfBase64url, textOf, type Bytes, type Refused } from "./bytes.ts";
import { commit, subjectCommitment } from "./commitment.ts";
import { leafHash, verifyInclusion } from "./merkle-proof.ts";
import { parsePolicy } from "./policy.ts";
import type { ReceiptCode } from "./refusal-codes.ts";
import { parseTlogProof } from "./tlog-proof.ts";
import { verifyHead } from "./verify-head.ts";

/** Any JSON value; the contract imports nothing, so it says so itself. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json | undefined };

/** What a person keeps: one entry, the proof that it stands in the log, and what opens its commitments to them. */
export interface Receipt {
  readonly v: 1;
  /** Base64 of the entry's bytes. */
  readonly entry: string;
  /** A tlog-proof, verbatim. */
  readonly proof: string;
  /**
   * Values the entry only commits to. `commitments` is `{ [member]: { salt: base64url, value } }` and is checked;
   * other members are the sender's remarks and prove nothing.
   */
  readonly opening?: { readonly [member: string]: Json | undefined };
}

export type Verdict =
  | {
      readonly ok: true;
      readonly origin: string;
      readonly index: number;
      readonly size: number;
      /** Base64. */
      readonly root: string;
      /** Who cosigned, by the name in the policy, and when, in POSIX seconds. */
      readonly witnesses: readonly { readonly name: string; readonly time: number }[];
      readonly entry: { readonly [member: string]: Json | undefined };
    }
  | {
      readonly ok: false;
      readonly step: "format" | "leaf" | "log-signature" | "quorum" | "inclusion" | "opening";
      readonly code: ReceiptCode;
      /** English, for whoever looks into it. */
      readonly reason: string;
    };

type Step = Extract<Verdict, { ok: false }>["step"];

function no(step: Step, code: ReceiptCode, reason: string): Verdict {
  return { ok: false, step, code, reason };
}

function isObject(value: unknown): value is { readonly [member: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An entry is a JSON object in UTF-8, 1 to 65,535 bytes. */
function parseEntry(bytes: Bytes): { readonly [member: string]: Json | undefined } | undefined {
  if (bytes.length === 0 || bytes.length > 65_535) return undefined;
  try {
    const value: unknown = JSON.parse(textOf(bytes) ?? "");
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function checkOpening(
  entry: { readonly [member: string]: Json | undefined },
  commitments: Json,
): Promise<Refused<"opening-malformed" | "opening-differs"> | undefined> {
  const malformed = (reason: string) => ({ ok: false, code: "opening-malformed", reason }) as const;
  if (!isObject(commitments)) return malformed("the commitments are not an object");
  for (const [member, opening] of Object.entries(commitments)) {
    const salt =
      isObject(opening) && typeof opening["salt"] === "string" ? bytesOfBase64url(opening["salt"]) : undefined;
    const value = isObject(opening) ? opening["value"] : undefined;
    if (!salt || salt.length < 16 || typeof value !== "string")
      return malformed(`${member}: no salt of 16 bytes or more, or no value`);
    if (!Object.hasOwn(entry, member)) return malformed(`${member}: the entry has no such member`);
    const expected = await (member === "sub" ? subjectCommitment(value, salt) : commit(value, salt));
    if (entry[member] !== expected) {
      return { ok: false, code: "opening-differs", reason: `${member}: the value is not the one the entry commits to` };
    }
  }
  return undefined;
}

/**
 * Checks a receipt against a witness policy with nothing but this code: no server is asked. Answers the first step
 * that failed and why. The order is format, leaf, log signature, quorum, inclusion, opening.
 * @throws `NotSupportedError` where WebCrypto has no Ed25519 (Chrome before 137)
 * @param policyText a C2SP tlog-policy file from a source the reader trusts, never from the receipt's sender
 * @param now cosignatures from more than 60 s later are refused; old ones are shown, not judged
 */
export async function verifyReceipt(receipt: Receipt, policyText: string, now: Date = new Date()): Promise<Verdict> {
  const given: unknown = receipt;
  if (!isObject(given) || given["v"] !== 1) return no("format", "receipt-malformed", "not a receipt of version 1");
  const { entry: encoded, proof: proofText, opening } = given;
  if (typeof encoded !== "string" || typeof proofText !== "string")
    return no("format", "receipt-malformed", "entry or proof is missing");
  const bytes = bytesOfBase64(encoded);
  if (!bytes) return no("format", "receipt-malformed", "the entry is not base64");
  const proof = parseTlogProof(proofText);
  if (!proof.ok) return no("format", proof.code, proof.reason);
  const { index, path, checkpoint } = proof.value;
  const { origin, size, root } = checkpoint;
  if (size > BigInt(Number.MAX_SAFE_INTEGER))
    return no("format", "tree-too-large", "the tree is larger than this program can count");
  if (opening !== undefined && !isObject(opening))
    return no("format", "opening-malformed", "the opening is not an object");
  const policy = await parsePolicy(policyText);
  if (!policy.ok) return no("format", policy.code, policy.reason);

  const entry = parseEntry(bytes);
  if (!entry) return no("leaf", "entry-unreadable", "the entry is not a JSON object of 1 to 65,535 bytes");

  const head = await verifyHead(checkpoint, policy.value, now);
  if (!head.ok) return no(head.step, head.code, head.reason);

  const included = await verifyInclusion(index, size, await leafHash(bytes), path, root);
  if (!included.ok) return no("inclusion", included.code, included.reason);

  if (opening?.["commitments"] !== undefined) {
    const mismatch = await checkOpening(entry, opening["commitments"]);
    if (mismatch) return no("opening", mismatch.code, mismatch.reason);
  }
  return {
    ok: true,
    origin,
    index: Number(index),
    size: Number(size),
    root: base64(root),
    witnesses: head.witnesses,
    entry,
  };
}
