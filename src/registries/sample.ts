import { err, ok, type Result } from "#kernel";
import { lookupFields, searchFields, type RegisterDeclaration } from "./declaration.ts";
import { registerOver } from "./register.ts";
import type { Finding, Reader, RegisterRow } from "./source.ts";

/** A call as a client with a right on all fields would make it, and its answer; what is not public is covered. */
export interface SampleCall {
  /** `POST /v1/lookup`. */
  readonly operation: string;
  readonly body: object;
  readonly status: number;
  readonly answer: unknown;
}

/**
 * Asks a register for its first row as a client would, so that its engineer sees the shape of an answer. Of a field that
 * is not `public` nothing of the value is kept, not even whether there is one. Nothing where the source lists no rows by
 * itself (a REST service) or has none.
 */
export async function sampleCalls(
  declaration: RegisterDeclaration,
  reader: Reader,
): Promise<Result<readonly SampleCall[], Finding>> {
  try {
    return ok(await calls(declaration, reader));
  } catch (fault) {
    const { code = "fault" } = fault as { readonly code?: string };
    return err({ where: "source", message: `The first record cannot be read (${code}); clients would get an error.` });
  }
}

async function calls(declaration: RegisterDeclaration, reader: Reader): Promise<readonly SampleCall[]> {
  const fields = Object.keys(declaration.fields);
  const found = await reader.find({ operation: "search", conditions: [], fields, limit: 1 });
  if (!found.ok && found.error.inside !== "operation-undeclared")
    throw Object.assign(new Error("no first record"), { code: found.error.code });
  const [row] = found.ok ? found.value.rows : [];
  if (!row) return [];
  const register = registerOver(declaration, reader, {});
  const ask = async (path: string, names: readonly string[], more: object): Promise<SampleCall[]> => {
    const asked = Object.fromEntries(names.map((name) => [name, row[name]]));
    // A row without a value cannot be asked for by it.
    if (Object.values(asked).some((value) => value === null || value === undefined)) return [];
    const body = Buffer.from(JSON.stringify({ ...asked, ...more }));
    const { status, body: given } = await register.call({ method: "POST", path, query: undefined, body });
    const answer = JSON.parse(Buffer.from(given).toString("utf8")) as RegisterRow;
    const covered = status === 200 ? coveredAnswer(declaration, answer) : answer["title"];
    return [{ operation: `POST ${path}`, body: { ...cover(declaration, asked), ...more }, status, answer: covered }];
  };
  const { subject, filters = [] } = declaration;
  const filter = searchFields(declaration).length === 0 ? undefined : (subject ?? filters[0]);
  return [
    ...(await ask("/v1/lookup", lookupFields(declaration), {})),
    ...(filter === undefined ? [] : await ask("/v1/search", [filter], { limit: 1 })),
  ];
}

function coveredAnswer(declaration: RegisterDeclaration, answer: RegisterRow): unknown {
  const { rows, next } = answer;
  if (!Array.isArray(rows)) return cover(declaration, answer);
  return {
    rows: (rows as RegisterRow[]).map((row) => cover(declaration, row)),
    next: next === null ? null : "‹cursor›",
  };
}

function cover({ fields }: RegisterDeclaration, row: RegisterRow): RegisterRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const { type = "text", sensitivity = "personal" } = fields[name] ?? {};
      return [name, sensitivity === "public" ? value : `‹${type}, ${sensitivity}›`];
    }),
  );
}
