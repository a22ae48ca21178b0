import { readFileSync } from "node:fs";
import { endpointsOf, readDescription, type GatewayOptions, type ServiceDeclaration } from "#exchange";
import type { Localised } from "#kernel";
import { z } from "zod";

/** The agency's own side of a gateway in its site file: how its systems connect, and what they offer. */
export interface AgencyOption {
  /** A second listener by TLS; `key` and `cert` are PEM files beside the site's file. */
  readonly agencyTls?:
    | { readonly host: string; readonly port: number; readonly key: string; readonly cert: string }
    | undefined;
  readonly r1?: NonNullable<GatewayOptions["r1"]> | undefined;
  /** By subsystem; `certificates` are PEM files. */
  readonly clients: Readonly<
    Record<
      string,
      {
        readonly connection?: "HTTP" | "HTTPS_NO_AUTH" | "HTTPS" | undefined;
        readonly certificates: readonly string[];
        readonly surface?: "r1" | "native" | undefined;
      }
    >
  >;
  readonly services: readonly FileService[];
}

/** A data service that an information system of the agency answers. */
export interface FileService {
  readonly subsystem: string;
  readonly code: string;
  readonly title: Localised;
  readonly url: string;
  /** File with its OpenAPI description, JSON or YAML. Its operations are the service's endpoints. */
  readonly openapi?: string | undefined;
  /** Where the system describes itself; `getOpenAPI` asks there. */
  readonly openapiUrl?: string | undefined;
  /** Further endpoints, or all of them where there is no description. */
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  readonly contract?: "off" | "report" | "enforce" | undefined;
  readonly disabled?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly purposeRequired?: boolean | undefined;
  readonly consent?: "none" | "required" | undefined;
}

const httpUrl = z.url({ protocol: /^https?$/ });
const file = z.string().min(1);

/** Members that `agencyOption` reads; part of the gateway's site file. */
export const agencyShape: {
  readonly agencyTls: z.ZodType<AgencyOption["agencyTls"]>;
  readonly r1: z.ZodType<AgencyOption["r1"]>;
  readonly clients: z.ZodType<AgencyOption["clients"]>;
  readonly services: z.ZodType<AgencyOption["services"]>;
} = {
  agencyTls: z
    .strictObject({
      host: z.string().default("127.0.0.1"),
      port: z.number().int().min(1).max(65_535),
      key: file,
      cert: file,
    })
    .optional(),
  r1: z
    .strictObject({
      errorSpelling: z.enum(["camel", "snake"]).optional(),
      statusRule: z.enum(["deployed", "document"]).optional(),
    })
    .optional(),
  clients: z
    .record(
      z.string().min(1),
      z.strictObject({
        connection: z.enum(["HTTP", "HTTPS_NO_AUTH", "HTTPS"]).optional(),
        certificates: z.array(file).default([]),
        surface: z.enum(["r1", "native"]).optional(),
      }),
    )
    .default({}),
  services: z
    .array(
      z.strictObject({
        subsystem: z.string().min(1),
        code: z.string().min(1),
        title: z.strictObject({ "zh-Hant": z.string().min(1), en: z.string().min(1) }),
        url: httpUrl,
        openapi: file.optional(),
        openapiUrl: httpUrl.optional(),
        endpoints: z.array(z.strictObject({ method: z.string().min(1), path: z.string().min(1) })).default([]),
        contract: z.enum(["off", "report", "enforce"]).optional(),
        disabled: z.string().optional(),
        timeoutSeconds: z.number().positive().max(3600).optional(),
        purposeRequired: z.boolean().optional(),
        consent: z.enum(["none", "required"]).optional(),
      }),
    )
    .default([]),
};

/**
 * What a gateway is opened with: certificates and descriptions read from their files.
 * @throws with `code` = `site-file` for a description that cannot be used
 */
export function agencyOf(
  { agencyTls, r1, clients, services }: AgencyOption,
  path: (relative: string) => string,
): {
  readonly tls: GatewayOptions["agency"]["tls"];
  readonly r1: GatewayOptions["r1"];
  readonly clients: NonNullable<GatewayOptions["clients"]>;
  readonly services: readonly ServiceDeclaration[];
} {
  const text = (name: string): string => readFileSync(path(name), "utf8");
  return {
    tls: agencyTls && { ...agencyTls, key: text(agencyTls.key), cert: text(agencyTls.cert) },
    r1,
    clients: Object.fromEntries(
      Object.entries(clients).map(([code, one]) => [code, { ...one, certificates: one.certificates.map(text) }]),
    ),
    services: services.map((one) => serviceOf(one, text)),
  };
}

function serviceOf(
  { url, openapi, endpoints: more, timeoutSeconds, purposeRequired, consent, ...rest }: FileService,
  text: (name: string) => string,
): ServiceDeclaration {
  const read = openapi === undefined ? undefined : readDescription(text(openapi));
  if (read?.ok === false) {
    const { code, at } = read.error;
    throw Object.assign(new Error(`${openapi} cannot be used: ${code} at ${at || "the top"}`), { code: "site-file" });
  }
  const described = read ? endpointsOf(read.value) : [];
  const isNew = ({ method, path }: { method: string; path: string }): boolean =>
    !described.some((one) => one.method === method && one.path === path);
  return {
    ...rest,
    target: { url },
    endpoints: [...described, ...more.filter(isNew)],
    ...(read ? { openapi: read.value.document } : {}),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(purposeRequired === undefined ? {} : { purposeRequired }),
    ...(consent === undefined ? {} : { consent }),
  };
}
