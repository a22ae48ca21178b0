import { randomBytes } from "node:crypto";
import { listen } from "#http";
import { systemClock } from "#kernel";
import { generateLogKey, generateWitnessKey, openLog, openWitness, witnessVkey, type Log } from "#ledger";
import { formatPolicy } from "#ledger/contract";
import { openDatabase, type Database, type PostgresServer } from "#store";
import { entryOf } from "./ledger-entry.ts";

/** A running log with one witness on loopback. */
export interface BenchLog {
  readonly log: Log;
  readonly database: Database;
  readonly policy: string;
  close(): Promise<void>;
}

/** Sees to it that a log has at least so many entries, all under a cosigned head. */
export async function fill({ log, database }: BenchLog, size: number): Promise<void> {
  const missing = size - Number(await log.size());
  if (missing <= 0) return;
  const entries = Array.from({ length: missing }, (_, at) => ({ entry: entryOf(at), idem: `filled ${at}` }));
  const staged = await database.transaction((tx) => log.appendAll(tx, entries));
  await log.wait(staged.at(-1)!, "witnessed", 60_000);
}

/** Opens and starts a log in databases of its own; with an index of persons if `persons`. */
export async function startLog(server: PostgresServer, name: string, persons: boolean = false): Promise<BenchLog> {
  const database = openDatabase(await server.database(`bench_${name}`), { max: 20 });
  const witnessDatabase = openDatabase(await server.database(`bench_${name}_witness`), { max: 2 });
  const origin = `bench.example/${name}`;
  const witnessKey = generateWitnessKey("bench.example/witness");
  const key = generateLogKey(origin);
  let vkey = "";
  const witness = await openWitness({
    database: witnessDatabase,
    name: witnessKey.name,
    key: witnessKey,
    clock: systemClock,
    logs: async () => [{ origin, vkey }],
  });
  const http = await listen((request) => witness.handle(request), { host: "127.0.0.1", port: 0, option: "" });
  const known = { name: witness.name, vkey: witnessVkey(witnessKey) };
  const log = await openLog({
    database,
    origin,
    key,
    clock: systemClock,
    witnesses: [{ ...known, url: http.url }],
    ...(persons ? { personSecret: randomBytes(32) } : {}),
  });
  vkey = log.vkey;
  log.start();
  return {
    log,
    database,
    policy: formatPolicy({ logs: [log.vkey], witnesses: [known], quorum: 1 }),
    close: async () => {
      await log.stop();
      await http.close();
      await database.close();
      await witnessDatabase.close();
    },
  };
}
