/** Why a text cannot be read member by member. */
export type JsonFault = "not-json" | "too-deep" | "name-repeated";

/** Thrown inside the scanner only; `keepFields` and `fieldNames` make it a value. */
export class JsonScanError extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Deeper nesting is refused: nobody's record needs it, and a parser further on may not survive it. */
export const maxDepth = 128;

/** One member of an object, as offsets into the text; the name is decoded. */
export interface MemberSpan {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Skips white space from `at`. */
export function skipSpace(text: string, at: number): number {
  let next = at;
  for (;;) {
    const code = text.charCodeAt(next);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return next;
    next += 1;
  }
}

/**
 * The end of the value that starts at `at` (RFC 8259, exactly what `JSON.parse` takes). Values are never converted, so
 * whatever is copied by these offsets keeps every digit and every escape.
 */
export function skipValue(text: string, at: number, depth: number): number {
  switch (text[at]) {
    case "{":
      return skipContainer(text, at, depth, "}");
    case "[":
      return skipContainer(text, at, depth, "]");
    case '"':
      return skipString(text, at);
    case "t":
      return skipWord(text, at, "true");
    case "f":
      return skipWord(text, at, "false");
    case "n":
      return skipWord(text, at, "null");
    default: {
      number.lastIndex = at;
      if (!number.test(text)) throw new JsonScanError("not-json");
      return number.lastIndex;
    }
  }
}

function skipWord(text: string, at: number, word: string): number {
  if (!text.startsWith(word, at)) throw new JsonScanError("not-json");
  return at + word.length;
}

/** What a string is not plain for: a quote, a backslash, a control character. */
const special = /[^ !#-[\]-\uffff]/g;
/** From so many characters on a string is searched for what ends it: that begins slowly and goes on fast. */
const longString = 64;

function skipString(text: string, at: number): number {
  const { length } = text;
  let plain = 0;
  for (let next = at + 1; next < length; next += 1) {
    if ((plain += 1) > longString) {
      special.lastIndex = next;
      if (!special.test(text)) break;
      next = special.lastIndex - 1;
    }
    const code = text.charCodeAt(next);
    if (code === quote) return next + 1;
    if (code < 0x20) break;
    if (code !== backslash) continue;
    plain = 0;
    next += 1;
    const escaped = text[next];
    if (escaped === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(next + 1, next + 5))) next += 4;
    else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped)) break;
  }
  throw new JsonScanError("not-json");
}

function skipContainer(text: string, at: number, depth: number, close: "}" | "]"): number {
  if (depth >= maxDepth) throw new JsonScanError("too-deep");
  let next = skipSpace(text, at + 1);
  if (text[next] === close) return next + 1;
  for (;;) {
    if (close === "}") next = afterName(text, next);
    next = skipSpace(text, skipValue(text, next, depth + 1));
    if (text[next] === close) return next + 1;
    if (text.charCodeAt(next) !== comma) throw new JsonScanError("not-json");
    next = skipSpace(text, next + 1);
  }
}

/** From a member's name to where its value starts. */
function afterName(text: string, at: number): number {
  if (text.charCodeAt(at) !== quote) throw new JsonScanError("not-json");
  return afterColon(text, skipString(text, at));
}

/** A name between its quotes, unescaped. */
function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
}

function afterColon(text: string, at: number): number {
  const colon = skipSpace(text, at);
  if (text[colon] !== ":") throw new JsonScanError("not-json");
  return skipSpace(text, colon + 1);
}

/**
 * The members of the object that starts at `at`. A name that is there twice is refused, in whatever escapes it is
 * written: of two members of one name some parsers keep the first and some the last.
 */
export function membersOf(text: string, at: number, depth: number): { members: readonly MemberSpan[]; end: number } {
  if (depth >= maxDepth) throw new JsonScanError("too-deep");
  const members: MemberSpan[] = [];
  const names = new Set<string>();
  let next = skipSpace(text, at + 1);
  if (text[next] === "}") return { members, end: next + 1 };
  for (;;) {
    const start = next;
    if (text.charCodeAt(start) !== quote) throw new JsonScanError("not-json");
    const nameEnd = skipString(text, start);
    const valueStart = afterColon(text, nameEnd);
    const name = nameOf(text, start, nameEnd);
    if (names.has(name)) throw new JsonScanError("name-repeated");
    names.add(name);
    const end = skipValue(text, valueStart, depth + 1);
    members.push({ name, start, valueStart, end });
    next = skipSpace(text, end);
    if (text[next] === "}") return { members, end: next + 1 };
    if (text.charCodeAt(next) !== comma) throw new JsonScanError("not-json");
    next = skipSpace(text, next + 1);
  }
}

/** Calls `visit` with the start of each element of the array at `at`; it returns the element's end. */
export function eachElement(text: string, at: number, depth: number, visit: (start: number) => number): number {
  if (depth >= maxDepth) throw new JsonScanError("too-deep");
  let next = skipSpace(text, at + 1);
  if (text[next] === "]") return next + 1;
  for (;;) {
    next = skipSpace(text, visit(next));
    if (text[next] === "]") return next + 1;
    if (text.charCodeAt(next) !== comma) throw new JsonScanError("not-json");
    next = skipSpace(text, next + 1);
  }
}
