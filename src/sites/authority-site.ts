import {
  authorityRoutes,
  openAuthority,
  openOperators,
  type Authority,
  type AuthorityOptions,
  type MemberRegistration,
} from "#exchange";
import { listen } from "#http";
import { logRoutes, openLog, type Log, type PublishOptions, type WitnessEndpoint } from "#ledger";
import { openDatabase, type Database } from "#store";
import { authorityDesk } from "./authority-desk/authority-desk.ts";
import { authorityKinds } from "./log-kinds.ts";
import { openLogKey, openMlDsaKey } from "./log-key.ts";
import type { ListenOptions, Site } from "./site.ts";
import { enterStanding } from "./standing-entries.ts";

export interface AuthoritySiteOptions extends Omit<AuthorityOptions, "database" | "log"> {
  readonly databaseUrl: string;
  readonly logOrigin: string;
  /** Sign the log with ML-DSA-44 beside Ed25519. */
  readonly mlDsa?: boolean;
  readonly witnesses: readonly WitnessEndpoint[];
  /** Where the log's files are published to besides. */
  readonly publish?: PublishOptions | undefined;
  readonly listen: ListenOptions;
  readonly members: readonly MemberRegistration[];
  /** Where registrars' pages answer; nowhere unless told. */
  readonly desk?: ListenOptions;
  /** Invented registrars whom anybody may sign in as there; for a demonstration only. */
  readonly demonstrationOperators?: readonly string[];
}

/** Where the authority's log is served, below its own address. */
const logPrefix = "/log/";

/** The authority's log on its database; `taroko invite` writes into it too, and the running authority sequences. */
export function openAuthorityLog(
  database: Database,
  options: Pick<
    AuthoritySiteOptions,
    "keysFolder" | "logOrigin" | "mlDsa" | "clock" | "witnesses" | "publish" | "logger"
  >,
): Promise<Log> {
  const { keysFolder, logOrigin, mlDsa, clock, witnesses, publish, logger } = options;
  return openLog({
    database,
    origin: logOrigin,
    key: openLogKey(keysFolder, logOrigin),
    mlDsaKey: mlDsa ? openMlDsaKey(keysFolder, "log-ml-dsa.pem", logOrigin) : undefined,
    clock,
    witnesses,
    publish,
    kinds: authorityKinds,
    onAlarm: (alarm) => logger?.error({ alarm }, "the authority's log alarms"),
  });
}

/**
 * Runs the authority: register of members, certificate authority, signed configuration, and the log of all that. It is in
 * no call's path.
 */
export async function startAuthoritySite(
  options: AuthoritySiteOptions,
): Promise<Site & { authority: Authority; log: Log; deskUrl?: string }> {
  const { databaseUrl, members, listen: where, logOrigin: _, mlDsa: __, ...rest } = options;
  const database = openDatabase(databaseUrl, { max: 4 });
  const log = await openAuthorityLog(database, options);
  await enterStanding({ database, log, clock: options.clock, witnesses: options.witnesses });
  const authority = await openAuthority({ ...rest, database, log });
  for (const member of members) {
    const registered = await authority.declareMember(member);
    if (!registered.ok)
      throw Object.assign(new Error(`cannot register ${member.id.memberCode}: ${registered.error.code}`), {
        code: registered.error.code,
      });
  }
  const ownRoutes = authorityRoutes(authority);
  const ofLog = logRoutes(log, logPrefix);
  const server = await listen(
    (request, caller) =>
      new URL(request.url).pathname.startsWith(logPrefix) ? ofLog(request) : ownRoutes(request, caller),
    where,
  );
  const desk = authorityDesk({
    title: { "zh-Hant": `${options.instance} 主管機關`, en: `${options.instance} authority` },
    database,
    operators: openOperators({ database, clock: options.clock }),
    clock: options.clock,
    demonstration: options.demonstrationOperators,
    logger: { info: () => undefined, error: (what, message) => options.logger?.error(what, message) },
    authority,
  });
  const deskAt = options.desk && { ...options.desk, names: options.desk.names ?? [] };
  const deskServer = deskAt && (await listen((request, caller) => desk.fetch(request, { caller }), deskAt));
  log.start(); // after the configuration is served, since the witnesses learn from it which logs to keep
  return {
    name: "authority",
    url: server.url,
    authority,
    log,
    ...(deskServer ? { deskUrl: deskServer.url } : {}),
    close: async () => {
      await deskServer?.close();
      await server.close();
      await authority.close();
      await log.stop();
      await database.close();
    },
  };
}
