import { lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Addresses that an address inside a certificate must not lead to (loopback, private, link-local, shared, reserved). */
const closed = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  closed.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  closed.addSubnet(network, bits, "ipv6");

/** Whether an IP address (either family, mapped ones too) is closed to outside addresses. */
export function isPrivateAddress(address: string): boolean {
  return closed.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** Resolves and refuses in one step, so that the name cannot point elsewhere between check and connection. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (fault, addresses) => {
    if (fault) return done(fault, "", 0);
    const bad = addresses.find(({ address }) => isPrivateAddress(address));
    const first = addresses[0];
    if (bad || !first) return done(Object.assign(new Error("private address"), { code: "address-private" }), "", 0);
    if (options.all) return done(null, addresses);
    return done(null, first.address, first.family);
  });
};

/** The whole of a stream, or `undefined` as soon as it is longer than `limit`. */
async function readUpTo(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is fetched, and within which bounds. */
export interface BoundedFetch {
  readonly allowPrivate?: boolean;
  readonly maxBytes: number;
  /** 5,000 unless told. */
  readonly timeoutMs?: number;
  /** Sent by POST; absent: GET. */
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
  /** What the answer's media type must begin with. */
  readonly answerType?: string;
}

/**
 * One request with every bound a foreign address needs: http(s) only, no redirect, time-out, size limit, no private address
 * unless allowed. @throws with `code` when any bound is met or the status is not 200
 */
export function fetchBounded(url: string, options: BoundedFetch): Promise<Uint8Array> {
  const target = new URL(url);
  const fault = (code: string) => Object.assign(new Error(`fetch refused: ${code}`), { code });
  if (target.protocol !== "http:" && target.protocol !== "https:") throw fault("scheme");
  const host = target.hostname.replace(/^\[|\]$/g, "");
  if (!options.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw fault("address-private");
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? 5_000);
    const request = send(target, {
      signal,
      agent: false,
      ...(options.body && { method: "POST", headers: { "Content-Type": options.body.type } }),
      ...(!options.allowPrivate && { lookup: publicLookup }),
    });
    request.on("error", reject);
    request.on("response", (response) => {
      if (response.statusCode !== 200) {
        reject(fault(`status ${response.statusCode}`));
        request.destroy();
        return;
      }
      if (options.answerType && !response.headers["content-type"]?.startsWith(options.answerType)) {
        reject(fault("type"));
        request.destroy();
        return;
      }
      readUpTo(response, options.maxBytes).then(
        (bytes) => (bytes ? resolve(bytes) : reject(fault("too large"))),
        reject,
      );
    });
    request.end(options.body?.bytes);
  });
}
