import { createHash, createHmac } from "node:crypto";
import { bytesOfBase64url } from "../bytes.ts";
import { subjectInput } from "../commitment.ts";
import type { ReadLogFile } from "../log-files.ts";
import { parseTlogProof } from "../tlog-proof.ts";
import { openTree } from "../verified-tree.ts";
import { markOf, saltInput } from "./labels.ts";
import type { ListVerdict, PersonList } from "./verify-list.ts";

/** What a copy of the whole log says about a list. */
export interface ScannedLog {
  readonly scanned: number;
  /** Entries about the person that the list lacks: proof of misconduct. */
  readonly lacking: readonly number[];
  /** Entries of the list that are not about the person. */
  readonly foreign: readonly number[];
}

/**
 * Reads every entry of the log that a verified list covers, each checked against the witnessed tree, and looks with the
 * person's key whether the list is true: as `isAbout`, for all of them.
 * @throws `ledger-tile-missing` and the like if files are missing or not those of the tree
 */
export async function scanLog(
  list: PersonList,
  subject: string,
  verdict: Extract<ListVerdict, { ok: true }>,
  read: ReadLogFile,
): Promise<ScannedLog> {
  const proof = parseTlogProof(list.root.proof);
  if (!proof.ok) throw Object.assign(new Error(proof.reason), { code: "ledger-list-invalid" });
  const tree = await openTree(proof.value.checkpoint, read);
  const key = bytesOfBase64url(list.key ?? "");
  const found = new Set<number>();
  for (let n = 0n; n * 256n < BigInt(verdict.upto); n += 1n) {
    for (const [at, entry] of (await tree.bundle(n)).entries()) {
      const index = Number(n) * 256 + at;
      if (index < verdict.upto && key?.length === 32 && isAboutSync(entry, subject, key)) found.add(index);
    }
  }
  const listed = new Set(verdict.positions);
  return {
    scanned: verdict.upto,
    lacking: [...found].filter((index) => !listed.has(index)),
    foreign: verdict.positions.filter((index) => !found.has(index)),
  };
}

function isAboutSync(entry: Uint8Array, subject: string, key: Uint8Array): boolean {
  const mark = markOf(entry);
  if (!mark) return false;
  const salt = createHmac("sha256", key).update(saltInput(mark.nonce)).digest();
  return createHash("sha256").update(subjectInput(subject, salt)).digest("base64url") === mark.sub;
}
