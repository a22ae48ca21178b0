import { statefulIsAuthorized, type EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isNewKey, presentAcr } from "../assurance.ts";
import type { Acr } from "../contract.ts";
import type { PolicySet } from "./policy-set.ts";

/** An attribute's value: a text, a whole number, a truth value, another entity, or a set of one of these. */
export type PolicyValue = string | number | boolean | PolicyEntity | readonly PolicyValue[];

/** Somebody or something that policies speak of; the schema says which attributes it has. */
export interface PolicyEntity {
  readonly type: string;
  readonly id: string;
  readonly attributes?: Readonly<Record<string, PolicyValue | undefined>>;
}

/** May this principal do this, to this, in these circumstances? */
export interface PolicyRequest {
  readonly principal: PolicyEntity;
  /** `<module>:<verb>` */
  readonly action: string;
  readonly resource: PolicyEntity;
  readonly proof: {
    readonly acr: Acr;
    readonly authTime: Date;
    /** When the passkey that gave it was bound. */ readonly keySince?: Date;
  };
}

/** What a policy set says of a request. */
export interface Judgement {
  readonly allowed: boolean;
  /** Which policies decided: the forbids that hold, else the permits that hold, else none (what nobody permits is denied). */
  readonly policies: readonly string[];
  /** The `@reason` of the first forbid that holds; `not-permitted` when no permit does; `policy-fault` when one could not be judged. */
  readonly reason?: string;
  /** What could not be evaluated. Any entry means denied: Cedar itself skips a policy that fails, even a forbid. */
  readonly errors: readonly string[];
}

const acrLevels: Readonly<Record<Acr, number>> = {
  "urn:taroko:loa:low": 1,
  "urn:taroko:loa:substantial": 2,
  "urn:taroko:loa:high": 3,
};

/** Pure: judges a request by a set. Takes 40 µs for one policy and less than half a millisecond for some thirty. */
export function judge(set: PolicySet, request: PolicyRequest, now: Date): Judgement {
  const { principal, action, resource, proof } = request;
  const age = Math.max(0, Math.floor((now.getTime() - proof.authTime.getTime()) / 1000));
  const answer = statefulIsAuthorized({
    principal: uid(principal),
    action: { type: "Action", id: action },
    resource: uid(resource),
    context: {
      acr: acrLevels[presentAcr(proof.acr, proof.authTime, now)],
      authAge: age,
      newKey: isNewKey(proof, now),
    },
    preparsedPolicySetId: set.version,
    preparsedSchemaName: set.version,
    validateRequest: true,
    entities: [...entitiesOf(principal), ...entitiesOf(resource)].filter(
      (one, n, all) => all.findIndex(({ uid }) => same(uid, one.uid)) === n,
    ),
  });
  if (answer.type === "failure")
    return {
      allowed: false,
      policies: [],
      reason: "policy-fault",
      errors: answer.errors.map(({ message }) => message),
    };
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
  if (errors.length > 0) return { allowed: false, policies: [], reason: "policy-fault", errors };
  const policies = diagnostics.reason.toSorted();
  if (decision === "allow") return { allowed: true, policies, errors };
  const reason = set.rules.find(({ id }) => policies.includes(id))?.reason ?? "not-permitted";
  return { allowed: false, policies, reason, errors };
}

function uid({ type, id }: PolicyEntity): { type: string; id: string } {
  return { type, id };
}

function same(one: EntityJson["uid"], other: EntityJson["uid"]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The entity, and before it those that its attributes name. One that is only named comes without attributes. */
function entitiesOf(entity: PolicyEntity): EntityJson[] {
  const given = Object.entries(entity.attributes ?? {}).filter(([, value]) => value !== undefined);
  const named = given.flatMap(([, value]) => [value].flat(2)).filter((value) => isEntity(value));
  const attrs = Object.fromEntries(given.map(([name, value]) => [name, toCedar(value!)]));
  return [{ uid: uid(entity), attrs, parents: [] }, ...named.flatMap(entitiesOf)];
}

function isEntity(value: unknown): value is PolicyEntity {
  return typeof value === "object" && value !== null && "type" in value && "id" in value;
}

type CedarValue = EntityJson["attrs"][string];

function toCedar(value: PolicyValue): CedarValue {
  if (Array.isArray(value)) return (value as readonly PolicyValue[]).map(toCedar);
  return isEntity(value) ? { __entity: uid(value) } : (value as string | number | boolean);
}
