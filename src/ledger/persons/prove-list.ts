import { base64, base64url } from "../bytes.ts";
import type { LogContext } from "../log-context.ts";
import { receiptAt } from "../read-log.ts";
import type { PersonList } from "./verify-list.ts";
import { pathTo } from "./map.ts";
import * as store from "./store.ts";
import { lookupOf, makeLabel, type About } from "./trace.ts";

/**
 * A person's whole list on a topic, with the proof that nothing was left out, as of the newest witnessed root of the
 * index; nothing while there is none, and nothing about a person who was forgotten.
 */
export async function proveList(context: LogContext, about: About): Promise<PersonList | undefined> {
  const { database, log, persons } = context;
  if (!persons) return undefined;
  const lookup = lookupOf(persons, about.subject);
  const known = await store.personOf(database, log, lookup, about.topic);
  const { label, proof } = known ?? (await makeLabel(persons, about));
  return database.transaction(async (tx) => {
    // One moment for all reads: the next root may be written meanwhile.
    await tx.run("set transaction isolation level repeatable read");
    const served = await store.servedRoot(tx, log);
    const receipt = served && (await receiptAt(tx, log, served.idx));
    if (!served || !receipt) return undefined;
    const person = await store.personOf(tx, log, lookup, about.topic);
    const positions = person ? await store.positionsOf(tx, log, label, served.upto) : [];
    const path = await pathTo(label, (wanted) => store.nodesAt(tx, log, served.version, wanted));
    const own = path.leaf && Buffer.from(path.leaf.label).equals(label);
    // Forgotten, and not seen again: what stands in their place cannot be opened any more.
    if (own && !person) return undefined;
    return {
      v: 1,
      topic: about.topic,
      label: base64url(proof),
      // A person who appeared after the root has a key that this root knows nothing of.
      key: own && person ? base64url(person.key) : null,
      positions: own ? positions.map(Number) : [],
      siblings: path.siblings.map(base64),
      leaf: path.leaf && !own ? { label: base64url(path.leaf.label), value: base64url(path.leaf.value) } : null,
      root: { v: 1, entry: base64(receipt.entry), proof: receipt.proof },
    };
  });
}
