import type { Refusal } from "#kernel";
import type { Sql } from "#store";
import type { Purpose } from "../configuration/configuration.ts";
import { identifierPath } from "../r1/identifier.ts";
import type { RightsContext } from "./enter-change.ts";
import { groupsOfAgency } from "./group-store.ts";
import { nearestName } from "./nearest-name.ts";
import type { AccessRight } from "./right.ts";
import { publishedServices } from "./traffic-store.ts";

export type UnknownName = Refusal<"right-name-unknown" | "group-unknown">;

/**
 * What a right names that is not there: its service, its subject, a purpose, a law, or a gateway; with the name that was perhaps meant. An
 * agency that has published nothing yet, or has no configuration yet, has nothing to compare with.
 */
export async function unknownName(
  context: RightsContext,
  sql: Sql,
  right: AccessRight,
): Promise<UnknownName | undefined> {
  const owner = identifierPath(context.member);
  const short = (path: string): string => path.slice(owner.length + 1);
  const services = (await publishedServices(sql, owner)).map(({ path }) => short(path));
  const service = short(`${right.provider}/${encodeURIComponent(right.serviceCode)}`);
  if (services.length > 0 && !services.includes(service)) return unknown("service", service, services);
  const group = await unknownGroup(context, sql, right);
  if (group) return group;
  const body = context.directory()?.body;
  if (!body) return undefined;
  const { kind, id } = right.subject;
  const clients = body.members.flatMap((member) =>
    kind === "member" ? [member.id] : member.subsystems.map(({ code }) => `${member.id}/${encodeURIComponent(code)}`),
  );
  if ((kind === "member" || kind === "subsystem") && !clients.includes(id)) return unknown("subject", id, clients);
  const unlisted = unlistedCode(body.purposes, right);
  if (unlisted) return unlisted;
  const gateways = body.gateways.map((gateway) => gateway.id);
  const missing = right.sourceGateways?.find((one) => !gateways.includes(one));
  return missing === undefined ? undefined : unknown("sourceGateways", missing, gateways);
}

/** A group that nobody defined would be a right for nobody, and for whoever takes the code later. */
export async function unknownGroup(
  context: RightsContext,
  sql: Sql,
  { subject }: AccessRight,
): Promise<UnknownName | undefined> {
  const { kind, id } = subject;
  if (kind !== "global-group" && kind !== "local-group") return undefined;
  const groups =
    kind === "global-group"
      ? (context.directory()?.body.groups ?? [])
      : await groupsOfAgency(sql, identifierPath(context.member));
  const codes = groups.map(({ code }) => code);
  return codes.includes(id) ? undefined : { code: "group-unknown", params: named("group", id, codes) };
}

/** A purpose or law that the country does not list, where it lists any: nobody could state it in words. */
function unlistedCode(
  listed: readonly Purpose[],
  { purposes, legalBases, consentUnless = [] }: Pick<AccessRight, "purposes" | "legalBases" | "consentUnless">,
): UnknownName | undefined {
  if (listed.length === 0) return undefined;
  const codes = listed.map(({ code }) => code);
  const bases = listed.flatMap((one) => one.legalBases.map(({ code }) => code));
  for (const [part, given, there] of [
    ["purposes", purposes, codes],
    ["legalBases", legalBases, bases],
    ["consentUnless", consentUnless, bases],
  ] as const) {
    const missing = given.find((code) => !there.includes(code));
    if (missing !== undefined) return unknown(part, missing, there);
  }
  return undefined;
}

type NamedPart = "service" | "subject" | "sourceGateways" | "purposes" | "legalBases" | "consentUnless";

function unknown(part: NamedPart, name: string, there: readonly string[]): UnknownName {
  return { code: "right-name-unknown", params: { reason: part, ...named("name", name, there) } };
}

function named(what: string, name: string, there: readonly string[]): Readonly<Record<string, string>> {
  const near = nearestName(name, there);
  return { [what]: name, ...(near === undefined ? {} : { near }) };
}
