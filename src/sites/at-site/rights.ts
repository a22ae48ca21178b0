import { identifierPath, keptDirectory, openRights, type MemberId, type Rights } from "#exchange";
import { systemClock } from "#kernel";
import { gatewayKinds } from "../log-kinds.ts";
import { memberIdOf } from "../member-path.ts";
import { openGatewayStock, readGatewayFile } from "./with-gateway.ts";

/** The rights of a gateway's site, to work on while the gateway runs or not. */
export interface RightsAtSite {
  readonly rights: Rights;
  readonly member: MemberId;
  /** Path form. */
  readonly memberPath: string;
  close(): Promise<void>;
}

/**
 * Opens the rights of the gateway that a file describes, on its database. Changes are entered into its log by whoever
 * runs the gateway; they hold with the next call.
 * @throws with `code` = `site-file` for a site that is no gateway, or that has not started yet
 */
export async function openRightsAtSite(name: string): Promise<RightsAtSite> {
  const read = readGatewayFile(name);
  const { file } = read;
  const { database, log } = await openGatewayStock(read, { connections: 4, kinds: gatewayKinds });
  try {
    const member = memberIdOf(file.instance, file.member);
    const directory = await keptDirectory(database, file.instance);
    const rights = openRights({ database, log, clock: systemClock, member, directory: () => directory });
    return { rights, member, memberPath: identifierPath(member), close: () => database.close() };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}
