import { createHash } from "node:crypto";
import { z } from "zod";
import { readUpTo, toBase64, utf8 } from "#kernel";
import type { BankChannel, OwnerChannel } from "#payments";

const receiptAnswer = z.object({ receipt: z.string() });
const reportsAnswer = z.array(z.object({ name: z.string(), xml: z.string() }));

/** Bytes of one answer: a page of reports is smaller; nobody's gigabytes are kept. */
const largestAnswer = 256_000_000;

/**
 * The way from Taroko to the simulator over HTTP. Keeps the promises of `BankChannel` because the simulator knows a
 * file by its message id and bytes.
 */
export function bankChannel(url: string, timeoutMs: number = 10_000): BankChannel {
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    let answer: Response;
    try {
      answer = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (cause) {
      throw Object.assign(new Error("the bank does not answer", { cause }), { code: "bank-unreachable" });
    }
    if (!answer.ok) {
      throw Object.assign(new Error(`the bank answers ${answer.status}`), {
        code: answer.status === 503 ? "bank-down" : "bank-refused",
      });
    }
    const body = answer.body && (await readUpTo(answer.body, largestAnswer));
    if (!body) throw Object.assign(new Error("the bank's answer is too large"), { code: "bank-answer-too-large" });
    return JSON.parse(Buffer.from(body).toString("utf8")) as unknown;
  };
  return {
    send: async ({ name, xml }) => {
      const digest = `sha-256=:${toBase64(createHash("sha256").update(utf8(xml)).digest())}:`;
      const headers = {
        "content-type": "application/xml; charset=utf-8",
        "content-digest": digest,
        "x-file-name": name,
      };
      return receiptAnswer.parse(await call("/files", { method: "POST", body: xml, headers }));
    },
    collect: async () => reportsAnswer.parse(await call("/statuses", {})),
    confirm: async (names) => {
      const headers = { "content-type": "application/json" };
      await call("/statuses/confirm", { method: "POST", body: JSON.stringify({ names }), headers });
    },
  };
}

const verdict = z.discriminatedUnion("result", [
  z.object({ result: z.enum(["match", "number-differs", "no-such-account", "closed", "blocked", "unknown"]) }),
  z.object({ result: z.literal("name-differs"), hint: z.string().default("") }),
  z.object({ result: z.literal("branch-wrong"), suggest: z.string().default("") }),
]);

/** The way to the simulator's owner check. */
export function ownerChannel(url: string): OwnerChannel {
  return {
    ask: async ({ account, holderNumber, holderName }, signal) => {
      const answer = await fetch(new URL("/owner-check", url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ institution: account.institution, account: account.number, holderNumber, holderName }),
        signal,
      });
      return verdict.parse(await answer.json());
    },
  };
}
