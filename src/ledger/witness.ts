import { createHash } from "node:crypto";
import { readUpTo, toHex, type Clock } from "#kernel";
import type { Database } from "#store";
import { parseAddCheckpoint, type AddCheckpoint } from "./add-checkpoint.ts";
import { equalBytes, textOf } from "./bytes.ts";
import { cosign, witnessVkey, type WitnessKey } from "./keys.ts";
import { mlDsaVkey, signWithMlDsa, verifyMlDsa44Natively, type MlDsaKey } from "./ml-dsa-key.ts";
import { verifyConsistency } from "./merkle-proof.ts";
import { formatNote, parseVkey, verifyNote, witnessKeyType, type VerifierKey } from "./note.ts";
import * as witness from "./witness-store.ts";
import * as store from "./store.ts";
import { emptyEdge, rootOf } from "./tree.ts";

/** A log a witness follows. A log that changes its key stands here twice for a while. */
export interface WitnessedLog {
  readonly origin: string;
  readonly vkey: string;
}

export interface WitnessOptions {
  /** The witness's own database, never a log's. */
  readonly database: Database;
  readonly name: string;
  readonly key: WitnessKey;
  /** Cosigns beside `key`: both lines stand in one answer. */
  readonly mlDsaKey?: MlDsaKey | undefined;
  readonly clock: Clock;
  readonly logs: readonly WitnessedLog[] | (() => Promise<readonly WitnessedLog[]>);
}

export interface Witness {
  readonly name: string;
  /** The verifier key to publish (type 0x04). */
  readonly vkey: string;
  /** The one of type 0x06, if the witness has it. */
  readonly mlDsaVkey?: string;
  /** Answers `POST …/add-checkpoint` and `GET …/<hex SHA-256 of origin>/checkpoint`, under any prefix. */
  handle(request: Request): Promise<Response>;
}

const bodyLimit = 128 * 1024;

function answer(status: number, body: string, contentType: string = "text/plain; charset=utf-8"): Response {
  return new Response(body, { status, headers: { "content-type": contentType, "x-content-type-options": "nosniff" } });
}

function originHash(origin: string): string {
  return toHex(createHash("sha256").update(origin).digest());
}

/**
 * Opens a witness: it remembers the largest tree it saw of each log and cosigns only what contains it.
 * @see C2SP tlog-witness v1.0.0, tlog-cosignature v1.0.1
 */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const { database, name, key, mlDsaKey, clock } = options;
  await store.prepare(database);
  // What stands under each log's newest head. ML-DSA signatures differ each time and cost more than they are asked for.
  const cosigned = new Map<string, { readonly text: string; readonly time: bigint; readonly lines: string }>();

  /** The witness's lines under a checkpoint, each with its newline: the same ones as long as this head stays. */
  function cosignatures(origin: string, text: string, time: bigint): string {
    const known = cosigned.get(origin);
    if (known?.text === text && known.time === time) return known.lines;
    const lines = [cosign(key, text, time), ...(mlDsaKey ? [signWithMlDsa(mlDsaKey, text, time)] : [])]
      .map((line) => `${line}\n`)
      .join("");
    cosigned.set(origin, { text, time, lines });
    return lines;
  }

  async function logs(): Promise<readonly WitnessedLog[]> {
    return typeof options.logs === "function" ? options.logs() : options.logs;
  }

  async function keysOf(origin: string): Promise<VerifierKey[]> {
    const listed = (await logs()).filter((log) => log.origin === origin);
    const keys = await Promise.all(listed.map(({ vkey }) => parseVkey(vkey)));
    return keys.flatMap((parsed) => (parsed.ok && parsed.value.type !== witnessKeyType ? parsed.value : []));
  }

  /** The steps are numbered as in the table of section 8.1 of our reference. */
  async function addCheckpoint(request: Request): Promise<Response> {
    // 1. The shape.
    const body = await readUpTo(request.body ?? [], bodyLimit);
    if (!body) return answer(413, "the request is too large\n");
    const text = textOf(body);
    const parsed = text === undefined ? undefined : parseAddCheckpoint(text);
    if (!parsed?.ok) return answer(400, `${parsed?.reason ?? "not UTF-8"}\n`);
    const { old, checkpoint } = parsed.value;
    const { origin, size, root } = checkpoint;
    // 2. and 3. A log we follow, signed by it.
    const keys = await keysOf(origin);
    if (keys.length === 0) return answer(404, "unknown log\n");
    const signers = await verifyNote(checkpoint.note, keys, verifyMlDsa44Natively);
    if (!signers.ok || signers.value.length === 0) return answer(403, "not signed by this log\n");
    const note = formatNote(
      checkpoint.note.text,
      signers.value.map(({ line }) => line),
    );
    // 4. and 5.
    if (old > size) return answer(400, "the old size is above the new one\n");
    if (size === 0n && !equalBytes(root, rootOf(emptyEdge))) return answer(422, "not the root of the empty tree\n");
    // 6. to 9.
    const recorded = await witness.witnessHead(database, origin);
    if (old !== (recorded?.size ?? 0n)) return conflict(recorded?.size ?? 0n);
    const refused = await contradiction(parsed.value, recorded);
    if (refused) {
      // A tree that our log signed and that does not contain the one it signed before is proof of misconduct.
      if (refused.fork && recorded) {
        const evidence = { origin, reason: refused.reason, note, recordedNote: recorded.note, at: clock.now() };
        await witness.addEvidence(database, evidence);
      }
      return answer(422, `${refused.reason}\n`);
    }
    // 10. Durable before it is answered, and only if no other request was faster.
    const now = BigInt(Math.floor(clock.now().getTime() / 1000));
    const time = recorded && recorded.cosignedAt > now ? recorded.cosignedAt : now;
    const next = { size, root, note, cosignedAt: time };
    if (!(await witness.replaceWitnessHead(database, origin, recorded, next))) {
      return conflict((await witness.witnessHead(database, origin))?.size ?? 0n);
    }
    return answer(200, cosignatures(origin, checkpoint.note.text, time));
  }

  async function monitored(hash: string): Promise<Response> {
    const log = (await logs()).find(({ origin }) => originHash(origin) === hash);
    const head = log && (await witness.witnessHead(database, log.origin));
    if (!head) return answer(404, "nothing seen\n");
    const text = head.note.slice(0, head.note.lastIndexOf("\n\n") + 1);
    return answer(200, head.note + cosignatures(log.origin, text, head.cosignedAt));
  }

  return {
    name,
    vkey: witnessVkey(key),
    ...(mlDsaKey ? { mlDsaVkey: mlDsaVkey(mlDsaKey) } : {}),
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/add-checkpoint")) {
        return request.method === "POST" ? addCheckpoint(request) : answer(405, "POST only\n");
      }
      const [, hash] = /\/([0-9a-f]{64})\/checkpoint$/.exec(pathname) ?? [];
      if (hash !== undefined && request.method === "GET") return monitored(hash);
      return answer(404, "");
    },
  };
}

function conflict(size: bigint): Response {
  return answer(409, `${size}\n`, "text/x.tlog.size");
}

/** Why the new tree does not follow from the recorded one. `fork` if both are signed and cannot both be true. */
async function contradiction(
  { old, proof, checkpoint }: AddCheckpoint,
  recorded: witness.WitnessHead | undefined,
): Promise<{ readonly reason: string; readonly fork: boolean } | undefined> {
  const { size, root } = checkpoint;
  if (old === 0n && proof.length > 0) return { reason: "from size 0 the proof must be empty", fork: false };
  const empty = rootOf(emptyEdge);
  const check = await verifyConsistency(old, size, proof, recorded?.root ?? empty, root);
  if (check.ok) return undefined;
  return { reason: check.reason, fork: old > 0n };
}
