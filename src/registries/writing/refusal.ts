import { sourceName, type RegisterDeclaration } from "../declaration.ts";
import type { RegisterProblem } from "../problems.ts";
import type { QueryRefusal } from "../query.ts";

/** What PostgreSQL's driver says of a refused statement; only names of its catalogue are read, never a message or value. */
interface DatabaseFault {
  readonly code?: unknown;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** Where in the server it arose. */
  readonly routine?: string;
}

const byState: readonly (readonly [RegExp, RegisterProblem])[] = [
  [/^23502$/, "value-missing"],
  [/^(23505|23P01)$/, "value-taken"],
  [/^(23514|22|P0001|44000)/, "value-refused"],
  [/^42501$/, "write-not-granted"],
  [/^(57014|55P03)$/, "register-slow"],
  [/^(08|25006|40|53|57P|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/, "register-unavailable"],
];

/**
 * A refused statement as a refusal: what rule it broke, and the declared field that the rule is about, if it is one of this
 * table and about one field. A detail as PostgreSQL writes it would show values of other rows.
 * @throws the fault, if it is none of the caller's making
 * @see PostgreSQL appendix A, error codes
 */
export async function writeRefusal(
  fault: unknown,
  declaration: RegisterDeclaration,
  o: {
    readonly table: string;
    readonly deleting: boolean;
    /** The columns that a constraint of this table is about. */
    readonly columnsOf: (constraint: string) => Promise<readonly string[]>;
  },
): Promise<QueryRefusal> {
  const { code, table, column, constraint, routine } = fault as DatabaseFault;
  const state = String(code);
  const own = o.table.split(".").at(-1) === table;
  const known = byState.find(([pattern]) => pattern.test(state))?.[1] ?? raised(routine);
  const problem = state === "23503" ? (own && !o.deleting ? "reference-unknown" : "record-in-use") : known;
  if (problem === undefined) throw fault;
  if (!own) return { code: problem };
  const columns = column !== undefined ? [column] : constraint !== undefined ? await o.columnsOf(constraint) : [];
  const fields = Object.keys(declaration.fields).filter((name) => columns.includes(sourceName(declaration, name)));
  const [field, ...others] = fields;
  return field !== undefined && others.length === 0 && columns.length === 1
    ? { code: problem, field }
    : { code: problem };
}

/** Triggers raise whatever code they like. */
function raised(routine: string | undefined): RegisterProblem | undefined {
  return routine === "exec_stmt_raise" ? "value-refused" : undefined;
}
