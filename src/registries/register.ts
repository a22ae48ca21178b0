import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "#exchange";
import { problemJson } from "#http";
import { err, ok, type Result } from "#kernel";
import type { Sql } from "#store";
import { checkRegister, type Finding } from "./check.ts";
import { lookupFields, type FieldType, type RegisterDeclaration } from "./declaration.ts";
import { openApiOf } from "./openapi.ts";
import { registerProblems, type RegisterProblem } from "./problems.ts";
import { selectRows, type QueryValue, type RegisterRow } from "./store.ts";

/** A register that answers. */
export interface Register {
  /**
   * - `POST /v1/lookup` with every key column, and the subject → 200 the row, or 404
   * - `POST /v1/search` with at least one declared filter, among them the subject if there is one; `cursor`? → 200
   *   `{rows, next}`
   * - `GET /v1/openapi.json`
   */
  call(request: Omit<InProcessRequest, "client">): Promise<InProcessAnswer>;
  readonly openapi: object;
  /** What the agency's gateway publishes. */
  readonly service: ServiceDeclaration;
}

/**
 * Opens a register on the agency's own database.
 * @throws `register-declaration` with `findings` when declaration and catalogue do not agree
 */
export async function openRegister(
  declaration: RegisterDeclaration,
  database: Sql,
  o: { readonly problemBase?: string } = {},
): Promise<Register> {
  const findings = await checkRegister(declaration, database);
  if (findings.length > 0) {
    const text = findings.map((one) => `${one.where}: ${one.message}`).join("\n");
    throw Object.assign(new Error(`register ${declaration.service} cannot be served\n${text}`), {
      code: "register-declaration",
      findings,
    } satisfies { code: string; findings: readonly Finding[] });
  }
  const openapi = openApiOf(declaration);
  const refuse = (refused: Refused): InProcessAnswer => problem(refused, o.problemBase ?? "");

  async function call(request: Omit<InProcessRequest, "client">): Promise<InProcessAnswer> {
    const operation = `${request.method} ${request.path}`;
    if (operation === "GET /v1/openapi.json") return json(200, openapi);
    if (operation === "POST /v1/lookup") return lookup(request.body);
    if (operation === "POST /v1/search" && declaration.filters?.length) return search(request.body);
    return refuse({ code: "operation-unknown" });
  }

  async function lookup(body: Uint8Array): Promise<InProcessAnswer> {
    const asked = lookupFields(declaration);
    const where = readConditions(declaration, body, asked);
    if (!where.ok) return refuse(where.error);
    const absent = asked.find((name) => where.value.conditions[name] === undefined);
    if (absent !== undefined || where.value.after) return refuse({ code: "query-invalid", field: absent ?? "cursor" });
    const [row] = await selectRows(database, declaration, { where: where.value.conditions, limit: 1 });
    return row ? json(200, row) : refuse({ code: "record-not-found" });
  }

  async function search(body: Uint8Array): Promise<InProcessAnswer> {
    const where = readConditions(declaration, body, declaration.filters ?? []);
    if (!where.ok) return refuse(where.error);
    const { conditions, after } = where.value;
    // Without a condition a search would hand out the whole register, page by page.
    if (Object.keys(conditions).length === 0) return refuse({ code: "query-invalid" });
    const limit = declaration.pageSize ?? 50;
    const found = await selectRows(database, declaration, { where: conditions, after, limit: limit + 1 });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return json(200, { rows, next: found.length > limit && last ? cursorOf(declaration, last) : null });
  }

  const operations = ["/v1/lookup", ...(declaration.filters?.length ? ["/v1/search"] : [])];
  return {
    call,
    openapi,
    service: {
      subsystem: declaration.subsystem,
      code: declaration.service,
      title: declaration.title,
      endpoints: [
        ...operations.map((path) => ({ method: "POST", path })),
        // Where every call names a person, the description is had from the metaservice `getOpenAPI`.
        ...(declaration.subject === undefined ? [{ method: "GET", path: "/v1/openapi.json" }] : []),
      ],
      target: { call },
      openapi,
      ...(declaration.subject === undefined
        ? {}
        : { subject: { from: "body", pointer: `/${declaration.subject}` } as const }),
      purposeRequired: declaration.purposeRequired ?? false,
      consent: declaration.consent ?? "none",
    },
  };
}

interface Refused {
  readonly code: RegisterProblem;
  readonly field?: string;
}

/** Reads a body: only the allowed names, each of its declared type, and perhaps a cursor. */
function readConditions(
  declaration: RegisterDeclaration,
  body: Uint8Array,
  allowed: readonly string[],
): Result<{ conditions: Record<string, QueryValue>; after?: readonly string[] }, Refused> {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return err({ code: "query-invalid" });
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return err({ code: "query-invalid" });
  const conditions: Record<string, QueryValue> = {};
  let after: readonly string[] | undefined;
  const { subject } = declaration;
  if (subject !== undefined && !Object.hasOwn(given, subject)) {
    return err({ code: "query-without-person", field: subject });
  }
  for (const [name, value] of Object.entries(given)) {
    if (name === "cursor") {
      after = readCursor(declaration, value);
      if (!after) return err({ code: "query-invalid", field: name });
      continue;
    }
    const field = allowed.includes(name) ? declaration.fields[name] : undefined;
    const condition = field && readValue(field.type, value);
    if (condition === undefined) return err({ code: "query-invalid", field: name.slice(0, 63) });
    conditions[name] = condition;
  }
  return ok({ conditions, ...(after ? { after } : {}) });
}

function readValue(type: FieldType, value: unknown): QueryValue | undefined {
  if (type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (type === "integer") {
    return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : undefined;
  }
  if (typeof value !== "string" || value.length > 1000 || value.includes("\0")) return undefined;
  if (type === "numeric") return /^-?\d{1,100}(\.\d{1,100})?$/.test(value) ? value : undefined;
  if (type === "date") return isDate(value) ? value : undefined;
  if (type === "timestamp") {
    return isDate(value.slice(0, 10)) && value[10] === "T" && !Number.isNaN(Date.parse(value)) ? value : undefined;
  }
  return value;
}

/** A day of the calendar as PostgreSQL has it: there is no year 0. */
function isDate(text: string): boolean {
  const at = /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return at !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** A cursor is the last row's key. It holds what the page showed and nothing else, and travels in bodies only. */
function cursorOf(declaration: RegisterDeclaration, row: RegisterRow): string {
  return Buffer.from(JSON.stringify(declaration.key.map((name) => String(row[name])))).toString("base64url");
}

function readCursor(declaration: RegisterDeclaration, cursor: unknown): readonly string[] | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(String(cursor), "base64url").toString("utf8"));
    const whole = Array.isArray(key) && key.length === declaration.key.length;
    return whole && key.every((part) => typeof part === "string" && !part.includes("\0")) ? key : undefined;
  } catch {
    return undefined;
  }
}

function problem(refused: Refused, base: string): InProcessAnswer {
  const params = refused.field === undefined ? {} : { field: refused.field };
  const entry = registerProblems[refused.code];
  return json(entry.status, problemJson(refused.code, entry, { base, language: "en", params }));
}

function json(status: number, value: object): InProcessAnswer {
  const type = status === 200 ? "application/json" : "application/problem+json";
  return { status, headers: [["Content-Type", type]], body: Buffer.from(JSON.stringify(value), "utf8") };
}
