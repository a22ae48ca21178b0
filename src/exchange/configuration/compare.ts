import { canonicalJson, type JsonValue } from "#kernel";
import type { ConfigurationBody } from "./configuration.ts";

/** One thing that differs between two versions. */
export interface ConfigurationChange {
  readonly part:
    | "member"
    | "gateway"
    | "group"
    | "revoked-key"
    | "witness"
    | "purpose"
    | "consent-issuer"
    | "log"
    | "certificate-authority"
    | "root";
  /** Its id; empty for what there is one of. */
  readonly id: string;
  readonly change: "added" | "removed" | "changed";
  /** Names of the members of a changed thing that differ. */
  readonly what?: readonly string[];
}

type Part = Exclude<ConfigurationChange["part"], "certificate-authority" | "root">;

/** What a version says otherwise than the one before; numbers and times of versions left out. */
export function compareConfigurations(
  before: ConfigurationBody,
  after: ConfigurationBody,
): readonly ConfigurationChange[] {
  const parts = (body: ConfigurationBody): Readonly<Record<Part, ReadonlyMap<string, unknown>>> => ({
    member: byId(body.members, (one) => one.id),
    gateway: byId(body.gateways, (one) => one.id),
    group: byId(body.groups ?? [], (one) => one.code),
    "revoked-key": byId(body.revokedKeys, (one) => one),
    witness: byId(body.witnesses, (one) => one.name),
    purpose: byId(body.purposes, (one) => one.code),
    "consent-issuer": byId(body.consentIssuers, (one) => one),
    log: byId(body.logs, (one) => one.origin),
  });
  const [left, right] = [parts(before), parts(after)];
  const changes: ConfigurationChange[] = [];
  for (const part of Object.keys(left) as Part[]) {
    for (const [id, one] of right[part]) {
      const old = left[part].get(id);
      if (old === undefined) changes.push({ part, id, change: "added" });
      else if (!same(old, one)) changes.push({ part, id, change: "changed", what: membersThatDiffer(old, one) });
    }
    for (const id of left[part].keys()) if (!right[part].has(id)) changes.push({ part, id, change: "removed" });
  }
  if (before.certificateAuthority !== after.certificateAuthority)
    changes.push({ part: "certificate-authority", id: "", change: "changed" });
  if ((before.root ?? 1) !== (after.root ?? 1))
    changes.push({ part: "root", id: String(after.root ?? 1), change: "changed" });
  return changes;
}

function byId<Thing>(things: readonly Thing[], idOf: (thing: Thing) => string): ReadonlyMap<string, Thing> {
  return new Map(things.map((thing) => [idOf(thing), thing]));
}

function same(left: unknown, right: unknown): boolean {
  return canonicalJson(left as JsonValue) === canonicalJson(right as JsonValue);
}

function membersThatDiffer(left: unknown, right: unknown): readonly string[] {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return [];
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !same(one[name] ?? null, other[name] ?? null));
}
