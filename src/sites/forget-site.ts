import { existsSync } from "node:fs";
import { join } from "node:path";
import { forgetSubject, keptLookupKey, keptMessages, type Forgotten } from "#exchange";
import { systemClock } from "#kernel";
import { openLog } from "#ledger";
import { openDatabase } from "#store";
import { openSiteKeys } from "./keys.ts";
import { logVkeyOf, openLogKey } from "./log-key.ts";
import { readSiteFile } from "./site-file.ts";

/**
 * Forgets a person at the gateway that a file describes, as `forgetSubject`; the gateway may be running meanwhile.
 * @param subject the identifier as the agency's services receive it
 * @throws with `code` = `site-file` for a site that is no gateway or has not started yet: keys made now would find
 * nothing; `person-in-use` while an exchange about the person is under way; `entry-refused` for a basis that is no code
 */
export async function forgetAtSite(name: string, subject: string, basis: string): Promise<Forgotten> {
  const fault = (text: string): Error => Object.assign(new Error(`${name}: ${text}`), { code: "site-file" });
  const { file, path } = readSiteFile(name);
  if (file.site !== "gateway") throw fault("only a gateway keeps records about people");
  const keysFolder = path(file.keys);
  const lookupKey = await keptLookupKey(keysFolder);
  if (!lookupKey || !existsSync(join(keysFolder, "persons.secret")) || !logVkeyOf(keysFolder, file.logOrigin))
    throw fault(`keys are missing in ${file.keys}: without them nobody is found; put them back from their back-up`);
  const database = openDatabase(file.database, { max: 2 });
  try {
    const log = await openLog({
      database,
      origin: file.logOrigin,
      key: openLogKey(keysFolder, file.logOrigin),
      clock: systemClock,
      personSecret: openSiteKeys(keysFolder).secret("persons"),
    });
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
