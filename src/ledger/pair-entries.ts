import type { ExchangeCall } from "./entries.ts";

/**
 * Pairing: both ends of an exchange write it into their own log under the same `pair`, so an entry that stays alone
 * shows that the other end wrote nothing: a lost peer, or a suppressed record. Two members that collude can drop both
 * entries; this finds nothing then.
 */

/** One end's entry, as far as pairing needs it, and where it stands. */
export interface CallSide {
  /** Origin of the log, and the position in it. */
  readonly log: string;
  readonly index: number;
  readonly role: "consumer" | "provider";
  readonly member: string;
  readonly peer: string;
  readonly service: string;
  readonly purpose: string;
  readonly pair: string;
  readonly req: string;
  readonly res?: string;
  readonly out: string;
  /** When the window began: the entry's own time, or when it was first read if that is earlier. Milliseconds. */
  readonly since: number;
}

/** What two entries of one exchange may differ in. `member` stands for the parties, which must be crossed over. */
export type PairField = "member" | "service" | "purpose" | "req" | "res" | "out";

/** What pairing answers about an entry. `paired` and `mismatch` also when the other one arrived. */
export type PairOutcome =
  | {
      readonly kind: "paired";
      readonly consumer: CallSide;
      readonly provider: CallSide;
      /** False if the ends saw different endings, one an answer and the other a failure on the way. */
      readonly alike: boolean;
    }
  | {
      readonly kind: "mismatch";
      readonly consumer: CallSide;
      readonly provider: CallSide;
      readonly fields: readonly PairField[];
    };

/** Entries alone at the end of the window. */
export type Overdue =
  /** The consumer recorded an answer of a provider that recorded nothing. */
  | { readonly kind: "orphan-consumer"; readonly side: CallSide }
  /** The provider recorded a call that its consumer did not record: the grave one. */
  | { readonly kind: "orphan-provider"; readonly side: CallSide }
  /** The consumer says that its call failed on the way, and the provider recorded none: an honest failure looks so. */
  | { readonly kind: "undelivered"; readonly side: CallSide }
  | { readonly kind: "mismatch"; readonly side: CallSide; readonly fields: readonly PairField[] };

/** Entries that wait for their counterpart, by `pair`. */
export type WaitingSides = Map<string, CallSide[]>;

export function callSide(entry: ExchangeCall, place: { log: string; index: number; readAt: number }): CallSide {
  const { role, member, peer, service, purpose, pair, req, res, out } = entry;
  const since = Math.min(Date.parse(entry.at), place.readAt);
  const side = { log: place.log, index: place.index, role, member, peer, service, purpose, pair, req, out, since };
  return res === undefined ? side : { ...side, res };
}

function crossed(a: CallSide, b: CallSide): boolean {
  return a.role !== b.role && a.member === b.peer && a.peer === b.member;
}

/** `out` is the status of an answer, or else the code of a failure. */
function answered({ out }: CallSide): boolean {
  return /^\d{3}$/.test(out);
}

/** The fields in which the two ends of an exchange contradict each other. */
function differences(consumer: CallSide, provider: CallSide): PairField[] {
  const fields: PairField[] = (["service", "purpose", "req"] as const).filter(
    (field) => consumer[field] !== provider[field],
  );
  // An answer that was lost on the way is no contradiction: each end commits to what it saw.
  const comparable = consumer.out === provider.out || (answered(consumer) && answered(provider));
  if (comparable && consumer.out !== provider.out) fields.push("out");
  const both = consumer.res !== undefined && provider.res !== undefined;
  if (comparable && both && consumer.res !== provider.res) fields.push("res");
  return fields;
}

/**
 * Takes one entry in. Only an entry whose parties are crossed over counts as the counterpart: `pair` is public, and a
 * stranger who copies it into a log of its own must not take the honest peer's place.
 */
export function pairEntry(waiting: WaitingSides, side: CallSide): PairOutcome | undefined {
  const held = waiting.get(side.pair) ?? [];
  const other = held.find((candidate) => crossed(candidate, side));
  if (!other) {
    waiting.set(side.pair, [...held, side]);
    return undefined;
  }
  const rest = held.filter((candidate) => candidate !== other);
  if (rest.length > 0) waiting.set(side.pair, rest);
  else waiting.delete(side.pair);
  const [consumer, provider] = side.role === "consumer" ? [side, other] : [other, side];
  const fields = differences(consumer, provider);
  if (fields.length > 0) return { kind: "mismatch", consumer, provider, fields };
  return { kind: "paired", consumer, provider, alike: consumer.out === provider.out };
}

/**
 * The entries whose window has ended. They stay in `waiting`, so that a counterpart that comes late still pairs.
 * @param heard whether this member's log was read in this round; nobody is accused whose log could not be read
 */
export function overdueEntries(
  waiting: WaitingSides,
  options: { readonly now: number; readonly windowMs: number; readonly heard: (member: string) => boolean },
): Overdue[] {
  const overdue: Overdue[] = [];
  for (const held of waiting.values()) {
    for (const side of held) {
      if (side.since + options.windowMs > options.now || !options.heard(side.peer)) continue;
      if (held.some((other) => other.role !== side.role)) overdue.push({ kind: "mismatch", side, fields: ["member"] });
      else if (side.role === "provider") overdue.push({ kind: "orphan-provider", side });
      else overdue.push({ kind: answered(side) ? "orphan-consumer" : "undelivered", side });
    }
  }
  return overdue;
}
