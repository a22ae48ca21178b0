import type { Sql } from "#store";
import { stage } from "../staged-store.ts";
import * as store from "./store.ts";
import { lookupOf, type PersonsContext } from "./trace.ts";

/**
 * Destroys what links a person to the log's entries, in the caller's transaction, and stages the entry that says that
 * somebody was forgotten. Backups made before still hold it: they must expire within the time that was promised.
 */
export async function forgetPerson(
  tx: Sql,
  context: PersonsContext,
  subject: string,
  entry: Uint8Array,
): Promise<boolean> {
  if ((await store.dropPerson(tx, context.log, lookupOf(context, subject))) === 0) return false;
  await stage(tx, context.log, { entry });
  return true;
}
