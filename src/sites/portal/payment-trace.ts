import type { Portal } from "#flows";
import { askedActOf, type PaymentTrace } from "#payments";
import type { TraceView } from "#payments/pages";
import type { Explanation } from "#rules";
import type { Ruling } from "#services";
import { both, type Text } from "#ui";
import { caseTag, factSource } from "./case-view.ts";
import type { OpenCase } from "./desk-case.ts";
import { entryHref } from "./record-paths.ts";

const kinds: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  "payment.released": ["放行", "Release"],
  "payment.corrected": ["更正", "Correction"],
  "bank-file.sent": ["送出銀行檔", "Bank file sent"],
};

/** The parts of a payment's way that other modules know: its case, the people, and where its entries stand in the log. */
export async function tracedAround(
  portal: Portal,
  trace: PaymentTrace,
  opened: OpenCase | undefined,
): Promise<Pick<TraceView, "decision" | "entries" | "people">> {
  const logged = trace.attempts.flatMap(({ logged: entries }) => entries);
  const entries = await Promise.all(
    [...new Map(logged.map((one) => [one.staged, one])).values()].map(async ({ kind, staged }) => {
      const { index } = await portal.log.wait(staged, "integrated", 0);
      const [zh, en] = kinds[kind] ?? [kind, kind];
      return {
        title: both(zh, en),
        ...(index !== undefined && { href: entryHref(portal.log.origin, Number(index)) }),
      };
    }),
  );
  const decision = opened && decisionOf(portal, opened);
  return { entries, people: await peopleOf(portal, trace, opened), ...(decision && { decision }) };
}

function decisionOf(portal: Portal, { state, definition }: OpenCase): TraceView["decision"] {
  const { decision } = state;
  if (!decision) return undefined;
  const { ruling } = decision;
  return {
    caseHref: `/desk/${state.id}`,
    service: definition.metadata.title,
    state: caseTag(definition, state, portal.clock.now()),
    rule: {
      name: ruling.model.name,
      version: ruling.model.version,
      hash: ruling.model.hash,
      href: `/rules/${ruling.model.id}`,
      rows: rowsOf(ruling),
      ...(ruling.basis && { accountHref: `/desk/${state.id}/rule` }),
      amount: ruling.amount,
      lines: ruling.lines.map(({ label, value, ok }) => ({ text: label, outcome: ok ?? value })),
    },
    facts: definition.dataNeeds.flatMap((need) => {
      const fact = state.facts[need.id];
      return fact ? [{ label: need.title, source: factSource(fact), exchange: fact.exchangeId }] : [];
    }),
    decidedBy: decision.by.name,
    decidedAt: new Date(decision.at),
  };
}

/** The rows of decision tables that fired, in the order they were asked. */
function rowsOf({ basis }: Ruling): Text[] {
  const steps = (basis?.explanation as unknown as Explanation | undefined)?.steps ?? [];
  return steps.flatMap(({ label, question, name, tables }) =>
    tables.flatMap(({ matched, rules }) =>
      matched.map((row): Text => {
        const note = rules.find((rule) => rule.row === row)?.annotation;
        const said = (of: string | undefined, mark: string) => (of ? `${mark}${of}` : "");
        return both(
          `${label["zh-Hant"] || question?.["zh-Hant"] || name} 第 ${row} 列${said(note?.["zh-Hant"], "：")}`,
          `${label.en || question?.en || name}, row ${row}${said(note?.en, ": ")}`,
        );
      }),
    ),
  );
}

/** Names of the officers who acted, by the identity module's ids. */
async function peopleOf(
  { identity, payments }: Portal,
  trace: PaymentTrace,
  opened: OpenCase | undefined,
): Promise<ReadonlyMap<string, string>> {
  const asked = await askedActOf(payments, trace.attempts.at(-1)?.id ?? "");
  const ids = new Set([
    trace.entitlement.approvedBy,
    ...trace.attempts.flatMap(({ events }) => events.flatMap(({ by, detail }) => [by, detail["confirmedBy"] ?? by])),
    ...(asked ? [asked.askedBy] : []),
  ]);
  const known = new Map(
    (opened?.state.events ?? []).flatMap(({ actor }) => (actor.person ? [[actor.person, actor.name]] : [])),
  );
  // The payee is named by the case only: whoever gave another account is "the payee" here.
  const people = new Map<string, string>();
  for (const id of ids) {
    // A client of the payments API goes by its own name.
    const system = id.startsWith("api:") ? id.slice(4) : undefined;
    const person = /^[0-9a-f-]{36}$/.test(id) ? (await identity.store.person(id))?.name : undefined;
    const name = known.get(id) ?? system ?? person;
    if (name !== undefined) people.set(id, name);
  }
  return people;
}
