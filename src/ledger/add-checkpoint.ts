import { base64, bytesOfBase64, decimal, refused, type Bytes, type Parsed } from "./bytes.ts";
import { parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";

/** What a log sends a witness: the size the witness last saw, the proof from there, the new checkpoint. */
export interface AddCheckpoint {
  readonly old: bigint;
  readonly proof: readonly Bytes[];
  readonly checkpoint: SignedCheckpoint;
}

/** @see C2SP tlog-witness v1.0.0, "add-checkpoint" */
export function formatAddCheckpoint(old: bigint, proof: readonly Uint8Array[], note: string): string {
  return [`old ${old}`, ...proof.map(base64), "", note].join("\n");
}

export function parseAddCheckpoint(body: string): Parsed<AddCheckpoint> {
  const split = body.indexOf("\n\n");
  if (split < 0) return refused("request-malformed", "there is no checkpoint");
  const [first = "", ...lines] = body.slice(0, split).split("\n");
  const old = first.startsWith("old ") ? decimal(first.slice("old ".length)) : undefined;
  if (old === undefined) return refused("request-malformed", "the first line is not an old size");
  if (lines.length > 63) return refused("request-malformed", "there are more than 63 hashes");
  const proof: Bytes[] = [];
  for (const line of lines) {
    const hash = bytesOfBase64(line);
    if (hash?.length !== 32) return refused("request-malformed", "a hash is not 32 bytes");
    proof.push(hash);
  }
  const checkpoint = parseCheckpoint(body.slice(split + 2));
  return checkpoint.ok ? { ok: true, value: { old, proof, checkpoint: checkpoint.value } } : checkpoint;
}
