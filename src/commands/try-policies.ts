import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { corePolicies, readPolicies, replayRecorded, type PolicySet } from "#identity";
import { systemClock } from "#kernel";

/** Reads the platform's policies and those of the folders, and says what they are or what is wrong. */
export function checkPolicies(folders: readonly string[], { json }: { readonly json?: boolean }): number {
  const set = setOf(folders);
  if (!set) return 1;
  if (json) console.log(JSON.stringify(set));
  else {
    for (const { id, effect, title } of set.rules) console.log(`${effect.padEnd(6)}  ${id}: ${title.en}`);
    console.log(`${set.rules.length} policies, sound. Version ${set.version}`);
  }
  return 0;
}

/** Judges what a portal recorded by these policies, and says what would have been decided otherwise. */
export async function replayPolicies(
  folders: readonly string[],
  o: { readonly database: string; readonly days: number; readonly json?: boolean },
): Promise<number> {
  const set = setOf(folders);
  if (!set) return 2;
  try {
    const since = new Date(systemClock.now().getTime() - o.days * 86_400_000);
    const { judged, differences } = await replayRecorded(o.database, set, systemClock, since);
    if (o.json) console.log(JSON.stringify({ version: set.version, judged, differences }));
    else {
      for (const { id, at, action, was, would } of differences)
        console.log(
          `${at.toISOString()}  ${action}  ${was.allowed ? "allowed" : "refused"} → ${would.allowed ? "allowed" : "refused"} (${would.policies.join(", ") || would.reason})  ${id}`,
        );
      console.log(`${judged} decisions of ${o.days} days judged anew, ${differences.length} would be different.`);
    }
    return differences.length > 0 ? 1 : 0;
  } catch (fault) {
    console.error(`The portal's decisions cannot be read: ${(fault as Error).message}`);
    return 2;
  }
}

function setOf(folders: readonly string[]): PolicySet | undefined {
  try {
    return readPolicies([corePolicies, ...folders.map((folder) => pathToFileURL(`${resolve(folder)}/`))]);
  } catch (fault) {
    console.error(`The policies cannot be used: ${(fault as Error).message}`);
    return undefined;
  }
}
