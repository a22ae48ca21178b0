import { pathToFileURL } from "node:url";
import type { AuthorityOptions } from "#exchange";
import type { Country } from "#flows";
import { systemClock } from "#kernel";
import { memberIdOf } from "./member-path.ts";
import { readSiteFile, siteFault, type AuthorityFile, type ReadSiteFile } from "./site-file.ts";

/** An authority's file, and where its paths are. */
export interface ReadAuthorityFile extends ReadSiteFile {
  readonly file: AuthorityFile;
}

/** @throws with `code` = `site-file` for a file that is wrong or another site's */
export function readAuthorityFile(name: string): ReadAuthorityFile {
  const { file, path } = readSiteFile(name);
  if (file.site !== "authority") throw siteFault(name, "this is not an authority's file");
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
