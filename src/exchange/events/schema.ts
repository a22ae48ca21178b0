import { createHash } from "node:crypto";
import { Ajv, type ValidateFunction } from "ajv";
import { err, ok, type JsonValue, type Result } from "#kernel";
import { eventLimits, type EventType } from "./event.ts";

type Schema = EventType["schema"];

// Formats are annotations in draft-07; a schema may name its own keywords, which say nothing here.
const compiled = new Map<string, ValidateFunction>();

/** Nesting that a schema may have; a deeper one is no description but an attack on the stack. */
const deepest = 64;

function compile(schema: Schema): Result<ValidateFunction, string> {
  const text = JSON.stringify(schema);
  if (Buffer.byteLength(text) > eventLimits.schemaBytes) return err("the schema is too long");
  if (depth(schema) > deepest) return err("the schema is nested too deeply");
  const digest = createHash("sha256").update(text).digest("base64");
  const known = compiled.get(digest);
  if (known) return ok(known);
  try {
    // One instance each: two rooms may give their schemas the same `$id`. Nothing is ever fetched.
    const made = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
    if ("$async" in made) return err("an asynchronous schema cannot be used");
    if (compiled.size >= 1000) compiled.clear();
    compiled.set(digest, made);
    return ok(made);
  } catch (cause) {
    return err(cause instanceof Error ? cause.message.slice(0, 300) : "the schema cannot be read");
  }
}

/** Whether a schema can be used; why not, in ajv's words. */
export function checkSchema(schema: Schema): Result<Schema, string> {
  const made = compile(schema);
  return made.ok ? ok(schema) : made;
}

/** Whether an event meets its type's schema; where it does not, as a JSON pointer and the rule, without its values. */
export function meetsSchema(schema: Schema, event: JsonValue): Result<JsonValue, string> {
  const made = compile(schema);
  if (!made.ok) return made;
  if (made.value(event)) return ok(event);
  const [first] = made.value.errors ?? [];
  return err(`${first?.instancePath || "/"} ${first?.keyword ?? "invalid"}`.slice(0, 200));
}

function depth(value: unknown): number {
  let layer: readonly unknown[] = [value];
  for (let level = 0; ; level += 1) {
    layer = layer.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (layer.length === 0 || level > deepest) return level;
  }
}
