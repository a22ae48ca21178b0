import { err, ok, type Result } from "#kernel";
import { compileBoxed, compileKnowledge } from "./compile-boxed.ts";
import { typeOf } from "./type-ref.ts";
import type { Authority, Decision, DrgElement, InputData, Knowledge, ModelFile, Service } from "./dmn.ts";
import type { Compiled, Frame, Scope, Vocabulary } from "./feel/compile.ts";
import { resultType, type FeelType } from "./feel/type.ts";
import type { FeelFunction } from "./feel/value.ts";
import { modelVocabulary } from "./item-types.ts";
import { localisedText, type CompiledText } from "./localised-text.ts";
import type { RulesRefusal } from "./problems.ts";

/** Where a required value stands in an element's frame: in slot `slot`, under `entry` when it comes from an imported model. */
export interface Binding {
  /** Of the required element. */
  readonly index: number;
  readonly slot: number;
  readonly entry: string | undefined;
}

interface CompiledCommon {
  /** Its place among all elements. */
  readonly index: number;
  readonly type: FeelType | undefined;
  readonly label: CompiledText;
  /** In the order of their slots. */
  readonly bindings: readonly Binding[];
}
export type CompiledElement =
  | (CompiledCommon & { readonly kind: "input"; readonly model: InputData })
  | (CompiledCommon & { readonly kind: "decision"; readonly model: Decision; readonly logic: Compiled | undefined })
  | (CompiledCommon & {
      readonly kind: "knowledge";
      readonly model: Knowledge;
      readonly make: ((frame: Frame) => FeelFunction) | undefined;
    })
  | (CompiledCommon & {
      readonly kind: "service";
      readonly model: Service;
      /** Places of what it is given, input data before input decisions, and of what it answers. */
      readonly parameters: readonly number[];
      readonly outputs: readonly number[];
    })
  | (CompiledCommon & { readonly kind: "authority"; readonly model: Authority });

/** A text of the model that can only ever be null: what its author should look at. */
export interface ModelFault {
  /** Name of the decision or other element. */
  readonly element: string;
  /** Plain English. */
  readonly text: string;
  /** The expression, and the character offset in it. */
  readonly source: string;
  readonly position: number;
}

/** By key; in the order of their places. */
export type CompiledElements = ReadonlyMap<string, CompiledElement>;

/** Compiles every element of the given files; `files` are by namespace. Checks that requirements lead somewhere and never back. */
export function compileModel(
  files: ReadonlyMap<string, ModelFile>,
  fault: (fault: ModelFault) => void,
): Result<CompiledElements, RulesRefusal> {
  const models = new Map<string, DrgElement>();
  for (const file of files.values()) for (const element of file.elements) models.set(element.key, element);
  const broken = brokenLink(models, files);
  if (broken !== undefined) return err({ code: "rules-model-incomplete", inside: broken });
  const circle = circleThrough(models);
  if (circle !== undefined) return err({ code: "rules-model-circular", inside: circle });
  const compiled = new Map<string, CompiledElement>();
  const places = new Map([...models.keys()].map((key, index) => [key, index]));
  for (const file of files.values()) {
    const vocabulary = modelVocabulary(file, files);
    for (const element of file.elements) {
      const told: Vocabulary = {
        ...vocabulary,
        fault: (text, source, position) => fault({ element: element.name, text, source, position }),
      };
      compiled.set(element.key, compileElement(element, file, { models, places }, told));
    }
  }
  return ok(compiled);
}

function linksOf(element: DrgElement): readonly string[] {
  if (element.kind === "decision") return [...element.requires, ...element.knows];
  if (element.kind === "knowledge") return element.knows;
  return element.kind === "service" ? [...element.outputs, ...element.inputDecisions, ...element.inputs] : [];
}

function brokenLink(
  models: ReadonlyMap<string, DrgElement>,
  files: ReadonlyMap<string, ModelFile>,
): string | undefined {
  for (const element of models.values()) {
    if (element.name === "") return `an element without a name: ${element.key}`;
    for (const key of linksOf(element)) if (!models.has(key)) return `${element.name} requires ${key}`;
  }
  for (const file of files.values()) {
    for (const { name, namespace } of file.imports) {
      if (
        !files.has(namespace) &&
        file.elements.some((element) => linksOf(element).some((key) => key.startsWith(`${namespace}#`)))
      ) {
        return `${file.name} imports ${name} of ${namespace}`;
      }
    }
  }
  return undefined;
}

/** A circle of requirements, of information or of knowledge: DMN's graph has none (section 6.1). */
function circleThrough(models: ReadonlyMap<string, DrgElement>): string | undefined {
  const done = new Set<string>();
  const open = new Set<string>();
  // a stack of its own: models are as deep as their authors make them
  const path: { readonly key: string; readonly left: string[] }[] = [];
  const enter = (key: string) => {
    const element = models.get(key);
    open.add(key);
    path.push({ key, left: element && element.kind !== "service" ? [...linksOf(element)] : [] });
  };
  for (const key of models.keys()) {
    if (!done.has(key)) enter(key);
    for (let here = path.at(-1); here; here = path.at(-1)) {
      const next = here.left.pop();
      if (next === undefined) {
        open.delete(here.key);
        done.add(here.key);
        path.pop();
      } else if (open.has(next)) return models.get(next)?.name;
      else if (!done.has(next)) enter(next);
    }
  }
  return undefined;
}

function compileElement(
  element: DrgElement,
  file: ModelFile,
  {
    models,
    places,
  }: { readonly models: ReadonlyMap<string, DrgElement>; readonly places: ReadonlyMap<string, number> },
  vocabulary: Vocabulary,
): CompiledElement {
  const place = (key: string) => places.get(key)!;
  const names: string[] = [];
  const own = new Map<string, number>();
  const imported = new Map<string, number>();
  const bindings: Binding[] = [];
  const bind = (key: string) => {
    const { name, namespace } = models.get(key)!;
    const importName =
      namespace === file.namespace ? "" : (file.imports.find((one) => one.namespace === namespace)?.name ?? "");
    // an import and an element of this model may share a name, but never a slot
    const slots = importName === "" ? own : imported;
    const called = importName === "" ? name : importName;
    const slot = slots.get(called) ?? names.push(called) - 1;
    slots.set(called, slot);
    bindings.push({ index: place(key), slot, entry: importName === "" ? undefined : name });
  };
  if (element.kind !== "service") linksOf(element).forEach(bind);
  const scope: Scope = { names, parent: undefined };
  const common = {
    type: typeOf(element.typeRef, vocabulary),
    label: localisedText(element.label, scope, vocabulary),
    bindings: bindings.toSorted((a, b) => a.slot - b.slot),
    index: place(element.key),
  };
  switch (element.kind) {
    case "decision": {
      const logic = element.logic && compileBoxed(element.logic, scope, vocabulary);
      return { ...common, kind: "decision", model: element, logic };
    }
    case "knowledge": {
      const { logic } = element;
      const result = common.type && resultType(common.type);
      const make =
        logic?.kind === "function" ? compileKnowledge(logic, scope, vocabulary, element.name, result) : undefined;
      return { ...common, kind: "knowledge", model: element, make };
    }
    case "service":
      return {
        ...common,
        kind: "service",
        model: element,
        parameters: [...element.inputs, ...element.inputDecisions].map(place),
        outputs: element.outputs.map(place),
      };
    case "authority":
      return { ...common, kind: "authority", model: element };
    default:
      return { ...common, kind: "input", model: element };
  }
}
