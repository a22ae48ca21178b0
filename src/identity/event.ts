import { uuidV7 } from "#kernel";
import type { EventRow } from "./store.ts";

/** An event of somebody's identity as it is kept: what is not said is none, and it went well. */
export function eventAt(at: Date, said: Pick<EventRow, "person_id" | "what"> & Partial<EventRow>): EventRow {
  return {
    id: uuidV7(at),
    principal_id: null,
    credential_id: null,
    acr: null,
    ok: true,
    reason: null,
    address: null,
    agent_hash: null,
    at,
    ...said,
  };
}
