import type { Adapter, AdapterPayload } from "oidc-provider";

/** Keeps what the simulator's provider issues for as long as it runs; nothing of it is worth a database. */
export function memoryAdapter(): (model: string) => Adapter {
  const kept = new Map<string, { readonly payload: AdapterPayload; readonly until: number }>();
  const alive = (key: string): AdapterPayload | undefined => {
    const found = kept.get(key);
    if (found && found.until > Date.now()) return found.payload;
    kept.delete(key);
    return undefined;
  };
  return (model) => ({
    upsert: async (id, payload, expiresIn = 86_400) => {
      for (const [key, { until }] of kept) if (until <= Date.now()) kept.delete(key);
      kept.set(`${model}:${id}`, { payload, until: Date.now() + expiresIn * 1000 });
    },
    find: async (id) => alive(`${model}:${id}`),
    findByUid: async (uid) => [...kept.values()].find(({ payload }) => payload.uid === uid)?.payload,
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const payload = alive(`${model}:${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => void kept.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key);
    },
  });
}
