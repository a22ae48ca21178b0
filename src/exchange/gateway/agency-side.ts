import { X509Certificate } from "node:crypto";
import { err, ok, type Result } from "#kernel";
import type { ErrorSpelling, StatusRule } from "../r1/errors.ts";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { identifierPath, identifierText, parseClientPath, type ClientId, type MemberId } from "../r1/identifier.ts";
import { atConsumer, type CallRefusal } from "./refusal.ts";

/**
 * How a subsystem's systems connect: `HTTP` by anything; `HTTPS_NO_AUTH` by TLS; `HTTPS` by TLS with a client
 * certificate that is one of those listed.
 */
export type ConnectionType = "HTTP" | "HTTPS_NO_AUTH" | "HTTPS";

/** `r1`: errors as X-Road REST clients know them. `native`: right HTTP statuses and `application/problem+json`. */
export type Surface = "r1" | "native";

/** How one own subsystem is served on the agency's side. */
export interface ClientSettings {
  /** `HTTP` unless told. */
  readonly connection?: ConnectionType | undefined;
  /** PEM; a certificate must be equal to one of these, whoever issued it and whenever it ends. */
  readonly certificates?: readonly string[] | undefined;
  /** `r1` unless told. */
  readonly surface?: Surface | undefined;
}

/** How this gateway words the errors of r1. */
export interface R1Options {
  /** `camel` (the written protocol, servers up to 7.7) unless told; `snake` as servers from 7.8. */
  readonly errorSpelling?: ErrorSpelling | undefined;
  /** `deployed` (500 for everything, as released servers) unless told; `document`: 400 `Client.BadRequest` for a malformed call. */
  readonly statusRule?: StatusRule | undefined;
}

/** What an information system's connection has shown. */
export interface AgencyConnection {
  readonly tls: boolean;
  /** SHA-256 of the client certificate, if there was one: lower-case hexadecimal. */
  readonly fingerprint: string | undefined;
}

/** How an agency's own systems are answered: from the gateway's options, read once. */
export interface AgencySide {
  readonly errorSpelling: ErrorSpelling;
  readonly statusRule: StatusRule;
  /** Check 5 of the consumer's order (reference 1.8): may this client call over this connection? */
  checkConnection(
    client: ClientId,
    connection: AgencyConnection | "inside",
  ): Result<ConnectionType | "inside", CallRefusal>;
  /** In which shape the sender of these headers is told that its call was refused. */
  surfaceFor(rawHeaders: RawHeaders): { readonly surface: Surface; readonly preferred: boolean };
}

/** @throws `client-settings` for a subsystem this gateway does not serve, or certificates that cannot be read */
export function openAgencySide(o: {
  readonly member: MemberId;
  readonly subsystems: readonly string[];
  readonly r1?: R1Options | undefined;
  readonly clients?: Readonly<Record<string, ClientSettings>> | undefined;
}): AgencySide {
  const settings = new Map<string, ClientSettings & { readonly fingerprints: ReadonlySet<string> }>();
  for (const [code, one] of Object.entries(o.clients ?? {})) {
    if (!o.subsystems.includes(code)) throw wrong(code, "is of a subsystem that this gateway does not serve");
    if (one.connection === "HTTPS" && !one.certificates?.length) throw wrong(code, "needs certificates for HTTPS");
    const fingerprints = new Set((one.certificates ?? []).map((pem) => fingerprintOfPem(code, pem)));
    settings.set(identifierPath({ ...o.member, subsystemCode: code }), { ...one, fingerprints });
  }

  return {
    errorSpelling: o.r1?.errorSpelling ?? "camel",
    statusRule: o.r1?.statusRule ?? "deployed",
    checkConnection(client, shown) {
      if (shown === "inside") return ok(shown);
      const { tls, fingerprint } = shown;
      const { connection = "HTTP", fingerprints } = settings.get(identifierPath(client)) ?? {};
      const refused = (what: string, reason: string): Result<never, CallRefusal> =>
        err(
          atConsumer("connection-refused", "ssl_authentication_failed", `Client '${identifierText(client)}' ${what}`, {
            reason,
          }),
        );
      if (connection === "HTTP") return ok(connection);
      if (!tls) return refused("must connect by HTTPS", "connection-not-encrypted");
      if (connection === "HTTPS_NO_AUTH") return ok(connection);
      if (fingerprint === undefined) return refused("did not show a certificate", "certificate-missing");
      if (!fingerprints?.has(fingerprint)) return refused("showed another certificate", "certificate-not-listed");
      return ok(connection);
    },
    surfaceFor(rawHeaders) {
      const preferred = headerValues(rawHeaders, "prefer").some((line) =>
        line.split(",").some((one) => /^\s*taroko-status\s*(?:;|$)/i.test(one)),
      );
      const client = parseClientPath(headerValues(rawHeaders, "x-road-client").at(-1) ?? "");
      const own = client.ok ? settings.get(identifierPath(client.value))?.surface : undefined;
      return { surface: preferred ? "native" : (own ?? "r1"), preferred };
    },
  };
}

function fingerprintOfPem(code: string, pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
  } catch (cause) {
    throw wrong(code, "has a certificate that cannot be read", cause);
  }
}

function wrong(code: string, what: string, cause?: unknown): Error {
  return Object.assign(new Error(`client ${code} ${what}`, { cause }), { code: "client-settings" });
}
