import { builtIns } from "./built-ins.ts";
import { anyOf, anything, type Cell, type CellTest } from "./cell.ts";
import { Compiler } from "./compiler.ts";
import type { Compiled, Frame, Scope, Vocabulary } from "./frame.ts";
import { KnownNames } from "./names.ts";
import { parseExpression, parseTests } from "./parse.ts";
import { SyntaxFault } from "./scanner.ts";
import { builtInType } from "./type.ts";

export type { Compiled, Frame, Scope, Vocabulary };

export const plainVocabulary: Vocabulary = { type: builtInType, components: [] };

const builtInNames = [...builtIns.keys()];
const propertyNames = ["time offset", "start included", "end included"];

/** What is known everywhere in a model, and in each of its scopes: gathered once, since the cells of a table share theirs. */
const ofModels = new WeakMap<readonly string[], KnownNames>();
const ofScopes = new WeakMap<Scope, Map<KnownNames, KnownNames>>();

function knownNames(scope: Scope | undefined, { components }: Vocabulary): KnownNames {
  let base = ofModels.get(components);
  if (!base) ofModels.set(components, (base = new KnownNames([...builtInNames, ...propertyNames, ...components])));
  return scope ? inScope(scope, base) : base;
}

function inScope(scope: Scope, base: KnownNames): KnownNames {
  const known = ofScopes.get(scope)?.get(base);
  if (known) return known;
  const names = new KnownNames(scope.names ?? [], scope.parent ? inScope(scope.parent, base) : base);
  ofScopes.set(scope, (ofScopes.get(scope) ?? new Map<KnownNames, KnownNames>()).set(base, names));
  return names;
}

/** Compiles an expression to a closure. Text that is not FEEL compiles to null with a report, so that one bad cell stays one. */
export function compileExpression(source: string, scope: Scope | undefined, vocabulary: Vocabulary): Compiled {
  return guarded(source, vocabulary, () => {
    const compiler = new Compiler(vocabulary, source);
    const compiled = compiler.node(parseExpression(source, knownNames(scope, vocabulary)), scope);
    return compiler.paid(compiled, 0);
  });
}

/** A chain of thousands of operators ends the stack; that is the text's fault like any other. */
function syntaxFault(fault: unknown): SyntaxFault {
  if (fault instanceof RangeError) return new SyntaxFault("longer or deeper than can be read", 0);
  if (fault instanceof SyntaxFault) return fault;
  throw fault;
}

function guarded<Result>(source: string, vocabulary: Vocabulary, compile: () => Result): Result | Compiled {
  if (source.length > 100_000) return ({ run }) => run.report("too-long", "an expression is longer than it may be");
  try {
    return compile();
  } catch (fault) {
    const { message, position } = syntaxFault(fault);
    vocabulary.fault?.(message, source, position);
    return ({ run }) => run.report("syntax", message, position);
  }
}

/** Compiles a table's cell. `scope` is the one that holds `?`; a cell of constants needs no frame of it. */
export function compileCell(source: string, scope: Scope, vocabulary: Vocabulary): Cell {
  const cell = guarded(source, vocabulary, (): Cell => {
    const tests = parseTests(source, knownNames(scope, vocabulary));
    if (tests.kind === "any") return anything;
    const compiler = new Compiler(vocabulary, source);
    const compiled = tests.tests.map((test) => compiler.test(test, scope));
    const needsFrame = compiled.some((test) => test.needsFrame);
    const test = needsFrame ? compiler.paidTest(anyOf(compiled)) : anyOf(compiled);
    return { test: tests.negated ? negated(test) : test, needsFrame };
  });
  if (typeof cell !== "function") return cell;
  return {
    needsFrame: true,
    test: (_, frame) => cell(frame) === true,
  };
}

function negated(test: CellTest): CellTest {
  return (value, frame) => {
    const answer = test(value, frame);
    return answer === null ? null : !answer;
  };
}

/** The same as a closure over a frame of the scope `["?"]`: true, false or null. */
export function compileTests(source: string, scope: Scope, vocabulary: Vocabulary): Compiled {
  const { test } = compileCell(source, scope, vocabulary);
  return (frame) => test(frame.values[0]!, frame);
}
