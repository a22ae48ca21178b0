import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { systemClock } from "#kernel";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import type { CaseEvent } from "./entries.ts";
import { generateLogKey, generateWitnessKey, logVkey, type SoftwareKey } from "./keys.ts";
import type { Log, LogOptions } from "./log.ts";
import { openLog } from "./open-log.ts";
import type { WitnessEndpoint } from "./log-context.ts";
import type { SoftwareMlDsaKey } from "./ml-dsa-key.ts";
import { openWitness, type Witness, type WitnessedLog } from "./witness.ts";

/** Building blocks of the ledger's own tests. */

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

/** 32 random bytes as a commitment looks like. */
export function someDigest(): string {
  return randomBytes(32).toString("base64url");
}

/** An entry that may be logged. */
export function someEntry(change: Partial<CaseEvent> = {}): CaseEvent {
  return {
    v: 1,
    t: "case.event",
    at: "2026-11-22T08:00:00Z",
    member: "TW/GOV/A05",
    service: "assistive-devices",
    kind: "decided",
    cas: someDigest(),
    sub: someDigest(),
    rec: someDigest(),
    ...change,
  };
}

/** Listens on loopback until the test file ends; answers the address. */
export async function listen(handle: (request: Request) => Promise<Response>): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = "GET", url = "/" } = incoming;
      const body = method === "POST" ? { body: await text(incoming) } : {};
      const response = await handle(new Request(`http://witness${url}`, { method, ...body }));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

/** A log that no other test uses, so that tests may share a database. */
export interface SomeLog {
  readonly origin: string;
  readonly key: SoftwareKey;
  readonly vkey: string;
  open(database: Database, more?: Partial<LogOptions>): Promise<Log>;
}
export function someLog(): SomeLog {
  const origin = `log.example/${randomBytes(6).toString("hex")}`;
  const key = generateLogKey(origin);
  return {
    origin,
    key,
    vkey: logVkey(key),
    open: (database, more = {}) => openLog({ database, origin, key, clock: systemClock, ...more }),
  };
}

/** Runs a log while `work` does, and stops it whatever happens. */
export async function running<Value>(log: Log, work: () => Promise<Value>): Promise<Value> {
  log.start();
  try {
    return await work();
  } finally {
    await log.stop();
  }
}

const witnessDatabases = new Map<string, Promise<Database>>();

/** A witness listening on loopback, with one database per name and test file. `answer` may stand in its way. */
export async function someWitness(
  name: string,
  log: WitnessedLog,
  answer: (request: Request, witness: Witness) => Promise<Response> = (request, witness) => witness.handle(request),
  makeMlDsaKey?: (name: string) => SoftwareMlDsaKey,
): Promise<WitnessEndpoint & { readonly witness: Witness; readonly database: Database }> {
  if (!witnessDatabases.has(name)) witnessDatabases.set(name, testDatabase());
  const database = await witnessDatabases.get(name)!;
  const key = generateWitnessKey(name);
  const mlDsaKey = makeMlDsaKey?.(name);
  const witness = await openWitness({ database, name, key, mlDsaKey, clock: systemClock, logs: [log] });
  const url = await listen((request) => answer(request, witness));
  return { name, vkey: witness.vkey, mlDsaVkey: witness.mlDsaVkey, url, witness, database };
}

/** The definition of RFC 6962 section 2.1, word for word: what our tree is compared with. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return createHash("sha256").digest();
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** Waits until something is true. @throws after `ms` */
export async function until(check: () => Promise<boolean> | boolean, ms: number = 4000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > end) throw new Error("waited too long");
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
