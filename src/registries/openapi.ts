import type { Localised } from "#kernel";
import { lookupFields, type FieldDeclaration, type RegisterDeclaration } from "./declaration.ts";

/** The OpenAPI 3.1 description of a register, generated from its declaration. Titles in Chinese, then English. */
export function openApiOf(declaration: RegisterDeclaration): object {
  const both = (text: Localised): string => `${text["zh-Hant"]} / ${text.en}`;
  const properties = (names: readonly string[]): Record<string, object> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const field = declaration.fields[name];
        return field ? [[name, schemaOf(field)]] : [];
      }),
    );
  const row = { $ref: "#/components/schemas/Row" };
  const problem = (description: string): object => ({
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  const operation = (summary: string, body: object, answer: object, more: object = {}): object => ({
    post: {
      summary,
      requestBody: { required: true, content: { "application/json": { schema: body } } },
      responses: {
        "200": { description: "OK", content: { "application/json": { schema: answer } } },
        "400": problem("The query is not right"),
        ...more,
      },
    },
  });
  const filters = declaration.filters ?? [];
  const asked = lookupFields(declaration);
  const { subject } = declaration;
  return {
    openapi: "3.1.0",
    info: {
      title: both(declaration.title),
      version: "1",
      ...(declaration.description ? { description: both(declaration.description) } : {}),
    },
    servers: [{ url: "/" }],
    paths: {
      "/v1/lookup": operation(
        "One row by its key",
        {
          type: "object",
          required: asked,
          properties: properties(asked),
          additionalProperties: false,
        },
        row,
        { "404": problem("There is no such record") },
      ),
      ...(filters.length > 0
        ? {
            "/v1/search": operation(
              "Rows that equal every given filter; at least one is given",
              {
                type: "object",
                minProperties: 1,
                ...(subject === undefined ? {} : { required: [subject] }),
                properties: { ...properties(filters), cursor: { type: "string" } },
                additionalProperties: false,
              },
              {
                type: "object",
                required: ["rows", "next"],
                properties: { rows: { type: "array", items: row }, next: { type: ["string", "null"] } },
              },
            ),
          }
        : {}),
    },
    components: {
      schemas: {
        Row: { type: "object", properties: properties(Object.keys(declaration.fields)) },
        Problem: {
          type: "object",
          properties: { type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
        },
      },
    },
    "x-taroko-purpose-required": declaration.purposeRequired ?? false,
    "x-taroko-consent": declaration.consent ?? "none",
  };

  function schemaOf(field: FieldDeclaration): object {
    return {
      ...jsonTypes[field.type],
      title: both(field.title),
      ...(field.description ? { description: both(field.description) } : {}),
      "x-taroko-sensitivity": field.sensitivity,
    };
  }
}

const jsonTypes: Readonly<Record<FieldDeclaration["type"], object>> = {
  text: { type: ["string", "null"] },
  integer: { type: ["integer", "null"] },
  numeric: { type: ["string", "null"], pattern: "^-?[0-9]+(\\.[0-9]+)?$" },
  boolean: { type: ["boolean", "null"] },
  date: { type: ["string", "null"], format: "date" },
  timestamp: { type: ["string", "null"], format: "date-time" },
  "text-list": { type: ["array", "null"], items: { type: "string" } },
};
