import assert from "node:assert/strict";
import { headerValues } from "../r1/headers.ts";
import type { InProcessRequest, ServiceDeclaration } from "../gateway/services.ts";
import type { EventsOptions } from "./open-events.ts";
import { named, testAuthority, testGateway, testMember, type TestAuthority, type TestGateway } from "../testing.ts";

/** What a subscriber's system received, in order. */
export interface Taken {
  readonly id: string;
  readonly sequence: number;
  readonly key: string | undefined;
  readonly event: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A system that takes events: remembers them, and answers what the test wants. */
export interface Taker {
  readonly taken: Taken[];
  /** Status for an event; 200 unless set. */
  answers: (taken: Taken) => number | Promise<number>;
  readonly service: ServiceDeclaration;
}

export function taker(subsystem: string): Taker {
  const taken: Taken[] = [];
  const self: Taker = {
    taken,
    answers: () => 200,
    service: {
      subsystem,
      code: "events",
      title: named("Events"),
      endpoints: [{ method: "POST", path: "/v1/events" }],
      target: {
        call: async (request) => {
          const one = takenFrom(request);
          taken.push(one);
          return { status: await self.answers(one), headers: [], body: new Uint8Array() };
        },
      },
    },
  };
  return self;
}

function takenFrom(request: InProcessRequest): Taken {
  const item = JSON.parse(Buffer.from(request.body).toString()) as Omit<Taken, "headers" | "key">;
  const headers = Object.fromEntries((request.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...item, key: headerValues(request.headers ?? [], "taroko-event-key")[0], headers };
}

/** An agency with the room `TW/GOV/REG/births`, and one with a system `TW/GOV/TAX/people` that takes its events. */
export interface TestRoom {
  readonly at: TestAuthority;
  readonly room: TestGateway;
  readonly other: TestGateway;
  readonly taker: Taker;
  /** A call as the room's own system (`births`) or as the subscriber's (`people`). */
  readonly call: (
    as: "births" | "people",
    line: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Said>;
}

export interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly problem: string | undefined;
}

export const schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: { n: { type: "integer" }, place: { type: "string" } },
  required: ["n"],
  additionalProperties: false,
} as const;

export async function testRoom(
  o: { readonly events?: Partial<EventsOptions>; readonly rights?: readonly string[] } = {},
): Promise<TestRoom> {
  const at = await testAuthority();
  const takes = taker("people");
  const room = await testGateway(at, {
    member: testMember("REG"),
    subsystems: ["births"],
    services: [],
    events: { rooms: ["births"], ...o.events },
  });
  const other = await testGateway(at, { member: testMember("TAX"), subsystems: ["people"], services: [takes.service] });
  await room.gateway.refresh();
  await other.gateway.refresh();
  const own = { ...testMember("REG"), subsystemCode: "births" };
  const theirs = { ...testMember("TAX"), subsystemCode: "people" };
  for (const serviceCode of ["api", "pub"]) await give(room, "births", serviceCode, own);
  for (const serviceCode of o.rights ?? ["api", "pull"]) await give(room, "births", serviceCode, theirs);
  await give(other, "people", "events", own);

  return {
    at,
    room,
    other,
    taker: takes,
    async call(as, line, body, headers = {}) {
      const [method = "", path = ""] = line.split(" ");
      const [url, client] = as === "births" ? [room.agencyUrl, "REG/births"] : [other.agencyUrl, "TAX/people"];
      const answer = await fetch(`${url}/r1/TW/GOV/REG/births${path}`, {
        method,
        headers: { "x-road-client": `TW/GOV/${client}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      const said = (text === "" ? undefined : JSON.parse(text)) as { type?: string; problem?: string } | undefined;
      const problem = [said?.problem, said?.type].find((type) => type?.startsWith("/problems/"))?.slice(10);
      return { status: answer.status, body: said, problem };
    },
  };
}

async function give(to: TestGateway, subsystem: string, serviceCode: string, subject: object): Promise<void> {
  const given = await to.gateway.rights.grant({ subsystem, serviceCode, subject: subject as never });
  assert.ok(given.ok);
}

/** Waits until `ready` says so. @throws after a minute: machines that test are busy */
export async function until(ready: () => boolean | Promise<boolean>, what: string = "it"): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    if (await ready()) return;
    await new Promise((next) => setTimeout(next, 10));
  }
  assert.fail(`${what} did not come`);
}
