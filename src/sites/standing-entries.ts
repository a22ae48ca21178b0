import { createHash } from "node:crypto";
import { canonicalJson, type Clock, type JsonValue } from "#kernel";
import { entryInstant, formatPolicy, type DocumentPublished, type Log, type WitnessEndpoint } from "#ledger";
import type { Database } from "#store";

/** A public text that people are served by. */
export interface PublicDocument {
  readonly what: DocumentPublished["what"];
  readonly name: string;
  readonly version?: string | undefined;
  /** What is published: a text as it is served, or JSON in its canonical form. */
  readonly content: string | object;
}

/**
 * Enters, at a site's start, what stands until it changes: who witnesses the log, and the public documents in use. What
 * stands already in the newest entry about it is not entered again; one that comes back after a change is.
 */
export async function enterStanding(o: {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly witnesses: readonly WitnessEndpoint[];
  readonly member?: string;
  readonly documents?: readonly PublicDocument[];
}): Promise<{ readonly entered: number }> {
  const { log, witnesses, member, documents = [] } = o;
  const at = entryInstant(o.clock.now());
  const policy = formatPolicy({ logs: [log.vkey], witnesses, quorum: witnesses.length });
  return o.database.transaction(async (tx) => {
    const staged = [
      await log.appendChange(tx, "policy", {
        v: 1,
        t: "ledger.policy",
        at,
        log: log.origin,
        quorum: String(witnesses.length),
        dig: digestOf(policy),
      }),
    ];
    for (const { what, name, version, content } of member === undefined ? [] : documents) {
      const text = typeof content === "string" ? content : canonicalJson(content as JsonValue);
      const ver = version === undefined ? {} : { ver: version };
      const entry = {
        v: 1,
        t: "document.published",
        at,
        member: member!,
        what,
        name,
        ...ver,
        dig: digestOf(text),
      } as const;
      staged.push(await log.appendChange(tx, `${what}/${name}`, entry));
    }
    return { entered: staged.filter((id) => id !== undefined).length };
  });
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
