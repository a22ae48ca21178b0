import { Hono } from "hono";
import { saveUsage, usageById, usageOf, type UsageRecord } from "#consent";
import { readingsTopic } from "#exchange";
import { usagePage, type UsageEntry, type UsageGroup, type UsageList } from "#consent/pages";
import { dataUseReads, memberPath, renewDataUse, stepReceipt, usageList, usageReceipt } from "#flows";
import type { JsonValue, Localised } from "#kernel";
import type { PersonList, Receipt } from "#ledger";
import { openCase, type CaseSummary } from "#services";
import { both, type Text } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { readingsFor } from "./readings-for.ts";
import { lastPart, summariseProof } from "./receipt-view.ts";
import { entryHref, recordPaths } from "./record-paths.ts";
import { chromeOf, sendPage, sendReceipt, sendRefusal, signedIn } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

/** Milliseconds that the page waits for the gateways. */
const patience = 1500;
const pageSize = 40;

/** Who used a person's data: every reading with its proof. */
export function dataUseRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { country, database } = portal;
  const routes = new Hono<PortalEnv>();

  routes.get("/my-data/usage", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const { person, cases, issues } = await readingsFor(portal, session);
    // A stale copy is renewed. The page waits a moment for it, since who looks wants to see what has just been read; where a
    // gateway is slow or silent, it shows the copy and says how old it is.
    await renewDataUse(portal, person, {
      patience,
      onFault: (fault) => options.logger.warn({ cause: String(fault) }, "data use not refreshed"),
    });
    const hideOwn = c.req.query("own") === "hidden";
    const page = Math.min(10_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
    const { records, total } = await usageOf(database, person, {
      issues,
      limit: pageSize,
      offset: (page - 1) * pageSize,
      without: hideOwn ? country.representation[0]?.purpose : undefined,
    });
    const withReceipts = await Promise.all(records.map((record) => withPortalReceipt(person, record)));
    const reads = await dataUseReads(portal, person);
    const lastGood = reads.flatMap(({ read }) => read?.at?.getTime() ?? []);
    const named = (which: (typeof reads)[number][]): Text[] => which.map(({ agency }) => agency.name);
    const href = (query: string): string => `/my-data/usage${query}`;
    return sendPage(
      c,
      usagePage(
        {
          groups: grouped(withReceipts, cases),
          ...(lastGood.length > 0 ? { asOf: new Date(Math.min(...lastGood)) } : {}),
          witnesses: options.witnesses.map((witness) => witnessTitle(witness.name)),
          silent: named(reads.filter(({ read }) => !read || read.fault !== null)),
          unfinished: named(reads.filter(({ read }) => read?.fault === null && read.cursor !== null)),
          ...(issues ? {} : { lists: (await Promise.all(reads.map(usageListOf))).flat() }),
          filter: { own: hideOwn ? "hidden" : "shown", shownHref: href(""), hiddenHref: href("?own=hidden") },
          policyHref: recordPaths.policy,
          ...(total > pageSize
            ? {
                pages: {
                  page,
                  pages: Math.ceil(total / pageSize),
                  href: (to: number) => href(`?page=${to}${hideOwn ? "&own=hidden" : ""}`),
                },
              }
            : {}),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.get("/my-data/usage/receipt", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    // A receipt opens with the person's number: who may not see the line in the list may not have it either.
    const { person, issues } = await readingsFor(portal, session);
    const { gateway = "", id = "" } = c.req.query();
    const found = await usageById(database, person, { gateway, id, issues });
    if (!found) return sendRefusal(context, c, { code: "page-unknown" });
    const receipt = await usageReceipt(portal, person, await withPortalReceipt(person, found));
    return sendReceipt(c, receipt, `taroko-receipt-${found.id}.json`);
  });

  routes.get("/my-data/usage/list", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const { person, issues } = await readingsFor(portal, session);
    const found = issues ? undefined : await usageList(portal, person, c.req.query("gateway") ?? "");
    if (!found) return sendRefusal(context, c, { code: "page-unknown" });
    const { subject, topic, list } = found;
    const origin = await context.logOf(c.req.query("gateway") ?? "");
    return sendReceipt(c, { subject, topic, origin, list }, "taroko-list.json");
  });

  /** Readings inside the portal (an officer opening a case) are proven by the portal's own log; a proof made once is kept. */
  async function withPortalReceipt(person: string, usage: UsageRecord): Promise<UsageRecord> {
    if (usage.receipt !== null || usage.gateway !== portal.member) return usage;
    const { caseId, seq } = usage.record as { caseId?: string; seq?: number };
    const opened = caseId ? await openCase(database, caseId) : undefined;
    const receipt = opened && seq ? await stepReceipt(portal, opened.state, seq) : undefined;
    if (!receipt) return usage;
    const proven = { ...usage, receipt: receipt as unknown as JsonValue };
    await saveUsage(database, person, [proven]);
    return proven;
  }

  function grouped(records: readonly UsageRecord[], cases: readonly CaseSummary[]): UsageGroup[] {
    const groups = new Map<string, { reader: Text; occasion: Text; href?: string; entries: UsageEntry[] }>();
    for (const usage of records) {
      const record = usage.record as unknown as UsageDetails;
      const own = cases.find((one) => one.id === record.issue || one.number === record.issue);
      const purpose =
        country.purposes.find((candidate) => candidate.code === record.purpose)?.title ??
        both(record.purpose ?? "—", record.purpose ?? "—");
      const reader = readerName(record);
      const key = `${reader["zh-Hant"]}/${own?.id ?? record.purpose ?? ""}`;
      const group = groups.get(key) ?? {
        reader,
        occasion: own
          ? both(`${purpose["zh-Hant"]} ${own.number ?? ""}`.trim(), `${purpose.en} ${own.number ?? ""}`.trim())
          : purpose,
        ...(own && own.status !== "draft" ? { href: `/applications/${own.id}` } : {}),
        entries: [],
      };
      group.entries.push(usageEntry(usage, record, reader, purpose));
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  function usageEntry(usage: UsageRecord, record: UsageDetails, reader: Localised, purpose: Localised): UsageEntry {
    const summary = usage.receipt ? summariseProof((usage.receipt as unknown as Receipt).proof) : undefined;
    const law =
      country.purposes.flatMap((candidate) => candidate.legalBases).find((basis) => basis.code === record.legalBasis)
        ?.law ?? both(record.legalBasis ?? "—", record.legalBasis ?? "—");
    const refusedAt = /^2\d\d$/.test(record.outcome) ? undefined : record.outcome;
    const fields = record.fields.map((path) => fieldTitle(record.service, path));
    return {
      at: usage.at,
      reader,
      ...(record.role ? { role: record.role } : {}),
      data: both(
        `${record.holder["zh-Hant"]}：${record.serviceTitle["zh-Hant"]}`,
        `${record.holder.en}: ${record.serviceTitle.en}`,
      ),
      fields: refusedAt
        ? both(`沒有提供（${refusedAt}）`, `Nothing released (${refusedAt})`)
        : both(fields.map((field) => field["zh-Hant"]).join("、"), fields.map((field) => field.en).join(", ")),
      purpose,
      basis: law,
      ...(summary
        ? {
            proof: {
              log: summary.origin,
              index: summary.index,
              topic: readingsTopic(usage.gateway),
              entryHref: entryHref(summary.origin, summary.index),
              receiptHref: `/my-data/usage/receipt?gateway=${encodeURIComponent(usage.gateway)}&id=${usage.id}`,
              witnesses: summary.witnesses.map((witness) => ({ name: witnessTitle(witness.name), at: witness.at })),
            },
          }
        : {}),
    };
  }

  /** What the proof of a whole list says, for people; the browser checks it. */
  async function usageListOf({
    agency,
    gateway,
    read,
  }: Awaited<ReturnType<typeof dataUseReads>>[number]): Promise<UsageList[]> {
    const list = read?.list as unknown as PersonList | null | undefined;
    const origin = await context.logOf(gateway);
    if (!read || !list || origin === undefined) return [];
    const root = JSON.parse(Buffer.from(list.root.entry, "base64").toString("utf8")) as { upto: string; at: string };
    const system = agency.subsystems.find(({ code }) => gateway.endsWith(`/${code}`))?.name ?? agency.name;
    return [
      {
        holder: both(`${agency.name["zh-Hant"]}：${system["zh-Hant"]}`, `${agency.name.en}: ${system.en}`),
        topic: readingsTopic(gateway),
        origin,
        entries: list.positions.length,
        listed: read.kept,
        upto: Number(root.upto),
        at: new Date(root.at),
        href: `/my-data/usage/list?gateway=${encodeURIComponent(gateway)}`,
      },
    ];
  }

  /** The agency that read, and through which of its systems. */
  function readerName(record: UsageDetails): Localised {
    const agency = country.agencies.find(
      (candidate) =>
        record.client.id === memberPath(country, candidate) ||
        record.client.id.startsWith(`${memberPath(country, candidate)}/`),
    );
    if (!agency) return record.client.name;
    const system = agency.subsystems.find((subsystem) => record.client.id.endsWith(`/${subsystem.code}`));
    return system
      ? both(`${agency.name["zh-Hant"]}${system.name["zh-Hant"]}`, `${agency.name.en}, ${system.name.en.toLowerCase()}`)
      : agency.name;
  }

  /** A field in words; of a case file the "fields" are the data the case was made from. */
  function fieldTitle(service: string, path: string): Localised {
    const needs = country.services.flatMap((definition) => definition.dataNeeds);
    const need = needs.find(({ source }) => service.endsWith(`/${source.subsystem}/${source.service}`));
    const title =
      service === "case"
        ? needs.find(({ id }) => id === path)?.title
        : need?.fields.find((field) => field.path === path)?.title;
    return title ?? both(path, path);
  }

  function witnessTitle(name: string): Text {
    return options.witnessTitles?.[name] ?? lastPart(name);
  }

  return routes;
}

/** What a provider's gateway says of one reading, as the portal keeps it. */
interface UsageDetails {
  readonly client: { readonly id: string; readonly name: Localised };
  readonly holder: Localised;
  readonly service: string;
  readonly serviceTitle: Localised;
  readonly fields: readonly string[];
  readonly purpose: string | null;
  readonly legalBasis: string | null;
  readonly issue: string | null;
  readonly outcome: string;
  readonly role?: Localised;
}
