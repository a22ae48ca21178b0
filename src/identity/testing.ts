/** An identity module for the tests of modules that need one: no card is trusted, its secret is always the same. */
import type { Clock } from "#kernel";
import type { Database } from "#store";
import { openIdentity, type Identity } from "./identity.ts";

export function testIdentity(database: Database, clock: Clock): Promise<Identity> {
  return openIdentity({
    database,
    clock,
    siteSecret: new Uint8Array(32).fill(7),
    origin: "https://portal.test",
    trustedIssuers: [],
    country: "TW",
  });
}
