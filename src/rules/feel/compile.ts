import { builtIns } from "./built-ins.ts";
import { compareWith, makeRange, matches, ray } from "./compare.ts";
import { callExternal } from "./external.ts";
import { filter } from "./filter.ts";
import { call, callNamed } from "./invoke.ts";
import { iterate } from "./iterate.ts";
import { KnownNames } from "./names.ts";
import { arithmetic, equal, kleene, negate, order } from "./operate.ts";
import { parseExpression, parseTests } from "./parse.ts";
import { property } from "./property.ts";
import type { Run } from "./run.ts";
import { SyntaxFault } from "./scanner.ts";
import type { Node, TypeNode } from "./syntax.ts";
import { parseTemporal } from "./temporal.ts";
import { anyType, builtInType, conforms, type FeelType } from "./type.ts";
import { isContext, kindOf, parseNumber, type FeelFunction, type FeelValue } from "./value.ts";

/** Variables at run time: one array per scope, linked outwards. */
export interface Frame {
  readonly values: FeelValue[];
  readonly parent: Frame | undefined;
  readonly run: Run;
}
export type Compiled = (frame: Frame) => FeelValue;

/** One scope at compile time. `names: undefined` is a filter's scope, whose names are the keys of the element at hand. */
export interface Scope {
  readonly names: readonly string[] | undefined;
  readonly parent: Scope | undefined;
}

/** What expressions of one model may refer to. */
export interface Vocabulary {
  /** Types of item definitions by name, `import.name` included. */
  readonly type: (name: string) => FeelType | undefined;
  /** Names with blanks or operators that may follow a dot or be keys of contexts. */
  readonly components: readonly string[];
  /** Told of texts that are not FEEL and of names that nothing has, when they are compiled. */
  readonly fault?: (text: string, source: string, position: number) => void;
}

export const plainVocabulary: Vocabulary = { type: builtInType, components: [] };

/** In UTF-16 units; keeps an expression from doubling a text until memory ends. */
const longestText = 1_000_000;

const builtInNames = [...builtIns.keys()];
const propertyNames = ["time offset", "start included", "end included"];

function knownNames(scope: Scope | undefined, vocabulary: Vocabulary): KnownNames {
  const names = new KnownNames([...builtInNames, ...propertyNames, ...vocabulary.components]);
  for (let at = scope; at; at = at.parent) names.add(at.names ?? []);
  return names;
}

/** Compiles an expression to a closure. Text that is not FEEL compiles to null with a report, so that one bad cell stays one. */
export function compileExpression(source: string, scope: Scope | undefined, vocabulary: Vocabulary): Compiled {
  return guarded(source, vocabulary, () =>
    new Compiler(vocabulary, source).node(parseExpression(source, knownNames(scope, vocabulary)), scope),
  );
}

function guarded(source: string, vocabulary: Vocabulary, compile: () => Compiled): Compiled {
  if (source.length > 100_000) return ({ run }) => run.report("too-long", "an expression is longer than it may be");
  try {
    return compile();
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    vocabulary.fault?.(fault.message, source, fault.position);
    return ({ run }) => run.report("syntax", fault.message, fault.position);
  }
}

/** Compiles a table's cell: tests of the value that the frame holds in a scope `["?"]`, true, false or null. */
export function compileTests(source: string, scope: Scope, vocabulary: Vocabulary): Compiled {
  return guarded(source, vocabulary, () => {
    const tests = parseTests(source, knownNames(scope, vocabulary));
    if (tests.kind === "any") return () => true;
    const compiler = new Compiler(vocabulary, source);
    const compiled = tests.tests.map((test) => compiler.test(test, scope));
    return (frame) => {
      const value = frame.values[0]!;
      const answer = anyOf(compiled, frame, value);
      return tests.negated ? (answer === null ? null : !answer) : answer;
    };
  });
}

type Test = (frame: Frame, value: FeelValue) => boolean | null;

function anyOf(tests: readonly Test[], frame: Frame, value: FeelValue): boolean | null {
  let unknown = false;
  for (const test of tests) {
    const answer = test(frame, value);
    if (answer === true) return true;
    unknown ||= answer === null;
  }
  return unknown ? null : false;
}

function uses(node: unknown, name: string): boolean {
  if (node === null || typeof node !== "object") return false;
  if ("kind" in node && node.kind === "name" && "name" in node && node.name === name) return true;
  return Object.values(node).some((part) => uses(part, name));
}

class Compiler {
  readonly #vocabulary: Vocabulary;
  readonly #source: string;

  constructor(vocabulary: Vocabulary, source: string) {
    this.#vocabulary = vocabulary;
    this.#source = source;
  }

  type(node: TypeNode): FeelType {
    switch (node.kind) {
      case "named": {
        const type = this.#vocabulary.type(node.name);
        if (!type) throw new SyntaxFault(`no type is called ${node.name}`, 0);
        return type;
      }
      case "list":
        return { kind: "list", item: this.type(node.of) };
      case "range":
        return { kind: "range", of: this.type(node.of) };
      case "context":
        return { kind: "context", members: new Map(node.members.map(({ name, type }) => [name, this.type(type)])) };
      default:
        return {
          kind: "function",
          parameters: node.parameters.map((parameter) => this.type(parameter)),
          result: this.type(node.result),
        };
    }
  }

  node(node: Node, scope: Scope | undefined): Compiled {
    const inner = this.#kind(node, scope);
    return (frame) => {
      frame.run.spend();
      return inner(frame);
    };
  }

  #kind(node: Node, scope: Scope | undefined): Compiled {
    const { at } = node;
    switch (node.kind) {
      case "literal":
        return literal(node);
      case "constant":
        return () => node.value;
      case "name":
        return this.#name(node.name, scope, at);
      case "path": {
        const from = this.node(node.from, scope);
        return (frame) => property(from(frame), node.name, frame.run, at);
      }
      case "filter":
        return this.#filter(node, scope);
      case "call":
        return this.#call(node, scope);
      case "negate": {
        const operand = this.node(node.operand, scope);
        return (frame) => {
          const value = operand(frame);
          return negate(value) ?? frame.run.report("wrong-operand", `a ${kindOf(value)} has no opposite`, at);
        };
      }
      case "arithmetic": {
        const [left, right] = [this.node(node.left, scope), this.node(node.right, scope)];
        return (frame) => {
          const [a, b] = [left(frame), right(frame)];
          if (typeof a === "string" && typeof b === "string") {
            frame.run.spend((a.length + b.length) >> 4);
            if (a.length + b.length > longestText) return frame.run.report("too-long", "the text grows too long", at);
          }
          const value = arithmetic(node.operator, a, b);
          return (
            value ?? frame.run.report("wrong-operand", `${kindOf(a)} ${node.operator} ${kindOf(b)} has no value`, at)
          );
        };
      }
      case "logic": {
        const [left, right] = [this.node(node.left, scope), this.node(node.right, scope)];
        const decisive = node.operator === "or";
        return (frame) => kleene(decisive, left(frame), () => right(frame), frame.run);
      }
      case "compare": {
        const [left, right] = [this.node(node.left, scope), this.node(node.right, scope)];
        return (frame) => compareWith(node.operator, left(frame), right(frame), frame.run, at);
      }
      case "between": {
        const [value, low, high] = [node.value, node.low, node.high].map((part) => this.node(part, scope));
        return (frame) => {
          const v = value!(frame);
          const above = compareWith(">=", v, low!(frame), frame.run, at);
          return kleene(false, above, () => compareWith("<=", v, high!(frame), frame.run, at), frame.run);
        };
      }
      case "in": {
        const value = this.node(node.value, scope);
        const tests = node.tests.map((test) => this.test(test, { names: ["?"], parent: scope }));
        return (frame) => {
          const v = value(frame);
          const answer = anyOf(tests, { values: [v], parent: frame, run: frame.run }, v);
          return answer ?? frame.run.report("not-comparable", "the value cannot be tested", at);
        };
      }
      case "if": {
        const [test, yes, no] = [node.test, node.yes, node.no].map((part) => this.node(part, scope));
        return (frame) => {
          const answer = test!(frame);
          if (answer !== null && typeof answer !== "boolean")
            frame.run.report("not-boolean", "if needs true or false", at);
          return answer === true ? yes!(frame) : no!(frame);
        };
      }
      case "for":
      case "quantified":
        return this.#iteration(node, scope);
      case "function":
        return this.#function(node, scope);
      case "list": {
        const items = node.items.map((item) => this.node(item, scope));
        return (frame) => items.map((item) => item(frame));
      }
      case "context":
        return this.#context(node, scope);
      case "range": {
        const [low, high] = [this.node(node.low, scope), this.node(node.high, scope)];
        return (frame) => makeRange(low(frame), high(frame), node.lowClosed, node.highClosed, frame.run, at);
      }
      case "ray": {
        const operand = this.node(node.operand, scope);
        return (frame) => ray(node.operator, operand(frame), frame.run, at);
      }
      default: {
        const value = this.node(node.value, scope);
        const type = this.type(node.type);
        return (frame) => conforms(value(frame), type, frame.run, "instance");
      }
    }
  }

  /** A test of the value in the nearest scope `["?"]`. */
  test(node: Node, scope: Scope): Test {
    if (node.kind === "ray") {
      const operand = this.node(node.operand, scope);
      return (frame, value) => {
        const wanted = operand(frame);
        if (node.operator === "=" || node.operator === "!=") {
          const same = equal(value, wanted);
          return same === null ? same : same === (node.operator === "=");
        }
        const way = order(value, wanted);
        if (way === undefined) return null;
        return compareWith(node.operator, value, wanted, frame.run, node.at);
      };
    }
    const compiled = this.node(node, scope);
    if (uses(node, "?")) {
      return (frame, value) => {
        const answer = compiled(frame);
        return typeof answer === "boolean" || answer === null ? answer : matches(value, answer);
      };
    }
    return (frame, value) => matches(value, compiled(frame));
  }

  #name(name: string, scope: Scope | undefined, at: number): Compiled {
    const dynamic: number[] = [];
    let depth = 0;
    for (let here = scope; here; here = here.parent, depth += 1) {
      if (here.names === undefined) {
        dynamic.push(depth);
        if (name === "item") return itemOf(depth);
        continue;
      }
      const index = here.names.indexOf(name);
      if (index >= 0) return withDynamic(name, dynamic, fixed(depth, index));
    }
    const builtIn = builtIns.get(name);
    if (!builtIn && dynamic.length === 0) this.#vocabulary.fault?.(`nothing here is called ${name}`, this.#source, at);
    const fallback: Compiled = builtIn
      ? () => builtIn
      : ({ run }) => run.report("unknown-name", `nothing here is called ${name}`, at);
    return withDynamic(name, dynamic, fallback);
  }

  #filter(node: Extract<Node, { kind: "filter" }>, scope: Scope | undefined): Compiled {
    const from = this.node(node.from, scope);
    const by = this.node(node.by, { names: undefined, parent: scope });
    return (frame) =>
      filter(from(frame), (item) => by({ values: [item], parent: frame, run: frame.run }), frame.run, node.at);
  }

  #call(node: Extract<Node, { kind: "call" }>, scope: Scope | undefined): Compiled {
    const callee = this.node(node.callee, scope);
    const args = node.args.map(({ value }) => this.node(value, scope));
    const names = node.args.map(({ name }) => name);
    const named = names.some((name) => name !== undefined);
    if (named && (names.includes(undefined) || new Set(names).size < names.length)) {
      return ({ run }) => run.report("wrong-arguments", "arguments are all named, each once, or none is", node.at);
    }
    return (frame) => {
      const target = callee(frame);
      if (target === null || kindOf(target) !== "function") {
        return frame.run.report("not-a-function", `a ${kindOf(target)} cannot be called`, node.at);
      }
      const values = args.map((arg) => arg(frame));
      if (!named) return call(target as FeelFunction, values, frame.run);
      return callNamed(target as FeelFunction, new Map(names.map((name, index) => [name!, values[index]!])), frame.run);
    };
  }

  #iteration(node: Extract<Node, { kind: "for" | "quantified" }>, scope: Scope | undefined): Compiled {
    let inner: Scope | undefined = scope;
    const steps = node.iterators.map(({ name, from, to }) => {
      const step = { from: this.node(from, inner), to: to && this.node(to, inner) };
      inner = { names: node.kind === "for" ? [name, "partial"] : [name], parent: inner };
      return step;
    });
    const body = this.node(node.body, inner);
    const usesPartial = node.kind === "for" && uses(node.body, "partial");
    return (frame) => iterate(node, steps, body, frame, usesPartial);
  }

  #function(node: Extract<Node, { kind: "function" }>, scope: Scope | undefined): Compiled {
    const parameters = node.parameters.map(({ name, type }) => ({ name, type: type ? this.type(type) : anyType }));
    const names = parameters.map(({ name }) => name);
    const body = this.node(node.body, node.external ? scope : { names, parent: scope });
    return (frame) => ({
      kind: "function",
      name: "",
      parameters,
      call: (args, run) =>
        node.external ? callExternal(body(frame), args, run) : body({ values: [...args], parent: frame, run }),
    });
  }

  #context(node: Extract<Node, { kind: "context" }>, scope: Scope | undefined): Compiled {
    const keys = node.entries.map(({ key }) => key);
    if (new Set(keys).size < keys.length)
      return ({ run }) => run.report("duplicate-key", "a key stands twice", node.at);
    const entries = node.entries.map(({ value }, index) =>
      // a function sees its own entry, so that it can call itself
      this.node(value, { names: keys.slice(0, value.kind === "function" ? index + 1 : index), parent: scope }),
    );
    return (frame) => {
      const values: FeelValue[] = [];
      const inner = { values, parent: frame, run: frame.run };
      for (const entry of entries) values.push(entry(inner));
      return new Map(keys.map((key, index) => [key, values[index]!]));
    };
  }
}

function literal(node: Extract<Node, { kind: "literal" }>): Compiled {
  if (node.of === "string") return () => node.text;
  const value = (node.of === "number" ? parseNumber(node.text) : parseTemporal(node.text)) ?? null;
  if (value !== null) return () => value;
  return ({ run }) => run.report("bad-literal", "the literal has no value", node.at);
}

function frameAt(frame: Frame, depth: number): Frame {
  let at = frame;
  for (let left = depth; left > 0; left -= 1) at = at.parent!;
  return at;
}

function fixed(depth: number, index: number): Compiled {
  if (depth === 0) return (frame) => frame.values[index]!;
  if (depth === 1) return (frame) => frame.parent!.values[index]!;
  return (frame) => frameAt(frame, depth).values[index]!;
}

function itemOf(depth: number): Compiled {
  return (frame) => {
    const element = frameAt(frame, depth).values[0]!;
    return isContext(element) && element.has("item") ? element.get("item")! : element;
  };
}

/** Inside filters the keys of the element at hand win over outer names. */
function withDynamic(name: string, depths: readonly number[], otherwise: Compiled): Compiled {
  if (depths.length === 0) return otherwise;
  return (frame) => {
    for (const depth of depths) {
      const element = frameAt(frame, depth).values[0]!;
      if (isContext(element) && element.has(name)) return element.get(name)!;
    }
    return otherwise(frame);
  };
}
