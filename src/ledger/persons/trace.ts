import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Sql } from "#store";
import { base64url, bytesOfBase64url } from "../bytes.ts";
import { subjectInput } from "../commitment.ts";
import { labelInput, nonceOf, saltInput, subjectBytes } from "./labels.ts";
import * as store from "./store.ts";
import { vrfProve } from "./vrf.ts";

/** Whose list an entry belongs to. */
export interface About {
  /** The person's identifier in the country's normal form. It is hashed and forgotten. */
  readonly subject: string;
  /** Lists that are asked for apart, for example one for each system of an agency. Public, no personal data. */
  readonly topic: string;
}

/** What a log needs to put an entry on a person's list. */
export interface Trace {
  /** The entry's member `sub`. */
  readonly sub: string;
  /** Names the list within this log: base64url of 40 bytes. Secret, but says nothing without the log's key. */
  readonly label: string;
}

export interface PersonsContext {
  readonly log: number;
  /** 32 random bytes, this log's own; who holds them and the database can tell whom entries are about. */
  readonly secret: Uint8Array;
}

export function lookupOf({ secret }: PersonsContext, subject: string): Buffer {
  return createHmac("sha256", secret).update(`taroko/person-lookup/v1\0${subject}`).digest();
}

function saltOf(key: Uint8Array, nonce: string): Buffer {
  return createHmac("sha256", key).update(saltInput(nonce)).digest();
}

/** The label of a person's list and the proof of it; it costs milliseconds. */
export async function makeLabel(
  { secret }: PersonsContext,
  { subject, topic }: About,
): Promise<{ readonly label: Uint8Array; readonly proof: Uint8Array }> {
  const { value, proof } = await vrfProve(secret, subjectBytes(subject));
  return { label: createHash("sha256").update(labelInput(value, topic)).digest(), proof };
}

/** The person's row, made at first use. */
async function personOf(context: PersonsContext, sql: Sql, { subject, topic }: About): Promise<store.PersonRow> {
  const lookup = lookupOf(context, subject);
  const known = await store.personOf(sql, context.log, lookup, topic);
  if (known) return known;
  const { label, proof } = await makeLabel(context, { subject, topic });
  await store.addPerson(sql, context.log, {
    lookup,
    topic,
    label,
    key: randomBytes(32),
    generation: randomBytes(8),
    proof,
  });
  return (await store.personOf(sql, context.log, lookup, topic))!;
}

/**
 * What puts an entry on a person's list.
 * @param nonce the entry's `pair`, `con` or `rec`, the first it has
 */
export async function traceOf(context: PersonsContext, sql: Sql, about: About, nonce: string): Promise<Trace> {
  const { key, label, generation } = await personOf(context, sql, about);
  const sub = createHash("sha256")
    .update(subjectInput(about.subject, saltOf(key, nonce)))
    .digest("base64url");
  return { sub, label: base64url(Buffer.concat([label, generation])) };
}

/** The salts that open `sub` of entries to a person, in base64url and in the order given; none once they are forgotten. */
export async function subjectSalts(
  context: PersonsContext,
  sql: Sql,
  { subject, topic }: About,
  entries: readonly { readonly [member: string]: unknown }[],
): Promise<(string | undefined)[]> {
  const person = await store.personOf(sql, context.log, lookupOf(context, subject), topic);
  return entries.map((entry) => {
    const nonce = nonceOf(entry);
    return person && nonce !== undefined ? base64url(saltOf(person.key, nonce)) : undefined;
  });
}

/** The bytes of a label; nothing for a text that is none. */
export function labelBytes(label: string): Uint8Array | undefined {
  const bytes = bytesOfBase64url(label);
  return bytes?.length === 40 ? bytes : undefined;
}
