import { KnownNames, normaliseName, reserved } from "./names.ts";
import { parseType } from "./parse-type.ts";
import { Scanner, SyntaxFault } from "./scanner.ts";
import { comparisons, type Argument, type Iterator, type Node, type Parameter, type Tests } from "./syntax.ts";

/**
 * FEEL's grammar (DMN 1.5 section 10.3.1.2) by recursive descent. Two traps are the standard's own: `**` groups to the left and
 * unary minus binds tighter than it. Throws `SyntaxFault` with a position.
 */
export function parseExpression(source: string, names: KnownNames): Node {
  const parser = new Parser(source, names);
  const node = parser.expression();
  parser.scan.end();
  return node;
}

/** Reads a decision table's cell. Empty text is `-`. */
export function parseTests(source: string, names: KnownNames): Tests {
  const parser = new Parser(source, names);
  const { scan } = parser;
  if (scan.atEnd()) return { kind: "any" };
  if (scan.take("-")) {
    if (scan.atEnd()) return { kind: "any" };
    scan.position -= 1;
  }
  const start = scan.position;
  if (scan.word("not") && scan.take("(")) {
    const tests = parser.list(")");
    if (scan.atEnd()) return { kind: "tests", negated: true, tests };
    scan.position = start; // `not(x) and y` is an expression
  } else {
    scan.position = start;
  }
  const tests = [parser.expression()];
  while (scan.take(",")) tests.push(parser.expression());
  scan.end();
  return { kind: "tests", negated: false, tests };
}

class Parser {
  readonly scan: Scanner;
  readonly #names: KnownNames;
  #depth = 0;
  #setbacks = 0;
  #inRange = false;

  constructor(source: string, names: KnownNames) {
    this.scan = new Scanner(source);
    this.#names = new KnownNames([], names);
  }

  expression(): Node {
    return this.#or();
  }

  /** Tries a reading; puts everything back when it does not fit. */
  #attempt<Value>(read: () => Value): Value | undefined {
    const { position } = this.scan;
    const depth = this.#depth;
    const inRange = this.#inRange;
    try {
      return read();
    } catch (fault) {
      if (!(fault instanceof SyntaxFault)) throw fault;
      this.#inRange = inRange;
      this.#setbacks += 1;
      if (this.#setbacks > 1000) throw this.scan.fault("too many ways to read this");
      this.scan.position = position;
      this.#depth = depth;
      return undefined;
    }
  }

  #withNames<Value>(names: readonly string[], read: () => Value): Value {
    this.#names.add(names);
    try {
      return read();
    } finally {
      this.#names.remove(names);
    }
  }

  list(close: string): Node[] {
    if (this.scan.take(close)) return [];
    return [this.expression(), ...this.#rest(close)];
  }

  #or(): Node {
    let left = this.#and();
    for (let at = this.scan.mark(); this.scan.word("or"); at = this.scan.mark()) {
      left = { kind: "logic", operator: "or", left, right: this.#and(), at };
    }
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    for (let at = this.scan.mark(); this.scan.word("and"); at = this.scan.mark()) {
      left = { kind: "logic", operator: "and", left, right: this.#comparison(), at };
    }
    return left;
  }

  #comparison(): Node {
    let left = this.#additive();
    for (;;) {
      const at = this.scan.mark();
      const operator = comparisons.find((candidate) => this.scan.take(candidate));
      if (operator) {
        left = { kind: "compare", operator, left, right: this.#additive(), at };
      } else if (this.scan.word("between")) {
        const low = this.#additive();
        this.scan.expectWord("and");
        left = { kind: "between", value: left, low, high: this.#additive(), at };
      } else if (this.scan.word("in")) {
        left = { kind: "in", value: left, tests: this.#inTests(), at };
      } else {
        return left;
      }
    }
  }

  #inTests(): readonly Node[] {
    if (this.scan.peek() === "(") {
      const tests = this.#attempt(() => {
        this.scan.expect("(");
        return this.list(")");
      });
      if (tests) return tests;
    }
    return [this.#additive()];
  }

  #additive(): Node {
    let left = this.#multiplicative();
    for (;;) {
      const at = this.scan.mark();
      const operator = this.scan.take("+") ? "+" : this.scan.take("-") ? "-" : undefined;
      if (!operator) return left;
      left = { kind: "arithmetic", operator, left, right: this.#multiplicative(), at };
    }
  }

  #multiplicative(): Node {
    let left = this.#power();
    for (;;) {
      const at = this.scan.mark();
      if (this.scan.peek(2) === "**") return left;
      const operator = this.scan.take("*") ? "*" : this.scan.take("/") ? "/" : undefined;
      if (!operator) return left;
      left = { kind: "arithmetic", operator, left, right: this.#power(), at };
    }
  }

  #power(): Node {
    let left = this.#unary();
    for (let at = this.scan.mark(); this.scan.take("**"); at = this.scan.mark()) {
      left = { kind: "arithmetic", operator: "**", left, right: this.#unary(), at };
    }
    return left;
  }

  /** A minus right before digits belongs to the literal (rule 37), so `-1 instance of number` asks of minus one. */
  #unary(): Node {
    const at = this.scan.mark();
    let minus = 0;
    while (this.scan.take("-")) minus += 1;
    if (minus > 1000) throw this.scan.fault("too many signs");
    const literal = minus > 0 ? this.scan.digits() : undefined;
    if (literal !== undefined) minus -= 1;
    let node = this.#postfix(
      literal === undefined ? undefined : { kind: "literal", of: "number", text: `-${literal}`, at },
    );
    for (; minus > 0; minus -= 1) node = { kind: "negate", operand: node, at };
    return node;
  }

  /** Everything that nests comes through here. */
  #postfix(literal?: Node): Node {
    this.#depth += 1;
    if (this.#depth > 200) throw this.scan.fault("nested too deeply");
    const node = this.#postfixes(literal ?? this.#operand());
    this.#depth -= 1;
    return node;
  }

  #postfixes(first: Node): Node {
    let node = first;
    for (;;) {
      const at = this.scan.mark();
      if (this.scan.peek() === "." && this.scan.peek(2) !== "..") {
        this.scan.expect(".");
        node = { kind: "path", from: node, name: this.#name(), at };
      } else if (this.scan.peek() === "[") {
        const from = node;
        const read = () => {
          this.scan.expect("[");
          const by = this.#withNames(["item"], () => this.expression());
          this.scan.expect("]");
          return { kind: "filter", from, by, at } as const;
        };
        const filter = this.#inRange ? this.#attempt(read) : read();
        if (!filter) return node;
        node = filter;
      } else if (this.scan.peek() === "(") {
        node = { kind: "call", callee: node, args: this.#args(), at };
      } else if (this.scan.words("instance", "of")) {
        node = { kind: "instance", value: node, type: parseType(this.scan, this.#names), at };
      } else {
        return node;
      }
    }
  }

  #args(): Argument[] {
    const args: Argument[] = [];
    this.scan.expect("(");
    if (this.scan.take(")")) return args;
    do {
      const name = this.scan.pattern(/([^()[\]{},:"<>=@]+):/uy)?.[1];
      args.push({ ...(name === undefined ? {} : { name: normaliseName(name) }), value: this.expression() });
    } while (this.scan.take(","));
    this.scan.expect(")");
    return args;
  }

  #name(): string {
    this.scan.space();
    const known = this.#names.match(this.scan.source, this.scan.position);
    if (known) {
      this.scan.position = known.end;
      return known.name;
    }
    const name = this.scan.identifier();
    if (name === undefined) throw this.scan.fault("a name is expected");
    return name;
  }

  #operand(): Node {
    const at = this.scan.mark();
    const number = this.scan.digits();
    if (number !== undefined) return { kind: "literal", of: "number", text: number, at };
    const text = this.scan.string();
    if (text !== undefined) return { kind: "literal", of: "string", text, at };
    if (this.scan.take("@")) {
      const literal = this.scan.string();
      if (literal === undefined) throw this.scan.fault("@ is followed by a string");
      return { kind: "literal", of: "at", text: literal, at };
    }
    const next = this.scan.peek();
    if (next === "(" || next === "[" || next === "]") return this.#bracket(at);
    if (next === "{") return this.#context(at);
    const operator = comparisons.find((candidate) => this.scan.take(candidate));
    if (operator) return { kind: "ray", operator, operand: this.#additive(), at };
    return this.#word(at);
  }

  #word(at: number): Node {
    const known = this.#names.match(this.scan.source, this.scan.position);
    if (known) {
      this.scan.position = known.end;
      return { kind: "name", name: known.name, at };
    }
    if (this.scan.word("if")) return this.#if(at);
    if (this.scan.word("for")) return this.#for(at);
    if (this.scan.word("some")) return this.#quantified(at, false);
    if (this.scan.word("every")) return this.#quantified(at, true);
    if (this.scan.word("function")) return this.#function(at);
    if (this.scan.word("true")) return { kind: "constant", value: true, at };
    if (this.scan.word("false")) return { kind: "constant", value: false, at };
    if (this.scan.word("null")) return { kind: "constant", value: null, at };
    const name = this.scan.identifier();
    if (name === undefined || reserved.has(name)) {
      this.scan.position = at;
      throw this.scan.fault("an expression is expected");
    }
    return { kind: "name", name, at };
  }

  /** `( … )`, `[ … ]` and the ranges that begin like them; read once, since trying both would double with every level. */
  #bracket(at: number): Node {
    const open = this.scan.peek();
    this.scan.expect(open);
    if (open === "[" && this.scan.take("]")) return { kind: "list", items: [], at };
    const outer = this.#inRange;
    this.#inRange = false;
    const first = this.expression();
    this.#inRange = outer;
    if (open === "]" || this.scan.peek(2) === "..") return this.#range(open, first, at);
    if (open === "(") {
      this.scan.expect(")");
      return first;
    }
    return { kind: "list", items: [first, ...this.#rest("]")], at };
  }

  #rest(close: string): Node[] {
    const items: Node[] = [];
    while (this.scan.take(",")) items.push(this.expression());
    this.scan.expect(close);
    return items;
  }

  #range(open: string, low: Node, at: number): Node {
    this.scan.expect("..");
    const outer = this.#inRange;
    this.#inRange = true;
    const high = this.#additive();
    this.#inRange = outer;
    const close = this.scan.peek();
    if (close !== "]" && close !== ")" && close !== "[") throw this.scan.fault("a range ends with ] or )");
    this.scan.expect(close);
    return { kind: "range", low, high, lowClosed: open === "[", highClosed: close === "]", at };
  }

  #context(at: number): Node {
    const entries: { key: string; value: Node }[] = [];
    const added: string[] = [];
    this.scan.expect("{");
    if (this.scan.take("}")) return { kind: "context", entries, at };
    do {
      const key = this.scan.string() ?? this.scan.pattern(/[^"{}[\](),:]+(?=:)/uy)?.[0];
      if (key === undefined) throw this.scan.fault("a key is expected");
      this.scan.expect(":");
      const value = this.expression();
      entries.push({ key: normaliseName(key), value });
      // keys stay known to the rest of the expression, since a path may come after the brace
      this.#names.add([normaliseName(key)]);
      added.push(normaliseName(key));
    } while (this.scan.take(","));
    this.scan.expect("}");
    return { kind: "context", entries, at };
  }

  #if(at: number): Node {
    const test = this.expression();
    this.scan.expectWord("then");
    const yes = this.expression();
    this.scan.expectWord("else");
    return { kind: "if", test, yes, no: this.expression(), at };
  }

  #iterators(names: string[]): Iterator[] {
    const iterators: Iterator[] = [];
    do {
      const name = this.scan.pattern(/([^,()[\]{}"]+?)\s+in\b/uy)?.[1];
      if (name === undefined) throw this.scan.fault("a variable and `in` are expected");
      const from = this.expression();
      const to = this.scan.take("..") ? this.expression() : undefined;
      const iterator = { name: normaliseName(name), from, ...(to ? { to } : {}) };
      iterators.push(iterator);
      names.push(iterator.name);
      this.#names.add([iterator.name]);
    } while (this.scan.take(","));
    return iterators;
  }

  #for(at: number): Node {
    const names: string[] = [];
    const iterators = this.#iterators(names);
    this.scan.expectWord("return");
    const body = this.expression();
    this.#names.remove(names);
    return { kind: "for", iterators, body, at };
  }

  #quantified(at: number, every: boolean): Node {
    const names: string[] = [];
    const iterators = this.#iterators(names);
    this.scan.expectWord("satisfies");
    const body = this.expression();
    this.#names.remove(names);
    return { kind: "quantified", every, iterators, body, at };
  }

  #function(at: number): Node {
    const parameters: Parameter[] = [];
    this.scan.expect("(");
    if (!this.scan.take(")")) {
      do {
        const name = this.scan.pattern(/[^,:()"]+/uy)?.[0];
        if (name === undefined) throw this.scan.fault("a parameter is expected");
        const typed = this.scan.take(":") ? { type: parseType(this.scan, this.#names) } : {};
        parameters.push({ name: normaliseName(name), ...typed });
      } while (this.scan.take(","));
      this.scan.expect(")");
    }
    if (this.scan.word("external")) {
      return { kind: "function", parameters, body: this.expression(), external: true, at };
    }
    const names = parameters.map(({ name }) => name);
    const body = this.#withNames(names, () => this.expression());
    return { kind: "function", parameters, body, external: false, at };
  }
}
