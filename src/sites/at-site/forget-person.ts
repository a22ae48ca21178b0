import { existsSync } from "node:fs";
import { join } from "node:path";
import { forgetSubject, keptLookupKey, keptMessages, type Forgotten } from "#exchange";
import { openSiteKeys } from "../keys.ts";
import { logVkeyOf } from "../log-key.ts";
import { siteFault } from "../site-file.ts";
import { openGatewayStock, readGatewayFile } from "./with-gateway.ts";

/**
 * Forgets a person at the gateway that a file describes, as `forgetSubject`; the gateway may be running meanwhile.
 * @param subject the identifier as the agency's services receive it
 * @throws with `code` = `site-file` for a site that is no gateway or has not started yet: keys made now would find
 * nothing; `person-in-use` while an exchange about the person is under way; `entry-refused` for a basis that is no code
 */
export async function forgetAtSite(name: string, subject: string, basis: string): Promise<Forgotten> {
  const read = readGatewayFile(name);
  const { file, path } = read;
  const keysFolder = path(file.keys);
  const lookupKey = await keptLookupKey(keysFolder);
  if (!lookupKey || !existsSync(join(keysFolder, "persons.secret")) || !logVkeyOf(keysFolder, file.logOrigin))
    throw siteFault(
      name,
      `keys are missing in ${file.keys}: without them nobody is found; put them back from their back-up`,
    );
  const personSecret = openSiteKeys(keysFolder).secret("persons");
  const { database, log } = await openGatewayStock(read, { connections: 2, personSecret });
  try {
    const forgotten = await forgetSubject(
      { database, log, lookupKey, keeper: await keptMessages(database, keysFolder) },
      subject,
      basis,
    );
    if (forgotten.ok) return forgotten.value;
    const { code } = forgotten.error;
    throw Object.assign(new Error("an exchange about this person is under way: try again in a minute"), { code });
  } finally {
    await database.close();
  }
}
