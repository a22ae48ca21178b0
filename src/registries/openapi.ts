import type { Localised } from "#kernel";
import {
  defaultPageSize,
  lookupFields,
  searchFields,
  type FieldDeclaration,
  type RegisterDeclaration,
} from "./declaration.ts";

/** The OpenAPI 3.1 description of a register, generated from its declaration. Titles in Chinese, then English. */
export function openApiOf(declaration: RegisterDeclaration): object {
  const names = Object.keys(declaration.fields);
  const row = { $ref: "#/components/schemas/Row" };
  const asked = lookupFields(declaration);
  const searched = searchFields(declaration);
  const { subject } = declaration;
  const fields = {
    type: "array",
    items: { enum: names },
    minItems: 1,
    uniqueItems: true,
    description: "Only these fields; all of them unless told",
  };
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
        declaration,
        "lookup",
        "One row by its key",
        {
          type: "object",
          required: asked,
          properties: { ...properties(declaration, asked), fields },
          additionalProperties: false,
        },
        row,
        { "404": problem("There is no such record") },
      ),
      ...(searched.length > 0
        ? {
            "/v1/search": operation(
              declaration,
              "search",
              "Rows that satisfy every given condition; at least one is given",
              {
                type: "object",
                minProperties: 1,
                ...(subject === undefined ? {} : { required: [subject] }),
                properties: {
                  ...Object.fromEntries(searched.map((name) => [name, conditionSchema(declaration, name)])),
                  fields,
                  limit: {
                    type: "integer",
                    minimum: 1,
                    maximum: declaration.pageSize ?? defaultPageSize,
                    description: "Rows of a page",
                  },
                  cursor: { type: "string", description: "`next` of the page before" },
                },
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
        Row: { type: "object", properties: properties(declaration, names) },
        Problem: {
          type: "object",
          properties: { type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
        },
      },
    },
    "x-taroko-purpose-required": declaration.purposeRequired ?? false,
    "x-taroko-consent": declaration.consent ?? "none",
    ...(subject === undefined ? {} : { "x-taroko-subject": subject }),
    ...(declaration.rateLimit === undefined ? {} : { "x-taroko-calls-a-minute": declaration.rateLimit }),
  };
}

function operation(
  { rateLimit }: RegisterDeclaration,
  operationId: string,
  summary: string,
  body: object,
  answer: object,
  more: object = {},
): object {
  return {
    post: {
      operationId,
      summary,
      requestBody: { required: true, content: { "application/json": { schema: body } } },
      responses: {
        "200": { description: "OK", content: { "application/json": { schema: answer } } },
        "400": problem("The query is not right"),
        ...more,
        ...(rateLimit === undefined ? {} : { "429": problem("Too many calls; see Retry-After") }),
        "502": problem("The source answers otherwise than declared"),
        "503": problem("The source is not available now"),
        "504": problem("The source takes too long"),
      },
    },
  };
}

function problem(description: string): object {
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function properties({ fields }: RegisterDeclaration, names: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = fields[name];
      return field ? [[name, schemaOf(field)]] : [];
    }),
  );
}

function schemaOf(field: FieldDeclaration): object {
  return {
    ...jsonTypes[field.type],
    title: both(field.title),
    ...(field.description ? { description: both(field.description) } : {}),
    "x-taroko-sensitivity": field.sensitivity,
  };
}

/** What a search may say about one field: a value, its bounds, its beginning, as declared. */
function conditionSchema(declaration: RegisterDeclaration, name: string): object {
  const { filters = [], ranges = [], prefixes = [], fields } = declaration;
  const field = fields[name];
  if (!field) return {};
  const value = jsonTypes[field.type];
  const object = (members: object, more: object): object => ({
    type: "object",
    properties: members,
    additionalProperties: false,
    ...more,
  });
  const forms = [
    ...(filters.includes(name) ? [value] : []),
    ...(ranges.includes(name) ? [object({ from: value, to: value }, { minProperties: 1 })] : []),
    ...(prefixes.includes(name)
      ? [object({ prefix: { type: "string", minLength: 1 } }, { required: ["prefix"] })]
      : []),
  ];
  const {
    type: _none,
    pattern: _pattern,
    format: _format,
    items: _items,
    ...about
  } = schemaOf(field) as Record<string, unknown>;
  return forms.length === 1 && filters.includes(name) ? schemaOf(field) : { ...about, oneOf: forms };
}

function both(text: Localised): string {
  return text["zh-Hant"] === text.en ? text.en : `${text["zh-Hant"]} / ${text.en}`;
}

const jsonTypes: Readonly<Record<FieldDeclaration["type"], object>> = {
  text: { type: ["string", "null"] },
  integer: { type: ["integer", "null"] },
  numeric: { type: ["string", "null"], pattern: "^-?[0-9]+(\\.[0-9]+)?$" },
  double: { type: ["number", "null"] },
  boolean: { type: ["boolean", "null"] },
  date: { type: ["string", "null"], format: "date" },
  timestamp: { type: ["string", "null"], format: "date-time" },
  "text-list": { type: ["array", "null"], items: { type: "string" } },
};
