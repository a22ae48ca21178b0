import { base64, refused, type Parsed, type Refused } from "./bytes.ts";
import { parseVkey, type VerifierKey } from "./note.ts";
import { logKeyType, mlDsaKeyType, witnessKeyType, type KeyType } from "./signature-kind.ts";

/** Who is believed: logs, witnesses, and how many witnesses make a quorum. */
export interface Policy {
  readonly logs: readonly VerifierKey[];
  /** Witness keys by the name the policy gives them. */
  readonly witnesses: ReadonlyMap<string, VerifierKey>;
  /** Where they answer, by verifier key, as far as the policy says: a log's files, a witness's submission prefix. */
  readonly addresses: ReadonlyMap<string, string>;
  /** True if the witnesses of these names satisfy the quorum. */
  quorum(signed: ReadonlySet<string>): boolean;
}

type Rule = (signed: ReadonlySet<string>) => boolean;

// Octets 09, 0A, 20-7E and 80-FF.
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/**
 * Reads a witness policy.
 * @see C2SP tlog-policy (main, untagged)
 */
export async function parsePolicy(text: string): Promise<Parsed<Policy, "policy-malformed">> {
  if (!text.isWellFormed() || forbidden.test(text))
    return refused("policy-malformed", "policy: a control character stands in the text");
  const logs: VerifierKey[] = [];
  const witnesses = new Map<string, VerifierKey>();
  const rules = new Map<string, Rule>();
  const grouped = new Set<string>();
  const keys = new Set<string>();
  const addresses = new Map<string, string>();
  let quorum: Rule | undefined;

  async function key(
    vkey: string | undefined,
    type: KeyType,
  ): Promise<Parsed<VerifierKey, "key-malformed" | "policy-malformed">> {
    const parsed = await parseVkey(vkey ?? "");
    if (!parsed.ok) return parsed;
    if (parsed.value.type !== type && parsed.value.type !== mlDsaKeyType)
      return refused("policy-malformed", `the key of ${parsed.value.name} is of the wrong type`);
    const bare = base64(parsed.value.publicKey);
    if (keys.has(bare)) return refused("policy-malformed", `the key of ${parsed.value.name} is listed twice`);
    keys.add(bare);
    return parsed;
  }

  for (const [at, line] of text.split("\n").entries()) {
    const wrong = (reason: string): Refused<"policy-malformed"> =>
      refused("policy-malformed", `policy line ${at + 1}: ${reason}`);
    const [word = "", ...items] = line.split(/[ \t]+/).filter((item) => item !== "");
    if (word === "" || word.startsWith("#")) continue;
    if (word === "log") {
      const parsed = await key(items[0], logKeyType);
      if (!parsed.ok) return wrong(parsed.reason);
      if (items.length > 2) return wrong("a log has a key and at most one address");
      if (items[1]) addresses.set(parsed.value.vkey, items[1]);
      logs.push(parsed.value);
    } else if (word === "witness") {
      const [name = "", vkey, address] = items;
      if (items.length < 2 || items.length > 3) return wrong("a witness has a name, a key and at most one address");
      if (name === "none" || rules.has(name)) return wrong(`the name ${name} is taken`);
      const parsed = await key(vkey, witnessKeyType);
      if (!parsed.ok) return wrong(parsed.reason);
      if (address) addresses.set(parsed.value.vkey, address);
      witnesses.set(name, parsed.value);
      rules.set(name, (signed) => signed.has(name));
    } else if (word === "group") {
      const [name = "", threshold = "", ...members] = items;
      if (members.length === 0) return wrong("a group has a name, a threshold and members");
      if (name === "none" || rules.has(name)) return wrong(`the name ${name} is taken`);
      const needed = threshold === "any" ? 1 : threshold === "all" ? members.length : threshold;
      const k = typeof needed === "number" ? needed : /^[1-9][0-9]{0,8}$/.test(needed) ? Number(needed) : 0;
      if (k < 1 || k > members.length) return wrong("the threshold does not fit the group");
      const inside: Rule[] = [];
      for (const member of members) {
        const rule = rules.get(member);
        if (!rule) return wrong(`${member} is not defined above`);
        if (grouped.has(member)) return wrong(`${member} is already in a group`);
        grouped.add(member);
        inside.push(rule);
      }
      rules.set(name, (signed) => inside.filter((rule) => rule(signed)).length >= k);
    } else if (word === "quorum") {
      const [name = ""] = items;
      if (quorum) return wrong("there is a second quorum");
      if (items.length !== 1) return wrong("a quorum names one witness or group");
      quorum = name === "none" ? () => true : rules.get(name);
      if (!quorum) return wrong(`${name} is not defined above`);
    } else {
      return wrong(`unknown word ${word}`);
    }
  }
  if (!quorum) return refused("policy-malformed", "policy: no quorum");
  return { ok: true, value: { logs, witnesses, addresses, quorum } };
}

/**
 * Writes the simplest useful policy: these logs, and `quorum` of these witnesses. A witness with an ML-DSA key counts
 * once, whichever of its two keys signed.
 */
export function formatPolicy(policy: {
  /** Verifier keys, with the address of the log's files where it is known. */
  readonly logs: readonly (string | { readonly vkey: string; readonly url?: string | undefined })[];
  readonly witnesses: readonly {
    readonly name: string;
    readonly vkey: string;
    readonly mlDsaVkey?: string | undefined;
    readonly url?: string;
  }[];
  readonly quorum: number;
}): string {
  const { logs, witnesses, quorum } = policy;
  const lines = logs.map((log) => {
    const { vkey, url } = typeof log === "string" ? { vkey: log, url: undefined } : log;
    return `log ${vkey}${url ? ` ${url}` : ""}`;
  });
  const members: string[] = [];
  for (const { name, vkey, mlDsaVkey, url } of witnesses) {
    lines.push(`witness ${name} ${vkey}${url ? ` ${url}` : ""}`);
    if (mlDsaVkey === undefined) {
      members.push(name);
    } else {
      const other = `${name}/ml-dsa-44`;
      lines.push(`witness ${other} ${mlDsaVkey}`, `group ${name}/either any ${name} ${other}`);
      members.push(`${name}/either`);
    }
  }
  if (quorum === 0) return `${[...lines, "quorum none"].join("\n")}\n`;
  return `${[...lines, `group witnesses ${quorum} ${members.join(" ")}`, "quorum witnesses"].join("\n")}\n`;
}
