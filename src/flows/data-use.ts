import { setTimeout } from "node:timers/promises";
import { saveUsage, saveUsageRead, usageReads, type UsageRead, type UsageRecord } from "#consent";
import { nationalIdOf } from "#identity";
import type { JsonValue } from "#kernel";
import { readingsTopic } from "#exchange";
import type { PersonList, Receipt } from "#ledger";
import { memberPath, type Agency } from "./country.ts";
import { listReadings, subjectOf } from "./list-readings.ts";
import type { Portal } from "./portal.ts";

/** What asking the gateways needs of the portal. */
export type DataUseAccess = Pick<Portal, "database" | "clock" | "country" | "identity" | "gateway">;

/** How old the last attempt may be, in milliseconds, before a page asks anew, whether it succeeded or not. */
const freshFor = 10_000;

/** The asking under way for a person: whoever comes meanwhile waits for the same one. */
interface Flight {
  readonly began: number;
  readonly done: Promise<{ asked: number; failed: string[] }>;
}

const flights = new WeakMap<object, Map<string, Flight>>();

/** The systems whose gateways are asked who read a person's data; `gateway` is the system's path. */
function dataUseSources({
  country,
  gateway: own,
}: Pick<Portal, "country" | "gateway">): { agency: Agency; gateway: string }[] {
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
export function refreshDataUse(portal: DataUseAccess, personId: string): Promise<{ asked: number; failed: string[] }> {
  return flightFor(portal, personId).done;
}

/**
 * Renews the portal's copy if it is older than 10 s, and waits for it, but no longer than until `patience` milliseconds
 * after the asking began: a silent gateway holds up one view, not each. A fault that comes later goes to `onFault`.
 */
export async function renewDataUse(
  portal: DataUseAccess,
  personId: string,
  { patience, onFault }: { readonly patience: number; readonly onFault: (fault: unknown) => void },
): Promise<void> {
  const current = flights.get(portal)?.get(personId);
  const flight = current ?? ((await isStale(portal, personId)) ? flightFor(portal, personId) : undefined);
  if (!flight) return;
  const left = Math.max(0, patience - (performance.now() - flight.began));
  await Promise.race([flight.done.catch(onFault), setTimeout(left, undefined, { ref: false })]);
}

/** How the last look at each of today's sources went; without `read`, it was never asked. */
export async function dataUseReads(
  portal: DataUseAccess,
  personId: string,
): Promise<{ agency: Agency; gateway: string; read: UsageRead | undefined }[]> {
  const reads = await usageReads(portal.database, personId);
  return dataUseSources(portal).map((source) => ({
    ...source,
    read: reads.find(({ gateway }) => gateway === source.gateway),
  }));
}

/**
 * The receipt of a reading as the person may keep it. The person's number, which opens a commitment, is not stored beside
 * each reading; it is put in place here.
 */
export async function usageReceipt(
  portal: Pick<Portal, "identity">,
  personId: string,
  usage: UsageRecord,
): Promise<Receipt | null> {
  const receipt = usage.receipt as unknown as Receipt | null;
  const subject = subjectOf(usage.receipt);
  // A receipt of the portal's own log opens to this platform's id of the person and is whole already.
  if (!receipt || !subject || "value" in subject) return receipt;
  const opened = structuredClone(receipt);
  Object.assign(subjectOf(opened as unknown as JsonValue)!, { value: await nationalIdOf(portal.identity, personId) });
  return opened;
}

/** A person's whole list in one gateway's log, with the number it is about: a file that is checked without us. */
export async function usageList(
  portal: DataUseAccess,
  personId: string,
  gateway: string,
): Promise<{ readonly subject: string; readonly topic: string; readonly list: PersonList } | undefined> {
  const read = (await usageReads(portal.database, personId)).find((one) => one.gateway === gateway);
  if (!read?.list) return undefined;
  return {
    subject: await nationalIdOf(portal.identity, personId),
    topic: readingsTopic(gateway),
    list: read.list as unknown as PersonList,
  };
}

function flightFor(portal: DataUseAccess, personId: string): Flight {
  const under = flights.get(portal) ?? new Map<string, Flight>();
  flights.set(portal, under);
  const current = under.get(personId);
  if (current) return current;
  const done = askAll(portal, personId).finally(() => under.delete(personId));
  const flight = { began: performance.now(), done };
  under.set(personId, flight);
  return flight;
}

async function isStale(portal: DataUseAccess, personId: string): Promise<boolean> {
  const now = portal.clock.now().getTime();
  const reads = await dataUseReads(portal, personId);
  return reads.some(({ read }) => !read || now - read.triedAt.getTime() > freshFor);
}

async function askAll(portal: DataUseAccess, personId: string): Promise<{ asked: number; failed: string[] }> {
  const { clock, database } = portal;
  const nationalId = await nationalIdOf(portal.identity, personId);
  const sources = await dataUseReads(portal, personId);
  const failed: string[] = [];
  await Promise.all(
    sources.map(async ({ agency, gateway, read }) => {
      const listed = await listReadings(portal, { gateway, agency, personId, nationalId }, read?.cursor ?? null);
      const triedAt = clock.now();
      if (!listed.ok) {
        failed.push(gateway);
        await saveUsageRead(database, personId, {
          gateway,
          cursor: null,
          triedAt,
          fault: listed.error.code,
          list: null,
        });
        return;
      }
      const { found, cursor } = listed.value;
      const list = listed.value.list as unknown as JsonValue;
      await database.transaction(async (tx) => {
        await saveUsage(tx, personId, found);
        await saveUsageRead(tx, personId, { gateway, cursor, triedAt, fault: null, list });
      });
    }),
  );
  return { asked: sources.length, failed };
}
