import { randomBytes } from "node:crypto";
import type { Anchor, AnchorVerdict } from "../anchor.ts";
import { formatCheckpoint } from "../checkpoint.ts";
import { readRoots, timeStampRequest, tokenOf, verifyTimeStamp, verifyTimeStampToken } from "./time-stamp.ts";

/** A time-stamp authority to ask. */
export interface TimeStampAuthority {
  /** The operator's name for it, in file names. */
  readonly name: string;
  /** Where it takes RFC 3161 requests. */
  readonly url: string;
  /** Root certificates, PEM. From the authority itself, never from an answer. */
  readonly roots: string;
}

const timeoutMs = 10_000;
/** An answer with four certificates is below 10 KB. */
const answerLimit = 64 * 1024;
const mediaType = "application/timestamp-reply";

function failed(reason: string, cause?: unknown): Error {
  return Object.assign(new Error(reason, { cause }), { code: "anchor-failed" });
}

/**
 * Anchors heads by RFC 3161 time stamps over the checkpoint's three lines. The record is the authority's answer,
 * which `openssl ts -verify` checks too.
 * @throws `anchor-roots-invalid`
 */
export function openTimeStampAnchor(authority: TimeStampAuthority): Anchor {
  const { name, url } = authority;
  const roots = readRoots(authority.roots);
  return {
    name,
    publish: async ({ origin, size, root }, signal) => {
      const text = formatCheckpoint(origin, size, root);
      const nonce = randomBytes(8);
      const body = await ask(url, timeStampRequest(text, nonce), signal);
      const verdict = await verifyTimeStamp(body, text, roots, { nonce });
      if (!verdict.ok) throw failed(`${verdict.step}: ${verdict.reason}`);
      return { at: verdict.at, suffix: "tsr", body };
    },
    verify: async ({ origin, size, root }, { suffix, body }) =>
      suffix === "tsr"
        ? verifyTimeStamp(body, formatCheckpoint(origin, size, root), roots)
        : { ok: false, step: "format", reason: "not a time stamp" },
  };
}

/**
 * Has some bytes stamped; answers the bare token, already verified as a reader will verify it.
 * @throws `anchor-failed`, `anchor-roots-invalid`
 */
export async function timeStampToken(
  authority: TimeStampAuthority,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const body = await ask(authority.url, timeStampRequest(content, randomBytes(8)), signal);
  let token: Uint8Array;
  try {
    token = tokenOf(body);
  } catch (cause) {
    throw failed("the answer holds no token", cause);
  }
  const verdict = await verifyTimeStampToken(token, content, readRoots(authority.roots));
  if (!verdict.ok) throw failed(`${verdict.step}: ${verdict.reason}`);
  return token;
}

/** Checks a bare token over some bytes; `trusted` are PEM certificates, roots or the authority's own. Never throws on a bad one. */
export function checkTimeStampToken(token: Uint8Array, content: Uint8Array, trusted: string): Promise<AnchorVerdict> {
  return verifyTimeStampToken(token, content, readRoots(trusted));
}

/** @see RFC 3161 section 3.4 */
async function ask(url: string, request: Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/timestamp-query", accept: mediaType },
      body: new Uint8Array(request),
      redirect: "error",
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
  } catch (cause) {
    throw failed("no answer", cause);
  }
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (response.status !== 200 || type !== mediaType || !response.body) {
    await response.body?.cancel().catch(() => undefined);
    throw failed(`status ${response.status} with ${type ?? "no type"}`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body) {
      length += part.length;
      if (length > answerLimit) break; // leaving the loop closes the connection
      parts.push(part);
    }
  } catch (cause) {
    throw failed("the answer broke off", cause);
  }
  if (length > answerLimit) throw failed(`the answer is longer than ${answerLimit} bytes`);
  return Buffer.concat(parts);
}
