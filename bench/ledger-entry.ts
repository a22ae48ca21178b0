import { commitSync, type LogEntry } from "#ledger";

const digest = commitSync("bench", Buffer.alloc(32, 7));
const identifier = (name: string): string => name.padEnd(160, "/subsystem");

/** An entry of a kilobyte: an exchange between parties with names as long as they may be. */
export function entryOf(at: number): LogEntry {
  return {
    v: 1,
    t: "exchange.call",
    at: `${new Date(1_790_000_000_000 + at * 1000).toISOString().slice(0, 19)}Z`,
    role: "provider",
    member: identifier("TW/GOV/BENCH"),
    peer: identifier("TW/GOV/PEER"),
    service: identifier("TW/GOV/BENCH/service"),
    purpose: "purpose/".padEnd(64, "of-a-benchmark"),
    basis: "basis/".padEnd(64, "of-a-benchmark"),
    pair: digest,
    req: digest,
    res: digest,
    sub: digest,
    con: digest,
    rec: digest,
    out: "200",
  };
}
