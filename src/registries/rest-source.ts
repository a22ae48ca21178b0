import { Agent, request } from "undici";
import { err, ok, readUpTo, type Result } from "#kernel";
import { defaultTimeoutSeconds, sourceName, type FieldType, type RegisterDeclaration } from "./declaration.ts";
import { keyOf, keysetPage } from "./page.ts";
import { isDate, isInstant } from "./query.ts";
import { operationOf, pointed, targetOf, type Operation } from "./rest-operation.ts";
import type {
  Condition,
  Finding,
  Page,
  Query,
  QueryValue,
  RegisterRow,
  RestSource,
  Source,
  SourceRefusal,
} from "./source.ts";

/** Bytes of an answer, and rows of one without pages, at most. */
const largestAnswer = 16 * 1024 * 1024;
const mostRows = 10_000;

/** Values of `headers`, taken from the environment when the operator wrote `env:NAME`. */
export interface RestSourceOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A REST service as a source. What it answers is not trusted: each value must be of its declared type, and each row is
 * compared with the conditions again, so that a service that spells more loosely gives nobody another's row.
 */
export function restSource(source: RestSource, o: RestSourceOptions): Source {
  const agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: 5000 } });
  const what = `service ${source.rest}`;
  return {
    what,
    columns: async () => ok(undefined),
    close: () => agent.close(),
    advice: async () =>
      source.rest.startsWith("http:") && !/^http:\/\/(127\.|localhost[:/]|\[::1\])/.test(source.rest)
        ? [
            {
              where: "source.rest",
              message: "The service is asked without TLS. Use https, or let it listen on loopback.",
            },
          ]
        : [],
    async prepare(declaration) {
      const findings: Finding[] = [];
      const headers = headersOf(source, o.environment ?? process.env, findings);
      const address = URL.canParse(source.rest) ? new URL(source.rest) : undefined;
      if (!address || !/^https?:$/.test(address.protocol) || address.search || address.hash || address.username) {
        findings.push({
          where: "source.rest",
          message: "Give the service's address: http or https, no query, no password.",
        });
      }
      const operations: Partial<Record<Query["operation"], Operation>> = {};
      for (const name of ["lookup", "search"] as const) {
        const read = await operationOf(source, name, declaration, o.folder);
        if (read.ok && read.value) operations[name] = read.value;
        else if (!read.ok) findings.push(read.error);
      }
      if (findings.length > 0) return err(findings);
      return ok({
        find: (query) => find(query, { source, declaration, agent, headers, operations }),
        state: () => ({}),
      });
    },
  };
}

interface Service {
  readonly source: RestSource;
  readonly declaration: RegisterDeclaration;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly operations: Partial<Record<Query["operation"], Operation>>;
}

async function find(query: Query, service: Service): Promise<Result<Page, SourceRefusal>> {
  const { declaration, source, operations } = service;
  const operation = operations[query.operation];
  if (!operation) return err({ code: "register-unavailable", inside: "operation-undeclared" });
  const cursor = source.next === undefined ? undefined : serviceCursor(query.cursor);
  if (cursor === null) return err({ code: "query-invalid", field: "cursor" });
  const target = targetOf(source.rest, operation, { conditions: query.conditions, limit: query.limit, cursor });
  // A value that no path can carry (a dot segment) is nobody's key.
  if (target === undefined) return ok({ rows: [], next: null });
  const answer = await ask(target, operation.method, service);
  if (!answer.ok) return answer;
  if (answer.value === undefined) return ok({ rows: [], next: null });
  const at = query.operation === "lookup" ? source.row : source.rows;
  const found = pointed(answer.value, at ?? "");
  const list = query.operation === "lookup" ? [found] : found;
  if (!Array.isArray(list)) return err({ code: "register-answer-invalid", inside: "no list" });
  const rows: RegisterRow[] = [];
  for (const one of list) {
    const row = readRow(declaration, one);
    if (!row.ok) return row;
    if (query.conditions.every((condition) => satisfies(declaration, row.value, condition))) rows.push(row.value);
  }
  if (query.operation === "lookup") return ok({ rows, next: null });
  if (source.next !== undefined) {
    const next = pointed(answer.value, source.next);
    if (next === undefined || next === null || next === "") return ok({ rows, next: null });
    if (typeof next !== "string" && typeof next !== "number")
      return err({ code: "register-answer-invalid", inside: "next" });
    return ok({ rows, next: JSON.stringify(["rest", String(next)]) });
  }
  if (rows.length > mostRows) return err({ code: "register-answer-invalid", inside: "too many rows without pages" });
  return cut(declaration, query, rows);
}

/** Pages of an answer that came whole: in the order of the key as the other sources have it. */
function cut(
  declaration: RegisterDeclaration,
  query: Query,
  rows: readonly RegisterRow[],
): Promise<Result<Page, SourceRefusal>> {
  const sorted = rows
    .map((row) => ({ row, key: keyOf(declaration, row).map((part) => Buffer.from(part)), rest: JSON.stringify(row) }))
    .toSorted((a, b) => compareKeys(a.key, b.key) || Buffer.compare(Buffer.from(a.rest), Buffer.from(b.rest)));
  return keysetPage(declaration, query, async (from, limit) => {
    const start = from?.map((part) => Buffer.from(part));
    const after = start ? sorted.filter(({ key }) => compareKeys(key, start) >= 0) : sorted;
    return after.slice(0, limit).map(({ row }) => row);
  });
}

function compareKeys(one: readonly Uint8Array[], other: readonly Uint8Array[]): number {
  for (const [index, part] of one.entries()) {
    const order = Buffer.compare(part, other[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** The service's own cursor within ours; `null` for a foreign one. */
function serviceCursor(cursor: string | undefined): string | null | undefined {
  if (cursor === undefined) return undefined;
  try {
    const parts: unknown = JSON.parse(cursor);
    return Array.isArray(parts) && parts.length === 2 && parts[0] === "rest" && typeof parts[1] === "string"
      ? parts[1]
      : null;
  } catch {
    return null;
  }
}

/** The JSON of a success; nothing for 404 and 410. Redirects are not followed: they could lead anywhere. */
async function ask(
  url: string,
  method: Operation["method"],
  { agent, headers, declaration }: Service,
): Promise<Result<unknown, SourceRefusal>> {
  const seconds = declaration.timeoutSeconds ?? defaultTimeoutSeconds;
  const signal = AbortSignal.timeout(seconds * 1000);
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers: { accept: "application/json", ...headers },
      signal,
    });
    const body = await readUpTo(answer.body, largestAnswer);
    if (answer.statusCode === 404 || answer.statusCode === 410) return ok(undefined);
    if (answer.statusCode >= 500 || answer.statusCode === 429) {
      return err({ code: "register-unavailable", inside: `status ${answer.statusCode}` });
    }
    if (answer.statusCode !== 200)
      return err({ code: "register-answer-invalid", inside: `status ${answer.statusCode}` });
    if (!body) return err({ code: "register-answer-invalid", inside: "too large" });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return ok(JSON.parse(text) as unknown);
  } catch (fault) {
    if (signal.aborted) return err({ code: "register-slow" });
    if (fault instanceof SyntaxError || fault instanceof TypeError) {
      return err({ code: "register-answer-invalid", inside: "no JSON" });
    }
    return err({ code: "register-unavailable", inside: (fault as NodeJS.ErrnoException).code ?? "fault" });
  }
}

function readRow(declaration: RegisterDeclaration, given: unknown): Result<RegisterRow, SourceRefusal> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return err({ code: "register-answer-invalid", inside: "no row" });
  }
  const row: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(declaration.fields)) {
    const from = sourceName(declaration, name);
    const value = from.startsWith("/")
      ? pointed(given, from)
      : Object.hasOwn(given, from)
        ? (given as Record<string, unknown>)[from]
        : null;
    const read = value === null || value === undefined ? null : outerValue(type, value);
    if (read === undefined) return err({ code: "register-answer-invalid", field: name });
    row[name] = read;
  }
  return ok(row);
}

/** A value of the service in the outer form of its declared type; nothing if it is of another. */
function outerValue(type: FieldType, value: unknown): unknown {
  if (type === "text") return typeof value === "string" ? value : undefined;
  if (type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (type === "double") return typeof value === "number" ? value : undefined;
  if (type === "integer") return Number.isSafeInteger(value) ? value : undefined;
  if (type === "numeric") {
    const text = typeof value === "number" ? String(value) : value;
    return typeof text === "string" && /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
  }
  if (type === "text-list") {
    return Array.isArray(value) && value.every((part) => typeof part === "string") ? value : undefined;
  }
  if (typeof value !== "string") return undefined;
  if (type === "date") return isDate(value) ? value : undefined;
  return isInstant(value) ? new Date(value).toISOString() : undefined;
}

function satisfies({ fields }: RegisterDeclaration, row: RegisterRow, condition: Condition): boolean {
  const value = row[condition.field] as QueryValue | null;
  const type = fields[condition.field]?.type;
  if (value === null || type === undefined) return false;
  if ("prefix" in condition) return typeof value === "string" && value.startsWith(condition.prefix);
  const order = (other: QueryValue): number => compare(type, value, other);
  if ("equals" in condition) return order(condition.equals) === 0;
  return (
    (condition.from === undefined || order(condition.from) >= 0) &&
    (condition.to === undefined || order(condition.to) <= 0)
  );
}

function compare(type: FieldType, one: QueryValue, other: QueryValue): number {
  if (type === "numeric") return compareDecimals(String(one), String(other));
  if (type === "timestamp") return Date.parse(asZoned(String(one))) - Date.parse(asZoned(String(other)));
  return one === other ? 0 : one < other ? -1 : 1;
}

/** An instant without an offset is UTC, as in the other sources. */
function asZoned(instant: string): string {
  return /(Z|[+-]\d\d(:?\d\d)?)$/i.test(instant) ? instant : `${instant}Z`;
}

function compareDecimals(one: string, other: string): number {
  const places = Math.max(...[one, other].map((text) => text.split(".")[1]?.length ?? 0));
  const scaled = (text: string): bigint => {
    const [whole = "0", part = ""] = text.replace("-", "").split(".");
    return BigInt(whole + part.padEnd(places, "0")) * (text.startsWith("-") ? -1n : 1n);
  };
  const difference = scaled(one) - scaled(other);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function headersOf(
  { headers = {} }: RestSource,
  environment: Readonly<Record<string, string | undefined>>,
  findings: Finding[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const where = `source.headers.${name}`;
      if (!/^[A-Za-z0-9-]+$/.test(name))
        findings.push({ where, message: "A header's name has letters, digits and -." });
      const given = value.startsWith("env:") ? environment[value.slice(4)] : value;
      if (given === undefined || given === "")
        findings.push({ where, message: `The environment has no ${value.slice(4)}.` });
      else if (/[^\t\x20-\x7e]/.test(given)) findings.push({ where, message: "A header's value is printable ASCII." });
      return [name, given ?? ""];
    }),
  );
}
