/**
 * A DMN model as data: what `read-model.ts` makes of the XML and `compile-model.ts` of it. Elements are known by their key,
 * `namespace#id`, so that models that import each other share one table.
 */
export interface ModelFile {
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  readonly label: string;
  readonly version: string;
  readonly imports: readonly { readonly name: string; readonly namespace: string }[];
  readonly items: readonly ItemDefinition[];
  readonly elements: readonly DrgElement[];
}

export interface ItemDefinition {
  readonly name: string;
  readonly typeRef?: string;
  readonly isCollection: boolean;
  readonly components: readonly ItemDefinition[];
  readonly allowedValues?: string;
  readonly typeConstraint?: string;
  readonly functionItem?: { readonly parameters: readonly string[]; readonly result: string | undefined };
}

interface Common {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  /** The `label` attribute, both languages in one text: `中文｜English`. FEEL in braces is filled in. */
  readonly label: string;
  readonly namespace: string;
  readonly typeRef?: string;
}
export interface InputData extends Common {
  readonly kind: "input";
}
export interface Decision extends Common {
  readonly kind: "decision";
  /** What it answers, in words (DMN 1.5, `question` of a decision); empty where the model does not say. */
  readonly question: string;
  readonly requires: readonly string[];
  readonly knows: readonly string[];
  readonly authorities: readonly string[];
  readonly logic?: Boxed;
}
export interface Knowledge extends Common {
  readonly kind: "knowledge";
  readonly knows: readonly string[];
  readonly logic?: Boxed;
}
export interface Service extends Common {
  readonly kind: "service";
  readonly outputs: readonly string[];
  readonly inputDecisions: readonly string[];
  readonly inputs: readonly string[];
}
/** A law, regulation or guideline that decisions rest on. */
export interface Authority extends Common {
  readonly kind: "authority";
  readonly uri: string | undefined;
}
export type DrgElement = InputData | Decision | Knowledge | Service | Authority;

export const hitPolicies = ["UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"] as const;
export type HitPolicy = (typeof hitPolicies)[number];
export const aggregations = ["SUM", "MIN", "MAX", "COUNT"] as const;
export type Aggregation = (typeof aggregations)[number];

export interface TableModel {
  readonly id: string;
  readonly hitPolicy: HitPolicy;
  readonly aggregation: Aggregation | undefined;
  readonly inputs: readonly {
    readonly label: string;
    readonly text: string;
    readonly typeRef?: string;
    readonly values?: string;
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly typeRef?: string;
    readonly values?: string;
    readonly otherwise?: string;
  }[];
  readonly annotations: readonly string[];
  readonly rules: readonly {
    readonly id: string;
    readonly tests: readonly string[];
    readonly outputs: readonly string[];
    readonly annotations: readonly string[];
  }[];
}

/** Boxed expressions (DMN 1.5 section 10.2). */
export type Boxed = { readonly typeRef?: string } & (
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "table"; readonly table: TableModel }
  | {
      readonly kind: "context";
      readonly entries: readonly { readonly name?: string; readonly typeRef?: string; readonly value: Boxed }[];
    }
  | {
      readonly kind: "invocation";
      readonly callee: Boxed;
      readonly bindings: readonly { readonly name: string; readonly value: Boxed }[];
    }
  | { readonly kind: "list"; readonly items: readonly Boxed[] }
  | {
      readonly kind: "relation";
      readonly columns: readonly string[];
      /** Of the columns, where they say one. */
      readonly types: readonly (string | undefined)[];
      readonly rows: readonly (readonly Boxed[])[];
    }
  | {
      readonly kind: "function";
      /** The body is a mapping to Java, or to what no engine in TypeScript runs. */
      readonly external: "java" | "other" | undefined;
      readonly parameters: readonly { readonly name: string; readonly typeRef?: string }[];
      readonly body: Boxed;
    }
  | { readonly kind: "conditional"; readonly test: Boxed; readonly yes: Boxed; readonly no: Boxed }
  | { readonly kind: "filter"; readonly from: Boxed; readonly match: Boxed }
  | {
      readonly kind: "iteration";
      readonly of: "for" | "some" | "every";
      readonly variable: string;
      readonly from: Boxed;
      readonly body: Boxed;
    }
);
