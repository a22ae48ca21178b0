import type { Run } from "./run.ts";
import type { FeelType } from "./type.ts";
import { isContext, type FeelValue } from "./value.ts";

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
  /** Told of names that nothing has. */
  readonly unknown?: (name: string) => void;
}

/** How a name is read at run time; `otherwise` is asked for what no scope has, and whether a filter around may still have it. */
export function lookUp(name: string, scope: Scope | undefined, otherwise: (dynamic: boolean) => Compiled): Compiled {
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
  return withDynamic(name, dynamic, otherwise(dynamic.length > 0));
}

/** Whether a scope around gives a meaning to the name, so that it is not the built-in function. */
export function isShadowed(name: string, scope: Scope | undefined): boolean {
  for (let here = scope; here; here = here.parent) {
    if (here.names === undefined || here.names.includes(name)) return true;
  }
  return false;
}

function frameAt(frame: Frame, depth: number): Frame {
  let at = frame;
  for (let left = depth; left > 0; left -= 1) at = at.parent!;
  return at;
}

function fixed(depth: number, index: number): Compiled {
  if (depth === 0) return (frame) => frame.values[index]!;
  if (depth === 1) return (frame) => frame.parent!.values[index]!;
  if (depth === 2) return (frame) => frame.parent!.parent!.values[index]!;
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
