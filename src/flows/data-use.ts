import { knownUsage, saveUsage, saveUsageRead, usageReads, type UsageRecord } from "#consent";
import { nationalIdOf } from "#identity";
import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import type { Receipt } from "#ledger";
import { z } from "zod";
import { callService } from "./call-service.ts";
import { memberPath, type Agency } from "./country.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

/** How old the portal's copy may be before a page asks for a new one. */
const freshFor = 10_000;
/** Pages of one gateway's list read at a time, of 50 readings each; the rest comes with the next look. */
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
});

/** The systems whose gateways are asked who read a person's data; `gateway` is the system's path. */
export function dataUseSources({ country, gateway: own }: Portal): { agency: Agency; gateway: string }[] {
  return country.agencies
    .flatMap((agency) =>
      agency.subsystems.map(({ code }) => ({ agency, gateway: `${memberPath(country, agency)}/${code}` })),
    )
    .filter(({ gateway }) => gateway !== own.client);
}

/**
 * Asks every gateway that publishes registers who read a person's data, and keeps the answers with their receipts.
 * A gateway that does not answer leaves its mark, so that the page never calls an old list complete.
 */
export async function refreshDataUse(portal: Portal, personId: string): Promise<{ asked: number; failed: string[] }> {
  const { clock } = portal;
  const nationalId = await nationalIdOf(portal.identity, personId);
  const sources = dataUseSources(portal);
  const failed: string[] = [];
  await Promise.all(
    sources.map(async ({ agency, gateway }) => {
      const read = await readingsAt(portal, { gateway, agency, personId, nationalId });
      const at = clock.now();
      if (!read.ok) {
        failed.push(gateway);
        await saveUsageRead(portal.database, personId, { gateway, cursor: null, at, fault: read.error.code });
        return;
      }
      await portal.database.transaction(async (tx) => {
        await saveUsage(tx, personId, read.value);
        await saveUsageRead(tx, personId, { gateway, cursor: null, at, fault: null });
      });
    }),
  );
  return { asked: sources.length, failed };
}

/** Whether the portal's copy is so old that it should be renewed behind the page. */
export async function dataUseIsStale(portal: Portal, personId: string): Promise<boolean> {
  const reads = await usageReads(portal.database, personId);
  const oldest = Math.min(...reads.map((read) => read.at.getTime()));
  return (
    reads.length === 0 || reads.some((read) => read.fault !== null) || portal.clock.now().getTime() - oldest > freshFor
  );
}

/**
 * The receipt of a reading as the person may keep it. The person's number, which opens a commitment, is not stored beside
 * each reading; it is put in place here.
 */
export async function usageReceipt(portal: Portal, personId: string, usage: UsageRecord): Promise<Receipt | null> {
  const receipt = usage.receipt as unknown as Receipt | null;
  const subject = subjectOf(usage.receipt);
  // A receipt of the portal's own log opens to this platform's id of the person and is whole already.
  if (!receipt || !subject || "value" in subject) return receipt;
  const opened = structuredClone(receipt);
  Object.assign(subjectOf(opened as unknown as JsonValue)!, { value: await nationalIdOf(portal.identity, personId) });
  return opened;
}

/** One gateway's list, page by page until it holds nothing new; an answer of another shape counts as none. */
async function readingsAt(
  portal: Portal,
  of: { gateway: string; agency: Agency; personId: string; nationalId: string },
): Promise<Result<UsageRecord[], Refusal<FlowProblem>>> {
  const { dataUse } = portal.country;
  const found: UsageRecord[] = [];
  let since: string | null = null;
  for (let page = 0; page < pagesAtOnce; page += 1) {
    const answer = await callService(portal.gateway, {
      service: `${of.gateway}/findUsage`,
      path: "/v1/search",
      body: { subject: of.nationalId, ...(since === null ? {} : { since }) },
      purpose: dataUse.purpose,
      legalBasis: dataUse.legalBasis,
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
    found.push(...records);
    since = read.data.next;
    const ids = records.map(({ id }) => id);
    if (since === null || (await knownUsage(portal.database, of.personId, of.gateway, ids)) === ids.length) break;
  }
  return ok(found);
}

function withoutSubject(receipt: JsonValue): JsonValue {
  const subject = subjectOf(receipt);
  if (subject) delete subject["value"];
  return receipt;
}

/** Where a receipt opens its commitment to the person. */
function subjectOf(receipt: JsonValue): { [member: string]: JsonValue } | undefined {
  type Opened = { opening?: { commitments?: { sub?: { [member: string]: JsonValue } } } };
  return (receipt as Opened | null)?.opening?.commitments?.sub;
}
