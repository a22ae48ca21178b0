import { Hono, type Context } from "hono";
import { toBase64 } from "#kernel";
import { entryKinds, type EntryKind, type ExploredLog } from "#ledger";
import {
  checkReceiptPage,
  entryPage,
  findingsPage,
  logPage,
  recordPage,
  troublePage,
  type FindingsView,
  type LogTrouble,
} from "#services/pages";
import { paths } from "#ui";
import { counterpartOf } from "./counterpart.ts";
import { entryWords, type EntryWords, type ReadEntry } from "./entry-words.ts";
import type { PortalContext } from "./portal-site.ts";
import { isNamed, type CountryLogs, type PublicLog } from "./public-logs.ts";
import { logHref, recordPaths } from "./record-paths.ts";
import { anchorsView, entryList, entryView, logFacts, logLine, rateView, roundView } from "./record-view.ts";
import { chromeOf, sendPage, sendRefusal } from "./reply.ts";
import type { PortalEnv } from "./request.ts";
import { within } from "./within.ts";

/** Milliseconds that a page waits for tiles it has not kept; the look at the log itself has its own bound. */
const patience = 400;
const listHref = paths.record;
const { policy: policyHref, findings: findingsHref } = recordPaths;
const kinds = Object.keys(entryKinds) as EntryKind[];

/** The public record: every log of the country, its entries with their proofs, the monitor's findings, a receipt's check. */
export function recordRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options, publicLogs: logs, logWatch: watch } = context;
  const titles = options.witnessTitles ?? {};
  const routes = new Hono<PortalEnv>();
  type Asked = Context<PortalEnv>;

  routes.get(paths.record, async (c) => {
    const country = await logs.look();
    const view = {
      logs: country.logs.map((log) => logLine(log, country, titles, watch.report)),
      now: portal.clock.now(),
      policy: country.policy,
      policyHref,
      checkHref: recordPaths.check,
      findingsHref,
      ...(watch.report ? { lookedAt: new Date(watch.report.at) } : {}),
    };
    return sendPage(c, recordPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(recordPaths.policy, async (c) => sendText(c, (await logs.announced()).policy));

  routes.get(recordPaths.check, (c) =>
    sendPage(c, checkReceiptPage({ policyHref, listHref }, c.var.visit.lang, chromeOf(c))),
  );

  routes.get(recordPaths.findings, async (c) => {
    const { report, fault, every } = watch;
    const view: FindingsView = {
      ...(report ? { round: roundView(report, await logs.announced()) } : {}),
      ...(fault ? { fault } : {}),
      every: Math.round(every / 1000),
      exportHref: recordPaths.export,
      listHref,
    };
    return sendPage(c, findingsPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(recordPaths.export, (c) => {
    c.header("Cache-Control", "no-cache");
    c.header("Access-Control-Allow-Origin", "*");
    const { report, fault } = watch;
    return c.json({ report: report ?? null, fault: fault ? { at: fault.at.toISOString(), code: fault.code } : null });
  });

  routes.get("/record/:log", async (c) => {
    const { country, log } = await logs.find(c.req.param("log"));
    if (!log) return sendRefusal(context, c, { code: "log-unknown" });
    const { lang } = c.var.visit;
    const asked = c.req.query();
    const before = indexOf(asked["before"]);
    const kind = kinds.find((one) => one === asked["kind"]);
    const by = asked["rate"] === "day" ? "day" : "hour";
    const href = (query: string): string => `${logHref(log.id)}${query ? `?${query}` : ""}`;
    const { log: head } = log;
    const now = portal.clock.now();
    const [rate, list, anchors] = head
      ? await Promise.all([
          rateView(logs, log, { by, now, country: portal.country, href, ms: patience }),
          reading(entryList(log, head, wordsOf(country), { before: before ?? head.size, kind, href })),
          anchorsView(logs, log, patience),
        ])
      : [];
    const view = {
      ...logFacts(log, country, titles, watch.report),
      ...(list && "trouble" in list ? { trouble: list.trouble } : list ? { list: list.value } : {}),
      ...(rate ? { rate } : {}),
      ...(anchors ? { anchors } : {}),
      now,
      listHref,
      findingsHref,
    };
    return sendPage(c, logPage(view, lang, chromeOf(c)), head ? 200 : 503);
  });

  routes.get("/record/:log/key.txt", async (c) => {
    const log = (await logs.announced()).logs.find(isNamed(c.req.param("log")));
    return log ? sendText(c, `${log.vkey}\n`) : sendRefusal(context, c, { code: "log-unknown" });
  });

  routes.get("/record/:log/checkpoint.txt", async (c) => {
    const { log } = await logs.find(c.req.param("log"));
    return log?.log ? sendText(c, log.log.note) : sendRefusal(context, c, { code: "log-unknown" });
  });

  // Where the form "go to entry" leads; whatever is no number of an entry goes back to the log.
  routes.get("/record/:log/entry", (c) => {
    const index = indexOf((c.req.query("entry") ?? "").trim().replaceAll(/[,#]/g, ""));
    const to = logHref(c.req.param("log"));
    return c.redirect(index === undefined ? to : `${to}/${index}`, 303);
  });

  routes.get("/record/:log/:index", async (c) => {
    const found = await entryAt(c);
    if (found instanceof Response) return found;
    const { country, log, head, index } = found;
    const { witnesses } = country;
    const counterpart = (entry: ReadEntry) => counterpartOf(entry, logs, country, patience / 2);
    const read = await reading(entryView(log, head, index, wordsOf(country), { witnesses, titles, counterpart }));
    if ("trouble" in read) return sendTrouble(c, log, read.trouble);
    return sendPage(c, entryPage(read.value, c.var.visit.lang, chromeOf(c)));
  });

  for (const file of ["entry.tlog-proof", "receipt.json", "entry.bin"] as const) {
    routes.get(`/record/:log/:index/${file}`, async (c) => {
      const found = await entryAt(c);
      if (found instanceof Response) return found;
      const { log, head, index } = found;
      const read = await reading(head.prove(index));
      if ("trouble" in read) return sendTrouble(c, log, read.trouble);
      const { entry, proof } = read.value;
      const name = `${log.id.replaceAll(/[^A-Za-z0-9.-]/g, "-")}-${index}`;
      c.header("Cache-Control", "no-cache");
      c.header("Access-Control-Allow-Origin", "*");
      const extension = file.slice(file.indexOf("."));
      c.header("Content-Disposition", `attachment; filename="${name}${extension}"`);
      if (file === "entry.tlog-proof") return c.text(proof);
      if (file === "receipt.json") return c.json({ v: 1, entry: toBase64(entry), proof });
      return c.body(new Uint8Array(entry), 200, { "Content-Type": "application/octet-stream" });
    });
  }

  function wordsOf(country: CountryLogs): EntryWords {
    return entryWords(
      portal.country,
      country.configuration,
      (origin) => country.logs.find((log) => log.origin === origin)?.name,
    );
  }

  /** The log and the index that an address names, or the answer if there is none. */
  async function entryAt(
    c: Asked,
  ): Promise<Response | { country: CountryLogs; log: PublicLog; head: ExploredLog; index: number }> {
    const index = indexOf(c.req.param("index"));
    if (index === undefined) return sendRefusal(context, c, { code: "log-entry-unknown" });
    const { country, log } = await logs.find(c.req.param("log") ?? "");
    if (!log) return sendRefusal(context, c, { code: "log-unknown" });
    const { log: head } = log;
    if (!head) return sendTrouble(c, log, log.finding ?? late);
    return index < head.size ? { country, log, head, index } : sendRefusal(context, c, { code: "log-entry-unknown" });
  }

  function sendTrouble(c: Asked, log: PublicLog, trouble: LogTrouble): Response | Promise<Response> {
    const view = { log: log.name, logHref: logHref(log.id), trouble };
    return sendPage(c, troublePage(view, c.var.visit.lang, chromeOf(c)), 503);
  }

  return routes;
}

const late: LogTrouble = { kind: "unavailable", detail: "no answer in time" };

/** A number of an entry as an address may hold it: decimal, without a leading zero, no larger than can be counted. */
function indexOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const index = Number(text);
  return Number.isSafeInteger(index) ? index : undefined;
}

/** What was read in time, or why not: files that do not fit, a log that is silent. */
async function reading<Value extends object>(
  work: Promise<Value>,
): Promise<{ readonly value: Value } | { readonly trouble: LogTrouble }> {
  try {
    const value = await within(patience, work);
    return value === undefined ? { trouble: late } : { value };
  } catch (fault) {
    const { code, message } = fault as { code?: string; message?: string };
    const broken = code === "ledger-file-broken" || code === "ledger-file-too-large";
    return { trouble: { kind: broken ? "broken-file" : "unavailable", detail: message ?? String(fault) } };
  }
}

function sendText(c: Context<PortalEnv>, text: string): Response {
  return c.text(text, 200, { "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*" });
}
