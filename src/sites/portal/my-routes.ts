import { Hono, type Context } from "hono";
import {
  consentById,
  consentsOf,
  usageById,
  usageOf,
  usageReads,
  withdrawConsent,
  type StoredConsent,
  type UsageRecord,
} from "#consent";
import {
  agreementsPage,
  usagePage,
  withdrawPage,
  type AgreementView,
  type UsageEntry,
  type UsageGroup,
} from "#consent/pages";
import {
  agencyOf,
  applicantOf,
  agreementOf,
  dataUseIsStale,
  logStep,
  memberPath,
  refreshDataUse,
  stepReceipt,
  usageReceipt,
} from "#flows";
import type { Session } from "#identity";
import { isUuid, toBase64Url, type JsonValue, type Localised } from "#kernel";
import type { Receipt } from "#ledger";
import { paymentFor } from "#payments";
import { act, casesOf, openCase, type Case, type CaseSummary, type ServiceDefinition } from "#services";
import { applicationPage, applicationsPage } from "#services/pages";
import { both, formatDate, type Text, type TimelineEvent } from "#ui";
import { definitionOf, factRows, itemName, phaseTag } from "./case-view.ts";
import { explained } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { lastPart, summariseProof } from "./receipt-view.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const pageSize = 40;
const objectWithinDays = 30;

/** What belongs to one person: applications, agreements, and who used their data. */
export function myRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { country, database } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;

  routes.get("/applications", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const cases = await casesOf(database, session.person.id);
    return sendPage(c, applicationsPage({ applications: cases.map(applicationLine) }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get("/applications/:case", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    if (own.state.phase === "draft" && own.state.applicant.person === own.session.person.id)
      return goTo(c, `/apply/${own.state.id}`);
    return sendPage(
      c,
      applicationPage(await applicationView(own.state, own.definition), c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.post("/applications/:case/withdraw", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    if (!ownForm(own.session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const done = await act(portal, {
      caseId: own.state.id,
      event: "withdrawn",
      actor: applicantOf(own.session),
      input: {},
      idempotencyKey: "withdraw",
      effects: [logStep(portal, "withdrawn")],
    });
    return done.ok ? goTo(c, `/applications/${own.state.id}`) : sendRefusal(context, c, done.error);
  });

  routes.get("/applications/:case/proof/:seq", async (c) => {
    const own = await ownCase(c);
    if (own instanceof Response) return own;
    const receipt = await stepReceipt(portal, own.state, Number(c.req.param("seq")));
    return sendReceipt(c, receipt, `taroko-${own.state.number ?? "draft"}-${c.req.param("seq")}.json`);
  });

  routes.get("/my-data/usage", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const person = session.acting?.personId ?? session.person.id;
    // The page shows the portal's copy at once and says how old it is; a stale copy is renewed behind it.
    if (await dataUseIsStale(portal, person))
      void refreshDataUse(portal, person).catch((fault: unknown) =>
        options.logger.warn({ cause: String(fault) }, "data use not refreshed"),
      );
    const hideOwn = c.req.query("own") === "hidden";
    const page = Math.min(10_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
    const { records, total } = await usageOf(database, person, {
      limit: pageSize,
      offset: (page - 1) * pageSize,
      ...(hideOwn ? { without: country.representation.purpose } : {}),
    });
    const withReceipts = await Promise.all(records.map(withPortalReceipt));
    const reads = await usageReads(database, person);
    const asOf = reads.length > 0 ? new Date(Math.min(...reads.map((read) => read.at.getTime()))) : portal.clock.now();
    const summaries = withReceipts.flatMap(
      (record) => summariseProof((record.receipt as Receipt | null)?.proof ?? "") ?? [],
    );
    const sizes = new Map<string, number>();
    for (const { origin, size } of summaries) sizes.set(origin, Math.max(size, sizes.get(origin) ?? 0));
    const href = (query: string): string => `/my-data/usage${query}`;
    return sendPage(
      c,
      usagePage(
        {
          month: portal.clock.now(),
          groups: grouped(withReceipts, await casesOf(database, person)),
          asOf: {
            at: asOf,
            size: [...sizes.values()].reduce((sum, size) => sum + size, 0),
            witnesses: options.witnesses.map((witness) => witnessName(witness.name)),
          },
          sealed: { count: 0 },
          filter: { own: hideOwn ? "hidden" : "shown", shownHref: href(""), hiddenHref: href("?own=hidden") },
          policyHref: "/record/policy.txt",
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
    const person = session.acting?.personId ?? session.person.id;
    const found = await usageById(
      database,
      person,
      c.req.query("gateway") ?? "",
      c.req.query("id") ?? "",
    );
    if (!found) return sendRefusal(context, c, { code: "page-unknown" });
    const receipt = await usageReceipt(portal, person, await withPortalReceipt(found));
    return sendReceipt(c, receipt, `taroko-receipt-${found.id}.json`);
  });

  routes.get("/my-data/agreements", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const consents = await consentsOf(database, session.person.id);
    return sendPage(
      c,
      agreementsPage({ agreements: await Promise.all(consents.map(agreementView)) }, c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.get("/my-data/agreements/:consent/record", async (c) => {
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    c.header("Content-Disposition", `attachment; filename="taroko-agreement-${consent.id}.json"`);
    return c.json({ record: consent.document, signature: consent.signature, salt: toBase64Url(consent.salt) });
  });

  routes.get("/my-data/agreements/:consent/withdraw", async (c) => {
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    return sendPage(
      c,
      withdrawPage(
        {
          agreement: await agreementView(consent),
          consequence: both(
            "不再取得新資料。已送出的案件照常辦理，已取得的資料依保存期限刪除。",
            "Nothing more is fetched. An application that was sent goes on; what was fetched is deleted when its time is over.",
          ),
          action: `/my-data/agreements/${consent.id}/withdraw`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.post("/my-data/agreements/:consent/withdraw", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    if (!ownForm(session, await readForm(c))) return sendRefusal(context, c, { code: "form-tampered" });
    const consent = await ownConsent(c);
    if (consent instanceof Response) return consent;
    const done = await withdrawConsent(portal.consent, { id: consent.id, by: session.person.id });
    return done.ok ? goTo(c, "/my-data/agreements") : sendRefusal(context, c, done.error);
  });

  async function ownCase(c: C): Promise<{ session: Session; state: Case; definition: ServiceDefinition } | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("case") ?? "";
    const opened = isUuid(id) ? await openCase(database, id) : undefined;
    const concerned =
      opened && [opened.state.applicant.person, opened.state.principal.person].includes(session.person.id);
    return opened && concerned ? { session, ...opened } : sendRefusal(context, c, { code: "case-unknown" });
  }

  async function ownConsent(c: C): Promise<StoredConsent | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("consent") ?? "";
    const consent = isUuid(id) ? await consentById(database, id) : undefined;
    return consent && [consent.person, consent.givenBy].includes(session.person.id)
      ? consent
      : sendRefusal(context, c, { code: "consent-unknown" });
  }

  function applicationLine(one: CaseSummary) {
    const definition = definitionOf(country, one.service);
    const item = itemName(country, definition, one.item ?? undefined);
    return {
      ...(one.number ? { number: one.number } : {}),
      service: definition.metadata.title,
      subject: both(
        `${one.principalName}${item ? `，${item["zh-Hant"]}` : ""}`,
        `${one.principalName}${item ? `, ${item.en}` : ""}`,
      ),
      state: phaseTag(definition, one.phase, one.submittedAt, portal.clock.now()),
      at: one.updatedAt,
      next: nextWords(definition, one.phase),
      href: one.status === "draft" ? `/apply/${one.id}` : `/applications/${one.id}`,
    };
  }

  function nextWords(definition: ServiceDefinition, phase: string): Text {
    const words: Readonly<Record<string, Localised>> = {
      draft: both("繼續填寫", "Go on filling it in"),
      review: both(
        `承辦人審核，${definition.clock.days} 天內決定`,
        `A caseworker decides within ${definition.clock.days} days`,
      ),
      approved: both("第二位同仁放行付款", "A second officer releases the payment"),
      released: both("銀行入帳", "The bank pays it in"),
      paid: both("已完成", "Done"),
      refused: both("可於 30 日內提起訴願", "You may appeal within 30 days"),
      "payment-failed": both("請提供另一個帳戶", "Please give another account"),
      withdrawn: both("已撤回", "Withdrawn"),
    };
    return words[phase] ?? both("", "");
  }

  async function applicationView(state: Case, definition: ServiceDefinition) {
    const item = itemName(country, definition, state.answers["device"]);
    const payment = state.number ? await paymentFor(portal.payments, state.number) : undefined;
    const { decision } = state;
    const decided = state.events.findLast((event) => event.type === "approved" || event.type === "refused");
    const due = state.dueAt ? new Date(state.dueAt) : undefined;
    return {
      number: state.number ?? "–",
      service: definition.metadata.title,
      subject: both(
        `${state.principal.name}${item ? `，${item["zh-Hant"]}` : ""}`,
        `${state.principal.name}${item ? `, ${item.en}` : ""}`,
      ),
      state: phaseTag(
        definition,
        state.phase,
        state.submittedAt ? new Date(state.submittedAt) : null,
        portal.clock.now(),
      ),
      now: nextWords(definition, state.phase),
      events: timelineOf(state, definition, due),
      ...(decision && decided
        ? {
            decision: {
              outcome: decision.outcome,
              at: new Date(decision.at),
              ...(decision.outcome === "approved" ? { amount: decision.ruling.amount } : {}),
              reasons: [...decision.grounds, ...(decision.note ? [both(decision.note, decision.note)] : [])],
              why: explained(decision.ruling),
              remedies: definition.remedies,
              objectUntil: new Date(new Date(decision.at).getTime() + objectWithinDays * 24 * 60 * 60 * 1000),
              noticeHref: `/applications/${state.id}/proof/${decided.seq}`,
            },
          }
        : {}),
      ...(payment
        ? {
            payment: {
              state: {
                tone:
                  payment.public.state === "paid"
                    ? ("good" as const)
                    : payment.public.state === "not-paid"
                      ? ("bad" as const)
                      : ("info" as const),
                text: payment.public.text,
              },
              amount: Number(payment.amount),
              account: payment.accountMasked,
              ...(state.payment ? { at: new Date(state.payment.at) } : {}),
              text: payment.public.advice ?? payment.public.text,
            },
          }
        : {}),
      notices: [],
      facts: factRows(country, definition, state).map((row) => ({
        label: row.label,
        value: row.value,
        ...(row.source ? { source: row.source } : {}),
      })),
      usageHref: "/my-data/usage",
      receiptHref: `/applications/${state.id}/proof/${state.events.find((event) => event.type === "submitted")?.seq ?? 1}`,
    };
  }

  function timelineOf(state: Case, definition: ServiceDefinition, due: Date | undefined): TimelineEvent[] {
    const agency = agencyOf(country, definition.metadata.agency).shortName;
    const seen = state.events
      .filter((event) => !["answered", "facts-added"].includes(event.type))
      .map((event, at, all): TimelineEvent => {
        const rule = definition.events.find((candidate) => candidate.event === event.type)!;
        const stopped = ["refused", "withdrawn", "payment-failed"].includes(event.type);
        return {
          at: new Date(event.at),
          title: rule.title,
          by: event.actor.role === "applicant" ? event.actor.name : event.actor.role === "system" ? undefined : agency,
          state: stopped ? "stopped" : at === all.length - 1 ? "now" : "done",
        };
      });
    const next =
      state.phase === "review" && due
        ? [
            {
              title: both("決定", "Decision"),
              text: both(`最晚 ${formatDate(due, "zh-Hant")}`, `By ${formatDate(due, "en")}`),
              state: "next" as const,
            },
          ]
        : state.phase === "approved"
          ? [{ title: both("放行付款", "Release of the payment"), state: "next" as const }]
          : [];
    return [...seen, ...next];
  }

  async function agreementView(consent: StoredConsent): Promise<AgreementView> {
    const definition = definitionOf(country, consent.agreement);
    const agreement = agreementOf(country, definition);
    const opened = consent.caseId ? await openCase(database, consent.caseId) : undefined;
    const over = portal.clock.now() >= consent.expiresAt;
    const running = consent.state === "given" && !over;
    return {
      service: agreement.title,
      requester: agreement.controller.name,
      data: agreement.needs.map((need) =>
        both(`${need.source.name["zh-Hant"]}：${need.title["zh-Hant"]}`, `${need.source.name.en}: ${need.title.en}`),
      ),
      legalBasis: agreement.legalBasis.law,
      givenAt: consent.at,
      ...(opened && opened.state.principal.person !== consent.givenBy ? { subject: opened.state.principal.name } : {}),
      until: consent.expiresAt,
      state: consent.state === "withdrawn" ? "withdrawn" : running ? "running" : "ended",
      ...(running ? { withdrawHref: `/my-data/agreements/${consent.id}/withdraw` } : {}),
      receiptHref: `/my-data/agreements/${consent.id}/record`,
    };
  }

  /** Readings inside the portal (an officer opening a case) are proven by the portal's own log. */
  async function withPortalReceipt(usage: UsageRecord): Promise<UsageRecord> {
    if (usage.receipt !== null || usage.gateway !== portal.member) return usage;
    const { caseId, seq } = usage.record as { caseId?: string; seq?: number };
    const opened = caseId ? await openCase(database, caseId) : undefined;
    const receipt = opened && seq ? await stepReceipt(portal, opened.state, seq) : undefined;
    return receipt ? { ...usage, receipt: receipt as unknown as JsonValue } : usage;
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
              receiptHref: `/my-data/usage/receipt?gateway=${encodeURIComponent(usage.gateway)}&id=${usage.id}`,
              witnesses: summary.witnesses.map((witness) => ({ name: witnessName(witness.name), at: witness.at })),
            },
          }
        : {}),
    };
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

  function sendReceipt(c: C, receipt: Receipt | null | undefined, name: string): Response {
    if (!receipt) {
      c.header("Retry-After", "2");
      return c.json({ status: "not yet witnessed; try again in a moment" }, 202);
    }
    c.header("Content-Disposition", `attachment; filename="${name}"`);
    c.header("Cache-Control", "no-store");
    return c.json(receipt);
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

const witnessNames: Readonly<Record<string, Localised>> = {
  "audit-office": both("審計機關", "Audit office"),
  university: both("大學", "University"),
};

function witnessName(name: string): Text {
  return witnessNames[lastPart(name)] ?? lastPart(name);
}
