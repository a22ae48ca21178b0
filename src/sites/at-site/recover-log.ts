import { systemClock } from "#kernel";
import { filesOf, recoverLog, type Recovered } from "#ledger";
import { openDatabase } from "#store";
import { logVkeyOf } from "../log-key.ts";
import { publishOf } from "../publish-option.ts";
import { readSiteFile, siteFault } from "../site-file.ts";

/**
 * Rebuilds the log of a site whose database was set back, from its published files; the site may be running meanwhile,
 * it stands still until this is done.
 * @param from the folder or address of the published files; without it, where the file says that the log is published
 * @throws with `code` = `site-file` for a site that has no log or no such place; else as `recoverLog`
 */
export async function recoverSite(name: string, from?: string): Promise<Recovered & { readonly origin: string }> {
  const read = readSiteFile(name);
  const { file } = read;
  if (file.site === "witness") throw siteFault(name, "a witness keeps no log of its own");
  const publish = publishOf(file.publish, read.path);
  const place = from ?? (publish && filesOf(publish));
  if (place === undefined)
    throw siteFault(name, 'no "publish" in the file: say with --from where the published files are');
  const origin = file.logOrigin;
  const vkey = logVkeyOf(read.path(file.keys), origin);
  if (vkey === undefined)
    throw siteFault(name, `no key of ${origin} in ${file.keys}: put it back from its own back-up first`);
  const database = openDatabase(file.database, { max: 4 });
  try {
    const { witnesses } = file;
    return { origin, ...(await recoverLog({ database, origin, vkey, from: place, witnesses, clock: systemClock })) };
  } finally {
    await database.close();
  }
}
