import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { Pool } from "undici";
import { isCalledBy, preferredLanguage } from "#http";
import { readUpTo, type Clock } from "#kernel";
import { problemAnswer, type WholeAnswer } from "../gateway/refusal.ts";
import type { ExchangeProblem } from "../problems.ts";
import type { GatewayLogger } from "../gateway/context.ts";
import { filterHeaders, flatHeaders, headerPairs, headerValues, type RawHeaders } from "../r1/headers.ts";
import type { AccessRight } from "../rights/right.ts";
import { allowList, clientsAnswer, descriptionAnswer, methodsAnswer } from "./answers.ts";
import { govStackSettings, type GovStackSettings } from "./settings.ts";
import type { UsageAnswer } from "../gateway/usage.ts";
import { personalDataUsage } from "./personal-data-usage.ts";
import { readHeaders, readTarget, type Asked, type UsageAsked } from "./translate.ts";

export interface GovStackOptions {
  readonly host: string;
  readonly port: number;
  /** Host names, lower case, under which it is called; addresses and `localhost` need no listing. */
  readonly names?: readonly string[] | undefined;
  /** Where this agency's gateway answers information systems. */
  readonly agencyUrl: string;
  /** Instance and domain as the configuration API tells them. */
  readonly instance: string;
  readonly domain?: string | undefined;
  readonly settings?: Partial<GovStackSettings> | undefined;
  /** All rights of the agency. */
  readonly rights: () => Promise<readonly AccessRight[]>;
  /** Who presents it may read the configuration API; without one it is closed. */
  readonly token?: string | undefined;
  readonly clock: Clock;
  readonly logger: GatewayLogger;
  readonly problemBase?: string | undefined;
}

export interface GovStackAdapter {
  readonly url: string;
  close(): Promise<void>;
}

/** Bytes of a metaservice's answer, which is translated in memory; another member's gateway may have made it. */
const longestAnswer = 16 * 1024 * 1024;
/** Pages of 50 readings that one question about a person's data is answered with; each is an exchange. */
const mostUsagePages = 20;

/**
 * GovStack's information mediator on a port of its own: its directory API, its calls and its rooms, translated in front
 * of the gateway's agency side, where everything is judged and recorded as for any call; and its configuration API, to
 * read. Streams what it passes on.
 * @throws `EADDRINUSE` as node gives it
 */
export async function openGovStackAdapter(o: GovStackOptions): Promise<GovStackAdapter> {
  const names = new Set(o.names);
  const settings: GovStackSettings = { ...govStackSettings, ...o.settings };
  const gateway = new Pool(o.agencyUrl, { connections: 128, bodyTimeout: 0, headersTimeout: 0 });
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 0 });
  server.on("request", (incoming, outgoing) => {
    answer(incoming, outgoing).catch((cause: unknown) => {
      o.logger.warn({ cause: String(cause) }, "a GovStack call could not be passed on");
      if (outgoing.headersSent) outgoing.destroy();
      else send(outgoing, problemAnswer("peer-unreachable", o.problemBase ?? ""));
    });
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const refused = (code: ExchangeProblem): void => send(outgoing, problemAnswer(code, o.problemBase ?? ""));
    if (!isCalledBy(incoming.headers.host, names)) return refused("gateway-name-unknown");
    const asked = readTarget(incoming.url ?? "", settings);
    if (asked.kind === "unknown") return refused("service-unknown");
    if (asked.kind === "configuration") return send(outgoing, await configuration(asked, incoming));
    const headers = readHeaders(filterHeaders(headerPairs(incoming.rawHeaders)), settings);
    if (!headers) return refused("invalid-client");
    if (asked.kind === "call") return passOn(asked.target, headers, incoming, outgoing);
    if (incoming.method !== "GET") return refused("call-malformed");
    if (asked.kind === "usage") return send(outgoing, await usage(asked, headers, incoming.url ?? ""));
    send(outgoing, await metaservice(asked, headers));
  }

  async function passOn(
    target: string,
    headers: RawHeaders,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const bodiless =
      incoming.headers["content-length"] === undefined && incoming.headers["transfer-encoding"] === undefined;
    const length = incoming.headers["content-length"];
    // Whoever went away must not keep one of the connections to the gateway.
    const leaving = new AbortController();
    outgoing.once("close", () => leaving.abort());
    const given = await gateway.request({
      signal: leaving.signal,
      path: target,
      method: incoming.method ?? "GET",
      headers: flatHeaders(length === undefined ? headers : [...headers, ["Content-Length", length]]),
      body: bodiless ? null : incoming,
      responseHeaders: "raw",
    });
    const answered = headerPairs(given.headers as unknown as string[]);
    const framing = headerValues(answered, "content-length").map((value) => ["Content-Length", value] as const);
    outgoing.writeHead(given.statusCode, flatHeaders([...filterHeaders(answered), ...framing]));
    await pipeline(given.body, outgoing);
  }

  /** GovStack's errors are 400 and 500; which of the two is said by the gateway's own status. */
  async function metaservice(
    asked: Exclude<Asked, { kind: "call" | "configuration" | "unknown" | "usage" }>,
    headers: RawHeaders,
  ): Promise<WholeAnswer> {
    const accept = headerValues(headers, "accept").join();
    const sent = headers.filter(([name]) => !["accept", "prefer", "accept-encoding"].includes(name.toLowerCase()));
    const given = await gateway.request({
      path: asked.target,
      method: "GET",
      headers: flatHeaders([...sent, ["Accept", "application/json"], ["Prefer", "taroko-status"]]),
    });
    const read = await readUpTo(given.body, longestAnswer);
    if (!read) throw new Error("the metaservice's answer is too long");
    const body = Buffer.from(read);
    if (given.statusCode !== 200) {
      const type = String(given.headers["content-type"] ?? "application/json");
      return { status: given.statusCode < 500 ? 400 : 500, headers: [["Content-Type", type]], body };
    }
    if (asked.kind === "description") {
      const { contentType, body: text } = descriptionAnswer(body.toString("utf8"), accept);
      return { status: 200, headers: [["Content-Type", contentType]], body: Buffer.from(text, "utf8") };
    }
    const said: unknown = JSON.parse(body.toString("utf8"));
    return json(
      200,
      asked.kind === "clients"
        ? clientsAnswer(said, settings, asked.instance)
        : methodsAnswer(said, settings, asked.service),
    );
  }

  /**
   * Asks the subsystem's `findUsage`, whose rights say who may see such a list, page by page. The person's number, which
   * GovStack has in the query, goes on in a body.
   */
  async function usage(asked: UsageAsked, headers: RawHeaders, url: string): Promise<WholeAnswer> {
    const { user, database, capitals } = asked;
    if (user === undefined || database === undefined)
      return problemAnswer("call-malformed", o.problemBase ?? "", { reason: "userId-or-databaseId" });
    const own = new Set(["accept", "accept-encoding", "content-type", "content-encoding", "prefer"]);
    const kept: RawHeaders = [
      ...headers.filter(([name]) => !own.has(name.toLowerCase())),
      ["Content-Type", "application/json"],
      ["Prefer", "taroko-status"],
    ];
    const sent = flatHeaders(kept);
    const withoutId = flatHeaders(kept.filter(([name]) => name.toLowerCase() !== "x-road-id"));
    const language = preferredLanguage(undefined, headerValues(headers, "accept-language").join());
    const found: object[] = [];
    let since: string | null = asked.since ?? null;
    for (let page = 0; page < mostUsagePages; page += 1) {
      const body = JSON.stringify(since === null ? { subject: user } : { subject: user, since });
      // Each page is a message of its own; an id that the client gave is the first one's.
      const headed = page === 0 ? sent : withoutId;
      const given = await gateway.request({ path: asked.target, method: "POST", headers: headed, body });
      const read = await readUpTo(given.body, longestAnswer);
      if (!read) throw new Error("the list is too long");
      if (given.statusCode !== 200) {
        const type = String(given.headers["content-type"] ?? "application/json");
        return { status: given.statusCode, headers: [["Content-Type", type]], body: Buffer.from(read) };
      }
      const { records, next } = JSON.parse(Buffer.from(read).toString("utf8")) as UsageAnswer;
      found.push(...personalDataUsage(records, { database, capitals, language }));
      since = next;
      if (since === null) break;
    }
    const answer = json(200, found);
    if (since === null) return answer;
    const more = new URL(url, o.agencyUrl);
    more.searchParams.set("since", since);
    return { ...answer, headers: [...answer.headers, ["Link", `<${more.pathname}${more.search}>; rel="next"`]] };
  }

  async function configuration(
    { path, query }: Extract<Asked, { kind: "configuration" }>,
    incoming: IncomingMessage,
  ): Promise<WholeAnswer> {
    if (!mayRead(incoming.headers.authorization))
      return {
        ...json(401, { error: "unauthorized" }),
        headers: [["WWW-Authenticate", 'Bearer realm="configuration"']],
      };
    // Set-up is changed at the gateway's desk, where two people stand behind each right and every act has a name.
    if (incoming.method !== "GET" || path === "/api/v1/rights/deny")
      return { ...json(405, { error: "read-only" }), headers: [["Allow", "GET"]] };
    if (path === "/api/v1/rights/allow") {
      const pageSize = Number(query.get("pageSize") ?? 100);
      if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 10_000) return json(400, { error: "pageSize" });
      const filter = (name: string): string | undefined => query.get(name) ?? undefined;
      const wanted = {
        memberClass: filter("memberClass"),
        memberCode: filter("memberCode"),
        applicationId: filter("applicationId"),
        serviceId: filter("serviceId"),
        nextPageToken: filter("nextPageToken"),
        pageSize,
      };
      return json(200, allowList(await o.rights(), wanted, o.clock.now()));
    }
    const health = await gateway.request({ path: "/health", method: "GET" });
    const state = (await health.body.json()) as object;
    if (path === "/api/v1/status") return json(health.statusCode === 200 ? 200 : 500, state);
    return json(200, await instanceOf());
  }

  /** IMconf: the instance's members and their applications, as the configuration lists them. */
  async function instanceOf(): Promise<object> {
    const listed = await gateway.request({
      path: "/listClients",
      method: "GET",
      headers: { accept: "application/json" },
    });
    const { member } = clientsAnswer(await listed.body.json(), { ...govStackSettings, objectType: "text" }, o.instance);
    const all = member as { name: string; id: Record<string, string> }[];
    const nameOf = ({ id }: { id: Record<string, string> }): string => `${id["memberClass"]}/${id["memberCode"]}`;
    return {
      domain: o.domain ?? "",
      instance: o.instance,
      members: all
        .filter(({ id }) => id["objectType"] === "MEMBER")
        .map((one) => ({
          name: one.name,
          class: one.id["memberClass"],
          code: one.id["memberCode"],
          applications: all
            .filter((other) => other.id["objectType"] === "APPLICATION" && nameOf(other) === nameOf(one))
            .map(({ id }) => ({ id: id["applicationCode"], connection: "https", services: [] })),
        })),
    };
  }

  function mayRead(authorization: string | undefined): boolean {
    if (o.token === undefined) return false;
    const [given, wanted] = [authorization ?? "", `Bearer ${o.token}`].map((text) => Buffer.from(text));
    return given!.length === wanted!.length && timingSafeEqual(given!, wanted!);
  }

  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(o.port, o.host, () => done());
  });
  return {
    url: `http://${o.host}:${(server.address() as AddressInfo).port}`,
    async close() {
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
      await gateway.destroy();
    },
  };
}

function json(status: number, value: object): WholeAnswer {
  return {
    status,
    headers: [["Content-Type", "application/json; charset=utf-8"]],
    body: Buffer.from(JSON.stringify(value), "utf8"),
  };
}

function send(outgoing: ServerResponse, answer: WholeAnswer): void {
  outgoing.writeHead(answer.status, flatHeaders([...answer.headers, ["Content-Length", String(answer.body.length)]]));
  outgoing.end(answer.body);
}
