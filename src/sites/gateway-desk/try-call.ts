/** What a description says one can ask, the question a filled-in form means, and what an answer lacks. No network. */

/** One field of a form made from an OpenAPI description. */
export interface TryField {
  /** Of the member or parameter. */
  readonly name: string;
  /** The member of the member's object, for example `from` of a range. */
  readonly end?: string;
  /** Where the value goes: a member of the JSON body, or a parameter. */
  readonly place: "body" | "path" | "query";
  readonly title: string;
  readonly kind: "text" | "integer" | "number" | "boolean" | "list" | "json";
  readonly required: boolean;
  readonly sensitivity?: string;
  readonly description?: string;
}

export interface TryOperation {
  /** For example `POST /v1/lookup`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly fields: readonly TryField[];
  /** Names of the fields that a row of the answer can have, by the description. */
  readonly answers: readonly string[];
}

export interface TryRequest {
  readonly method: string;
  /** With its query, beginning with `/`. */
  readonly target: string;
  readonly body: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** The operations of an OpenAPI 3 document; what it does not describe is left out. */
export function operationsOf(openapi: unknown): readonly TryOperation[] {
  return Object.entries(member(openapi, "paths")).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = object(object(item)[method]);
      if (Object.keys(operation).length === 0) return [];
      const parameters = [...list(object(item)["parameters"]), ...list(operation["parameters"])].map((one) =>
        resolved(openapi, one),
      );
      const schema = resolved(openapi, jsonSchema(resolved(openapi, operation["requestBody"])));
      const required = list(schema["required"]);
      return [
        {
          id: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path,
          summary: textOf(operation["summary"]) ?? "",
          fields: [
            ...parameters.flatMap((one) => parameterField(openapi, one)),
            ...Object.entries(object(schema["properties"])).flatMap(([name, property]) =>
              bodyFields(name, resolved(openapi, property), required.includes(name)),
            ),
          ],
          answers: answered(openapi, operation),
        },
      ];
    }),
  );
}

/** The name of a field's control in the form. */
export function controlName({ name, end }: Pick<TryField, "name" | "end">): string {
  return `field.${name}${end === undefined ? "" : `.is.${end}`}`;
}

/** The request that a form means; members that were left empty are left out. */
export function requestOf(operation: TryOperation, form: Readonly<Record<string, string>>): TryRequest {
  const body: Record<string, unknown> = {};
  const query = new URLSearchParams();
  let { path } = operation;
  let hasBody = false;
  for (const field of operation.fields) {
    hasBody ||= field.place === "body";
    const given = form[controlName(field)] ?? "";
    if (field.place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(given));
    if (given === "") continue;
    if (field.place === "query") query.append(field.name, given);
    if (field.place !== "body") continue;
    const { name, end } = field;
    const value = valueOf(field, given);
    body[name] = end === undefined ? value : { ...object(body[name]), [end]: value };
  }
  const target = query.size > 0 ? `${path}?${query.toString()}` : path;
  return { method: operation.method, target, body: hasBody ? JSON.stringify(body) : undefined };
}

/** Required fields that a form leaves empty, by their place among the operation's fields. */
export function emptyFields(operation: TryOperation, form: Readonly<Record<string, string>>): readonly number[] {
  return operation.fields.flatMap((field, at) => (field.required && !form[controlName(field)]?.trim() ? [at] : []));
}

/** The command that sends the same request; every part is quoted for a shell. */
export function curlOf(url: string, request: TryRequest, headers: readonly (readonly [string, string])[]): string {
  const lines = [
    `curl -s ${request.method === "GET" || request.body !== undefined ? "" : `-X ${request.method} `}${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(request.body === undefined ? [] : [`-d ${quoted(request.body)}`]),
  ];
  return lines.join(" \\\n  ");
}

/** Fields that the description names and no row of a successful answer has: what a right or a consent removed. */
export function missingFields(operation: TryOperation, status: number, body: string): readonly string[] {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return [];
  }
  if (status !== 200 || typeof answer !== "object" || answer === null) return [];
  const rows = list((answer as Json)["rows"]);
  const given = Array.isArray((answer as Json)["rows"]) ? rows : [answer];
  if (given.length === 0) return [];
  return operation.answers.filter((name) => !given.some((row) => Object.hasOwn(object(row), name)));
}

function parameterField(openapi: unknown, parameter: Json): readonly TryField[] {
  const { name, in: place } = parameter;
  if (typeof name !== "string" || (place !== "path" && place !== "query")) return [];
  const schema = resolved(openapi, parameter["schema"]);
  return [
    {
      ...about(name, { ...schema, ...parameter }),
      name,
      place,
      kind: "text",
      required: parameter["required"] === true,
    },
  ];
}

function bodyFields(name: string, schema: Json, required: boolean): readonly TryField[] {
  const forms = [schema, ...list(schema["oneOf"]).map(object)];
  const plain = forms.find((form) => form["type"] !== undefined && form["type"] !== "object");
  const ends = forms.flatMap((form) => (form["type"] === "object" ? Object.entries(object(form["properties"])) : []));
  return [
    ...(plain ? [{ ...about(name, schema), name, place: "body" as const, kind: kindOf(plain), required }] : []),
    ...ends.map(([end, value]) => ({
      ...about(`${name} ${end}`, { ...schema, title: `${textOf(schema["title"]) ?? name}: ${end}` }),
      name,
      end,
      place: "body" as const,
      kind: kindOf(object(value)),
      required: false,
    })),
  ];
}

function about(name: string, schema: Json): Pick<TryField, "title" | "description" | "sensitivity"> {
  const description = textOf(schema["description"]);
  const sensitivity = textOf(schema["x-taroko-sensitivity"]);
  return {
    title: textOf(schema["title"]) ?? name,
    ...(description === undefined ? {} : { description }),
    ...(sensitivity === undefined ? {} : { sensitivity }),
  };
}

function kindOf(schema: Json): TryField["kind"] {
  const types = [schema["type"]].flat();
  if (types.includes("integer")) return "integer";
  if (types.includes("number")) return "number";
  if (types.includes("boolean")) return "boolean";
  if (types.includes("array")) return "list";
  return types.includes("object") ? "json" : "text";
}

function valueOf({ kind }: TryField, given: string): unknown {
  if (kind === "integer" || kind === "number") return Number.isNaN(Number(given)) ? given : Number(given);
  if (kind === "boolean") return given === "true" ? true : given === "false" ? false : given;
  if (kind === "list") return given.split(",").map((part) => part.trim());
  if (kind !== "json") return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

function answered(openapi: unknown, operation: Json): readonly string[] {
  const answer = resolved(openapi, jsonSchema(resolved(openapi, member(member(operation, "responses"), "200"))));
  const properties = object(answer["properties"]);
  const rows = resolved(openapi, properties["rows"]);
  const row = properties["rows"] === undefined ? answer : resolved(openapi, rows["items"]);
  return Object.keys(object(row["properties"]));
}

function jsonSchema(carrier: Json): unknown {
  return member(member(carrier, "content"), "application/json")["schema"];
}

/** A part of the document, by its `$ref` if it is one; references that lead elsewhere are left as they are. */
function resolved(openapi: unknown, part: unknown): Json {
  let at = object(part);
  for (let steps = 0; steps < 8; steps += 1) {
    const reference = textOf(at["$ref"]);
    if (!reference?.startsWith("#/")) break;
    at = reference
      .slice(2)
      .split("/")
      .reduce((from: Json, name) => member(from, name.replaceAll("~1", "/").replaceAll("~0", "~")), object(openapi));
  }
  return at;
}

function member(of: unknown, name: string): Json {
  const from = object(of);
  return Object.hasOwn(from, name) ? object(from[name]) : {};
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
