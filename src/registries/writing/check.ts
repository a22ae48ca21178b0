import type { RegisterDeclaration, WriteOperation } from "../declaration.ts";
import { sourceName } from "../declaration.ts";
import type { Finding } from "../source.ts";
import type { WriteTable } from "./store.ts";

/** What keeps a table from being written as a declaration says. */
export function checkWrites(declaration: RegisterDeclaration, table: string, found: WriteTable | undefined): Finding[] {
  const { writes = [], fields, key } = declaration;
  const finding = (message: string, where = "writes"): Finding => ({ where, message });
  if (!found) return [finding(`The role of \`writer\` finds no table ${table}.`)];
  if (!found.plain) return [finding(`${table} is no table. A view is read only; declare the table itself.`)];
  const findings: Finding[] = [];
  const column = (name: string) => found.columns.find((one) => one.name === sourceName(declaration, name));
  const does = (operation: WriteOperation): boolean => writes.includes(operation);
  const lacks = (privilege: string): void => {
    findings.push(
      finding(`The role ${found.role} may not ${privilege} in ${table}: grant it, or declare fewer writes.`),
    );
  };
  const unread = Object.keys(fields).find((name) => column(name)?.select === false);
  if (unread !== undefined) findings.push(finding(`The role ${found.role} may not read ${unread} of ${table}.`));
  if (does("create") && !key.every((name) => column(name)?.insert === true)) lacks("INSERT");
  if ((does("update") || does("update-entries")) && !found.columns.some(({ update }) => update)) lacks("UPDATE");
  if (does("delete") && !found.delete) lacks("DELETE");
  if (!does("create")) return findings;
  if (!found.keptAtOnce)
    findings.push(
      finding("The key's unique constraint is deferrable; a create must know at once what is there.", "key"),
    );
  const generated = key.find((name) => column(name)?.generated);
  if (generated !== undefined)
    findings.push(finding(`The database gives ${generated} its values, so that no create can name its row.`, "key"));
  const declared = new Set(Object.keys(fields).map((name) => sourceName(declaration, name)));
  for (const { name } of found.columns.filter((one) => one.required && !one.filled && !declared.has(one.name)))
    findings.push(finding(`Column ${name} must have a value and is no declared field: no create could succeed.`));
  return findings;
}

/** What works and should yet be otherwise. */
export function adviceOnWrites(
  { writes = [], service }: RegisterDeclaration,
  table: string,
  found: WriteTable,
): Finding[] {
  const where = "writes";
  const more = [
    ...(found.delete && !writes.includes("delete") ? ["DELETE"] : []),
    ...(found.truncate ? ["TRUNCATE"] : []),
  ];
  return [
    ...(more.length === 0
      ? []
      : [
          {
            where,
            message: `The role ${found.role} may ${more.join(" and ")} in ${table}; no declared write needs that.`,
          },
        ]),
    {
      where,
      message: `Rights on ${service}-dr that name no method and path cover the writes too: look through them.`,
    },
  ];
}
