/** The syntax tree of FEEL expressions (DMN 1.5 section 10.3.1.2). `at` is the character offset in the source. */
export type Node = { readonly at: number } & (
  | { readonly kind: "literal"; readonly of: "number" | "string" | "at"; readonly text: string }
  | { readonly kind: "constant"; readonly value: boolean | null }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "path"; readonly from: Node; readonly name: string }
  | { readonly kind: "filter"; readonly from: Node; readonly by: Node }
  | { readonly kind: "call"; readonly callee: Node; readonly args: readonly Argument[] }
  | { readonly kind: "negate"; readonly operand: Node }
  | {
      readonly kind: "arithmetic";
      readonly operator: "+" | "-" | "*" | "/" | "**";
      readonly left: Node;
      readonly right: Node;
    }
  | { readonly kind: "logic"; readonly operator: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "compare"; readonly operator: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: "between"; readonly value: Node; readonly low: Node; readonly high: Node }
  | { readonly kind: "in"; readonly value: Node; readonly tests: readonly Node[] }
  | { readonly kind: "if"; readonly test: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: "for"; readonly iterators: readonly Iterator[]; readonly body: Node }
  | {
      readonly kind: "quantified";
      readonly every: boolean;
      readonly iterators: readonly Iterator[];
      readonly body: Node;
    }
  | {
      readonly kind: "function";
      readonly parameters: readonly Parameter[];
      readonly body: Node;
      readonly external: boolean;
    }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "context"; readonly entries: readonly { readonly key: string; readonly value: Node }[] }
  | {
      readonly kind: "range";
      readonly low: Node;
      readonly high: Node;
      readonly lowClosed: boolean;
      readonly highClosed: boolean;
    }
  | { readonly kind: "ray"; readonly operator: Comparison; readonly operand: Node }
  | { readonly kind: "instance"; readonly value: Node; readonly type: TypeNode }
);

/** The longer of two that begin alike stands first. */
export const comparisons = ["<=", ">=", "!=", "<", ">", "="] as const;
export type Comparison = (typeof comparisons)[number];
export interface Argument {
  readonly name?: string;
  readonly value: Node;
}
export interface Iterator {
  readonly name: string;
  readonly from: Node;
  /** Present in `for i in from..to`. */
  readonly to?: Node;
}
export interface Parameter {
  readonly name: string;
  readonly type?: TypeNode;
}
export type TypeNode =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "list" | "range"; readonly of: TypeNode }
  | { readonly kind: "context"; readonly members: readonly { readonly name: string; readonly type: TypeNode }[] }
  | { readonly kind: "function"; readonly parameters: readonly TypeNode[]; readonly result: TypeNode };

/** A decision table's cell: `-`, or tests of which one must hold (`not(…)` turns them round). */
export type Tests =
  | { readonly kind: "any" }
  | { readonly kind: "tests"; readonly negated: boolean; readonly tests: readonly Node[] };
