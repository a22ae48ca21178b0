import { ok, type Result } from "#kernel";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import {
  checkDescription,
  decoded,
  isObject,
  pointerStep,
  resolved,
  type Description,
  type DescriptionFault,
  type JsonObject,
} from "./description.ts";
import { operationsOf, type Operation } from "./endpoints.ts";
import { parametersOf, parameterValue, propertyOf, readPairs, typed, type Parameter } from "./parameters.ts";
import { hasRepeatedName } from "./repeated-name.ts";
import { openSchemas, type SchemaSet } from "./schemas.ts";
import type { Violation } from "./violation.ts";
import { openValidators, type SchemaViolation, type Validators } from "./validators.ts";

/** What is done about a breach of the description: nothing, a record of it, or a refusal. */
export type ContractMode = "off" | "report" | "enforce";

/** A request as a contract sees it. */
export interface CheckedRequest {
  readonly method: string;
  /** Raw, as `R1Target`. */
  readonly servicePath: string;
  readonly query: string | undefined;
  readonly headers: RawHeaders;
  /** `undefined`: longer than what is looked into. */
  readonly body: Uint8Array | undefined;
}

export interface CheckedResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Uint8Array | undefined;
}

/** A service's description, compiled. */
export interface Contract {
  /** Parts of the description that cannot be checked, for those who run the service. */
  readonly findings: readonly DescriptionFault[];
  checkRequest(request: CheckedRequest): readonly Violation[];
  checkResponse(
    request: Pick<CheckedRequest, "method" | "servicePath">,
    response: CheckedResponse,
  ): readonly Violation[];
}

/** Bytes of a body that is checked; longer ones are a breach (`too-large`) of their own. */
export const maxCheckedBody: number = 4 * 1024 * 1024;
/** Up to so many bytes all breaches are listed, above only the first. */
const listedUpTo = 64 * 1024;

interface Bodies {
  readonly required: boolean;
  readonly media: ReadonlyMap<string, { readonly schema: unknown; readonly name: string | undefined }>;
}

/** A parameter or header, and the name under which its schema is checked. */
interface CheckedParameter extends Parameter {
  readonly check: string;
}

interface Compiled {
  readonly method: string;
  readonly segments: readonly string[];
  readonly parameters: readonly CheckedParameter[];
  readonly request: Bodies | undefined;
  /** By status as the description writes it: `200`, `4XX`, `default`. */
  readonly responses: ReadonlyMap<
    string,
    { readonly body: Bodies | undefined; readonly headers: readonly CheckedParameter[] }
  >;
}

/** Compiles a description that {@link checkDescription} took. Each schema is made into code at its first use. */
export function compileContract(given: unknown): Result<Contract, DescriptionFault> {
  const description = checkDescription(given);
  if (!description.ok) return description;
  const asked = openSchemas(description.value, "request");
  const answered = openSchemas(description.value, "response");
  const operations = operationsOf(description.value).map((one) => compile(description.value, one, asked, answered));
  const requests = openValidators(asked);
  const responses = openValidators(answered);
  return ok({
    findings: [
      ...asked.findings,
      ...answered.findings.filter((one) => !asked.findings.some((other) => other.at === one.at)),
    ],
    checkRequest: (request) => {
      const found = find(operations, request);
      if (!found) return [{ in: "operation", pointer: "", rule: "unknown" }];
      return [
        ...checkParameters(found, request, asked, requests),
        ...checkBody(found.operation.request, request, asked, requests),
      ];
    },
    checkResponse: (request, response) => {
      const found = find(operations, request);
      if (!found) return [];
      const expected = forStatus(found.operation.responses, response.status);
      // A failure that nobody described is the service's trouble, not a breach of its word.
      if (!expected) return response.status >= 500 ? [] : [{ in: "status", pointer: "", rule: "unknown" }];
      const headers = checkEach(
        expected.headers,
        { path: {}, query: [], headers: joined(response.headers) },
        answered,
        responses,
      );
      const isBodiless = request.method === "HEAD" || response.status === 204 || response.status === 304;
      return [...headers, ...(isBodiless ? [] : checkBody(expected.body, response, answered, responses))];
    },
  });
}

function compile({ document }: Description, one: Operation, asked: SchemaSet, answered: SchemaSet): Compiled {
  const at = `/paths/${pointerStep(one.path)}/${one.method.toLowerCase()}`;
  const parameters = parametersOf(document, one.item, one.operation).map((parameter) => ({
    ...parameter,
    check: asked.add(parameter.schema, `${at}/parameters`),
  }));
  const responses = new Map<string, { body: Bodies | undefined; headers: CheckedParameter[] }>();
  const given = one.operation["responses"];
  for (const [status, entry] of Object.entries(isObject(given) ? given : {})) {
    const response = resolved(document, entry);
    if (!response) continue;
    const here = `${at}/responses/${status}`;
    responses.set(status.toUpperCase(), {
      body: bodiesOf(response, answered, here, true),
      headers: responseHeaders(document, response, answered, here),
    });
  }
  return {
    method: one.method,
    segments: one.path.split("/"),
    parameters,
    request: bodiesOf(resolved(document, one.operation["requestBody"]), asked, `${at}/requestBody`),
    responses,
  };
}

function bodiesOf(
  given: JsonObject | undefined,
  schemas: SchemaSet,
  at: string,
  required: boolean = given?.["required"] === true,
): Bodies | undefined {
  const content = given?.["content"];
  if (!given || !isObject(content)) return undefined;
  const media = Object.entries(content).map(([type, entry]) => {
    const schema = isObject(entry) ? entry["schema"] : undefined;
    const name = schema === undefined ? undefined : schemas.add(schema, `${at}/content/${pointerStep(type)}/schema`);
    return [mediaType(type), { schema, name }] as const;
  });
  return { required, media: new Map(media) };
}

function responseHeaders(
  document: JsonObject,
  response: JsonObject,
  schemas: SchemaSet,
  at: string,
): CheckedParameter[] {
  const { headers } = response;
  return Object.entries(isObject(headers) ? headers : {}).flatMap(([name, entry]) => {
    const header = resolved(document, entry);
    if (!header || name.toLowerCase() === "content-type") return [];
    const schema = header["schema"] ?? true;
    const required = header["required"] === true;
    const check = schemas.add(schema, `${at}/headers/${pointerStep(name)}`);
    return [
      { name, in: "header", required, schema, style: "simple", explode: false, isJson: "content" in header, check },
    ];
  });
}

interface Found {
  readonly operation: Compiled;
  readonly path: Readonly<Record<string, string>>;
}

/** The operation of a call; a path without parameters is found before one with them. A HEAD without an own operation is a GET. */
function find(
  operations: readonly Compiled[],
  { method, servicePath }: Pick<CheckedRequest, "method" | "servicePath">,
): Found | undefined {
  const segments = servicePath.split("/");
  let best: { found: Found; bound: number } | undefined;
  for (const wanted of method === "HEAD" ? ["HEAD", "GET"] : [method]) {
    for (const operation of operations) {
      if (operation.method !== wanted) continue;
      const path = matchPath(operation.segments, segments);
      const bound = path && Object.keys(path).length;
      if (path && bound !== undefined && (!best || bound < best.bound)) best = { found: { operation, path }, bound };
    }
    if (best) return best.found;
  }
  return undefined;
}

function matchPath(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const path: Record<string, string> = {};
  for (const [index, pattern] of template.entries()) {
    if (!matchSegment(pattern, segments[index]!, path)) return undefined;
  }
  return path;
}

/** `{id}`, or text around it as in `{name}.pdf`; literal text is found from the left. */
function matchSegment(pattern: string, segment: string, into: Record<string, string>): boolean {
  const pieces = pattern.split(/\{([^}]*)\}/); // literal, name, literal, …
  if (pieces.length === 1) return pattern === segment;
  let at = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const literal = pieces[index]!;
    const name = pieces[index - 1];
    const isLast = index === pieces.length - 1;
    const found =
      index === 0
        ? segment.startsWith(literal)
          ? 0
          : -1
        : isLast && segment.endsWith(literal)
          ? segment.length - literal.length
          : segment.indexOf(literal, at);
    if (found < at || (isLast && found + literal.length !== segment.length)) return false;
    if (name !== undefined) {
      if (found === at) return false; // a parameter is never empty
      into[name] = decoded(segment.slice(at, found));
    }
    at = found + literal.length;
  }
  return true;
}

function checkParameters(
  { operation, path }: Found,
  request: CheckedRequest,
  schemas: SchemaSet,
  validators: Validators,
): readonly Violation[] {
  const query = readPairs(request.query ?? "");
  if (!query) return [{ in: "query", pointer: "", rule: "not-readable" }];
  return checkEach(operation.parameters, { path, query, headers: request.headers }, schemas, validators);
}

function checkEach(
  parameters: readonly CheckedParameter[],
  texts: Parameters<typeof parameterValue>[1],
  schemas: SchemaSet,
  validators: Validators,
): readonly Violation[] {
  return parameters.flatMap((parameter): readonly Violation[] => {
    const pointer = `/${pointerStep(parameter.name)}`;
    const read = parameterValue(parameter, texts, schemas.typesOf);
    if (read === "absent") return parameter.required ? [{ in: parameter.in, pointer, rule: "missing" }] : [];
    if (typeof read === "string") return [{ in: parameter.in, pointer, rule: read }];
    return within(parameter.in, pointer, validators.check(parameter.check, read.value, true));
  });
}

function within(part: Violation["in"], before: string, found: readonly SchemaViolation[]): readonly Violation[] {
  return found.map(({ pointer, rule }) => ({ in: part, pointer: `${before}${pointer}`, rule }));
}

function checkBody(
  bodies: Bodies | undefined,
  message: { readonly headers: RawHeaders; readonly body: Uint8Array | undefined },
  schemas: SchemaSet,
  validators: Validators,
): readonly Violation[] {
  const breach = (rule: string): readonly Violation[] => [{ in: "body", pointer: "", rule }];
  const { body } = message;
  const isEmpty = body?.length === 0;
  if (!bodies || bodies.media.size === 0) return isEmpty ? [] : breach("unknown");
  if (isEmpty) return bodies.required ? breach("missing") : [];
  const types = headerValues(message.headers, "content-type");
  const type = mediaType(types[0] ?? "");
  const [main] = type.split("/");
  const named = bodies.media.get(type);
  const media = named ?? bodies.media.get(`${main}/*`) ?? bodies.media.get("*/*");
  if (types.length > 1 || !media) return breach("content-type");
  const isJson = /^[^/]+\/(?:.+\+)?json$/.test(type);
  const isForm = type === "application/x-www-form-urlencoded";
  if (media.name === undefined) return [];
  if (!isJson && !isForm) {
    // Of a range the sender chooses the type: one that cannot be looked into must not be the way around the schema.
    const kinds = [...schemas.typesOf(media.schema)];
    return named || (kinds.length > 0 && kinds.every((kind) => kind === "string")) ? [] : breach("content-type");
  }
  if (!isUtf8(types[0] ?? "")) return breach("charset");
  if (headerValues(message.headers, "content-encoding").some((coding) => coding.trim().toLowerCase() !== "identity"))
    return breach("encoded");
  if (!body || body.length > maxCheckedBody) return breach("too-large");
  const read = isJson ? readJson(body) : readForm(body, media.schema, schemas);
  if (typeof read === "string") return breach(read);
  const first = validators.check(media.name, read.value, false);
  const all = first.length > 0 && body.length <= listedUpTo ? validators.check(media.name, read.value, true) : first;
  return within("body", "", all);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readJson(body: Uint8Array): { readonly value: unknown } | "not-json" | "name-repeated" {
  try {
    const text = utf8.decode(body);
    const value: unknown = JSON.parse(text);
    return hasRepeatedName(text) ? "name-repeated" : { value };
  } catch {
    return "not-json";
  }
}

function readForm(
  body: Uint8Array,
  schema: unknown,
  schemas: SchemaSet,
): { readonly value: unknown } | "not-readable" | "name-repeated" {
  const pairs = readPairs(Buffer.from(body).toString("utf8"));
  if (!pairs) return "not-readable";
  const members = new Map<string, unknown>();
  for (const [name, text] of pairs) {
    const property = propertyOf(schema, name);
    const types = schemas.typesOf(property);
    const value = typed(
      text,
      types.has("array") ? schemas.typesOf(isObject(property) ? property["items"] : undefined) : types,
    );
    if (members.has(name) && !types.has("array")) return "name-repeated";
    const before = members.get(name);
    members.set(name, types.has("array") ? [...(Array.isArray(before) ? before : []), value] : value);
  }
  return { value: Object.fromEntries(members) };
}

function forStatus<Expected>(responses: ReadonlyMap<string, Expected>, status: number): Expected | undefined {
  return responses.get(String(status)) ?? responses.get(`${Math.floor(status / 100)}XX`) ?? responses.get("DEFAULT");
}

/** Lines of one name as one (RFC 9110 section 5.3): of an answer's header there may be several. */
function joined(headers: RawHeaders): RawHeaders {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  return [...names].map((name) => [name, headerValues(headers, name).join(", ")]);
}

/** Whether nobody could read the bytes in another charset than ours: in Shift JIS, say, some of them hide a quote. */
function isUtf8(contentType: string): boolean {
  const [, ...parameters] = contentType.split(";");
  const charsets = parameters.filter((one) => /charset/i.test(one));
  return charsets.length <= 1 && charsets.every((one) => /^\s*charset\s*=\s*"?(?:utf-?8|us-ascii)"?\s*$/i.test(one));
}

function mediaType(text: string): string {
  return (text.split(";")[0] ?? "").trim().toLowerCase();
}
