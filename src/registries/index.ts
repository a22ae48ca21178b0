/**
 * Registries: an agency's data published as data services by declaration. A register's rows come from a table or view of
 * the agency's own PostgreSQL, a CSV or Parquet file, or a REST service that is there already; about ten lines say what it
 * is called, which columns leave the house and how, and by what it is asked. From them come the operations (`lookup`,
 * `search`), the OpenAPI description, and what the agency's gateway publishes.
 *
 * The data are the agency's; what it owns itself is how many calls a client has left, counted for all processes of a
 * gateway (`limit/`). Rows are written, where a declaration says so, by `writing/`. One question, read along the files: `query.ts` reads the body, `register.ts`
 * asks the source and answers. A source is one of `table-source.ts` (SQL in `store.ts`), `files/` (DuckDB, loaded only
 * for a register that is a file) and `rest-source.ts`; all keep to `source.ts`, and one suite of tests holds them to the
 * same behaviour. `read-declaration.ts` reads a declaration's file; `check.ts` says in plain words what does not fit; a
 * register that does not fit is not opened. `look.ts` looks at
 * a source and `draft.ts` writes a first declaration of it.
 */
export { checkRegister } from "./check.ts";
export { type FieldDeclaration, type FieldType, type RegisterDeclaration, type Sensitivity } from "./declaration.ts";
export { draftFrom, type LookOptions } from "./look.ts";
export {
  checkRegisterFile,
  openRegisterFile,
  openSource,
  type OpenedRegister,
  type SourceOptions,
} from "./open-file.ts";
export { digitalRegistry, type DigitalRegistryOptions } from "./govstack/registry-service.ts";
export { openSharedLimits, type SharedLimits } from "./limit/shared-limit.ts";
export { openApiOf } from "./openapi.ts";
export { registerProblems, type RegisterProblem } from "./problems.ts";
export { type SampleCall } from "./sample.ts";
export { openRegister, type Register, type RegisterOptions, type RegisterRequest } from "./register.ts";
export { type Finding, type RegisterSource, type SourceState } from "./source.ts";
