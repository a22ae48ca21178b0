import { base64, bytesOfBase64, decimal, refused, type Bytes, type Parsed } from "./bytes.ts";
import { parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";

/**
 * A proof that one entry stands in a log, with the checkpoint it leads to.
 * @see C2SP tlog-proof (main, untagged)
 */
export interface TlogProof {
  readonly index: bigint;
  /** From the leaf's sibling upward. */
  readonly path: readonly Bytes[];
  readonly checkpoint: SignedCheckpoint;
  /** Not authenticated by anything. */
  readonly extra?: Bytes;
}

const version = "c2sp.org/tlog-proof@v1";

export function formatTlogProof(index: bigint, path: readonly Uint8Array[], note: string, extra?: Uint8Array): string {
  const first = extra ? [version, `extra ${base64(extra)}`] : [version];
  return [...first, `index ${index}`, ...path.map(base64), "", note].join("\n");
}

export function parseTlogProof(
  text: string,
): Parsed<TlogProof, "proof-malformed" | "note-malformed" | "checkpoint-malformed"> {
  const split = text.indexOf("\n\n");
  if (split < 0) return refused("proof-malformed", "the proof holds no checkpoint");
  const lines = text.slice(0, split).split("\n");
  if (lines.shift() !== version) return refused("proof-malformed", `the proof does not start with ${version}`);
  let extra: Bytes | undefined;
  if (lines[0]?.startsWith("extra ")) {
    extra = bytesOfBase64(lines.shift()!.slice("extra ".length));
    if (!extra) return refused("proof-malformed", "the extra line is not base64");
  }
  const indexLine = lines.shift() ?? "";
  const index = indexLine.startsWith("index ") ? decimal(indexLine.slice("index ".length)) : undefined;
  if (index === undefined) return refused("proof-malformed", "the proof has no index");
  const path: Bytes[] = [];
  for (const line of lines) {
    const hash = bytesOfBase64(line);
    if (hash?.length !== 32) return refused("proof-malformed", "a hash of the proof is not 32 bytes");
    path.push(hash);
  }
  if (path.length > 63) return refused("proof-malformed", "the proof is too long");
  const checkpoint = parseCheckpoint(text.slice(split + 2));
  if (!checkpoint.ok) return checkpoint;
  return { ok: true, value: { index, path, checkpoint: checkpoint.value, ...(extra ? { extra } : {}) } };
}
