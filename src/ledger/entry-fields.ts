import type { Localised } from "#kernel";

/** Base64url of 32 bytes: a salted commitment or a digest of something that cannot be guessed. */
export type Digest = string;
/** RFC 3339 UTC in whole seconds, `2026-11-22T08:00:00Z`. */
export type Instant = string;

/** What every entry has. */
export interface EntryBase<Kind extends string> {
  readonly v: 1;
  readonly t: Kind;
  readonly at: Instant;
}

/** What a field may hold. `code` is printable ASCII without spaces, so that no name or sentence fits in. */
export type FieldRule =
  | { readonly type: "digest" | "instant"; readonly optional?: true }
  | { readonly type: "code"; readonly max: number; readonly optional?: true }
  | { readonly type: "choice"; readonly of: readonly string[]; readonly optional?: true };

/** A kind's rules name exactly the members of its type; the compiler compares the two. */
export type FieldRules<Entry> = { readonly [Field in keyof Omit<Required<Entry>, "v" | "t">]: FieldRule };

/** The kinds of a union of entries, each with its title and the rules of its fields. */
export type KindsOf<Entries extends EntryBase<string>> = {
  readonly [Kind in Entries["t"]]: {
    readonly title: Localised;
    readonly fields: FieldRules<Extract<Entries, { t: Kind }>>;
  };
};

export const digest: FieldRule = { type: "digest" };
export const optionalDigest: FieldRule = { type: "digest", optional: true };
export const instant: FieldRule = { type: "instant" };
export const identifier: FieldRule = { type: "code", max: 160 };
export const code: FieldRule = { type: "code", max: 64 };
export const version: FieldRule = { type: "code", max: 20 };
