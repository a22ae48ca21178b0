import type { Boxed } from "./dmn.ts";
import { compileTable } from "./compile-table.ts";
import { typeOf } from "./type-ref.ts";
import { compileExpression, type Compiled, type Frame, type Scope, type Vocabulary } from "./feel/compile.ts";
import { callExternal } from "./feel/external.ts";
import { callNamed } from "./feel/invoke.ts";
import { quantified, sourceOf } from "./feel/iterate.ts";
import { anyType, coerce, type FeelType } from "./feel/type.ts";
import { isList, kindOf, type FeelFunction, type FeelValue } from "./feel/value.ts";

/** Compiles a boxed expression (DMN 1.5 section 10.2) like the text it stands for. */
export function compileBoxed(boxed: Boxed, scope: Scope | undefined, vocabulary: Vocabulary): Compiled {
  const compiled = compileKind(boxed, scope, vocabulary);
  const type = typeOf(boxed.typeRef, vocabulary);
  if (!type || boxed.kind === "function") return compiled;
  return (frame) => coerce(compiled(frame), type, frame.run, "a result");
}

function compileKind(boxed: Boxed, scope: Scope | undefined, vocabulary: Vocabulary): Compiled {
  const inner = (part: Boxed, within: Scope | undefined = scope) => compileBoxed(part, within, vocabulary);
  switch (boxed.kind) {
    case "literal":
      return compileExpression(boxed.text, scope, vocabulary);
    case "table":
      return compileTable(boxed.table, scope, vocabulary);
    case "context":
      return compileContext(boxed, scope, vocabulary);
    case "invocation":
      return compileInvocation(boxed, scope, vocabulary);
    case "list": {
      const items = boxed.items.map((item) => inner(item));
      return (frame) => items.map((item) => item(frame));
    }
    case "relation": {
      const rows = boxed.rows.map((row) => row.map((cell) => inner(cell)));
      const types = boxed.types.map((type) => typeOf(type, vocabulary));
      return (frame) =>
        rows.map(
          (row) =>
            new Map(
              boxed.columns.map((column, index) => [
                column,
                coerce(row[index]?.(frame) ?? null, types[index], frame.run, column),
              ]),
            ),
        );
    }
    case "function":
      return compileFunction(boxed, scope, vocabulary);
    case "conditional": {
      const [test, yes, no] = [inner(boxed.test), inner(boxed.yes), inner(boxed.no)];
      return (frame) => {
        const answer = test(frame);
        if (answer !== null && typeof answer !== "boolean")
          return frame.run.report("not-boolean", "if needs true or false");
        return answer === true ? yes(frame) : no(frame);
      };
    }
    case "filter":
      return compileFilter(boxed, scope, vocabulary);
    default:
      return compileIteration(boxed, scope, vocabulary);
  }
}

function compileContext(
  boxed: Extract<Boxed, { kind: "context" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
): Compiled {
  const names: string[] = [];
  const entries = boxed.entries.map(({ name, typeRef, value }) => {
    // a function sees its own entry, so that it can call itself
    const seen = value.kind === "function" && name !== undefined ? [...names, name] : [...names];
    const compiled = compileBoxed(value, { names: seen, parent: scope }, vocabulary);
    if (name !== undefined) names.push(name);
    return { name, type: typeOf(typeRef, vocabulary), compiled };
  });
  return (frame) => {
    const values: FeelValue[] = [];
    const context = new Map<string, FeelValue>();
    const inner: Frame = { values, parent: frame, run: frame.run };
    for (const { name, type, compiled } of entries) {
      const value = coerce(compiled(inner), type, frame.run, name ?? "a result");
      if (name === undefined) return value;
      if (context.has(name)) return frame.run.report("duplicate-key", `the entry ${name} stands twice`);
      values.push(value);
      context.set(name, value);
    }
    return context;
  };
}

function compileInvocation(
  boxed: Extract<Boxed, { kind: "invocation" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
): Compiled {
  const callee = compileBoxed(boxed.callee, scope, vocabulary);
  const bindings = boxed.bindings.map(({ name, value }) => ({ name, value: compileBoxed(value, scope, vocabulary) }));
  return (frame) => {
    const target = callee(frame);
    if (target === null || kindOf(target) !== "function") {
      return frame.run.report("not-a-function", `a ${kindOf(target)} cannot be called`);
    }
    const args = new Map(bindings.map(({ name, value }) => [name, value(frame)]));
    return callNamed(target as FeelFunction, args, frame.run);
  };
}

/** A function whose body sees its parameters and the names around it. Java and PMML bodies are mappings, see `feel/external.ts`. */
export function compileFunction(
  boxed: Extract<Boxed, { kind: "function" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
  name: string = "",
  result?: FeelType,
): (frame: Frame) => FeelFunction {
  const parameters = boxed.parameters.map((one) => ({
    name: one.name,
    type: typeOf(one.typeRef, vocabulary) ?? anyType,
  }));
  const names = parameters.map((one) => one.name);
  const body = compileBoxed(boxed.body, boxed.external ? scope : { names, parent: scope }, vocabulary);
  return (frame) => ({
    kind: "function",
    name,
    parameters,
    ...(result ? { result } : {}),
    call: (args, run) =>
      boxed.external
        ? callExternal(new Map([[boxed.external, body(frame)]]), args, run)
        : body({ values: [...args], parent: frame, run }),
  });
}

/**
 * The logic of a business knowledge model. It may call itself by its name. Where it declares no parameters, the names that nothing
 * explains are its parameters: older models bind those of a table without declaring them.
 */
export function compileKnowledge(
  boxed: Extract<Boxed, { kind: "function" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
  name: string,
  result: FeelType | undefined,
): (frame: Frame) => FeelFunction {
  const around: Scope = { names: [name], parent: scope };
  const unknown = new Set<string>();
  if (boxed.parameters.length === 0 && !boxed.external)
    compileFunction(boxed, around, { ...vocabulary, fault: () => {}, unknown: (one) => unknown.add(one) });
  const parameters = unknown.size === 0 ? boxed.parameters : [...unknown].map((one) => ({ name: one }));
  const make = compileFunction({ ...boxed, parameters }, around, vocabulary, name, result);
  return (frame) => {
    const values: FeelValue[] = [];
    const made = make({ values, parent: frame, run: frame.run });
    values.push(made);
    return made;
  };
}

function compileFilter(
  boxed: Extract<Boxed, { kind: "filter" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
): Compiled {
  const from = compileBoxed(boxed.from, scope, vocabulary);
  const match = compileBoxed(boxed.match, { names: undefined, parent: scope }, vocabulary);
  return (frame) => {
    const { run } = frame;
    const list = from(frame);
    if (!isList(list)) return run.report("wrong-operand", "a filter needs a list");
    const kept: FeelValue[] = [];
    for (const item of list) {
      run.spend();
      const answer = match({ values: [item], parent: frame, run });
      if (typeof answer !== "boolean") return run.report("not-boolean", "a filter needs true or false");
      if (answer) kept.push(item);
    }
    return kept;
  };
}

function compileIteration(
  boxed: Extract<Boxed, { kind: "iteration" }>,
  scope: Scope | undefined,
  vocabulary: Vocabulary,
): Compiled {
  const from = compileBoxed(boxed.from, scope, vocabulary);
  const body = compileBoxed(boxed.body, { names: [boxed.variable, "partial"], parent: scope }, vocabulary);
  return (frame) => {
    const { run } = frame;
    const list = sourceOf(from(frame), undefined, frame);
    if (!list) return null;
    const results: FeelValue[] = [];
    for (const item of list) {
      run.spend(1 + (results.length >> 4));
      const value = body({ values: [item, [...results]], parent: frame, run });
      if (boxed.of !== "for" && typeof value !== "boolean")
        return run.report("not-boolean", `${boxed.of} needs true or false`);
      results.push(value);
    }
    return boxed.of === "for" ? results : quantified(results, boxed.of === "every", run);
  };
}
