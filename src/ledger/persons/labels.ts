import { bytesOf, concat, textOf, type Bytes } from "../bytes.ts";

/**
 * What the index of persons hashes. A person's **label** names them in the index without saying who they are: only the
 * log's keeper can compute it, and can prove to the person that it is theirs (`vrf.ts`). The index is a binary tree over
 * the bits of the labels, most significant first: a range with no label is `emptyRange`, with one label its leaf, with more
 * the node of both halves. Beside each label stand a commitment to the person's key and the root of the tree of positions.
 * Browser-safe; whoever hashes what these answer gets the same.
 */
export const emptyRange: Bytes = new Uint8Array(32);

const zero = Uint8Array.of(0);

/** What the verifiable random function is asked about: the person's identifier in the country's normal form. */
export function subjectBytes(subject: string): Bytes {
  return bytesOf(`taroko/person/v1\0${subject}`);
}

/** SHA-256 of this is the label. A topic separates lists that are asked for apart. */
export function labelInput(value: Uint8Array, topic: string): Bytes {
  return concat(bytesOf("taroko/person-label/v1"), zero, bytesOf(topic), zero, value);
}

/** SHA-256 of this commits to a person's key. */
export function keyInput(key: Uint8Array): Bytes {
  return concat(bytesOf("taroko/person-key/v1"), zero, key);
}

/** SHA-256 of this is what stands beside a label; `positions` is an RFC 6962 root over 8-byte big-endian positions. */
export function valueInput(keyCommitment: Uint8Array, positions: Uint8Array): Bytes {
  return concat(Uint8Array.of(4), keyCommitment, positions);
}

/** SHA-256 of this is a leaf of the index. */
export function leafInput(label: Uint8Array, value: Uint8Array): Bytes {
  return concat(Uint8Array.of(2), label, value);
}

/** SHA-256 of this is an inner node of the index. */
export function nodeInput(left: Uint8Array, right: Uint8Array): Bytes {
  return concat(Uint8Array.of(3), left, right);
}

/** Bit `at` of a label, 0 being the most significant. */
export function bitAt(label: Uint8Array, at: number): 0 | 1 {
  return ((label[at >> 3]! >> (7 - (at & 7))) & 1) === 1 ? 1 : 0;
}

/**
 * HMAC-SHA-256 of this under a person's key is the salt of `sub` in one entry. The nonce is that entry's first of the
 * members `pair`, `con`, `rec`, none of which repeats within a log; so whoever holds the key finds the person's entries in
 * any copy of the log, and without it no two of them can be linked.
 */
export function saltInput(nonce: string): Bytes {
  return bytesOf(`taroko/person-salt/v1\0${nonce}`);
}

/** The member of an entry from which the salt of its `sub` is made. */
export function nonceOf(entry: { readonly [member: string]: unknown }): string | undefined {
  for (const member of ["pair", "con", "rec"]) {
    const value = entry[member];
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** What an entry's bytes say about a person: its `sub`, and what the salt of it is made from; nothing if about nobody. */
export function markOf(entry: Uint8Array): { readonly sub: string; readonly nonce: string } | undefined {
  let members: unknown;
  try {
    members = JSON.parse(textOf(entry) ?? "");
  } catch {
    return undefined;
  }
  if (typeof members !== "object" || members === null) return undefined;
  const { sub } = members as { readonly sub?: unknown };
  const nonce = nonceOf(members as { readonly [member: string]: unknown });
  return typeof sub === "string" && nonce !== undefined ? { sub, nonce } : undefined;
}
