import { err, ok, type Refusal, type Result } from "#kernel";
import { parseSubject, subjectText, type AccessRight, type PayloadCheck, type Quota } from "./right.ts";
import { readTimeWindow, timeWindowText } from "./time-window.ts";
import type { RightGrant } from "./terms.ts";

/** A right as people write it, in a form or on a command line; all are texts, an empty one is one left out. */
export interface WrittenGrant {
  /** `subsystem/service`. */
  readonly service?: string | undefined;
  /** A client's path, `LOCALGROUP:code`, or `GLOBALGROUP:code`. */
  readonly subject?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /** Codes with spaces, commas or new lines between. */
  readonly purposes?: string | undefined;
  readonly legalBases?: string | undefined;
  readonly fields?: string | undefined;
  readonly consent?: string | undefined;
  /** Legal bases that stand in for the consent. */
  readonly consentUnless?: string | undefined;
  /** `mon-fri 08:00-18:00 Asia/Taipei`. */
  readonly timeWindow?: string | undefined;
  /** Paths of gateways with spaces between. */
  readonly sourceGateways?: string | undefined;
  /** `100/day`; with a burst `100/day+20`. */
  readonly quota?: string | undefined;
  /** How many people a day. */
  readonly people?: string | undefined;
  readonly payloadCheck?: string | undefined;
  /** Dates as `2027-01-01` (its first instant, UTC) or an instant of RFC 3339. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly review?: string | undefined;
  readonly owner?: string | undefined;
}

/** Reads a written right; `reason` of the refusal names the text that cannot be read. What it says is checked later. */
export function readGrant(written: WrittenGrant): Result<RightGrant, Refusal<"right-invalid">> {
  const fault = (reason: string): Result<never, Refusal<"right-invalid">> =>
    err({ code: "right-invalid", params: { reason } });
  const text = (name: keyof WrittenGrant): string | undefined => written[name]?.trim() || undefined;
  const list = (name: keyof WrittenGrant): readonly string[] =>
    text(name)
      ?.split(/[\s,、，]+/u)
      .filter(Boolean) ?? [];
  const [subsystem, serviceCode, ...more] = text("service")?.split("/") ?? [];
  if (!subsystem || !serviceCode || more.length > 0) return fault("service");
  const subject = parseSubject(text("subject") ?? "");
  if (!subject) return fault("subject");
  const consent = text("consent") ?? "none";
  if (consent !== "none" && consent !== "required") return fault("consent");
  const window = text("timeWindow");
  const timeWindow = window === undefined ? undefined : readTimeWindow(window);
  if (timeWindow === "unreadable") return fault("timeWindow");
  const payloadCheck = text("payloadCheck");
  if (payloadCheck !== undefined && !["off", "report", "enforce"].includes(payloadCheck)) return fault("payloadCheck");
  const people = text("people");
  const quota = readQuota(
    text("quota"),
    people === undefined ? undefined : /^\d{1,10}$/.test(people) ? Number(people) : 0,
  );
  if (quota === "unreadable") return fault("quota");
  const dates = { validFrom: text("from"), validUntil: text("until"), reviewAt: text("review") };
  const read: { validFrom?: Date; validUntil?: Date; reviewAt?: Date } = {};
  for (const [name, value] of Object.entries(dates)) {
    const date = value === undefined ? undefined : readDate(value);
    if (date === "unreadable") return fault(name === "reviewAt" ? name : "dates");
    if (date) read[name as keyof typeof dates] = date;
  }
  const fields = list("fields");
  const [consentUnless, sourceGateways] = [list("consentUnless"), list("sourceGateways")];
  const [method, path, owner] = [text("method"), text("path"), text("owner")];
  return ok({
    subsystem: decodeURIComponent(subsystem),
    serviceCode: decodeURIComponent(serviceCode),
    subject,
    ...(method ? { method } : {}),
    ...(path ? { pathGlob: path } : {}),
    purposes: list("purposes"),
    legalBases: list("legalBases"),
    consent,
    ...(consentUnless.length > 0 ? { consentUnless } : {}),
    ...(timeWindow ? { timeWindow } : {}),
    ...(sourceGateways.length > 0 ? { sourceGateways } : {}),
    ...(fields.length > 0 ? { fields } : {}),
    ...(quota ? { quota } : {}),
    ...(payloadCheck ? { payloadCheck: payloadCheck as PayloadCheck } : {}),
    ...read,
    ...(owner ? { owner } : {}),
  });
}

/** Reads a date (its first instant, UTC) or an instant. */
export function readDate(text: string): Date | "unreadable" {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)) return "unreadable";
  const date = new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
  // `2027-02-31` is no day; some readers make it one of March.
  if (Number.isNaN(date.getTime())) return "unreadable";
  return text.length > 10 || date.toISOString().startsWith(text) ? date : "unreadable";
}

/** Reads a quota: `1000/day`, with a burst `1000/day+50`, and how many different people a day. */
export function readQuota(text: string | undefined, people: number | undefined): Quota | "unreadable" | undefined {
  if (text === undefined) return people === undefined ? undefined : "unreadable";
  const read = /^(\d{1,10})\s*\/\s*(second|minute|day|month)(?:\s*\+\s*(\d{1,10}))?$/.exec(text);
  if (!read || people === 0) return "unreadable";
  return {
    requests: Number(read[1]),
    per: read[2] as Quota["per"],
    ...(read[3] === undefined ? {} : { burst: Number(read[3]) }),
    ...(people === undefined ? {} : { subjectsPerDay: people }),
  };
}

/** A right as it would be written, to go on from. */
export function writtenOf(right: AccessRight): WrittenGrant {
  const day = (date: Date | undefined): string => (date ? date.toISOString().replace("T00:00:00.000Z", "") : "");
  const { quota } = right;
  return {
    service: `${right.provider.split("/")[3] ?? ""}/${encodeURIComponent(right.serviceCode)}`,
    subject: subjectText(right.subject),
    method: right.method,
    path: right.pathGlob,
    purposes: right.purposes.join(" "),
    legalBases: right.legalBases.join(" "),
    fields: right.fields?.join(" ") ?? "",
    consent: right.consent,
    consentUnless: right.consentUnless?.join(" ") ?? "",
    timeWindow: right.timeWindow ? timeWindowText(right.timeWindow) : "",
    sourceGateways: right.sourceGateways?.join(" ") ?? "",
    quota: quota ? quotaText(quota) : "",
    people: quota?.subjectsPerDay === undefined ? "" : String(quota.subjectsPerDay),
    payloadCheck: right.payloadCheck ?? "",
    from: day(right.validFrom),
    until: day(right.validUntil),
    review: day(right.reviewAt),
    owner: right.owner ?? "",
  };
}

/** `100/day+20`. */
export function quotaText({ requests, per, burst }: Quota): string {
  return `${requests}/${per}${burst === undefined ? "" : `+${burst}`}`;
}
