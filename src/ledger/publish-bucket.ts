import { createHash } from "node:crypto";
import { readUpTo } from "#kernel";
import { AwsClient } from "aws4fetch";
import { headersOf, type FileKind, type PublishTarget } from "./publish-target.ts";

/** A bucket of any store that speaks the S3 protocol, and the right to read and put objects in it. */
export interface BucketOptions {
  /** For example `https://s3.example.gov`; the bucket's name follows in the path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** What the objects' names begin with, for example `logs/moi/`. */
  readonly prefix?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A store that does not answer a request within this time is not available. */
const timeoutMs = 20_000;

/**
 * A bucket as the place of a log. Objects are put only where there is none (`If-None-Match`), so two processes, or two
 * logs given one prefix by mistake, cannot overwrite each other unnoticed. Nothing is ever deleted: the key needs no
 * right to it, and partial tiles of the past stay.
 */
export function bucketTarget(options: BucketOptions): PublishTarget {
  const { endpoint, bucket, region, prefix = "", accessKeyId, secretAccessKey } = options;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 0 });
  const base = `${endpoint.replace(/\/$/, "")}/${bucket}/${prefix}`;
  const tags = new Map<string, string>();

  function fault(method: string, path: string, status: number): Error {
    const error = new Error(`${method} ${path}: status ${status}`);
    return Object.assign(error, { code: "ledger-bucket-refused" });
  }

  async function ask(method: "GET" | "PUT", path: string, init: RequestInit = {}): Promise<Response> {
    const body = init.body as Uint8Array<ArrayBuffer> | undefined;
    const sha256 = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    return client.fetch(base + path, {
      method,
      ...init,
      headers: { ...(init.headers as Record<string, string>), "x-amz-content-sha256": sha256 },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  /** Puts an object under a condition; false if it does not hold. */
  async function put(path: string, body: Uint8Array, kind: FileKind, condition: object): Promise<boolean> {
    const { contentType, cacheControl } = headersOf[kind];
    const headers = { ...condition, "content-type": contentType, "cache-control": cacheControl };
    const answer = await ask("PUT", path, { body: new Uint8Array(body), headers });
    await answer.body?.cancel();
    // 409: another request on this object won; it is as if that one had come first.
    if (answer.status === 412 || answer.status === 409) return false;
    if (answer.status !== 200) throw fault("PUT", path, answer.status);
    return true;
  }

  return {
    name: `${bucket}/${prefix}`,
    atATime: 8,
    read: async (path, limit) => {
      tags.delete(path);
      const answer = await ask("GET", path);
      if (answer.status !== 200 || !answer.body) {
        await answer.body?.cancel();
        if (answer.status === 404) return undefined;
        throw fault("GET", path, answer.status);
      }
      const body = await readUpTo(answer.body, limit);
      if (!body) throw Object.assign(new Error(`${path} is too large`), { code: "ledger-file-too-large" });
      const tag = answer.headers.get("etag");
      if (tag && !path.startsWith("tile/")) tags.set(path, tag);
      return body;
    },
    putNew: (path, body, kind) => put(path, body, kind, { "if-none-match": "*" }),
    replace: (path, body, kind) => {
      const tag = tags.get(path);
      return put(path, body, kind, tag === undefined ? { "if-none-match": "*" } : { "if-match": tag });
    },
    settle: async () => undefined, // an answered PUT is durable
    dropPartials: async () => undefined,
  };
}
