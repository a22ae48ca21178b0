import { acceptConfiguration, type AcceptedConfiguration, type ConfigurationBody, type RegisteredLog } from "#exchange";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readUpTo, syncFolder, writeDurably, type Clock } from "#kernel";

/** The country's signed configuration, for sites that are no gateway: portal and witnesses. */
export interface FollowedConfiguration {
  /** The newest configuration that verified; asks again when the last answer is older than told. */
  current(): Promise<ConfigurationBody>;
}

/** Bytes. */
const largest = 20 * 1024 * 1024;

/**
 * Fetches the configuration when it is needed and keeps the last good one while the authority is away. Kept in a file,
 * it outlives the process: nobody can lead a site back behind a version it had accepted by starting it anew.
 */
export function followConfiguration(options: {
  url: string;
  anchor: string;
  /** Further addresses, asked in order when one before does not give a fresh configuration. */
  mirrors?: readonly string[] | undefined;
  /** The newest root that was known when the anchor was handed over. */
  root?: { readonly version: number; readonly digest: string } | undefined;
  clock: Clock;
  /** Milliseconds an answer serves; a second unless told. */
  serves?: number;
  /** The file that keeps the last good one; nothing is kept unless told. Its folder exists. */
  kept?: string;
}): FollowedConfiguration {
  const serves = options.serves ?? 1_000;
  const trust = { anchor: options.anchor, pinned: options.root };
  let accepted: AcceptedConfiguration | undefined;
  let askedAt = 0;
  let opening: Promise<void> | undefined;
  let asking: Promise<void> | undefined;

  /** What the file holds is verified again; one that does not verify any more is another anchor's, and says nothing. */
  async function open(now: Date): Promise<void> {
    const text = options.kept && (await readFile(options.kept, "utf8").catch(unlessMissing));
    const verdict = text && acceptConfiguration(text, { ...trust, now });
    if (verdict && verdict.ok) accepted = verdict.value;
  }

  async function ask(now: Date): Promise<void> {
    for (const url of [options.url, ...(options.mirrors ?? [])]) {
      await askAt(url, now).catch(() => undefined); // the last good one serves until its hard expiry
      if (accepted && now.getTime() < Date.parse(accepted.body.softExpires)) return;
    }
  }

  async function askAt(url: string, now: Date): Promise<void> {
    const response = await fetch(`${url}/configuration`, { signal: AbortSignal.timeout(5_000) });
    const bytes = await readUpTo(response.body ?? [], largest);
    const text = Buffer.from(bytes ?? []).toString("utf8");
    const verdict = acceptConfiguration(text, { ...trust, now, previous: accepted });
    if (!verdict.ok || verdict.value.digest === accepted?.digest) return;
    if (options.kept) {
      await writeDurably(options.kept, text);
      await syncFolder(dirname(options.kept));
    }
    accepted = verdict.value;
  }

  return {
    current: async () => {
      const now = options.clock.now();
      await (opening ??= open(now));
      if (!accepted || now.getTime() - askedAt > serves) {
        askedAt = now.getTime();
        asking ??= ask(now)
          .catch(() => undefined) // the last good one serves until its hard expiry; the check below refuses after it
          .finally(() => {
            asking = undefined;
          });
        await asking;
      }
      if (!accepted || now.getTime() >= Date.parse(accepted.body.expires)) {
        throw Object.assign(new Error("no configuration in force"), { code: "configuration-expired" });
      }
      return accepted.body;
    },
  };
}

function unlessMissing(fault: NodeJS.ErrnoException): undefined {
  if (fault.code !== "ENOENT") throw fault;
}

/** Every log of the country: the authority's own and those its gateways announced. */
export function logsOf(configuration: ConfigurationBody): readonly RegisteredLog[] {
  return [...configuration.logs, ...configuration.gateways.flatMap((gateway) => gateway.logs)];
}
