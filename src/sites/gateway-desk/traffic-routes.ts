import { Hono } from "hono";
import type { OperationalRecord, RecordsQuestion } from "#exchange";
import { identifierPath } from "#exchange";
import type { DeskEnv, DeskRequest } from "../desk/context.ts";
import type { GatewayDeskContext } from "./context.ts";
import { trafficPage, windows } from "./pages/traffic.ts";
import { chromeOf, sendPage } from "../desk/reply.ts";

/** How many single calls the page shows; all of them are in the records to export. */
const lastCalls = 8;

/** Who talks with whom, and the records behind it: for people as a page, for programs as JSON and CSV. */
export function trafficRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const { operation } = context.gateway;
  const routes = new Hono<DeskEnv>();

  routes.get("/traffic", async (c) => {
    const window = windowOf(c);
    const { minutes } = windows[window]!;
    const [traffic, latest] = await Promise.all([operation.traffic(minutes), operation.latest(minutes, lastCalls)]);
    const view = { window, traffic, latest, member: identifierPath(context.member) };
    return sendPage(c, trafficPage(view, c.var.lang, chromeOf(context, c)));
  });

  routes.get("/monitoring/records", async (c) => {
    const question = questionOf(context, c);
    if (!question) return c.json({ error: "from and to are seconds since 1970; cursor and limit are numbers" }, 400);
    return c.json(await operation.records(question));
  });

  routes.get("/monitoring/health", async (c) => c.json(await operation.health()));

  routes.get("/monitoring/records.csv", (c) => {
    const question = questionOf(context, c);
    if (!question) return c.json({ error: "from and to are seconds since 1970; cursor and limit are numbers" }, 400);
    const encoder = new TextEncoder();
    let cursor: string | undefined;
    let begun = false;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (!begun) controller.enqueue(encoder.encode(`${columns.join(",")}\r\n`));
        begun = true;
        const page = await operation.records({ ...question, cursor, limit: 5000 });
        const lines = page.records.map((record) => columns.map((name) => csvCell(record[name])).join(","));
        if (lines.length > 0) controller.enqueue(encoder.encode(`${lines.join("\r\n")}\r\n`));
        cursor = page.nextCursor;
        if (cursor === undefined) controller.close();
      },
    });
    return c.body(body, 200, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": 'attachment; filename="operational-records.csv"',
    });
  });
  return routes;
}

/** For machines that watch: health, readiness and metrics, without a session and without a word about persons. */
export function watchRoutes(context: GatewayDeskContext): Hono<DeskEnv> {
  const { operation } = context.gateway;
  const routes = new Hono<DeskEnv>();
  routes.get("/health", (c) => c.json({ status: "ok" }));
  routes.get("/ready", async (c) => {
    const readiness = await operation.readiness();
    return c.json(readiness, readiness.ready ? 200 : 503);
  });
  routes.get("/metrics", async (c) => {
    const text = await operation.metrics();
    return c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  return routes;
}

function windowOf(c: DeskRequest): string {
  const asked = c.req.query("window") ?? "hour";
  return Object.hasOwn(windows, asked) ? asked : "hour";
}

/** `from` and `to` in seconds since 1970, both inclusive (PR-OPMON); or `window`. */
function questionOf(context: GatewayDeskContext, c: DeskRequest): RecordsQuestion | undefined {
  const number = (name: string): number | undefined => {
    const text = c.req.query(name);
    return text === undefined || text === "" ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  };
  const now = context.clock.now().getTime();
  const to = number("to") ?? Math.floor(now / 1000);
  const from = number("from") ?? Math.floor(now / 1000) - windows[windowOf(c)]!.minutes * 60;
  const limit = number("limit");
  const cursor = number("cursor");
  if ([to, from, limit ?? 0, cursor ?? 0].some(Number.isNaN)) return undefined;
  return {
    from: new Date(from * 1000),
    to: new Date(to * 1000 + 999),
    client: c.req.query("client"),
    fields: c.req.query("fields")?.split(","),
    ...(cursor === undefined ? {} : { cursor: String(cursor) }),
    limit,
  };
}

const columns: readonly (keyof OperationalRecord)[] = [
  "monitoringDataTs",
  "securityServerType",
  "requestInTs",
  "requestOutTs",
  "responseInTs",
  "responseOutTs",
  "clientXRoadInstance",
  "clientMemberClass",
  "clientMemberCode",
  "clientSubsystemCode",
  "serviceXRoadInstance",
  "serviceMemberClass",
  "serviceMemberCode",
  "serviceSubsystemCode",
  "serviceCode",
  "serviceType",
  "restMethod",
  "restPath",
  "messageId",
  "xRequestId",
  "requestSize",
  "responseSize",
  "succeeded",
  "statusCode",
  "faultCode",
  "faultString",
  "rightId",
  "decision",
  "configVersion",
];

/** RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front. */
function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
