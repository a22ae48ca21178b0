import { err, ok, type Localised, type Result } from "#kernel";
import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import type { FieldType, RegisterDeclaration } from "./declaration.ts";
import type { Column, Finding, RegisterSource } from "./source.ts";

/**
 * A declaration as people write it, in YAML or JSON:
 * ```yaml
 * subsystem: household
 * service: person
 * source:
 *   csv: people.csv
 * key: national_id
 * subject: national_id
 * fields: [national_id, name, village]
 * ```
 * Titles are names unless told, types those of the catalogue (texts of a CSV file), and every field is `personal` unless
 * told: what somebody forgot to judge is protected.
 */
const localised = z.union([z.string().min(1), z.strictObject({ "zh-Hant": z.string().min(1), en: z.string().min(1) })]);
const names = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === "string" ? [given] : given));
const memory = z.number().int().min(64).max(65_536);
const sign = z.string().refine((text) => text.length === 1 && !"\r\n\0".includes(text), "one character");
const source = z.union([
  z.strictObject({
    table: z.string().min(1),
    database: z.string().min(1),
    writer: z.string().min(1).exactOptional(),
  }),
  z.strictObject({
    csv: z.string().min(1),
    encoding: z.enum(["utf-8", "big5", "utf-16le", "utf-16be"]).exactOptional(),
    delimiter: sign.exactOptional(),
    quote: sign.exactOptional(),
    null: z.string().exactOptional(),
    memory: memory.exactOptional(),
  }),
  z.strictObject({ parquet: z.string().min(1), memory: memory.exactOptional() }),
  z.strictObject({
    rest: z.string().min(1),
    openapi: z.string().exactOptional(),
    lookup: z.string().exactOptional(),
    search: z.string().exactOptional(),
    row: z.string().exactOptional(),
    rows: z.string().exactOptional(),
    next: z.string().exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
  }),
]);
const field = z.strictObject({
  title: localised.exactOptional(),
  description: localised.exactOptional(),
  type: z.enum(["text", "integer", "numeric", "double", "boolean", "date", "timestamp", "text-list"]).exactOptional(),
  sensitivity: z.enum(["public", "internal", "personal", "special"]).default("personal"),
  from: z.string().min(1).exactOptional(),
  separator: z.string().min(1).exactOptional(),
});
const declaration = z.strictObject({
  subsystem: z.string(),
  service: z.string(),
  title: localised.exactOptional(),
  description: localised.exactOptional(),
  source,
  key: names,
  subject: z.string().exactOptional(),
  fields: z.union([
    names.transform((list) => Object.fromEntries(list.map((name) => [name, field.parse({})]))),
    z.record(z.string(), z.union([field, z.null().transform(() => field.parse({}))])),
  ]),
  filters: names.exactOptional(),
  ranges: names.exactOptional(),
  prefixes: names.exactOptional(),
  pageSize: z.number().exactOptional(),
  rateLimit: z.number().exactOptional(),
  timeoutSeconds: z.number().exactOptional(),
  writes: z.array(z.enum(["create", "update", "update-entries", "delete"])).exactOptional(),
  purposeRequired: z.boolean().exactOptional(),
  consent: z.enum(["none", "required"]).exactOptional(),
  contract: z.enum(["off", "report", "enforce"]).exactOptional(),
});

/** What a file declares; types that it leaves open are filled in by `complete`. */
export interface DraftDeclaration {
  readonly source: RegisterSource;
  complete(columns: ReadonlyMap<string, Column> | undefined): RegisterDeclaration;
  /** Adds the line on which a finding's member stands. */
  located(finding: Finding): Finding;
}

/** Characters of a declaration at most. */
const longest = 256 * 1024;

/** Reads a declaration's text; refuses with all that is wrong, each with its line. */
export function readDeclaration(text: string): Result<DraftDeclaration, readonly Finding[]> {
  if (text.length > longest) return err([{ where: "the file", message: "A declaration has 256 KiB at most." }]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    version: "1.2",
    schema: "core",
    merge: false,
  });
  if (document.errors.length > 0) {
    return err(
      document.errors.map(({ message, pos }) => ({
        where: "the file",
        message: message.split("\n")[0]!.replace(/ at line \d+.*$/, "."),
        line: lines.linePos(pos[0]).line,
      })),
    );
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 20 });
  } catch {
    return err([{ where: "the file", message: "It refers to its own parts too often." }]);
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    const message =
      "It is no declaration, which has members such as source and fields. Write one with: npx taroko registry init <the data>";
    return err([{ where: "the file", message, line: 1 }]);
  }
  const located = (finding: Finding): Finding => ({ ...finding, line: lineOf(document, lines, finding.where) });
  const read = declaration.safeParse(raw);
  if (!read.success) return err(read.error.issues.flatMap((issue) => plain(issue)).map(located));
  const { fields, title, description, ...rest } = read.data;
  const given = rest as Omit<RegisterDeclaration, "fields" | "title" | "description"> & {
    readonly source: RegisterSource;
  };
  return ok({
    source: given.source,
    located,
    complete: (columns) => ({
      ...given,
      title: both(title ?? given.service),
      ...(description === undefined ? {} : { description: both(description) }),
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, { title: called, description: about, type, ...more }]) => [
          name,
          {
            ...more,
            title: both(called ?? name),
            ...(about === undefined ? {} : { description: both(about) }),
            type: type ?? natural(columns?.get(more.from ?? name)),
          },
        ]),
      ),
    }),
  });
}

/** The type that a column has of itself. A CSV file has texts only: a guess could lose leading zeros. */
function natural(column: Column | undefined): FieldType {
  return column?.fits[0] ?? "text";
}

function both(text: string | Localised): Localised {
  return typeof text === "string" ? { "zh-Hant": text, en: text } : text;
}

type Issue = z.core.$ZodIssue;

/** An issue in words for people. Of a source, whose kinds differ, that kind is judged which it is meant to be. */
function plain(issue: Issue): readonly Finding[] {
  const where = issue.path.join(".") || "the file";
  if (issue.code === "invalid_union" && where === "source") {
    const kinds = ["table", "csv", "parquet", "rest"];
    const meant = issue.errors.findIndex((issues) => !issues.some(({ path }) => kinds.includes(String(path[0]))));
    const inner = issue.errors[meant] as readonly Issue[] | undefined;
    if (meant < 0 || !inner) return [{ where, message: "Say where the rows are: table, csv, parquet or rest." }];
    return inner.flatMap((one) => plain({ ...one, path: ["source", ...one.path] }));
  }
  if (issue.code === "invalid_union") {
    const deepest = issue.errors.toSorted((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0];
    const inner = deepest?.[0];
    if (inner && (inner.path.length > 0 || inner.code === "unrecognized_keys"))
      return plain({ ...inner, path: [...issue.path, ...inner.path] });
    return [{ where, message: "This is not of the form that is expected here." }];
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      where: [...issue.path, key].join("."),
      message: `Nobody knows a member ${key} here. Is it spelt right?`,
    }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined) {
    return [{ where, message: `It is missing or no ${issue.expected}.` }];
  }
  return [{ where, message: `${issue.message}.` }];
}

/** Line of a member, or of the nearest one around it that is there. */
function lineOf(document: Document, lines: LineCounter, where: string): number {
  const path = where === "the file" ? [] : where.split(".");
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? (length === 1 ? document.contents : undefined);
    const name = path[length - 1]!;
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    const at = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    if (at !== undefined) return lines.linePos(at).line;
  }
  return 1;
}
