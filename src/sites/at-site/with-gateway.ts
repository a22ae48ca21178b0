import { systemClock } from "#kernel";
import { openLog, type Log, type LogOptions } from "#ledger";
import { openDatabase, type Database } from "#store";
import { logVkeyOf, openLogKey } from "../log-key.ts";
import { readSiteFile, siteFault, type GatewayFile, type ReadSiteFile } from "../site-file.ts";

/** A gateway's file, and where its paths are. */
export interface ReadGatewayFile extends ReadSiteFile {
  readonly file: GatewayFile;
}

/** @throws with `code` = `site-file` for a file that is wrong or another site's */
export function readGatewayFile(name: string): ReadGatewayFile {
  const { file, path } = readSiteFile(name);
  if (file.site !== "gateway") throw siteFault(name, "this is not a gateway's file");
  return { file, path };
}

/** The database and the log of a gateway that was started before. */
export interface GatewayStock {
  readonly database: Database;
  readonly log: Log;
}

/**
 * Opens the database and the log of a gateway from a command line, beside the running gateway or without it.
 * @throws with `code` = `site-file` for a gateway that has no log key yet: one made now would be another log's
 */
export async function openGatewayStock(
  { file, path }: ReadGatewayFile,
  o: Pick<LogOptions, "kinds" | "personSecret"> & { readonly connections: number },
): Promise<GatewayStock> {
  const { connections, ...more } = o;
  const keysFolder = path(file.keys);
  const origin = file.logOrigin;
  if (!logVkeyOf(keysFolder, origin))
    throw siteFault(file.keys, "the gateway has not been started yet: it makes its keys then");
  const database = openDatabase(file.database, { max: connections });
  try {
    const key = openLogKey(keysFolder, origin);
    return { database, log: await openLog({ database, origin, key, clock: systemClock, ...more }) };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}
