import { code, digest, instant, version, type Digest, type EntryBase, type KindsOf } from "./entry-fields.ts";

/** Root of the index by which a person's list is proven whole (`persons/`): of the entries in [`from`, `upto`). */
export interface IndexRoot extends EntryBase<"index.root"> {
  /** Decimal. Entries before `from` were written without the index, or it was lost: lists may lack some of them. */
  readonly from: string;
  readonly upto: string;
  /** Public key of the verifiable random function that makes the labels; it must never change. */
  readonly vrf: Digest;
  /** The root. */
  readonly dig: Digest;
}

/** Somebody's keys were destroyed: nobody can tell any more which entries were about them. */
export interface PersonForgotten extends EntryBase<"person.forgotten"> {
  /** Code of the law or request that demanded it. */
  readonly basis: string;
}

export type PersonIndexEntry = IndexRoot | PersonForgotten;

/** What a log writes about its own index of persons. */
export const personIndexKinds: KindsOf<PersonIndexEntry> = {
  "index.root": {
    title: { "zh-Hant": "個人紀錄索引的雜湊值", en: "The index that proves people's lists whole" },
    fields: { at: instant, from: version, upto: version, vrf: digest, dig: digest },
  },
  "person.forgotten": {
    title: { "zh-Hant": "某人的紀錄已無法再與本人連結", en: "Somebody's entries can no longer be linked to them" },
    fields: { at: instant, basis: code },
  },
};
