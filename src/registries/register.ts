import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "#exchange";
import { problemJson, rateLimit } from "#http";
import type { Sql } from "#store";
import { checkAlone, checkColumns } from "./check.ts";
import { openCursors } from "./cursor.ts";
import { defaultTimeoutSeconds, searchFields, type RegisterDeclaration } from "./declaration.ts";
import type { CallLimit, SharedLimits } from "./limit/shared-limit.ts";
import { openApiOf } from "./openapi.ts";
import { registerProblems, type RegisterProblem } from "./problems.ts";
import { readLookup, readSearch, type QueryRefusal } from "./query.ts";
import {
  declarationFault,
  type Query,
  type Reader,
  type RegisterRow,
  type Source,
  type SourceState,
} from "./source.ts";
import { tableSource } from "./table-source.ts";
import type { Writer } from "./writing/writer.ts";

/** A call to a register; without `client` no rate limit applies. */
export type RegisterRequest = Omit<InProcessRequest, "client"> & { readonly client?: string };

/** A register that answers. */
export interface Register {
  /**
   * - `POST /v1/lookup` with every key column, and the subject → 200 the row, or 404
   * - `POST /v1/search` with at least one declared condition, among them the subject if there is one; `cursor`? `limit`?
   *   → 200 `{rows, next}`
   * - both take `fields`, the names of those wanted
   * - `GET /v1/openapi.json`
   */
  call(request: RegisterRequest): Promise<InProcessAnswer>;
  readonly declaration: RegisterDeclaration;
  readonly openapi: object;
  /** What the agency's gateway publishes. */
  readonly service: ServiceDeclaration;
  /** How its source stands. */
  state(): SourceState;
  /** Of a declaration with `writes`. Whoever calls it asks `admit` first. */
  readonly writer: Writer | undefined;
  /** The answer to a client that called too often. */
  admit(client: string | undefined): Promise<InProcessAnswer | undefined>;
  /** A refusal as the register's answer. */
  refuse(refused: QueryRefusal): InProcessAnswer;
}

export interface RegisterOptions {
  /** Base of the problem pages' addresses; empty gives `/problems/…`. */
  readonly problemBase?: string;
  /**
   * Seals the cursors of searches: 32 secret bytes, the same in all processes that answer for the register and after a
   * restart. Without them a cursor is good for this process alone.
   */
  readonly cursorSecret?: Uint8Array | undefined;
  /** Counts a client's calls for all processes of a gateway; without it each process counts by itself. */
  readonly limits?: SharedLimits | undefined;
  /** For a declaration with `table` and `writes`: a connection of the role that may write. */
  readonly writer?: Sql;
}

/**
 * Opens a register: on the agency's own database for a declaration with `table`, else on its source.
 * @throws `register-declaration` with `findings` when declaration and source do not agree
 */
export async function openRegister(
  declaration: RegisterDeclaration,
  from: Sql | Source,
  o: RegisterOptions = {},
): Promise<Register> {
  const source = "query" in from ? tableSource(declaration.table ?? "", from, { writer: o.writer }) : from;
  const columns = await source.columns();
  const findings = [
    ...checkAlone(declaration),
    ...(columns.ok ? checkColumns(declaration, columns.value, source.what) : columns.error),
  ];
  const prepared = findings.length === 0 ? await source.prepare(declaration, o.cursorSecret) : undefined;
  if (!prepared?.ok) throw declarationFault(`register ${declaration.service}`, prepared?.error ?? findings);
  return registerOver(declaration, prepared.value, o);
}

/** A register over a source that is ready. */
export function registerOver(declaration: RegisterDeclaration, reader: Reader, o: RegisterOptions): Register {
  const openapi = openApiOf(declaration);
  const limit = callLimit(declaration, o.limits);
  const searchable = searchFields(declaration).length > 0;
  const cursors = openCursors(declaration, o.cursorSecret);
  const refuse = (refused: QueryRefusal): InProcessAnswer => problem(refused, o.problemBase ?? "");

  async function admit(client: string | undefined): Promise<InProcessAnswer | undefined> {
    const wait = client === undefined ? 0 : ((await limit?.take(client)) ?? 0);
    if (wait === 0) return undefined;
    const answer = refuse({ code: "calls-too-many" });
    return { ...answer, headers: [...answer.headers, ["Retry-After", String(wait)]] };
  }

  async function call(request: RegisterRequest): Promise<InProcessAnswer> {
    const tooMany = await admit(request.client);
    if (tooMany) return tooMany;
    const operation = `${request.method} ${request.path}`;
    if (operation === "GET /v1/openapi.json") return json(200, openapi);
    if (operation === "POST /v1/lookup") return lookup(request.body);
    if (operation === "POST /v1/search" && searchable) return search(request.body);
    return refuse({ code: "operation-unknown" });
  }

  async function lookup(body: Uint8Array): Promise<InProcessAnswer> {
    const query = readLookup(declaration, body);
    if (!query.ok) return refuse(query.error);
    const page = await reader.find(query.value);
    if (!page.ok) return refuse(page.error);
    const [row] = page.value.rows;
    return row ? json(200, picked(row, query.value)) : refuse({ code: "record-not-found" });
  }

  async function search(body: Uint8Array): Promise<InProcessAnswer> {
    const query = readSearch(declaration, body);
    if (!query.ok) return refuse(query.error);
    const cursor = query.value.cursor === undefined ? undefined : cursors.open(query.value.cursor, query.value);
    if (cursor === undefined && query.value.cursor !== undefined) {
      return refuse({ code: "query-invalid", field: "cursor" });
    }
    const page = await reader.find({ ...query.value, cursor });
    if (!page.ok) return refuse(page.error);
    const { rows, next } = page.value;
    return json(200, {
      rows: rows.map((row) => picked(row, query.value)),
      next: next === null ? null : cursors.seal(next, query.value),
    });
  }

  const operations = ["/v1/lookup", ...(searchable ? ["/v1/search"] : [])];
  return {
    call,
    declaration,
    openapi,
    state: () => reader.state(),
    writer: reader.writer,
    admit,
    refuse,
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
      contract: declaration.contract,
      // The source is given up first, and says why.
      timeoutSeconds: (declaration.timeoutSeconds ?? defaultTimeoutSeconds) + 5,
    },
  };
}

function callLimit(
  { rateLimit: perMinute, subsystem, service }: RegisterDeclaration,
  limits: SharedLimits | undefined,
): CallLimit | undefined {
  if (perMinute === undefined) return undefined;
  return limits?.limit(`${subsystem}/${service}`, perMinute) ?? rateLimit(perMinute);
}

/** Only what was asked for, in the order of the declaration. */
function picked(row: RegisterRow, { fields }: Query): RegisterRow {
  return Object.fromEntries(fields.map((name) => [name, row[name] ?? null]));
}

function problem(refused: { readonly code: RegisterProblem; readonly field?: string }, base: string): InProcessAnswer {
  const params = refused.field === undefined ? {} : { field: refused.field };
  const entry = registerProblems[refused.code];
  return json(entry.status, problemJson(refused.code, entry, { base, language: "en", params }));
}

function json(status: number, value: object): InProcessAnswer {
  const type = status === 200 ? "application/json" : "application/problem+json";
  return { status, headers: [["Content-Type", type]], body: Buffer.from(JSON.stringify(value), "utf8") };
}
