import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { verifyBytes, type HopAlgorithm } from "../hop/algorithms.ts";
import { verifyBatchSignature } from "../hop/batch-signature.ts";
import { carriedPrefix } from "../r1/headers.ts";
import { must } from "./findings.ts";
import type { RestHead } from "./message.ts";

/** A signature base, taken apart again. */
export interface SignatureBase {
  readonly text: string;
  /** Component identifier (`"x-road-client"`, `"@method";req`) → value, in order. */
  readonly lines: ReadonlyMap<string, string>;
  readonly created: number;
  readonly keyid: string;
  readonly alg: HopAlgorithm;
  /** Whether the signature is one of a batch (`hop/batch-signature.ts`). */
  readonly inBatch: boolean;
  /** Of the profile, whatever the form of the signature. */
  readonly tag: string;
}

/** Reads a base (RFC 9421 section 2.5) and the parameters of our profile. @throws `evidence-malformed` */
export function readBase(bytes: Buffer): SignatureBase {
  const text = bytes.toString("latin1");
  const lines = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, identifier, value] = /^("[^"]+"(?:;[^:]+)?): (.*)$/s.exec(line) ?? [];
    must(identifier !== undefined && value !== undefined, "evidence-malformed", "a line of a signature base");
    must(!lines.has(identifier), "evidence-malformed", `${identifier} is covered twice`);
    lines.set(identifier, value);
  }
  const params = lines.get('"@signature-params"') ?? "";
  const [, covered, created, keyid, batch, alg, tag, form] =
    /^\((.*)\);created=(\d{1,12});expires=\d{1,12};keyid="([^"]+)";alg="(taroko-batch-)?([^"]+)";tag="([^"]+?)(-batch)?\/1"$/.exec(
      params,
    ) ?? [];
  const inBatch = batch !== undefined;
  must(
    created && keyid && tag && inBatch === (form !== undefined) && (alg === "ecdsa-p256-sha256" || alg === "ed25519"),
    "evidence-malformed",
    "parameters",
  );
  const named = [...lines.keys()].filter((one) => one !== '"@signature-params"').join(" ");
  must(named === covered, "evidence-malformed", "the parameters name other components");
  return { text, lines, created: Number(created), keyid, alg, inBatch, tag: `${tag}/1` };
}

/** @throws `member-signature-invalid`, `base-mismatch` */
export function checkSigned(
  base: SignatureBase,
  o: { readonly signature: Buffer; readonly baseDigest: string; readonly tag: string; readonly key: KeyObject },
): void {
  must(base.tag === o.tag, "member-signature-invalid", `a signature tagged ${base.tag}`);
  const digest = createHash("sha512").update(base.text, "latin1").digest();
  must(digest.toString("base64") === o.baseDigest, "base-mismatch", base.tag);
  const good = base.inBatch
    ? verifyBatchSignature(digest, o.signature, base.alg, o.key)
    : verifyBytes(Buffer.from(base.text, "latin1"), o.signature, base.alg, o.key);
  must(good, "member-signature-invalid", base.tag);
}

export function keyOf(jwk: Readonly<Record<string, string>>): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: "jwk" });
}

/** Fields of the hop itself, which the message's own header part does not have. */
const ofTheHop = new Set(["content-digest", "taroko-salt", "taroko-batch", "taroko-trace"]);

/**
 * Proves that a message's header part is what its member signed: first line, and every header in order of first appearance, with
 * all its values; nothing covered that the message does not have.
 * @throws `message-not-as-signed`
 */
export function checkHead(base: SignatureBase, head: RestHead, kind: "request" | "response"): void {
  const expected = new Map<string, string>();
  if (kind === "request") {
    const [path = "", ...query] = head.second.split("?");
    expected.set('"@method"', head.first);
    expected.set('"@path"', path);
    expected.set('"@query"', `?${query.join("?")}`);
  } else expected.set('"@status"', head.first);
  for (const [name, value] of fieldsOf(head)) expected.set(name, value);
  const covered = [...base.lines].filter(
    ([identifier]) =>
      identifier !== '"@signature-params"' &&
      identifier !== '"@authority"' &&
      !identifier.endsWith(";req") &&
      !ofTheHop.has(identifier.slice(1, -1)),
  );
  must(covered.length === expected.size, "message-not-as-signed", `the ${kind} has other headers`);
  for (const [identifier, value] of covered) {
    must(expected.get(identifier) === value, "message-not-as-signed", `${identifier} of the ${kind}`);
  }
}

/** Field lines as a base has them: values joined, or each as bytes where joining or ASCII would lose something. */
function fieldsOf({ headers }: RestHead): Map<string, string> {
  const grouped = new Map<string, Buffer[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const key = carried.has(lower) ? `${carriedPrefix}${lower}` : lower;
    grouped.set(key, [...(grouped.get(key) ?? []), Buffer.from(value, "latin1")]);
  }
  return new Map(
    [...grouped].map(([name, values]) => {
      const binary = name === "set-cookie" || values.some((value) => value.some((byte) => byte >= 0x80));
      return binary
        ? [`"${name}";bs`, values.map((value) => `:${value.toString("base64")}:`).join(", ")]
        : [`"${name}"`, values.map((value) => value.toString("latin1")).join(", ")];
    }),
  );
}

/** Names of a message's headers in order of first appearance, as one text: a header part and its base must agree. */
export function fieldOrder(of: RestHead | SignatureBase): string {
  const names =
    "headers" in of
      ? fieldsOf(of).keys()
      : [...of.lines.keys()].filter(
          (one) => !one.startsWith('"@') && !one.endsWith(";req") && !ofTheHop.has(one.slice(1, -1)),
        );
  return [...names].join(" ");
}

const carried = new Set(["signature", "signature-input", "content-digest"]);

/** The body's digest that a base covers. @throws `evidence-malformed` */
export function bodyDigestOf(base: SignatureBase): string {
  const [, digest] = /^sha-512=:([A-Za-z0-9+/]{86}==):$/.exec(base.lines.get('"content-digest"') ?? "") ?? [];
  must(digest, "evidence-malformed", "no content-digest is covered");
  return digest;
}

/** Every line of the request stands again, with `;req`, in the base of its response. @throws `binding-broken` */
export function checkBinding(request: SignatureBase, response: SignatureBase): void {
  const bound = [...response.lines].filter(([identifier]) => identifier.endsWith(";req"));
  const own = [...request.lines].filter(([identifier]) => identifier !== '"@signature-params"');
  const same =
    bound.length === own.length &&
    own.every(([identifier, value], at) => bound[at]?.[0] === `${identifier};req` && bound[at]?.[1] === value);
  must(same, "binding-broken", "the components of the request");
}
