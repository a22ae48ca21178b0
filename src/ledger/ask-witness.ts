import { formatAddCheckpoint } from "./add-checkpoint.ts";
import { readUpTo } from "#kernel";
import { decimal, textOf } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { LogContext } from "./log-context.ts";
import { verifyMlDsa44Natively } from "./ml-dsa-key.ts";
import { parseSignatureLine, verifyNote } from "./note.ts";
import { consistencyRanges } from "./prove.ts";
import { hashesFromTiles } from "./sign-head.ts";
import * as heads from "./head-store.ts";
import * as store from "./store.ts";

/** A witness that does not answer within this time is asked again later. */
const timeoutMs = 1000;
const tries = 3;
/** Room for the lines of any witness; who sends more is not read on. */
const answerLimit = 64 * 1024;

export type Answer =
  | { readonly kind: "signed"; readonly size: bigint }
  | { readonly kind: "behind" } // the witness knows a newer head of ours: take that one
  | { readonly kind: "rolled-back" }
  | { readonly kind: "misconfigured" | "refused" | "silent"; readonly detail: string };

/**
 * Asks one witness to cosign a head and keeps its lines. `known` is where the witness last was as far as we remember;
 * what counts is what it answers (409). A witness that remembers a size this log never signed shows that the log was
 * rolled back: then the log freezes.
 * @see C2SP tlog-witness v1.0.0
 */
export async function askWitness(
  context: LogContext,
  witness: LogContext["witnesses"][number],
  head: heads.HeadRow,
  known: bigint,
  stopping: AbortSignal,
): Promise<Answer> {
  const { database, log } = context;
  let old = known <= head.size ? known : 0n;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { hashes } = await hashesFromTiles(database, log, head.size, consistencyRanges(old, head.size));
    let response: Response;
    let body: string | undefined;
    try {
      response = await fetch(`${witness.url.replace(/\/$/, "")}/add-checkpoint`, {
        method: "POST",
        body: formatAddCheckpoint(old, hashes, head.note),
        headers: { "content-type": "text/plain; charset=utf-8" },
        signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
        redirect: "error",
      });
      const bytes = await readUpTo(response.body ?? [], answerLimit);
      body = bytes && textOf(bytes);
    } catch (fault) {
      return { kind: "silent", detail: fault instanceof Error ? fault.name : "no answer" };
    }
    if (body === undefined) return { kind: "silent", detail: "the answer is too large, or no text" };
    if (response.status === 200) return keepLines(context, witness, head, body);
    if (response.status === 409) {
      const size = decimal(body.replace(/\n$/, ""));
      if (size === undefined) return { kind: "silent", detail: "409 without a size" };
      if (size !== 0n && !(await heads.hasHead(database, log, size))) {
        const reason = `witness ${witness.name} has cosigned size ${size}, which this log does not know`;
        await store.freeze(database, log, reason);
        context.alarm({ kind: "frozen", witness: witness.name, detail: reason });
        return { kind: "rolled-back" };
      }
      if (size > head.size) return { kind: "behind" };
      old = size;
    } else if (response.status === 403 || response.status === 404) {
      return { kind: "misconfigured", detail: `status ${response.status}` };
    } else if (response.status === 400 || response.status === 422) {
      return { kind: "refused", detail: `status ${response.status}` };
    } else {
      return { kind: "silent", detail: `status ${response.status}` };
    }
    await new Promise((wake) => setTimeout(wake, 10 * 5 ** attempt));
  }
  return { kind: "silent", detail: "the witness's size kept changing" };
}

/** Keeps the witness's good signatures, a line for each of its keys; lines of other keys are dropped. */
async function keepLines(
  context: LogContext,
  witness: LogContext["witnesses"][number],
  head: heads.HeadRow,
  body: string,
): Promise<Answer> {
  const { database, log, quorum, witnesses } = context;
  const lines = body.split("\n").flatMap((line) => parseSignatureLine(line) ?? []);
  const checkpoint = parseCheckpoint(head.note);
  if (!checkpoint.ok) return { kind: "silent", detail: checkpoint.reason };
  const answered = { text: checkpoint.value.note.text, signatures: lines };
  const signers = await verifyNote(answered, witness.keys, verifyMlDsa44Natively);
  // A cosignature without a time makes no claim about earlier trees (C2SP tlog-witness forbids it here).
  const good = signers.ok ? signers.value.filter(({ time }) => time !== undefined && time > 0n) : [];
  const time = good[0]?.time;
  if (time === undefined) return { kind: "silent", detail: "the answer holds no good cosignature" };
  const line = good.map((signer) => signer.line).join("\n");
  await heads.addCosignature(database, log, { size: head.size, witness: witness.name, line, time });
  const names = witnesses.map(({ name }) => name);
  await heads.countQuorum(database, log, head.size, quorum, names);
  return { kind: "signed", size: head.size };
}
