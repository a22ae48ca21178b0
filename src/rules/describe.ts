import { ok, type Localised, type Result } from "#kernel";
import type { DrgElement, HitPolicy } from "./dmn.ts";
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
  readonly inputs: readonly Localised[];
  readonly rows: readonly {
    /** The tests as the model has them; `-` is no condition. */
    readonly tests: readonly string[];
    readonly outputs: readonly string[];
    readonly note?: Localised;
  }[];
  readonly laws: readonly Localised[];
}

/** All decision tables of a model, in its order. Refuses what `loadModel` refuses to read. */
export function describeTables(xml: string): Result<TableDescription[], RulesRefusal> {
  const tree = readXml(xml);
  if (!tree.ok) return tree;
  const model = readModel(tree.value);
  if (!model.ok) return model;
  const byKey = new Map(model.value.elements.map((element) => [element.key, element]));
  return ok(model.value.elements.flatMap((element) => describe(element, byKey)));
}

function describe(element: DrgElement, byKey: ReadonlyMap<string, DrgElement>): TableDescription[] {
  if (element.kind !== "decision" || element.logic?.kind !== "table") return [];
  const { table } = element.logic;
  return [
    {
      id: element.id,
      name: splitLabel(element.label || element.question || element.name),
      hitPolicy: table.hitPolicy,
      inputs: table.inputs.map((input) => splitLabel(input.label || input.text)),
      rows: table.rules.map((rule) => {
        const annotation = (column: string): string => rule.annotations[table.annotations.indexOf(column)] ?? "";
        const [zh, en] = [annotation("zh-Hant"), annotation("en")];
        return {
          tests: rule.tests,
          outputs: rule.outputs,
          ...(zh || en ? { note: { "zh-Hant": zh || en, en: en || zh } } : {}),
        };
      }),
      laws: element.authorities.flatMap((key) => {
        const law = byKey.get(key);
        return law ? [splitLabel(law.label || law.name)] : [];
      }),
    },
  ];
}
