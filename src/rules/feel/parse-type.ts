import { KnownNames, normaliseName } from "./names.ts";
import type { Scanner } from "./scanner.ts";
import type { TypeNode } from "./syntax.ts";
import { builtInTypeNames } from "./type.ts";

const builtIn = new KnownNames(builtInTypeNames);

/** Reads a type after `instance of` or a parameter's colon. Item definitions with blanks in their names must be known. */
export function parseType(scan: Scanner, names: KnownNames): TypeNode {
  if (generic(scan, "list")) return closed(scan, { kind: "list", of: parseType(scan, names) });
  if (generic(scan, "range")) return closed(scan, { kind: "range", of: parseType(scan, names) });
  if (generic(scan, "context")) {
    const members: { name: string; type: TypeNode }[] = [];
    do {
      const name = scan.pattern(/[^,:<>"]+/uy)?.[0];
      if (name === undefined) throw scan.fault("a name is expected");
      scan.expect(":");
      members.push({ name: normaliseName(name), type: parseType(scan, names) });
    } while (scan.take(","));
    return closed(scan, { kind: "context", members });
  }
  if (generic(scan, "function")) {
    const parameters: TypeNode[] = [];
    if (!scan.take(">")) {
      do parameters.push(parseType(scan, names));
      while (scan.take(","));
      scan.expect(">");
    }
    scan.expect("->");
    return { kind: "function", parameters, result: parseType(scan, names) };
  }
  return { kind: "named", name: typeName(scan, names) };
}

function generic(scan: Scanner, word: string): boolean {
  const start = scan.position;
  if (scan.word(word) && scan.take("<")) return true;
  scan.position = start;
  return false;
}

function closed<Type extends TypeNode>(scan: Scanner, type: Type): Type {
  scan.expect(">");
  return type;
}

function typeName(scan: Scanner, names: KnownNames): string {
  scan.space();
  const known = builtIn.match(scan.source, scan.position) ?? names.match(scan.source, scan.position);
  if (known) {
    scan.position = known.end;
    return known.name;
  }
  const first = scan.identifier();
  if (first === undefined) throw scan.fault("a type is expected");
  let name = first;
  while (scan.peek() === "." && scan.peek(2) !== "..") {
    scan.expect(".");
    name += `.${typeName(scan, names)}`;
  }
  return name;
}
