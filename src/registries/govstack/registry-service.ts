import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "#exchange";
import { lookupFields } from "../declaration.ts";
import type { Register } from "../register.ts";
import { noRecord, said } from "./answer.ts";
import { databaseOf } from "./describe.ts";
import { readListQuery } from "./list-query.ts";
import { isWriting, write, writeEndpoints } from "./write.ts";

export interface DigitalRegistryOptions {
  /** Code of the service beside the register's own; the register's code with `-dr` unless told. */
  readonly code?: string;
  /** The one version of the registry in paths; `1.0` unless told. `1` and `1.0.0` mean the same. */
  readonly version?: string;
  /** Path form of the agency, as the database's institution. */
  readonly institution: string;
}

/** Rows that a list counts; a search that finds more says so many. */
const mostCounted = 1000;

/**
 * A register in the shapes of GovStack's Digital Registries API (data API and database API 1.3.0), as a data service of
 * its own: rights, signatures and evidence are those of any service. Both spellings of each path are understood.
 *
 * What writes is refused unless the declaration says otherwise (`writes`). A register about people names its person in the
 * body of every call (`/query/content/…` or `/write/content/…`), so it has no operation that would carry a person's number
 * in a path: a row is deleted there with `POST …/delete` and a query.
 */
export function digitalRegistry(register: Register, o: DigitalRegistryOptions): ServiceDeclaration {
  const { declaration } = register;
  const version = o.version ?? "1.0";
  const data = `/data/${declaration.service}/${version}`;
  const about = declaration.subject !== undefined;
  const registry: Registry = { register, version, institution: o.institution };
  return {
    subsystem: declaration.subsystem,
    code: o.code ?? `${declaration.service}-dr`,
    title: declaration.title,
    endpoints: [
      { method: "POST", path: `${data}/read` },
      { method: "POST", path: `${data}/exists` },
      ...(about
        ? []
        : [
            { method: "GET", path: data },
            { method: "GET", path: `${data}/*/readValue/*` },
            { method: "GET", path: "/databases" },
            { method: "GET", path: "/database/*" },
          ]),
      ...writeEndpoints(declaration, data),
    ],
    target: { call: (request) => answer(registry, request) },
    ...(about
      ? {
          subject: {
            from: "body",
            pointer: `/query/content/${declaration.subject}`,
            ...(register.writer ? { also: `/write/content/${declaration.subject}` } : {}),
          } as const,
        }
      : {}),
    purposeRequired: declaration.purposeRequired ?? false,
    consent: declaration.consent ?? "none",
    ...(register.service.timeoutSeconds === undefined ? {} : { timeoutSeconds: register.service.timeoutSeconds }),
  };
}

interface Registry {
  readonly register: Register;
  readonly version: string;
  readonly institution: string;
}

type Row = Readonly<Record<string, unknown>>;

async function answer(registry: Registry, request: InProcessRequest): Promise<InProcessAnswer> {
  const segments = segmentsOf(request.path);
  const { declaration } = registry.register;
  const about = declaration.subject !== undefined;
  const [collection, name, version, third, fourth, fifth] = segments ?? [];
  if (collection === "databases" && name === undefined && request.method === "GET" && !about)
    return said(200, [databaseOf(declaration, registry)]);
  if (collection === "database" && version === undefined) {
    if (request.method !== "GET" || name === "modify") return readOnly;
    return name === declaration.service && !about ? said(200, databaseOf(declaration, registry)) : noRecord;
  }
  if (collection !== "data" || name?.toLowerCase() !== declaration.service.toLowerCase()) return noRecord;
  if (!sameVersion(version, registry.version)) return noRecord;
  const operation = third === undefined ? `${request.method} list` : `${request.method} ${plain(fourth ?? third)}`;
  if (fifth === undefined && isWriting(plain(fourth ?? third ?? "")))
    return write(registry.register, request, plain(fourth ?? third ?? ""), fourth === undefined ? undefined : third);
  if (operation === "GET list" && !about) return list(registry, request);
  if (operation === "POST read" && fourth === undefined) return read(registry, request);
  if (operation === "POST exists" && fourth === undefined) return exists(registry, request);
  if (operation === "GET readvalue" && third !== undefined && fifth !== undefined && !about)
    return readValue(registry, request, third, fifth);
  return said(404, { detail: "no such operation" });
}

/** `/data/x/1.0/read` as decoded segments. */
function segmentsOf(path: string): readonly string[] | undefined {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** `update-or-create` and `updateOrCreate` are one operation. */
function plain(operation: string): string {
  return operation.replaceAll("-", "").toLowerCase();
}

function sameVersion(given: string | undefined, wanted: string): boolean {
  const short = (text: string): string => text.replace(/(\.0)+$/, "");
  return given !== undefined && short(given) === short(wanted);
}

async function read(registry: Registry, request: InProcessRequest): Promise<InProcessAnswer> {
  const found = await first(registry, request);
  if (!found.ok) return found.answer;
  if (!found.row) return noRecord;
  const tag = registry.register.writer?.tagOf(found.row);
  const { status, headers, body } = said(200, { content: found.row });
  return { status, headers: tag === undefined ? headers : [...headers, ["ETag", tag]], body };
}

async function exists(registry: Registry, request: InProcessRequest): Promise<InProcessAnswer> {
  const found = await first(registry, request);
  if (!found.ok) return found.answer;
  const status = found.row !== undefined;
  return said(200, { answer: { status, message: status ? "Object found from database" : "Object not found" } });
}

type Found =
  | { readonly ok: true; readonly row: Row | undefined }
  | { readonly ok: false; readonly answer: InProcessAnswer };

/** The first row that `{query: {content}}` finds: by the whole key, else by the declared filters. */
async function first({ register }: Registry, request: InProcessRequest): Promise<Found> {
  const content = contentOf(request.body);
  if (!content) return { ok: false, answer: said(400, { detail: "query.content is missing" }) };
  const key = lookupFields(register.declaration);
  const whole = Object.keys(content).length === key.length && key.every((name) => Object.hasOwn(content, name));
  const given = await ask(
    register,
    request,
    whole ? "/v1/lookup" : "/v1/search",
    whole ? content : { ...content, limit: 1 },
  );
  if (given.status === 404) return { ok: true, row: undefined };
  if (given.status !== 200) return { ok: false, answer: given };
  const value = JSON.parse(Buffer.from(given.body).toString("utf8")) as Row;
  return { ok: true, row: whole ? value : (value["rows"] as Row[])[0] };
}

function contentOf(body: Uint8Array): Row | undefined {
  try {
    const given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Row | null;
    const query = given?.["query"] as Row | null | undefined;
    const content = query?.["content"];
    return typeof content === "object" && content !== null && !Array.isArray(content) ? (content as Row) : undefined;
  } catch {
    return undefined;
  }
}

function ask(register: Register, from: InProcessRequest, path: string, body: object): Promise<InProcessAnswer> {
  const { client } = from;
  return register.call({
    method: "POST",
    path,
    query: undefined,
    client,
    body: Buffer.from(JSON.stringify(body), "utf8"),
  });
}

/** A page of rows. The pages before are walked, since a register's cursor is good for its next page only. */
async function list({ register }: Registry, request: InProcessRequest): Promise<InProcessAnswer> {
  const query = readListQuery(register.declaration, request.query ?? "");
  if (!query.ok) return said(400, { detail: query.error });
  const { conditions, page, pageSize, descending } = query.value;
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const more: object = cursor === null ? {} : { cursor };
    const given = await ask(register, request, "/v1/search", { ...conditions, ...more, limit: pageSize });
    if (given.status !== 200) return given;
    const found = JSON.parse(Buffer.from(given.body).toString("utf8")) as { rows: Row[]; next: string | null };
    rows.push(...found.rows);
    cursor = found.next;
  } while (cursor !== null && rows.length < mostCounted);
  if (descending) rows.reverse();
  const count = rows.length;
  const at = (number: number): string => {
    const next = new URLSearchParams(request.query ?? "");
    next.set("page", String(number));
    return `${request.path}?${next.toString()}`;
  };
  return said(200, {
    count,
    next: page * pageSize < count ? at(page + 1) : null,
    previous: page > 1 ? at(page - 1) : null,
    results: rows.slice((page - 1) * pageSize, page * pageSize),
  });
}

/** One field of one row: `{value}` as JSON, or its text for any other extension. */
async function readValue(
  { register }: Registry,
  request: InProcessRequest,
  key: string,
  field: string,
): Promise<InProcessAnswer> {
  const { declaration } = register;
  const [, name = "", extension = ""] = /^(.*)\.([A-Za-z0-9]+)$/.exec(field) ?? [];
  const [column, ...others] = lookupFields(declaration);
  if (column === undefined || others.length > 0 || !Object.hasOwn(declaration.fields, name)) return noRecord;
  const value = declaration.fields[column]?.type === "integer" ? Number(key) : key;
  const given = await ask(register, request, "/v1/lookup", { [column]: value, fields: [name] });
  if (given.status !== 200) return given.status === 404 ? noRecord : given;
  const row = JSON.parse(Buffer.from(given.body).toString("utf8")) as Row;
  if (extension.toLowerCase() === "json") return said(200, { value: row[name] });
  const text = typeof row[name] === "string" ? row[name] : JSON.stringify(row[name]);
  return { status: 200, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: Buffer.from(text, "utf8") };
}

const readOnly: InProcessAnswer = said(405, { detail: "a registry's form is not changed by this interface" });
