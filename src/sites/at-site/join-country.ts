import { existsSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { isRegistrableCode } from "#exchange";
import { systemClock, type Localised } from "#kernel";
import { readInvitation, type AuthorityTrust } from "../invitation-file.ts";

export interface JoinOptions {
  /** `code:name`, or `code:中文名|English name`; `code` alone for one that is registered already. */
  readonly subsystem: readonly string[];
  /** `host:port` under which other gateways reach this one. */
  readonly publicAddress: string;
  /** `postgres://…`, or `env:NAME`. */
  readonly database?: string | undefined;
  readonly serverCode?: string | undefined;
  /** First of four ports in a row: the agency's systems, other gateways, the public log, the desk. */
  readonly port?: number | undefined;
  /** The country's module: its registers, and the one spelling of a person's identifier. */
  readonly country: string;
  /** Where to write it; `gateway.json` unless told. */
  readonly out?: string | undefined;
}

/** Who joins what: from an invitation, or typed by an agency that has none. */
export interface Joining {
  readonly instance: string;
  readonly member: { readonly memberClass: string; readonly memberCode: string };
  readonly authority: AuthorityTrust;
  readonly witnesses: readonly object[];
  readonly token?: string | undefined;
  /** Codes that are registered already. */
  readonly registered: readonly string[];
}

/** Writes a gateway's file from an invitation and says what to do next. @throws `invitation-file`, `join-options` */
export function joinCountry(
  invitationFile: string,
  o: JoinOptions,
): { readonly file: string; readonly next: readonly string[] } {
  const invitation = readInvitation(invitationFile, systemClock.now());
  const { instance, member, authority, witnesses, token, subsystems } = invitation;
  const { memberClass, memberCode } = member;
  const registered = subsystems.map((one) => one.code);
  return writeGatewayFile(
    { instance, member: { memberClass, memberCode }, authority, witnesses, token, registered },
    o,
  );
}

/** Writes the file of a gateway that is ready to start but for its database. An existing file is never overwritten. */
export function writeGatewayFile(
  joining: Joining,
  o: JoinOptions,
): { readonly file: string; readonly next: readonly string[] } {
  const file = resolve(o.out ?? "gateway.json");
  const fault = (why: string): Error => Object.assign(new Error(why), { code: "join-options" });
  if (existsSync(file)) throw fault(`${file} is there already; move it away or name another with --out`);
  const [, peerPort] = /^[A-Za-z0-9.-]+:(\d{1,5})$/.exec(o.publicAddress) ?? [];
  if (peerPort === undefined) throw fault("a public address is written host:port, for example gw.moi.example:5600");
  const subsystems = o.subsystem.map(readSubsystem);
  if (subsystems.length === 0)
    throw fault('name at least one subsystem: --subsystem "registry:民政登記|Civil registry"');
  for (const { code, name } of subsystems) {
    if (!isRegistrableCode(code)) throw fault(`"${code}" is no code: letters, digits and ' ( ) + , - . = ?`);
    if (!name && !joining.registered.includes(code))
      throw fault(
        `subsystem "${code}" is not registered yet: give its name, --subsystem "${code}:中文名|English name"`,
      );
  }
  const named = subsystems.filter(({ name }) => name !== undefined);
  const port = o.port ?? 7010;
  const database = o.database ?? "env:TAROKO_DATABASE";
  const { memberClass, memberCode } = joining.member;
  const slug = memberCode.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
  const [host = "localhost"] = o.publicAddress.split(":");
  const country = relative(dirname(file), resolve(o.country));
  const content = {
    site: "gateway",
    database,
    keys: `./keys/${slug}`,
    instance: joining.instance,
    member: { memberClass, memberCode },
    serverCode: o.serverCode ?? "gw1",
    subsystems: subsystems.map(({ code }) => code),
    ...(named.length > 0 ? { subsystemNames: Object.fromEntries(named.map(({ code, name }) => [code, name])) } : {}),
    authority: joining.authority,
    ...(joining.token === undefined ? {} : { invitation: joining.token }),
    agency: { host: "127.0.0.1", port },
    peer: { host: "0.0.0.0", port: Number(peerPort), publicAddress: o.publicAddress },
    public: { host: "127.0.0.1", port: port + 2 },
    desk: { host: "127.0.0.1", port: port + 3 },
    logOrigin: `${host}/log/${slug}`,
    witnesses: joining.witnesses,
    country: country.startsWith(".") ? country : `./${country}`,
    registers: [],
    rights: [],
  };
  // It holds the token until the gateway has enrolled.
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  const shown = relative(process.cwd(), file) || file;
  return {
    file,
    next: [
      ...(database.startsWith("env:")
        ? [`export ${database.slice(4)}=postgres://…   # an empty PostgreSQL database`]
        : []),
      `npx taroko run ${shown}`,
      `curl -s http://127.0.0.1:${port}/health`,
      `npx taroko operator ${shown} "your name"   # a sign-in link to the gateway's desk`,
    ],
  };
}

function readSubsystem(text: string): { readonly code: string; readonly name: Localised | undefined } {
  const [, code = "", said] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  return { code, name: said === undefined ? undefined : readName(said) };
}

/** `中文名|English name`; one name alone serves for both languages. */
export function readName(text: string): Localised {
  const [first = "", second] = text.split("|").map((part) => part.trim());
  if (first === "") throw Object.assign(new Error("a name is empty"), { code: "join-options" });
  return { "zh-Hant": first, en: second === undefined || second === "" ? first : second };
}
