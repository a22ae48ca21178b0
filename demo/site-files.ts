import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AuthoritySiteOptions, GatewaySiteOptions } from "#sites";

const country = fileURLToPath(import.meta.resolve("#countries/taiwan"));

/**
 * Writes the files by which `taroko operator`, `diagnose`, `rights`, `evidence` … find the sites of a running
 * demonstration, and the anchor that an auditor needs. They hold passwords of its databases, so only their owner reads them.
 */
export function writeSiteFiles(
  folder: string,
  authority: AuthoritySiteOptions & { readonly url: string; readonly anchor: string },
  gateways: readonly GatewaySiteOptions[],
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "anchor"), `${authority.anchor}\n`);
  write("authority", authorityFile(authority));
  for (const gateway of gateways) write(gateway.member.memberCode, gatewayFile(gateway));
}

function authorityFile(o: AuthoritySiteOptions & { readonly url: string }): object {
  return {
    site: "authority",
    database: o.databaseUrl,
    keys: o.keysFolder,
    listen: placeOf(o.listen),
    url: o.url,
    desk: o.desk && placeOf(o.desk),
    instance: o.instance,
    country,
    members: [],
    consentIssuers: o.consentIssuers?.map(({ memberClass, memberCode }) => ({ memberClass, memberCode })),
    logOrigin: o.logOrigin,
    logUrl: o.logUrl,
    witnesses: o.witnesses,
  };
}

/** Without registers and rights: a demonstration's gateway runs by itself, and these commands read them from its database. */
function gatewayFile(o: GatewaySiteOptions): object {
  const { instance, ...member } = o.member;
  return {
    site: "gateway",
    database: o.databaseUrl,
    keys: o.keysFolder,
    instance,
    member,
    serverCode: o.serverCode,
    subsystems: o.subsystems,
    authority: { url: o.authorityUrl, anchor: o.authorityAnchor },
    agency: placeOf(o.agency),
    peer: { ...placeOf(o.peer), publicAddress: o.peer.publicAddress },
    public: { ...placeOf(o.publicSide), url: o.logUrl },
    desk: o.desk && placeOf(o.desk),
    logOrigin: o.logOrigin,
    witnesses: o.witnesses,
    keepMessages: o.keepMessages,
    country,
  };
}

function placeOf({ host, port }: { readonly host: string; readonly port: number }): object {
  return { host, port };
}
