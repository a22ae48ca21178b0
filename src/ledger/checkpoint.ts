import { bytesOf, type Parsed } from "./bytes.ts";
import { parseCheckpointText, type Checkpoint } from "./checkpoint-text.ts";
import { parseNote, validKeyName, type Note } from "./note.ts";

export { formatCheckpoint, parseCheckpointText, type Checkpoint } from "./checkpoint-text.ts";

export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
}

/** Reads a signed checkpoint. Says nothing about its signatures: see `verifyNote`. */
export function parseCheckpoint(text: string): Parsed<SignedCheckpoint, "note-malformed" | "checkpoint-malformed"> {
  const note = parseNote(text);
  if (!note.ok) return note;
  const head = parseCheckpointText(note.value.text);
  return head.ok ? { ok: true, value: { ...head.value, note: note.value } } : head;
}

/** An origin is also its log's key name, so it keeps the rules of both; 255 bytes is what an ML-DSA message can name. */
export function validOrigin(origin: string): boolean {
  return validKeyName(origin) && bytesOf(origin).length <= 255;
}
