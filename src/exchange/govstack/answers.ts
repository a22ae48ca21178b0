import { stringify } from "yaml";
import type { AccessRight } from "../rights/right.ts";
import type { GovStackSettings } from "./settings.ts";

type Members = Readonly<Record<string, unknown>>;

function members(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

function list(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(members) : [];
}

const objectTypes = new Map<unknown, string>([
  ["MEMBER", "MEMBER"],
  ["SUBSYSTEM", "APPLICATION"],
  ["SERVICE", "SERVICE"],
]);

/** An r1 identifier in GovStack's words: `SUBSYSTEM` is `APPLICATION` there, and a subsystem's code its application's. */
function identifier(of: Members, settings: GovStackSettings): Members {
  const type = objectTypes.get(of["object_type"]);
  const written = settings.objectType === "object" ? { objectType: type, object_type: type } : type;
  return {
    ...(settings.objectType === "none" || type === undefined ? {} : { objectType: written }),
    [settings.instanceName]: of["xroad_instance"],
    memberClass: of["member_class"],
    memberCode: of["member_code"],
    ...(of["subsystem_code"] === undefined ? {} : { applicationCode: of["subsystem_code"] }),
  };
}

/** `listClients` of a gateway as GovStack writes it; only one instance's when one is named. */
export function clientsAnswer(r1: unknown, settings: GovStackSettings, instance: string | undefined): Members {
  const all = list(members(r1)["member"]);
  const wanted = all.filter(({ id }) => instance === undefined || members(id)["xroad_instance"] === instance);
  return {
    member: wanted.map((one) => ({
      name: one["subsystem_name"] ?? one["name"],
      id: identifier(members(one["id"]), settings),
    })),
  };
}

/** `listMethods` and `allowedMethods`; only one service when one is named. */
export function methodsAnswer(r1: unknown, settings: GovStackSettings, service: string | undefined): Members {
  const code = service?.split(/[/:]/).at(-1);
  const wanted = list(members(r1)["service"]).filter((one) => code === undefined || one["service_code"] === code);
  return {
    member: wanted.map((one) => ({
      ...identifier(one, settings),
      serviceType: one["service_type"],
      serviceCode: one["service_code"],
      endpointList: {
        member: list(one["endpoint_list"]).map(({ method, path }) => ({ method, path })),
      },
    })),
  };
}

/** A description as GovStack has it: its text as one JSON string, or YAML for who asks for that. */
export function descriptionAnswer(
  text: string,
  accept: string,
): { readonly contentType: string; readonly body: string } {
  if (!/\btext\/yaml\b|\bapplication\/(x-)?yaml\b/i.test(accept))
    return { contentType: "application/json; charset=utf-8", body: JSON.stringify(text) };
  try {
    return { contentType: "text/yaml; charset=utf-8", body: stringify(JSON.parse(text)) };
  } catch {
    return { contentType: "text/yaml; charset=utf-8", body: text }; // a description that is YAML already
  }
}

export interface AllowListQuery {
  readonly memberClass?: string | undefined;
  readonly memberCode?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly serviceId?: string | undefined;
  /** Pairs of service and application on one page. */
  readonly pageSize: number;
  /** What the page before gave. */
  readonly nextPageToken?: string | undefined;
}

/**
 * Rights that stand as GovStack's allow list, which knows services and applications and nothing of purposes, methods and
 * dates: a pair is listed once, whatever its rights allow. Pages count pairs.
 */
export function allowList(rights: readonly AccessRight[], asked: AllowListQuery, now: Date): Members {
  const standing = rights.filter(
    (right) => right.state === "active" && right.validFrom <= now && now < right.validUntil,
  );
  const pairs = new Map<string, { readonly service: readonly string[]; readonly subject: string }>();
  for (const right of standing) {
    const subject = right.subject.id;
    const service = [...right.provider.split("/").map(decodeURIComponent), right.serviceCode];
    pairs.set(JSON.stringify([service, subject]), { service, subject });
  }
  const wanted = [...pairs]
    .filter(([, { service }]) => {
      const [, memberClass, memberCode, applicationId, serviceId] = service;
      const given = { memberClass, memberCode, applicationId, serviceId };
      return (["memberClass", "memberCode", "applicationId", "serviceId"] as const).every(
        (name) => asked[name] === undefined || asked[name] === given[name],
      );
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  const from =
    asked.nextPageToken === undefined ? 0 : wanted.findIndex(([key]) => key > fromToken(asked.nextPageToken!));
  const page = from < 0 ? [] : wanted.slice(from, from + asked.pageSize);
  const more = from >= 0 && from + asked.pageSize < wanted.length;
  const services = new Map<string, Members & { rights: Members[] }>();
  for (const [, { service, subject }] of page) {
    const [, memberClass = "", memberCode = "", applicationId = "", serviceId = ""] = service;
    const key = JSON.stringify(service);
    const entry = services.get(key) ?? { memberClass, memberCode, applicationId, serviceId, rights: [] };
    entry.rights.push(application(subject));
    services.set(key, entry);
  }
  return {
    allowList: [...services.values()],
    ...(more ? { nextPageToken: Buffer.from(page.at(-1)![0]).toString("base64url") } : {}),
  };
}

function fromToken(token: string): string {
  return Buffer.from(token, "base64url").toString("utf8");
}

/** An allowed application under both names that the API file gives its members: those required and those described. */
function application(subject: string): Members {
  const [, memberClass = "", memberCode = "", applicationId = "*"] = subject.split("/").map(decodeURIComponent);
  return { member: memberCode, application: applicationId, memberClass, memberCode, applicationId };
}
