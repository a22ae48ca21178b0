import { pathToFileURL } from "node:url";
import { openAuthority, type Authority, type AuthorityOptions, type MemberId } from "#exchange";
import type { Country } from "#flows";
import { systemClock } from "#kernel";
import { openDatabase } from "#store";
import { openAuthorityLog } from "./authority-site.ts";
import { readSiteFile, type AuthorityFile, type ReadSiteFile } from "./site-file.ts";

/** An authority's file, and where its paths are. */
export interface ReadAuthorityFile extends ReadSiteFile {
  readonly file: AuthorityFile;
}

/** @throws with `code` = `site-file` for a file that is wrong or another site's */
export function readAuthorityFile(name: string): ReadAuthorityFile {
  const { file, path } = readSiteFile(name);
  if (file.site !== "authority")
    throw Object.assign(new Error(`${name} is not an authority's file`), { code: "site-file" });
  return { file, path };
}

/** What an authority's file says, as the authority takes it: the same for the running site and for a command line. */
export async function authoritySettings(
  read: ReadAuthorityFile,
): Promise<
  Pick<
    AuthorityOptions,
    "keysFolder" | "instance" | "logUrl" | "purposes" | "witnesses" | "consentIssuers" | "byRule" | "clock"
  >
> {
  const { file } = read;
  const { country } = (await import(pathToFileURL(read.path(file.country)).href)) as { country: Country };
  return {
    keysFolder: read.path(file.keys),
    instance: file.instance,
    clock: systemClock,
    logUrl: file.logUrl,
    purposes: country.purposes,
    witnesses: file.witnesses,
    consentIssuers: file.consentIssuers.map((member) => memberIdOf(file.instance, member)),
    ...(file.approvedByRule ? { byRule: file.approvedByRule } : {}),
  };
}

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

export function memberIdOf(instance: string, member: { memberClass: string; memberCode: string }): MemberId {
  return { instance, memberClass: member.memberClass, memberCode: member.memberCode };
}

/** `INSTANCE/CLASS/CODE` as a person types it. @throws with `code` = `member-malformed` */
export function readMemberPath(text: string, instance: string): MemberId {
  const [given, memberClass, memberCode, ...rest] = text.split("/");
  if (!given || !memberClass || !memberCode || rest.length > 0)
    throw Object.assign(new Error(`a member is written INSTANCE/CLASS/CODE, for example ${instance}/GOV/MOI`), {
      code: "member-malformed",
    });
  return { instance: given, memberClass, memberCode };
}
