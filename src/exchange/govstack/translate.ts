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
  | { readonly kind: "configuration"; readonly path: string; readonly query: URLSearchParams }
  | { readonly kind: "unknown" };

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
