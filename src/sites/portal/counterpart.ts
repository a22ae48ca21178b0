import type { EntryPageView } from "#services/pages";
import type { ReadEntry } from "./entry-words.ts";
import type { CountryLogs, PublicLogs } from "./public-logs.ts";
import { entryHref } from "./record-paths.ts";
import { within } from "./within.ts";

/** Entries of the peer's log that are looked through, half of them on each side of the same moment. */
const lookedThrough = 1024;

/**
 * Finds the other end's entry of the same exchange in the peer's log, among the entries of about the same time. Nothing
 * for entries that have no other end. That none is found here accuses nobody: the monitor looks through everything.
 * @param ms how long to look
 */
export async function counterpartOf(
  { members, kind, at }: ReadEntry,
  logs: PublicLogs,
  { configuration }: CountryLogs,
  ms: number,
): Promise<EntryPageView["counterpart"]> {
  const { pair, member, peer, role } = members;
  if (kind !== "exchange.call" || typeof pair !== "string" || typeof peer !== "string" || !at) return undefined;
  const origins = configuration.gateways
    .filter((gateway) => peer === gateway.member || peer.startsWith(`${gateway.member}/`))
    .flatMap((gateway) => gateway.logs.map(({ origin }) => origin));

  /** True for an entry whose parties are crossed over: `pair` is public, and a stranger may copy it. */
  function isOther(bytes: Uint8Array): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!text.includes(pair as string)) return false;
    try {
      const other = JSON.parse(text.toString()) as Readonly<Record<string, unknown>>;
      return other["pair"] === pair && other["member"] === peer && other["peer"] === member && other["role"] !== role;
    } catch {
      return false;
    }
  }

  /** Where it stands in this log. @throws if it is not found there */
  async function lookIn(origin: string): Promise<EntryPageView["counterpart"]> {
    const { log } = await logs.find(origin);
    const head = log?.log;
    if (!log || !head) throw new Error("the log cannot be read");
    const middle = await head.firstSince(at!);
    const from = Math.max(0, Math.min(middle, head.size) - lookedThrough / 2);
    const place = (await head.entries(from, from + lookedThrough)).findIndex(isOther);
    if (place < 0) {
      lacking += 1;
      throw new Error("the log lacks it");
    }
    const index = from + place;
    return { state: "found", log: log.name, index, href: entryHref(log.id, index) };
  }

  let lacking = 0;
  const found = await within(ms, Promise.any(origins.map(lookIn))).catch(() => undefined);
  return found ?? { state: lacking > 0 && lacking === origins.length ? "absent" : "unread" };
}
