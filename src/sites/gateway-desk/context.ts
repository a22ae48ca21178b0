import type { Gateway, MemberId } from "#exchange";
import type { Log } from "#ledger";
import type { DeskContext } from "../desk/context.ts";

/** What the pages of a gateway's desk stand on. */
export interface GatewayDeskContext extends DeskContext {
  readonly member: MemberId;
  readonly gateway: Gateway;
  /** Where the agency's systems call this gateway, as seen from this process. */
  readonly agencyUrl: string;
  readonly log: Log;
}
