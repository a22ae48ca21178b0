import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "#kernel";
import type { GatewayRow } from "./store.ts";

/** SHA-256 of a public thing in its canonical form, base64url: how the log names it. */
export function digestOf(value: unknown): string {
  const plain = JSON.parse(JSON.stringify(value)) as JsonValue; // without what is undefined
  return createHash("sha256").update(canonicalJson(plain)).digest("base64url");
}

/** What is said of a gateway, its certificates left out: they have entries of their own. */
export function registrationDigest(row: GatewayRow): string {
  const { path, member, address, clients, signing_keys, logs } = row;
  return digestOf({ path, member, address, clients, signing_keys, logs });
}
