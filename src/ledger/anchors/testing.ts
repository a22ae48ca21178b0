import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { buffer } from "node:stream/consumers";
import { createServer } from "node:http";

/** A time-stamp authority made of nothing but the `openssl` program, for tests. */

/** Why tests with it cannot run here; false if they can. */
export const opensslMissing: string | false =
  spawnSync("openssl", ["version"]).status === 0 ? false : "the openssl program is not installed";

const folder = mkdtempSync(join(tmpdir(), "taroko-time-stamp-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

/** Runs openssl in a folder of this test run. @throws with what it printed */
export function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync("openssl", args, { cwd: folder, stdio: ["pipe", "pipe", "pipe"], ...(input ? { input } : {}) });
}

/** Writes a file for openssl; answers its path. */
export function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `file-${(made += 1)}`);
  writeFileSync(path, content);
  return path;
}

/** A certificate with its key, as files. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** Kinds of keys as openssl names them. */
export type KeyKind = "P-256" | "P-384" | "rsa";

function newKey(kind: KeyKind): string[] {
  const options = kind === "rsa" ? ["rsa:2048"] : ["ec", "-pkeyopt", `ec_paramgen_curve:${kind}`];
  return ["-newkey", ...options, "-nodes"];
}

const authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
/** What a time-stamp certificate must carry. */
export const timeStamping: readonly string[] = ["extendedKeyUsage=critical,timeStamping"];

function certify(
  name: string,
  extensions: readonly string[],
  issuer: Certified | undefined,
  kind: KeyKind = "P-256",
): Certified {
  const path = fileOf("");
  const [certificate, key, request] = [`${path}.pem`, `${path}.key`, `${path}.csr`];
  if (!issuer) {
    const add = extensions.flatMap((extension) => ["-addext", extension]);
    openssl([
      "req",
      "-x509",
      ...newKey(kind),
      "-days",
      "30",
      "-subj",
      `/CN=${name}`,
      ...add,
      "-keyout",
      key,
      "-out",
      certificate,
    ]);
    return { certificate, key };
  }
  openssl(["req", "-new", ...newKey(kind), "-subj", `/CN=${name}`, "-keyout", key, "-out", request]);
  const sign = ["-CA", issuer.certificate, "-CAkey", issuer.key, "-CAcreateserial", "-days", "20"];
  openssl(["x509", "-req", "-in", request, ...sign, "-extfile", fileOf(extensions.join("\n")), "-out", certificate]);
  return { certificate, key };
}

/** A root. Its extensions may be others, to see them refused. */
export function someRoot(
  name: string = "Test Root",
  extensions: readonly string[] = authority,
  kind: KeyKind = "P-256",
): Certified {
  return certify(name, extensions, undefined, kind);
}

/** An authority below another. */
export function someIntermediate(issuer: Certified, extensions: readonly string[] = authority): Certified {
  return certify("Test Intermediate", extensions, issuer);
}

/** A certificate to sign stamps with. */
export function someSigner(
  issuer: Certified,
  extensions: readonly string[] = timeStamping,
  name: string = "Test Time Stamps",
  kind: KeyKind = "P-256",
): Certified {
  return certify(name, extensions, issuer, kind);
}

export function pemOf({ certificate }: Certified): string {
  return readFileSync(certificate, "utf8");
}

export interface StampOptions {
  /** Hash by which the signature names its certificate; sha1 makes the attribute of version 1. */
  readonly named?: "sha1" | "sha256" | "sha512";
  /** Hash that is signed; SHA-256 if not given. */
  readonly digest?: "sha256" | "sha512";
  /** Certificates between signer and root. */
  readonly chain?: readonly Certified[];
}

/** Answers a request as `openssl ts -reply` does. */
export function stamp(signer: Certified, request: Uint8Array, options: StampOptions = {}): Buffer {
  const { named = "sha256", digest = "sha256", chain = [] } = options;
  const config = fileOf(
    [
      "[tsa]",
      "default_tsa = one",
      "[one]",
      `serial = ${fileOf("01")}`,
      `signer_digest = ${digest}`,
      "default_policy = 1.2.3.4",
      "digests = sha256",
      "accuracy = secs:1, millisecs:500",
      `ess_cert_id_alg = ${named}`,
    ].join("\n"),
  );
  const certs = chain.length > 0 ? ["-chain", fileOf(chain.map(pemOf).join(""))] : [];
  const sign = ["-signer", signer.certificate, "-inkey", signer.key, ...certs];
  const out = fileOf("");
  openssl(["ts", "-reply", "-config", config, "-queryfile", fileOf(request), ...sign, "-out", out]);
  return readFileSync(out);
}

/** A server of time stamps on loopback, until the test file ends. `answer` may be changed while it runs. */
export async function timeStampServer(
  answer: (request: Buffer) => Uint8Array | number,
): Promise<{ readonly url: string; answer: (request: Buffer) => Uint8Array | number; asked: number }> {
  const state = { url: "", answer, asked: 0 };
  const server = createServer((request, response) => {
    void (async () => {
      const query = await buffer(request);
      state.asked += 1;
      const right = request.method === "POST" && request.headers["content-type"] === "application/timestamp-query";
      const body = right ? state.answer(query) : 400;
      if (typeof body === "number") response.writeHead(body).end();
      else response.writeHead(200, { "content-type": "application/timestamp-reply" }).end(body);
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  after(() => server.close());
  const address = server.address();
  state.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  return state;
}
