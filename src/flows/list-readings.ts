import { knownUsage, type UsageRecord } from "#consent";
import { readingsTopic } from "#exchange";
import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import type { PersonList } from "#ledger";
import { z } from "zod";
import { callService } from "./call-service.ts";
import type { Agency } from "./country.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

/** Pages of one gateway's list read at a time, of 50 readings each. */
const pagesAtOnce = 20;

const words = z.object({ "zh-Hant": z.string().max(500), en: z.string().max(500) });
const answerSchema = z.object({
  records: z.array(
    z.object({
      id: z.string().min(1).max(100),
      at: z.iso.datetime(),
      client: z.object({ id: z.string().max(200), name: words }),
      service: z.string().max(200),
      serviceTitle: words,
      fields: z.array(z.string().max(200)).max(500),
      purpose: z.string().nullable(),
      legalBasis: z.string().nullable(),
      issue: z.string().nullable(),
      outcome: z.string().max(100),
      receipt: z.looseObject({ entry: z.string(), proof: z.string() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
  list: z
    .object({
      v: z.literal(1),
      topic: z.string().max(300),
      label: z.string().max(200),
      key: z.string().max(100).nullable(),
      positions: z.array(z.number().int().nonnegative()).max(100_000),
      siblings: z.array(z.string().max(100)).max(256),
      leaf: z.object({ label: z.string().max(100), value: z.string().max(100) }).nullable(),
      root: z.object({ v: z.literal(1), entry: z.string(), proof: z.string() }),
    })
    .nullable()
    // A proof of another shape is none; the readings are shown all the same.
    .catch(null),
});

/** One gateway's list of the readings of one person's data. */
export interface ListedAt {
  /** Path of the system whose gateway is asked. */
  readonly gateway: string;
  readonly agency: Agency;
  readonly personId: string;
  readonly nationalId: string;
}

/**
 * Reads one gateway's list from the newest reading down to what is kept already, and then on from `cursor`, where an
 * earlier look had to stop. At most 1,000 readings a look.
 * @returns the readings, and where the next look goes on: everything newer than that place is read; `null` = all of it;
 * and the gateway's proof of what the whole list holds, if its log has one already
 */
export async function listReadings(
  portal: Pick<Portal, "database" | "country" | "gateway">,
  of: ListedAt,
  cursor: string | null,
): Promise<Result<{ found: UsageRecord[]; cursor: string | null; list: PersonList | null }, Refusal<FlowProblem>>> {
  const found: UsageRecord[] = [];
  let since: string | null = null;
  let resuming = false;
  let list: PersonList | null = null;
  for (let page = 0; page < pagesAtOnce; page += 1) {
    const read = await readPage(portal, of, since);
    if (!read.ok) return read;
    const { records, next } = read.value;
    list ??= read.value.list;
    found.push(...records);
    since = next;
    if (since === null) return ok({ found, cursor: null, list });
    // Beyond the place where an earlier look stopped, a known page says nothing about those after it.
    if (resuming) continue;
    const ids = records.map(({ id }) => id);
    if ((await knownUsage(portal.database, of.personId, of.gateway, ids)) < ids.length) continue;
    if (cursor === null) return ok({ found, cursor: null, list });
    since = cursor;
    resuming = true;
  }
  return ok({ found, cursor: since, list });
}

/** One page; an answer of another shape counts as none. */
async function readPage(
  { country, gateway }: Pick<Portal, "country" | "gateway">,
  of: ListedAt,
  since: string | null,
): Promise<Result<{ records: UsageRecord[]; next: string | null; list: PersonList | null }, Refusal<FlowProblem>>> {
  const answer = await callService(gateway, {
    service: `${of.gateway}/findUsage`,
    path: "/v1/search",
    body: { subject: of.nationalId, ...(since === null ? {} : { since }) },
    purpose: country.dataUse.purpose,
    legalBasis: country.dataUse.legalBasis,
  });
  if (!answer.ok) return answer;
  const read = answerSchema.safeParse(answer.value.body);
  if (!read.success)
    return err({ code: "source-unavailable", inside: `${of.gateway}: findUsage answers another shape` });
  const records = read.data.records.map(({ receipt, ...record }) => ({
    gateway: of.gateway,
    id: record.id,
    at: new Date(record.at),
    record: { ...record, holder: of.agency.name },
    receipt: withoutSubject(receipt as JsonValue),
  }));
  return ok({
    records,
    next: read.data.next,
    list: read.data.list?.topic === readingsTopic(of.gateway) ? read.data.list : null,
  });
}

function withoutSubject(receipt: JsonValue): JsonValue {
  const subject = subjectOf(receipt);
  if (subject) delete subject["value"];
  return receipt;
}

/** Where a receipt opens its commitment to the person. */
export function subjectOf(receipt: JsonValue): { [member: string]: JsonValue } | undefined {
  type Opened = { opening?: { commitments?: { sub?: { [member: string]: JsonValue } } } };
  return (receipt as Opened | null)?.opening?.commitments?.sub;
}
