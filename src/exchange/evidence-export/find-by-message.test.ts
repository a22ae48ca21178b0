import assert from "node:assert/strict";
import test from "node:test";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { fillKept, planOf } from "../test-store.ts";
import { messageKeyOf, messageQuery, recordsOfMessage } from "./store.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));

test("of 100,000 exchanges those with one message id are found without looking at the others", async () => {
  await fillKept(database, 100_000);
  const asked = { messageId: "m-77777", client: "TW/GOV/PORTAL/app", limit: 100 };
  const found = await recordsOfMessage(database, asked);
  assert.deepEqual(
    found.map(({ messageId }) => messageId),
    ["m-77777"],
  );
  const plan = await planOf(database, messageQuery, [messageKeyOf(asked.messageId), asked.client, asked.limit]);
  assert.doesNotMatch(plan, /Seq Scan/, plan);
  assert.match(plan, /kept_message_key/);
  assert.deepEqual(await recordsOfMessage(database, { ...asked, client: "TW/GOV/OTHER" }), [], "another's");
});
