import { isUuid, type Localised } from "#kernel";
import type { PersonList, Receipt } from "#ledger";
import { identifierPath, subsystemOf, type ServiceId } from "../r1/identifier.ts";
import type { GatewayContext } from "./context.ts";
import { openingOf, subjectLookup } from "./evidence.ts";
import { problemAnswer } from "./refusal.ts";
import type { InProcessAnswer, InProcessRequest, ServiceDeclaration } from "./services.ts";
import { usageRows, type EvidenceRow } from "./store.ts";

/** One reading of a person's data, as the person sees it. */
export interface UsageRecord {
  readonly id: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** Who read, path form and name. */
  readonly client: { readonly id: string; readonly name: Localised };
  readonly service: string;
  readonly serviceTitle: Localised;
  readonly fields: readonly string[];
  readonly purpose: string | null;
  readonly legalBasis: string | null;
  /** The case that caused it (`X-Road-Issue`). */
  readonly issue: string | null;
  /** HTTP status of the answer, a problem code, or `unanswered`. */
  readonly outcome: string;
  /** Proof that the record stands in this agency's witnessed log; `null` while the witnesses have not yet signed. */
  readonly receipt: Receipt | null;
}

export interface UsageAnswer {
  readonly records: readonly UsageRecord[];
  /** Cursor of the next, older page; `null` on the last. */
  readonly next: string | null;
  /** The gateway's time when it looked: nothing recorded before is left out. */
  readonly checkedUpTo: string;
  /**
   * All readings of the person in this agency's log, with the proof that none was left out; on the first page, as soon as
   * the log has a witnessed index.
   */
  readonly list: PersonList | null;
}

const pageSize = 50;

/**
 * The list an entry about a person belongs to: readings of one system of the agency, and apart from them the look-ups of
 * that very list, or every look would lengthen it. Whoever checks sees both in the entry's `service`.
 */
export function topicOf(service: ServiceId): string {
  const system = identifierPath(subsystemOf(service));
  return service.serviceCode === "findUsage" ? `look-ups:${system}` : readingsTopic(system);
}

/** The topic of a person's readings at one system, by its path. */
export function readingsTopic(system: string): string {
  return `readings:${system}`;
}

/**
 * The built-in service `findUsage` of a subsystem: who read this person's data here. `POST …/findUsage/v1/search` with
 * `{"subject": "…", "since"?: cursor}`; the identifier travels in the body only. The look-up itself is an exchange and
 * recorded as one, but is not listed, or every look would lengthen the list.
 */
export function findUsageService(subsystem: string, context: () => GatewayContext): ServiceDeclaration {
  return {
    subsystem,
    code: "findUsage",
    title: { "zh-Hant": "誰用過我的資料", en: "Who used my data" },
    endpoints: [{ method: "POST", path: "/v1/search" }],
    subject: { from: "body", pointer: "/subject" },
    target: { call: (request) => answer(context(), subsystem, request) },
  };
}

async function answer(context: GatewayContext, subsystem: string, request: InProcessRequest): Promise<InProcessAnswer> {
  if (request.method !== "POST" || request.path !== "/v1/search")
    return problemAnswer("service-unknown", context.problemBase);
  const asked = readQuestion(request.body);
  if (!asked) return problemAnswer("call-malformed", context.problemBase, { reason: "subject-or-since" });
  const prefix = `${identifierPath({ ...context.member, subsystemCode: subsystem })}/`;
  const checkedUpTo = context.clock.now().toISOString();
  const rows = await usageRows(context.database, {
    subjectKey: subjectLookup(asked.subject, context.lookupKey),
    servicePrefix: prefix,
    before: asked.since,
    limit: pageSize + 1,
  });
  const page = rows.slice(0, pageSize);
  const about = {
    subject: asked.subject,
    topic: topicOf({ ...context.member, subsystemCode: subsystem, serviceCode: "" }),
  };
  const receipts = await Promise.all(
    page.map(async ({ log_entry: staged }) => (staged === null ? undefined : context.log.receipt(staged))),
  );
  const entries = receipts.map((receipt) => (receipt ? Buffer.from(receipt.entry, "base64").toString("utf8") : "{}"));
  const salts = await context.log.subjectSalts(about, entries);
  const list = asked.since === undefined ? ((await context.log.personList(about)) ?? null) : null;
  const found: UsageAnswer = {
    records: page.map((row, at) => usageRecord(context, row, receipts[at], { value: asked.subject, salt: salts[at] })),
    list,
    next: rows.length > pageSize ? (page.at(-1)?.record_id ?? null) : null,
    checkedUpTo,
  };
  return {
    status: 200,
    headers: [["Content-Type", "application/json"]],
    body: Buffer.from(JSON.stringify(found), "utf8"),
  };
}

function usageRecord(
  context: GatewayContext,
  row: EvidenceRow,
  receipt: Receipt | undefined,
  subject: { value: string; salt: string | undefined },
): UsageRecord {
  const record = JSON.parse(row.record ?? "{}") as Readonly<Record<string, unknown>>;
  const text = (member: string): string | null => {
    const value = record[member];
    return typeof value === "string" ? value : null;
  };
  const fields = record["fieldsReleased"];
  const opening = openingOf(
    { record: row.record ?? "", salts: row.salts, consentId: text("consentId") ?? undefined },
    subject,
  );
  return {
    id: row.record_id,
    at: row.opened_at.toISOString(),
    client: {
      id: row.client,
      name: context.directory()?.nameOf(row.client) ?? { "zh-Hant": row.client, en: row.client },
    },
    service: row.service,
    serviceTitle: context.services.get(row.service)?.title ?? { "zh-Hant": row.service, en: row.service },
    fields: Array.isArray(fields) ? fields.filter((field) => typeof field === "string") : [],
    purpose: text("purpose"),
    legalBasis: text("legalBasis"),
    issue: text("issue"),
    outcome: row.outcome ?? "unanswered",
    receipt: receipt ? { ...receipt, opening } : null,
  };
}

function readQuestion(body: Uint8Array): { subject: string; since?: string } | undefined {
  try {
    const value = JSON.parse(Buffer.from(body).toString("utf8")) as Readonly<Record<string, unknown>> | null;
    const subject = value?.["subject"];
    const since = value?.["since"];
    if (typeof subject !== "string" || subject === "" || subject.length > 200) return undefined;
    if (since === undefined || since === null) return { subject };
    return typeof since === "string" && isUuid(since) ? { subject, since } : undefined;
  } catch {
    return undefined;
  }
}
