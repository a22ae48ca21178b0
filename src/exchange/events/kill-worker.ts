/** A process that delivers events until it is killed: started by kill.test.ts with a database and an address to push to. */
import { systemClock } from "#kernel";
import { openDatabase } from "#store";
import { startDelivery } from "./deliver.ts";
import { postgresEventStore } from "./postgres-store.ts";

const [, , url = "", address = "", room = ""] = process.argv;
const database = openDatabase(url, { max: 4 });
const leases = { pushMs: 300, pullMs: 300 };
const store = postgresEventStore({ database, rooms: [room], leases });
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
startDelivery({
  context: { database, store, clock: systemClock, rooms: [room], logger, wake: () => undefined },
  every: 20,
  renewEvery: 100,
  delay: () => 5,
  push: async ({ event }) => {
    const answer = await fetch(address, { method: "POST", body: JSON.stringify({ ...event, key: event.key ?? null }) });
    return { kind: "answered", status: answer.status };
  },
});
