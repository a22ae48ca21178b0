import { createHmac } from "node:crypto";
import type { Country } from "#flows";
import { mandateTitles, type Mandate, type Session } from "#identity";
import type { MandateView } from "#identity/pages";
import { both } from "#ui";

/** A mandate as a choice on a page. */
export function mandateView(country: Country, mandate: Mandate, id: string): MandateView {
  const holder = country.agencies.find((agency) => agency.key === country.representation.agency)!;
  const services = [
    ...country.services
      .filter((service) => mandate.scopes.includes(`${service.id}:apply`))
      .map((service) => service.metadata.title),
    ...(mandate.scopes.includes("data-use:view") ? [both("看誰用了資料", "See who used the data")] : []),
  ];
  return {
    id,
    name: mandate.principal.name,
    relation: mandateTitles[mandate.kind],
    scope: both(services.map((title) => title["zh-Hant"]).join("、"), services.map((title) => title.en).join(", ")),
    ...(mandate.mandate !== undefined && { validUntil: new Date(mandate.validTo) }),
    source: {
      agency: mandate.mandate === undefined ? holder.name : both("本人以卡片簽署的委任", "A mandate signed by card"),
      at: new Date(mandate.source.at),
    },
  };
}

/** Names a mandate in a form of this session only; says nothing about the person. */
export function mandateKey(session: Session, mandate: Mandate): string {
  return createHmac("sha256", session.csrf)
    .update(`${mandate.mandate ?? mandate.kind}/${mandate.principal.nationalId}`)
    .digest("base64url")
    .slice(0, 22);
}
