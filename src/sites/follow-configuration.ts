import { acceptConfiguration, type AcceptedConfiguration, type ConfigurationBody, type RegisteredLog } from "#exchange";
import type { Clock } from "#kernel";

/** The country's signed configuration, for sites that are no gateway: portal and witnesses. */
export interface FollowedConfiguration {
  /** The newest configuration that verified; asks again when the last answer is older than told. */
  current(): Promise<ConfigurationBody>;
}

/** Fetches the configuration when it is needed and keeps the last good one while the authority is away. */
export function followConfiguration(options: {
  url: string;
  anchor: string;
  clock: Clock;
  /** Milliseconds an answer serves; a second unless told. */
  serves?: number;
}): FollowedConfiguration {
  const serves = options.serves ?? 1_000;
  let accepted: AcceptedConfiguration | undefined;
  let askedAt = 0;
  return {
    current: async () => {
      const now = options.clock.now();
      if (!accepted || now.getTime() - askedAt > serves) {
        askedAt = now.getTime();
        try {
          const response = await fetch(`${options.url}/configuration`, { signal: AbortSignal.timeout(5_000) });
          const verdict = acceptConfiguration(await response.text(), {
            anchor: options.anchor,
            now,
            previous: accepted,
          });
          if (verdict.ok) accepted = verdict.value;
        } catch {
          // The last good configuration serves until its hard expiry; the check below refuses after it.
        }
      }
      if (!accepted || now.getTime() >= Date.parse(accepted.body.expires)) {
        throw Object.assign(new Error("no configuration in force"), { code: "configuration-expired" });
      }
      return accepted.body;
    },
  };
}

/** Every log of the country: the authority's own and those its gateways announced. */
export function logsOf(configuration: ConfigurationBody): readonly RegisteredLog[] {
  return [...configuration.logs, ...configuration.gateways.flatMap((gateway) => gateway.logs)];
}
