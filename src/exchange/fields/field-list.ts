/** One step of the fields that are allowed: everything from here on, or some members of it. */
export interface FieldNode {
  readonly whole: boolean;
  readonly members: ReadonlyMap<string, FieldNode>;
}

interface GrowingNode {
  whole: boolean;
  readonly members: Map<string, GrowingNode>;
}

/** Whether a text names a field: a top-level name (`name`), or a JSON pointer (`/person/address`, RFC 6901). */
export function isField(text: string): boolean {
  return text !== "" && (!text.startsWith("/") || !/~(?![01])/.test(text));
}

/**
 * Reads an allow-list: top-level names and JSON pointers. A pointer goes through arrays without a step of its own
 * (`/children/name` is the name of each child), and covers all that lies below it; `*` covers everything.
 */
export function fieldList(fields: readonly string[]): FieldNode {
  const root: GrowingNode = { whole: false, members: new Map() };
  for (const field of fields) {
    if (field === "*") root.whole = true;
    if (!isField(field)) continue; // a field nobody can name allows nothing
    let node = root;
    for (const step of stepsOf(field)) {
      let next = node.members.get(step);
      if (!next) node.members.set(step, (next = { whole: false, members: new Map() }));
      node = next;
    }
    node.whole = true;
  }
  return root;
}

function stepsOf(field: string): readonly string[] {
  if (!field.startsWith("/")) return [field];
  return field
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** How a field is written where it is recorded: a top-level name as it is, anything deeper as a pointer. */
export function fieldText(steps: readonly string[]): string {
  const [only] = steps;
  if (steps.length === 1 && only !== undefined && isField(only) && !only.startsWith("/")) return only;
  return steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
