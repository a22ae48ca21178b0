import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { canonicalJson, err, ok, toBase64Url, type Result } from "#kernel";
import type { Sql } from "#store";
import { lookupFields, sourceName, type RegisterDeclaration } from "../declaration.ts";
import type { QueryRefusal } from "../query.ts";
import type { RegisterRow } from "../source.ts";
import { writeRefusal } from "./refusal.ts";
import {
  constraintColumns,
  deleteRow,
  insertRow,
  lockRows,
  rowFor,
  updateRows,
  type RowConditions,
  type WriteColumn,
  type WriteValues,
} from "./store.ts";
import { readConditions, readValues } from "./values.ts";

/** What a write is about: GovStack's `query.content` and `write.content`, and the states it is meant for (`If-Match`). */
export interface WriteRequest {
  readonly query?: unknown;
  readonly write?: unknown;
  /** Entity tags; `*` is any state. */
  readonly ifMatch?: readonly string[] | undefined;
}

/** A row after a write: its key and what was given, as the table holds them now, and the tag of its whole state. */
export interface Written {
  readonly content: RegisterRow;
  readonly tag: string;
}

/**
 * Writes rows of one table, each call in one transaction. Answers hold what the caller gave and no other field: to write
 * is no right to read.
 */
export interface Writer {
  /** The same create again is answered as the first. */
  create(request: WriteRequest): Promise<Result<Written, QueryRefusal>>;
  /** Of the row that the whole key, and the person, name; without `query` those are taken from `write`. */
  update(request: WriteRequest): Promise<Result<Written, QueryRefusal>>;
  updateOrCreate(request: WriteRequest): Promise<Result<Written, QueryRefusal>>;
  /** How many rows were found, all of which hold `write` now; at most 1,000. */
  updateEntries(request: WriteRequest): Promise<Result<number, QueryRefusal>>;
  delete(request: WriteRequest): Promise<Result<{ readonly deleted: true }, QueryRefusal>>;
  /** Tag of a row that holds all declared fields. */
  tagOf(row: RegisterRow): string;
}

const mostRows = 1000;
const ofThisProcess = randomBytes(32);

/** Ends a transaction without a trace. */
class Refused extends Error {
  readonly refusal: QueryRefusal;
  constructor(refusal: QueryRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

function refuse(refusal: QueryRefusal): never {
  throw new Refused(refusal);
}

function orRefuse<Value>(read: Result<Value, QueryRefusal>): Value {
  return read.ok ? read.value : refuse(read.error);
}

/**
 * @param sql a connection of the role that may write
 * @param secret as a register's `cursorSecret`: tags are keyed, so that one tells nothing of the fields a right keeps back
 */
export function openWriter(
  declaration: RegisterDeclaration,
  table: string,
  sql: Sql,
  columns: ReadonlyMap<string, WriteColumn>,
  secret: Uint8Array = ofThisProcess,
): Writer {
  const tagKey = Buffer.from(hkdfSync("sha256", secret, new Uint8Array(0), "taroko/register-row-tag/v1", 32));
  const { subsystem, service, key } = declaration;
  const needed = lookupFields(declaration);

  const tagOf = (row: RegisterRow): string => {
    const state = Object.keys(declaration.fields).map((name) => row[name] ?? null);
    const text = canonicalJson(JSON.parse(JSON.stringify([subsystem, service, state])));
    return `"${toBase64Url(createHmac("sha256", tagKey).update(text).digest().subarray(0, 18))}"`;
  };

  async function inOne<Value>(
    deleting: boolean,
    work: (tx: Sql) => Promise<Value>,
  ): Promise<Result<Value, QueryRefusal>> {
    try {
      return ok(await sql.transaction(work));
    } catch (fault) {
      if (fault instanceof Refused) return err(fault.refusal);
      return err(
        await writeRefusal(fault, declaration, {
          table,
          deleting,
          columnsOf: (constraint) => constraintColumns(sql, table, constraint),
        }),
      );
    }
  }

  const valuesOf = ({ write }: WriteRequest): WriteValues => orRefuse(readValues(declaration, columns, write));
  const check = (row: RegisterRow, { ifMatch }: WriteRequest): void => {
    if (ifMatch !== undefined && !ifMatch.includes("*") && !ifMatch.includes(tagOf(row)))
      refuse({ code: "record-changed" });
  };
  const written = (row: RegisterRow, values: WriteValues): Written => ({
    content: Object.fromEntries(
      Object.keys(declaration.fields)
        .filter((name) => key.includes(name) || Object.hasOwn(values, name))
        .map((name) => [name, row[name] ?? null]),
    ),
    tag: tagOf(row),
  });

  async function insert(tx: Sql, values: WriteValues): Promise<RegisterRow> {
    const absent = needed.find((name) => values[name] === undefined || values[name] === null);
    if (absent !== undefined) refuse({ code: "value-missing", field: absent });
    const inserted = await insertRow(tx, declaration, table, values);
    if (inserted) return inserted;
    const standing = await rowFor(tx, declaration, table, named(key, values), { lock: false });
    // A trigger can drop a row without a word.
    if (!standing) return refuse({ code: "value-refused" });
    return isSame(standing, values) ? standing : refuse({ code: "record-exists" });
  }

  /** Whether the row is what this create had made: a caller must know all of it, or could find out its fields one by one. */
  function isSame(row: RegisterRow, values: WriteValues): boolean {
    return Object.entries(declaration.fields).every(([name, { type }]) => {
      if (Object.hasOwn(values, name)) return sameValue(type, row[name], values[name] ?? null);
      return (row[name] ?? null) === null || columns.get(sourceName(declaration, name))?.filled === true;
    });
  }

  /** Sets what differs; so a role that may write some columns only is not asked for the others. */
  async function change(tx: Sql, row: RegisterRow, values: WriteValues, request: WriteRequest): Promise<RegisterRow> {
    check(row, request);
    const differing = Object.entries(values).filter(
      ([name, value]) => !sameValue(declaration.fields[name]!.type, row[name], value),
    );
    const fixed = differing.find(([name]) => needed.includes(name));
    if (fixed) refuse({ code: "write-invalid", field: fixed[0] });
    if (differing.length === 0) return row;
    const set = Object.fromEntries(differing);
    const [changed] = await updateRows(tx, declaration, table, named(key, row as WriteValues), set);
    return changed ?? refuse({ code: "value-refused" });
  }

  /** What names the row: `query.content`, or the key in `write.content`. */
  function conditionsOf(request: WriteRequest, values: WriteValues): RowConditions {
    const given = request.query ?? Object.fromEntries(needed.map((name) => [name, values[name]]));
    return orRefuse(readConditions(declaration, given, { whole: true }));
  }

  return {
    tagOf,
    create: (request) =>
      inOne(false, async (tx) => {
        const values = valuesOf(request);
        return written(await insert(tx, values), values);
      }),
    update: (request) =>
      inOne(false, async (tx) => {
        const values = valuesOf(request);
        const row = await rowFor(tx, declaration, table, conditionsOf(request, values), { lock: true });
        if (!row) return refuse({ code: "record-not-found" });
        return written(await change(tx, row, values, request), values);
      }),
    updateOrCreate: (request) =>
      inOne(false, async (tx) => {
        const given = valuesOf(request);
        const conditions = conditionsOf(request, given);
        const values: WriteValues = { ...named(needed, conditions), ...given };
        const unlike = needed.find((name) => values[name] !== conditions[name]);
        if (unlike !== undefined) refuse({ code: "write-invalid", field: unlike });
        const row = await rowFor(tx, declaration, table, conditions, { lock: true });
        if (row) return written(await change(tx, row, values, request), values);
        if (request.ifMatch !== undefined) refuse({ code: "record-changed" });
        const inserted = await insertRow(tx, declaration, table, values);
        if (inserted) return written(inserted, values);
        // Somebody else was first, or the further conditions do not hold for the row of this key.
        const standing = await rowFor(tx, declaration, table, conditions, { lock: true });
        if (!standing) return refuse({ code: "record-exists" });
        return written(await change(tx, standing, values, request), values);
      }),
    updateEntries: (request) =>
      inOne(false, async (tx) => {
        const values = valuesOf(request);
        const conditions = orRefuse(readConditions(declaration, request.query, { whole: false }));
        const set = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== conditions[name]));
        const fixed = Object.keys(set).find((name) => needed.includes(name));
        if (fixed !== undefined) refuse({ code: "write-invalid", field: fixed });
        const found = await lockRows(tx, declaration, table, conditions, mostRows + 1);
        if (found === 0) refuse({ code: "record-not-found" });
        if (found > mostRows) refuse({ code: "records-too-many" });
        if (Object.keys(set).length > 0) await updateRows(tx, declaration, table, conditions, set);
        return found;
      }),
    delete: (request) =>
      inOne(true, async (tx) => {
        const conditions = orRefuse(readConditions(declaration, request.query, { whole: true }));
        const row = await deleteRow(tx, declaration, table, conditions);
        if (!row) return refuse({ code: "record-not-found" });
        check(row, request);
        return { deleted: true as const };
      }),
  };
}

function named(names: readonly string[], values: WriteValues): RowConditions {
  return Object.fromEntries(names.map((name) => [name, values[name]])) as RowConditions;
}

/** Whether a row's outer value is what was given, in whichever spelling it was given. */
function sameValue(type: string, outer: unknown, given: unknown): boolean {
  if (typeof outer !== "string" || typeof given !== "string")
    return JSON.stringify(outer ?? null) === JSON.stringify(given);
  if (type === "timestamp") return Date.parse(outer) === Date.parse(given);
  return type === "numeric" ? plainDecimal(outer) === plainDecimal(given) : outer === given;
}

/** `-007.50` as `-7.5`. */
function plainDecimal(text: string): string {
  const [, sign = "", whole = "", decimals = ""] = /^(-?)0*(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  const rest = decimals.replace(/0+$/, "");
  const plain = `${whole || "0"}${rest && `.${rest}`}`;
  return plain === "0" ? plain : sign + plain;
}
