import type { Portal } from "#flows";
import { servicesOfTeams, type Officer } from "#identity";
import type { Localised } from "#kernel";
import { phaseCounts, queueOf, type Case, type CaseSummary, type ServiceDefinition } from "#services";
import type { QueueView } from "#services/pages";
import { both, type Tag } from "#ui";
import { definitionOf, itemName, nameAndItem, phaseTag } from "./case-view.ts";

const queuePageSize = 40;
const dayMs = 24 * 60 * 60 * 1000;

const queues: readonly { id: string; name: Localised; phases: readonly string[] }[] = [
  { id: "review", name: both("待審", "To decide"), phases: ["review"] },
  { id: "approved", name: both("待放行", "To release"), phases: ["approved"] },
  { id: "released", name: both("付款中", "Being paid"), phases: ["released", "to-pay"] },
  {
    id: "closed",
    name: both("已結案", "Closed"),
    phases: ["paid", "refused", "withdrawn", "payment-failed", "provided", "lapsed"],
  },
];

/**
 * One queue of the agency's desk, a page of it; beside an open case the queue in which that case stands. Whoever is in a team
 * first sees the cases of its services.
 */
export async function queueView(
  portal: Portal,
  officer: Officer,
  asked: { readonly queue: string | undefined; readonly page: string | undefined; readonly all?: boolean },
  open?: Pick<Case, "id" | "phase">,
): Promise<QueueView> {
  const { database } = portal;
  // The list beside an open case is the one the case stands in, unless the officer chose another.
  const chosen =
    queues.find((queue) => queue.id === asked.queue) ??
    queues.find((queue) => open && queue.phases.includes(open.phase)) ??
    queues[0]!;
  const own = await servicesOfTeams(portal.identity, officer.agency, officer.teams);
  const services = own.length > 0 && !asked.all ? own : undefined;
  const counts = await phaseCounts(database, officer.agency, services);
  const count = chosen.phases.reduce((sum, phase) => sum + (counts[phase] ?? 0), 0);
  const pages = Math.max(1, Math.ceil(count / queuePageSize));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(asked.page ?? 1)) || 1));
  const { cases } = await queueOf(database, officer.agency, {
    phases: chosen.phases,
    ...(services && { services }),
    limit: queuePageSize,
    offset: (page - 1) * queuePageSize,
  });
  const at = `/desk${open ? `/${open.id}` : ""}`;
  const kept = asked.all ? "&all=yes" : "";
  return {
    queues: queues.map((queue) => ({
      name: queue.name,
      count: queue.phases.reduce((sum, phase) => sum + (counts[phase] ?? 0), 0),
      href: `${at}?queue=${queue.id}${kept}`,
      ...(queue === chosen ? { current: true } : {}),
    })),
    items: cases.map((one) => queueItem(portal, one, open?.id, page > 1 ? `?queue=${chosen.id}&page=${page}` : "")),
    pages: { page, pages, href: (to) => `${at}?queue=${chosen.id}&page=${to}${kept}` },
    ...(own.length > 0 && {
      other: {
        text: services
          ? both("看全機關的案件", "See the whole agency’s cases")
          : both("只看小組的案件", "See the team’s cases only"),
        href: `${at}?queue=${chosen.id}${services ? "&all=yes" : ""}`,
      },
    }),
    order: both("先到期的排在前面", "Those due first are at the top"),
  };
}

function queueItem(portal: Portal, one: CaseSummary, current: string | undefined, place: string) {
  const { country } = portal;
  const definition = definitionOf(country, one.service);
  const item = itemName(country, definition, one.item ?? undefined);
  return {
    number: one.number ?? "–",
    text: nameAndItem(one.principalName, item),
    state: queueTag(definition, one, portal.clock.now()),
    href: `/desk/${one.id}${place}`,
    ...(one.id === current ? { current: true } : {}),
  };
}

function queueTag(definition: ServiceDefinition, one: CaseSummary, now: Date): Tag {
  if (one.phase !== "review" || !one.dueAt) return phaseTag(definition, one.phase, one.submittedAt, now);
  const left = Math.ceil((one.dueAt.getTime() - now.getTime()) / dayMs);
  if (left < 0) return { tone: "bad", text: both(`逾期 ${-left} 天`, `${-left} days late`) };
  return {
    tone: left <= 2 ? "bad" : "wait",
    text: both(`剩 ${left} 天`, left === 1 ? "1 day left" : `${left} days left`),
  };
}
