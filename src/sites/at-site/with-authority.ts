import { openAuthority, type Authority } from "#exchange";
import { openDatabase } from "#store";
import { authoritySettings, readAuthorityFile, type ReadAuthorityFile } from "../authority-settings.ts";
import { openAuthorityLog } from "../authority-site.ts";

/** Does something at the authority from a command line, beside the running site or without it. */
export async function withAuthority<Value>(
  name: string,
  work: (authority: Authority, read: ReadAuthorityFile) => Promise<Value>,
): Promise<Value> {
  const read = readAuthorityFile(name);
  const settings = await authoritySettings(read);
  const database = openDatabase(read.file.database, { max: 2 });
  try {
    const { keysFolder, clock } = settings;
    const { logOrigin, mlDsa, witnesses } = read.file;
    const log = await openAuthorityLog(database, { keysFolder, logOrigin, mlDsa, witnesses, clock });
    const authority = await openAuthority({ ...settings, database, log });
    try {
      return await work(authority, read);
    } finally {
      await authority.close();
    }
  } finally {
    await database.close();
  }
}
