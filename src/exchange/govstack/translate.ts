import type { RawHeaders } from "../r1/headers.ts";
import type { GovStackSettings } from "./settings.ts";

/** What a GovStack client asks for, in the words of the r1 protocol. */
export type Asked =
  | { readonly kind: "clients"; readonly target: string; readonly instance: string | undefined }
  | {
      readonly kind: "methods";
      readonly target: string;
      /** Only this service, by its code or its whole name. */
      readonly service: string | undefined;
    }
  | { readonly kind: "description"; readonly target: string }
  | { readonly kind: "call"; readonly target: string }
  | UsageAsked
  | { readonly kind: "configuration"; readonly path: string; readonly query: URLSearchParams }
  | { readonly kind: "unknown" };

/** Who read a person's data, asked for as the Digital Registries API has it. */
export interface UsageAsked {
  readonly kind: "usage";
  /** Of the subsystem's `findUsage`. */
  readonly target: string;
  /** What is missing or said twice is absent. */
  readonly user: string | undefined;
  readonly database: string | undefined;
  /** Where an answer before this one ended. */
  readonly since: string | undefined;
  /** Names of members as in the file of 2021 (`ReaderID`) and not as today (`readerId`). */
  readonly capitals: boolean;
}

const metaservices = new Map([
  ["listmethods", "listMethods"],
  ["allowedmethods", "allowedMethods"],
  ["getopenapi", "getOpenAPI"],
]);

/**
 * Reads a request target in any of GovStack's spellings: `/listClients` or `/r1/listClients`, `getOpenApi` or
 * `getOpenAPI`, with or without `/r1`. Paths of calls are passed on byte for byte. Pure.
 */
export function readTarget(rawTarget: string, settings: GovStackSettings): Asked {
  const mark = rawTarget.indexOf("?");
  const path = mark < 0 ? rawTarget : rawTarget.slice(0, mark);
  const rawQuery = mark < 0 ? "" : rawTarget.slice(mark);
  const query = new URLSearchParams(rawQuery);
  if (/^\/api\/v1\/(config|status|rights\/(allow|deny))$/.test(path)) return { kind: "configuration", path, query };
  const [, first = ""] = path.split("/");
  const prefixed = /^r1$/i.test(first);
  const rest = prefixed ? path.slice(1 + first.length) : path;
  if (/^\/listclients$/i.test(rest)) {
    const instance = named(query, [settings.instanceName, "instanceId", "xRoadInstance"]);
    const asked = instance === undefined ? "" : `?xRoadInstance=${encodeURIComponent(instance)}`;
    return { kind: "clients", target: `/listClients${asked}`, instance };
  }
  if (settings.pathPrefix !== "either" && prefixed !== (settings.pathPrefix === "r1")) return { kind: "unknown" };
  const parts = rest.split("/");
  if (parts.length < 6) return { kind: "unknown" };
  const target = parts.slice(0, 5).join("/");
  if (/^data\/mypersonaldatausage(\/[\d.]+)?$/i.test(parts.slice(6).join("/")))
    return {
      kind: "usage",
      target: `/r1${target}/findUsage/v1/search`,
      user: once(query, "userId"),
      database: once(query, "databaseId"),
      since: once(query, "since"),
      capitals: query.has("userID") || parts[7]?.startsWith("My") === true,
    };
  const service = parts[5] ?? "";
  const metaservice = metaservices.get(service.toLowerCase());
  if (metaservice === undefined || parts.length > 6) return { kind: "call", target: `/r1${rest}${rawQuery}` };
  if (metaservice !== "getOpenAPI")
    return {
      kind: "methods",
      target: `/r1${target}/${metaservice}`,
      service: named(query, ["serviceId", "serviceCode"]),
    };
  const code = named(query, ["serviceCode", "serviceId"]);
  const asked = code === undefined ? "" : `?serviceCode=${encodeURIComponent(code)}`;
  return { kind: "description", target: `/r1${target}/getOpenAPI${asked}` };
}

/** A query parameter that is there once, its name compared without case. */
function once(query: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = [...query].filter(([one]) => one.toLowerCase() === name.toLowerCase());
  return others.length > 0 || value?.[1] === "" ? undefined : value?.[1];
}

/** A query parameter, its name compared without case. */
function named(query: URLSearchParams, names: readonly string[]): string | undefined {
  const wanted = names.map((name) => name.toLowerCase());
  return [...query].find(([name]) => wanted.includes(name.toLowerCase()))?.[1];
}

/**
 * The headers of a call with the client under the name r1 gives it; the other names a client may have used are taken out.
 * `undefined` when two of them name different clients.
 */
export function readHeaders(headers: RawHeaders, settings: GovStackSettings): RawHeaders | undefined {
  // Under r1's own name too: where that is none of the settings, it must not speak beside the one that is.
  const spoken = new Set(["x-govstack-client", "x-road-client", ...settings.clientHeaders]);
  const said = settings.clientHeaders.flatMap((name) =>
    headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value.trim()),
  );
  if (new Set(said).size > 1) return undefined;
  const [client] = said;
  const others = headers.filter(([name]) => !spoken.has(name.toLowerCase()));
  return client === undefined ? others : [["X-Road-Client", client], ...others];
}
