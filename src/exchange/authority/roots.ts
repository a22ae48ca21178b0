import type { KeyObject } from "node:crypto";
import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import {
  anchorKeyid,
  firstRoot,
  followRoots,
  signatureBy,
  type RootBody,
  type RootRole,
  type SignedRoot,
  type TrustedRoot,
} from "../configuration/root.ts";
import type { AuthorityKeys } from "./keys.ts";

/** What the next root shall say; what is left out stays as it is. */
export interface RootPlan {
  /** Public keys (raw Ed25519, base64url) that change the keys from then on, and how many of them must sign. */
  readonly rootKeys?: readonly string[] | undefined;
  readonly rootThreshold?: number | undefined;
  /** Public keys that sign the configuration from then on. */
  readonly configurationKeys?: readonly string[] | undefined;
  readonly configurationThreshold?: number | undefined;
  /** RFC 3339; nothing is signed beyond it. */
  readonly expires?: string | undefined;
}

/** The root after `now`'s, not signed yet. @throws `key-wrong` when a role would not have enough keys */
export function nextRoot(before: RootBody, plan: RootPlan, now: Date): RootBody {
  const publicOf = new Map(before.keys.map((key) => [key.keyid, key.public]));
  const role = (of: RootRole, keys: readonly string[] | undefined, threshold: number | undefined): RootRole => {
    for (const key of keys ?? []) publicOf.set(anchorKeyid(key), key);
    const keyids = keys ? keys.map(anchorKeyid) : of.keyids;
    const wanted = threshold ?? Math.min(of.threshold, keyids.length);
    if (wanted < 1 || wanted > keyids.length || new Set(keyids).size !== keyids.length)
      throw Object.assign(new Error(`${wanted} of ${keyids.length} different keys cannot sign`), { code: "key-wrong" });
    return { keyids, threshold: wanted };
  };
  const roles = {
    root: role(before.roles.root, plan.rootKeys, plan.rootThreshold),
    configuration: role(before.roles.configuration, plan.configurationKeys, plan.configurationThreshold),
  };
  const used = [...new Set([...roles.root.keyids, ...roles.configuration.keyids])];
  return {
    type: "root",
    specVersion: "1",
    instance: before.instance,
    version: before.version + 1,
    issued: now.toISOString(),
    ...(plan.expires ? { expires: plan.expires } : {}),
    keys: used.map((keyid) => ({ keyid, public: publicOf.get(keyid)! })),
    roles,
  };
}

/** Adds a key's signature to a root, or renews it. */
export function addSignature(document: SignedRoot, key: KeyObject): SignedRoot {
  const made = signatureBy(key, document.signed);
  return { ...document, signatures: [...document.signatures.filter((one) => one.keyid !== made.keyid), made] };
}

/** Signs with every key of both roots' root roles that lies in the keys folder. */
export async function signWithKept(document: SignedRoot, before: RootBody, keys: AuthorityKeys): Promise<SignedRoot> {
  let signed = document;
  for (const keyid of new Set([...before.roles.root.keyids, ...document.signed.roles.root.keyids])) {
    const key = await keys.key(keyid);
    if (key) signed = addSignature(signed, key);
  }
  return signed;
}

/** The newest root that a chain of kept documents leads to. @throws `root-chain` when they do not hold together */
export function newestRoot(instance: string, anchor: string, documents: readonly SignedRoot[]): TrustedRoot {
  const chain = followRoots(firstRoot(instance, anchor), documents);
  if (!chain.ok)
    throw Object.assign(new Error(`root ${chain.error.version}: ${chain.error.reason}`), { code: "root-chain" });
  return chain.value;
}

/** Whether a root may be installed after this one: by the same rules by which everybody will follow it. */
export function checkNextRoot(before: TrustedRoot, document: JsonValue): Result<TrustedRoot, Refusal<"root-refused">> {
  const next = followRoots(before, [document]);
  return next.ok ? ok(next.value) : err({ code: "root-refused", params: { reason: next.error.reason } });
}

/** The private keys of the configuration role that lie here. @throws `key-missing` when they are too few to sign */
export async function configurationKeys(root: RootBody, keys: AuthorityKeys): Promise<KeyObject[]> {
  const { keyids, threshold } = root.roles.configuration;
  const found = (await Promise.all(keyids.map((keyid) => keys.key(keyid)))).filter((key) => key !== undefined);
  if (found.length < threshold)
    throw Object.assign(new Error(`root ${root.version} wants ${threshold} keys to sign; ${found.length} are here`), {
      code: "key-missing",
    });
  return found;
}
