import type { Agreement } from "#consent";
import type { ServiceDefinition } from "#services";
import { agencyOf, memberPath, type Country } from "./country.ts";

/** The agreement a service asks for: generated, so that what is shown is what is fetched. */
export function agreementOf(country: Country, definition: ServiceDefinition): Agreement {
  const controller = agencyOf(country, definition.metadata.agency);
  const needs = definition.dataNeeds.filter((need) => need.lawfulGround === "consent");
  const first = needs[0];
  if (!first) throw Object.assign(new Error(`${definition.id} needs no consent`), { code: "agreement-empty" });
  const basis = definition.metadata.legalBasis.find((candidate) => candidate.code === first.legalBasis)!;
  return {
    id: definition.id,
    version: definition.version,
    title: definition.metadata.title,
    controller: { id: memberPath(country, controller), name: controller.name },
    purpose: { code: first.purpose.code, text: definition.metadata.title },
    legalBasis: { code: basis.code, law: basis.law },
    needs: needs.map((need) => {
      const agency = agencyOf(country, need.source.agency);
      return {
        id: need.id,
        title: need.title,
        source: { id: memberPath(country, agency), name: agency.name, service: servicePath(country, need.source) },
        fields: need.fields.map(({ path, title }) => ({ path, title })),
        purpose: need.purpose.text,
      };
    }),
    retention: definition.retention,
    fetchWithin: "PT1H",
  };
}

/** Path form of a data service: `TW/GOV/MOI/household/household`. */
export function servicePath(country: Country, source: { agency: string; subsystem: string; service: string }): string {
  return `${memberPath(country, agencyOf(country, source.agency))}/${source.subsystem}/${source.service}`;
}
