import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Localised } from "#kernel";
import type { WitnessEndpoint } from "#ledger";
import { z } from "zod";
import { requestKinds, type RequestKind } from "#exchange";
import { agencyShape, type AgencyOption } from "./agency-option.ts";
import { anchorsOption, type AnchorsOption } from "./anchor-option.ts";
import { authorityTrust, type AuthorityTrust } from "./invitation-file.ts";
import { keepOption, timeStampOption, type KeepOption, type TimeStampOption } from "./time-stamp-option.ts";
import { eventsShape, type EventsOption } from "./events-option.ts";
import { groupOption, rightOption, type GroupOption, type RightOption } from "./right-option.ts";
import { publishOption, type PublishOption } from "./publish-option.ts";

const address = z.strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(1).max(65_535) });
const localised = z.strictObject({ "zh-Hant": z.string().min(1), en: z.string().min(1) });
const vkey = z.string().min(1);
const witness = z.strictObject({ name: z.string().min(1), vkey, mlDsaVkey: vkey.optional(), url: z.url() });
const subsystem = z.strictObject({ code: z.string().min(1), name: localised });
const member = z.strictObject({ memberClass: z.string().min(1), memberCode: z.string().min(1) });
const authority = authorityTrust;
/** `postgres://…`, or `env:NAME` for an environment variable that holds it, so that the file holds no password. */
const database = z
  .string()
  .transform((text) => (text.startsWith("env:") ? (process.env[text.slice(4)] ?? "") : text))
  .refine((text) => /^postgres(ql)?:\/\//.test(text), "expected postgres://… or env:NAME of a variable that holds it");
const common = { database, keys: z.string().min(1) };

/** With the host names under which it is called. */
const namedAddress = address.extend({ names: z.array(z.string().regex(/^[A-Za-z0-9.-]+$/)).default([]) });

const authoritySite = z.strictObject({
  site: z.literal("authority"),
  ...common,
  listen: address,
  instance: z.string().min(1),
  country: z.string(),
  members: z.array(member.extend({ name: localised, subsystems: z.array(subsystem) })),
  consentIssuers: z.array(member).default([]),
  logOrigin: z.string().min(1),
  mlDsa: z.boolean().default(false),
  logUrl: z.url().optional(),
  witnesses: z.array(witness).default([]),
  publish: publishOption,
  url: z.url({ protocol: /^https?$/ }).optional(),
  mirrors: z.array(z.url({ protocol: /^https?$/ })).default([]),
  approvedByRule: z.array(z.enum(requestKinds)).optional(),
  desk: namedAddress.optional(),
});

const witnessSite = z.strictObject({
  site: z.literal("witness"),
  ...common,
  name: z.string().min(1),
  mlDsa: z.boolean().default(false),
  listen: address,
  authority,
});

const gatewaySite = z.strictObject({
  site: z.literal("gateway"),
  ...common,
  instance: z.string().min(1),
  member,
  serverCode: z.string().default("gw1"),
  subsystems: z.array(z.string()).min(1),
  subsystemNames: z.record(z.string(), localised).optional(),
  authority,
  invitation: z.string().optional(),
  agency: namedAddress,
  peer: address.extend({ publicAddress: z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/) }),
  public: address.extend({ url: z.url({ protocol: /^https?$/ }).optional() }),
  bodies: z.strictObject({ limit: z.number().int().min(1).optional(), spool: z.string().min(1).optional() }).optional(),
  logOrigin: z.string().min(1),
  mlDsa: z.boolean().default(false),
  witnesses: z.array(witness).default([]),
  publish: publishOption,
  anchors: anchorsOption,
  anchorMinutes: z.number().min(1).default(10),
  country: z.string(),
  registers: z
    .array(z.union([z.strictObject({ service: z.string(), database }), z.strictObject({ file: z.string().min(1) })]))
    .default([]),
  groups: z.array(groupOption).default([]),
  rights: z.array(rightOption).default([]),
  problemBase: z.string().default(""),
  keepMessages: keepOption,
  ...agencyShape,
  timeStamps: timeStampOption,
  ...eventsShape,
  /** Pages for those who run the gateway; on a private address. */
  desk: namedAddress.optional(),
});

const siteFile = z.discriminatedUnion("site", [authoritySite, witnessSite, gatewaySite]);

interface Address {
  readonly host: string;
  readonly port: number;
}
interface NamedAddress extends Address {
  readonly names: readonly string[];
}
interface Member {
  readonly memberClass: string;
  readonly memberCode: string;
}
interface CommonFile {
  readonly database: string;
  readonly keys: string;
}

export interface AuthorityFile extends CommonFile {
  readonly site: "authority";
  readonly listen: Address;
  readonly instance: string;
  /** Module that exports `country`; its purposes are published. */
  readonly country: string;
  readonly members: readonly (Member & {
    readonly name: Localised;
    readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
  })[];
  readonly consentIssuers: readonly Member[];
  /** The origin of the authority's own log, for example `authority.example/log`. */
  readonly logOrigin: string;
  /** Sign the log with an ML-DSA-44 key as well; it is made at the first start. */
  readonly mlDsa: boolean;
  /** Where the public reads it: this site's address with `/log`, as seen from outside. */
  readonly logUrl?: string | undefined;
  readonly witnesses: readonly WitnessEndpoint[];
  /** Where the log is published to, besides `public`. */
  readonly publish?: PublishOption | undefined;
  /** Where gateways reach it; invitations carry it. The address it listens on unless told. */
  readonly url?: string | undefined;
  /** Further addresses of the signed configuration, for invitations. */
  readonly mirrors: readonly string[];
  /** Kinds of requests that no registrar decides. */
  readonly approvedByRule?: readonly RequestKind[] | undefined;
  /** Pages for registrars; on a private address. */
  readonly desk?: NamedAddress | undefined;
}

export interface WitnessFile extends CommonFile {
  readonly site: "witness";
  readonly name: string;
  /** Cosign with an ML-DSA-44 key as well; it is made at the first start. */
  readonly mlDsa: boolean;
  readonly listen: Address;
  readonly authority: AuthorityTrust;
}

export interface GatewayFile extends CommonFile, AgencyOption, EventsOption {
  readonly site: "gateway";
  readonly instance: string;
  readonly member: Member;
  readonly serverCode: string;
  readonly subsystems: readonly string[];
  /** Names of those that may not be registered yet, for the first start. */
  readonly subsystemNames?: Readonly<Record<string, Localised>> | undefined;
  readonly authority: AuthorityTrust;
  /** Needed for the first start only: `taroko invite`. */
  readonly invitation?: string | undefined;
  readonly agency: Address & { readonly names: readonly string[] };
  readonly peer: Address & { readonly publicAddress: string };
  /** `url`: where the public reaches it, which the configuration announces. */
  readonly public: Address & { readonly url?: string | undefined };
  /**
   * `limit`: bytes that a message's body may have; as many as the disk holds unless told. `spool`: the folder where those
   * above 1 MiB lie while they pass; in the keys folder unless told.
   */
  readonly bodies?: { readonly limit?: number | undefined; readonly spool?: string | undefined } | undefined;
  readonly logOrigin: string;
  /** Sign the log with an ML-DSA-44 key as well; it is made at the first start. */
  readonly mlDsa: boolean;
  readonly witnesses: readonly WitnessEndpoint[];
  /** Where the log is published to, besides `public`. */
  readonly publish?: PublishOption | undefined;
  /** Who outside remembers the log's heads, and how often at most each is asked. */
  readonly anchors: AnchorsOption;
  readonly anchorMinutes: number;
  /** Module that exports `registers`; those named below are published, each from its own database. */
  readonly country: string;
  /** One of the country's registers, or the file of a declaration (`taroko registry init`). */
  readonly registers: readonly ({ readonly service: string; readonly database: string } | { readonly file: string })[];
  /** Groups of the agency, for the subjects of its rights. */
  readonly groups: readonly GroupOption[];
  readonly rights: readonly RightOption[];
  readonly problemBase: string;
  /** What is kept of the messages of own systems' calls, and of answers to others' calls. */
  readonly keepMessages: readonly KeepOption[];
  /** Who stamps seals of exported evidence. */
  readonly timeStamps?: TimeStampOption | undefined;
  /** Where the pages for those who run the gateway are; nowhere when left out. */
  readonly desk?: NamedAddress | undefined;
}

export type SiteFile = AuthorityFile | WitnessFile | GatewayFile;

/** A site's configuration: JSON, checked as a whole; a member nobody knows is refused, so that a typing error is seen. */
export interface ReadSiteFile {
  readonly file: SiteFile;
  /** Paths in the file are relative to its own folder. */
  readonly path: (relative: string) => string;
}

/** That a site's file cannot serve for what is asked of it. */
export function siteFault(name: string, what: string): Error {
  return Object.assign(new Error(`${name}: ${what}`), { code: "site-file" });
}

/** @throws with `code` = `site-file` and one line for each thing that is wrong */
export function readSiteFile(name: string): ReadSiteFile {
  const fault = (lines: readonly string[]): Error =>
    Object.assign(new Error(`${name} cannot be used:\n${lines.map((line) => `  ${line}`).join("\n")}`), {
      code: "site-file",
    });
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(name, "utf8"));
  } catch (cause) {
    throw fault([unreadable(cause)]);
  }
  const read = siteFile.safeParse(raw);
  if (!read.success)
    throw fault(read.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`));
  return { file: read.data, path: (relative) => resolve(dirname(name), relative) };
}

/** Why a file could not be taken for one, in words for whoever named it. */
function unreadable(cause: unknown): string {
  const { code } = cause as { readonly code?: unknown };
  if (code === "ENOENT")
    return "There is no such file. Name the site's JSON file; examples/sites has one of each kind.";
  if (code === "EISDIR") return "It is a folder. Name the site's JSON file.";
  if (code === "EACCES") return "This user may not read it.";
  return cause instanceof SyntaxError ? `It is no JSON: ${cause.message}` : String(cause);
}
