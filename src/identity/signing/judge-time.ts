import { checkTimeStampToken } from "#ledger";
import type { SigningTrust } from "./judge-signer.ts";

/** The earliest time that a trusted authority proves, and why others did not count. */
export interface ProvenTime {
  readonly at?: Date;
  readonly by?: string;
  readonly faults: readonly string[];
}

/** Judges time-stamp tokens over some bytes (RFC 3161; EN 319 102-1 section 5.4). */
export async function judgeTime(
  tokens: readonly Uint8Array[],
  stamped: Uint8Array,
  { timeStampRoots }: SigningTrust,
): Promise<ProvenTime> {
  if (tokens.length === 0) return { faults: [] };
  if (timeStampRoots.trim() === "") return { faults: ["no time-stamp authority is trusted here"] };
  const verdicts = await Promise.all(tokens.map((token) => checkTimeStampToken(token, stamped, timeStampRoots)));
  const faults = verdicts.flatMap((verdict) => (verdict.ok ? [] : [`${verdict.step}: ${verdict.reason}`]));
  const good = verdicts.flatMap((verdict) => (verdict.ok ? [verdict] : []));
  const [first] = good.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return { faults, ...(first && { at: first.at, by: first.by }) };
}
