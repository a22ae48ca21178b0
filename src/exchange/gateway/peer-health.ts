/**
 * What this process has seen of its peers: who answered last, and who is kept out after failing (a circuit breaker).
 * Times are milliseconds of one clock, passed in.
 */
export interface PeerHealth {
  /** Peers in the order to try: those that answered last first, in the order given where none did; kept-out ones last. */
  order<Peer extends { readonly id: string }>(peers: readonly Peer[], now: number): readonly Peer[];
  /** Whether a peer is kept out: calls go elsewhere as long as there is an elsewhere. */
  isOut(id: string): boolean;
  /** True once when a kept-out peer's time is over: then one connection, and no call, tries whether it is back. */
  probeDue(id: string, now: number): boolean;
  succeeded(id: string, now: number): void;
  failed(id: string, now: number): void;
}

/** A failed peer is kept out for so long, twice as long after each further failure, up to the longest. */
const firstOutMs = 1000;
const longestOutMs = 30_000;
/** After so long nobody remembers who answered last. */
const rememberMs = 3_600_000;

export function openPeerHealth(): PeerHealth {
  const seen = new Map<string, { answeredAt: number; failures: number; outUntil: number }>();

  function stateOf(id: string): { answeredAt: number; failures: number; outUntil: number } {
    let state = seen.get(id);
    if (!state) seen.set(id, (state = { answeredAt: -Infinity, failures: 0, outUntil: -Infinity }));
    return state;
  }

  return {
    order(peers, now) {
      const rank = (id: string): number => {
        const { answeredAt, failures } = stateOf(id);
        return failures > 0 ? -1 : now - answeredAt < rememberMs ? answeredAt : 0;
      };
      return peers.toSorted((left, right) => rank(right.id) - rank(left.id));
    },
    isOut: (id) => stateOf(id).failures > 0,
    probeDue(id, now) {
      const state = stateOf(id);
      if (state.failures === 0 || now < state.outUntil) return false;
      state.outUntil = now + longestOutMs; // the probe itself says sooner how it ended
      return true;
    },
    succeeded(id, now) {
      Object.assign(stateOf(id), { answeredAt: now, failures: 0, outUntil: -Infinity });
    },
    failed(id, now) {
      const state = stateOf(id);
      state.failures += 1;
      state.outUntil = now + Math.min(longestOutMs, firstOutMs * 2 ** (state.failures - 1));
    },
  };
}
