import type { PersonResolver } from "#identity";
import { callService, type GatewayAccess } from "./call-service.ts";
import { servicePath } from "./agreement.ts";
import type { Country } from "./country.ts";

/**
 * Asks the country's register whether the person with this number was born on this day and bears this name. Which of them
 * differs is not told, and a number that nobody has is answered like a wrong name. The basis is statute.
 */
export function confirmPerson(gateway: GatewayAccess, country: Country): PersonResolver | undefined {
  const source = country.confirmation;
  if (!source) return undefined;
  const spelling = (text: unknown) => (typeof text === "string" ? text.normalize("NFC").replaceAll(/\s/g, "") : "");
  return async ({ number, birthDate, name }) => {
    const answer = await callService(gateway, {
      service: servicePath(country, source),
      path: "/v1/lookup",
      body: { [source.key]: number },
      purpose: source.purpose,
      legalBasis: source.legalBasis,
    });
    if (!answer.ok) return "unavailable";
    const { body } = answer.value;
    const row = (body ?? {}) as Readonly<Record<string, unknown>>;
    const fits = spelling(row[source.name]) === spelling(name) && row[source.birthDate] === birthDate;
    return fits ? "confirmed" : "not-confirmed";
  };
}
