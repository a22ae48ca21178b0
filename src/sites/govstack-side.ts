import { govStackSettings, openGovStackAdapter, type Gateway, type GovStackAdapter, type MemberId } from "#exchange";
import type { Clock } from "#kernel";
import type { GovStackOption } from "./events-option.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Opens GovStack's port in front of a gateway's agency side. @throws `EADDRINUSE` as node gives it */
export function openGovStackSide(
  option: GovStackOption,
  o: {
    readonly gateway: Gateway;
    readonly agencyUrl: string;
    readonly member: MemberId;
    readonly clock: Clock;
    readonly problemBase?: string | undefined;
    readonly logger?: Parameters<typeof openGovStackAdapter>[0]["logger"] | undefined;
  },
): Promise<GovStackAdapter> {
  const { host, port, names, domain, token } = option;
  return openGovStackAdapter({
    host,
    port,
    names,
    domain,
    token,
    agencyUrl: o.agencyUrl,
    instance: o.member.instance,
    settings: {
      pathPrefix: option.pathPrefix ?? govStackSettings.pathPrefix,
      clientHeaders: option.clientHeaders ?? govStackSettings.clientHeaders,
      instanceName: option.instanceName ?? govStackSettings.instanceName,
      objectType: option.objectType ?? govStackSettings.objectType,
    },
    rights: () => o.gateway.rights.all(),
    clock: o.clock,
    problemBase: o.problemBase,
    logger: o.logger ?? silent,
  });
}
