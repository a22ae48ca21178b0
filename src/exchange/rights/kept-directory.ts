import type { Database } from "#store";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import { directoryOf, type Directory } from "../configuration/directory.ts";
import { keptConfiguration } from "../configuration/store.ts";

/**
 * The configuration that a gateway has accepted, for those who work beside it on its database. It was verified when it
 * was kept; here it is only read for names and groups, never for keys.
 */
export async function keptDirectory(database: Database, instance: string): Promise<Directory | undefined> {
  const kept = await keptConfiguration(database, instance);
  return kept && directoryOf((JSON.parse(kept.document) as { signed: ConfigurationBody }).signed);
}
