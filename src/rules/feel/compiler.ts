import { longestText } from "./built-in/strings.ts";
import { builtIns } from "./built-ins.ts";
import { anyOf, constantRayTest, constantTest, rayTest, uses, type Cell, type CellTest } from "./cell.ts";
import { compareWith, makeRange, matches, ray } from "./compare.ts";
import { callExternal } from "./external.ts";
import { filter } from "./filter.ts";
import { isShadowed, lookUp, type Compiled, type Scope, type Vocabulary } from "./frame.ts";
import { call, callNamed } from "./invoke.ts";
import { iterate } from "./iterate.ts";
import { arithmetic, kleene, negate } from "./operate.ts";
import { property } from "./property.ts";
import { Exhausted, Run } from "./run.ts";
import { SyntaxFault } from "./scanner.ts";
import type { Node, TypeNode } from "./syntax.ts";
import { parseTemporal } from "./temporal.ts";
import { anyType, conforms, type FeelType } from "./type.ts";
import { asInteger, kindOf, parseNumber, type FeelFunction, type FeelValue } from "./value.ts";

/** Closures that answer the same value always. */
const constants = new WeakMap<Compiled, { readonly value: FeelValue }>();

function constant(value: FeelValue): Compiled {
  const compiled: Compiled = () => value;
  constants.set(compiled, { value });
  return compiled;
}

/**
 * Makes closures of a syntax tree. An expression pays for its size once when it is evaluated; what runs more than once (bodies of
 * loops, filters and functions) pays for itself each time. Parts that depend on nothing are computed here, if they have a value
 * without a report.
 */
export class Compiler {
  readonly #vocabulary: Vocabulary;
  readonly #source: string;
  /** Nodes compiled so far. */
  #size = 0;
  readonly #constantNodes: WeakMap<Node, boolean> = new WeakMap();

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
    this.#size += 1;
    const compiled = this.#kind(node, scope);
    return this.#isConstant(node, scope) ? folded(compiled) : compiled;
  }

  /** Whether nothing in the node can change. Calls are, of functions that read texts and nothing else. */
  #isConstant(node: Node, scope: Scope | undefined): boolean {
    const known = this.#constantNodes.get(node);
    if (known !== undefined) return known;
    const all = (parts: readonly Node[]) => parts.every((part) => this.#isConstant(part, scope));
    let answer = false;
    if (node.kind === "literal" || node.kind === "constant") answer = true;
    else if (node.kind === "negate" || node.kind === "ray") answer = all([node.operand]);
    else if (node.kind === "arithmetic") answer = all([node.left, node.right]);
    else if (node.kind === "range") answer = all([node.low, node.high]);
    else if (node.kind === "list") answer = all(node.items);
    else if (node.kind === "call" && node.callee.kind === "name" && readers.has(node.callee.name))
      answer = !isShadowed(node.callee.name, scope) && all(node.args.map(({ value }) => value));
    this.#constantNodes.set(node, answer);
    return answer;
  }

  /** Makes a closure pay for the nodes compiled since the count was `before`. */
  paid(compiled: Compiled, before: number): Compiled {
    const cost = this.#size - before;
    if (constants.has(compiled)) return compiled;
    return (frame) => {
      frame.run.spend(cost);
      return compiled(frame);
    };
  }

  paidTest(test: CellTest): CellTest {
    const cost = this.#size;
    return (value, frame) => {
      frame.run.spend(cost);
      return test(value, frame);
    };
  }

  #kind(node: Node, scope: Scope | undefined): Compiled {
    const { at } = node;
    switch (node.kind) {
      case "literal":
        return literal(node);
      case "constant":
        return constant(node.value);
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
          const a = left(frame);
          const b = right(frame);
          if (typeof a === "string" && typeof b === "string") {
            frame.run.spend((a.length + b.length) >> 4);
            if (a.length + b.length > longestText) return frame.run.report("too-long", "the text grows too long", at);
          }
          if (node.operator === "**") frame.run.spend(powerCost(b));
          const value = arithmetic(node.operator, a, b);
          return (
            value ?? frame.run.report("wrong-operand", `${kindOf(a)} ${node.operator} ${kindOf(b)} has no value`, at)
          );
        };
      }
      case "logic": {
        const [left, right] = [this.node(node.left, scope), this.node(node.right, scope)];
        const decisive = node.operator === "or";
        return (frame) => {
          const first = left(frame);
          return first === decisive ? first : kleene(decisive, first, right(frame), frame.run);
        };
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
          if (above === false) return false;
          return kleene(false, above, compareWith("<=", v, high!(frame), frame.run, at), frame.run);
        };
      }
      case "in": {
        const value = this.node(node.value, scope);
        const test = anyOf(node.tests.map((part) => this.test(part, { names: ["?"], parent: scope })));
        return (frame) => {
          const v = value(frame);
          const answer = test(v, { values: [v], parent: frame, run: frame.run });
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
  test(node: Node, scope: Scope): Cell {
    if (node.kind === "ray") {
      const operand = this.node(node.operand, scope);
      const fixed = constants.get(operand);
      return fixed
        ? { test: constantRayTest(node.operator, fixed.value), needsFrame: false }
        : { test: rayTest(node.operator, operand, node.at), needsFrame: true };
    }
    const compiled = this.node(node, scope);
    const fixed = constants.get(compiled);
    if (fixed) return { test: constantTest(fixed.value), needsFrame: false };
    const test: CellTest = uses(node, "?")
      ? (value, frame) => {
          const answer = compiled(frame);
          return typeof answer === "boolean" || answer === null ? answer : matches(value, answer);
        }
      : (value, frame) => matches(value, compiled(frame));
    return { test, needsFrame: true };
  }

  #name(name: string, scope: Scope | undefined, at: number): Compiled {
    return lookUp(name, scope, (dynamic) => {
      const builtIn = builtIns.get(name);
      if (builtIn) return constant(builtIn);
      if (!dynamic) {
        this.#vocabulary.fault?.(`nothing here is called ${name}`, this.#source, at);
        this.#vocabulary.unknown?.(name);
      }
      return ({ run }) => run.report("unknown-name", `nothing here is called ${name}`, at);
    });
  }

  #filter(node: Extract<Node, { kind: "filter" }>, scope: Scope | undefined): Compiled {
    const from = this.node(node.from, scope);
    const before = this.#size;
    const by = this.paid(this.node(node.by, { names: undefined, parent: scope }), before);
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
    const before = this.#size;
    const body = this.paid(this.node(node.body, inner), before);
    const usesPartial = node.kind === "for" && uses(node.body, "partial");
    return (frame) => iterate(node, steps, body, frame, usesPartial);
  }

  #function(node: Extract<Node, { kind: "function" }>, scope: Scope | undefined): Compiled {
    const parameters = node.parameters.map(({ name, type }) => ({ name, type: type ? this.type(type) : anyType }));
    const names = parameters.map(({ name }) => name);
    const before = this.#size;
    const body = this.paid(this.node(node.body, node.external ? scope : { names, parent: scope }), before);
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

/** A power with a small whole exponent is a few products; any other takes logarithms, about 400 times a product. */
function powerCost(exponent: FeelValue): number {
  const whole = asInteger(exponent);
  return whole !== undefined && Math.abs(whole) < 100 ? 10 : 400;
}

/** Built-in functions that only read their arguments, so that they may run when the model is compiled. */
const readers: ReadonlySet<string> = new Set(["date", "time", "date and time", "duration"]);

/** Computes a closure that depends on nothing; one that has no value stays, to say so when it is evaluated. */
function folded(compiled: Compiled): Compiled {
  if (constants.has(compiled)) return compiled;
  const run = new Run(undefined, { steps: 10_000, depth: 10 });
  try {
    const value = compiled({ values: [], parent: undefined, run });
    return run.messages.length === 0 ? constant(value) : compiled;
  } catch (fault) {
    if (fault instanceof Exhausted) return compiled;
    throw fault;
  }
}

function literal(node: Extract<Node, { kind: "literal" }>): Compiled {
  if (node.of === "string") return constant(node.text);
  const value = (node.of === "number" ? parseNumber(node.text) : parseTemporal(node.text)) ?? null;
  if (value !== null) return constant(value);
  return ({ run }) => run.report("bad-literal", "the literal has no value", node.at);
}
