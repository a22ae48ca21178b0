import { identifierPath } from "../r1/identifier.ts";
import { fieldList, type FieldNode } from "../fields/field-list.ts";
import type { RightsContext } from "./enter-change.ts";
import { groupsOfAgency } from "./group-store.ts";
import type { AccessRight } from "./right.ts";
import { rightsOfAgency } from "./store.ts";
import { publishedServices } from "./traffic-store.ts";

/** Somebody who may read a field, by one right. */
export interface FieldReader {
  readonly right: AccessRight;
  /** `part`: only something below the field. */
  readonly extent: "whole" | "part";
  /** Whom the right is for: of a group, its members of today. Path form. */
  readonly clients: readonly string[];
  /** Whether the person must agree, by the right or the service. */
  readonly consent: boolean;
  /** Whether the service has the field by its description; false when it has none that says. */
  readonly described: boolean;
}

/**
 * Who could read a field at this moment: the rights in force that release it, on all services of the agency or one that
 * have it by their description. A service whose description does not say may have it: its readers are not `described`.
 * @param field name of a top-level member, or a JSON pointer below the row
 */
export async function whoCanRead(
  context: RightsContext,
  field: string,
  o: { readonly subsystem?: string | undefined; readonly serviceCode?: string | undefined } = {},
): Promise<FieldReader[]> {
  const { database, clock, member } = context;
  const owner = identifierPath(member);
  const now = clock.now();
  const provider = o.subsystem === undefined ? undefined : identifierPath({ ...member, subsystemCode: o.subsystem });
  const local = new Map((await groupsOfAgency(database, owner)).map((group) => [group.code, group.members]));
  const global = new Map((context.directory()?.body.groups ?? []).map((group) => [group.code, group.members]));
  const services = new Map((await publishedServices(database, owner)).map((one) => [one.path, one]));
  return (await rightsOfAgency(database, owner)).flatMap((right): FieldReader[] => {
    if (right.state !== "active" || right.validFrom > now || now >= right.validUntil) return [];
    if (provider !== undefined && right.provider !== provider) return [];
    if (o.serviceCode !== undefined && right.serviceCode !== o.serviceCode) return [];
    const extent = extentOf(right.fields, field);
    if (!extent) return [];
    const { kind, id } = right.subject;
    const groups = kind === "local-group" ? local : kind === "global-group" ? global : undefined;
    const service = services.get(`${right.provider}/${encodeURIComponent(right.serviceCode)}`);
    const fields = service?.fields ?? null;
    if (fields && !extentOf(fields, field)) return [];
    const consent = right.consent === "required" || service?.consent === "required";
    return [{ right, extent, clients: groups ? (groups.get(id) ?? []) : [id], consent, described: fields !== null }];
  });
}

/** How much of a field an allow-list releases; `null` releases everything. */
export function extentOf(fields: readonly string[] | null, field: string): FieldReader["extent"] | undefined {
  if (!fields) return "whole";
  let allowed: FieldNode | undefined = fieldList(fields);
  let asked: FieldNode = fieldList([field]);
  for (;;) {
    if (allowed.whole) return "whole";
    const [step] = asked.members;
    if (!step) return asked.whole ? "part" : undefined;
    allowed = allowed.members.get(step[0]);
    if (!allowed) return undefined;
    asked = step[1];
  }
}
