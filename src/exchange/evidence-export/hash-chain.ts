import type { XmlElement } from "libxml2-wasm";
import { fromBase64 } from "#kernel";
import { digestName, hasher } from "./algorithms.ts";
import { must } from "./findings.ts";
import {
  attribute,
  base64Of,
  childrenNamed,
  elements,
  isNamed,
  namespaces,
  onlyChild,
  optionalChild,
  withXml,
} from "./xml.ts";

/** What a chain is walked over. Names are those of the container, without a leading slash. */
export interface ChainFiles {
  has(name: string): boolean;
  /** A chain file whole. */
  xml(name: string): Promise<Buffer>;
  digest(name: string, hash: "sha256" | "sha384" | "sha512"): Promise<Buffer>;
}

/** What a walk touched. */
export interface Walked {
  /** Chain files and covered files. */
  readonly used: ReadonlySet<string>;
  /** Covered by digest, and not in the container. */
  readonly absent: readonly string[];
}

/** A step, as its values stand in the file. */
type Value =
  | { readonly kind: "value"; readonly digest: Buffer; readonly method: string }
  | { readonly kind: "step"; readonly uri: string; readonly method: string }
  | { readonly kind: "data"; readonly uri: string; readonly digest: Buffer; readonly method: string };
type Chain = ReadonlyMap<string, readonly Value[]>;

const deepest = 64;
const mostSteps = 10_000;

/**
 * Follows a hash chain from its result to the files it covers: a step is SHA-x over a DER list of the digests in it, in order
 * (X-Road's batch signatures). Every step is computed once, and no step leads back to itself.
 * @param result bytes of the chain result, the file that was signed or stamped
 * @param required names that the chain must reach (`hashchain-unused-inputs` otherwise)
 */
export async function walkHashChain(
  result: Uint8Array,
  files: ChainFiles,
  required: readonly string[],
): Promise<Walked> {
  const { uri, method, digest } = withXml(result, "hash chain result", (root) => {
    must(isNamed(root, namespaces.hashchain, "HashChainResult"), "hashchain-malformed", "no HashChainResult");
    return {
      uri: attribute(root, "URI") ?? "",
      method: attribute(onlyChild(root, namespaces.ds, "DigestMethod", "hashchain-malformed"), "Algorithm") ?? "",
      digest: base64Of(onlyChild(root, namespaces.ds, "DigestValue", "hashchain-malformed"), "hashchain-malformed"),
    };
  });
  const walk = new Walk(files);
  const top = await walk.step(uri, undefined, 0);
  must(hasher(method).update(top).digest().equals(digest), "hashchain-mismatch", uri);
  for (const name of required) must(walk.used.has(name), "hashchain-unused-inputs", name);
  return { used: walk.used, absent: walk.absent };
}

class Walk {
  readonly used = new Set<string>();
  readonly absent: string[] = [];
  readonly #files: ChainFiles;
  readonly #chains = new Map<string, Chain>();
  readonly #done = new Map<string, Buffer>();
  readonly #running = new Set<string>();

  constructor(files: ChainFiles) {
    this.#files = files;
  }

  /** The DER list of a step: what is hashed. */
  async step(uri: string, current: string | undefined, depth: number): Promise<Buffer> {
    const [base = "", fragment = ""] = uri.split("#");
    const file = base === "" ? current : base.replace(/^\//, "");
    must(file && fragment !== "", "hashchain-malformed", `step ${uri}`);
    const id = `${file}#${fragment}`;
    const known = this.#done.get(id);
    if (known) return known;
    must(!this.#running.has(id) && depth < deepest, "hashchain-malformed", `${id} leads back to itself, or too deep`);
    must(this.#done.size < mostSteps, "hashchain-malformed", "too many steps");
    this.#running.add(id);
    const values = (await this.#chain(file)).get(fragment);
    must(values, "hashchain-malformed", `no step ${id}`);
    const digests: Buffer[] = [];
    for (const value of values) digests.push(single(value.method, await this.#resolve(value, file, depth)));
    const list = der(0x30, Buffer.concat(digests));
    this.#running.delete(id);
    this.#done.set(id, list);
    return list;
  }

  async #resolve(value: Value, file: string, depth: number): Promise<Buffer> {
    if (value.kind === "value") return value.digest;
    if (value.kind === "step") {
      const list = await this.step(value.uri, file, depth + 1);
      return hasher(value.method).update(list).digest();
    }
    const name = value.uri.replace(/^\//, "");
    if (!this.#files.has(name)) {
      this.absent.push(name);
      return value.digest;
    }
    this.used.add(name);
    const digest = await this.#files.digest(name, digestName(value.method));
    must(digest.equals(value.digest), "digest-mismatch", name);
    return digest;
  }

  async #chain(file: string): Promise<Chain> {
    const known = this.#chains.get(file);
    if (known) return known;
    must(this.#files.has(file), "hashchain-malformed", `no file ${file}`);
    const chain = withXml(await this.#files.xml(file), file, readChain);
    this.used.add(file);
    this.#chains.set(file, chain);
    return chain;
  }
}

function readChain(root: XmlElement): Chain {
  must(isNamed(root, namespaces.hashchain, "HashChain"), "hashchain-malformed", "no HashChain");
  const named = optionalChild(root, namespaces.hashchain, "DefaultDigestMethod", "hashchain-malformed");
  const usual = named && attribute(named, "Algorithm");
  const steps = new Map<string, readonly Value[]>();
  for (const step of childrenNamed(root, namespaces.hashchain, "HashStep")) {
    const id = attribute(step, "id");
    must(id, "hashchain-malformed", "a step without id");
    const values = elements(step).map((one) => readValue(one, usual));
    must(values.length > 0 && values.length <= 1000, "hashchain-malformed", `step ${id} has ${values.length} values`);
    steps.set(id, values);
  }
  return steps;
}

function readValue(element: XmlElement, usual: string | undefined): Value {
  must(element.namespaceUri === namespaces.hashchain, "hashchain-malformed", element.name);
  const own = optionalChild(element, namespaces.ds, "DigestMethod", "hashchain-malformed");
  const method = (own && attribute(own, "Algorithm")) ?? usual ?? "";
  const uri = attribute(element, "URI") ?? "";
  const transforms = optionalChild(element, namespaces.ds, "Transforms", "hashchain-malformed");
  must(!transforms, "hashchain-malformed", "transforms are not used in containers");
  const written = optionalChild(element, namespaces.ds, "DigestValue", "hashchain-malformed");
  if (element.name === "StepRef") return { kind: "step", uri, method };
  const digest = written && fromBase64(written.content.replaceAll(/\s/g, ""));
  must(digest, "hashchain-malformed", `${element.name} without digest`);
  digestName(method);
  if (element.name === "HashValue") return { kind: "value", digest: Buffer.from(digest), method };
  must(element.name === "DataRef" && uri !== "", "hashchain-malformed", element.name);
  return { kind: "data", uri, digest: Buffer.from(digest), method };
}

/** SingleDigest ::= SEQUENCE { OCTET STRING digest, UTF8String method, SEQUENCE {} transforms } */
function single(method: string, digest: Buffer): Buffer {
  return der(
    0x30,
    Buffer.concat([der(0x04, digest), der(0x0c, Buffer.from(method, "utf8")), der(0x30, Buffer.alloc(0))]),
  );
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const octets =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x1_0000
          ? [0x82, length >> 8, length & 255]
          : [0x83, length >> 16, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([tag, ...octets]), content]);
}
