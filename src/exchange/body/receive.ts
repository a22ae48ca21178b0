import { createHash, type Hash } from "node:crypto";
import { err, ok, type Result } from "#kernel";
import type { Content, SpooledBody } from "./content.ts";
import type { Spool, SpoolFile } from "./spool.ts";

/** Why a body was not taken in whole. */
export type BodyFault = "too-large" | "too-slow" | "broken-off" | "spool-failed";

export interface BodyLimits {
  /** Bytes; `Infinity` for as many as the disk holds. */
  readonly maxBody: number;
  /** Bytes that stay in memory; longer bodies are spooled. 1 MiB unless told. */
  readonly memoryLimit?: number;
  /** Each so many milliseconds a body that is not whole must have grown by `paceBytes`; 30 s unless told. */
  readonly paceMs?: number;
  /** 16 KiB unless told. */
  readonly paceBytes?: number;
  /** Hears why the spool failed. */
  readonly warn?: (cause: unknown) => void;
}

/** The bodies of one call: what it receives lives until `release`. */
export interface CallBodies {
  /**
   * Takes a body in, whole, at the pace of memory and disk; nothing of it goes on before its digest is known.
   * @param length what the message says; a longer one than allowed is not even begun
   */
  receive(from: BodySource, length?: number): Promise<Result<Content, BodyFault>>;
  /** Lets go of the spool files. */
  release(): Promise<void>;
}

/** Bytes as `node:http` and `undici` give them. Reading stops without destroying it, so that a refusal can be sent. */
export interface BodySource {
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<Uint8Array, unknown>;
}

export function openBodies(spool: Spool, limits: BodyLimits): CallBodies {
  const { maxBody, memoryLimit = 1024 * 1024, paceMs = 30_000, paceBytes = 16 * 1024, warn } = limits;
  const files = new Set<SpoolFile>();

  async function receive(from: BodySource, length = 0): Promise<Result<Content, BodyFault>> {
    if (length > maxBody) return err("too-large");
    const pace = watchPace(paceMs, paceBytes);
    const parts = from.iterator({ destroyOnReturn: false });
    const memory: Uint8Array[] = [];
    let spooling: { readonly file: SpoolFile; readonly hash: Hash } | undefined;
    let read = 0;
    try {
      for (;;) {
        const next = await pace.within(parts.next());
        if (typeof next === "string") return err(next);
        if (next.done) break;
        const part = next.value;
        read += part.length;
        if (read > maxBody) return err("too-large");
        pace.heard(part.length);
        memory.push(part);
        if (read <= memoryLimit) continue;
        if (spooling === undefined) {
          spooling = { file: await spool.create(), hash: createHash("sha512") };
          files.add(spooling.file);
        }
        for (const bytes of memory.splice(0)) {
          spooling.hash.update(bytes);
          await spooling.file.append(bytes);
        }
      }
      if (spooling === undefined) return ok(memory.length === 1 ? memory[0]! : Buffer.concat(memory));
      await spooling.file.finish();
      return ok(spooled(spooling.file, spooling.hash.digest(), read));
    } catch (cause) {
      warn?.(cause);
      return err("spool-failed");
    } finally {
      pace.stop();
    }
  }

  return {
    async receive(from, length) {
      const before = new Set(files);
      const received = await receive(from, length);
      // A refused body's file makes room at once.
      if (!received.ok) await letGo(files, (file) => !before.has(file));
      return received;
    },
    release: () => letGo(files, () => true),
  };
}

function spooled(file: SpoolFile, sha512: Uint8Array, length: number): SpooledBody {
  return { digest: { sha512, length }, read: () => file.read() };
}

async function letGo(files: Set<SpoolFile>, which: (file: SpoolFile) => boolean): Promise<void> {
  for (const file of [...files].filter(which)) {
    files.delete(file);
    await file.close();
  }
}

/** Ends the wait for a body that comes too slowly: dripping bytes, one before each time-out, would hold a place for ever. */
interface Pace {
  within<Value>(next: Promise<Value>): Promise<Value | "broken-off" | "too-slow">;
  heard(bytes: number): void;
  stop(): void;
}

function watchPace(everyMs: number, least: number): Pace {
  let heard = 0;
  let tellSlow = (): void => undefined;
  const timer = setInterval(() => {
    if (heard < least) tellSlow();
    heard = 0;
  }, everyMs);
  return {
    async within(next) {
      // A promise of its own for each part: one for the whole body would keep every part's reactions until its end.
      const slow = new Promise<"too-slow">((tell) => (tellSlow = () => tell("too-slow")));
      try {
        return await Promise.race([next, slow]);
      } catch {
        return "broken-off";
      }
    },
    heard: (bytes) => void (heard += bytes),
    stop: () => clearInterval(timer),
  };
}
