import { createHmac } from "node:crypto";
import { servicePath, type Country } from "#flows";
import { mandateTitles, type Mandate, type Session } from "#identity";
import type { MandateView } from "#identity/pages";
import { both } from "#ui";

/** What mandates allow beside the country's services. */
const furtherScopes = {
  "data-use:view": both("看誰用了資料", "See who used the data"),
  "company:view": both("看公司的資料", "See the company's matters"),
  "company:appoint": both("委任員工與代理人", "Appoint staff and intermediaries"),
};

/** A mandate as a choice on a page. */
export function mandateView(country: Country, mandate: Mandate, id: string): MandateView {
  const source = country.representation.find((one) => servicePath(country, one) === mandate.source.service);
  const allowed = [
    ...country.services
      .filter((service) => mandate.scopes.includes(`${service.id}:apply`))
      .map((service) => service.metadata.title),
    ...Object.entries(furtherScopes).flatMap(([scope, title]) => (mandate.scopes.includes(scope) ? [title] : [])),
  ];
  return {
    id,
    name: mandate.principal.name,
    relation: mandateTitles[mandate.kind],
    scope: both(allowed.map((title) => title["zh-Hant"]).join("、"), allowed.map((title) => title.en).join(", ")),
    ...(mandate.mandate !== undefined && { validUntil: new Date(mandate.validTo) }),
    source: {
      agency: source?.title ?? both("本人以卡片簽署的委任", "A mandate signed by card"),
      at: new Date(mandate.source.at),
    },
    group: source?.about ?? "given",
  };
}

/** Names a mandate in a form of this session only; says nothing about the person. */
export function mandateKey(session: Session, mandate: Mandate): string {
  return createHmac("sha256", session.csrf)
    .update(`${mandate.mandate ?? mandate.kind}/${mandate.principal.nationalId}`)
    .digest("base64url")
    .slice(0, 22);
}
