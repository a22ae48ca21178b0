import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { systemClock } from "#kernel";
import { openGovStackAdapter } from "./adapter.ts";

/** What stands where a gateway would: readings without end, fifty a page. */
const asked: { readonly url: string | undefined; readonly id: unknown; readonly body: string }[] = [];
const gateway = createServer(async (incoming, outgoing) => {
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  asked.push({ url: incoming.url, id: incoming.headers["x-road-id"], body });
  const { since } = JSON.parse(body) as { since?: string };
  const page = Number(since ?? 0);
  const name = { "zh-Hant": "社會局", en: "Social Welfare" };
  const records = Array.from({ length: 50 }, (_, at) => ({
    id: `r${page}-${at}`,
    at: "2026-05-05T00:00:00.000Z",
    client: { id: "TW/GOV/DOSW/welfare", name },
    service: `TW/GOV/REG/people/${at % 2 === 0 ? "open" : "closed"}`,
  }));
  outgoing.writeHead(200, { "content-type": "application/json" });
  outgoing.end(JSON.stringify({ records, next: String(page + 1), list: null, checkedUpTo: "" }));
});
await new Promise<void>((done) => gateway.listen(0, "127.0.0.1", done));
const adapter = await openGovStackAdapter({
  host: "127.0.0.1",
  port: 0,
  agencyUrl: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
  instance: "TW",
  rights: async () => [],
  clock: systemClock,
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
});
after(async () => {
  await adapter.close();
  gateway.close();
  gateway.closeAllConnections();
});

test("a long list comes in parts, each linked to the next, and the person's number stays out of addresses", async () => {
  const path = "/r1/TW/GOV/REG/people/open-dr/data/myPersonalDataUsage?userId=A700000001&databaseId=open";
  const headers = { "X-GovStack-Client": "TW/GOV/PORTAL/app", "X-Road-Id": "mine", "Accept-Language": "en" };
  const answer = await fetch(adapter.url + path, { headers });
  const list = (await answer.json()) as { id: string; readerInstitutionName: string }[];
  assert.deepEqual([list.length, list.at(-1)?.id, list[0]?.readerInstitutionName], [500, "r19-48", "Social Welfare"]);
  assert.deepEqual(
    asked.slice(0, 2).map(({ id, body }) => [id, body]),
    [
      ["mine", '{"subject":"A700000001"}'],
      [undefined, '{"subject":"A700000001","since":"1"}'],
    ],
  );
  assert.equal(asked.length, 20);
  assert.ok(asked.every(({ url }) => url === "/r1/TW/GOV/REG/people/findUsage/v1/search"));
  const [, next = ""] = /^<(.*)>; rel="next"$/.exec(answer.headers.get("link") ?? "") ?? [];
  assert.equal(next, `${path}&since=20`);
  const zh = await fetch(adapter.url + next, { headers: { ...headers, "Accept-Language": "zh-TW" } });
  const [first] = (await zh.json()) as { id: string; readerInstitutionName: string }[];
  assert.deepEqual([first?.id, first?.readerInstitutionName], ["r20-0", "社會局"]);
});
