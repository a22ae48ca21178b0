import { xmlText } from "./xml.ts";
import { acceptsXml } from "./accept.ts";

/**
 * Every error code a REST caller can be shown, in both spellings: snake case since X-Road 7.8.0 (our key), camel case
 * as in PR-REST and up to 7.7 (our value). The irregular pairs are why this is a table and not a rule.
 */
const camelOf = {
  invalid_client_identifier: "InvalidClientIdentifier",
  unknown_member: "UnknownMember",
  unknown_service: "UnknownService",
  service_type: "ServiceType",
  access_denied: "AccessDenied",
  service_disabled: "ServiceDisabled",
  service_missing_url: "ServiceMissingUrl",
  service_malformed_url: "ServiceMalformedUrl",
  service_failed: "ServiceFailed",
  ssl_authentication_failed: "SslAuthenticationFailed",
  global_conf_outdated: "OutdatedGlobalConf",
  invalid_security_server: "InvalidSecurityServer",
  maintenance_mode: "MaintenanceMode",
  client_proxy_version_not_supported: "ClientProxyVersionNotSupported",
  network_error: "NetworkError",
  unknown_host: "NetworkError",
  missing_rest: "MissingRest",
  missing_signature: "MissingSignature",
  inconsistent_response: "InconsistentResponse",
  invalid_signature_value: "InvalidSignatureValue",
  malformed_signature: "MalformedSignature",
  signature_verification: "SignatureVerification",
  hashchain_unused_inputs: "HashChainUnusedInputs",
  cert_validation: "CertValidation",
  incorrect_certificate: "IncorrectCertificate",
  invalid_cert_path: "InvalidCertPath",
  cannot_create_cert_path: "CannotCreateCertPath",
  incorrect_validation_info: "IncorrectValidationInfo",
  logging_failed: "LoggingFailed",
  timestamping_failed: "TimestampingFailed",
  timestamper_failed: "TimestamperFailed",
  cannot_sign: "CannotSign",
  key_not_found: "KeyNotFound",
  cert_not_found: "CertNotFound",
  token_not_active: "TokenNotActive",
  hsm_non_operational: "HSMNonOperational",
  invalid_request: "InvalidRequest",
  invalid_message: "InvalidMessage",
  invalid_body: "InvalidBody",
  missing_body: "MissingBody",
  invalid_content_type: "InvalidContentType",
  invalid_http_method: "InvalidHttpMethod",
  mime_parsing_failed: "MimeParsingFailed",
  invalid_protocol_version: "InvalidProtocolVersion",
  internal_error: "InternalError",
  io_error: "IOError",
  database_error: "DatabaseError",
  http_error: "HttpError",
  bad_request: "BadRequest",
  not_found: "NotFound",
} as const;

export type R1Code = keyof typeof camelOf;

/** All codes, in the order of the reference table. */
export const r1Codes: readonly R1Code[] = Object.keys(camelOf) as R1Code[];

/** The side that failed: the caller, the consumer gateway, the provider gateway. */
export type R1Prefix = "client" | "clientproxy" | "serverproxy";

/** Codes that may stand between prefix and code: `Server.ClientProxy.ServiceFailed.MissingSignature`. */
export type R1Wrapper = "service_failed" | "ssl_authentication_failed";

/** `camel` is what the written protocol and servers up to 7.7 say, `snake` what 7.8 says. */
export type ErrorSpelling = "camel" | "snake";

/**
 * What a malformed call is blamed on. `deployed`: the gateway, hence 500, as every released server does.
 * `document`: the caller, hence 400 `Client.BadRequest`, as PR-REST says.
 */
export type StatusRule = "deployed" | "document";

/** Why a call is refused; a gateway turns it into an {@link R1Error} with the prefix of its side. */
export interface R1Refusal {
  readonly code: R1Code;
  /** Leaves the house: no internal host name, no address, no personal data. */
  readonly message: string;
  /** The call itself is malformed; {@link StatusRule} decides how that is told. */
  readonly callerFault: boolean;
}

export function r1Refusal(code: R1Code, message: string): R1Refusal {
  return { code, message, callerFault: false };
}

export function callerFault(code: R1Code, message: string): R1Refusal {
  return { code, message, callerFault: true };
}

/** A gateway error before it is spelled. `type` as relayed from a peer wins over prefix and code if we do not know it. */
export interface R1Error {
  readonly prefix: R1Prefix;
  readonly wrappers: readonly R1Wrapper[];
  readonly code: R1Code;
  readonly message: string;
  /** A foreign type that no table row names: passed on letter for letter. */
  readonly foreignType?: string;
}

/** Builds an error of this side. Wrappers nest from the outside in. */
export function r1Error(prefix: R1Prefix, code: R1Code, message: string, wrappers: readonly R1Wrapper[] = []): R1Error {
  return { prefix, wrappers, code, message };
}

/** Turns a refusal into an error of `prefix`, or of the caller when the call is malformed and the document rule holds. */
export function r1ErrorOf(refusal: R1Refusal, prefix: "clientproxy" | "serverproxy", rule: StatusRule): R1Error {
  return refusal.callerFault && rule === "document"
    ? r1Error("client", "bad_request", refusal.message)
    : r1Error(prefix, refusal.code, refusal.message);
}

/** A fault that a peer sent: known types may be spelled anew, unknown ones stay as they came. */
export function relayedError(type: string, message: string): R1Error {
  const known = parseErrorType(type);
  return known === undefined
    ? { ...r1Error("serverproxy", "internal_error", message), foreignType: type }
    : { ...known, message };
}

const camelPrefix: Readonly<Record<R1Prefix, string>> = {
  client: "Client",
  clientproxy: "Server.ClientProxy",
  serverproxy: "Server.ServerProxy",
};
const snakePrefix: Readonly<Record<R1Prefix, string>> = {
  client: "client",
  clientproxy: "server.clientproxy",
  serverproxy: "server.serverproxy",
};

/** `Server.ServerProxy.AccessDenied` or `server.serverproxy.access_denied`. */
export function errorType(
  error: Pick<R1Error, "prefix" | "wrappers" | "code" | "foreignType">,
  spelling: ErrorSpelling = "camel",
): string {
  if (error.foreignType !== undefined) return error.foreignType;
  const codes = [...error.wrappers, error.code];
  return spelling === "camel"
    ? [camelPrefix[error.prefix], ...codes.map((code) => camelOf[code])].join(".")
    : [snakePrefix[error.prefix], ...codes].join(".");
}

const codeOfSpelling: ReadonlyMap<string, R1Code> = new Map([
  // Reversed, so that of two codes with one camel spelling the first row of the table wins.
  ...r1Codes.toReversed().map((code) => [camelOf[code], code] as const),
  ...r1Codes.map((code) => [code, code] as const),
]);

/** The code behind either spelling. */
export function r1CodeOf(spelled: string): R1Code | undefined {
  return codeOfSpelling.get(spelled);
}

/** Reads a type in either spelling (prefix without case). `undefined` if some part of it is in no table. */
export function parseErrorType(type: string): Pick<R1Error, "prefix" | "wrappers" | "code"> | undefined {
  const [, prefixText, rest] = /^(client|server\.clientproxy|server\.serverproxy)\.(.+)$/i.exec(type) ?? [];
  if (prefixText === undefined || rest === undefined) return undefined;
  const prefix = prefixText.toLowerCase().replace("server.", "") as R1Prefix;
  const codes: R1Code[] = [];
  for (const part of rest.split(".")) {
    const code = r1CodeOf(part);
    if (code === undefined) return undefined;
    codes.push(code);
  }
  const code = codes.pop();
  if (code === undefined || !codes.every(isWrapper)) return undefined;
  return { prefix, wrappers: codes, code };
}

function isWrapper(code: R1Code): code is R1Wrapper {
  return code === "service_failed" || code === "ssl_authentication_failed";
}

/** HTTP status of a type: 500 if it begins with `server.` (without case, unlike 7.8), else 400. */
export function statusOfType(type: string): 400 | 500 {
  return /^server\./i.test(type) ? 500 : 400;
}

export interface RenderedError {
  readonly status: 400 | 500;
  readonly type: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * The answer an information system sees (PR-REST section 4.6): JSON, or XML if any media range of `Accept` asks for it.
 * `accept` are all Accept lines in order; `detail` is a fresh UUID that the gateway also logs. `extensions` become
 * further JSON members (r1 clients ignore them); XML has no place for them.
 */
export function renderError(
  error: R1Error,
  options: {
    readonly accept: readonly string[];
    readonly detail: string;
    readonly spelling?: ErrorSpelling;
    readonly extensions?: Readonly<Record<string, unknown>>;
  },
): RenderedError {
  const type = errorType(error, options.spelling);
  const { message } = error;
  const { detail } = options;
  // Named twice: first for their place, then so that no extension can replace them.
  const members = { type, message, detail };
  const xmlType = acceptsXml(options.accept);
  const body =
    xmlType === undefined
      ? JSON.stringify({ ...members, ...options.extensions, ...members })
      : `<?xml version="1.0" encoding="UTF-8" standalone="no"?><error><type>${xmlText(type)}</type>` +
        `<message>${xmlText(message)}</message><detail>${xmlText(detail)}</detail></error>`;
  return {
    status: statusOfType(type),
    type,
    headers: [
      ["Content-Type", xmlType === undefined ? "application/json" : `${xmlType};charset=utf-8`],
      ["X-Road-Error", type],
    ],
    body,
  };
}
