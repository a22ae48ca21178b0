import type { Clock } from "#kernel";
import { signBytes } from "./algorithms.ts";
import { baseDigest, largestBatch, signBatch } from "./batch-signature.ts";
import { signAlone, type HopKey, type Unsigned } from "./profile.ts";

/** Signs what this gateway sends. */
export interface Signer {
  /**
   * Towards a receiver that takes batches, messages of one turn of the event loop share a signature; nobody waits for
   * company longer than that, and a lone message is signed alone, in the form that everybody reads.
   * @throws `EXCHANGE_UNSIGNABLE` as `signRequest`
   */
  sign<Made>(unsigned: Unsigned<Made>, toBatchTaker: boolean): Promise<Made>;
  /** Whether a receiver was heard to take batches. Forgotten with the configuration that named it. */
  takesBatches(receiver: object): boolean;
  /** Notes what a receiver said of itself in a verified message; `false` after one that could not be verified. */
  heard(receiver: object, takesBatches: boolean): void;
}

interface Waiting {
  readonly prepare: (form: "plain" | "batch", key: HopKey) => Prepared | undefined;
  readonly fail: (cause: unknown) => void;
}

interface Prepared {
  readonly base: string;
  readonly done: (signature: Uint8Array) => void;
}

export function openSigner(keyNow: () => HopKey, clock: Clock): Signer {
  const takers = new WeakSet();
  let waiting: Waiting[] = [];

  function signTogether(group: readonly Waiting[]): void {
    const key = keyNow();
    const form = group.length === 1 ? "plain" : "batch";
    const prepared = group.flatMap(({ prepare }) => prepare(form, key) ?? []);
    if (prepared.length === 0) return;
    const signatures =
      form === "plain"
        ? prepared.map(({ base }) => signBytes(Buffer.from(base, "latin1"), key.alg, key.key))
        : signBatch(
            prepared.map(({ base }) => baseDigest(base)),
            key.alg,
            key.key,
          );
    for (const [at, { done }] of prepared.entries()) done(signatures[at]!);
  }

  function signWaiting(): void {
    const group = waiting.slice(0, largestBatch);
    waiting = waiting.slice(largestBatch);
    if (waiting.length > 0) setImmediate(signWaiting);
    try {
      signTogether(group);
    } catch (cause) {
      for (const { fail } of group) fail(cause);
    }
  }

  return {
    sign: async (unsigned, toBatchTaker) =>
      toBatchTaker
        ? new Promise((made, fail) => {
            waiting.push({ prepare: (form, key) => prepared(unsigned, form, key), fail });
            if (waiting.length === 1) setImmediate(signWaiting);

            function prepared(of: typeof unsigned, form: "plain" | "batch", key: HopKey): Prepared | undefined {
              try {
                const text = of.prepare(form, key, clock);
                return { base: text.base, done: (signature) => made(of.signed(text, signature)) };
              } catch (cause) {
                fail(cause); // a message that cannot be signed is its own fault, not its neighbours'
                return undefined;
              }
            }
          })
        : signAlone(unsigned, keyNow(), clock),
    takesBatches: (receiver) => takers.has(receiver),
    heard(receiver, takes) {
      if (takes) takers.add(receiver);
      else takers.delete(receiver);
    },
  };
}
