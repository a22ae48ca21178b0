import { openOperators } from "#exchange";
import { systemClock } from "#kernel";
import { openDatabase } from "#store";
import { readSiteFile, siteFault } from "../site-file.ts";

/** A one-time link for somebody who runs the site that a file describes. The file names a desk, or there is none to open. */
export async function linkOperator(
  file: string,
  name: string,
  by: string,
): Promise<{ readonly link: string; readonly until: string }> {
  const { desk, database } = deskFile(file);
  const opened = openDatabase(database, { max: 1 });
  try {
    const made = await openOperators({ database: opened, clock: systemClock }).link(name, by);
    if (!made.ok) throw Object.assign(new Error(`"${name}" cannot be an operator's name`), { code: made.error.code });
    const { token, expiresAt } = made.value;
    return { link: `http://${desk.host}:${desk.port}/sign-in?link=${token}`, until: expiresAt.toISOString() };
  } finally {
    await opened.close();
  }
}

/** A session of a command at the desk of the site that a file describes: the desk's address and the session's cookie. */
export async function openDeskForCommand(
  file: string,
  by: string,
): Promise<{ readonly desk: string; readonly cookie: string }> {
  const { desk, database } = deskFile(file);
  const opened = openDatabase(database, { max: 1 });
  try {
    const { token } = await openOperators({ database: opened, clock: systemClock }).openForCommand(by);
    return { desk: `http://${desk.host}:${desk.port}`, cookie: `taroko-operator=${token}` };
  } finally {
    await opened.close();
  }
}

/** Ends an operator's sessions and links. False when there is no such operator. */
export async function removeOperator(file: string, name: string, by: string): Promise<boolean> {
  const opened = openDatabase(deskFile(file).database, { max: 1 });
  try {
    return await openOperators({ database: opened, clock: systemClock }).remove(name, by);
  } finally {
    await opened.close();
  }
}

function deskFile(name: string): { readonly desk: { host: string; port: number }; readonly database: string } {
  const { file } = readSiteFile(name);
  if (!("desk" in file) || file.desk === undefined)
    throw siteFault(name, 'there is no "desk": add {"desk": {"port": 7013}} and restart the site');
  return { desk: file.desk, database: file.database };
}
