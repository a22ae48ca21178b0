import type { Boxed, ItemDefinition, ModelFile } from "./dmn.ts";
import { compileTests, type Vocabulary } from "./feel/compile.ts";
import { isSimpleName, normaliseName } from "./feel/names.ts";
import { anyType, builtInType, type FeelType } from "./feel/type.ts";
import { isList } from "./feel/value.ts";

/**
 * Types by the names that one model file uses: its own item definitions, those of imported models under `import.name`, and FEEL's built-in ones.
 * Recursive definitions resolve late.
 */
export function modelVocabulary(model: ModelFile, files: ReadonlyMap<string, ModelFile>): Vocabulary {
  return vocabularyOf(model, files, new Map()).vocabulary;
}

interface Words {
  readonly vocabulary: Vocabulary;
  readonly components: Set<string>;
}

/** `known` holds what has been begun, so that models which import each other end. */
function vocabularyOf(model: ModelFile, files: ReadonlyMap<string, ModelFile>, known: Map<ModelFile, Words>): Words {
  const begun = known.get(model);
  if (begun) return begun;
  const types = new Map<string, FeelType>();
  const components = new Set<string>();
  const list: string[] = [];
  const vocabulary: Vocabulary = {
    type: (name) => {
      const wanted = normaliseName(name);
      // models before 1.2 write types as qualified names
      const local = wanted.slice(wanted.indexOf(":") + 1);
      return types.get(wanted) ?? builtInType(wanted) ?? types.get(local) ?? builtInType(local);
    },
    components: list,
  };
  const words: Words = { vocabulary, components };
  known.set(model, words);
  for (const item of model.items) types.set(item.name, late(item, vocabulary, components));
  for (const element of model.elements) {
    if ("logic" in element && element.logic) for (const name of namesIn(element.logic)) components.add(name);
  }
  for (const { name, namespace } of model.imports) {
    const imported = files.get(namespace);
    if (!imported) continue;
    const inner = vocabularyOf(imported, files, known);
    for (const component of inner.components) components.add(component);
    for (const item of imported.items) {
      const called = name === "" ? item.name : `${name}.${item.name}`;
      if (!types.has(called))
        types.set(called, { kind: "named", resolve: () => inner.vocabulary.type(item.name) ?? anyType });
    }
    for (const element of imported.elements) components.add(element.name);
  }
  for (const type of types.keys()) if (type.includes(" ")) components.add(type);
  list.push(...components);
  return words;
}

/** Names that a boxed expression gives to entries, columns and outputs, and that may follow a dot elsewhere. */
function namesIn(boxed: Boxed): string[] {
  switch (boxed.kind) {
    case "literal":
      return keysIn(boxed.text);
    case "table":
      return [
        ...boxed.table.outputs.map(({ name }) => name),
        ...boxed.table.inputs.flatMap(({ text }) => phrase(text)),
      ];
    case "context":
      return boxed.entries.flatMap(({ name, value }) => [...(name === undefined ? [] : [name]), ...namesIn(value)]);
    case "relation":
      return [...boxed.columns, ...boxed.rows.flat().flatMap(namesIn)];
    case "list":
      return boxed.items.flatMap(namesIn);
    case "function":
      return namesIn(boxed.body);
    case "invocation":
      return boxed.bindings.flatMap(({ value }) => namesIn(value));
    case "conditional":
      return [boxed.test, boxed.yes, boxed.no].flatMap(namesIn);
    case "filter":
      return [boxed.from, boxed.match].flatMap(namesIn);
    case "iteration":
      return [boxed.from, boxed.body].flatMap(namesIn);
    default:
      return [];
  }
}

/** Keys of contexts written in an expression, since another decision may ask for them after a dot. */
function keysIn(text: string): string[] {
  return [...text.matchAll(/[{,]\s*(?:"([^"\n]{1,200})"|([^"{}[\](),:\n]{1,200}?))\s*:/g)]
    .map((match) => normaliseName(match[1] ?? match[2]!))
    .filter((key) => key !== "" && !isSimpleName(key));
}

/** A column over a name of several words, which a knowledge model may have as a parameter without declaring it. */
function phrase(text: string): string[] {
  const isPhrase = /^\p{L}[\p{L}\p{N}]*(?:\s+[\p{L}\p{N}]+)+$/u.test(text);
  return isPhrase && !/\b(?:and|or|in|if|for|some|every|between|instance|not)\b/.test(text)
    ? [normaliseName(text)]
    : [];
}

function late(item: ItemDefinition, vocabulary: Vocabulary, components: Set<string>): FeelType {
  for (const component of item.components) {
    components.add(component.name);
    late(component, vocabulary, components);
  }
  let built: FeelType | undefined;
  return { kind: "named", resolve: () => (built ??= itemType(item, vocabulary)) };
}

function itemType(item: ItemDefinition, vocabulary: Vocabulary): FeelType {
  let type = baseType(item, vocabulary);
  if (item.allowedValues) type = constrained(type, item.allowedValues, vocabulary, true);
  if (item.isCollection) type = { kind: "list", item: type };
  if (item.typeConstraint) type = constrained(type, item.typeConstraint, vocabulary, false);
  return type;
}

function baseType(item: ItemDefinition, vocabulary: Vocabulary): FeelType {
  if (item.functionItem) {
    const { parameters, result } = item.functionItem;
    return {
      kind: "function",
      parameters: parameters.map((name) => vocabulary.type(name) ?? anyType),
      result: (result === undefined ? undefined : vocabulary.type(result)) ?? anyType,
    };
  }
  if (item.components.length > 0) {
    return { kind: "context", members: new Map(item.components.map((one) => [one.name, itemType(one, vocabulary)])) };
  }
  if (item.typeRef === undefined || item.typeRef === item.name) return anyType;
  return vocabulary.type(item.typeRef.replace(/^feel[.:]/, "")) ?? anyType;
}

/** `allowedValues` and `typeConstraint` are unary tests; the first is also kept by a list whose every item keeps it. */
function constrained(base: FeelType, text: string, vocabulary: Vocabulary, itemwise: boolean): FeelType {
  const tests = compileTests(text, { names: ["?"], parent: undefined }, { ...vocabulary, components: [] });
  return {
    kind: "constrained",
    base,
    values: text,
    allows: (value, run) => {
      if (tests({ values: [value], parent: undefined, run }) === true) return true;
      return (
        itemwise &&
        isList(value) &&
        base.kind === "list" &&
        value.length > 0 &&
        value.every((item) => tests({ values: [item], parent: undefined, run }) === true)
      );
    },
  };
}
