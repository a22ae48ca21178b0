import { equalBytes, type Refused } from "./bytes.ts";
import type { SignedCheckpoint } from "./checkpoint.ts";
import { verifyNote } from "./note.ts";
import type { Policy } from "./policy.ts";
import type { ReceiptCode } from "./refusal-codes.ts";

/** Who cosigned, by the name in the policy, and when, in POSIX seconds. */
export interface Cosigned {
  readonly name: string;
  readonly time: number;
}

/** Cosignatures from further ahead than this are refused: a clock is wrong, or somebody signs in advance. */
const futureSeconds = 60;

/** Why a head is refused. */
export type HeadCode = Extract<
  ReceiptCode,
  | "log-not-in-policy"
  | "log-signature-missing"
  | "log-signature-wrong"
  | "witness-signature-wrong"
  | "witness-time-ahead"
  | "witnesses-too-few"
>;

/**
 * Checks who signed a tree head: a log of the policy, and enough witnesses. Answers the first step that failed and why.
 * Old cosignatures are shown, not judged.
 */
export async function verifyHead(
  { origin, note }: SignedCheckpoint,
  policy: Policy,
  now: Date,
): Promise<
  | { readonly ok: true; readonly witnesses: readonly Cosigned[] }
  | (Refused<HeadCode> & { readonly step: "log-signature" | "quorum" })
> {
  const no = (step: "log-signature" | "quorum", code: HeadCode, reason: string) =>
    ({ ok: false, step, code, reason }) as const;
  const logKeys = policy.logs.filter((key) => key.name === origin);
  if (logKeys.length === 0)
    return no("log-signature", "log-not-in-policy", `the policy does not list the log ${origin}`);
  const logSigners = await verifyNote(note, logKeys);
  if (!logSigners.ok) return no("log-signature", "log-signature-wrong", logSigners.reason);
  if (logSigners.value.length === 0)
    return no("log-signature", "log-signature-missing", "the log did not sign this checkpoint");

  const cosigners = await verifyNote(note, [...policy.witnesses.values()]);
  if (!cosigners.ok) return no("quorum", "witness-signature-wrong", cosigners.reason);
  const witnesses: Cosigned[] = [];
  for (const [name, key] of policy.witnesses) {
    const signer = cosigners.value.find((candidate) => equalBytes(candidate.key.publicKey, key.publicKey));
    if (!signer) continue;
    // Without a time an ML-DSA cosignature does not say that this was the largest tree its signer knew.
    if (signer.time === 0n) continue;
    const time = Number(signer.time);
    if (time > now.getTime() / 1000 + futureSeconds) {
      return no("quorum", "witness-time-ahead", `the cosignature of ${name} is dated in the future`);
    }
    witnesses.push({ name, time });
  }
  const names = witnesses.map(({ name }) => name);
  if (!policy.quorum(new Set(names))) {
    return no(
      "quorum",
      "witnesses-too-few",
      `only ${names.length} known witnesses signed: ${names.join(", ") || "none"}`,
    );
  }
  return { ok: true, witnesses };
}
