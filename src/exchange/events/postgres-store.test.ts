import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { eventStoreBehaviour } from "./behaviour.ts";
import { postgresEventStore } from "./postgres-store.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));

eventStoreBehaviour(database, async (rooms) =>
  postgresEventStore({ database, rooms, leases: { pushMs: 400, pullMs: 400 } }),
);
