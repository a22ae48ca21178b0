/** A tree head as it is anchored. What is stated covers its three lines, not signatures: those may grow later. */
export interface AnchorHead {
  readonly origin: string;
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** How a record is named and served: an RFC 3161 answer, or JSON of another anchor. */
export type AnchorSuffix = "tsr" | "json";

/** What an outsider stated about a head, as it was answered. */
export interface AnchorRecord {
  /** The time that is stated: the head existed at the latest then. */
  readonly at: Date;
  readonly suffix: AnchorSuffix;
  readonly body: Uint8Array;
}

export type AnchorVerdict =
  | {
      readonly ok: true;
      /** The head existed at the latest then, the inaccuracy that the anchor admits included. */
      readonly at: Date;
      /** Who states it. */
      readonly by: string;
    }
  | { readonly ok: false; readonly step: string; readonly reason: string };

/**
 * Somebody outside who remembers a head and its time. It adds time and an outside memory; it replaces no witness,
 * because it checks nothing about the tree.
 */
export interface Anchor {
  /** The operator's name for it, in file names: lower-case letters, digits and hyphens. */
  readonly name: string;
  /**
   * Has a head recorded, and answers only what `verify` would accept.
   * @throws with `code` and a message without secrets; the log goes on and asks again later
   */
  publish(head: AnchorHead, signal?: AbortSignal): Promise<AnchorRecord>;
  /** Checks a record against a head. Answers, never throws, on a bad record. */
  verify(head: AnchorHead, record: Pick<AnchorRecord, "suffix" | "body">): Promise<AnchorVerdict>;
}

const name = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws `ledger-anchor-name` if names cannot stand in file names, or two are the same */
export function checkAnchorNames(anchors: readonly Pick<Anchor, "name">[]): void {
  const names = anchors.map((anchor) => anchor.name);
  const bad = names.find((one, at) => !name.test(one) || names.indexOf(one) !== at);
  if (bad !== undefined) {
    throw Object.assign(new Error(`"${bad}" cannot name an anchor, or names two`), { code: "ledger-anchor-name" });
  }
}
