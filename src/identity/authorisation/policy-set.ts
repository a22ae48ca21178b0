import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  validate,
} from "@cedar-policy/cedar-wasm/nodejs";
import { canonicalJson, toHex, type Localised } from "#kernel";

/** One policy of a set. */
export interface PolicyRule {
  /** Its `@id`. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** Its `@zh_Hant` and `@en`: what it says, for people. */
  readonly title: Localised;
  /** Its `@reason`: the code of the refusal that a `forbid` leads to. */
  readonly reason?: string;
  /** The actions it speaks of; empty when it speaks of all. */
  readonly actions: readonly string[];
  /** As it stands in the file. */
  readonly text: string;
}

/** A set of policies that parse, have names, and fit their schema strictly (Cedar 4). */
export interface PolicySet {
  /** SHA-256 of the canonical JSON of schema and policies, in hexadecimal: the set's version. */
  readonly version: string;
  readonly schema: string;
  readonly rules: readonly PolicyRule[];
}

/** The policies that the platform comes with. */
export const corePolicies: URL = new URL("./policies/", import.meta.url);

/**
 * Reads `*.cedar` and `*.cedarschema` of each folder, in the order of their names, and checks them.
 * @throws `code` = `policies-invalid`, when a file does not parse, a policy has no `@id`, `@zh_Hant` or `@en`, or another's `@id`, a `forbid` has no
 *   `@reason`, or the strict validator finds something; the message says what and where
 */
export function readPolicies(folders: readonly URL[]): PolicySet {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .toSorted()
      .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") })),
  );
  const of = (ending: string) => files.filter(({ name }) => name.endsWith(ending));
  const schema = of(".cedarschema")
    .map(({ text }) => text)
    .join("\n");
  return policySet(schema, of(".cedar"));
}

/** The same from texts. @throws as {@link readPolicies} does */
export function policySet(
  schema: string,
  files: readonly { readonly name: string; readonly text: string }[],
): PolicySet {
  const rules = files.flatMap(({ name, text }) => {
    const parts = policySetTextToParts(text);
    if (parts.type === "failure") throw invalid(parts.errors.map(({ message }) => `${name}: ${message}`));
    if (parts.policy_templates.length > 0) throw invalid([`${name}: templates are not used`]);
    return parts.policies.map((policy) => rule(name, policy));
  });
  const ids = rules.map(({ id }) => id);
  const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
  if (twice.length > 0) throw invalid(twice.map((id) => `two policies are called ${id}`));

  const policies = { staticPolicies: Object.fromEntries(rules.map(({ id, text }) => [id, text])) };
  const found = validate({ schema, policies, validationSettings: { mode: "strict" } });
  const findings =
    found.type === "failure"
      ? found.errors.map(({ message }) => message)
      : found.validationErrors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
  if (findings.length > 0) throw invalid(findings);

  const version = toHex(
    createHash("sha256")
      .update(canonicalJson({ schema, policies: policies.staticPolicies }))
      .digest(),
  );
  // The library keeps parsed sets by name for as long as the process lives; a version names one content for ever.
  preparseSchema(version, schema);
  preparsePolicySet(version, policies);
  return { version, schema, rules };
}

function rule(file: string, text: string): PolicyRule {
  const read = policyToJson(text);
  if (read.type === "failure") throw invalid(read.errors.map(({ message }) => `${file}: ${message}`));
  const { effect, action, annotations } = read.json;
  const id = annotations?.["id"];
  const reason = annotations?.["reason"];
  if (!id) throw invalid([`${file}: a policy has no @id`]);
  const [chinese, english] = [annotations?.["zh_Hant"], annotations?.["en"]];
  if (!chinese || !english) throw invalid([`${file}: ${id} lacks @zh_Hant or @en`]);
  if (effect === "forbid" && !reason) throw invalid([`${file}: ${id} forbids and has no @reason`]);
  const title = { "zh-Hant": chinese, en: english };
  return { id, effect, title, ...(reason && { reason }), actions: actionsOf(action), text: text.trim() };
}

function actionsOf(action: { readonly op: string } & Record<string, unknown>): string[] {
  const entities = [action["entity"], ...((action["entities"] as unknown[] | undefined) ?? [])];
  return entities.flatMap((entity) => (entity ? [(entity as { id: string }).id] : []));
}

function invalid(findings: readonly string[]): Error {
  return Object.assign(new Error(findings.join("; ")), { code: "policies-invalid" });
}
