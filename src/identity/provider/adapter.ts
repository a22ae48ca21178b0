import { AsyncLocalStorage } from "node:async_hooks";
import { errors, type Adapter } from "oidc-provider";
import type { Clock } from "#kernel";
import type { Session } from "../contract.ts";
import { clientMetadataFor } from "./client-metadata.ts";
import { kept, type ClientRow, type Payload, type ProviderStore } from "./store.ts";

/** Who visits while the library works: the portal's session, if there is one; and what was read ahead for this request. */
export interface Visit {
  readonly session: Session | undefined;
  readonly ahead: Map<string, Payload | undefined>;
}

export const visitor: AsyncLocalStorage<Visit> = new AsyncLocalStorage();

/** Lets the library work for whoever visits. */
export function visiting<Answer>(session: Session | undefined, work: () => Answer): Answer {
  return visitor.run({ session, ahead: new Map() }, work);
}

/** Artifacts after which the library always asks for the session and the grant that they stand on. */
const withNext = new Set(["Interaction", "AuthorizationCode"]);

/** Seconds for which an assertion, a proof or a request object may be good at most: so long its use is remembered. */
const longestProof = 3_600 + 60;

/** Of which the same value must never be taken twice. */
const once = new Set(["ReplayDetection"]);

/**
 * Keeps the library's artifacts in PostgreSQL. Three things the library leaves open are closed here: a code is consumed by
 * one of two simultaneous requests only, a replay is refused by a unique insert, and the provider's session is found only
 * by the portal session it began on.
 */
export function storeAdapter(
  store: ProviderStore,
  clock: Clock,
  isUsable: (client: ClientRow) => boolean,
): (model: string) => Adapter {
  return (model) => {
    if (model === "Client") return clientAdapter(store, isUsable);
    const current = (): string | null => visitor.getStore()?.session?.id ?? null;
    return {
      async upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn ? new Date(clock.now().getTime() + expiresIn * 1000) : null;
        const row = { model, id, payload: payload as Payload, expiresAt };
        if (once.has(model) && !(Number(expiresIn) <= longestProof))
          throw new errors.InvalidRequest("it lives too long");
        if (!once.has(model)) return store.put({ ...row, sessionId: model === "Session" ? current() : null });
        if (!(await store.putOnce(row))) throw new errors.InvalidRequest("it was used before");
      },
      async find(id) {
        const { ahead, session: portal } = visitor.getStore() ?? {};
        if (ahead && withNext.has(model)) {
          const read = await store.findWithNext(model, id, clock.now(), portal?.id);
          if (read) ahead.set(`uid ${read.session.uid}`, read.session.payload);
          if (read) ahead.set(`Grant ${read.grant.id}`, read.grant.payload);
          return read?.found;
        }
        const key = `${model} ${id}`;
        if (ahead?.has(key)) return takeAhead(ahead, key);
        const session = model === "Session" ? { sessionId: current() } : {};
        return await store.find(model, id, clock.now(), session.sessionId);
      },
      async findByUid(uid) {
        const ahead = visitor.getStore()?.ahead;
        if (ahead?.has(`uid ${uid}`)) return takeAhead(ahead, `uid ${uid}`);
        // A relying party that redeems a code comes without a portal session; a person answers within their own alone.
        return await store.findByUid(uid, clock.now(), visitor.getStore()?.session?.id);
      },
      // The device flow, which alone has user codes, is switched off.
      findByUserCode: () => Promise.resolve(undefined),
      async consume(id) {
        if (await store.consume(model, id, clock.now())) return;
        // Somebody else was first: whoever that was, what they got must not live on.
        const row = await store.find(model, id, clock.now());
        if (typeof row?.["grantId"] === "string") await store.revokeGrant(kept(row["grantId"]), clock.now());
        throw new errors.InvalidGrant("it was used before");
      },
      destroy: (id) => store.destroy(model, id),
      revokeByGrantId: (grantId) => store.revokeGrant(kept(grantId), clock.now()),
    };
  };
}

/** What was read ahead serves once: whoever asks again wants to know how it stands then. */
function takeAhead(ahead: Map<string, Payload | undefined>, key: string): Payload | undefined {
  const payload = ahead.get(key);
  ahead.delete(key);
  return payload;
}

/** Relying parties, read only: they come from the pages on which they register. */
function clientAdapter(store: ProviderStore, isUsable: (client: ClientRow) => boolean): Adapter {
  const refuse = (): never => {
    throw Object.assign(new Error("relying parties are not registered over the protocol"), {
      code: "client-read-only",
    });
  };
  return {
    async find(id) {
      const row = await store.client(id);
      return row && isUsable(row) ? clientMetadataFor(row) : undefined;
    },
    upsert: refuse,
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
