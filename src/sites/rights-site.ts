import { identifierPath, keptDirectory, openRights, type MemberId, type Rights } from "#exchange";
import { systemClock } from "#kernel";
import { openLog } from "#ledger";
import { openDatabase } from "#store";
import { gatewayKinds } from "./log-kinds.ts";
import { logVkeyOf, openLogKey } from "./log-key.ts";
import { readSiteFile } from "./site-file.ts";

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
  const fault = (text: string): Error => Object.assign(new Error(`${name}: ${text}`), { code: "site-file" });
  const { file, path } = readSiteFile(name);
  if (file.site !== "gateway") throw fault("only a gateway keeps rights");
  const keysFolder = path(file.keys);
  if (!logVkeyOf(keysFolder, file.logOrigin))
    throw fault("the gateway has not been started yet: it makes its keys then");
  const database = openDatabase(file.database, { max: 4 });
  try {
    const member = { instance: file.instance, ...file.member };
    const key = openLogKey(keysFolder, file.logOrigin);
    const log = await openLog({ database, origin: file.logOrigin, key, clock: systemClock, kinds: gatewayKinds });
    const directory = await keptDirectory(database, file.instance);
    const rights = openRights({ database, log, clock: systemClock, member, directory: () => directory });
    return { rights, member, memberPath: identifierPath(member), close: () => database.close() };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}
