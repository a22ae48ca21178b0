import type { InProcessAnswer, InProcessRequest } from "#exchange";
import type { Result } from "#kernel";
import { type RegisterDeclaration, type WriteOperation } from "../declaration.ts";
import type { QueryRefusal } from "../query.ts";
import type { Register } from "../register.ts";
import type { Writer, WriteRequest, Written } from "../writing/writer.ts";
import { noRecord, said } from "./answer.ts";

/** One of GovStack's operations that write: its method, what the declaration must allow, and how it is done. */
interface Operation {
  /** Both spellings, as published; the first is today's. */
  readonly paths: readonly string[];
  readonly method: "POST" | "PUT" | "DELETE";
  readonly needs: readonly WriteOperation[];
  readonly run: (writer: Writer, request: WriteRequest) => Promise<Result<InProcessAnswer, QueryRefusal>>;
}

const row =
  (does: (writer: Writer, request: WriteRequest) => Promise<Result<Written, QueryRefusal>>): Operation["run"] =>
  async (writer, request) => {
    const done = await does(writer, request);
    if (!done.ok) return done;
    const { status, headers, body } = said(200, { content: done.value.content });
    return { ok: true, value: { status, headers: [...headers, ["ETag", done.value.tag]], body } };
  };

const operations: Readonly<Record<string, Operation>> = {
  create: { paths: ["create"], method: "POST", needs: ["create"], run: row((writer, one) => writer.create(one)) },
  update: { paths: ["update"], method: "PUT", needs: ["update"], run: row((writer, one) => writer.update(one)) },
  updateorcreate: {
    paths: ["updateOrCreate", "update-or-create"],
    method: "POST",
    needs: ["create", "update"],
    run: row((writer, one) => writer.updateOrCreate(one)),
  },
  updateentries: {
    paths: ["updateEntries", "update-entries"],
    method: "PUT",
    needs: ["update-entries"],
    run: async (writer, request) => {
      const done = await writer.updateEntries(request);
      return done.ok ? { ok: true, value: said(200, { count: done.value }) } : done;
    },
  },
  delete: {
    paths: ["delete"],
    method: "DELETE",
    needs: ["delete"],
    run: async (writer, request) => {
      const done = await writer.delete(request);
      return done.ok ? { ok: true, value: { status: 204, headers: [], body: Buffer.alloc(0) } } : done;
    },
  },
};

/** Whether an operation, without hyphens and in small letters, is one that writes. */
export function isWriting(operation: string): boolean {
  return Object.hasOwn(operations, operation);
}

/** Method and path of what a declaration allows, in both spellings. */
export function writeEndpoints(
  declaration: RegisterDeclaration,
  data: string,
): readonly { readonly method: string; readonly path: string }[] {
  const { writes = [] } = declaration;
  return Object.values(operations)
    .filter(({ needs }) => needs.every((one) => writes.includes(one)))
    .flatMap(({ paths, method }) =>
      paths.map((path) => {
        if (method !== "DELETE") return { method, path: `${data}/${path}` };
        return isKeyInPath(declaration)
          ? { method, path: `${data}/*/${path}` }
          : { method: "POST", path: `${data}/${path}` };
      }),
    );
}

/**
 * Answers an operation that writes.
 * @param id the key's text from the path of a `DELETE`
 */
export async function write(
  register: Register,
  request: InProcessRequest,
  name: string,
  id: string | undefined,
): Promise<InProcessAnswer> {
  const { declaration, writer } = register;
  const operation = operations[name];
  const allowed = operation?.needs.every((one) => declaration.writes?.includes(one));
  if (!operation || !writer || !allowed) return said(405, { detail: "this registry does not allow this operation" });
  const byPath = operation.method === "DELETE" && isKeyInPath(declaration);
  const method = operation.method === "DELETE" && !byPath ? "POST" : operation.method;
  if (request.method !== method || (id !== undefined) !== byPath)
    return said(405, { detail: `${name} is asked for with ${method}` });
  const tooMany = await register.admit(request.client);
  if (tooMany) return tooMany;
  const given = byPath ? { query: keyOf(declaration, id ?? "") } : contents(request.body);
  if (!given) return register.refuse({ code: "write-invalid" });
  const done = await operation.run(writer, { ...given, ifMatch: ifMatch(request) });
  if (done.ok) return done.value;
  return done.error.code === "record-not-found" ? noRecord : register.refuse(done.error);
}

/** Whether a row can be named in a path: by a key of one field, and where it is about nobody. */
function isKeyInPath(declaration: RegisterDeclaration): boolean {
  return declaration.subject === undefined && declaration.key.length === 1;
}

/** The key from a path. */
function keyOf({ key, fields }: RegisterDeclaration, id: string): object {
  const [field = ""] = key;
  const isNumber = fields[field]?.type === "integer" && /^-?\d{1,10}$/.test(id);
  return { [field]: isNumber ? Number(id) : id };
}

/** `{query: {content}, write: {content}}`, of which each may be left out. */
function contents(body: Uint8Array): WriteRequest | undefined {
  try {
    const given: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
    if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
    const members = given as Readonly<Record<string, { readonly content?: unknown } | null>>;
    return { query: members["query"]?.content, write: members["write"]?.content };
  } catch {
    return undefined;
  }
}

/** The tags of `If-Match` (RFC 9110 section 13.1.1); a weak one never matches. */
function ifMatch({ headers = [] }: InProcessRequest): readonly string[] | undefined {
  const lines = headers.filter(([name]) => name.toLowerCase() === "if-match").map(([, value]) => value);
  return lines.length === 0
    ? undefined
    : lines
        .join(",")
        .split(",")
        .map((tag) => tag.trim());
}
