import { ok, type Localised, type Result } from "#kernel";
import type { Boxed, DrgElement, HitPolicy, ItemDefinition, ModelFile, TableModel } from "./dmn.ts";
import { splitLabel } from "./localised-text.ts";
import type { RulesRefusal } from "./problems.ts";
import { readModel } from "./read-model.ts";
import { readXml } from "./xml-tree.ts";

/** A decision table as people read it: the model's own texts, nothing evaluated. */
export interface TableDescription {
  /** Id of the decision the table belongs to. */
  readonly id: string;
  readonly name: Localised;
  readonly hitPolicy: HitPolicy;
  readonly aggregation?: string;
  readonly inputs: readonly Localised[];
  readonly columns: readonly {
    /** The FEEL expression of the column. */
    readonly text: string;
    readonly typeRef?: string;
    /** The values it may have, as unary tests: the column's own, or those of its type. */
    readonly values?: string;
  }[];
  readonly outputs: readonly {
    readonly name: string;
    /** Its values in the order of their priority, as the model has them. */
    readonly values?: string;
    readonly otherwise?: string;
  }[];
  readonly rows: readonly {
    readonly id: string;
    /** The tests as the model has them; `-` is no condition. */
    readonly tests: readonly string[];
    readonly outputs: readonly string[];
    readonly note?: Localised;
    readonly law?: Localised;
  }[];
  readonly laws: readonly Localised[];
}

/** One element of a model and what it rests on, by ids. */
export interface ElementDescription {
  readonly id: string;
  readonly kind: DrgElement["kind"];
  readonly name: string;
  readonly label: Localised;
  readonly typeRef?: string;
  /** What a decision is made of: a table, an expression, … */
  readonly logic?: Boxed["kind"];
  /** The FEEL text of a literal expression. */
  readonly text?: string;
  readonly requires: readonly string[];
  readonly knows: readonly string[];
  readonly authorities: readonly string[];
  readonly uri?: string;
}

/** A whole model as people read it. */
export interface ModelDescription {
  readonly id: string;
  readonly name: Localised;
  readonly version: string;
  readonly elements: readonly ElementDescription[];
  readonly inputs: readonly ElementDescription[];
  readonly tables: readonly TableDescription[];
}

/** All of a model in its order. Refuses what `loadModel` refuses to read. */
export function describeModel(xml: string): Result<ModelDescription, RulesRefusal> {
  const tree = readXml(xml);
  if (!tree.ok) return tree;
  const model = readModel(tree.value);
  if (!model.ok) return model;
  const { id, label, version, elements } = model.value;
  const byKey = new Map(elements.map((element) => [element.key, element]));
  const described = elements.map((element) => describeElement(element, byKey));
  return ok({
    id,
    name: splitLabel(label),
    version,
    elements: described,
    inputs: described.filter(({ kind }) => kind === "input"),
    tables: elements.flatMap((element) => describeTable(element, byKey, model.value)),
  });
}

/** All decision tables of a model, in its order. Refuses what `loadModel` refuses to read. */
export function describeTables(xml: string): Result<readonly TableDescription[], RulesRefusal> {
  const model = describeModel(xml);
  return model.ok ? ok(model.value.tables) : model;
}

type ByKey = ReadonlyMap<string, DrgElement>;

function describeElement(element: DrgElement, byKey: ByKey): ElementDescription {
  const ids = (keys: readonly string[]) => keys.map((key) => byKey.get(key)?.id ?? key);
  const question = element.kind === "decision" ? element.question : "";
  const logic = "logic" in element ? element.logic : undefined;
  return {
    id: element.id,
    kind: element.kind,
    name: element.name,
    label: splitLabel(element.label || question || element.name),
    ...(element.typeRef === undefined ? {} : { typeRef: element.typeRef }),
    ...(logic ? { logic: logic.kind } : {}),
    ...(logic?.kind === "literal" ? { text: logic.text } : {}),
    requires:
      element.kind === "decision" ? ids(element.requires) : element.kind === "service" ? ids(element.outputs) : [],
    knows: "knows" in element ? ids(element.knows) : [],
    authorities: element.kind === "decision" ? ids(element.authorities) : [],
    ...(element.kind === "authority" && element.uri !== undefined ? { uri: element.uri } : {}),
  };
}

function describeTable(element: DrgElement, byKey: ByKey, model: ModelFile): TableDescription[] {
  const table =
    (element.kind === "decision" || element.kind === "knowledge") && element.logic && tableIn(element.logic);
  if (!table) return [];
  const question = element.kind === "decision" ? element.question : "";
  return [
    {
      id: element.id,
      name: splitLabel(element.label || question || element.name),
      hitPolicy: table.hitPolicy,
      ...(table.aggregation ? { aggregation: table.aggregation } : {}),
      inputs: table.inputs.map((input) => splitLabel(input.label || input.text)),
      columns: table.inputs.map(({ text, typeRef, values }) => {
        const allowed = values ?? allowedBy(typeRef, model.items);
        const base = baseOf(typeRef, model.items);
        return {
          text,
          ...(base === undefined ? {} : { typeRef: base }),
          ...(allowed === undefined ? {} : { values: allowed }),
        };
      }),
      outputs: table.outputs.map(({ name, values, otherwise }) => ({
        name,
        ...(values === undefined ? {} : { values }),
        ...(otherwise === undefined ? {} : { otherwise }),
      })),
      rows: table.rules.map((rule) => {
        const annotation = (column: string): string => rule.annotations[table.annotations.indexOf(column)] ?? "";
        const [zh, en] = [annotation("zh-Hant"), annotation("en")];
        return {
          id: rule.id,
          tests: rule.tests,
          outputs: rule.outputs,
          ...(zh || en ? { note: { "zh-Hant": zh || en, en: en || zh } } : {}),
          ...(annotation("law") ? { law: splitLabel(annotation("law")) } : {}),
        };
      }),
      laws: element.kind === "decision" ? element.authorities.flatMap((key) => lawOf(byKey.get(key))) : [],
    },
  ];
}

/** The table an element is made of: itself, or the body of the function it is. */
function tableIn(logic: Boxed): TableModel | undefined {
  if (logic.kind === "table") return logic.table;
  return logic.kind === "function" ? tableIn(logic.body) : undefined;
}

function lawOf(law: DrgElement | undefined): Localised[] {
  return law ? [splitLabel(law.label || law.name)] : [];
}

function typeNamed(name: string | undefined, items: readonly ItemDefinition[]): ItemDefinition | undefined {
  return items.find((item) => item.name === name && item.components.length === 0);
}

/** The values that a type of the model's own allows; its base's where it has none itself. */
function allowedBy(name: string | undefined, items: readonly ItemDefinition[], depth: number = 0): string | undefined {
  const item = depth < 10 ? typeNamed(name, items) : undefined;
  if (!item || item.isCollection) return undefined;
  return item.allowedValues ?? item.typeConstraint ?? allowedBy(item.typeRef, items, depth + 1);
}

/** The FEEL type that a type of the model's own rests on; `list` for collections. */
function baseOf(name: string | undefined, items: readonly ItemDefinition[], depth: number = 0): string | undefined {
  const item = depth < 10 ? typeNamed(name, items) : undefined;
  if (!item) return name;
  return item.isCollection ? "list" : baseOf(item.typeRef, items, depth + 1);
}
