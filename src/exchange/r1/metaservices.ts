import { acceptsJson } from "./accept.ts";
import { compileGlob } from "./glob.ts";
import type { MemberId, ServiceId, SubsystemId } from "./identifier.ts";
import { xmlText } from "./xml.ts";

/** A member (no subsystem code) or a subsystem, as `listClients` shows it. */
export interface DirectoryClient {
  readonly id: MemberId | SubsystemId;
  /** The member's name. */
  readonly name: string;
  readonly subsystemName?: string;
}

/** One method and path of a service; the base endpoint `* **` stands for the whole service and is never shown. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
}

export interface PublishedService {
  readonly id: ServiceId;
  readonly type: "REST" | "OPENAPI";
  readonly endpoints: readonly Endpoint[];
}

export interface MetaserviceAnswer {
  readonly contentType: string;
  readonly body: string;
}

function isSubsystem(id: MemberId | SubsystemId): id is SubsystemId {
  return "subsystemCode" in id;
}

/** `listClients` (PR-META): JSON if `Accept` names it, XML otherwise. `accept` are all Accept lines. */
export function listClients(clients: readonly DirectoryClient[], accept: readonly string[]): MetaserviceAnswer {
  return acceptsJson(accept)
    ? { contentType: "application/json;charset=utf-8", body: JSON.stringify({ member: clients.map(clientJson) }) }
    : { contentType: "text/xml", body: clientsXml(clients) };
}

function clientJson({ id, name, subsystemName }: DirectoryClient): object {
  return {
    id: {
      object_type: isSubsystem(id) ? "SUBSYSTEM" : "MEMBER",
      xroad_instance: id.instance,
      member_class: id.memberClass,
      member_code: id.memberCode,
      ...(isSubsystem(id) && { subsystem_code: id.subsystemCode }),
    },
    name,
    ...(subsystemName !== undefined && { subsystem_name: subsystemName }),
  };
}

function clientsXml(clients: readonly DirectoryClient[]): string {
  const members = clients.map(({ id, name, subsystemName }) => {
    const code = isSubsystem(id) ? xmlElement("id:subsystemCode", id.subsystemCode) : "";
    return (
      `<xrd:member><xrd:id id:objectType="${isSubsystem(id) ? "SUBSYSTEM" : "MEMBER"}">` +
      xmlElement("id:xRoadInstance", id.instance) +
      xmlElement("id:memberClass", id.memberClass) +
      `${xmlElement("id:memberCode", id.memberCode)}${code}</xrd:id>${xmlElement("xrd:name", name)}` +
      `${subsystemName === undefined ? "" : xmlElement("xrd:subsystemName", subsystemName)}</xrd:member>`
    );
  });
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><xrd:clientList xmlns:xrd="http://x-road.eu/xsd/xroad.xsd"' +
    ` xmlns:id="http://x-road.eu/xsd/identifiers">${members.join("")}</xrd:clientList>`
  );
}

function xmlElement(name: string, text: string): string {
  return `<${name}>${xmlText(text)}</${name}>`;
}

/** `listMethods`: every service of the subsystem, to any member. */
export function listMethods(services: readonly PublishedService[]): MetaserviceAnswer {
  return { contentType: "application/json", body: JSON.stringify({ service: services.map(serviceJson) }) };
}

/**
 * `allowedMethods`: services on which the caller has any right, each with those endpoints that some right matches (the
 * endpoint's own path text against the right's glob). `rightsOn` gives the caller's rights on a service, groups included.
 */
export function allowedMethods(
  services: readonly PublishedService[],
  rightsOn: (service: ServiceId) => readonly Endpoint[],
): MetaserviceAnswer {
  const allowed = services.flatMap((service) => {
    const rights = rightsOn(service.id).map(({ method, path }) => ({
      method: method.toUpperCase(),
      glob: compileGlob(path),
    }));
    if (rights.length === 0) return [];
    const endpoints = service.endpoints.filter((endpoint) =>
      rights.some(
        ({ method, glob }) =>
          (method === "*" || method === endpoint.method.toUpperCase()) && glob.matches(endpoint.path.split("/")),
      ),
    );
    return [{ ...service, endpoints }];
  });
  return listMethods(allowed);
}

function serviceJson({ id, type, endpoints }: PublishedService): object {
  return {
    object_type: "SERVICE",
    service_type: type,
    xroad_instance: id.instance,
    member_class: id.memberClass,
    member_code: id.memberCode,
    subsystem_code: id.subsystemCode,
    service_code: id.serviceCode,
    endpoint_list: endpoints
      .filter(({ method, path }) => method !== "*" || path !== "**")
      .map(({ method, path }) => ({ method, path })),
  };
}
