import { createHash } from "node:crypto";
import { err, ok, readUpTo, uuidV4, type Clock, type Result } from "#kernel";
import { digestOf, wholeOf } from "../body/content.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { PeerFailure, type PeerPool } from "../gateway/peer-pool.ts";
import { signAlone, unsignedRequest, verifyResponse, type HopKey } from "../hop/profile.ts";
import { digestBody } from "../r1/message-hash.ts";
import { checkCovers, checkSigner } from "./check-seal.ts";
import { must, Refused } from "./findings.ts";
import { largestQuestion, otherEnd } from "./give-seal.ts";
import type { KeptMessage } from "./keep.ts";
import { bodyDigestOf, readBase } from "./signed-half.ts";
import type { ClosedRecord } from "./store.ts";
import { trustFromConfiguration, type Trust } from "./trust.ts";
import { readSignature } from "./xades-read.ts";

/** By what other gateways are reached. */
export interface SealHop {
  readonly directory: () => Directory | undefined;
  /** Over mutual TLS, as a call. */
  readonly send: PeerPool["send"];
  readonly signingKey: () => HopKey;
  readonly clock: Clock;
}

/** Why the other member's seal is not here: away, said no, or gave something else than was asked. */
export type SealMissing = "peer-away" | "peer-refused" | "seal-wrong";

const timeoutMs = 5000;
/** Milliseconds by which the time that a seal states may differ from ours: it decides which certificates count. */
const skew = 5 * 60_000;

/**
 * Asks the other end of an exchange to seal the half that it sent, and believes nothing of the answer: the seal must be that
 * member's, now, over exactly these bytes. The first of its gateways that gives one decides.
 * @returns `signatures.xml`
 */
export async function askSeal(
  hop: SealHop,
  record: ClosedRecord,
  message: KeptMessage,
): Promise<Result<Buffer, SealMissing>> {
  const directory = hop.directory();
  const theirs = otherEnd(record);
  let missing: SealMissing = "peer-away";
  for (const gateway of directory?.gatewaysOf(theirs) ?? []) {
    const answered = await askOne(hop, directory!, gateway, record, message);
    if (answered.ok) return answered;
    if (missing === "peer-away") missing = answered.error;
  }
  return err(missing);
}

async function askOne(
  hop: SealHop,
  directory: Directory,
  gateway: RegisteredGateway,
  record: ClosedRecord,
  message: KeptMessage,
): Promise<Result<Buffer, SealMissing>> {
  const member = otherEnd(record).split("/").slice(0, 3).join("/");
  const own = record.side === "consumer" ? record.client : record.service.split("/").slice(0, 4).join("/");
  const base = Buffer.from(message.base, "latin1");
  const body = Buffer.from(
    JSON.stringify({ head: message.head.toString("base64"), base: base.toString("base64") }),
    "utf8",
  );
  const [method, rawTarget] = ["POST", `/evidence/${record.exchangeId}:seal`];
  const headers = [
    ["x-road-client", own],
    ["x-road-request-id", uuidV4()],
    ["content-type", "application/json"],
  ] as const;
  const signed = signAlone(
    unsignedRequest({ method, authority: gateway.address, rawTarget, headers, body: digestBody(body) }),
    hop.signingKey(),
    hop.clock,
  );
  try {
    const answer = await hop.send(gateway, {
      method,
      rawTarget,
      headers: signed.headers,
      body,
      timeoutMs,
      bodies: {
        receive: async (from) => {
          const bytes = await readUpTo(
            { [Symbol.asyncIterator]: () => from.iterator({ destroyOnReturn: true }) },
            largestQuestion,
          );
          return bytes ? ok(bytes) : err("too-large");
        },
      },
    });
    const verified = verifyResponse(
      { status: answer.status, headers: answer.headers, body: digestOf(answer.body) },
      signed.binding,
      (keyid) => directory.key(keyid),
      hop.clock,
    );
    const key = verified.ok ? directory.key(verified.value.keyid) : undefined;
    if (answer.status !== 200) return err("peer-refused");
    if (key?.member !== member || key.use !== "exchange") return err("seal-wrong");
    const seal = Buffer.from((await wholeOf(answer.body, largestQuestion)) ?? []);
    checkAnswer(seal, message, { member, trust: trustFromConfiguration(directory.body), now: hop.clock.now() });
    return ok(seal);
  } catch (fault) {
    if (fault instanceof PeerFailure) return err("peer-away");
    if (fault instanceof Refused) return err("seal-wrong");
    throw fault;
  }
}

const emptyDigest = createHash("sha512").digest("base64");

/** Whether an answer is believed. @throws {@link Refused} for a seal that is not the member's, not of now, without revocation answer, or over something else */
export function checkAnswer(
  seal: Buffer,
  message: KeptMessage,
  o: { readonly member: string; readonly trust: Trust; readonly now: Date },
): void {
  const signature = readSignature(seal);
  const body = bodyDigestOf(readBase(Buffer.from(message.base, "latin1")));
  checkCovers(signature, [
    { name: "message.xml", sha512: createHash("sha512").update(message.head).digest() },
    ...(body === emptyDigest ? [] : [{ name: "attachment1", sha512: Buffer.from(body, "base64") }]),
  ]);
  const now = Math.abs(signature.signingTime.getTime() - o.now.getTime()) < skew;
  must(now, "received-seal-mismatch", "the time that it states");
  const lacks = (code: "ocsp-missing"): void => must(false, code, "of the other member's seal");
  const signer = checkSigner(signature, signature.signingTime, o.trust, {
    say: (code) => code === "ocsp-missing" && lacks(code),
  });
  must(signer === o.member, "sender-mismatch", `sealed by ${signer}`);
}
