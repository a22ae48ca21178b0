import { saveUsage, saveUsageRead, usageReads, type UsageRecord } from "#consent";
import { nationalIdOf } from "#identity";
import { asText, type JsonValue } from "#kernel";
import { callService } from "./call-service.ts";
import { memberPath, type Agency } from "./country.ts";
import type { Portal } from "./portal.ts";

/** How old the portal's copy may be before a page asks for a new one. */
const freshFor = 30_000;

/**
 * Asks every gateway that publishes registers who read a person's data, and keeps the answers with their receipts.
 * A gateway that does not answer leaves its mark, so that the page never calls an old list complete.
 */
export async function refreshDataUse(portal: Portal, personId: string): Promise<{ asked: number; failed: string[] }> {
  const { country, clock } = portal;
  const nationalId = await nationalIdOf(portal.identity, personId);
  const sources = country.agencies
    .flatMap((agency) => agency.subsystems.map((subsystem) => ({ agency, subsystem: subsystem.code })))
    .filter(({ agency, subsystem }) => `${memberPath(country, agency)}/${subsystem}` !== portal.gateway.client);
  const failed: string[] = [];
  await Promise.all(
    sources.map(async ({ agency, subsystem }) => {
      const gateway = `${memberPath(country, agency)}/${subsystem}`;
      const answer = await callService(portal.gateway, {
        service: `${gateway}/findUsage`,
        path: "/v1/search",
        body: { subject: nationalId },
        purpose: country.dataUse.purpose,
        legalBasis: country.dataUse.legalBasis,
      });
      const at = clock.now();
      if (!answer.ok) {
        failed.push(gateway);
        await saveUsageRead(portal.database, personId, { gateway, cursor: null, at, fault: answer.error.code });
        return;
      }
      const records = usageRecords(gateway, agency, answer.value.body);
      await portal.database.transaction(async (tx) => {
        await saveUsage(tx, personId, records);
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

function usageRecords(gateway: string, agency: Agency, body: JsonValue): UsageRecord[] {
  const records = (body as { records?: JsonValue } | null)?.records;
  if (!Array.isArray(records)) return [];
  return (records as { [member: string]: JsonValue }[]).map(({ receipt, ...record }) => ({
    gateway,
    id: asText(record["id"]),
    at: new Date(asText(record["at"])),
    record: { ...record, holder: agency.name },
    receipt: receipt ?? null,
  }));
}
