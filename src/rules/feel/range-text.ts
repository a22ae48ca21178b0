import { parseExpression } from "./parse.ts";
import { KnownNames } from "./names.ts";
import { order } from "./operate.ts";
import type { Run } from "./run.ts";
import { SyntaxFault } from "./scanner.ts";
import type { Node } from "./syntax.ts";
import { parseTemporal, parseDate, parseDateTime, parseDuration, parseTime } from "./temporal.ts";
import { parseNumber, type FeelValue } from "./value.ts";

const names = new KnownNames(["date and time"]);

/** `range(from)`: an interval written with literal ends, as `range("[1..3)")`; nothing is computed. */
export function compileRangeText(text: string, run: Run): FeelValue | undefined {
  const shape = /^\s*([[(\]])([^]*)\.\.([^]*)([\])[])\s*$/.exec(text);
  if (!shape) return undefined;
  const [low, high] = [literal(shape[2]!), literal(shape[3]!)];
  if (low === undefined || high === undefined || (low === null && high === null)) return undefined;
  const [lowClosed, highClosed] = [shape[1] === "[", shape[4] === "]"];
  if ((low === null && lowClosed) || (high === null && highClosed)) return undefined;
  if (low !== null && high !== null) {
    const direction = order(low, high);
    if (direction === undefined || direction > 0) return run.report("bad-range", "the ends have no order");
  }
  const form = low === null ? (highClosed ? "<=" : "<") : high === null ? (lowClosed ? ">=" : ">") : undefined;
  return { kind: "range", low, high, lowClosed, highClosed, ...(form ? { form } : {}) };
}

/** A literal end; null where nothing is written. */
function literal(text: string): FeelValue | undefined {
  if (text.trim() === "") return null;
  try {
    return constant(parseExpression(text, names));
  } catch (fault) {
    if (fault instanceof SyntaxFault) return undefined;
    throw fault;
  }
}

function constant(node: Node): FeelValue | undefined {
  if (node.kind === "literal") {
    if (node.of === "string") return node.text;
    return node.of === "number" ? parseNumber(node.text) : parseTemporal(node.text);
  }
  if (node.kind === "negate" && node.operand.kind === "literal" && node.operand.of === "number") {
    return parseNumber(`-${node.operand.text}`);
  }
  if (node.kind !== "call" || node.callee.kind !== "name" || node.args.length !== 1) return undefined;
  const argument = node.args[0]!.value;
  if (argument.kind !== "literal" || argument.of !== "string") return undefined;
  const readers: Readonly<Record<string, (text: string) => FeelValue | undefined>> = {
    date: parseDate,
    time: parseTime,
    "date and time": parseDateTime,
    duration: parseDuration,
  };
  return Object.hasOwn(readers, node.callee.name) ? readers[node.callee.name]!(argument.text) : undefined;
}
