import { taiwan } from "#countries/taiwan";
import type { ClientId, RightGrant } from "#exchange";
import { agencyOf } from "#flows";

function client(agency: string, subsystem: string): ClientId {
  const { memberClass, memberCode } = agencyOf(taiwan, agency);
  return { instance: taiwan.instance, memberClass, memberCode, subsystemCode: subsystem };
}

const portal = client("moda", "portal");
const city = client("taipei-social", "welfare");

/**
 * The rights each agency has given: the portal may read what its services need, with the person's consent; the city's
 * own system may read the household register by statute; and the portal may ask who read a person's data.
 */
export function rightsOf(agency: string): readonly RightGrant[] {
  const forService = taiwan.services
    .flatMap((service) => service.dataNeeds)
    .filter((need) => need.source.agency === agency)
    .map((need) => ({
      subsystem: need.source.subsystem,
      serviceCode: need.source.service,
      subject: portal,
      method: "POST",
      pathGlob: "/v1/lookup",
      purposes: [need.purpose.code],
      legalBases: [need.legalBasis],
      consent: need.lawfulGround === "consent" ? ("required" as const) : ("none" as const),
      fields: need.fields.map((field) => field.path),
    }));
  // What relying parties may be told about a person, each time with that person's agreement.
  const sources = Map.groupBy(
    taiwan.attributes.filter(({ source }) => source.agency === agency),
    ({ source }) => `${source.subsystem}/${source.service}/${source.purpose}`,
  );
  const forRelyingParties = [...sources.values()].map((attributes) => {
    const { source } = attributes[0]!;
    return {
      subsystem: source.subsystem,
      serviceCode: source.service,
      subject: portal,
      method: "POST",
      pathGlob: "/v1/lookup",
      purposes: [source.purpose],
      legalBases: [source.legalBasis],
      consent: "required" as const,
      fields: [...new Set(attributes.flatMap((attribute) => attribute.source.fields))],
    };
  });
  const { representation, dataUse, confirmation } = taiwan;
  const dataUseOf = agencyOf(taiwan, agency)
    .subsystems.filter((subsystem) => subsystem.code !== portal.subsystemCode)
    .map((subsystem) => ({
      subsystem: subsystem.code,
      serviceCode: "findUsage",
      subject: portal,
      purposes: [dataUse.purpose],
      legalBases: [dataUse.legalBasis],
    }));
  const forSignIn =
    confirmation?.agency === agency
      ? [
          {
            subsystem: confirmation.subsystem,
            serviceCode: confirmation.service,
            subject: portal,
            method: "POST",
            pathGlob: "/v1/lookup",
            purposes: [confirmation.purpose],
            legalBases: [confirmation.legalBasis],
            consent: "none" as const,
            fields: [confirmation.name, confirmation.birthDate],
          },
        ]
      : [];
  // By statute: whom a person may act for. The city's own system asks the same of the household register.
  const forRepresentation = representation
    .filter((source) => source.agency === agency)
    .flatMap((source) =>
      (source.about === "family" ? [portal, city] : [portal]).map((subject) => ({
        subsystem: source.subsystem,
        serviceCode: source.service,
        subject,
        method: "POST",
        pathGlob: "/v1/search",
        purposes: [source.purpose],
        legalBases: [source.legalBasis],
      })),
    );
  return [...forService, ...forRelyingParties, ...forSignIn, ...dataUseOf, ...forRepresentation];
}
