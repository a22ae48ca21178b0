import { err, ok, type Result } from "#kernel";
import { callerFault, type R1Refusal } from "./errors.ts";
import { serviceFromEncodedParts, type ServiceId } from "./identifier.ts";

/** Service codes that the gateway answers itself; they are reserved. */
export const metaservices = ["listMethods", "allowedMethods", "getOpenAPI"] as const;
export type Metaservice = (typeof metaservices)[number];

/** An r1 request line, taken apart without changing a byte of what is forwarded. */
export interface R1Target {
  readonly service: ServiceId;
  /** Raw: `""` for `…/svc`, `"/"` for `…/svc/`. */
  readonly servicePath: string;
  /** Raw, without `?`; `undefined` if there is no `?` (an empty query is `""`). */
  readonly query: string | undefined;
}

/** What RFC 9112 section 3.2.1 lets stand in an origin-form target, plus the brackets and bars that real clients send raw. */
const targetSyntax = /^\/[\u0021-\u0022\u0024-\u007e]*$/;

/**
 * Takes `/r1/{inst}/{class}/{code}/{sub}/{service}[/path][?query]` apart. The raw text comes from the request itself
 * (`incoming.url`): a `URL` object would already have removed dot segments.
 */
export function parseTarget(rawUrl: string): Result<R1Target, R1Refusal> {
  if (!targetSyntax.test(rawUrl)) return err(callerFault("internal_error", "Malformed request target"));
  const mark = rawUrl.indexOf("?");
  const path = mark === -1 ? rawUrl : rawUrl.slice(0, mark);
  const query = mark === -1 ? undefined : rawUrl.slice(mark + 1);
  const parts = path.split("/");
  const [, version, ...rest] = parts;
  if (version !== "r1") {
    return err(
      callerFault(
        "internal_error",
        /^r\d$/.test(version ?? "") ? "Unsupported protocol version" : "Malformed request target",
      ),
    );
  }
  if (rest.length < 5)
    return err(callerFault("internal_error", "Malformed request target: service identifier incomplete"));
  const service = serviceFromEncodedParts(rest.slice(0, 5));
  if (!service.ok) return service;
  const servicePath = rest.length === 5 ? "" : `/${rest.slice(5).join("/")}`;
  return ok({ service: service.value, servicePath, query });
}

/** Which metaservice a call asks for; only GET does, other methods fall through to an ordinary (unknown) service. */
export function metaserviceOf(method: string, target: R1Target): Metaservice | undefined {
  return method === "GET" ? metaservices.find((code) => code === target.service.serviceCode) : undefined;
}

/** Whether a code is taken by a metaservice and cannot be registered. */
export function isReservedServiceCode(code: string): boolean {
  return metaservices.some((reserved) => reserved === code);
}

/** Provider URL: base + service path (one slash dropped if both have it) + raw query. The base must have no query of its own. */
export function providerUrl(baseUrl: string, target: R1Target): string {
  const base = target.servicePath.startsWith("/") && baseUrl.endsWith("/") ? baseUrl.slice(0, -1) : baseUrl;
  return `${base}${target.servicePath}${target.query === undefined ? "" : `?${target.query}`}`;
}
