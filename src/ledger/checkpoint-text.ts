import { base64, bytesOfBase64, decimal, refused, type Bytes, type Parsed } from "./bytes.ts";

/**
 * A tree head: which log, how many entries, their Merkle root.
 * @see C2SP tlog-checkpoint v1.0.0
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Bytes;
}

/** The text that is signed: three lines, each with its newline. We write no extension lines: nobody could audit them. */
export function formatCheckpoint(origin: string, size: bigint, root: Uint8Array): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** Reads the text of a checkpoint; extension lines are accepted and ignored. */
export function parseCheckpointText(text: string): Parsed<Checkpoint, "checkpoint-malformed"> {
  const [origin, sizeLine, rootLine, ...rest] = text.split("\n");
  // The text ends in a newline, so the last piece is empty; every piece before it is a line and may not be.
  if (rest.pop() !== "" || rest.includes(""))
    return refused("checkpoint-malformed", "a checkpoint has at least three lines, none empty");
  if (!origin) return refused("checkpoint-malformed", "the checkpoint names no log");
  const size = decimal(sizeLine ?? "");
  if (size === undefined) return refused("checkpoint-malformed", "the tree size is not a number");
  const root = bytesOfBase64(rootLine ?? "");
  if (root?.length !== 32) return refused("checkpoint-malformed", "the root hash is not 32 bytes");
  return { ok: true, value: { origin, size, root } };
}
