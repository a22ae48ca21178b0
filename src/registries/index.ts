/**
 * Registries: an agency's data published as data services by declaration. A register is a table or view of the agency's
 * own PostgreSQL; about ten lines say what it is called, which columns leave the house and how, and by what it is asked.
 * From them come the operations (`lookup`, `search`), the OpenAPI description, and what the agency's gateway publishes.
 *
 * It owns no table: the data are the agency's. `check.ts` compares a declaration with the database's catalogue and says
 * in plain words what does not fit; a register that does not fit is not opened.
 */
export { checkRegister, type Finding } from "./check.ts";
export { type FieldDeclaration, type FieldType, type RegisterDeclaration, type Sensitivity } from "./declaration.ts";
export { openApiOf } from "./openapi.ts";
export { registerProblems, type RegisterProblem } from "./problems.ts";
export { openRegister, type Register } from "./register.ts";
