import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";
import type { BucketOptions } from "./publish-bucket.ts";

/** A store as small as it can be: objects in memory, conditional PUT, and signatures checked from the specification. */

export interface StoredObject {
  body: Buffer;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
}

export interface TestBucket {
  readonly options: BucketOptions;
  readonly objects: Map<string, StoredObject>;
  /** Methods and names in the order they came, without reads. */
  readonly puts: string[];
  /** How many requests it was answering at once, at most. */
  readonly busiest: () => number;
  /** Answers this status to every request while it is set. */
  status: number | undefined;
}

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** True if the request is signed as AWS Signature Version 4 says, body included. */
function isSigned(request: IncomingMessage, body: Buffer, { region, accessKeyId, secretAccessKey }: BucketOptions) {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, id, scope = "", names = "", signature] = pattern.exec(request.headers.authorization ?? "") ?? [];
  const time = String(request.headers["x-amz-date"]);
  const hash = request.headers["x-amz-content-sha256"];
  if (id !== accessKeyId || scope !== `${time.slice(0, 8)}/${region}/s3/aws4_request` || hash !== sha256(body))
    return false;
  const signed = names.split(";");
  const conditions = Object.keys(request.headers).filter((name) => name.startsWith("if-") || name.startsWith("x-amz-"));
  if (!["host", ...conditions].every((name) => signed.includes(name))) return false;
  const headers = signed.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join("");
  const { pathname } = new URL(request.url ?? "", "http://bucket");
  const canonical = `${request.method}\n${pathname}\n\n${headers}\n${names}\n${hash}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const key = scope.split("/").reduce<string | Buffer>((held, part) => hmac(held, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString("hex") === signature;
}

/** Starts it on loopback until the test file ends. */
export async function someBucket(): Promise<TestBucket> {
  const objects = new Map<string, StoredObject>();
  const puts: string[] = [];
  let [busy, most] = [0, 0];
  const bucket: { -readonly [Member in keyof TestBucket]: TestBucket[Member] } = {
    options: {
      endpoint: "",
      bucket: "records",
      region: "tw-1",
      prefix: "logs/moi/",
      accessKeyId: "AK",
      secretAccessKey: "s3",
    },
    objects,
    puts,
    busiest: () => most,
    status: undefined,
  };
  async function answer(request: IncomingMessage): Promise<{ status: number; object?: StoredObject }> {
    const body = await buffer(request);
    if (bucket.status !== undefined) return { status: bucket.status };
    if (!isSigned(request, body, bucket.options)) return { status: 403 };
    const name = (request.url ?? "").slice("/records/".length);
    const object = objects.get(name);
    if (request.method === "GET") return object ? { status: 200, object } : { status: 404 };
    const wanted = request.headers["if-match"];
    if (request.headers["if-none-match"] === "*" && object) return { status: 412 };
    if (wanted !== undefined && wanted !== (object && `"${sha256(object.body)}"`)) return { status: 412 };
    await new Promise((wake) => setTimeout(wake, 5)); // so that what is asked at once overlaps
    const { "content-type": contentType, "cache-control": cacheControl } = request.headers;
    objects.set(name, { body, contentType, cacheControl });
    puts.push(name);
    return { status: 200 };
  }
  const server = createServer((request, response) => {
    busy += 1;
    most = Math.max(most, busy);
    void (async () => {
      const { status, object } = await answer(request);
      busy -= 1;
      response.writeHead(status, object ? { etag: `"${sha256(object.body)}"` } : {}).end(object?.body);
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  bucket.options = { ...bucket.options, endpoint: `http://127.0.0.1:${port}` };
  return bucket;
}
