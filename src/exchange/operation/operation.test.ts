import assert from "node:assert/strict";
import test from "node:test";
import { array, assert as holds, constantFrom, integer, property } from "fast-check";
import { bounds, bucketOf, quantileOf } from "./durations.ts";
import { trafficOf } from "./traffic.ts";
import { recordOf } from "./record.ts";
import { peopleServices, testCountry } from "../testing.ts";

const { person } = await peopleServices();
const { provider, consumer, call } = await testCountry({
  services: [person("open")],
  grants: [{ serviceCode: "open" }],
});

async function records(of: typeof provider, from: Date) {
  await of.gateway.operation.collector.flush();
  const answer = await of.gateway.operation.records({ from, to: new Date(Date.now() + 1000) });
  return answer.records;
}

test("a call is one record at each gateway, in the names of PR-OPMON, and names no person", async () => {
  const from = new Date(Date.now() - 1000);
  const answer = await call("open");
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const [asked] = await records(consumer, from);
  const [given] = await records(provider, from);
  assert.equal(asked?.securityServerType, "Client");
  assert.equal(given?.securityServerType, "Producer");
  assert.equal(asked?.xRequestId, given?.xRequestId);
  for (const record of [asked, given]) {
    assert.equal(record?.serviceCode, "open");
    assert.equal(record?.succeeded, true);
    assert.equal(record?.statusCode, 200);
    assert.equal(record?.messageProtocolVersion, "1");
    const { requestInTs = 0, requestOutTs = -1, responseInTs = -1, requestSize = 0, responseSize = 0 } = record ?? {};
    assert.ok(requestInTs > 0 && requestInTs <= requestOutTs && requestOutTs <= responseInTs);
    assert.ok(requestSize > 0 && responseSize > 0);
    assert.equal(JSON.stringify(record).includes("A700000001"), false);
  }
  assert.equal(given?.restPath, "**");
  assert.equal(typeof given?.rightId, "string");
});

test("a refusal says its fault on both sides, and a call nobody could read is counted too", async () => {
  const from = new Date();
  const answer = await call("absent");
  assert.equal(answer.status, 500);
  const [asked] = await records(consumer, from);
  const [given] = await records(provider, from);
  assert.deepEqual([asked?.succeeded, asked?.decision], [false, "service-unknown"]);
  assert.match(asked?.faultCode ?? "", /UnknownService$/i);
  assert.deepEqual([given?.succeeded, given?.decision], [false, "service-unknown"]);
});

test("records come page by page, by client and in chosen fields", async () => {
  const from = new Date(Date.now() - 60_000);
  const to = new Date(Date.now() + 60_000);
  const { operation } = provider.gateway;
  await operation.collector.flush();
  const all = await operation.records({ from, to });
  assert.ok(all.recordsCount >= 2);
  const first = await operation.records({ from, to, limit: 1, fields: ["serviceCode"] });
  assert.deepEqual(first.records, [{ serviceCode: all.records[0]!.serviceCode }]);
  const rest = await operation.records({ from, to, cursor: first.nextCursor });
  assert.equal(rest.recordsCount, all.recordsCount - 1);
  assert.equal((await operation.records({ from, to, client: "TW/GOV/nobody" })).recordsCount, 0);
});

test("traffic, metrics, readiness and a diagnosis say the same of what passed", async () => {
  const { operation } = consumer.gateway;
  await operation.collector.flush();
  const { flows, slices } = await operation.traffic(60);
  const calls = flows.reduce((sum, flow) => sum + flow.calls, 0);
  assert.ok(calls >= 2);
  assert.equal(
    calls,
    slices.reduce((sum, slice) => sum + slice.calls, 0),
  );
  assert.ok(flows.some((flow) => flow.failed > 0) && flows.some((flow) => flow.failed === 0));
  const text = await operation.metrics();
  const counted = [...text.matchAll(/^taroko_exchange_calls_total\{[^}]*\} (\d+)$/gm)].map(([, n]) => Number(n));
  assert.equal(
    counted.reduce((sum, n) => sum + n, 0),
    calls,
  );
  assert.match(text, /^taroko_exchange_duration_seconds_bucket\{side="Client",service="[^"]+",le="\+Inf"\} \d+$/m);
  assert.deepEqual(await operation.readiness(), { ready: true, database: "ok", configuration: "fresh" });
  const { own, peers } = await operation.diagnose();
  assert.deepEqual(
    own.filter(({ state }) => state !== "good"),
    [],
  );
  assert.deepEqual(
    peers.map(({ checks }) => checks.map(({ state }) => state)),
    [
      ["good", "good"],
      ["good", "good"],
    ],
  );
});

test("names that a caller invents are summed as one, and do not stop what is observed", async () => {
  const seriesOf = async (of: typeof provider): Promise<Set<string>> => {
    await of.gateway.operation.collector.flush();
    const text = await of.gateway.operation.metrics();
    return new Set([...text.matchAll(/service="([^"]*)"/g)].map(([, service]) => service!));
  };
  const from = new Date();
  for (let n = 0; n < 20; n += 1) await call(`invented${n}`);
  for (let n = 0; n < 5; n += 1) await call(`NOBODY${n}/people/open`);
  for (const odd of ["a%00b", `${"a".repeat(254)}%F0%9F%98%80`, "a%0A%22b"]) await call(odd);
  assert.equal((await call("open")).status, 200);
  for (const side of [consumer, provider]) {
    const series = await seriesOf(side);
    assert.deepEqual(
      [...series].filter(
        (service) => !/^(\?|TW\/GOV\/(REG|OTHER)\/(people|sys)(\/(open|listMethods))?)$/.test(service),
      ),
      [],
    );
    const observed = await records(side, from);
    assert.equal(observed.at(-1)?.statusCode, 200);
    assert.ok(
      observed.some(({ serviceCode }) => serviceCode === "invented7"),
      "the single record says what was asked",
    );
  }
});

test("pages of records follow one another without a gap, however many there are", async () => {
  const { operation } = provider.gateway;
  const [from, to] = [new Date(0), new Date(Date.now() + 60_000)];
  const whole = (await operation.records({ from, to, limit: 10_000 })).records;
  assert.ok(whole.length > 20, "ids of one digit and of two");
  const paged: unknown[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await operation.records({ from, to, cursor, limit: 3 });
    paged.push(...page.records);
    cursor = page.nextCursor;
  }
  assert.deepEqual(paged, whole);
});

test("the health of services counts what succeeded and what failed, with the spread of durations and sizes", async () => {
  const { operation } = provider.gateway;
  await operation.collector.flush();
  const { services, statisticsPeriodSeconds } = await operation.health();
  assert.equal(statisticsPeriodSeconds, 600);
  const open = services.find(({ service }) => service === "TW/GOV/REG/people/open");
  const { min = 0, average = 0, max = 0 } = open?.requestDuration ?? {};
  assert.ok((open?.successfulRequestCount ?? 0) > 0 && open?.unsuccessfulRequestCount === 0);
  assert.ok(min > 0 && min <= average && average <= max);
  assert.ok((open?.requestSize?.min ?? 0) > 0 && (open?.lastSuccessfulRequestTs ?? 0) > Date.now() - 600_000);
  const absent = services.find(({ service }) => service === "TW/GOV/REG/people/absent");
  assert.deepEqual([absent?.successfulRequestCount, absent?.unsuccessfulRequestCount], [0, 1]);
  assert.deepEqual([absent?.requestDuration, absent?.lastSuccessfulRequestTs], [undefined, undefined]);
});

test("a peer that is away is found, with what to do", async () => {
  const peer = await testCountry({ services: [], grants: [] });
  await peer.provider.gateway.close();
  const { peers } = await peer.consumer.gateway.operation.diagnose();
  const found = peers.find(({ gateway }) => gateway === peer.provider.gateway.id);
  assert.deepEqual(
    found?.checks.map(({ state, advice }) => [state, advice !== undefined]),
    [["bad", true]],
  );
});

test("a quantile lies in the bucket where the sorted durations have it", () => {
  holds(
    property(
      array(integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 200 }),
      constantFrom(0.5, 0.95, 1),
      (durations, q) => {
        const buckets = Array.from({ length: bounds.length + 1 }, () => 0);
        for (const one of durations) buckets[bucketOf(one)]! += 1;
        const exact = durations.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * durations.length) - 1)]!;
        const read = quantileOf(buckets, q)!;
        const upper = bounds[bucketOf(exact)]!;
        const lower = bounds[bucketOf(exact) - 1] ?? 0;
        assert.ok(read >= lower && read <= upper, `${read} not in ${lower}..${upper}`);
      },
    ),
  );
  assert.equal(
    quantileOf(
      Array.from({ length: bounds.length + 1 }, () => 0),
      0.5,
    ),
    undefined,
  );
});

test("minutes outside the slices' edges count in the first and last", () => {
  const to = new Date("2026-11-22T12:00:00Z");
  const from = new Date(to.getTime() - 3_600_000);
  const sum = {
    side: "Client",
    client: "a",
    service: "b",
    succeeded: true,
    buckets: [1],
    milliseconds: 1,
    requestBytes: 1,
    responseBytes: 1,
  } as const;
  const { slices, flows } = trafficOf(
    [
      { ...sum, minute: from, calls: 1 },
      { ...sum, minute: to, calls: 2 },
    ],
    from,
    to,
  );
  assert.deepEqual([slices[0]?.calls, slices[59]?.calls, slices.length, flows[0]?.calls], [1, 2, 60, 3]);
});

test("texts are cut where the protocol cuts them", () => {
  const record = recordOf(
    "Client",
    { in: 1, done: 2 },
    { messageId: "x".repeat(300), client: "TW/GOV/a%2Fb/c" },
    {
      status: 500,
      fault: { code: "c", message: "m".repeat(3000), problem: "p" },
    },
  );
  assert.deepEqual([record.messageId?.length, record.faultString?.length, record.clientMemberCode], [255, 2048, "a/b"]);
});
