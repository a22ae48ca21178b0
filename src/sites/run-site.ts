import { pathToFileURL } from "node:url";
import { pino } from "pino";
import type { Country } from "#flows";
import { systemClock } from "#kernel";
import type { Log } from "#ledger";
import type { RegisterDeclaration } from "#registries";
import { startAuthoritySite } from "./authority-site.ts";
import { authoritySettings } from "./authority-settings.ts";
import { agencyOf } from "./agency-option.ts";
import { anchorsOf } from "./anchor-option.ts";
import { startGatewaySite } from "./gateway-site.ts";
import { timeStampsOf } from "./time-stamp-option.ts";
import type { ListenOptions, Site } from "./site.ts";
import { publishOf } from "./publish-option.ts";
import { isWorker } from "./run-workers.ts";
import { memberIdOf } from "./member-path.ts";
import { grantOf } from "./right-option.ts";
import {
  readSiteFile,
  type AuthorityFile,
  type GatewayFile,
  type ReadSiteFile,
  type WitnessFile,
} from "./site-file.ts";
import { startWitnessSite, witnessVerifierKey } from "./witness-site.ts";

interface CountryModule {
  readonly country: Country;
  readonly registers: readonly { readonly agency: string; readonly declaration: RegisterDeclaration }[];
}

/** What an operator must pass on by hand when a site is set up: nothing secret. */
export interface SiteFacts {
  readonly site: Site;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Starts the one site that a file describes: an authority, a gateway or a witness. Logs go to standard output as JSON.
 * `registers` are files of declarations that a gateway publishes besides those its own file names.
 * @throws with `code` = `site-file` when the file is wrong, and whatever the site says when it cannot start
 */
export async function runSite(
  name: string,
  { registers = [] }: { readonly registers?: readonly string[] } = {},
): Promise<SiteFacts> {
  const read = readSiteFile(name);
  switch (read.file.site) {
    case "authority":
      return runAuthority(read, read.file);
    case "witness":
      return runWitness(read, read.file);
    case "gateway":
      return runGateway(read, read.file, registers);
  }
}

async function runAuthority(read: ReadSiteFile, file: AuthorityFile): Promise<SiteFacts> {
  const settings = await authoritySettings({ ...read, file });
  const site = await startAuthoritySite({
    ...settings,
    databaseUrl: file.database,
    listen: at(file.listen),
    logOrigin: file.logOrigin,
    mlDsa: file.mlDsa,
    publish: publishOf(file.publish, read.path),
    logger: pino(),
    witnesses: file.witnesses,
    ...(file.desk ? { desk: at(file.desk) } : {}),
    members: file.members.map(({ name, subsystems, ...member }) => ({
      id: memberIdOf(file.instance, member),
      name,
      subsystems,
    })),
  });
  return {
    site,
    facts: {
      anchor: site.authority.anchor,
      url: site.url,
      log: site.log.vkey,
      ...logMlDsaOf(site.log),
      ...(site.deskUrl ? { desk: site.deskUrl } : {}),
    },
  };
}

async function runWitness(read: ReadSiteFile, file: WitnessFile): Promise<SiteFacts> {
  const keysFolder = read.path(file.keys);
  const site = await startWitnessSite({
    name: file.name,
    databaseUrl: file.database,
    keysFolder,
    mlDsa: file.mlDsa,
    listen: at(file.listen),
    clock: systemClock,
    authority: file.authority,
  });
  const mlDsa = site.mlDsaVkey === undefined ? {} : { mlDsaVkey: site.mlDsaVkey };
  return { site, facts: { vkey: witnessVerifierKey(file.name, keysFolder), ...mlDsa, url: site.url } };
}

async function runGateway(read: ReadSiteFile, file: GatewayFile, more: readonly string[]): Promise<SiteFacts> {
  const { country, registers } = await countryOf(read, file.country);
  const agency = agencyOf(file, read.path);
  const site = await startGatewaySite({
    name: `gateway of ${file.member.memberCode}`,
    databaseUrl: file.database,
    keysFolder: read.path(file.keys),
    member: memberIdOf(file.instance, file.member),
    serverCode: file.serverCode,
    subsystems: file.subsystems,
    authorityUrl: file.authority.url,
    authorityAnchor: file.authority.anchor,
    authorityMirrors: file.authority.mirrors,
    authorityRoot: file.authority.root,
    subsystemNames: file.subsystemNames,
    ...(file.invitation ? { enrolmentToken: file.invitation } : {}),
    clock: systemClock,
    agency: { ...file.agency, tls: agency.tls },
    r1: agency.r1,
    clients: agency.clients,
    services: agency.services,
    peer: file.peer,
    publicSide: at(file.public),
    sharesAddresses: isWorker(),
    maxBody: file.bodies?.limit,
    ...(file.bodies?.spool === undefined ? {} : { spoolFolder: read.path(file.bodies.spool) }),
    logOrigin: file.logOrigin,
    mlDsa: file.mlDsa,
    anchors: await anchorsOf(file.anchors, read.path),
    anchorEveryMs: file.anchorMinutes * 60_000,
    ...(file.public.url ? { logUrl: file.public.url } : {}),
    publish: publishOf(file.publish, read.path),
    witnesses: file.witnesses,
    normalSubject: country.normalSubject,
    keepMessages: file.keepMessages,
    timeStamps: timeStampsOf(file.timeStamps, read.path),
    events: file.events,
    govstack: file.govstack,
    registers: [...file.registers, ...more.map((one) => ({ file: one }))].map((wanted) => {
      if ("file" in wanted) return { file: read.path(wanted.file) };
      const found = registers.find(
        ({ declaration }) => declaration.service === wanted.service && file.subsystems.includes(declaration.subsystem),
      );
      if (!found)
        throw Object.assign(
          new Error(`the country declares no register "${wanted.service}" for ${file.subsystems.join(", ")}`),
          { code: "site-file" },
        );
      return { declaration: found.declaration, databaseUrl: wanted.database };
    }),
    groups: file.groups,
    rights: file.rights.map((right) => grantOf(right, file.instance)),
    problemBase: file.problemBase,
    ...(file.desk ? { desk: at(file.desk) } : {}),
    logger: pino(),
  });
  return {
    site,
    facts: {
      ...(site.deskUrl ? { desk: site.deskUrl } : {}),
      agency: site.url,
      peer: file.peer.publicAddress,
      log: site.log.vkey,
      ...logMlDsaOf(site.log),
    },
  };
}

function logMlDsaOf({ mlDsaVkey }: Log): { readonly logMlDsa?: string } {
  return mlDsaVkey === undefined ? {} : { logMlDsa: mlDsaVkey };
}

async function countryOf(read: ReadSiteFile, module: string): Promise<CountryModule> {
  return (await import(pathToFileURL(read.path(module)).href)) as CountryModule;
}

function at(address: { host: string; port: number; names?: readonly string[] }): ListenOptions {
  return { ...address, option: '"port" in the site\'s file' };
}
