import { err, ok, type Result } from "#kernel";
import type { Boxed, DrgElement, ItemDefinition, ModelFile } from "./dmn.ts";
import { normaliseName } from "./feel/names.ts";
import type { RulesRefusal } from "./problems.ts";
import { readBoxed, child, children, textOf, typed } from "./read-boxed.ts";
import type { Element } from "./xml-tree.ts";

/** The namespaces of DMN 1.1 to 1.5; older models are read as 1.5. */
const modelNamespaces = new Set([
  "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
  "http://www.omg.org/spec/DMN/20180521/MODEL/",
  "https://www.omg.org/spec/DMN/20191111/MODEL/",
  "https://www.omg.org/spec/DMN/20211108/MODEL/",
  "https://www.omg.org/spec/DMN/20230324/MODEL/",
]);

/** Reads `definitions` into a typed model; elements of other namespaces (diagrams, vendors' extensions) are passed over. */
export function readModel(given: Element): Result<ModelFile, RulesRefusal> {
  if (given.name !== "definitions" || !modelNamespaces.has(given.namespace)) {
    return err({ code: "rules-model-unreadable", inside: `root is ${given.name} of ${given.namespace}` });
  }
  const root = onlyDmn(given, given.namespace);
  const namespace = root.attributes.get("namespace") ?? "";
  const elements = root.children.flatMap((element) => drgElement(element, namespace));
  return ok({
    namespace,
    name: root.attributes.get("name") ?? "",
    id: root.attributes.get("id") ?? "",
    label: root.attributes.get("label") ?? root.attributes.get("name") ?? "",
    version: versionOf(given),
    imports: children(root, "import").map((element) => ({
      name: normaliseName(element.attributes.get("name") ?? ""),
      namespace: element.attributes.get("namespace") ?? "",
    })),
    items: children(root, "itemDefinition").map(itemDefinition),
    elements,
  });
}

function onlyDmn(element: Element, namespace: string): Element {
  const kept = element.children.filter((one) => one.namespace === namespace && one.name !== "extensionElements");
  return { ...element, children: kept.map((one) => onlyDmn(one, namespace)) };
}

/** A model says its version in `extensionElements/version` of any namespace, since DMN has no attribute for it. */
function versionOf(root: Element): string {
  const extension = root.children.find(({ name }) => name === "extensionElements");
  return extension?.children.find(({ name }) => name === "version")?.text.trim() ?? "";
}

function itemDefinition(element: Element): ItemDefinition {
  const typeRef = textOf(child(element, "typeRef"));
  const allowed = textOf(child(child(element, "allowedValues"), "text"));
  const constraint = textOf(child(child(element, "typeConstraint"), "text"));
  const functionItem = child(element, "functionItem");
  return {
    name: normaliseName(element.attributes.get("name") ?? ""),
    ...(typeRef ? { typeRef } : {}),
    isCollection: element.attributes.get("isCollection") === "true",
    components: children(element, "itemComponent").map(itemDefinition),
    ...(allowed ? { allowedValues: allowed } : {}),
    ...(constraint ? { typeConstraint: constraint } : {}),
    ...(functionItem
      ? {
          functionItem: {
            parameters: children(functionItem, "parameters").map((one) => one.attributes.get("typeRef") ?? "Any"),
            result: functionItem.attributes.get("outputTypeRef"),
          },
        }
      : {}),
  };
}

function drgElement(element: Element, namespace: string): DrgElement[] {
  const id = element.attributes.get("id") ?? "";
  const name = normaliseName(element.attributes.get("name") ?? "");
  const variable = child(element, "variable");
  const common = {
    key: `${namespace}#${id || name}`,
    id,
    name: normaliseName(variable?.attributes.get("name") ?? name) || name,
    label: element.attributes.get("label") ?? name,
    namespace,
    ...typed(variable),
  };
  const refs = (owner: Element | undefined, tag: string) =>
    children(owner, tag).flatMap((one) => reference(one, namespace));
  const required = (tag: string, ...within: string[]) =>
    children(element, tag).flatMap((one) => within.flatMap((inner) => refs(one, inner)));
  switch (element.name) {
    case "inputData":
      return [{ kind: "input", ...common }];
    case "decision": {
      const logic = readBoxed(element);
      return [
        {
          kind: "decision",
          ...common,
          question: textOf(child(element, "question")),
          requires: required("informationRequirement", "requiredInput", "requiredDecision"),
          knows: required("knowledgeRequirement", "requiredKnowledge"),
          authorities: required("authorityRequirement", "requiredAuthority"),
          ...(logic ? { logic } : {}),
        },
      ];
    }
    case "businessKnowledgeModel": {
      const encapsulated = child(element, "encapsulatedLogic");
      const logic: Boxed | undefined =
        encapsulated && readBoxed({ ...element, children: [{ ...encapsulated, name: "functionDefinition" }] });
      return [
        {
          kind: "knowledge",
          ...common,
          knows: required("knowledgeRequirement", "requiredKnowledge"),
          ...(logic ? { logic } : {}),
        },
      ];
    }
    case "decisionService":
      return [
        {
          kind: "service",
          ...common,
          outputs: refs(element, "outputDecision"),
          inputDecisions: refs(element, "inputDecision"),
          inputs: refs(element, "inputData"),
        },
      ];
    case "knowledgeSource":
      return [{ kind: "authority", ...common, uri: element.attributes.get("locationURI") }];
    default:
      return [];
  }
}

/** `#id` within the model, or `namespace#id`. */
function reference(element: Element, namespace: string): string[] {
  const href = element.attributes.get("href");
  if (href === undefined) return [];
  return [href.startsWith("#") ? `${namespace}${href}` : href.includes("#") ? href : `${namespace}#${href}`];
}
