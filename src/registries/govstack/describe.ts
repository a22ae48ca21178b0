import { lookupFields, type FieldDeclaration, type RegisterDeclaration } from "../declaration.ts";

const types: Readonly<Record<FieldDeclaration["type"], object>> = {
  text: { type: "string" },
  integer: { type: "integer" },
  numeric: { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?$" },
  double: { type: "number" },
  boolean: { type: "boolean" },
  date: { type: "string", format: "date" },
  timestamp: { type: "string", format: "date-time" },
  "text-list": { type: "array", items: { type: "string" } },
};

/** A register as GovStack's database API describes it. */
export function databaseOf(
  declaration: RegisterDeclaration,
  o: { readonly version: string; readonly institution: string },
): object {
  const properties = Object.entries(declaration.fields).map(([name, field], id) => [
    name,
    { ...types[field.type], id, title: field.title.en, description: field.description?.en ?? field.title.en },
  ]);
  return {
    id: declaration.service,
    code: declaration.service,
    version: o.version,
    name: declaration.title.en,
    description: declaration.description?.en ?? declaration.title.en,
    institution: o.institution,
    numberFormat: "",
    schema: { type: "object", properties: Object.fromEntries(properties), required: [...lookupFields(declaration)] },
    schemaTags: [],
    schemaFlags: [],
    fieldsUniques: [lookupFields(declaration)],
  };
}
